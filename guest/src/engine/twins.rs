//! Two records of one start: Sysmon's event 1 and the Security log's 4688 (SPEC section 0, "4688 twin").
//!
//! Same host, same file, within a second on the same time field; same process id where both have one,
//! else the same parent. The index is only built once both sensors have been seen.

use super::hashing::{Map, Seed};
use super::hosts::{HostId, LabelId};
use super::process::{Claim, RowId, Start};
use super::state::State;
use super::strings::Sym;
use crate::model::{Sensor, Shipped, ShippedField};

/// Twins lie at most this far apart, in milliseconds.
const WITHIN: i64 = 1000;

/// When several starts could be each other's twins, this many are weighed against each other. More
/// within a second, on one host, of one file and one process id is a flood, not a sensor.
const RIVALS: usize = 64;

type Place = (LabelId, Sym, ShippedField, i64);

/// Where starts stand that may have a twin.
#[derive(Debug, Default)]
pub(super) struct Twins {
    sysmon: bool,
    security: bool,
    heads: Option<Map<Place, RowId>>,
    seed: Seed,
}

impl Twins {
    pub(super) fn new(seed: Seed) -> Self {
        Self { seed, ..Self::default() }
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

impl State {
    /// Looks for the twin of a start that has just been noted. Returns the rows whose twin changed, this
    /// one included; none for the usual start.
    pub(super) fn pair(&mut self, id: RowId) -> Vec<RowId> {
        if !self.index_twin(id) {
            return Vec::new();
        }
        let rivals = self.rivals(id);
        match rivals.len() {
            0 | 1 => Vec::new(),
            RIVALS.. => self.take_nearest(id),
            _ => self.match_up(rivals),
        }
    }

    /// Notes a start in the index; false where there is nothing to find yet.
    pub(super) fn index_twin(&mut self, id: RowId) -> bool {
        match self.traits(id).map(|traits| traits.sensor) {
            Some(Sensor::Sysmon) => self.twins.sysmon = true,
            Some(Sensor::WindowsSecurity) => self.twins.security = true,
            Some(Sensor::Ecs) | None => return false,
        }
        if !(self.twins.sysmon && self.twins.security) {
            return false;
        }
        if self.twins.heads.is_none() {
            self.twins.heads = Some(Map::with_hasher(self.twins.seed));
            let started: Vec<RowId> = self.table.all().collect();
            started.into_iter().for_each(|row| self.enter_twin(row));
        } else {
            self.enter_twin(id);
        }
        true
    }

    /// Builds the index of a table that was loaded, if it is needed.
    pub(super) fn index_twins(&mut self) {
        for id in self.table.all() {
            match self.traits(id).map(|traits| traits.sensor) {
                Some(Sensor::Sysmon) => self.twins.sysmon = true,
                Some(Sensor::WindowsSecurity) => self.twins.security = true,
                Some(Sensor::Ecs) | None => {}
            }
        }
        if self.twins.sysmon && self.twins.security {
            self.twins.heads = Some(Map::with_hasher(self.twins.seed));
            self.table.all().for_each(|id| self.enter_twin(id));
        }
    }

    /// Looks again, after it became another question which hosts are one.
    pub(super) fn rematch(&mut self, id: RowId) {
        let rivals = self.rivals(id);
        if (2..RIVALS).contains(&rivals.len()) {
            let changed = self.match_up(rivals);
            self.settle(&changed, None);
        }
    }

    /// Takes a start out of the index and dissolves its pair, before its record is replaced. Whoever it was
    /// paired with may have another twin.
    pub(super) fn leave_twins(&mut self, id: RowId) {
        self.leave_index(id);
        if let Some(twin) = self.table.row(id).twin {
            let changed = self.match_up_none(id, twin);
            self.settle(&changed, Some(id));
            self.rematch(twin);
        }
    }

    fn leave_index(&mut self, id: RowId) {
        let Some(place) = self.twin_place(id) else { return };
        let Some(heads) = &mut self.twins.heads else { return };
        let after = self.table.row_mut(id).links.next_twin.take();
        if heads.get(&place) == Some(&id) {
            match after {
                Some(after) => heads.insert(place, after),
                None => heads.remove(&place),
            };
            return;
        }
        let mut at = heads.get(&place).copied();
        while let Some(row) = at {
            at = self.table.row(row).links.next_twin;
            if at == Some(id) {
                self.table.row_mut(row).links.next_twin = after;
                return;
            }
        }
    }

    /// In a flood nobody's pair is broken for a better one: the nearest that is free is taken.
    fn take_nearest(&mut self, id: RowId) -> Vec<RowId> {
        let Some(own) = self.traits(id) else { return Vec::new() };
        let free = self.candidates(id).into_iter().filter(|&other| self.table.row(other).twin.is_none());
        let distance = |other| self.traits(other).map(|t| t.shipped.at.abs_diff(own.shipped.at));
        let Some(twin) = free.min_by_key(|&other| (distance(other), self.sort_key(other))) else {
            return Vec::new();
        };
        self.table.row_mut(id).twin = Some(twin);
        self.table.row_mut(twin).twin = Some(id);
        self.tally.twins += 1;
        vec![id, twin]
    }

    fn match_up_none(&mut self, id: RowId, twin: RowId) -> Vec<RowId> {
        self.table.row_mut(id).twin = None;
        self.table.row_mut(twin).twin = None;
        self.tally.twins = self.tally.twins.saturating_sub(1);
        vec![id, twin]
    }

    fn traits(&self, id: RowId) -> Option<Traits> {
        let start = self.table.row(id).start?;
        let file = self.images.get(start.image?).file;
        let Start { sensor, host, pid, claim, .. } = start;
        Some(Traits { sensor, shipped: start.shipped?, host, file, pid, claim })
    }

    fn twin_place(&self, id: RowId) -> Option<Place> {
        let traits = self.traits(id).filter(|t| t.sensor != Sensor::Ecs)?;
        let second = traits.shipped.at.div_euclid(WITHIN);
        Some((self.table.row(id).label, traits.file, traits.shipped.field, second))
    }

    fn enter_twin(&mut self, id: RowId) {
        let Some(place) = self.twin_place(id) else { return };
        if let Some(heads) = &mut self.twins.heads {
            let next = heads.insert(place, id);
            self.table.row_mut(id).links.next_twin = next;
        }
    }

    /// Every start that is or could be the twin of this one, of one that is or could, and so on.
    fn rivals(&self, id: RowId) -> Vec<RowId> {
        let mut rivals = vec![id];
        let mut next = 0;
        while let Some(&at) = rivals.get(next) {
            next += 1;
            for other in self.candidates(at).into_iter().chain(self.table.row(at).twin) {
                if !rivals.contains(&other) && rivals.len() < RIVALS {
                    rivals.push(other);
                }
            }
        }
        rivals
    }

    fn candidates(&self, id: RowId) -> Vec<RowId> {
        let (Some(heads), Some(own)) = (&self.twins.heads, self.traits(id)) else { return Vec::new() };
        let label = self.table.row(id).label;
        let second = own.shipped.at.div_euclid(WITHIN);
        (second - 1..=second + 1)
            .filter_map(|second| heads.get(&(label, own.file, own.shipped.field, second)).copied())
            .flat_map(|head| std::iter::successors(Some(head), |&at| self.table.row(at).links.next_twin))
            .filter(|&other| self.traits(other).is_some_and(|theirs| self.are_compatible(&own, &theirs)))
            .collect()
    }

    fn are_compatible(&self, a: &Traits, b: &Traits) -> bool {
        a.sensor != b.sensor
            && a.shipped.at.abs_diff(b.shipped.at) <= WITHIN.unsigned_abs()
            && self.hosts.same(a.host, b.host)
            && match (a.pid, b.pid) {
                (Some(a), Some(b)) => a == b,
                _ => self.have_same_parent(&a.claim, &b.claim),
            }
    }

    /// Some sets ship Sysmon's starts without process id: then the parent decides.
    fn have_same_parent(&self, a: &Claim, b: &Claim) -> bool {
        let file = |image| self.images.get(image).file;
        match (a.pid, b.pid) {
            (Some(a), Some(b)) => a == b,
            _ => a.named && b.named && a.image.map(file) == b.image.map(file),
        }
    }

    /// Pairs the nearest first; of equally near ones the earlier. Returns the rows whose twin changed.
    fn match_up(&mut self, mut rivals: Vec<RowId>) -> Vec<RowId> {
        // By their records, which never change: a row's id does, when its host gets a better name.
        rivals.sort_by_cached_key(|&id| {
            let start = self.table.row(id).start;
            start.map(|s| (s.at, self.strings.get(s.origin.source).to_owned(), s.origin.line))
        });
        let mut pairs = Vec::new();
        for (place, &sysmon) in rivals.iter().enumerate() {
            let Some(own) = self.traits(sysmon).filter(|t| t.sensor == Sensor::Sysmon) else { continue };
            for (other_place, &security) in rivals.iter().enumerate() {
                if let Some(theirs) = self.traits(security)
                    && self.are_compatible(&own, &theirs)
                {
                    pairs.push((
                        own.shipped.at.abs_diff(theirs.shipped.at),
                        place,
                        other_place,
                        sysmon,
                        security,
                    ));
                }
            }
        }
        pairs.sort_unstable();
        let before: Vec<Option<RowId>> = rivals.iter().map(|&id| self.table.row(id).twin).collect();
        let twins =
            |state: &Self| rivals.iter().filter(|&&id| state.table.row(id).is_absorbed()).count() as u64;
        let pairs_before = twins(self);
        for &id in &rivals {
            self.table.row_mut(id).twin = None;
        }
        for (_, _, _, sysmon, security) in pairs {
            if self.table.row(sysmon).twin.is_none() && self.table.row(security).twin.is_none() {
                self.table.row_mut(sysmon).twin = Some(security);
                self.table.row_mut(security).twin = Some(sysmon);
            }
        }
        self.tally.twins = self.tally.twins + twins(self) - pairs_before;
        rivals
            .into_iter()
            .zip(before)
            .filter(|&(id, before)| self.table.row(id).twin != before)
            .map(|(id, _)| id)
            .collect()
    }
}
