//! The state of one tenant, and what an event does to it.

mod answers;
mod batch;
pub mod hierarchy;

pub use answers::{
    Ancestry, Execution, FieldScore, ImageRow, Knowledge, ProcessInfo, Scope, Score, ScoreBlock, Stats,
};
pub use batch::{Batch, Emit, Outcome, Rejection};

use sha2::{Digest, Sha256};

use crate::error::Error;

/// The snapshot format that this component writes.
pub const SNAPSHOT_VERSION: u32 = 1;

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// One tenant's state and everything that can be asked of it.
#[derive(Debug, Default)]
pub struct Engine {}

impl Engine {
    /// A new tenant with the default configuration.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a batch of lines.
    pub fn ingest(&mut self, batch: &Batch<'_>) -> Result<Outcome, Error> {
        let mut outcome = Outcome::default();
        for line in batch.text.lines() {
            outcome.lines += 1;
            outcome.passed += 1;
            outcome.annotated.push_str(line);
            outcome.annotated.push('\n');
        }
        Ok(outcome)
    }

    /// What is held and what was done.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::default()
    }

    /// The process instances held, by host and file name.
    #[must_use]
    pub fn processes(
        &self,
        _host: Option<&str>,
        _name: Option<&str>,
        _offset: u64,
        _limit: u32,
    ) -> Vec<ProcessInfo> {
        Vec::new()
    }

    /// What is above a process.
    pub fn ancestry(&self, process: &str) -> Result<Ancestry, Error> {
        Err(Error::not_found("process", process))
    }

    /// Scores an execution without recording it.
    pub fn score(&self, _execution: &Execution<'_>) -> Result<Score, Error> {
        Err(Error::Unsupported("scoring.score".into()))
    }

    /// The customer's images by rank, then by name.
    #[must_use]
    pub fn images(&self, _offset: u64, _limit: u32) -> Vec<ImageRow> {
        Vec::new()
    }

    /// Replaces the configuration; returns its version.
    pub fn configure(&mut self, _json: &str) -> Result<u64, Error> {
        Ok(1)
    }

    /// The state as bytes: equal states give equal bytes.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Replaces the state by a snapshot's; on error the old one stays.
    pub fn restore(&mut self, _snapshot: &[u8]) -> Result<(), Error> {
        Ok(())
    }

    /// Forgets everything but the configuration.
    pub fn forget_all(&mut self) {}
}
