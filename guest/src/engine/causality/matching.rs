//! Which processes an alert may be about, by what it says of a connection or a file (SPEC section 4).
//!
//! Everything that fits is a candidate with its reason; where nothing does, what came nearest is told.

use super::answers::{Candidate, Matching};
use super::causes::seconds;
use crate::engine::alerts::AlertId;
use crate::engine::events::{Attribute, Direction, FactId, FactKind, whole};
use crate::engine::hosts::HostId;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::error::Error;
use crate::model::{Observable, ObservableKind, Role};

/// Of what came near so many are told.
const MISSES: usize = 5;

/// How near a miss is, in milliseconds.
const NEAR: i64 = 60 * 60 * 1000;

/// What an alert says that telemetry can say too.
#[derive(Debug, Default)]
pub(in crate::engine) struct Wanted {
    time: i64,
    /// The addresses of a connection's ends, and their ports; 0 where they are not said.
    ends: Option<[String; 2]>,
    ports: [u16; 2],
    /// Paths in one form.
    files: Vec<String>,
    hashes: Vec<String>,
    /// The machine, by its names and addresses.
    hosts: Vec<String>,
    addresses: Vec<String>,
}

/// A process that fits.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Fit {
    pub(in crate::engine) process: RowId,
    /// How well: 0 is best.
    tier: u8,
    apart: u64,
    reason: String,
    fact: Option<FactId>,
}

impl Wanted {
    /// What an alert of a time says.
    pub(in crate::engine) fn new(time: i64, ports: [u16; 2], observables: &[Observable]) -> Self {
        let of = |kind, role: Option<Role>| {
            let all =
                observables.iter().filter(move |o| o.kind == kind && role.is_none_or(|role| o.role == role));
            all.map(|o| o.value.clone()).collect::<Vec<String>>()
        };
        let end = |role| of(ObservableKind::Address, Some(role)).into_iter().next();
        Self {
            time,
            ends: end(Role::Source).zip(end(Role::Destination)).map(|(a, b)| [a, b]),
            ports,
            files: of(ObservableKind::File, None),
            hashes: of(ObservableKind::Hash, None),
            hosts: of(ObservableKind::Host, None),
            addresses: of(ObservableKind::Address, None),
        }
    }

    /// Whether there is anything to look for.
    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.ends.is_none() && self.files.is_empty() && self.hashes.is_empty()
    }

    /// What a fact must have that can change what matches.
    pub(in crate::engine) fn keys(&self) -> impl Iterator<Item = &str> {
        let ends = self.ends.iter().flatten();
        ends.chain(&self.files).chain(&self.hashes).map(String::as_str)
    }
}

impl State {
    /// All processes that fit, the best first.
    pub(in crate::engine) fn fits(&self, wanted: &Wanted) -> Vec<Fit> {
        let mut fits = self.connections_that_fit(wanted);
        if fits.is_empty() {
            fits = self.files_that_fit(wanted);
        }
        self.ranked(fits)
    }

    /// The one process that fits best; `None` where two fit equally well.
    pub(in crate::engine) fn only_fit(&self, wanted: &Wanted) -> Option<RowId> {
        let fits = self.fits(wanted);
        let best = fits.first()?;
        let rival = fits.get(1).is_some_and(|other| other.tier == best.tier);
        (!rival).then_some(best.process)
    }

    /// Best first, each process once.
    fn ranked(&self, mut fits: Vec<Fit>) -> Vec<Fit> {
        fits.sort_by_cached_key(|fit| (fit.tier, fit.apart, self.sort_key(fit.process), fit.reason.clone()));
        let mut known: Vec<RowId> = Vec::new();
        fits.retain(|fit| {
            !known.contains(&fit.process) && {
                known.push(fit.process);
                true
            }
        });
        fits
    }

    fn tolerance(&self) -> u64 {
        u64::from(self.config.causality.tolerance) * 1000
    }

