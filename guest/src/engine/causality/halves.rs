//! Connections of which one side does not know both ends: audit records tell none of the own address, and some alerts
//! none of the source. There the machine stands for its end, where the alert names it or an address of it.

use super::best::Best;
use super::matching::{Fit, Machine, Tier, Wanted};
use crate::engine::alerts::{Keys, Topic};
use crate::engine::events::{FactId, Told};
use crate::engine::state::State;
use crate::model::Role;
use crate::text::address;

/// The far end of a machine's connection, as an alert says it.
#[derive(Debug, Clone, Copy)]
struct Far<'a> {
    address: &'a str,
    /// Else the machine accepted the connection.
    is_destination: bool,
    /// The alert says the machine's own end too.
    is_own_said: bool,
}

impl State {
    /// The far ends that connections of a machine may have had.
    fn far_ends(&self, wanted: &Wanted, machine: &Machine) -> Vec<Far<'_>> {
        let own = machine.address.map(|(_, role)| role);
        let [source, destination] = wanted.sides;
        let ends = [(source, destination, Role::Source), (destination, source, Role::Destination)];
        let far = ends.into_iter().filter(|&(.., role)| own != Some(role)).filter_map(|(far, near, role)| {
            let (address, is_destination) = (self.alerts.texts.get(far?), role == Role::Destination);
            Some(Far { address, is_destination, is_own_said: near.is_some() })
        });
        far.collect()
    }

    /// How well a connection fits of which one side does not know both ends.
    fn half_tier(&self, told: &Told, far: Far<'_>, machine: &Machine, wanted: &Wanted) -> Option<Tier> {
        let is_own_told = !is_unknown(self.events.text(told.text(1)));
        let [_, port] = wanted.ports;
        let mut ways = told.ways().filter(|way| way.is_accepted != far.is_destination);
        let [_, service] = ways.next()?.ports;
        let fits = !(far.is_own_said && is_own_told)
            && (port == 0 || service == port)
            && !wanted.is_of_another(told)
            && self.hosts.same(machine.host, told.host);
        fits.then_some(u8::from(port == 0))
    }

    /// All processes that fit in this way.
    pub(super) fn halves_that_fit(&self, wanted: &Wanted) -> Vec<Fit> {
        let near = self.times_around(wanted);
        let mut fits = Vec::new();
        for machine in self.machines_of(wanted) {
            for far in self.far_ends(wanted, &machine) {
                for id in self.events.with_far(far.address, self.hosts.label(machine.host), near) {
                    let fact = self.events.get(id);
                    let Some(tier) = self.half_tier(&fact.told, far, &machine, wanted) else { continue };
                    let Some(process) = self.actor_of(fact) else { continue };
                    let reason = self.half_reason(&fact.told, far, tier, &machine, wanted);
                    let apart = fact.told.time.abs_diff(wanted.time);
                    fits.push(Fit { process, tier, near: apart, apart, reason, fact: Some(id) });
                }
            }
        }
        fits
    }

    fn half_reason(
        &self,
        told: &Told,
        far: Far<'_>,
        tier: Tier,
        machine: &Machine,
        wanted: &Wanted,
    ) -> String {
        let what = match (far.is_destination, tier) {
            (true, 0) => "opened a connection with the alert's destination and its port",
            (true, _) => "opened a connection with the alert's destination",
            (false, 0) => "accepted a connection with the alert's source at the destination's port",
            (false, _) => "accepted a connection with the alert's source",
        };
        let whose = match machine.address {
            None => ", on the host that the alert names".to_owned(),
            Some(_) => self.as_whom(machine),
        };
        let why = if far.is_own_said {
            "the record does not tell its own address"
        } else {
            "the alert does not tell the other end"
        };
        format!("{what} {}{whose}; {why}", self.distance(wanted, told.time))
    }

    /// Sorts what is asked for so.
    pub(super) fn sort_halves(&mut self, wanted: &Wanted) {
        for side in wanted.sides.into_iter().flatten() {
            self.events.sort_far(self.alerts.texts.get(side), &self.hosts);
        }
    }

    /// The processes that fit best in this way.
    pub(super) fn best_half(&self, wanted: &Wanted, keys: &mut Keys) -> Best {
        let mut best = Best::default();
        let watch = &self.alerts.watch;
        let near = self.times_around(wanted);
        self.add_owners(wanted, keys);
        for machine in self.machines_of(wanted) {
            let label = self.hosts.first_label(machine.host);
            keys.add(watch, &Topic::Label(label));
            for far in self.far_ends(wanted, &machine) {
                keys.add(watch, &Topic::Far(label, far.address));
                for id in self.events.with_far(far.address, self.hosts.label(machine.host), near) {
                    self.consider_half(id, far, &machine, wanted, keys, &mut best);
                    if best.is_decided() {
                        return best;
                    }
                }
            }
        }
        best
    }

    fn consider_half(
        &self,
        id: FactId,
        far: Far<'_>,
        machine: &Machine,
        wanted: &Wanted,
        keys: &mut Keys,
        best: &mut Best,
    ) {
        let fact = self.events.get(id);
        let Some(tier) = self.half_tier(&fact.told, far, machine, wanted) else { return };
        let watch = &self.alerts.watch;
        match fact.told.row {
            Some(row) => keys.add(watch, &Topic::Row(row)),
            None => keys.add(watch, &Topic::Pid(self.hosts.first_label(fact.told.host), fact.told.pid)),
        }
        if let Some(row) = self.actor_of(fact) {
            keys.add(watch, &Topic::Row(row));
            best.add(tier, fact.told.time.abs_diff(wanted.time), row);
        }
    }
}

/// Whether a record's own address says nothing.
pub(super) fn is_unknown(text: &str) -> bool {
    address::parse(text).is_none_or(|address| address.is_unspecified())
}
