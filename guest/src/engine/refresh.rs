//! Keeping counts and verdicts in step with what is known now.
//!
//! A start counts with the parent and grandparent that are known of it, and those may become known later
//! than itself. So a start remembers what it has added, and whenever something above it changes it takes
//! that back and adds what is true now: the counts follow from the records, not from their order.

use super::describe::Outline;
use super::hierarchy::{Observation, Outcome, Parent, Reason, Verdict};
use super::hosts::HostId;
use super::lineage::Above;
use super::prevalence::{Contribution, FIELDS, Field, LISTS, Shape};
use super::process::{RowId, Start};
use super::state::State;
use super::strings::{Strings, Sym};

/// Who a start runs as, if that is sure.
fn user_of(strings: &Strings, account: Sym) -> Option<&str> {
    (!account.is_empty()).then(|| strings.get(account))
}

impl State {
    /// Brings a start's count and verdict up to date, after something above it changed. Tells whether it has
    /// another parent now, which is a grandparent to those below.
    pub(super) fn refresh(&mut self, id: RowId) -> bool {
        self.note_change_above(id);
        let Some(start) = &self.table.row(id).start else { return false };
        let before = start.counted.map(|counted| self.counters.shape_of(counted.shape).value(Field::Parent));
        // A record that names itself and its parent was judged by that; nothing learned later changes it.
        if !start.is_complete() {
            let verdict = self.judge(id, None, None);
            let verdict = (verdict.outcome, verdict.reason);
            self.set_verdict(id, verdict);
        }
        let now = self.shape(id);
        self.count(id, now);
        self.list_child(id);
        let has_another = before != now.map(|(shape, _)| shape.value(Field::Parent));
        if has_another {
            self.events.improve(id);
        }
        has_another
    }

    /// Refreshes what hangs below a row: its children, and theirs where the grandparent is another now.
    pub(super) fn refresh_below(&mut self, id: RowId) {
        let children = self.below(id);
        self.refresh_families(children);
    }

    /// Refreshes the starts that may mean a row by its process id, as it is or as it was before.
    pub(super) fn refresh_claimants(&mut self, id: RowId, outline: &Outline) {
        self.note_row(id);
        if let Some(pid) = outline.pid.filter(|&pid| self.table.row(id).pid != Some(pid)) {
            self.note_pid(outline.host, pid);
        }
        let claimants = self.claimants(id, outline);
        self.refresh_families(claimants);
    }

    pub(super) fn refresh_families(&mut self, children: Vec<RowId>) {
        for child in children {
            if self.refresh(child) {
                for grandchild in self.below(child) {
                    self.refresh(grandchild);
                }
            }
        }
    }

    /// Starts that name this row as their parent, by id or by process id.
    pub(super) fn below(&self, id: RowId) -> Vec<RowId> {
        let mut below: Vec<RowId> = self.table.children(id).collect();
        below.extend(self.claimants(id, &self.outline(id)));
        if let Some(twin) = self.table.row(id).twin {
            below.extend(self.claimants(twin, &self.outline(twin)));
        }
        below.retain(|&child| child != id);
        below
    }

    /// Starts from a time on that name a row's process id: until another had it, so that in a log that is in
    /// order they are few.
    pub(super) fn claimants(&self, id: RowId, outline: &Outline) -> Vec<RowId> {
        let row = self.table.row(id);
        let (Some(pids), Some(pid)) = (self.table.pids(), outline.pid) else { return Vec::new() };
        // A twin answers to another row's name, and a host that became another one to other claims.
        let bounded = outline.alone && row.twin.is_none() && outline.host == row.host;
        let ends = |other: RowId| {
            let other = self.table.row(other);
            bounded && other.host == row.host && other.twin.is_none()
        };
        let until = pids.instances_after(row.label, pid, outline.since).find(|&(_, other)| ends(other));
        let until = until.map_or(i64::MAX, |(since, _)| since);
        pids.claimants_between(row.label, pid, outline.since, until).collect()
    }

    /// Replaces what a start has added to the counters; `None` takes it out.
    pub(super) fn count(&mut self, id: RowId, now: Option<(Shape, HostId)>) {
        let Some(Start { counted, generation, .. }) = self.table.row(id).start else { return };
        let counts = |counted: &Contribution| (*self.counters.shape_of(counted.shape), counted.host);
        if counted.as_ref().map(counts) == now {
            return;
        }
        if let Some(before) = counted {
            self.counters.remove(&before);
        }
        let counted = now.and_then(|(shape, host)| {
            let spots = self.counters.spots(&shape, host, self.hosts.environment(host));
            self.counters.add(&spots.counted, host, generation)
        });
        self.set_counted(id, counted);
    }

