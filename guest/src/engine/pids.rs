//! Which processes had a process id, and which starts name one as their parent's, each in order of time:
//! ids are reused, and what a start means by one follows from when it was.

use super::hashing::{Map, MapEntry, Seed};
use super::hosts::LabelId;
use super::process::RowId;

/// A row and the time by which it stands in its list.
pub(super) type At = (i64, RowId);

/// The index. The lists are short unless somebody makes them long, and stay in order either way, so that
/// a look-up is a binary search.
#[derive(Debug)]
pub(super) struct Pids {
    lists: Map<(LabelId, u32), Lists>,
}

#[derive(Debug, Default)]
struct Lists {
    /// By the time from which the row is known to have been there.
    instances: Vec<At>,
    /// By the time of the start.
    claimants: Vec<At>,
}

impl Pids {
    pub(super) fn new(seed: Seed) -> Self {
        Self { lists: Map::with_hasher(seed) }
    }

    pub(super) fn add_instance(&mut self, label: LabelId, pid: u32, at: At) {
        insert(&mut self.lists.entry((label, pid)).or_default().instances, at);
    }

    pub(super) fn remove_instance(&mut self, label: LabelId, pid: u32, at: At) {
        self.remove(label, pid, at, |lists| &mut lists.instances);
    }

    pub(super) fn add_claimant(&mut self, label: LabelId, pid: u32, at: At) {
        insert(&mut self.lists.entry((label, pid)).or_default().claimants, at);
    }

    pub(super) fn remove_claimant(&mut self, label: LabelId, pid: u32, at: At) {
        self.remove(label, pid, at, |lists| &mut lists.claimants);
    }

    /// Out of a list, and both lists away with the last that they hold.
    fn remove(&mut self, label: LabelId, pid: u32, at: At, which: fn(&mut Lists) -> &mut Vec<At>) {
        let MapEntry::Occupied(mut lists) = self.lists.entry((label, pid)) else { return };
        let list = which(lists.get_mut());
        if let Ok(place) = list.binary_search(&at) {
            list.remove(place);
        }
        if lists.get().instances.is_empty() && lists.get().claimants.is_empty() {
            lists.remove();
        }
    }

    /// Who had the id at a time or before, the latest first.
    pub(super) fn instances_until(
        &self,
        label: LabelId,
        pid: u32,
        time: i64,
    ) -> impl Iterator<Item = At> + '_ {
        let list = self.lists.get(&(label, pid)).map_or(&[][..], |l| &l.instances);
        let end = list.partition_point(|&(since, _)| since <= time);
        list.get(..end).unwrap_or_default().iter().rev().copied()
    }

    /// Who had the id after a time, the earliest first.
    pub(super) fn instances_after(
        &self,
        label: LabelId,
        pid: u32,
        time: i64,
    ) -> impl Iterator<Item = At> + '_ {
        let list = self.lists.get(&(label, pid)).map_or(&[][..], |l| &l.instances);
        let begin = list.partition_point(|&(since, _)| since <= time);
        list.get(begin..).unwrap_or_default().iter().copied()
    }

    /// Starts that name the id as their parent's, from a time to another, both included.
    pub(super) fn claimants_between(
        &self,
        label: LabelId,
        pid: u32,
        from: i64,
        until: i64,
    ) -> impl Iterator<Item = RowId> + '_ {
        let list = self.lists.get(&(label, pid)).map_or(&[][..], |l| &l.claimants);
        let begin = list.partition_point(|&(at, _)| at < from);
        let rest = list.get(begin..).unwrap_or_default().iter();
        rest.take_while(move |&&(at, _)| at <= until).map(|&(_, id)| id)
    }
}

fn insert(list: &mut Vec<At>, at: At) {
    let place = list.partition_point(|&other| other < at);
    list.insert(place, at);
}
