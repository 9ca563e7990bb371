//! Every way in which a call into the component can end badly, as data.
//!
//! `wasmtime::Error` is opaque and no `std::error::Error`; it becomes one of these here, at the edge,
//! and goes no further.

use std::time::Duration;

use wasmtime::Trap;

use super::bindings::types;
use super::limits::{Exceeded, Limits};
use super::wasi::{Exit, HostState};

/// How a call ended that gave no answer. All but [`Failure::Refused`] end the instance as well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It ran longer than a call may.
    #[error("the component ran longer than the {limit:?} that one call may take")]
    Deadline {
        /// What was allowed.
        limit: Duration,
    },
    /// It grew beyond what an instance may hold.
    #[error("the component asked for {asked} bytes of memory, {allowed} are allowed")]
    Memory {
        /// Bytes asked for, in all memories and tables together.
        asked: u64,
        /// Bytes allowed.
        allowed: u64,
    },
    /// Its code gave up with a message.
    #[error("the component panicked: {message}")]
    Panic {
        /// What it wrote to stderr.
        message: String,
    },
    /// It called itself too deep.
    #[error("the component used up its call stack")]
    Stack,
    /// Its answer is larger than the host takes.
    #[error("the component's answer is larger than the {allowed} bytes that are allowed")]
    AnswerTooLarge {
        /// Bytes allowed.
        allowed: usize,
    },
    /// It asked to end the process.
    #[error("the component asked to exit")]
    Exit,
    /// Another trap: a defect of the component.
    #[error("the component trapped: {message}")]
    Trap {
        /// wasmtime's words, with the functions that led there.
        message: String,
    },
    /// The machine has no more of what it needs: memory, or a slot of the pool. That is no defect of the component's.
    #[error("the machine has no room for the component: {message}")]
    Machine {
        /// The system's words, or wasmtime's.
        message: String,
    },
    /// The instance ended in an earlier call and cannot be used again.
    #[error("this instance has ended earlier: {cause}")]
    Poisoned {
        /// How it ended.
        cause: String,
    },
    /// The component is well and says no. The instance lives on, its state is as it was.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Failure {
    /// Whether the component itself has done it, and will do it again: no limit, and not the machine.
    #[must_use]
    pub fn is_its_own(&self) -> bool {
        use Failure as F;
        matches!(self, F::Refused(_) | F::Panic { .. } | F::Stack | F::Exit | F::Trap { .. })
    }
}

/// The contract's own error, `types.error`, with words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A field is not acceptable: its path and why.
    Invalid(String, String),
    /// What was asked for is not held: its kind and its name.
    NotFound(String, String),
    /// A limit of the component's: its name, asked, allowed.
    Limit(String, u64, u64),
    /// A snapshot could not be read, and why.
    Snapshot(String),
    /// The component does not do that; the function's name.
    Unsupported(String),
    /// A case that this host does not know.
    Other(String, String),
}

impl std::error::Error for Refusal {}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid(field, message) => write!(f, "{field}: {message}"),
            Self::NotFound(kind, name) => write!(f, "there is no {kind} {name}"),
            Self::Limit(limit, asked, allowed) => {
                write!(f, "limit {limit}: {asked} asked, {allowed} allowed")
            }
            Self::Snapshot(why) => write!(f, "the snapshot cannot be read: {why}"),
            Self::Unsupported(function) => write!(f, "this component does not do {function}"),
            Self::Other(field, message) => write!(f, "{field}: {message}"),
        }
    }
}

impl From<types::Error> for Refusal {
    fn from(error: types::Error) -> Self {
        match error {
            types::Error::Invalid(e) => Self::Invalid(e.field, e.message),
            types::Error::NotFound(e) => Self::NotFound(e.field, e.message),
            types::Error::Limit(e) => Self::Limit(e.limit, e.asked, e.allowed),
            types::Error::Snapshot(e) => Self::Snapshot(snapshot(&e)),
            types::Error::Unsupported(function) => Self::Unsupported(function),
            types::Error::Other(e) => Self::Other(e.field, e.message),
        }
    }
}

fn snapshot(error: &types::SnapshotError) -> String {
    use types::SnapshotError as E;
    match error {
        E::NotASnapshot => "it does not begin like one".into(),
        E::NewerVersion(version) => format!("it has version {version}, which is newer than this component"),
        E::WrongLength((expected, found)) => format!("it should have {expected} bytes and has {found}"),
        E::WrongChecksum => "its checksum does not fit its content".into(),
        E::Inconsistent(what) => format!("it contradicts itself: {what}"),
    }
}

/// Finds out what a failed call ran into.
pub(super) fn classify(error: &wasmtime::Error, state: &HostState, limits: &Limits) -> Failure {
    if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
        return Failure::Memory { asked: exceeded.asked, allowed: exceeded.allowed };
    }
    if error.downcast_ref::<Exit>().is_some() {
        return Failure::Exit;
    }
    if is_of_the_machine(error) {
        // Where in the guest that was says nothing.
        let message = error.chain().last().map(ToString::to_string).unwrap_or_default();
        return Failure::Machine { message };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => Failure::Deadline { limit: limits.call },
        Some(Trap::StackOverflow) => Failure::Stack,
        // How a Rust guest aborts, after it has said why.
        Some(Trap::UnreachableCodeReached) if !state.stderr().is_empty() => {
            Failure::Panic { message: state.stderr().trim_end().to_owned() }
        }
        // wasmtime's error for this is private; its text is held in place by a test.
        None if format!("{error:#}").contains("fuel allocated for hostcalls") => {
            Failure::AnswerTooLarge { allowed: limits.answer }
        }
        _ => Failure::Trap { message: format!("{error:#}") },
    }
}

/// Whether the system has said no, or the pool. No import of begat's gives a guest an error of the system's.
pub(super) fn is_of_the_machine(error: &wasmtime::Error) -> bool {
    #[cfg(unix)]
    let is_number = error.chain().any(|cause| cause.is::<rustix::io::Errno>());
    #[cfg(not(unix))]
    let is_number = false;
    is_number
        || error.chain().any(|cause| cause.is::<std::io::Error>())
        || error.is::<wasmtime::PoolConcurrencyLimitError>()
}
