//! The process table: rows and the lists and maps that find them.
//!
//! Rows are found by the sensor's id, by process id (an index that is only built once a record without
//! such an id needs it), by host and as children. Nothing here judges or counts.

use std::hash::BuildHasher;

use hashbrown::HashTable;

use super::hashing::Seed;
use super::hosts::{HostId, LabelId};
use super::pids::Pids;
use super::process::{Entity, Links, Process, RowId};

/// Rows in one piece of the table.
const PIECE: usize = 1024;

/// All rows.
#[derive(Debug, Default)]
pub struct Table {
    /// In pieces of [`PIECE`] rows: one long array would be copied whole each time it grows.
    rows: Vec<Vec<Process>>,
    count: usize,
    /// By label and entity, which the row itself holds.
    by_entity: HashTable<RowId>,
    by_pid: Option<Pids>,
    on_host: Vec<Option<RowId>>,
    seed: Seed,
}

#[allow(
    clippy::indexing_slicing,
    reason = "rows are numbered by this table alone and never removed, hosts have a place once a row has one"
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

    /// Every row.
    pub fn all(&self) -> impl Iterator<Item = RowId> + use<> {
        (0..self.count).map(RowId::at)
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
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
        let id = RowId::at(self.count);
        let (label, entity) = (process.label, process.entity);
        match self.rows.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(process),
            _ => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(process);
                self.rows.push(piece);
            }
        }
        self.count += 1;
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

    /// Rows whose host has this very name.
    pub fn on_host(&self, host: HostId) -> impl Iterator<Item = RowId> + '_ {
        self.list(self.on_host.get(host.index()).copied().flatten(), |p| p.links.next_on_host)
    }

    /// Rows that name this row's id as their parent's.
    pub fn children(&self, id: RowId) -> impl Iterator<Item = RowId> + '_ {
        self.list(self.row(id).links.first_child, |p| p.links.next_child)
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
        let head = self.on_host[old.index()];
        self.on_host[old.index()] = self.unlink(head, id, |p| &mut p.links.next_on_host);
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
            let head = self.row(parent).links.first_child;
            let head = self.unlink(head, id, |p| &mut p.links.next_child);
            self.row_mut(parent).links.first_child = head;
        } else if let Some((label, pid, at)) = self.claimed_pid(id)
            && let Some(pids) = &mut self.by_pid
        {
            pids.remove_claimant(label, pid, (at, id));
        }
    }

    /// Leaves out rows. Who is the parent or the twin of one that stays must stay.
    /// Returns the rows' new numbers by their old places.
    pub fn retain(&mut self, keep: impl Fn(RowId) -> bool) -> Vec<Option<RowId>> {
        let mut kept = Self::new(self.seed);
        let mut places: Vec<Option<RowId>> = Vec::with_capacity(self.count);
        for id in self.all() {
            places.push(
                keep(id).then(|| kept.add(Process { links: Links::default(), ..self.row(id).clone() })),
            );
        }
        let place = |old: RowId| places.get(old.place()).copied().flatten();
        for (old, new) in self.all().filter_map(|old| Some((old, place(old)?))) {
            kept.row_mut(new).twin = self.row(old).twin.and_then(place);
            let under = self.row(old).listed_under;
            kept.row_mut(new).listed_under = under.and_then(|(parent, name)| Some((place(parent)?, name)));
            if self.row(old).start.is_some() {
                kept.link_claim(new, self.row(old).links.parent.and_then(place));
            }
        }
        if self.by_pid.is_some() {
            kept.index_pids();
        }
        *self = kept;
        places
    }

    fn enter_host(&mut self, id: RowId) {
        let host = self.row(id).host;
        if self.on_host.len() <= host.index() {
            self.on_host.resize(host.index() + 1, None);
        }
        let next = self.on_host[host.index()].replace(id);
        self.row_mut(id).links.next_on_host = next;
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

    fn list(
        &self,
        head: Option<RowId>,
        next: fn(&Process) -> Option<RowId>,
    ) -> impl Iterator<Item = RowId> + '_ {
        std::iter::successors(head, move |&id| next(self.row(id)))
    }

    /// Takes a row out of a list and returns the list's head.
    fn unlink(
        &mut self,
        head: Option<RowId>,
        id: RowId,
        next: fn(&mut Process) -> &mut Option<RowId>,
    ) -> Option<RowId> {
        let after = next(self.row_mut(id)).take();
        if head == Some(id) {
            return after;
        }
        let mut at = head;
        while let Some(row) = at {
            let link = next(self.row_mut(row));
            at = *link;
            if at == Some(id) {
                *link = after;
                break;
            }
        }
        head
    }
}
