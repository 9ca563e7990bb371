//! How times, paths, addresses, names and JSON are read and written.

pub mod address;
pub mod command;
pub mod digest;
pub mod domain;
pub mod glob;
pub mod json;
pub mod location;
pub mod members;
pub mod path;
pub mod punycode;
pub mod time;
pub mod user;
