//! Two records of one start: Sysmon's event 1 and the Security log's 4688 (SPEC section 0, "4688 twin").
//!
//! Same host, same file, within a second on the same time field; same process id where both have one,
//! else the same parent. Where several starts could be each other's twins the nearest pair goes first: a
//! stable matching under one order of all pairs, of which there is only one whatever order the records
//! came in. The index is only built once both sensors have been seen.

use std::cmp::Ordering;

use super::hashing::{Map, Seed};
use super::hosts::{HostId, LabelId};
use super::process::{Claim, RowId};
use super::state::State;
use super::strings::Sym;
use crate::model::{Sensor, Shipped, ShippedField};

/// Twins lie at most this far apart, in milliseconds.
const WITHIN: i64 = 1000;

/// Where starts stand that may have a twin.
#[derive(Debug, Default)]
pub(super) struct Twins {
    sysmon: bool,
    security: bool,
    index: Option<Index>,
    seed: Seed,
}

impl Twins {
    pub(super) fn new(seed: Seed) -> Self {
        Self { seed, ..Self::default() }
    }

    fn note(&mut self, sensor: Sensor) {
        match sensor {
            Sensor::Sysmon => self.sysmon = true,
            Sensor::WindowsSecurity => self.security = true,
            Sensor::Ecs => {}
        }
    }
}

/// What twins have in common whether or not both have a process id: starts of one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    label: LabelId,
    file: Sym,
    field: ShippedField,
    second: i64,
}

#[derive(Debug)]
struct Index {
    /// By place and process id, or none; rows of one place follow each other by `next_twin`.
    heads: Map<(Place, Option<u32>), RowId>,
    /// By place alone: for those without a process id, so only kept once there was one.
    all: Option<Map<Place, Vec<RowId>>>,
}

/// What can be compared of a start: what its own record says, which never changes.
#[derive(Debug, Clone, Copy)]
struct Traits {
    sensor: Sensor,
    shipped: Shipped,
    host: HostId,
    file: Sym,
    pid: Option<u32>,
    claim: Claim,
}

/// A Sysmon start and a 4688 that could be twins.
#[derive(Debug, Clone, Copy)]
struct Pair {
    distance: u64,
    sysmon: RowId,
    security: RowId,
}

/// Rows whose twin was touched, each with the one that it had before.
type Changes = Map<RowId, Option<RowId>>;

impl State {
    /// Looks for the twin of a start that has just been noted. Returns the rows whose twin changed, this
    /// one included; none for the usual start.
    pub(super) fn pair(&mut self, id: RowId) -> Vec<RowId> {
        if self.index_twin(id) { self.match_up(vec![id], Changes::default()) } else { Vec::new() }
    }

    /// Builds the index of a table that was loaded, if it is needed.
    pub(super) fn index_twins(&mut self) {
        for id in self.table.all() {
            if let Some(traits) = self.traits(id) {
                self.twins.note(traits.sensor);
            }
        }
        if self.twins.sysmon && self.twins.security {
            self.build_twin_index();
        }
    }

    /// Looks again, after it became another question which hosts are one.
    pub(super) fn rematch(&mut self, rows: &[RowId]) {
        let mut changes = Changes::default();
        let mut looking = rows.to_vec();
        for &id in rows {
            if let Some(twin) = self.table.row(id).twin
                && self.pair_of(id, twin).is_none()
            {
                looking.extend(self.part(id, &mut changes));
            }
        }
        let changed = self.match_up(looking, changes);
        self.settle(&changed, None);
    }

    /// Takes a start out of the index and dissolves its pair, before its record is replaced. Whoever it was
    /// paired with may have another twin.
    pub(super) fn leave_twins(&mut self, id: RowId) {
        self.leave_index(id);
        let mut changes = Changes::default();
        if let Some(twin) = self.part(id, &mut changes) {
            let changed = self.match_up(vec![twin], changes);
            self.settle(&changed, Some(id));
        }
    }

    /// Notes a start in the index; false where there is nothing to find yet.
    fn index_twin(&mut self, id: RowId) -> bool {
        let Some(traits) = self.traits(id) else { return false };
        self.twins.note(traits.sensor);
        if !(self.twins.sysmon && self.twins.security) {
            return false;
        }
        if self.twins.index.is_none() {
            self.build_twin_index();
        } else {
            self.enter_index(id);
        }
        true
    }

