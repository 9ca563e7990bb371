//! The state of one tenant, and what an event does to it.
pub mod hierarchy;
