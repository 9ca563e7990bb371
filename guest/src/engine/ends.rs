//! Ends that are known by process id alone (4689, `exit_group`). Whose each one was is found when somebody asks, so
//! that an end may come before the start, and the next start of that id after both.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::describe::Outline;
use super::hosts::{HostId, LabelId};
use super::lineage::Found;
use super::observe::Moment;
use super::process::RowId;
use super::state::State;
use super::strings::Sym;
use crate::model::Actor;
use crate::text::path::{file_name, fold, is_placeholder};

/// One, in the order in which they are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End {
    pub(super) label: LabelId,
    pub(super) pid: u32,
    pub(super) host: HostId,
    /// The folded file name, if the record has one.
    pub(super) name: Sym,
    pub(super) time: i64,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Ends {
    sorted: BTreeSet<End>,
}

impl Ends {
    /// False where it is known.
    pub(super) fn insert(&mut self, end: End) -> bool {
        self.sorted.insert(end)
    }

    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = End> + '_ {
        self.sorted.iter().copied()
    }

    pub(super) fn retain(&mut self, stays: impl FnMut(&End) -> bool) {
        self.sorted.retain(stays);
    }

    /// Whether any is known of the hosts of a label.
    pub(super) fn are_told_of(&self, label: LabelId) -> bool {
        let least = End { label, pid: 0, host: HostId::FIRST, name: Sym::EMPTY, time: i64::MIN };
        self.sorted.range(least..).next().is_some_and(|end| end.label == label)
    }

    /// The first of a host, process id and name from a time on; the time is `from.time`.
    fn first(&self, from: End) -> Option<End> {
        let is_its = |end: &&End| End { time: from.time, ..**end } == from;
        self.sorted.range(from..).next().filter(is_its).copied()
    }

    /// The first from a time on of every host of a label and every name.
    pub(super) fn firsts(&self, label: LabelId, pid: u32, time: i64) -> impl Iterator<Item = End> + '_ {
        let least = End { label, pid, host: HostId::FIRST, name: Sym::EMPTY, time: i64::MIN };
        let mut after = Bound::Included(least);
        std::iter::from_fn(move || {
            loop {
                let &next = self.sorted.range((after, Bound::Unbounded)).next()?;
                if (next.label, next.pid) != (label, pid) {
                    return None;
                }
                after = Bound::Excluded(End { time: i64::MAX, ..next });
                if let Some(first) = self.first(End { time, ..next }) {
                    return Some(first);
                }
            }
        })
    }

    /// Takes the oldest, so that at most so many stay: all of one moment together. How many went.
    fn keep_latest(&mut self, most: usize) -> usize {
        let before = self.len();
        let mut times: Vec<i64> = self.sorted.iter().map(|end| end.time).collect();
        if let Some(last) = before.checked_sub(most + 1) {
            let (_, &mut last, _) = times.select_nth_unstable(last);
            self.retain(|end| end.time > last);
        }
        before - self.len()
    }
}

impl State {
    /// A process id ended: who had it may have been another's parent until now.
    pub(super) fn note_end(&mut self, actor: &Actor<'_>, moment: Moment) {
        let Some(pid) = actor.pid.filter(|&pid| pid != 0) else { return };
        let name = actor.image.filter(|image| !is_placeholder(image)).map(|image| fold(file_name(image)));
        let name = name.map_or(Sym::EMPTY, |name| self.strings.intern(&name));
        let Moment { host, time, .. } = moment;
        self.table.index_pids();
        let end = End { label: self.hosts.label(host), pid, host, name, time };
        let entry = self.entry_at(host, pid, time, None);
        let first = |state: &Self| entry.and_then(|(since, id)| state.first_end((pid, since), id));
        let before = first(self);
        if !self.ends.insert(end) {
            return;
        }
        self.note_end_of_pid(end);
        if first(self) == before {
            return;
        }
        let Some((_, id)) = entry else { return };
        // Only those who claimed the id since then, and not yet after an end that was known.
        let since = time.saturating_add(1);
        let mut claimants = self.claimants(id, &Outline { pid: Some(pid), since, ..self.outline(id) });
        let is_later = |child: RowId| self.table.row(child).since() > before.unwrap_or(i64::MAX);
        claimants.retain(|&child| !is_later(child));
        self.refresh_families(claimants);
    }

    /// When a process ended: by its own record, else by the first that names its process id while it had that.
    pub(super) fn ended(&self, id: RowId) -> Option<i64> {
        let row = self.table.row(id);
        if row.end.is_some() || self.ends.is_empty() {
            return row.end;
        }
        let pid = row.pid.or_else(|| self.table.row(row.twin?).pid)?;
        let first = self.first_end((pid, row.since()), id)?;
        let (_, had) = self.entry_at(row.host, pid, first, None)?;
        (had == id).then_some(first)
    }

    /// Whether a process had ended before a time, up to which nobody else had its process id since it is known to have
    /// had that.
    pub(super) fn had_ended(&self, (pid, since): (u32, i64), id: RowId, time: i64) -> bool {
        let end = self.table.row(id).end.or_else(|| self.first_end((pid, since), id));
        end.is_some_and(|end| end < time)
    }

    /// The first end of a process id from a time on that can be that of a process, by its name.
    pub(super) fn first_end(&self, (pid, time): (u32, i64), id: RowId) -> Option<i64> {
        if self.ends.is_empty() {
            return None;
        }
        let row = self.table.row(id);
        let label = row.label;
        let first = match row.image().map(|image| self.images.get(image).name) {
            Some(name) => {
                let of = |host| [name, Sym::EMPTY].map(|name| End { label, pid, host, name, time });
                let its = self.hosts.names_of(row.host).flat_map(of);
                its.filter_map(|end| self.ends.first(end)).min_by_key(|end| end.time)
            }
            None => {
                let all = self.ends.firsts(label, pid, time);
                all.filter(|end| self.hosts.same(end.host, row.host)).min_by_key(|end| end.time)
            }
        };
        first.map(|end| end.time)
    }

    /// Whether a process had ended before a time.
    pub(super) fn is_over(&self, id: RowId, time: i64) -> bool {
        self.ended(id).is_some_and(|end| end < time)
    }

    /// Lets go the ends of processes that go, and those that nobody is known for.
    pub(super) fn let_ends_go(&mut self, goes: impl Fn(RowId) -> bool) {
        if self.ends.is_empty() {
            return;
        }
        let mut ends = std::mem::take(&mut self.ends);
        ends.retain(|end| match self.holder_at(end.host, end.pid, end.time, end.name, None) {
            Found::Row(id) => !goes(id),
            Found::Reused | Found::Nobody => false,
        });
        self.ends = ends;
    }

    /// Keeps no more ends than a limit; what went is found anew without them, and counts as events.
    pub(super) fn evict_ends(&mut self, most: usize) {
        self.events.evicted += self.ends.keep_latest(most) as u64;
        for id in self.table.all() {
            self.refresh(id);
        }
    }
}
