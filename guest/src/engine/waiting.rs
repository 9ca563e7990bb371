//! The family of a start whose record was replaced waits to be counted anew: a flood of records that claim one id, each
//! earlier than the last, would otherwise cost every child of it every time.
//!
//! At most one family waits. It is caught up with before anything reads what it counts or how it was judged, so that
//! no line says anything else for it; and at the latest when the batch ends.

use super::describe::Outline;
use super::hashing::Set;
use super::images::ImageId;
use super::lineage::{Above, DEPTH, Found};
use super::process::{RowId, Start};
use super::state::State;
use super::strings::Sym;
use crate::model::Actor;

/// What the children of a row read of it: who stands for it, its name, and its parent's name.
pub(super) type Shown = (RowId, Option<ImageId>, Sym);

/// Whose family waits, as it was when the family was last counted.
#[derive(Debug)]
pub(super) struct Waiting {
    parent: RowId,
    before: Outline,
    shown: Shown,
    /// What it was last.
    last: Outline,
    /// File names of the family, whose counts may not be read.
    names: Set<Sym>,
}

impl State {
    /// The family of a row waits. The row was this before its start's record was replaced.
    pub(super) fn let_wait(&mut self, parent: RowId, before: Outline, shown: Shown) {
        let last = self.outline(parent);
        if self.waits_already(parent, last) {
            return;
        }
        self.catch_up();
        let mut children = self.below(parent);
        children.extend(self.claimants(parent, &before));
        let names = children.into_iter().flat_map(|child| self.names_of_family(child)).collect();
        self.waiting = Some(Waiting { parent, before, shown, last, names });
    }

    /// Whether the family of a row waits, and still does where the row is something else now. Who claims its process id
    /// from an earlier time on belongs to the family too.
    fn waits_already(&mut self, parent: RowId, now: Outline) -> bool {
        let Some(waiting) = self.waiting.as_mut().filter(|waiting| waiting.parent == parent) else {
            return false;
        };
        let Outline { pid, host, since, alone, .. } = std::mem::replace(&mut waiting.last, now);
        if (pid, host, alone) != (now.pid, now.host, now.alone) || since < now.since {
            return false;
        }
        let claimants = match (self.table.pids(), pid) {
            (Some(pids), Some(pid)) if now.since < since => {
                pids.claimants_between(self.table.row(parent).label, pid, now.since, since).collect()
            }
            _ => Vec::new(),
        };
        let names: Vec<Sym> = claimants.into_iter().flat_map(|child| self.names_of_family(child)).collect();
        if let Some(waiting) = &mut self.waiting {
            waiting.names.extend(names);
        }
        true
    }

    /// The file names of a child and of those below it.
    fn names_of_family(&self, child: RowId) -> impl Iterator<Item = Sym> {
        let below = self.below(child).into_iter();
        std::iter::once(child).chain(below).map(|id| self.folded_name(id))
    }

    /// Counts the family that waits.
    pub(super) fn catch_up(&mut self) {
        let Some(Waiting { parent, before, shown, .. }) = self.waiting.take() else { return };
        self.refresh_claimants(parent, &before);
        if shown == self.shown_below(parent) {
            self.refresh_claimants(parent, &self.outline(parent));
        } else {
            self.refresh_below(parent);
        }
    }

    /// Catches up if a start's score can depend on it, before anything is changed by the start itself.
    pub(super) fn catch_up_before(&mut self, start: &Start, parent: &Actor<'_>) {
        let Some(waiting) = &self.waiting else { return };
        let label = self.hosts.label(start.host);
        let entity = parent.entity.and_then(|entity| self.entity_as_kept(entity));
        let by_entity = entity.and_then(|entity| self.table.find(label, entity));
        // Without a path of its own it is called by what others say of it.
        let name = start.image.map(|image| self.images.get(image).name);
        let above = by_entity.or_else(|| {
            let found = self.instance_at(start.host, parent.pid?, start.at, Sym::EMPTY, None);
            if let Found::Row(row) = found { Some(row) } else { None }
        });
        let is_of_name = name.is_none_or(|name| waiting.names.contains(&name));
        if is_of_name || above.is_some_and(|above| self.is_of(waiting.parent, above)) {
            self.catch_up();
        }
    }

    /// Catches up if what is said of a process can depend on it: it has a name of the family, or is below it.
    pub(super) fn catch_up_for(&mut self, id: RowId) {
        let Some(Waiting { parent, names, .. }) = &self.waiting else { return };
        let is_below = matches!(self.above(id), Above::Row(above) if self.is_of(*parent, above));
        if is_below || names.contains(&self.folded_name(id)) {
            self.catch_up();
        }
    }

    /// Whether a process is a certain one or below it.
    fn is_of(&self, parent: RowId, id: RowId) -> bool {
        let mut at = id;
        for _ in 0..DEPTH {
            if at == parent {
                return true;
            }
            let Above::Row(above) = self.above(at) else { return false };
            at = above;
        }
        false
    }

    fn folded_name(&self, id: RowId) -> Sym {
        self.table.row(id).image().map_or(Sym::EMPTY, |image| self.images.get(image).name)
    }
}