    /// Lists anew what stands in the table now.
    pub(super) fn rebuild_twin_index(&mut self) {
        if self.twins.index.is_some() {
            self.build_twin_index();
        }
    }

    fn build_twin_index(&mut self) {
        self.twins.index = Some(Index { heads: Map::with_hasher(self.twins.seed), all: None });
        self.table.all().for_each(|id| self.enter_index(id));
    }

    fn enter_index(&mut self, id: RowId) {
        let Some((place, pid)) = self.twin_place(id) else { return };
        if pid.is_none() && self.twins.index.as_ref().is_some_and(|index| index.all.is_none()) {
            self.index_all_twins();
        }
        let Some(index) = &mut self.twins.index else { return };
        if let Some(all) = &mut index.all {
            all.entry(place).or_default().push(id);
        }
        let next = index.heads.insert((place, pid), id);
        self.table.row_mut(id).links.next_twin = next;
    }

    /// Lists what the index holds by place alone.
    fn index_all_twins(&mut self) {
        let mut all: Map<Place, Vec<RowId>> = Map::with_hasher(self.twins.seed);
        if let Some(index) = &self.twins.index {
            for (&(place, _), &head) in &index.heads {
                all.entry(place).or_default().extend(self.chain(head));
            }
        }
        if let Some(index) = &mut self.twins.index {
            index.all = Some(all);
        }
    }

    fn leave_index(&mut self, id: RowId) {
        let Some(place) = self.twin_place(id) else { return };
        let Some(index) = &mut self.twins.index else { return };
        if let Some(list) = index.all.as_mut().and_then(|all| all.get_mut(&place.0)) {
            list.retain(|&other| other != id);
        }
        let after = self.table.row_mut(id).links.next_twin.take();
        if index.heads.get(&place) == Some(&id) {
            match after {
                Some(after) => index.heads.insert(place, after),
                None => index.heads.remove(&place),
            };
            return;
        }
        let mut at = index.heads.get(&place).copied();
        while let Some(row) = at {
            at = self.table.row(row).links.next_twin;
            if at == Some(id) {
                self.table.row_mut(row).links.next_twin = after;
                return;
            }
        }
    }

