//! What stands next to a process: who started it and whom it started, what it did, and who did it to it.

use crate::engine::events::{Fact, FactId, FactKind, Known, Told};
use crate::engine::hashing::Map;
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;

impl State {
    /// Brings up to date what facts are found by.
    pub(in crate::engine) fn index_events(&mut self) {
        self.table.index_pids();
        let unnamed = self.events.unread_starts().filter(|&row| {
            let start = self.table.row(row).start;
            start.is_some_and(|start| start.claim.image.is_none() || !start.claim.named)
        });
        let parents: Map<RowId, Sym> =
            unnamed.map(|row| (row, self.counted_parent(row, self.above(row)))).collect();
        let Self { events, table, images, hosts, strings, .. } = self;
        events.index(&Known { table, images, hosts, strings, parents: &parents });
    }

    /// The processes that a row stands for: itself, and its 4688 record.
    pub(super) fn records_of(&self, id: RowId) -> impl Iterator<Item = RowId> + use<> {
        std::iter::once(id).chain(self.table.row(id).twin)
    }

    /// The processes that it started, by their start.
    pub(in crate::engine) fn children_of(&self, id: RowId) -> Vec<RowId> {
        let mut children: Vec<RowId> = self
            .below(id)
            .into_iter()
            .map(|child| self.standing(child))
            .filter(|&child| child != id && self.above(child) == Above::Row(id))
            .collect();
        self.sort_rows(&mut children);
        children.dedup();
        children
    }

    /// By start, then by what they are.
    pub(super) fn sort_rows(&self, rows: &mut [RowId]) {
        if rows.len() > 1 {
            rows.sort_by_cached_key(|&id| (self.table.row(id).since(), self.sort_key(id)));
        }
    }

    /// Who did it, as far as that is known.
    pub(in crate::engine) fn actor_of(&self, fact: &Fact) -> Option<RowId> {
        if let Some(row) = fact.told.row {
            return Some(self.standing(row));
        }
        let Told { host, pid, time, image, .. } = fact.told;
        if pid == 0 { None } else { self.actor_at(host, pid, time, image) }
    }

    /// To whom it was done, as far as that is known.
    pub(super) fn target_of(&self, fact: &Fact) -> Option<RowId> {
        let Told { host, time, other, .. } = fact.told;
        if other.is_some() || fact.told.kind != FactKind::Thread {
            return other.map(|row| self.standing(row));
        }
        let pid = self.events.text(fact.told.text(2)).parse().ok()?;
        self.actor_at(host, pid, time, fact.told.text(1))
    }

    /// All facts of a process, in the order of time.
    pub(in crate::engine) fn facts_of(&self, id: RowId) -> Vec<FactId> {
        let mut facts: Vec<FactId> = Vec::new();
        for record in self.records_of(id) {
            facts.extend(self.events.of_row(record));
        }
        let row = self.table.row(id);
        if let Some(pid) = row.pid {
            let named = self.events.of_pid(row.label, pid);
            facts.extend(named.filter(|&fact| self.actor_of(self.events.get(fact)) == Some(id)));
        }
        self.sort_facts(&mut facts);
        facts
    }

    /// By time, then by the record.
    pub(super) fn sort_facts(&self, facts: &mut [FactId]) {
        facts.sort_by_cached_key(|&id| {
            let fact = self.events.get(id);
            (fact.told.time, self.events.text(fact.source), fact.line, fact.told.kind)
        });
    }

    /// Threads that others began in a process, by time.
    pub(in crate::engine) fn threads_in(&self, id: RowId) -> Vec<FactId> {
        let mut facts: Vec<FactId> = self.records_of(id).flat_map(|of| self.events.onto_row(of)).collect();
        let row = self.table.row(id);
        if let Some(pid) = self.records_of(id).find_map(|of| self.table.row(of).pid) {
            let named = self.events.onto_pid(row.label, pid);
            facts.extend(named.filter(|&fact| self.target_of(self.events.get(fact)) == Some(id)));
        }
        facts.retain(|&fact| self.events.get(fact).told.kind == FactKind::Thread);
        self.sort_facts(&mut facts);
        facts
    }

    /// The record of its start that stands.
    pub(in crate::engine) fn start_fact(&self, id: RowId) -> Option<&Fact> {
        self.standing_start(id, self.events.starts_of(id).map(|fact| self.events.get(fact)))
    }

    /// Of the records of a process's start the one that stands.
    pub(super) fn standing_start<'f>(
        &self,
        id: RowId,
        mut told: impl Iterator<Item = &'f Fact>,
    ) -> Option<&'f Fact> {
        let start = self.table.row(id).start?;
        told.by_ref().min_by_key(|fact| {
            let is_other = (fact.told.time, fact.line) != (start.at, start.origin.line);
            let texts = (self.events.text(fact.source), self.events.text(fact.told.text(0)));
            (is_other, fact.told.time, fact.line, texts)
        })
    }

    /// Its command line: its own record's, else its twin's.
    pub(in crate::engine) fn command_line(&self, id: RowId) -> Option<&str> {
        let text = self.events.text(self.command_text(id));
        (!text.is_empty()).then_some(text)
    }

    /// The same by its number.
    pub(super) fn command_text(&self, id: RowId) -> Sym {
        let of = |id| self.start_fact(id).map(|fact| fact.told.text(0)).filter(|text| !text.is_empty());
        of(id).or_else(|| self.table.row(id).twin.and_then(of)).unwrap_or(Sym::EMPTY)
    }

    /// The logon session that it belongs to.
    pub(super) fn session(&self, id: RowId) -> Option<&str> {
        let of = |id| self.start_fact(id).map(|fact| self.events.text(fact.told.text(1)));
        let own = of(id).filter(|text| !text.is_empty());
        own.or_else(|| self.table.row(id).twin.and_then(of)).filter(|text| !text.is_empty())
    }

    /// Its folded file name.
    pub(super) fn name_of(&self, id: RowId) -> &str {
        let image = self.table.row(id).image();
        image.map_or("", |image| self.strings.get(self.images.get(image).name))
    }
}
