//! The one process that an alert can be about, found without looking at all that fit: which they are and why is said
//! where somebody asks ([`super::matching`]), by the same rules.

use super::matching::{Tier, Wanted};
use crate::engine::alerts::{Keys, Topic};
use crate::engine::events::{Attribute, FactId, Flow, Maker};
use crate::engine::hosts::HostId;
use crate::engine::lineage::Found;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::text::path::{file_name, fold};

/// Of processes that fit equally well so many are told apart by time; of more none is picked.
pub(super) const MANY: usize = 32;

/// The processes that fit best, and how far from the alert each is, in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Best {
    tier: Tier,
    fits: Vec<(u64, RowId)>,
}

impl Best {
    pub(super) fn add(&mut self, tier: Tier, apart: u64, row: RowId) {
        if self.fits.is_empty() || tier < self.tier {
            (self.tier, self.fits) = (tier, vec![(apart, row)]);
        } else if tier == self.tier {
            let has_room = !self.is_crowded();
            match self.fits.iter_mut().find(|(_, its)| *its == row) {
                Some((nearest, _)) => *nearest = apart.min(*nearest),
                None if has_room => self.fits.push((apart, row)),
                None => {}
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.fits.is_empty()
    }

    fn is_crowded(&self) -> bool {
        self.fits.len() > MANY
    }

    /// Whether none can change it.
    pub(super) fn is_decided(&self) -> bool {
        self.is_crowded() && self.tier == 0
    }

    /// Whether a process fits as well already.
    fn knows(&self, tier: Tier, apart: u64, row: RowId) -> bool {
        let own = self.fits.iter().find(|&&(_, its)| its == row);
        own.is_some_and(|&(nearest, _)| (self.tier, nearest) <= (tier, apart))
    }

    /// The one that is nearer than all others by more than so much.
    fn only(mut self, clear: u64) -> Option<RowId> {
        if self.is_crowded() {
            return None;
        }
        self.fits.sort_unstable_by_key(|&(apart, _)| apart);
        match *self.fits.as_slice() {
            [(_, row)] => Some(row),
            [(nearest, row), (next, _), ..] => (next - nearest > clear).then_some(row),
            [] => None,
        }
    }
}

impl State {
    /// The one process that fits best, `None` where two fit equally well at about the same time; and what could make
    /// it another one.
    pub(in crate::engine) fn only_fit(&mut self, wanted: &Wanted, keys: &mut Keys) -> Option<RowId> {
        if wanted.is_empty() {
            return None;
        }
        self.index_events();
        self.sort_for(wanted);
        let mut best = self.best_connection(wanted, keys);
        if best.is_empty() {
            best = self.best_file(wanted, keys);
        }
        if best.is_empty() {
            self.sort_halves(wanted);
            best = self.best_half(wanted, keys);
        }
        let only = best.only(self.clear());
        if let Some(row) = only {
            // Its id begins with the host's name.
            let label = self.hosts.first_label(self.table.row(row).host);
            keys.add(&self.alerts.watch, &Topic::Label(label));
        }
        only
    }

    /// Sorts what an alert asks about.
    fn sort_for(&mut self, wanted: &Wanted) {
        let (from, to) = self.times_around(wanted);
        self.sort_owners(wanted);
        let paths = self.paths_of(wanted);
        let Self { alerts, events, hosts, .. } = self;
        let text = |sym: Sym| alerts.texts.get(sym);
        if let Some(ends) = wanted.ends {
            events.sort_pair(ends.map(text), from, to, hosts);
        }
        for spelling in &paths {
            events.sort_file(Attribute::FilePath, &spelling.path, hosts);
        }
        for hash in wanted.hashes() {
            events.sort_file(Attribute::Hash, text(hash), hosts);
        }
    }

    /// Sorts whose the addresses are that an alert may know its machine by.
    pub(super) fn sort_owners(&mut self, wanted: &Wanted) {
        let environment = self.environment_of(wanted);
        for (address, _) in self.own_addresses(wanted) {
            let Self { alerts, events, hosts, .. } = self;
            events.sort_owners_at(alerts.texts.get(address), environment, wanted.time, hosts);
        }
    }

    fn best_connection(&self, wanted: &Wanted, keys: &mut Keys) -> Best {
        let mut best = Best::default();
        let Some(ends) = wanted.ends else { return best };
        let ends = ends.map(|end| self.alerts.texts.get(end));
        let [own, service] = wanted.ports;
        let environment = self.environment_of(wanted);
        // Whatever comes between these ends may be it, unless its port is found, or more than time tells apart.
        let mut topic = Some(Topic::Ends(ends));
        let flows = [(own, service, wanted.transport), (0, service, wanted.transport)];
        for (place, flow) in (0..).zip(flows) {
            // Those that have both ports count before all others.
            if !best.is_empty() || (place > 0 && own == 0) {
                break;
            }
            let (from, to) = self.times_around(wanted);
            for (maker, time) in self.events.makers_between(ends, environment, flow, from, to) {
                self.processes_of(maker, time, (ends, flow), wanted, keys, &mut best);
                if best.is_decided() {
                    break;
                }
            }
            if place == 0 && !best.is_empty() {
                let its = if own == 0 { Topic::Ends(ends) } else { Topic::Flow(ends, own, service) };
                topic = (!best.is_crowded()).then_some(its);
            }
        }
        if let Some(topic) = topic {
            keys.add(&self.alerts.watch, &topic);
        }
        best
    }

    /// The processes that a maker of connections was while an alert's may have been made, each by the nearest.
    fn processes_of(
        &self,
        maker: Maker,
        first: i64,
        (ends, flow): ([&str; 2], Flow),
        wanted: &Wanted,
        keys: &mut Keys,
        best: &mut Best,
    ) {
        let watch = &self.alerts.watch;
        let (of, (from, to)) = (self.environment_of(wanted), self.times_around(wanted));
        let apart = |from, to| {
            let apart = self.events.nearest_between((ends, of, flow, maker), wanted.time, (from, to));
            apart.unwrap_or(u64::MAX)
        };
        match maker {
            Maker::Row(row) => {
                keys.add(watch, &Topic::Row(row));
                let row = self.standing(row);
                keys.add(watch, &Topic::Row(row));
                best.add(0, apart(from, to), row);
            }
            Maker::Pid(host, pid, image) => {
                let label = self.hosts.first_label(host);
                keys.add(watch, &Topic::Pid(label, pid));
                keys.add(watch, &Topic::Label(label));
                let mut next = Some(first);
                while let Some(time) = next {
                    let row = self.actor_at(host, pid, time, image);
                    // It stays who it is until another has its id, or it ends.
                    let pids = self.table.pids();
                    let other = pids.and_then(|pids| {
                        let label = self.hosts.label(host);
                        pids.instances_after(label, pid, time).next().map(|(since, _)| since)
                    });
                    let end = row.and_then(|row| self.ended(row)).map(|end| end.saturating_add(1));
                    let until = [other, end].into_iter().flatten().filter(|&until| until > time).min();
                    if let Some(row) = row {
                        keys.add(watch, &Topic::Row(row));
                        let last = until.map_or(to, |until| until.saturating_sub(1).min(to));
                        best.add(0, apart(time, last), row);
                    }
                    if best.is_crowded() {
                        return;
                    }
                    next = until.and_then(|from| self.events.next_between(ends, of, flow, maker, from, to));
                }
            }
        }
    }

    /// Who had a process id, if his file is called so.
    pub(super) fn actor_at(&self, host: HostId, pid: u32, time: i64, image: Sym) -> Option<RowId> {
        let name = self.file_called(self.events.text(image));
        match self.instance_at(host, pid, time, name, None) {
            Found::Row(row) => Some(self.standing(row)),
            Found::Reused | Found::Nobody => None,
        }
    }

    /// The name of a file that a process may be called by.
    pub(in crate::engine) fn file_called(&self, path: &str) -> Sym {
        let name = fold(file_name(path));
        // What nothing is called by now still is no other file than what a process without a name may be.
        if name.is_empty() { Sym::EMPTY } else { self.strings.find(&name).unwrap_or(Sym::UNKNOWN) }
    }

    fn best_file(&self, wanted: &Wanted, keys: &mut Keys) -> Best {
        let mut best = Best::default();
        let (watch, text) = (&self.alerts.watch, |sym: Sym| self.alerts.texts.get(sym));
        if wanted.files().chain(wanted.hashes()).next().is_none() {
            return best;
        }
        let paths = self.paths_of(wanted);
        paths.iter().for_each(|spelling| keys.add(watch, &Topic::File(&spelling.path)));
        wanted.hashes().for_each(|hash| keys.add(watch, &Topic::FileHash(text(hash))));
        self.add_owners(wanted, keys);
        let machines = self.machines_of(wanted);
        let mut labels: Vec<_> = machines.iter().map(|machine| self.hosts.label(machine.host)).collect();
        labels.sort_unstable();
        labels.dedup();
        for machine in &machines {
            keys.add(watch, &Topic::Label(self.hosts.first_label(machine.host)));
        }
        let near = self.times_around(wanted);
        let by_path = paths.iter().map(|spelling| (Attribute::FilePath, &*spelling.path, spelling.tier));
        let by_hash = wanted.hashes().map(|hash| (Attribute::Hash, text(hash), 0));
        for (attribute, of, less) in by_path.chain(by_hash) {
            for &label in &labels {
                for id in self.events.of_file_on(attribute, of, label, near) {
                    self.consider_file(id, wanted, (attribute, of, less), &machines, keys, &mut best);
                    if best.is_decided() {
                        return best;
                    }
                }
            }
        }
        best
    }

    /// What says whose the addresses are that an alert may know its machine by.
    pub(super) fn add_owners(&self, wanted: &Wanted, keys: &mut Keys) {
        let watch = &self.alerts.watch;
        let environment = self.environment_of(wanted);
        for (address, _) in self.own_addresses(wanted) {
            let address = self.alerts.texts.get(address);
            keys.add(watch, &Topic::Address(address));
            for sighting in self.events.sightings(address, environment, wanted.time, &self.hosts) {
                keys.add(watch, &Topic::Label(self.hosts.first_label(sighting.host)));
            }
        }
    }

    fn consider_file(
        &self,
        id: FactId,
        wanted: &Wanted,
        (attribute, text, less): (Attribute, &str, Tier),
        machines: &[super::matching::Machine],
        keys: &mut Keys,
        best: &mut Best,
    ) {
        let fact = self.events.get(id);
        let Some((tier, _)) = self.file_tier(fact, wanted) else { return };
        let near = self.nearness_of(tier, fact, wanted);
        let tier = tier + less;
        // What is no better than many that are known need not be looked at; their keys stay.
        if best.is_crowded() && tier >= best.tier {
            return;
        }
        // Nor more of what is among the best, and as near.
        if fact.told.row.is_some_and(|row| best.knows(tier, near, self.standing(row))) {
            return;
        }
        let is_on_it = machines.iter().any(|machine| self.hosts.same(machine.host, fact.told.host));
        if !is_on_it || !self.is_about(fact, attribute, text) {
            return;
        }
        let watch = &self.alerts.watch;
        match fact.told.row {
            Some(row) => keys.add(watch, &Topic::Row(row)),
            None => {
                let label = self.hosts.first_label(fact.told.host);
                keys.add(watch, &Topic::Pid(label, fact.told.pid));
            }
        }
        if let Some(row) = self.actor_of(fact) {
            keys.add(watch, &Topic::Row(row));
            best.add(tier, near, row);
        }
    }
}
