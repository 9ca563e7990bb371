//! The chain of a process as it is answered: of all that the walk collected, what is shown.

use super::answers::{Chain, Edge, Node};
use super::causes::Cause;
use super::walk::Walk;
use crate::engine::alerts::AlertId;
use crate::engine::answers::ProcessInfo;
use crate::engine::events::FactId;
use crate::engine::hashing::{Map, Set};
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::error::Error;

/// So many nodes are shown where nothing else is asked, and at most.
const SHOWN: usize = 1_000;
const MOST: usize = 10_000;

/// Of processes that fit an alert equally well so many are named.
const NAMED: usize = 5;

/// A command line is shown up to so many bytes.
const COMMAND: usize = 1_024;

impl State {
    /// The process that is asked for: by its id, or by an alert's.
    pub(super) fn subject(&mut self, subject: &str) -> Result<RowId, Error> {
        let Some(alert) = self.alerts.find(subject) else {
            return self.resolve(subject).ok_or_else(|| Error::not_found("process or alert", subject));
        };
        let held = self.alerts.get(alert);
        if let Some(row) = held.process.and_then(|process| process.row) {
            return Ok(self.standing(row));
        }
        let names_it = !held.says.entity.is_empty() || held.says.pid != 0;
        let why = if names_it {
            "the one that it names is not known".to_owned()
        } else {
            self.why_none_fits(subject)?
        };
        Err(Error::not_found("process of alert", &format!("{subject}: {why}")))
    }

    /// Why an alert that names no process has none.
    fn why_none_fits(&mut self, alert: &str) -> Result<String, Error> {
        let found = self.matches(alert)?;
        if let Some(reason) = found.reason {
            return Ok(reason);
        }
        let best = found.candidates.iter().filter(|candidate| candidate.rank == 1);
        let best: Vec<&str> = best.map(|candidate| candidate.process.as_str()).collect();
        if best.is_empty() {
            return Ok("no process fits what it says".to_owned());
        }
        let named = best.get(..NAMED.min(best.len())).unwrap_or_default().join(", ");
        let more = if best.len() > NAMED { ", ..." } else { "" };
        Ok(format!("{} processes fit equally well: {named}{more}", best.len()))
    }

    /// The chain through a process or an alert, of at most so many nodes.
    pub(in crate::engine) fn chain(&mut self, subject: &str, limit: u32) -> Result<Chain, Error> {
        self.index_events();
        let subject = self.subject(subject)?;
        let limit = if limit == 0 { SHOWN } else { usize::try_from(limit).unwrap_or(MOST).min(MOST) };
        let mut walk = self.walk(subject);
        let led_by = self.lead_to(subject, &mut walk.asked);
        let shown = shown(&walk, subject, limit);
        let (root, partial) = self.root_of(subject);
        // By its line, in which no process stands above itself.
        let above = match self.lineage(root).ancestors.first() {
            Some(&Above::Row(row)) => Some(self.describe_process(row)),
            Some(&named) => Some(self.describe_name(root, named)),
            None => None,
        };
        let alerts = self.alerts_by_process();
        let folded = folded(&walk, &shown);
        let stops = walk.stops().iter().filter(|stop| shown.contains(&stop.row));
        let nodes = stops.map(|stop| {
            let injectors = walk.injectors_of(stop.row).iter();
            let mut injected_by: Vec<String> = injectors.map(|&row| self.instance_id(row)).collect();
            injected_by.sort_unstable();
            let alerts = alerts.get(&stop.row).into_iter().flatten();
            Node {
                alerts: alerts.map(|&alert| format!("A{}", self.alerts.get(alert).number)).collect(),
                injected_by,
                folded: folded.get(&stop.row).copied().unwrap_or(0),
                confidence: walk.way_to(stop.row).confidence,
                ..self.node(stop.row)
            }
        });
        let edges =
            walk.edges().filter(|(edge, effect)| shown.contains(&edge.cause) && shown.contains(effect));
        let (damage, possible) = self.damage(&walk);
        Ok(Chain {
            subject: self.instance_id(subject),
            root: self.instance_id(root),
            led_by,
            above,
            partial,
            nodes: nodes.collect(),
            edges: edges.map(|(cause, effect)| self.edge(cause, *effect)).collect(),
            damage,
            possible,
            skews: self.skews(&walk),
            truncated: (walk.stops().len() - shown.len()) as u64,
            unfollowed: walk.unfollowed() as u64,
        })
    }

