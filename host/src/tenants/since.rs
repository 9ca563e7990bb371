//! What came since a tenant's last snapshot, and when the next is due.

use std::time::{Duration, Instant};

use crate::store::Held;

/// See above.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    pub(super) commands: u64,
    pub(super) bytes: usize,
    at: Instant,
    /// The size of that snapshot.
    state: usize,
    /// Bytes when one was tried that the instance did not survive, as where its state and the snapshot do not fit the
    /// memory together.
    failed: Option<usize>,
}

impl Since {
    pub(super) fn now(state: usize) -> Self {
        Self { commands: 0, bytes: 0, at: Instant::now(), state, failed: None }
    }

    pub(super) fn of(held: &Held, bytes: usize) -> Self {
        let state = held.snapshot.as_ref().map_or(0, |snapshot| snapshot.state.len());
        Self { commands: held.commands, bytes, ..Self::now(state) }
    }

    /// A snapshot was tried in vain.
    pub(super) fn failed(&mut self) {
        self.failed = Some(self.bytes);
    }

    /// Of the instance that comes after one.
    pub(super) fn after(self, before: Self) -> Self {
        Self { failed: before.failed, ..self }
    }

    /// Whether the next is due: a replay then costs about what a snapshot does. Where one has failed, a replay came of
    /// it: the next is tried when twice as much has come.
    pub(super) fn is_due(&self) -> bool {
        if self.failed.is_some_and(|bytes| self.bytes < bytes.saturating_mul(2)) {
            return false;
        }
        let bytes = self.state.saturating_mul(4).max(REPLAY);
        self.commands > 0 && (self.bytes >= bytes || self.commands >= COMMANDS || self.at.elapsed() >= AGE)
    }

    /// When it will be, where nothing more comes; none where nothing came.
    pub(super) fn due_at(&self) -> Option<Instant> {
        (self.commands > 0 && self.failed.is_none()).then(|| self.at + AGE)
    }
}

/// Bytes of commands that are replayed in some three seconds.
const REPLAY: usize = 256 << 20;
const COMMANDS: u64 = 100_000;
const AGE: Duration = Duration::from_secs(15 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_age_a_snapshot_is_due_of_what_has_changed() {
        let none = Since::now(0);
        let some = Since { commands: 1, ..none };
        assert_eq!((none.due_at(), some.due_at()), (None, Some(none.at + AGE)));
        assert!(!some.is_due());
        let Some(old) = none.at.checked_sub(AGE) else { return };
        assert!(Since { at: old, ..some }.is_due() && !Since { at: old, ..none }.is_due());
    }
}