    fn chain(&self, head: RowId) -> impl Iterator<Item = RowId> + '_ {
        std::iter::successors(Some(head), |&at| self.table.row(at).links.next_twin)
    }

    fn traits(&self, id: RowId) -> Option<Traits> {
        let start = self.table.row(id).start.as_ref()?;
        let file = self.images.get(start.image?).file;
        let (sensor, host, pid, claim) = (start.sensor, start.host, start.pid, start.claim);
        (sensor != Sensor::Ecs).then_some(Traits { sensor, shipped: start.shipped?, host, file, pid, claim })
    }

    fn twin_place(&self, id: RowId) -> Option<(Place, Option<u32>)> {
        let Traits { shipped, file, pid, .. } = self.traits(id)?;
        let second = shipped.at.div_euclid(WITHIN);
        Some((Place { label: self.table.row(id).label, file, field: shipped.field, second }, pid))
    }

    /// Rows that stand where a twin of this one would.
    fn candidates(&self, id: RowId) -> Vec<RowId> {
        let (Some(index), Some((place, pid))) = (&self.twins.index, self.twin_place(id)) else {
            return Vec::new();
        };
        let mut candidates = Vec::new();
        for second in place.second - 1..=place.second + 1 {
            let place = Place { second, ..place };
            match (&index.all, pid) {
                (Some(all), None) => candidates.extend(all.get(&place).into_iter().flatten()),
                (all, pid) => {
                    let others = all.is_some().then_some(None);
                    for pid in [Some(pid), others].into_iter().flatten() {
                        let head = index.heads.get(&(place, pid)).copied();
                        candidates.extend(head.into_iter().flat_map(|head| self.chain(head)));
                    }
                }
            }
        }
        candidates
    }

    /// The two as a pair, if they can be twins.
    fn pair_of(&self, a: RowId, b: RowId) -> Option<Pair> {
        let (mine, theirs) = (self.traits(a)?, self.traits(b)?);
        let distance = mine.shipped.at.abs_diff(theirs.shipped.at);
        let compatible = mine.sensor != theirs.sensor
            && distance <= WITHIN.unsigned_abs()
            && self.hosts.same(mine.host, theirs.host)
            && match (mine.pid, theirs.pid) {
                (Some(mine), Some(theirs)) => mine == theirs,
                _ => self.have_same_parent(&mine.claim, &theirs.claim),
            };
        let (sysmon, security) = if mine.sensor == Sensor::Sysmon { (a, b) } else { (b, a) };
        compatible.then_some(Pair { distance, sysmon, security })
    }

    /// Some sets ship Sysmon's starts without process id: then the parent decides.
    fn have_same_parent(&self, a: &Claim, b: &Claim) -> bool {
        let file = |image| self.images.get(image).file;
        match (a.pid, b.pid) {
            (Some(a), Some(b)) => a == b,
            _ => a.named && b.named && a.image.map(file) == b.image.map(file),
        }
    }

    /// Matches those that look, and whoever loses his twin to them, until nobody has a better one to find.
    fn match_up(&mut self, mut looking: Vec<RowId>, mut changes: Changes) -> Vec<RowId> {
        while let Some(id) = looking.pop() {
            if let Some(twin) = self.better_twin(id) {
                looking.extend(self.part(id, &mut changes));
                looking.extend(self.part(twin, &mut changes));
                self.join(id, twin, &mut changes);
            }
        }
        changes.retain(|&id, before| self.table.row(id).twin != *before);
        changes.into_keys().collect()
    }

    /// The best of those with whom both sides would be better off than now.
    fn better_twin(&self, id: RowId) -> Option<RowId> {
        let current = |id: RowId| self.pair_of(id, self.table.row(id).twin?);
        let mut best = current(id);
        let mut found = None;
        for other in self.candidates(id) {
            let Some(pair) = self.pair_of(id, other) else { continue };
            let beats = |than: &Pair| self.compare(&pair, than) == Ordering::Less;
            if best.as_ref().is_none_or(beats) && current(other).as_ref().is_none_or(beats) {
                (best, found) = (Some(pair), Some(other));
            }
        }
        found
    }

    /// The nearer pair first; of equally near ones that of the earlier records.
    fn compare(&self, a: &Pair, b: &Pair) -> Ordering {
        a.distance
            .cmp(&b.distance)
            .then_with(|| self.compare_records(a.sysmon, b.sysmon))
            .then_with(|| self.compare_records(a.security, b.security))
    }

    /// By what never changes: a row's id does, when its host gets a better name.
    fn compare_records(&self, a: RowId, b: RowId) -> Ordering {
        let (Some(first), Some(second)) = (&self.table.row(a).start, &self.table.row(b).start) else {
            return Ordering::Equal;
        };
        if a == b {
            return Ordering::Equal;
        }
        let source = |sym: Sym| self.strings.get(sym);
        let (one, other) = (first.origin, second.origin);
        first
            .at
            .cmp(&second.at)
            .then_with(|| {
                if one.source == other.source {
                    Ordering::Equal
                } else {
                    source(one.source).cmp(source(other.source))
                }
            })
            .then(one.line.cmp(&other.line))
            .then_with(|| self.sort_key(a).cmp(&self.sort_key(b)))
    }

    fn join(&mut self, id: RowId, twin: RowId, changes: &mut Changes) {
        self.set_twin(id, Some(twin), changes);
        self.set_twin(twin, Some(id), changes);
        self.tally.twins += 1;
    }

    /// Dissolves a row's pair. Returns the other one.
    fn part(&mut self, id: RowId, changes: &mut Changes) -> Option<RowId> {
        let twin = self.table.row(id).twin?;
        self.set_twin(id, None, changes);
        self.set_twin(twin, None, changes);
        self.tally.twins = self.tally.twins.saturating_sub(1);
        Some(twin)
    }

    fn set_twin(&mut self, id: RowId, twin: Option<RowId>, changes: &mut Changes) {
        let before = std::mem::replace(&mut self.table.row_mut(id).twin, twin);
        changes.entry(id).or_insert(before);
    }
}
