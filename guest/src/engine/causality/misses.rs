//! What came near an alert where nothing fits, each with why it does not.

use super::halves::is_unknown;
use super::matching::{Fit, Wanted};
use crate::engine::events::{Attribute, Denial, Direction, FactId, FactKind, Told};
use crate::engine::hosts::HostId;
use crate::engine::state::State;
use crate::model::{ObservableKind, Role, Transport};

/// So many are told.
const MISSES: usize = 5;

/// How near a miss is, in milliseconds.
const NEAR: i64 = 60 * 60 * 1000;

impl State {
    /// What came near, where nothing fits.
    pub(super) fn misses(&self, wanted: &Wanted) -> Vec<Fit> {
        let mut misses = Vec::new();
        let mut miss = |fact: FactId, reason: String| {
            let apart = self.events.get(fact).told.time.abs_diff(wanted.time);
            if let Some(process) = self.actor_of(self.events.get(fact)) {
                misses.push(Fit { process, tier: 0, near: 0, apart, reason, fact: Some(fact) });
            }
        };
        let environment = self.environment_of(wanted);
        let is_near = |told: &Told| {
            told.time.abs_diff(wanted.time) <= NEAR.unsigned_abs()
                && self.hosts.environment(told.host) == environment
        };
        if let Some(ends) = wanted.ends {
            let [source, destination] = ends.map(|end| self.alerts.texts.get(end));
            for (near, far) in [(source, destination), (destination, source)] {
                for fact in self.events.by_text(Attribute::LocalAddress, near) {
                    let told = &self.events.get(fact).told;
                    if told.kind != FactKind::Network || !is_near(told) {
                        continue;
                    }
                    let (to, [_, port]) = (self.events.text(told.text(0)), told.ports);
                    let (over, when) = (over(wanted, told), self.distance(wanted, told.time));
                    let reason = if to == far {
                        format!("the same addresses, port {port}{over}, {when}")
                    } else {
                        format!("a connection of that host with {to} port {port}{over} instead, {when}")
                    };
                    miss(fact, reason);
                }
            }
        }
        let [_, service] = wanted.ports;
        let addresses = wanted.of(ObservableKind::Address);
        for (address, role) in addresses.map(|(address, role)| (self.alerts.texts.get(address), role)) {
            for fact in self.events.by_text(Attribute::RemoteAddress, address) {
                let told = &self.events.get(fact).told;
                let (to, from) = (self.events.text(told.text(0)), self.events.text(told.text(1)));
                let is_to_it = told.kind == FactKind::Network && told.direction != Direction::Incoming;
                if !is_to_it || to != address || !is_near(told) {
                    continue;
                }
                let [_, port] = told.ports;
                let (over, when) = (over(wanted, told), self.distance(wanted, told.time));
                let [source, _] = wanted.sides;
                let is_told = source.is_some_and(|source| self.alerts.texts.get(source) == from);
                match role {
                    // What another host sends on for a process, seen from outside, comes from that host.
                    Role::Source => {
                        let to = format!("the alert's source address {address} port {port}{over}");
                        miss(fact, format!("a connection to {to}, {when}"));
                    }
                    // Behind a translation of addresses the alert's source is another one than the host's own.
                    Role::Destination if (service == 0 || service == port) && !is_told => {
                        let to = format!("the alert's destination {address} port {port}{over}");
                        let from = match source {
                            _ if is_unknown(from) => {
                                let host = self.hosts.display(told.host);
                                format!("of {host}, of which the record tells no address")
                            }
                            None => format!("from {from}"),
                            Some(_) => format!("from {from} instead"),
                        };
                        miss(fact, format!("a connection to {to} {from}, {when}"));
                    }
                    Role::Destination | Role::Related => {}
                }
            }
        }
        let denied = self.denied(wanted);
        for (fact, _, by) in self.file_facts(wanted) {
            let told = &self.events.get(fact).told;
            let (host, when) = (self.hosts.display(told.host), self.distance(wanted, told.time));
            let its = denied.iter().find(|(host, _)| self.hosts.same(*host, told.host));
            let why = its.map_or("", |(_, why)| why);
            miss(fact, format!("{by} on {host}, {when}{why}"));
        }
        let mut misses = self.ranked(misses);
        misses.truncate(MISSES);
        misses
    }

    /// Hosts that had the alert's address and are not taken for its machine, with the reason.
    fn denied(&self, wanted: &Wanted) -> Vec<(HostId, String)> {
        let environment = self.environment_of(wanted);
        let mut denied = Vec::new();
        for (address, _) in self.own_addresses(wanted) {
            let address = self.alerts.texts.get(address);
            for sighting in self.events.sightings(address, environment, wanted.time, &self.hosts) {
                let then = if sighting.at < wanted.time { "after" } else { "before" };
                let why = match sighting.denial {
                    Some(Denial::Other(other)) => format!("{} {then} that", self.events.text(other)),
                    Some(Denial::Far) => "more than a day away".to_owned(),
                    None => continue,
                };
                let when = self.distance(wanted, sighting.at);
                denied.push((sighting.host, format!("; it had {address} {when}, {why}")));
            }
        }
        denied
    }
}

/// By what a connection was made that is another transport than what is wanted.
fn over(wanted: &Wanted, told: &Told) -> &'static str {
    match told.transport.filter(|_| wanted.is_of_another(told)) {
        Some(Transport::Tcp) => " over TCP",
        Some(Transport::Udp) => " over UDP",
        None => "",
    }
}
