//! What a recording is made of: time, accounts, processes, hosts and the events that they leave.
//! Knows Sysmon's and NXLog's forms; knows nothing of the story.

pub(crate) mod accounts;
pub(crate) mod activity;
pub(crate) mod between;
pub(crate) mod creation;
pub(crate) mod event;
pub(crate) mod host;
pub(crate) mod launch;
pub(crate) mod network;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod random;
pub(crate) mod security;
pub(crate) mod time;
