//! What a tenant has cost since the process began.

use std::time::Duration;

use serde::Serialize;

/// See above.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Commands and questions.
    pub calls: u64,
    /// Bytes that came with them.
    pub bytes: u64,
    /// Lines that were taken in.
    pub lines: u64,
    /// Time that calls took.
    pub busy: Duration,
    /// The longest of them.
    pub longest: Duration,
    /// Bytes in the instance's memories and tables, at most.
    pub memory: u64,
    /// How often the instance was ended.
    pub traps: u64,
    /// How often the tenant was woken, and how long that took.
    pub wakes: u64,
    /// Time that waking took.
    pub waking: Duration,
}
