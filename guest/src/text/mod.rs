//! How times, paths and JSON are read and written.

pub mod glob;
pub mod json;
pub mod location;
pub mod members;
pub mod path;
pub mod time;
