//! What happened, kept for investigation: one fact an event, and indexes that are brought up to date when
//! something is asked.
//!
//! [`fact`] is what is kept of an event, [`take`] takes it in, [`index`] finds facts by what they hold,
//! [`asked`] and [`owners`] sort what alerts ask about, [`bounds`] keeps the room, [`saved`] carries it through a snapshot. What
//! can be looked up is not stored: a record that names a process by its id alone says so, and who that was is found
//! when it is asked.

mod asked;
mod bounds;
mod fact;
mod index;
mod owners;
mod saved;
mod take;
mod task;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::hash::BuildHasher;

use hashbrown::HashTable;

pub(super) use asked::{Flow, Maker};
pub use fact::{Direction, Fact, FactId, FactKind, Told, hashes};
pub use index::Attribute;
pub(super) use index::{Doer, Known, SPAN, answers, spans, whole};
pub(super) use owners::{BESIDE, Denial};
pub(super) use saved::SavedEvents;

use super::hashing::Seed;
use super::process::RowId;
use super::strings::{Strings, Sym};
use asked::Asked;
use index::Index;

/// Less text than this is not worth a look, in bytes.
const TEXTS: usize = 4 << 20;

/// So many starts are remembered whose command lines are to come: as many as may wait for them.
const BEGUN: usize = 256;

/// All facts of a tenant. It has texts of its own, so that it can be rebuilt by itself.
#[derive(Debug)]
pub struct Events {
    pub texts: Strings,
    facts: Vec<Fact>,
    /// Facts by what they tell: a record that comes again is one fact.
    known: HashTable<FactId>,
    index: Index,
    asked: Asked,
    /// So many facts were told to alerts that wait.
    told: usize,
    /// Processes of which something else is known than when the index was brought up to date.
    improved: BTreeSet<RowId>,
    /// How much text makes it worth looking for some that no fact names.
    compact_at: usize,
    /// How many `limits.events` took.
    pub evicted: u64,
    /// How many became older than `causality.keep`, or came when they were.
    pub aged: u64,
    /// What is older is not held.
    since: i64,
    /// The last starts whose command lines other records say, the youngest first.
    begun: VecDeque<(RowId, FactId)>,
    seed: Seed,
}

impl Events {
    /// None yet.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self {
            texts: Strings::new(seed),
            facts: Vec::new(),
            known: HashTable::new(),
            index: Index::new(seed),
            asked: Asked::new(seed),
            told: 0,
            improved: BTreeSet::new(),
            compact_at: TEXTS,
            evicted: 0,
            aged: 0,
            since: i64::MIN,
            begun: VecDeque::new(),
            seed,
        }
    }

    /// How many are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// A fact.
    #[allow(clippy::indexing_slicing, reason = "facts are numbered by this table alone")]
    #[must_use]
    pub fn get(&self, id: FactId) -> &Fact {
        &self.facts[id.place()]
    }

    /// Every fact, in the order of arrival.
    pub fn all(&self) -> impl Iterator<Item = FactId> + use<> {
        (0..self.facts.len()).map(FactId::at)
    }

    /// A text of a fact.
    #[must_use]
    pub fn text(&self, sym: Sym) -> &str {
        self.texts.get(sym)
    }

    /// Adds a fact, unless it is known; of two records of one the smaller place stands.
    pub(super) fn add(&mut self, fact: Fact) -> FactId {
        let hash = self.seed.hash_one(fact.told);
        if let Some(id) = self.find(hash, &fact.told) {
            self.join(id, &fact);
            return id;
        }
        let id = FactId::at(self.facts.len());
        self.facts.push(fact);
        self.note(hash, id);
        id
    }

    /// Remembers where a start stands whose command line other records will say.
    pub(super) fn begin(&mut self, row: RowId, id: FactId) {
        self.begun.push_front((row, id));
        self.begun.truncate(BEGUN);
    }

    /// Says the command line of a start that was added without one, or more of it. Nothing is found by a command line,
    /// so its fact changes where it stands.
    pub(super) fn tell_command_line(&mut self, row: RowId, text: &str, is_more: bool) {
        let is_start = |fact: &Fact| fact.told.kind == FactKind::Start && fact.told.row == Some(row);
        let known = self.begun.iter().find(|(of, _)| *of == row).map(|&(_, id)| id);
        let id = match known.filter(|id| self.facts.get(id.place()).is_some_and(is_start)) {
            Some(id) => id,
            // After a restart, or behind many others: it is looked for among the last ones first.
            None => {
                let Some(place) = self.facts.iter().rposition(is_start) else { return };
                self.begin(row, FactId::at(place));
                FactId::at(place)
            }
        };
        let mut fact = *self.get(id);
        let [command_line, ..] = &mut fact.told.texts;
        let before = if is_more { self.texts.get(*command_line) } else { "" };
        if before.len() >= take::LONGEST {
            return;
        }
        let text = format!("{before}{text}");
        *command_line = take::keep(&mut self.texts, &text);
        let hash = self.seed.hash_one(self.get(id).told);
        if let Ok(entry) = self.known.find_entry(hash, |&other| other == id) {
            entry.remove();
        }
        if !self.settle(id, fact) {
            self.retain(|other, _| other != id);
        }
    }

    fn find(&self, hash: u64, told: &Told) -> Option<FactId> {
        let is = |id: &FactId| self.facts.get(id.place()).is_some_and(|kept| kept.told == *told);
        self.known.find(hash, is).copied()
    }

    fn note(&mut self, hash: u64, id: FactId) {
        let Self { facts, known, seed, .. } = self;
        let again = |id: &FactId| facts.get(id.place()).map_or(0, |kept| seed.hash_one(kept.told));
        known.insert_unique(hash, id, again);
    }

    /// The same was told by another record: the smaller place stands.
    fn join(&mut self, id: FactId, fact: &Fact) {
        let Self { facts, texts, .. } = self;
        if let Some(kept) = facts.get_mut(id.place())
            && (texts.get(fact.source), fact.line) < (texts.get(kept.source), kept.line)
        {
            (kept.source, kept.line) = (fact.source, fact.line);
        }
    }

    fn forget_index(&mut self) {
        self.index = Index::new(self.seed);
        self.asked = Asked::new(self.seed);
        self.told = 0;
        self.improved.clear();
        self.begun.clear();
    }

    /// The facts that came since this was asked last; where facts were numbered anew, all of them.
    pub(super) fn untold(&mut self) -> impl Iterator<Item = FactId> + use<> {
        let from = std::mem::replace(&mut self.told, self.facts.len());
        (from..self.facts.len()).map(FactId::at)
    }

    /// What a process's facts are found by may be something else now.
    pub(super) fn improve(&mut self, row: RowId) {
        if self.index.done() > 0 {
            self.improved.insert(row);
        }
    }

    /// The processes whose starts the index will read when it is brought up to date.
    pub(super) fn unread_starts(&self) -> impl Iterator<Item = RowId> + '_ {
        let added = self.facts.get(self.index.done()..).unwrap_or_default();
        let starts = added.iter().filter(|fact| fact.told.kind == FactKind::Start);
        starts.filter_map(|fact| fact.told.row).chain(self.improved.iter().copied())
    }
}
