//! Staying within `limits.events` and `causality.keep`, and following what becomes of processes and hosts.

use std::hash::BuildHasher;

use super::{Events, Fact, FactId, FactKind, TEXTS, Told};
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::{Strings, Sym};

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// What became of a fact that may tell something else now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Amended {
    /// Nothing.
    No,
    Yes,
    Goes,
}

impl State {
    /// Makes room where more facts are held than the limit says: the oldest go, until a quarter is free. First of all
    /// those that are dated later than time has come: whoever forges such times does not outlast all others.
    pub(in crate::engine) fn evict_events(&mut self) {
        let limit = usize::try_from(self.config.limits.events).unwrap_or(usize::MAX);
        if self.events.len() > limit {
            let keep = limit - limit / 4;
            let reached = self.now;
            let age = |fact: &Fact| if fact.told.time > reached { i64::MIN } else { fact.told.time };
            let mut times: Vec<i64> = self.events.facts.iter().map(age).collect();
            let goes = times.len().saturating_sub(keep + 1);
            let (_, &mut oldest, _) = times.select_nth_unstable(goes);
            // All of one moment go or stay together, so that it does not depend on arrival which do.
            let before = self.events.len();
            self.events.retain(|_, fact| age(fact) > oldest);
            self.events.evicted += (before - self.events.len()) as u64;
            // Of two that fitted equally well one may be left.
            self.alerts.watch.touch_all();
        }
    }

    /// From when on facts are kept: whole days, so that little work keeps it exact whatever the order is.
    pub(in crate::engine) fn events_since(&self) -> i64 {
        let oldest = self.now.saturating_sub(self.config.causality.kept());
        oldest.div_euclid(DAY).saturating_mul(DAY)
    }

    /// Lets go what is older than is to be kept.
    pub(in crate::engine) fn age_events(&mut self) {
        let since = self.events_since();
        if since > self.events.since {
            self.events.since = since;
            let aged = self.events.facts.iter().filter(|fact| fact.told.time < since).count();
            if aged > 0 {
                self.events.retain(|_, fact| fact.told.time >= since);
                self.events.aged += aged as u64;
                self.alerts.watch.touch_all();
            }
        }
    }

    /// Rows are gone; their numbers will mean others. Of what they did their paths stay; a start tells of its row
    /// alone and goes with it.
    pub(in crate::engine) fn forget_rows_of_events(&mut self, is_gone: impl Fn(RowId) -> bool) {
        let Self { events, table, images, .. } = self;
        events.amend(|told, texts| {
            let (row, other) = (told.row.filter(|&row| is_gone(row)), told.other.filter(|&row| is_gone(row)));
            if row.is_none() && other.is_none() {
                return Amended::No;
            }
            if let Some(row) = row {
                if told.kind == FactKind::Start {
                    return Amended::Goes;
                }
                let row = table.row(row);
                (told.row, told.pid) = (None, row.pid.unwrap_or(0));
                if let Some(image) = row.image() {
                    told.image = texts.intern(images.path(image));
                }
            }
            if other.is_some() {
                told.other = None;
            }
            Amended::Yes
        });
    }
}

impl Events {
    /// Keeps only some facts, in their order, and forgets what was indexed. The facts themselves are as they were, so
    /// that nothing is hashed.
    pub(super) fn retain(&mut self, stays: impl Fn(FactId, &Fact) -> bool) {
        let mut left = 0;
        let moved: Vec<Option<FactId>> = (0..)
            .map(FactId::at)
            .zip(&self.facts)
            .map(|(id, fact)| {
                stays(id, fact).then(|| {
                    left += 1;
                    FactId::at(left - 1)
                })
            })
            .collect();
        let new = |id: FactId| moved.get(id.place()).copied().flatten();
        self.known.retain(|id| {
            let new = new(*id);
            *id = new.unwrap_or(*id);
            new.is_some()
        });
        let mut ids = (0..).map(FactId::at);
        self.facts.retain(|_| ids.next().and_then(new).is_some());
        self.compact_texts();
        self.forget_index();
    }

    /// Lets go of texts that no fact names, where that many came since the last time that the look pays.
    fn compact_texts(&mut self) {
        if self.texts.size() < self.compact_at {
            return;
        }
        let mut named = vec![false; self.texts.count()];
        for sym in self.facts.iter().flat_map(Fact::syms) {
            if let Some(named) = named.get_mut(sym.index()) {
                *named = true;
            }
        }
        let moved = self.texts.compact(|sym| named.get(sym.index()).is_some_and(|named| *named));
        for sym in self.facts.iter_mut().flat_map(Fact::syms_mut) {
            *sym = moved.get(sym.index()).copied().unwrap_or(Sym::EMPTY);
        }
        self.known.clear();
        for id in self.all() {
            self.note(self.seed.hash_one(self.get(id).told), id);
        }
        self.compact_at = (self.texts.size() * 2).max(TEXTS);
    }

    /// Changes what facts tell, where `change` says so, and keeps those that it leaves. Facts that tell the same then
    /// are one.
    fn amend(&mut self, mut change: impl FnMut(&mut Told, &mut Strings) -> Amended) {
        let mut gone = vec![false; self.facts.len()];
        for (id, gone) in self.all().zip(&mut gone) {
            let mut fact = *self.get(id);
            let before = self.seed.hash_one(fact.told);
            let amended = change(&mut fact.told, &mut self.texts);
            if amended == Amended::No {
                continue;
            }
            if let Ok(entry) = self.known.find_entry(before, |&other| other == id) {
                entry.remove();
            }
            *gone = amended == Amended::Goes || !self.settle(id, fact);
        }
        self.retain(|id, _| !gone.get(id.place()).copied().unwrap_or(false));
    }

    /// A fact tells something else now. Returns whether it is one of its own.
    pub(super) fn settle(&mut self, id: FactId, fact: Fact) -> bool {
        let hash = self.seed.hash_one(fact.told);
        if let Some(kept) = self.find(hash, &fact.told) {
            self.join(kept, &fact);
            return false;
        }
        if let Some(place) = self.facts.get_mut(id.place()) {
            *place = fact;
        }
        self.note(hash, id);
        true
    }
}
