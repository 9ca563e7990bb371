//! What one walk has looked up already: facts by host and in the order of time, so that each list is made once,
//! however many processes ask for it.

use std::collections::{BTreeMap, BTreeSet};

use super::askers::Asks;
use super::orders::Order;
use super::sessions::Clocks;
use super::words::Askers;
use crate::engine::events::{FactId, FactKind, Told};
use crate::engine::hashing::{Keyed, Map};
use crate::engine::hosts::{HostId, LabelId};
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;

/// Facts in the order of time, by the host that recorded them.
pub(super) type ByHost = BTreeMap<HostId, Vec<FactId>>;

/// Connections, by host and by whether the sensor has ids of its own: the clocks of two logs
/// can differ.
pub(super) type Accepted = BTreeMap<(HostId, bool), Vec<FactId>>;

/// Started processes in order, by the same.
pub(super) type Siblings = BTreeMap<(HostId, bool), Vec<RowId>>;

/// The lists.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Who wrote a path.
    pub(super) writes: BTreeMap<Keyed, ByHost>,
    /// What came in for WinRM.
    pub(super) winrm: Option<Accepted>,
    /// What a services.exe accepted.
    pub(super) services: Map<RowId, Accepted>,
    /// Whom a services.exe started, and whom WinRM did.
    pub(super) siblings: Map<RowId, Siblings>,
    pub(super) shells: Option<Siblings>,
    /// Who opened connections from an end.
    pub(super) openers: BTreeMap<String, Openers>,
    /// Who had an address.
    pub(super) owners: BTreeMap<String, BTreeSet<HostId>>,
    /// Services and tasks of a host by the file name that they run, and the records of one of them by its name.
    pub(super) orders: BTreeMap<(HostId, FactKind, String), Vec<Order>>,
    pub(super) named_orders: BTreeMap<(HostId, FactKind, String), Vec<FactId>>,
    /// Who had a process id, by when they started on the log's clock.
    pub(super) holders: BTreeMap<(HostId, u32), Vec<(i64, RowId)>>,
    /// Logons and logoffs of a session.
    pub(super) sessions: BTreeMap<String, [ByHost; 2]>,
    pub(super) clocks: Option<Clocks>,
    /// Services that were installed by somebody who is known.
    pub(super) installs: Option<Vec<Install>>,
    /// Who may have asked the system for something, by when they started.
    askers: BTreeMap<(LabelId, i64), InSpan>,
    /// How much memory that takes, in bytes, and whose were asked for last.
    held: usize,
    last: Option<(LabelId, i64)>,
}

/// A process that may have asked the system for something.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) since: i64,
    pub(super) row: RowId,
    /// Its command line, folded.
    pub(super) line: String,
    /// Its file's name.
    pub(super) name: Option<Sym>,
    /// What it asks for, and does not only mention.
    pub(super) asks: Asks,
}

/// Those of one span.
#[derive(Debug)]
pub(super) struct InSpan {
    pub(super) all: Askers,
    /// Of them those that ask for something: few.
    pub(super) asking: Askers,
}

/// So much of askers is kept, in bytes: a walk can come by all processes of many hosts.
const HELD: usize = 64 << 20;

impl Memo {
    /// Who may have asked the system on the hosts of a label in one span.
    pub(super) fn askers(&mut self, label: LabelId, span: i64, list: impl FnOnce() -> InSpan) -> &InSpan {
        let key = (label, span);
        if self.held > HELD && !self.askers.contains_key(&key) {
            // Two spans are asked in turn: the other one is kept, however large it is.
            self.askers.retain(|key, _| self.last.as_ref() == Some(key));
            self.held = self.askers.values().map(|of| of.all.size() + of.asking.size()).sum();
        }
        self.last = Some(key);
        self.askers.entry(key).or_insert_with(|| {
            let askers = list();
            self.held += askers.all.size() + askers.asking.size();
            askers
        })
    }
}

/// Connections that were opened from one end: where they were accepted, and where they were opened by the other end.
#[derive(Debug, Default)]
pub(super) struct Openers {
    pub(super) accepted: Accepted,
    pub(super) to: BTreeMap<String, Accepted>,
}

/// A service that was installed (4697): what it runs, folded, and its session.
#[derive(Debug)]
pub(super) struct Install {
    pub(super) fact: FactId,
    pub(super) command: String,
    /// What stands behind the program's name.
    pub(super) tail: Option<String>,
}

impl State {
    /// Facts by a key of theirs, each list in order.
    pub(super) fn grouped<K: Ord>(
        &self,
        facts: impl Iterator<Item = FactId>,
        key: impl Fn(&Told) -> K,
    ) -> BTreeMap<K, Vec<FactId>> {
        let mut groups: BTreeMap<K, Vec<FactId>> = BTreeMap::new();
        for fact in facts {
            groups.entry(key(&self.events.get(fact).told)).or_default().push(fact);
        }
        groups.values_mut().for_each(|facts| self.sort_facts(facts));
        groups
    }

    /// The same by the machine that recorded them, whatever it was called then.
    pub(super) fn by_host(&self, facts: impl Iterator<Item = FactId>) -> ByHost {
        self.grouped(facts, |told| self.hosts.canonical(told.host))
    }

    /// Of facts in order those until a time, which is included.
    pub(super) fn until<'f>(&self, facts: &'f [FactId], time: i64) -> &'f [FactId] {
        let end = facts.partition_point(|&fact| self.events.get(fact).told.time <= time);
        facts.get(..end).unwrap_or_default()
    }

    /// Of facts in order the one that is nearest to a time; of several the first by its record.
    pub(super) fn nearest(&self, facts: &[FactId], time: i64) -> Option<FactId> {
        let earlier = self.until(facts, time.saturating_sub(1));
        let later = facts.get(earlier.len()).copied();
        let last = earlier.last().map(|&fact| self.events.get(fact).told.time);
        let before =
            last.and_then(|last| facts.get(self.until(facts, last.saturating_sub(1)).len()).copied());
        before.into_iter().chain(later).min_by(|a, b| self.nearness(*a, time).cmp(&self.nearness(*b, time)))
    }

    /// How far a fact lies from a time, and what tells those apart that lie equally far.
    pub(super) fn nearness(&self, fact: FactId, time: i64) -> (u64, &str, u64) {
        let fact = self.events.get(fact);
        (fact.told.time.abs_diff(time), self.events.text(fact.source), fact.line)
    }
}
