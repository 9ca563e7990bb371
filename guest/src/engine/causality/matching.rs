//! Which processes an alert may be about, by what it says of a connection or a file (SPEC section 4).
//!
//! Everything that fits is a candidate with its reason; where nothing does, what came nearest is told.

use super::answers::{Candidate, Matching};
use super::best::MANY;
use super::causes::seconds;
use crate::engine::events::{Attribute, Fact, FactId, FactKind, Told, hashes, whole};
use crate::engine::hashing::Set;
use crate::engine::hosts::HostId;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::error::Error;
use crate::model::{ObservableKind, Role, Transport};

/// How well something fits: 0 is best.
pub(super) type Tier = u8;

/// So much less well a file fits whose drive one side does not tell.
const LESS: Tier = 3;

/// What an alert says that telemetry can say too, in the alerts' own texts.
#[derive(Debug, Default)]
pub(in crate::engine) struct Wanted {
    pub(super) time: i64,
    /// Only what was recorded there is looked at: addresses and hosts of another one are others.
    environment: Sym,
    /// The addresses of a connection's source and destination, where they are said.
    pub(super) sides: [Option<Sym>; 2],
    /// Both.
    pub(super) ends: Option<[Sym; 2]>,
    /// Their ports; 0 where they are not said.
    pub(super) ports: [u16; 2],
    /// That of the connection, where it is said: what says another one is another connection.
    pub(super) transport: Option<Transport>,
    /// Everything by which something is found.
    said: Vec<(ObservableKind, Role, Sym)>,
}

/// A machine that an alert is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine {
    pub(super) host: HostId,
    /// The address that was its own at about that time, as which the alert names it; `None` where it is named.
    pub(super) address: Option<(Sym, Role)>,
}

/// A process that fits.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Fit {
    pub(in crate::engine) process: RowId,
    pub(super) tier: Tier,
    /// As far as time tells it apart from others of its tier, in milliseconds.
    pub(super) near: u64,
    pub(super) apart: u64,
    pub(super) reason: String,
    pub(super) fact: Option<FactId>,
}

impl Wanted {
    /// What an alert of a time and an environment says: paths in one form, addresses in theirs.
    pub(in crate::engine) fn new(
        time: i64,
        environment: Sym,
        (ports, transport): ([u16; 2], Option<Transport>),
        said: impl Iterator<Item = (ObservableKind, Role, Sym)>,
    ) -> Self {
        use ObservableKind::{Address, File, Hash, Host};
        let said: Vec<_> = said.filter(|(kind, ..)| matches!(kind, Address | File | Hash | Host)).collect();
        let end = |end| {
            let found = said.iter().find(|&&(kind, role, _)| kind == Address && role == end);
            found.map(|&(_, _, value)| value)
        };
        let sides = [end(Role::Source), end(Role::Destination)];
        let [source, destination] = sides;
        let ends = source.zip(destination).map(|(a, b)| [a, b]);
        Self { time, environment, sides, ends, ports, transport, said }
    }

    /// Whether there is anything to look for.
    pub(in crate::engine) fn is_empty(&self) -> bool {
        let mut sides = self.sides.iter().flatten();
        let is_machine = |&(kind, role, _): &(ObservableKind, Role, Sym)| {
            kind == ObservableKind::Host || (kind, role) == (ObservableKind::Address, Role::Related)
        };
        let is_half = sides.next().is_some() && self.said.iter().any(is_machine);
        self.ends.is_none() && !is_half && self.files().chain(self.hashes()).next().is_none()
    }

    /// Whether something says another transport.
    pub(super) fn is_of_another(&self, told: &Told) -> bool {
        self.transport.zip(told.transport).is_some_and(|(own, its)| own != its)
    }

    pub(super) fn of(&self, kind: ObservableKind) -> impl Iterator<Item = (Sym, Role)> + '_ {
        self.said.iter().filter(move |(its, ..)| *its == kind).map(|&(_, role, value)| (value, role))
    }

    pub(super) fn files(&self) -> impl Iterator<Item = Sym> + '_ {
        self.of(ObservableKind::File).map(|(value, _)| value)
    }

    pub(super) fn hashes(&self) -> impl Iterator<Item = Sym> + '_ {
        self.of(ObservableKind::Hash).map(|(value, _)| value)
    }
}

impl State {
    /// All processes that fit, the best first.
    pub(in crate::engine) fn fits(&self, wanted: &Wanted) -> Vec<Fit> {
        let mut fits = self.connections_that_fit(wanted);
        if fits.is_empty() {
            fits = self.files_that_fit(wanted);
        }
        if fits.is_empty() {
            fits = self.halves_that_fit(wanted);
        }
        self.ranked(fits)
    }