    fn connections_that_fit(&self, wanted: &Wanted) -> Vec<Fit> {
        let Some([source, destination]) = &wanted.ends else { return Vec::new() };
        let [source_port, port] = wanted.ports;
        let mut fits = Vec::new();
        // Recorded by the side that opened it, and by the side that accepted it.
        for (near, far, outgoing) in [(source, destination, true), (destination, source, false)] {
            let around = i64::try_from(self.tolerance()).unwrap_or(i64::MAX);
            let (from, to) = (wanted.time.saturating_sub(around), wanted.time.saturating_add(around));
            for fact in self.events.connected(far, from, to) {
                let told = &self.events.get(fact).told;
                let apart = told.time.abs_diff(wanted.time);
                let [local, remote] = told.ports;
                let (own, service) = if outgoing { (local, remote) } else { (remote, local) };
                let is_its = told.kind == FactKind::Network
                    && apart <= self.tolerance()
                    && self.events.text(told.text(0)) == far
                    && self.events.text(told.text(1)) == near
                    && (port == 0 || service == port)
                    && (told.direction != Direction::Incoming || !outgoing)
                    && (told.direction != Direction::Outgoing || outgoing);
                if !is_its {
                    continue;
                }
                let Some(process) = self.actor_of(self.events.get(fact)) else { continue };
                let (tier, what) = match (source_port, port) {
                    (0, 0) => (2, "the addresses"),
                    (0, _) => (1, "the addresses and the destination's port"),
                    (wanted, _) if wanted == own => (0, "the addresses and both ports"),
                    _ => (1, "the addresses and the destination's port, from another source port"),
                };
                let side = if outgoing { "opened" } else { "accepted" };
                let reason = format!("{side} a connection with {what} {}", self.distance(wanted, told.time));
                fits.push(Fit { process, tier, apart, reason, fact: Some(fact) });
            }
        }
        fits
    }

    fn distance(&self, wanted: &Wanted, time: i64) -> String {
        match time - wanted.time {
            0 => "at the same time".to_owned(),
            later if later > 0 => format!("{} after the alert", seconds(later)),
            earlier => format!("{} before the alert", seconds(-earlier)),
        }
    }

    /// The machines that an alert is about: by name, or by an address that was theirs at about that time.
    fn machines_of(&self, wanted: &Wanted) -> Vec<HostId> {
        let named = wanted.hosts.iter().flat_map(|name| self.hosts.find(name, None));
        let mut machines: Vec<HostId> = named.collect();
        if machines.is_empty() {
            for address in &wanted.addresses {
                let held = self.events.by_text(Attribute::LocalAddress, address).filter(|&fact| {
                    let told = &self.events.get(fact).told;
                    told.kind == FactKind::Network && self.events.text(told.text(1)) == address
                });
                // An address goes from one machine to another: the nearest in time had it.
                let nearest = held.min_by_key(|&fact| self.events.get(fact).told.time.abs_diff(wanted.time));
                machines.extend(nearest.map(|fact| self.events.get(fact).told.host));
            }
        }
        machines
    }

    fn files_that_fit(&self, wanted: &Wanted) -> Vec<Fit> {
        let machines = self.machines_of(wanted);
        let on_it = |host| machines.iter().any(|&machine| self.hosts.same(machine, host));
        let mut fits = Vec::new();
        for (fact, by) in self.file_facts(wanted) {
            let told = &self.events.get(fact).told;
            if !on_it(told.host) {
                continue;
            }
            let Some(process) = self.actor_of(self.events.get(fact)) else { continue };
            let row = self.table.row(process);
            let apart = told.time.abs_diff(wanted.time);
            let runs = told.kind == FactKind::Start
                && row.since() <= wanted.time.saturating_add_unsigned(self.tolerance())
                && row.end.is_none_or(|end| end.saturating_add_unsigned(self.tolerance()) >= wanted.time);
            let (tier, what) = match told.kind {
                FactKind::Start if runs => (0, "runs"),
                _ if apart > self.tolerance() => continue,
                FactKind::Start => (1, "ran"),
                FactKind::Load => (1, "loaded"),
                FactKind::FileRead | FactKind::FileTouch => (2, "opened"),
                FactKind::FileDelete => (2, "deleted"),
                _ => (1, "wrote"),
            };
            let reason = format!("{what} {by}, {}", self.distance(wanted, told.time));
            fits.push(Fit { process, tier, apart, reason, fact: Some(fact) });
        }
        fits
    }