    /// A start counts as this now, and what it did goes with it.
    pub(super) fn set_counted(&mut self, id: RowId, counted: Option<Contribution>) {
        if let Some(start) = &mut self.table.row_mut(id).start {
            let before = std::mem::replace(&mut start.counted, counted);
            self.move_items(id, before, counted);
        }
    }

    /// What a start counts as and where, as far as is known now; nothing for the 4688 record of a start that
    /// stands in a Sysmon record too.
    pub(super) fn shape(&self, id: RowId) -> Option<(Shape, HostId)> {
        let row = self.table.row(id);
        let start = row.start.as_ref().filter(|_| !row.is_absorbed())?;
        let image = self.images.get(row.image()?);
        let parent = self.above(id);
        let grandparent = match parent {
            Above::Row(parent) => self.counted_parent(parent, self.above(parent)),
            _ => Sym::EMPTY,
        };
        let parent = self.counted_parent(id, parent);
        let [sha256, sha1, md5] = start.hashes;
        let values: [Sym; FIELDS] = [image.directory, parent, grandparent, sha256, sha1, md5];
        Some((Shape { image: image.name, values, lists: [true; LISTS] }, self.hosts.canonical(row.host)))
    }

    /// The parent's file name for counting: what the child's own record says, else what was found.
    pub(super) fn counted_parent(&self, id: RowId, above: Above) -> Sym {
        let row = self.table.row(id);
        let Some(start) = &row.start else { return row.parent_was };
        let own = start.claim.image.filter(|_| start.claim.named);
        own.or_else(|| self.image_above(above)).map_or(Sym::EMPTY, |image| self.images.get(image).name)
    }

    /// The verdict on a start. Command lines are only at hand while its record is read.
    ///
    /// A violation rests on what the start's own record says of its parent; a parent that was only found
    /// by id can make it `expected`, never a violation (complaint 1).
    pub(super) fn judge<'s>(
        &'s self,
        id: RowId,
        command_line: Option<&'s str>,
        parent_command_line: Option<&'s str>,
    ) -> Verdict<'s> {
        let row = self.table.row(id);
        let claim = row.start.map(|s| s.claim).unwrap_or_default();
        let written = claim.image.map(|image| self.images.path(image));
        let observation = |parent| Observation {
            image: row.image().map_or("", |image| self.images.path(image)),
            pid: row.pid,
            parent,
            parent_pid: claim.pid,
            command_line,
            parent_command_line,
            user: row.start.and_then(|start| user_of(&self.strings, start.account)),
        };
        let stated = match written {
            Some(path) => Parent::Image(path),
            None if !claim.by_entity && claim.pid.is_none() => Parent::Missing,
            None => match self.above(id) {
                Above::Reused => Parent::PidReused,
                Above::Nobody => Parent::Unknown,
                Above::Row(_) | Above::Name(_) => Parent::Missing,
            },
        };
        let verdict = self.profile.judge(&observation(stated));
        if verdict.outcome != Outcome::Unknown || claim.named {
            return verdict;
        }
        let found = self.image_above(self.above(id)).map(|image| self.images.path(image));
        match found.map(|path| self.profile.judge(&observation(Parent::Image(path)))) {
            Some(found) if found.outcome == Outcome::Expected => found,
            _ => verdict,
        }
    }

    /// Judges every start by the profile in force. Their command lines are not kept: what depends on one
    /// becomes unknown.
    pub(super) fn judge_all(&mut self) {
        for id in self.table.all() {
            if self.table.row(id).start.is_some() {
                let verdict = self.judge(id, None, None);
                let verdict = (verdict.outcome, verdict.reason);
                self.set_verdict(id, verdict);
            }
        }
    }

    /// Keeps a start's verdict and counts it.
    pub(super) fn set_verdict(&mut self, id: RowId, verdict: (Outcome, Option<Reason>)) {
        let row = self.table.row_mut(id);
        let absorbed = row.is_absorbed();
        if let Some(Start { verdict: kept, judged, .. }) = &mut row.start {
            if std::mem::replace(judged, !absorbed) {
                self.tally.remove_verdict(kept.0);
            }
            *kept = verdict;
            if !absorbed {
                self.tally.add_verdict(verdict.0);
            }
        }
    }
}