    /// Best first, each process once.
    pub(super) fn ranked(&self, mut fits: Vec<Fit>) -> Vec<Fit> {
        fits.sort_by_cached_key(|fit| {
            (fit.tier, fit.near, fit.apart, self.sort_key(fit.process), fit.reason.clone())
        });
        let mut known: Set<RowId> = Set::default();
        fits.retain(|fit| known.insert(fit.process));
        fits
    }

    /// The environment of what is wanted, as hosts know it.
    pub(super) fn environment_of(&self, wanted: &Wanted) -> Sym {
        self.environment_called(self.alerts.texts.get(wanted.environment))
    }

    fn tolerance(&self) -> u64 {
        self.around().unsigned_abs()
    }

    /// Of two that fit equally well the nearer one counts more if it is nearer by more than this, in milliseconds:
    /// clocks differ, and alerts come late.
    pub(super) fn clear(&self) -> u64 {
        self.tolerance() / 4
    }

    /// From when to when a connection may be that of an alert.
    pub(super) fn times_around(&self, wanted: &Wanted) -> (i64, i64) {
        (wanted.time.saturating_sub(self.around()), wanted.time.saturating_add(self.around()))
    }

    fn connections_that_fit(&self, wanted: &Wanted) -> Vec<Fit> {
        let Some(ends) = wanted.ends else { return Vec::new() };
        let ends = ends.map(|end| self.alerts.texts.get(end));
        let [source_port, port] = wanted.ports;
        let mut fits = Vec::new();
        let (from, to) = self.times_around(wanted);
        let environment = self.environment_of(wanted);
        for fact in self.events.between(ends, from, to) {
            let told = &self.events.get(fact).told;
            if self.hosts.environment(told.host) != environment || wanted.is_of_another(told) {
                continue;
            }
            let apart = told.time.abs_diff(wanted.time);
            let Some(process) = self.actor_of(self.events.get(fact)).filter(|_| apart <= self.tolerance())
            else {
                continue;
            };
            // Recorded by the side that opened it, or by the side that accepted it.
            for way in told.ways().filter(|way| way.ends.map(|end| self.events.text(end)) == ends) {
                let [own, service] = way.ports;
                if port != 0 && service != port {
                    continue;
                }
                let (tier, what) = match (source_port, port) {
                    (0, 0) => (2, "the addresses"),
                    (0, _) => (1, "the addresses and the destination's port"),
                    (wanted, 0) if wanted == own => (0, "the addresses and the source's port"),
                    (_, 0) => (1, "the addresses, from another source port"),
                    (wanted, _) if wanted == own => (0, "the addresses and both ports"),
                    _ => (1, "the addresses and the destination's port, from another source port"),
                };
                let side = if way.is_accepted { "accepted" } else { "opened" };
                let reason = format!("{side} a connection with {what} {}", self.distance(wanted, told.time));
                fits.push(Fit { process, tier, near: apart, apart, reason, fact: Some(fact) });
            }
        }
        fits
    }

    pub(super) fn distance(&self, wanted: &Wanted, time: i64) -> String {
        match time - wanted.time {
            0 => "at the same time".to_owned(),
            later if later > 0 => format!("{} after the alert", seconds(later)),
            earlier => format!("{} before the alert", seconds(-earlier)),
        }
    }

    /// The addresses that can be the machine's own, where the alert names no machine: that of its agent, else of
    /// the side that is within the organisation, else where it came from.
    pub(super) fn own_addresses(&self, wanted: &Wanted) -> Vec<(Sym, Role)> {
        if wanted.of(ObservableKind::Host).next().is_some() {
            return Vec::new();
        }
        let of = |roles: &[Role]| -> Vec<(Sym, Role)> {
            wanted.of(ObservableKind::Address).filter(|(_, role)| roles.contains(role)).collect()
        };
        let is_inside =
            |&(address, _): &(Sym, Role)| self.alerts.rules.is_internal(self.alerts.texts.get(address));
        let (agents, sources, destinations) =
            (of(&[Role::Related]), of(&[Role::Source]), of(&[Role::Destination]));
        if !agents.is_empty() {
            return agents;
        }
        if sources.is_empty() || (!sources.iter().any(is_inside) && destinations.iter().any(is_inside)) {
            return destinations;
        }
        sources
    }

    /// The machines that an alert is about: by name, or by an address that was theirs at about that time
    /// ([`crate::engine::events`], `owners`). An address that two had equally near is both's.
    pub(super) fn machines_of(&self, wanted: &Wanted) -> Vec<Machine> {
        let environment = self.environment_of(wanted);
        let named = wanted.of(ObservableKind::Host);
        let named =
            named.flat_map(|(name, _)| self.hosts.find(self.alerts.texts.get(name), Some(environment)));
        let mut machines: Vec<Machine> = named.map(|host| Machine { host, address: None }).collect();
        for (address, role) in self.own_addresses(wanted) {
            let text = self.alerts.texts.get(address);
            let owners = self.events.owners_at(text, environment, wanted.time, &self.hosts);
            machines.extend(owners.into_iter().map(|host| Machine { host, address: Some((address, role)) }));
        }
        machines
    }

