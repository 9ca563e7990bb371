//! What was told already, and what is seen on so many hosts that it is nothing to tell of.
//!
//! An alert says what was known when it was raised, so this depends on the order of arrival; nothing else in
//! the state does. Everything in it is bounded, belongs to a host, and goes with it.

use serde::{Deserialize, Serialize};

use super::What;
use crate::engine::hashing::{Map, Seed};
use crate::engine::hosts::HostId;
use crate::engine::strings::Sym;

/// So many marks, and so many spreads, are kept: a few megabytes. The oldest quarter makes room.
pub(super) const ROOM: usize = 20_000;

/// So many hosts of a spread are kept: more than are ever asked for.
pub(super) const HOSTS: usize = 8;

/// What a mark says of its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(in crate::engine) enum Mark {
    /// An alert was raised: of a process and the one that it reached into; of image, parent and hash.
    Told(What),
    /// The process runs somebody else's code.
    Injected,
    /// The process acts or was acted upon in an alert.
    Suspect,
}

/// A mark with what it is on; empty where there is less to name.
pub(in crate::engine) type Key = (Mark, [Sym; 3]);

/// What was seen: which images did it to which.
pub(in crate::engine) type SpreadKey = (What, [Sym; 3]);

/// Where and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Noted {
    pub(in crate::engine) host: HostId,
    pub(in crate::engine) at: i64,
}

/// Whether one more alert fits into a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// It does.
    ForIt,
    /// Only for saying that there are more.
    ForSummary,
    /// That was said.
    None,
}

/// The memory.
#[derive(Debug, Default)]
pub(in crate::engine) struct Memory {
    pub(in crate::engine) marks: Map<Key, Noted>,
    pub(in crate::engine) spreads: Map<SpreadKey, Vec<Noted>>,
    /// By kind and host: the latest day that had alerts, and how many.
    pub(in crate::engine) days: Map<(What, HostId), (i64, u32)>,
}

impl Memory {
    /// Nothing yet.
    pub(in crate::engine) fn new(seed: Seed) -> Self {
        Self { marks: Map::with_hasher(seed), spreads: Map::with_hasher(seed), days: Map::with_hasher(seed) }
    }

    /// Whether nothing is marked: true for most tenants most of the time.
    pub(super) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// When something was marked.
    pub(super) fn marked(&self, key: &Key) -> Option<i64> {
        self.marks.get(key).map(|noted| noted.at)
    }

    /// Marks it; `text` is for breaking ties by what stands there and not by when it came.
    pub(super) fn mark<'s>(&mut self, key: Key, noted: Noted, text: impl Fn(Sym) -> &'s str) {
        if self.marks.len() >= ROOM {
            forget_oldest(&mut self.marks, |noted| noted.at, |(mark, of)| (*mark, of.map(&text)));
        }
        self.marks.insert(key, noted);
    }

    /// Notes a host on which something was seen; returns all that are kept of it.
    pub(super) fn spread<'s>(
        &mut self,
        key: SpreadKey,
        noted: Noted,
        text: impl Fn(Sym) -> &'s str,
    ) -> &[Noted] {
        if self.spreads.len() >= ROOM && !self.spreads.contains_key(&key) {
            let last = |hosts: &Vec<Noted>| hosts.iter().map(|noted| noted.at).max();
            forget_oldest(&mut self.spreads, last, |(what, of)| (*what, of.map(&text)));
        }
        let hosts = self.spreads.entry(key).or_default();
        let room = hosts.len() < HOSTS;
        match hosts.iter_mut().find(|known| known.host == noted.host) {
            Some(known) => known.at = known.at.max(noted.at),
            None if room => hosts.push(noted),
            None => {}
        }
        hosts
    }

    /// Counts one more alert of a kind on a host. What comes late counts for the day that was reached.
    pub(super) fn admit(&mut self, what: What, noted: Noted, most: u32) -> Room {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        let day = noted.at.div_euclid(DAY);
        let (kept, count) = self.days.entry((what, noted.host)).or_insert((day, 0));
        if day > *kept {
            (*kept, *count) = (day, 0);
        }
        *count = count.saturating_add(1);
        match *count {
            count if count <= most => Room::ForIt,
            count if count == most.saturating_add(1) => Room::ForSummary,
            _ => Room::None,
        }
    }
}

/// Leaves out the oldest quarter; of equally old ones those that come first by what they say.
fn forget_oldest<K: Copy + Eq + std::hash::Hash, V, A: Ord, T: Ord>(
    map: &mut Map<K, V>,
    age: impl Fn(&V) -> A,
    told: impl Fn(&K) -> T,
) {
    let mut order: Vec<(A, T, K)> = map.iter().map(|(key, value)| (age(value), told(key), *key)).collect();
    order.sort_unstable_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    for (_, _, key) in order.into_iter().take(ROOM / 4) {
        map.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::hosts::Hosts;

    fn host() -> HostId {
        Hosts::new(Seed::default(), None).keep(Sym::EMPTY, "ws1").host
    }

    #[test]
    fn the_oldest_marks_make_room() {
        let mut memory = Memory::new(Seed::default());
        let mut strings = crate::engine::strings::Strings::new(Seed::default());
        let key = |sym| (Mark::Injected, [sym, Sym::EMPTY, Sym::EMPTY]);
        let syms: Vec<Sym> = (0..=ROOM).map(|n| strings.intern(&n.to_string())).collect();
        for (at, &sym) in (0..).zip(&syms) {
            memory.mark(key(sym), Noted { host: host(), at }, |sym| strings.get(sym));
        }
        assert_eq!(memory.marks.len(), ROOM - ROOM / 4 + 1);
        assert_eq!(memory.marked(&key(syms[ROOM / 4 - 1])), None);
        assert_eq!(memory.marked(&key(syms[ROOM / 4])), Some(5000));
        assert_eq!(memory.marked(&key(syms[ROOM])), Some(20_000));
    }

    #[test]
    fn a_day_has_room_for_so_many_then_for_a_summary() {
        const HOUR: i64 = 60 * 60 * 1000;
        let mut memory = Memory::new(Seed::default());
        let mut admit = |what, hour: i64| memory.admit(what, Noted { host: host(), at: hour * HOUR }, 2);
        let rooms: Vec<Room> = (0..4).map(|hour| admit(What::RareExecution, hour)).collect();
        assert_eq!(rooms, [Room::ForIt, Room::ForIt, Room::ForSummary, Room::None]);
        // Another kind, and the next day, have room of their own.
        assert_eq!(admit(What::RemoteThread, 4), Room::ForIt);
        assert_eq!(admit(What::RareExecution, 24), Room::ForIt);
        // A record that comes late counts for the day that was reached.
        assert_eq!(admit(What::RareExecution, 5), Room::ForIt);
        assert_eq!(admit(What::RareExecution, 25), Room::ForSummary);
    }
}
