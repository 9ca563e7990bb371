//! The errors of the contract's `types.error`, natively.

use thiserror::Error as ThisError;

/// Every way in which a call can fail. A call that fails leaves the state as it was.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum Error {
    /// An argument or a configuration entry is not acceptable.
    #[error("{field}: {message}")]
    Invalid {
        /// Path of the field.
        field: String,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// What was asked for is not held.
    #[error("there is no {kind} {name:?}")]
    NotFound {
        /// What kind of thing.
        kind: String,
        /// The name that was asked for.
        name: String,
    },
    /// A limit of the component was reached.
    #[error("{limit}: {asked} asked, {allowed} allowed")]
    Limit {
        /// The limit's name as in the configuration.
        limit: String,
        /// What was asked.
        asked: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// A snapshot could not be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// This component does not do that.
    #[error("{0} is not supported by this component")]
    Unsupported(String),
}

impl Error {
    /// An unacceptable field.
    #[must_use]
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    /// Something that is not held.
    #[must_use]
    pub fn not_found(kind: &str, name: &str) -> Self {
        Self::NotFound { kind: kind.into(), name: name.into() }
    }
}

/// Why a snapshot could not be read.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum SnapshotError {
    /// The bytes do not begin like a snapshot.
    #[error("this is not a snapshot of begat")]
    NotASnapshot,
    /// Written by a newer component.
    #[error("the snapshot has version {0}, newer than this component reads")]
    NewerVersion(u32),
    /// Bytes are missing or too many.
    #[error("the snapshot should have {expected} bytes and has {found}")]
    WrongLength {
        /// Length that the header states.
        expected: u64,
        /// Length that was given.
        found: u64,
    },
    /// The checksum does not fit.
    #[error("the snapshot's checksum does not fit its content")]
    WrongChecksum,
    /// The content contradicts itself.
    #[error("the snapshot contradicts itself: {0}")]
    Inconsistent(String),
}