    /// By which address of the alert a machine is its own.
    pub(super) fn as_whom(&self, machine: &Machine) -> String {
        machine.address.map_or(String::new(), |(address, role)| {
            let which = match role {
                Role::Source => "source ",
                Role::Destination => "destination ",
                Role::Related => "",
            };
            format!(", on the host that had the alert's {which}address {}", self.alerts.texts.get(address))
        })
    }

    fn files_that_fit(&self, wanted: &Wanted) -> Vec<Fit> {
        let machines = self.machines_of(wanted);
        let mut fits = Vec::new();
        for (fact, less, by) in self.file_facts(wanted) {
            let Some((tier, what)) = self.file_tier(self.events.get(fact), wanted) else { continue };
            let told = &self.events.get(fact).told;
            let mut its = machines.iter().filter(|machine| self.hosts.same(machine.host, told.host));
            let Some(machine) = its.next() else { continue };
            let Some(process) = self.actor_of(self.events.get(fact)) else { continue };
            let apart = told.time.abs_diff(wanted.time);
            let as_whom = self.as_whom(machine);
            let reason = format!("{what} {by}, {}{as_whom}", self.distance(wanted, told.time));
            let near = self.nearness_of(tier, self.events.get(fact), wanted);
            fits.push(Fit { process, tier: tier + less, near, apart, reason, fact: Some(fact) });
        }
        fits
    }

    /// How far what was done to a file counts as being from the alert: of processes that run at its time neither does.
    pub(super) fn nearness_of(&self, tier: Tier, fact: &Fact, wanted: &Wanted) -> u64 {
        if tier == 0 { 0 } else { fact.told.time.abs_diff(wanted.time) }
    }

    /// How well what was done to a file fits, and what that was; `None` where it was too far away in time.
    pub(super) fn file_tier(&self, fact: &Fact, wanted: &Wanted) -> Option<(Tier, &'static str)> {
        let told = &fact.told;
        if let Some(row) = told.row.filter(|_| told.kind == FactKind::Start) {
            let row = self.standing(row);
            let runs = self.table.row(row).since() <= wanted.time.saturating_add(self.around())
                && !self.is_over(row, wanted.time.saturating_sub(self.around()));
            if runs {
                return Some((0, "runs"));
            }
        }
        (told.time.abs_diff(wanted.time) <= self.tolerance()).then_some(match told.kind {
            FactKind::Start => (1, "ran"),
            FactKind::Load => (1, "loaded"),
            FactKind::FileRead | FactKind::FileTouch => (2, "opened"),
            FactKind::FileDelete => (2, "deleted"),
            _ => (1, "wrote"),
        })
    }

    /// Whether a fact is about a file, by its path or a hash of it.
    pub(super) fn is_about(&self, fact: &Fact, attribute: Attribute, text: &str) -> bool {
        let told = &fact.told;
        let row = told.row.filter(|_| told.kind == FactKind::Start).map(|row| self.table.row(row));
        match (attribute, row) {
            (Attribute::Hash, Some(row)) => {
                row.start.is_some_and(|start| start.hashes.iter().any(|&own| self.strings.get(own) == text))
            }
            (Attribute::Hash, None) => {
                hashes(self.events.text(told.text(2))).any(|own| own.eq_ignore_ascii_case(text))
            }
            (_, Some(row)) => row.image().is_some_and(|image| whole(self.images.path(image)) == *text),
            (_, None) => whole(self.events.text(told.text(0))) == *text,
        }
    }

    /// The paths of an alert's files.
    pub(super) fn paths_of(&self, wanted: &Wanted) -> Vec<Spelling> {
        wanted.files().flat_map(|path| spellings(self.alerts.texts.get(path))).collect()
    }

    /// Facts about the files of an alert, on any machine of its environment.
    pub(super) fn file_facts(&self, wanted: &Wanted) -> Vec<(FactId, Tier, &'static str)> {
        let paths = self.paths_of(wanted);
        let paths = paths.iter().map(|its| (Attribute::FilePath, &*its.path, its.tier, its.what));
        let hashes = wanted.hashes().map(|hash| self.alerts.texts.get(hash));
        let hashes = hashes.map(|hash| (Attribute::Hash, hash, 0, "a file with the hash"));
        let environment = self.environment_of(wanted);
        let is_there =
            |fact: &FactId| self.hosts.environment(self.events.get(*fact).told.host) == environment;
        let mut found = Vec::new();
        for (attribute, text, less, by) in paths.chain(hashes) {
            let facts = self.events.by_text(attribute, text).filter(is_there);
            let facts = facts.filter(|&fact| self.is_about(self.events.get(fact), attribute, text));
            found.extend(facts.map(|fact| (fact, less, by)));
        }
        found
    }

