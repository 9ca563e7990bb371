//! Two records of one start: Sysmon's event 1 and the Security log's 4688 (SPEC section 0, "4688 twin").
//!
//! Same host, same file, within a second on the same time field; same process id where both have one,
//! else the same parent. Where several starts could be each other's twins the nearest pair goes first: a
//! stable matching under one order of all pairs, of which there is only one whatever order the records
//! came in. The index is only built once both sensors have been seen.

use std::cmp::Ordering;

use super::hashing::{Map, MapEntry, Seed};
use super::hosts::{HostId, LabelId};
use super::process::{Claim, RowId, Start};
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
            Sensor::Ecs | Sensor::Auditd => {}
        }
    }
}

/// What twins have in common whether or not both have a process id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    label: LabelId,
    file: Sym,
    field: ShippedField,
}

/// A start in the order of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: i64,
    row: RowId,
    sensor: Sensor,
}

#[derive(Debug)]
struct Index {
    /// By place and process id, or none; each in the order of time.
    lists: Map<(Place, Option<u32>), Vec<Entry>>,
    /// By place alone: for those without a process id, so only kept once there was one.
    all: Option<Map<Place, Vec<Entry>>>,
}

fn insert(list: &mut Vec<Entry>, entry: Entry) {
    let place = list.partition_point(|other| *other < entry);
    list.insert(place, entry);
}

/// Out of a list, and the list away with its last.
fn remove<K: Eq + std::hash::Hash>(list: MapEntry<'_, K, Vec<Entry>>, entry: Entry) {
    let MapEntry::Occupied(mut kept) = list else { return };
    if let Ok(place) = kept.get().binary_search(&entry) {
        kept.get_mut().remove(place);
    }
    if kept.get().is_empty() {
        kept.remove();
    }
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

    fn build_twin_index(&mut self) {
        self.twins.index = Some(Index { lists: Map::with_hasher(self.twins.seed), all: None });
        self.table.all().for_each(|id| self.enter_index(id));
    }

    fn enter_index(&mut self, id: RowId) {
        let Some((place, pid, entry)) = self.twin_place(id) else { return };
        let seed = self.twins.seed;
        let Some(index) = &mut self.twins.index else { return };
        if pid.is_none() && index.all.is_none() {
            let mut all: Map<Place, Vec<Entry>> = Map::with_hasher(seed);
            for ((place, _), list) in &index.lists {
                all.entry(*place).or_default().extend(list);
            }
            all.values_mut().for_each(|list| list.sort_unstable());
            index.all = Some(all);
        }
        if let Some(all) = &mut index.all {
            insert(all.entry(place).or_default(), entry);
        }
        insert(index.lists.entry((place, pid)).or_default(), entry);
    }

    /// Takes a start out of the index.
    pub(super) fn leave_index(&mut self, id: RowId) {
        if self.twins.index.is_none() {
            return;
        }
        let Some((place, pid, entry)) = self.twin_place(id) else { return };
        let Some(index) = &mut self.twins.index else { return };
        if let Some(all) = &mut index.all {
            remove(all.entry(place), entry);
        }
        remove(index.lists.entry((place, pid)), entry);
    }

    fn traits(&self, id: RowId) -> Option<Traits> {
        let start = self.table.row(id).start.as_ref()?;
        let file = self.images.get(start.image?).file;
        let (sensor, host, pid, claim) = (start.sensor, start.host, start.pid, start.claim);
        let has_twins = matches!(sensor, Sensor::Sysmon | Sensor::WindowsSecurity);
        has_twins.then_some(Traits { sensor, shipped: start.shipped?, host, file, pid, claim })
    }

    fn twin_place(&self, id: RowId) -> Option<(Place, Option<u32>, Entry)> {
        let Traits { sensor, shipped, file, pid, .. } = self.traits(id)?;
        let place = Place { label: self.table.row(id).label, file, field: shipped.field };
        Some((place, pid, Entry { at: shipped.at, row: id, sensor }))
    }

    /// Lists in which a twin of a start would stand.
    fn lists_for(&self, place: Place, pid: Option<u32>) -> impl Iterator<Item = &[Entry]> {
        let index = self.twins.index.as_ref();
        let of = |pid: Option<u32>| index?.lists.get(&(place, pid)).map(Vec::as_slice);
        let all = index.and_then(|index| index.all.as_ref());
        let lists = match (pid, all) {
            (None, Some(all)) => [all.get(&place).map(Vec::as_slice), None],
            (Some(_), Some(_)) => [of(pid), of(None)],
            (_, None) => [of(pid), None],
        };
        lists.into_iter().flatten()
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

    /// The best of those with whom both sides would be better off than now. The nearest are looked at first,
    /// and none that is farther away than the best.
    fn better_twin(&self, id: RowId) -> Option<RowId> {
        let current = |id: RowId| self.pair_of(id, self.table.row(id).twin?);
        let (place, pid, own) = self.twin_place(id)?;
        let mut best = current(id);
        let mut found = None;
        for list in self.lists_for(place, pid) {
            let middle = list.partition_point(|other| other.at < own.at);
            let (before, after) = list.split_at_checked(middle).unwrap_or((list, &[]));
            let (mut before, mut after) = (before.iter().rev().peekable(), after.iter().peekable());
            loop {
                let distance =
                    |entry: Option<&&Entry>| entry.map_or(u64::MAX, |entry| entry.at.abs_diff(own.at));
                let (left, right) = (distance(before.peek()), distance(after.peek()));
                let nearest = left.min(right);
                let farthest = best.as_ref().map_or(WITHIN.unsigned_abs(), |best| best.distance);
                if nearest > farthest.min(WITHIN.unsigned_abs()) {
                    break;
                }
                let Some(other) = (if left < right { before.next() } else { after.next() }) else { break };
                if other.sensor == own.sensor || self.is_nearer_to_its_twin(other, nearest) {
                    continue;
                }
                let Some(pair) = self.pair_of(id, other.row) else { continue };
                let beats = |than: &Pair| self.compare(&pair, than) == Ordering::Less;
                if best.as_ref().is_none_or(beats) && current(other.row).as_ref().is_none_or(beats) {
                    (best, found) = (Some(pair), Some(other.row));
                }
            }
        }
        found
    }

    /// The quick way to see that somebody would not be better off, in a flood.
    fn is_nearer_to_its_twin(&self, entry: &Entry, than: u64) -> bool {
        let twin = self.table.row(entry.row).twin;
        let at = twin.and_then(|twin| Some(self.table.row(twin).start.as_ref()?.shipped?.at));
        at.is_some_and(|at| at.abs_diff(entry.at) < than)
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
        let key = |start: &Start| (start.at, self.strings.get(start.origin.source), start.origin.line);
        key(first)
            .cmp(&key(second))
            .then_with(|| if a == b { Ordering::Equal } else { self.sort_key(a).cmp(&self.sort_key(b)) })
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
