//! What can go wrong with a tenant, and what its operator should know.

use super::command::Quarantined;
use super::meta::{MOST_BYTES, MOST_LINES};
use crate::runtime::Failure;
use crate::store::{Damage, JournalError, StoreError};

/// Why a tenant could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The component refused, or did not survive; then the tenant is brought back as it was.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The component cannot take the state that its snapshot holds: it says so, or does not survive it.
    #[error(transparent)]
    State(Failure),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// More than the tenant may bring at once.
    #[error("a command of {asked} bytes, {allowed} are allowed")]
    TooLarge {
        /// Bytes asked for.
        asked: usize,
        /// Bytes allowed.
        allowed: usize,
    },
    /// A command of the journal cannot be done again.
    #[error("command {sequence} of the journal cannot be done again: {failure}")]
    Replay {
        /// Its number.
        sequence: u64,
        /// How it ended.
        failure: Failure,
    },
    /// A command of the journal is none that this begat knows.
    #[error("command {sequence} of the journal cannot be read, a newer begat may have written it: {why}")]
    Command {
        /// Its number.
        sequence: u64,
        /// What is wrong.
        why: String,
    },
    /// Another component cannot take over.
    #[error("the new component is refused, the old one stays: {step}: {why}")]
    Upgrade {
        /// What it was asked to do.
        step: &'static str,
        /// What it did.
        why: String,
    },
    /// A batch whose bad lines the quarantine has no room for.
    #[error(
        "the batch ends the component, and the quarantine is full ({MOST_LINES} lines or {} MiB): `begat tenant retry` or \
         `discard` makes room", MOST_BYTES >> 20
    )]
    QuarantineFull,
    /// No such line is in quarantine.
    #[error("line {line} of command {sequence} is not in quarantine")]
    NotHeld {
        /// The command.
        sequence: u64,
        /// The line.
        line: u64,
    },
    /// A line in quarantine whose text was forgotten.
    #[error("line {line} of command {sequence} was forgotten")]
    Forgotten {
        /// The command.
        sequence: u64,
        /// The line.
        line: u64,
    },
}

impl Fault {
    /// Whether the machine had no memory or no slot for an instance.
    pub(super) fn is_of_the_machine(&self) -> bool {
        matches!(
            self,
            Self::Failure(Failure::Machine { .. }) | Self::Replay { failure: Failure::Machine { .. }, .. }
        )
    }

    /// Whether this component has shown that it cannot take what the disk has, so that another may do better. What is
    /// busy, too large or too slow shows nothing.
    pub(super) fn is_of_the_component(&self) -> bool {
        match self {
            Self::State(_) => true,
            Self::Replay { failure, .. } => failure.is_its_own(),
            _ => false,
        }
    }
}

impl From<JournalError> for Fault {
    fn from(error: JournalError) -> Self {
        Self::Store(error.into())
    }
}

/// What an operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Something on the disk is not what was written.
    Damage(Damage),
    /// A line ended an instance.
    Quarantined(Quarantined),
    /// The component of an upgrade cannot take this tenant over; the one before runs it.
    NotUpgraded(String),
    /// A command that was accepted once is refused now.
    Refused {
        /// Its number.
        sequence: u64,
        /// Why.
        failure: Failure,
    },
}