    /// A process as people know it: by its user's name, where that is known, and not by a SID.
    pub(super) fn shown_process(&self, id: RowId) -> ProcessInfo {
        let row = self.table.row(id);
        let names = std::iter::once(row.user).chain(row.twin.map(|twin| self.table.row(twin).user));
        let name = names.into_iter().find(|name| !name.is_empty());
        let process = self.describe_process(id);
        match name {
            Some(name) => ProcessInfo { user: Some(self.user_shown(name)), ..process },
            None => process,
        }
    }

    fn node(&self, id: RowId) -> Node {
        let image = self.table.row(id).image().map(|image| self.images.get(image).name);
        let customer = self.counters.customer();
        let counts = image.and_then(|image| customer.of_image(image)).filter(|of| of.all.executions > 0);
        let prevalence = counts.map(|of| {
            let percent = u64::from(of.all.hosts) * 100 / u64::from(customer.hosts().max(1));
            (u8::try_from(percent.min(100)).unwrap_or(100), of.all.executions)
        });
        let command = self.command_line(id).map(|line| {
            let cut = line.floor_char_boundary(COMMAND);
            let more = if cut < line.len() { "..." } else { "" };
            format!("{}{more}", line.get(..cut).unwrap_or_default())
        });
        Node {
            process: self.shown_process(id),
            command_line: command,
            verdict: self.standing_verdict(id),
            prevalence,
            alerts: Vec::new(),
            injected_by: Vec::new(),
            folded: 0,
            confidence: 100,
        }
    }

    pub(super) fn edge(&self, cause: &Cause, effect: RowId) -> Edge {
        let of_fact = |fact: FactId| {
            let fact = self.events.get(fact);
            (self.events.text(fact.source).to_owned(), fact.line)
        };
        let of_start = || {
            let start = self.table.row(effect).start?;
            Some((self.strings.get(start.origin.source).to_owned(), start.origin.line))
        };
        Edge {
            cause: self.instance_id(cause.cause),
            effect: self.instance_id(effect),
            kind: cause.kind,
            confidence: cause.confidence,
            time: cause.time,
            reason: cause.reason.clone(),
            origin: cause.fact.map(of_fact).or_else(of_start),
        }
    }

    /// Alerts by the process that they are about.
    pub(super) fn alerts_by_process(&self) -> Map<RowId, Vec<AlertId>> {
        let mut found: Map<RowId, Vec<AlertId>> = Map::default();
        for id in self.alerts.graph.all_nodes() {
            if let Some(row) = self.alerts.get(id).process.and_then(|process| process.row) {
                found.entry(self.standing(row)).or_default().push(id);
            }
        }
        found
    }
}

/// Which processes are shown: the line down to the subject, then those that were reached first.
fn shown(walk: &Walk, subject: RowId, limit: usize) -> Set<RowId> {
    let line = std::iter::successors(walk.stop_of(subject), |stop| walk.at(stop.from));
    line.chain(walk.stops().iter().copied()).map(|stop| stop.row).fold(Set::default(), |mut shown, row| {
        if shown.len() < limit {
            shown.insert(row);
        }
        shown
    })
}

/// For how many processes that are not shown each one stands that is: the nearest on the way to them does.
fn folded(walk: &Walk, shown: &Set<RowId>) -> Map<RowId, u64> {
    let mut folded: Map<RowId, u64> = Map::default();
    // By place: a stop is reached from one before it.
    let mut nearest: Vec<Option<RowId>> = Vec::with_capacity(walk.stops().len());
    for stop in walk.stops() {
        let standing = if shown.contains(&stop.row) {
            Some(stop.row)
        } else {
            let standing = stop.from.and_then(|from| nearest.get(from).copied().flatten());
            standing.inspect(|&row| *folded.entry(row).or_insert(0) += 1)
        };
        nearest.push(standing);
    }
    folded
}
