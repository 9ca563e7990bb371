//! Staying within `limits.processes`: the processes that were silent longest go, and are counted.
//!
//! What they have added to the counters stays. Their children's records still name them.

use super::process::RowId;
use super::state::State;

impl State {
    /// Makes room when the table is full. Costs one pass over the table for each quarter of it that
    /// arrives.
    pub(super) fn evict_if_full(&mut self) {
        let limit = usize::try_from(self.config.limits.processes).unwrap_or(usize::MAX);
        if self.table.len() <= limit {
            return;
        }
        let mut keep = limit - limit / 4;
        // Parents of those that stay are kept as names and can fill the room again.
        while self.table.len() > limit - limit / 8 && keep > 0 {
            self.evict_down_to(keep);
            keep /= 2;
        }
    }

    fn evict_down_to(&mut self, keep: usize) {
        let mut rows: Vec<RowId> = self.table.all().collect();
        rows.sort_by_cached_key(|&id| (std::cmp::Reverse(self.last_seen(id)), self.sort_key(id)));
        let evicted = rows.split_off(keep.min(rows.len()));
        let mut keeps = vec![false; self.table.len()];
        let mut mark = |id: RowId| {
            if let Some(flag) = keeps.get_mut(id.place()) {
                *flag = true;
            }
        };
        for &id in &rows {
            mark(id);
            self.table.row(id).links.parent.into_iter().for_each(&mut mark);
            self.table.row(id).twin.into_iter().for_each(&mut mark);
        }
        for id in evicted {
            let counted = self.table.row_mut(id).start.as_mut().and_then(|start| start.counted.take());
            let stays = keeps.get(id.place()).copied().unwrap_or(false);
            if stays && self.table.row(id).twin.is_some() {
                // Half of a pair goes with the other half only.
                if let (Some(counted), Some(start)) = (counted, &mut self.table.row_mut(id).start) {
                    start.counted = Some(counted);
                }
                continue;
            }
            if let Some(counted) = counted {
                *self.residual.entry(counted).or_insert(0) += 1;
            }
            // One that stays as its children's parent is still held, if only by name.
            self.tally.evicted_processes += u64::from(!stays);
            self.demote_start(id);
        }
        let saved = self.save_where(|id| keeps.get(id.place()).copied().unwrap_or(false));
        if let Ok(state) = Self::load(&saved, self.config.hash_seed) {
            *self = state;
        }
    }

    fn last_seen(&self, id: RowId) -> i64 {
        let row = self.table.row(id);
        row.twin.map_or(row.last_seen, |twin| row.last_seen.max(self.table.row(twin).last_seen))
    }
}
