//! Staying within the limits: what was silent longest goes, and is counted.
//!
//! Processes leave the table. What they have added to the counters stays, and so do their verdicts in the
//! totals. The nearest ancestors of those that stay are kept with them; of the next one above only the names,
//! so that no count changes.
//! Counts (`limits.counts`) go by image and host, and hosts (`limits.hosts`) as if they had never been seen,
//! but for the totals. Texts that nothing names any more go with the next rebuilding.

mod counts;

use super::hashing::{Map, Set};
use super::hosts::HostId;
use super::lineage::Above;
use super::process::RowId;
use super::state::State;
use super::strings::Sym;

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
    /// Makes room where a limit is passed. For each quarter of it that arrives one look at what is held decides
    /// what goes, and only that is worked on.
    pub(super) fn evict_if_full(&mut self, at: i64) {
        let limit = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
        let limits = &self.config.limits;
        let (processes, counts, hosts) = (limit(limits.processes), limit(limits.counts), limit(limits.hosts));
        let is_full = self.table.len() > processes
            || self.ends.len() > processes
            || self.counters.hosts().held() > counts
            || self.hosts.len() > hosts;
        if is_full {
            // What waits for the batch's end rests on what goes: where a batch is cut must not decide it.
            self.settle_all(at);
            self.evict_oldest(processes, counts, hosts);
            self.settle_all(at);
        }
        self.evict_alerts();
        self.evict_events();
        if self.evicted_since_rebuilt && self.texts_size() > self.rebuild_at {
            self.rebuild(|_| true);
        }
    }

    fn evict_oldest(&mut self, processes: usize, counts: usize, hosts: usize) {
        if self.table.len() > processes {
            self.evict_processes(processes);
        }
        if self.ends.len() > processes {
            self.evict_ends(processes - processes / 4);
        }
        if self.counters.hosts().held() > counts {
            self.evict_counts(counts - counts / 4);
        }
        if self.hosts.len() > hosts {
            self.evict_hosts(hosts - hosts / 4);
        }
    }

    fn evict_processes(&mut self, limit: usize) {
        self.catch_up();
        let mut keep = limit - limit / 4;
        // The ancestors of those that stay can fill the room again.
        while self.table.len() > limit - limit / 8 {
            self.evict_down_to(keep);
            if keep == 0 {
                break;
            }
            keep /= 2;
        }
        self.evicted_since_rebuilt = true;
    }

    /// Hosts that were silent longest, with all that is known of them; only the totals keep it.
    fn evict_hosts(&mut self, keep: usize) {
        self.catch_up();
        let reached =
            |host: HostId| self.tally.get(host).map_or(i64::MIN, |tally| tally.reached.max(tally.undated));
        let mut machines: Map<HostId, i64> = Map::default();
        for host in self.hosts.all() {
            let last = machines.entry(self.hosts.canonical(host)).or_insert(i64::MIN);
            *last = reached(host).max(*last);
        }
        let mut order: Vec<(i64, HostId)> = machines.into_iter().map(|(host, last)| (last, host)).collect();
        let name = |host| (self.strings.get(self.hosts.environment(host)), self.hosts.spelling(host));
        order.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| name(a.1).cmp(&name(b.1))));
        let stay: Set<HostId> = order.into_iter().take(keep).map(|(_, host)| host).collect();
        let stays: Vec<bool> =
            self.hosts.all().map(|host| stay.contains(&self.hosts.canonical(host))).collect();
        let stays = |host: HostId| stays.get(host.index()).copied().unwrap_or(true);
        for host in self.hosts.all().filter(|&host| !stays(host)) {
            self.tally.evict_host(host);
        }
        for id in self.table.all() {
            let row = self.table.row(id);
            if !stays(row.host) {
                self.tally.evicted.processes += 1;
                self.tally.evict_start(row);
            }
        }
        let before = self.counters.customer().executions();
        self.rebuild(stays);
        self.counters.turn_away(before - self.counters.customer().executions());
    }

    /// Saves what stays and loads it: texts and hosts that nothing names any more are gone.
    fn rebuild(&mut self, stays: impl Fn(HostId) -> bool) {
        self.catch_up();
        if let Ok(state) = Self::load(&self.save_of(stays), self.config.secrets()) {
            let numbering = self.numbering + 1;
            self.replace_by(state);
            self.numbering = numbering;
        }
    }

    pub(super) fn texts_size(&self) -> usize {
        self.strings.size() + self.images.size()
    }

    fn evict_down_to(&mut self, keep: usize) {
        let fates = self.fates(keep);
        let fate = |id: RowId| fates.get(id.place()).copied().unwrap_or(Fate::Goes);
        // As long as all are there: who stands above one may go too.
        let named =
            self.table.all().filter(|&id| fate(id) == Fate::Named && self.table.row(id).start.is_some());
        let named: Vec<(RowId, Sym)> =
            named.map(|id| (id, self.counted_parent(id, self.above(id)))).collect();
        self.let_go(|id| fate(id) == Fate::Stays);
        for id in self.table.all().filter(|&id| fate(id) != Fate::Stays) {
            self.tally.evicted.processes += u64::from(fate(id) == Fate::Goes);
            self.tally.evict_start(self.table.row(id));
            self.leave_index(id);
        }
        for (id, parent) in named {
            self.table.unlink_claim(id);
            self.demote_start(id);
            self.table.row_mut(id).parent_was = parent;
        }
        self.let_ends_go(|id| fate(id) == Fate::Goes);
        self.forget_rows_of_events(|id| fate(id) == Fate::Goes);
        self.table.remove(|id| fate(id) == Fate::Goes);
        self.forget_rows(|id| fate(id) == Fate::Goes);
        // Who had a process id can be another one now.
        if self.table.pids().is_some() {
            for id in self.table.all() {
                self.refresh(id);
            }
        }
    }

    fn fates(&self, keep: usize) -> Vec<Fate> {
        let mut fates = vec![Fate::Goes; self.table.places()];
        let mut level = self.youngest(keep);
        for _ in 0..=ABOVE {
            let mut next = Vec::new();
            for id in level {
                for id in std::iter::once(id).chain(self.table.row(id).twin) {
                    if let Some(fate) = fates.get_mut(id.place()).filter(|fate| **fate != Fate::Stays) {
                        *fate = Fate::Stays;
                        next.extend(self.directly_above(id, &fates));
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

    fn directly_above(&self, id: RowId, fates: &[Fate]) -> impl Iterator<Item = RowId> + use<> {
        let parent = self.table.row(id).links.parent;
        // Nobody but a parent that is named by id, or its twin, stands above; both stay together.
        let stays = parent.is_some_and(|parent| fates.get(parent.place()) == Some(&Fate::Stays));
        let found = match if stays { Above::Nobody } else { self.above(id) } {
            Above::Row(parent) => Some(parent),
            _ => None,
        };
        parent.filter(|_| !stays).into_iter().chain(found)
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
