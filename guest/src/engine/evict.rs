//! Staying within `limits.processes`: the processes that were silent longest go, and are counted.
//!
//! What they have added to the counters stays, and so do their verdicts in the totals. The nearest ancestors
//! of those that stay are kept with them; of the next one above only the names, so that no count changes.

use super::lineage::Above;
use super::process::RowId;
use super::state::State;

/// So many ancestors of a process that stays are kept whole. Real lines are shorter.
const ABOVE: usize = 16;

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Goes,
    /// Only what its children need: its own name and its parent's.
    Named,
    Stays,
}

impl State {
    /// Makes room when the table is full. Costs one pass over the table for each quarter of it that
    /// arrives.
    pub(super) fn evict_if_full(&mut self) {
        let limit = usize::try_from(self.config.limits.processes).unwrap_or(usize::MAX);
        if self.table.len() <= limit {
            return;
        }
        let mut keep = limit - limit / 4;
        // The ancestors of those that stay can fill the room again.
        while self.table.len() > limit - limit / 8 {
            self.evict_down_to(keep);
            if keep == 0 {
                break;
            }
            keep /= 2;
        }
    }

    fn evict_down_to(&mut self, keep: usize) {
        let fates = self.fates(keep);
        let fate = |id: RowId| fates.get(id.place()).copied().unwrap_or(Fate::Goes);
        self.let_go(|id| fate(id) == Fate::Stays);
        for id in self.table.all().filter(|&id| fate(id) != Fate::Stays) {
            self.tally.evicted.processes += u64::from(fate(id) == Fate::Goes);
            let row = self.table.row(id);
            if row.is_absorbed() {
                self.tally.twins = self.tally.twins.saturating_sub(1);
                self.tally.evicted.twins += 1;
            }
            self.tally.evicted.starts += u64::from(row.start.is_some());
            if let Some(start) = row.start.as_ref().filter(|start| start.judged) {
                self.tally.evict_verdict(start.verdict.0);
            }
            if fate(id) == Fate::Named && self.table.row(id).start.is_some() {
                let parent = self.counted_parent(id, self.above(id));
                self.table.unlink_claim(id);
                self.demote_start(id);
                self.table.row_mut(id).parent_was = parent;
            }
        }
        let places = self.table.retain(|id| fate(id) != Fate::Goes);
        self.renumber_items(|id| places.get(id.place()).copied().flatten());
        self.rebuild_twin_index();
        // Who had a process id can be another one now.
        if self.table.pids().is_some() {
            for id in self.table.all() {
                self.refresh(id);
            }
        }
    }

    fn fates(&self, keep: usize) -> Vec<Fate> {
        let mut fates = vec![Fate::Goes; self.table.len()];
        let mut level = self.youngest(keep);
        for _ in 0..=ABOVE {
            let mut next = Vec::new();
            for id in level {
                for id in std::iter::once(id).chain(self.table.row(id).twin) {
                    if let Some(fate) = fates.get_mut(id.place()).filter(|fate| **fate != Fate::Stays) {
                        *fate = Fate::Stays;
                        next.extend(self.directly_above(id));
                    }
                }
            }
            level = next;
        }
        for id in level {
            if let Some(fate) = fates.get_mut(id.place()).filter(|fate| **fate == Fate::Goes) {
                *fate = Fate::Named;
            }
        }
        fates
    }

    fn directly_above(&self, id: RowId) -> impl Iterator<Item = RowId> {
        let found = match self.above(id) {
            Above::Row(parent) => Some(parent),
            _ => None,
        };
        self.table.row(id).links.parent.into_iter().chain(found)
    }

    /// The rows of which something was heard last.
    fn youngest(&self, keep: usize) -> Vec<RowId> {
        let mut rows: Vec<(i64, RowId)> = self.table.all().map(|id| (self.last_seen(id), id)).collect();
        if keep < rows.len() {
            // The first that goes; of those heard of at that moment the choice must not depend on arrival.
            let (_, &mut (at, _), _) =
                rows.select_nth_unstable_by_key(keep, |&(at, _)| std::cmp::Reverse(at));
            let mut tied: Vec<RowId> = rows.iter().filter(|row| row.0 == at).map(|row| row.1).collect();
            tied.sort_by_cached_key(|&id| self.sort_key(id));
            rows.retain(|row| row.0 > at);
            let room = keep - rows.len();
            rows.extend(tied.into_iter().take(room).map(|id| (at, id)));
        }
        rows.into_iter().map(|(_, id)| id).collect()
    }

    fn last_seen(&self, id: RowId) -> i64 {
        let row = self.table.row(id);
        row.twin.map_or(row.last_seen, |twin| row.last_seen.max(self.table.row(twin).last_seen))
    }
}
