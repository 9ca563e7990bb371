//! The process table: rows and the lists and maps that find them.
//!
//! Rows are found by the sensor's id, by process id (an index that is only built once a record without
//! such an id needs it), by host and as children. Nothing here judges or counts.

use std::hash::BuildHasher;

use hashbrown::HashTable;

use super::hashing::Seed;
use super::hosts::{HostId, LabelId};
use super::pids::Pids;
use super::process::{Entity, Process, RowId};

/// Rows in one piece of the table.
const PIECE: usize = 1024;

/// All rows.
#[derive(Debug, Default)]
pub struct Table {
    /// In pieces of [`PIECE`] rows: one long array would be copied whole each time it grows.
    rows: Vec<Vec<Process>>,
    /// By place, whether a row is held there.
    held: Vec<bool>,
    /// Places of rows that are gone, the lowest last: they are filled in order, so that neighbours are of one
    /// time.
    free: Vec<RowId>,
    /// By label and entity, which the row itself holds.
    by_entity: HashTable<RowId>,
    by_pid: Option<Pids>,
    on_host: Vec<Vec<RowId>>,
    seed: Seed,
}

#[allow(
    clippy::indexing_slicing,
    reason = "rows are numbered by this table alone, hosts have a place once a row has one"
)]
impl Table {
    /// No rows yet.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { seed, ..Self::default() }
    }

    /// A row.
    #[must_use]
    pub fn row(&self, id: RowId) -> &Process {
        let place = id.place();
        &self.rows[place / PIECE][place % PIECE]
    }

    /// A row to change. Its host, entity, pid, links and the time since when it was there are this table's to
    /// change.
    pub fn row_mut(&mut self, id: RowId) -> &mut Process {
        let place = id.place();
        &mut self.rows[place / PIECE][place % PIECE]
    }

    /// Every row, as they are held now.
    pub fn all(&self) -> impl Iterator<Item = RowId> + use<> {
        let held = self.held.iter().enumerate().filter(|(_, held)| **held);
        held.map(|(place, _)| RowId::at(place)).collect::<Vec<_>>().into_iter()
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len() - self.free.len()
    }

    /// How many places rows have, held or not.
    #[must_use]
    pub fn places(&self) -> usize {
        self.held.len()
    }

    /// The row of a sensor's id.
    #[must_use]
    pub fn find(&self, label: LabelId, entity: Entity) -> Option<RowId> {
        let hash = self.seed.hash_one((label, entity));
        let is = |&id: &RowId| self.row(id).entity == Some(entity) && self.row(id).label == label;
        self.by_entity.find(hash, is).copied()
    }

    /// Adds a row.
    pub fn add(&mut self, process: Process) -> RowId {
        let (label, entity) = (process.label, process.entity);
        let id = self.put(process);
        if let Some(entity) = entity {
            let Self { by_entity, rows, seed, .. } = self;
            let key = |id: &RowId| {
                let row = &rows[id.place() / PIECE][id.place() % PIECE];
                row.entity.map(|entity| seed.hash_one((row.label, entity))).unwrap_or_default()
            };
            by_entity.insert_unique(seed.hash_one((label, entity)), id, key);
        }
        self.enter_host(id);
        self.enter_pid(id);
        id
    }

    /// Into a place that is free, or one more.
    fn put(&mut self, process: Process) -> RowId {
        if let Some(id) = self.free.pop() {
            self.held[id.place()] = true;
            *self.row_mut(id) = process;
            return id;
        }
        match self.rows.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(process),
            _ => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(process);
                self.rows.push(piece);
            }
        }
        self.held.push(true);
        RowId::at(self.held.len() - 1)
    }

    /// Rows whose host has this very name.
    pub fn on_host(&self, host: HostId) -> impl Iterator<Item = RowId> + '_ {
        self.on_host.get(host.index()).into_iter().flatten().copied()
    }

    /// Rows that name this row's id as their parent's.
    pub fn children(&self, id: RowId) -> impl Iterator<Item = RowId> + '_ {
        std::iter::successors(self.row(id).links.first_child, |&child| self.row(child).links.next_child)
    }

    /// Builds the index of process ids, if it does not stand yet.
    pub fn index_pids(&mut self) {
        if self.by_pid.is_none() {
            self.by_pid = Some(Pids::new(self.seed));
            for id in self.all() {
                self.enter_pid(id);
                self.enter_claim(id);
            }
        }
    }

    /// The index of process ids, if it stands.
    pub(super) fn pids(&self) -> Option<&Pids> {
        self.by_pid.as_ref()
    }

    /// Moves a row to another name of its host.
    pub fn set_host(&mut self, id: RowId, host: HostId) {
        let old = self.row(id).host;
        if old == host {
            return;
        }
        let rows = &mut self.on_host[old.index()];
        // It is one of the last that came.
        if let Some(place) = rows.iter().rposition(|&row| row == id) {
            rows.swap_remove(place);
        }
        self.row_mut(id).host = host;
        self.enter_host(id);
    }

    /// Gives a row its process id, or another one.
    pub fn set_pid(&mut self, id: RowId, pid: Option<u32>) {
        if self.row(id).pid != pid {
            self.leave_pid(id);
            self.row_mut(id).pid = pid;
            self.enter_pid(id);
        }
    }

    /// Changes what decides since when a row was there: its start, or when it was first seen.
    pub fn change_since<T>(&mut self, id: RowId, change: impl FnOnce(&mut Process) -> T) -> T {
        if self.by_pid.is_none() {
            return change(self.row_mut(id));
        }
        self.leave_pid(id);
        let changed = change(self.row_mut(id));
        self.enter_pid(id);
        changed
    }

    /// Hangs a started row below the row that its claim names, if the claim has an id; else the claim is
    /// kept by process id. Call once for each claim.
    pub fn link_claim(&mut self, id: RowId, parent: Option<RowId>) {
        match parent {
            Some(parent) if parent == id => self.row_mut(id).links.parent = Some(id),
            Some(parent) => {
                let named = self.row(id).start.is_some_and(|start| start.claim.named);
                let above = &mut self.row_mut(parent).links;
                above.unnamed_children += u32::from(!named);
                let next = above.first_child.replace(id);
                if let Some(next) = next {
                    self.row_mut(next).links.child_before = Some(id);
                }
                let links = &mut self.row_mut(id).links;
                (links.parent, links.next_child) = (Some(parent), next);
            }
            None => self.enter_claim(id),
        }
    }

    /// Takes back [`Self::link_claim`], before the claim changes.
    pub fn unlink_claim(&mut self, id: RowId) {
        if let Some(parent) = self.row_mut(id).links.parent.take() {
            let named = self.row(id).start.is_some_and(|start| start.claim.named);
            let above = &mut self.row_mut(parent).links;
            above.unnamed_children = above.unnamed_children.saturating_sub(u32::from(!named && parent != id));
            if parent != id {
                self.leave_siblings(id, parent);
            }
        } else if let Some((label, pid, at)) = self.claimed_pid(id)
            && let Some(pids) = &mut self.by_pid
        {
            pids.remove_claimant(label, pid, (at, id));
        }
    }

    fn leave_siblings(&mut self, id: RowId, parent: RowId) {
        let links = &mut self.row_mut(id).links;
        let (before, next) = (links.child_before.take(), links.next_child.take());
        match before {
            Some(before) => self.row_mut(before).links.next_child = next,
            None => self.row_mut(parent).links.first_child = next,
        }
        if let Some(next) = next {
            self.row_mut(next).links.child_before = before;
        }
    }

    /// Leaves out rows; the others keep their numbers. Who is the parent of one that stays must stay.
    pub fn remove(&mut self, goes: impl Fn(RowId) -> bool) {
        let gone: Vec<RowId> = self.all().filter(|&id| goes(id)).collect();
        for &id in &gone {
            let row = self.row(id);
            let (label, entity, twin) = (row.label, row.entity, row.twin);
            if row.links.parent.is_none_or(|parent| !goes(parent)) {
                self.unlink_claim(id);
            }
            if let Some(twin) = twin.filter(|&twin| !goes(twin)) {
                self.row_mut(twin).twin = None;
            }
            self.leave_pid(id);
            if let Some(entity) = entity
                && let Ok(entry) =
                    self.by_entity.find_entry(self.seed.hash_one((label, entity)), |&other| other == id)
            {
                entry.remove();
            }
        }
        self.on_host.iter_mut().for_each(|rows| rows.retain(|&id| !goes(id)));
        for id in gone.into_iter().rev() {
            self.held[id.place()] = false;
            self.free.push(id);
        }
        // What was free already may lie lower.
        self.free.sort_unstable_by(|a, b| b.cmp(a));
    }

    fn enter_host(&mut self, id: RowId) {
        let host = self.row(id).host;
        if self.on_host.len() <= host.index() {
            self.on_host.resize(host.index() + 1, Vec::new());
        }
        self.on_host[host.index()].push(id);
    }

    fn enter_pid(&mut self, id: RowId) {
        let row = self.row(id);
        let (label, pid, since) = (row.label, row.pid, row.since());
        if let (Some(pids), Some(pid)) = (&mut self.by_pid, pid) {
            pids.add_instance(label, pid, (since, id));
        }
    }

    fn leave_pid(&mut self, id: RowId) {
        let row = self.row(id);
        let (label, pid, since) = (row.label, row.pid, row.since());
        if let (Some(pids), Some(pid)) = (&mut self.by_pid, pid) {
            pids.remove_instance(label, pid, (since, id));
        }
    }

    fn enter_claim(&mut self, id: RowId) {
        if let Some((label, pid, at)) = self.claimed_pid(id)
            && let Some(pids) = &mut self.by_pid
        {
            pids.add_claimant(label, pid, (at, id));
        }
    }

    /// The parent's process id of a claim that has no better one, and when it was claimed.
    fn claimed_pid(&self, id: RowId) -> Option<(LabelId, u32, i64)> {
        let row = self.row(id);
        let start = row.start?;
        (!start.claim.by_entity).then_some((row.label, start.claim.pid?, start.at))
    }
}
