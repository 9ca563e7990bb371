//! What a tenant has cost: since a process began, and over its life.
//!
//! The latter stands beside its state and goes with snapshots. It is no part of the state, and nothing that must not
//! be lost: what came behind the last snapshot of a process that died is not in it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// See above.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cost {
    /// Commands and questions.
    pub calls: u64,
    /// Bytes of the lines that were taken in.
    pub bytes: u64,
    /// Lines that were taken in.
    pub lines: u64,
    /// Work of calls: the processor's time.
    pub busy: Duration,
    /// The longest of them.
    pub longest: Duration,
    /// Bytes in the instance's memories and tables, at most.
    pub memory: u64,
    /// How often the instance was ended.
    pub traps: u64,
    /// How often the tenant was woken: brought into memory from the disk.
    pub wakes: u64,
    /// Time that waking took, by the clock.
    pub waking: Duration,
}

impl Cost {
    /// Both together.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(more.calls),
            bytes: self.bytes.saturating_add(more.bytes),
            lines: self.lines.saturating_add(more.lines),
            busy: self.busy.saturating_add(more.busy),
            longest: self.longest.max(more.longest),
            memory: self.memory.max(more.memory),
            traps: self.traps.saturating_add(more.traps),
            wakes: self.wakes.saturating_add(more.wakes),
            waking: self.waking.saturating_add(more.waking),
        }
    }

    /// A call that was so much work.
    pub(super) fn call(work: Duration, memory: u64) -> Self {
        Self { calls: 1, busy: work, longest: work, memory, ..Self::default() }
    }

    /// As it stands beside a state. What is no longer readable there counts from nothing.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        // Numbers are always JSON.
        serde_json::to_vec(&self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_added_and_the_most_stays() {
        let one = Cost { lines: 3, traps: 1, wakes: 1, ..Cost::call(Duration::from_millis(5), 100) };
        let two = Cost { lines: 4, bytes: 9, ..Cost::call(Duration::from_millis(2), 300) };
        let ms = Duration::from_millis;
        let both = Cost { calls: 2, bytes: 9, lines: 7, busy: ms(7), longest: ms(5), memory: 300, ..one };
        assert_eq!(one.and(two), both);
        assert_eq!(Cost::of_bytes(&both.to_bytes()), both);
        for unreadable in [&b""[..], b"{", b"[]"] {
            assert_eq!(Cost::of_bytes(unreadable), Cost::default());
        }
    }
}