    /// Which processes an alert may be about.
    pub(in crate::engine) fn matches(&mut self, alert: &str) -> Result<Matching, Error> {
        self.index_events();
        let id = self.alerts.find(alert).ok_or_else(|| Error::not_found("alert", alert))?;
        let time = self.alerts.graph.node(id).time;
        let wanted = self.alerts.wanted(self.alerts.get(id), time);
        self.sort_owners(&wanted);
        self.sort_halves(&wanted);
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
            let reason = "the alert names no process, no connection with both ends or its host, and no file"
                .to_owned();
            return Ok(Matching { reason: Some(reason), ..Matching::default() });
        }
        let fits = self.fits(&wanted);
        if !fits.is_empty() {
            return Ok(Matching { candidates: self.candidates(&fits), ..Matching::default() });
        }
        let gone = self.gone(&wanted);
        let kept = self.alerts.get(id).process.and_then(|process| process.row);
        if let Some((row, gone)) = kept.zip(gone) {
            let row = self.standing(row);
            let candidate = Candidate {
                process: self.instance_id(row),
                rank: 1,
                apart: self.table.row(row).since().abs_diff(wanted.time),
                reason: format!("the alert was matched to it before what told so {gone}"),
                origin: None,
            };
            return Ok(Matching { candidates: vec![candidate], ..Matching::default() });
        }
        let misses = self.candidates(&self.misses(&wanted));
        let none = || {
            "no known process fits what the alert says of a connection or a file, and none came near"
                .to_owned()
        };
        let reason = gone.map(|gone| format!("what was recorded about the time of the alert {gone}"));
        let reason = reason.or_else(|| misses.is_empty().then(none));
        Ok(Matching { misses, reason, ..Matching::default() })
    }

    /// What became of the telemetry of the time of an alert, where some of it may be held no more.
    fn gone(&self, wanted: &Wanted) -> Option<&'static str> {
        let (from, _) = self.times_around(wanted);
        if from < self.events_since() {
            return Some("became older than `causality.keep`");
        }
        let oldest = || self.events.all().map(|id| self.events.get(id).told.time).min();
        let is_dropped = self.events.evicted > 0 && oldest().is_none_or(|oldest| from < oldest);
        is_dropped.then_some("was dropped, since `limits.events` was reached")
    }

    fn candidates(&self, fits: &[Fit]) -> Vec<Candidate> {
        let ranks = ranks(fits, self.clear());
        let candidates = fits.iter().zip(ranks).map(|(fit, rank)| Candidate {
            process: self.instance_id(fit.process),
            rank,
            apart: fit.apart,
            reason: fit.reason.clone(),
            origin: fit.fact.map(|fact| {
                let fact = self.events.get(fact);
                (self.events.text(fact.source).to_owned(), fact.line)
            }),
        });
        candidates.collect()
    }
}

/// The ranks of what fits, the best first: those of one tier share one where time does not tell them apart.
fn ranks(fits: &[Fit], clear: u64) -> Vec<u32> {
    let mut ranks = Vec::with_capacity(fits.len());
    let mut rank = 0;
    for tier in fits.chunk_by(|a, b| a.tier == b.tier) {
        let mut first = None;
        for fit in tier {
            let is_apart = |first: u64| tier.len() <= MANY && fit.near - first > clear;
            if first.is_none_or(is_apart) {
                (rank, first) = (rank + 1, Some(fit.near));
            }
            ranks.push(rank);
        }
    }
    ranks
}

/// A path by which a file may be known.
#[derive(Debug)]
pub(super) struct Spelling {
    pub(super) path: String,
    /// How much less well it fits.
    pub(super) tier: Tier,
    what: &'static str,
}

/// The ways to write a file's path: its own, and where one side knows the volume by a number alone, which differs from
/// host to host, with any drive or with none.
fn spellings(path: &str) -> Vec<Spelling> {
    let other = |path, what| Spelling { path, tier: LESS, what };
    let mut spellings = vec![Spelling { path: path.to_owned(), tier: 0, what: "the file" }];
    let (drive, rest) = path.split_at_checked(1).unwrap_or_default();
    if !rest.starts_with(r":\") {
        return spellings;
    }
    if drive == "*" {
        let drives = 'a'..='z';
        let what = "the file on a drive that the alert does not tell";
        spellings.extend(drives.map(|drive| other(format!("{drive}{rest}"), what)));
    } else {
        spellings.push(other(format!("*{rest}"), "the file on a drive that the record does not tell"));
    }
    spellings
}
