//! What goes into the hot path and what comes out of it.

#[cfg(test)]
use super::detect::Detection;

/// Which lines come back from [`crate::Engine::ingest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Emit {
    /// Every line, in order.
    #[default]
    All,
    /// Only lines that are alerts or raised one.
    Alerts,
    /// None.
    Nothing,
}

/// A batch of newline-delimited records, as in the contract's `ingest.batch`.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// What the host calls the source.
    pub source: &'a str,
    /// The number of the first line in that source, from 1.
    pub first_line: u64,
    /// The host's clock, in milliseconds since 1970 UTC.
    pub received_at: i64,
    /// The environment that the records belong to.
    pub environment: Option<&'a str>,
    /// Which lines come back.
    pub emit: Emit,
    /// The records, one a line.
    pub text: &'a str,
}

/// A line that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Its number in its source, from 1.
    pub line: u64,
    /// The column in bytes, from 1, where known.
    pub column: Option<u32>,
    /// What is wrong with it.
    pub message: String,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Lines read, blank ones included.
    pub lines: u64,
    /// Lines whose format was recognised.
    pub recognised: u64,
    /// Lines that passed untouched.
    pub passed: u64,
    /// Lines that begin like a JSON object and are none.
    pub rejected: Vec<Rejection>,
    /// The lines asked for, each ended by a newline.
    pub annotated: String,
    /// What begat itself detected in them, before it became alerts.
    #[cfg(test)]
    pub(super) detections: Vec<Detection>,
}