    /// Facts about the files of an alert, on any machine.
    fn file_facts(&self, wanted: &Wanted) -> Vec<(FactId, &'static str)> {
        let mut found = Vec::new();
        for path in &wanted.files {
            let facts = self.events.by_text(Attribute::FilePath, path).filter(|&fact| {
                let told = &self.events.get(fact).told;
                let image = told.row.and_then(|row| self.table.row(row).image());
                match told.kind {
                    FactKind::Start => image.is_some_and(|image| whole(self.images.path(image)) == *path),
                    _ => whole(self.events.text(told.text(0))) == *path,
                }
            });
            found.extend(facts.map(|fact| (fact, "the file")));
        }
        for hash in &wanted.hashes {
            let facts = self.events.by_text(Attribute::Hash, hash).filter(|&fact| {
                let told = &self.events.get(fact).told;
                match (told.kind, told.row.and_then(|row| self.table.row(row).start)) {
                    (FactKind::Start, Some(start)) => {
                        start.hashes.iter().any(|&own| self.strings.get(own) == hash)
                    }
                    _ => self.events.text(told.text(2)).eq_ignore_ascii_case(hash),
                }
            });
            found.extend(facts.map(|fact| (fact, "a file with the hash")));
        }
        found
    }

    /// What came near, where nothing fits.
    fn misses(&self, wanted: &Wanted) -> Vec<Fit> {
        let mut misses = Vec::new();
        let mut miss = |fact: FactId, reason: String| {
            let apart = self.events.get(fact).told.time.abs_diff(wanted.time);
            if let Some(process) = self.actor_of(self.events.get(fact)) {
                misses.push(Fit { process, tier: 0, apart, reason, fact: Some(fact) });
            }
        };
        let is_near = |time: i64| time.abs_diff(wanted.time) <= NEAR.unsigned_abs();
        if let Some([source, destination]) = &wanted.ends {
            for (near, far) in [(source, destination), (destination, source)] {
                for fact in self.events.by_text(Attribute::LocalAddress, near) {
                    let told = &self.events.get(fact).told;
                    if told.kind != FactKind::Network || !is_near(told.time) {
                        continue;
                    }
                    let (to, [_, port]) = (self.events.text(told.text(0)), told.ports);
                    let when = self.distance(wanted, told.time);
                    let reason = if to == far {
                        format!("the same addresses, port {port}, {when}")
                    } else {
                        format!("a connection of that host with {to} port {port} instead, {when}")
                    };
                    miss(fact, reason);
                }
            }
        }
        for (fact, by) in self.file_facts(wanted) {
            let told = &self.events.get(fact).told;
            let (host, when) = (self.hosts.display(told.host), self.distance(wanted, told.time));
            miss(fact, format!("{by} on {host}, {when}"));
        }
        let mut misses = self.ranked(misses);
        misses.truncate(MISSES);
        misses
    }

    /// Which processes an alert may be about.
    pub(in crate::engine) fn matches(&mut self, alert: &str) -> Result<Matching, Error> {
        self.index_events();
        let id = self.alerts.find(alert).ok_or_else(|| Error::not_found("alert", alert))?;
        let wanted = self.wanted_by(id);
        if let Some(row) = self.named_by(id) {
            let candidate = Candidate {
                process: self.instance_id(row),
                rank: 1,
                apart: self.table.row(row).since().abs_diff(wanted.time),
                reason: "the alert names it".to_owned(),
                origin: None,
            };
            return Ok(Matching { candidates: vec![candidate], ..Matching::default() });
        }
        if wanted.is_empty() {
            let reason = "the alert names no process, no connection with both ends, and no file".to_owned();
            return Ok(Matching { reason: Some(reason), ..Matching::default() });
        }
        let fits = self.fits(&wanted);
        let misses = if fits.is_empty() { self.misses(&wanted) } else { Vec::new() };
        Ok(Matching { candidates: self.candidates(&fits), misses: self.candidates(&misses), reason: None })
    }

    fn candidates(&self, fits: &[Fit]) -> Vec<Candidate> {
        let mut rank = 0;
        let mut last = None;
        let candidates = fits.iter().map(|fit| {
            if last.replace(fit.tier) != Some(fit.tier) {
                rank += 1;
            }
            Candidate {
                process: self.instance_id(fit.process),
                rank,
                apart: fit.apart,
                reason: fit.reason.clone(),
                origin: fit.fact.map(|fact| {
                    let fact = self.events.get(fact);
                    (self.events.text(fact.source).to_owned(), fact.line)
                }),
            }
        });
        candidates.collect()
    }

    /// What an alert that is held says.
    pub(in crate::engine) fn wanted_by(&self, id: AlertId) -> Wanted {
        let held = self.alerts.get(id);
        Wanted::new(self.alerts.graph.node(id).time, held.ports, &self.alerts.observables(held))
    }
}
