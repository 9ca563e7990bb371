//! The chain of a process: up to the owner of its causality group, down through all that this led to.
//!
//! [`Walk`] collects processes and edges by number; what is shown of them is written only of those that are shown.

use super::answers::{Chain, Edge, EdgeKind, Node, NodeVerdict, Skew};
use super::causes::Cause;
use crate::engine::answers::ProcessInfo;
use crate::engine::events::{FactId, FactKind};
use crate::engine::hashing::Map;
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::error::Error;

/// So many nodes are shown where nothing else is asked, and at most.
const SHOWN: usize = 1_000;
const MOST: usize = 10_000;

/// So many processes are followed.
const FOLLOWED: usize = 200_000;

/// What a process does so long after a thread began in it may be the thread's, in milliseconds (SPEC section 4).
pub(super) const AFTER_THREAD: i64 = 10 * 60 * 1000;

/// A command line is shown up to so many bytes.
const COMMAND: usize = 1_024;

/// A process on the walk.
#[derive(Debug, Clone, Copy)]
struct Stop {
    row: RowId,
    /// By whom it was reached.
    from: Option<usize>,
    /// Since when what it does belongs to the chain; `None` where all does.
    candidate_since: Option<i64>,
    /// What it did is not followed: it only leads here.
    leads: bool,
}

/// Everything that belongs to a chain.
#[derive(Debug, Default)]
pub(super) struct Walk {
    stops: Vec<Stop>,
    places: Map<RowId, usize>,
    edges: Vec<(Cause, RowId)>,
    /// What led to processes that were asked about: many may be the causes of one.
    asked: Map<RowId, Vec<Cause>>,
}

impl Walk {
    /// Its processes and since when what they do may belong to it: `None` for all.
    pub(super) fn members(&self) -> impl Iterator<Item = (RowId, Option<i64>)> + '_ {
        self.stops.iter().filter(|stop| !stop.leads).map(|stop| (stop.row, stop.candidate_since))
    }

    fn add(&mut self, stop: Stop) -> bool {
        let next = self.stops.len();
        match self.places.get(&stop.row) {
            None => {
                self.places.insert(stop.row, next);
                self.stops.push(stop);
                true
            }
            Some(&place) => {
                // Who is reached in another way as well belongs to the chain with all that it does.
                if let Some(known) = self.stops.get_mut(place)
                    && !known.leads
                    && known.candidate_since.is_some()
                    && stop.candidate_since.is_none()
                    && !stop.leads
                {
                    known.candidate_since = None;
                    known.from = stop.from;
                }
                false
            }
        }
    }
}

impl State {
    /// The process that is asked for: by its id, or by an alert's.
    pub(super) fn subject(&self, subject: &str) -> Result<RowId, Error> {
        if let Some(alert) = self.alerts.find(subject) {
            let row = self.alerts.get(alert).process.and_then(|process| process.row);
            return match row {
                Some(row) => Ok(self.standing(row)),
                None => Err(Error::not_found("process of alert", subject)),
            };
        }
        self.resolve(subject).ok_or_else(|| Error::not_found("process or alert", subject))
    }

    /// The topmost process of its causality group that is held, what is above it, and whether no spawner is.
    fn root_of(&self, id: RowId) -> (RowId, bool) {
        let lineage = self.lineage(id);
        let Some(owner) = lineage.owner else { return (id, false) };
        let above = lineage.ancestors.iter().take(owner).map_while(|above| match above {
            Above::Row(row) => Some(*row),
            _ => None,
        });
        (above.last().unwrap_or(id), lineage.partial)
    }

    /// Everything that belongs to the chain of a process.
    pub(super) fn walk(&self, subject: RowId, follow: usize) -> Walk {
        let mut walk = Walk::default();
        let (root, _) = self.root_of(subject);
        walk.add(Stop { row: root, from: None, candidate_since: None, leads: false });
        let mut at = 0;
        while let Some(&stop) = walk.stops.get(at) {
            if walk.stops.len() < FOLLOWED && !stop.leads {
                self.follow(&mut walk, at, stop, at < follow);
            }
            at += 1;
        }
        self.look_back(&mut walk, follow);
        walk
    }

    /// Adds what a process led to.
    fn follow(&self, walk: &mut Walk, at: usize, stop: Stop, closely: bool) {
        let id = stop.row;
        let threads = if stop.candidate_since.is_some() { self.times_of_threads(id) } else { Vec::new() };
        for child in self.children_of(id) {
            let since = self.table.row(child).since();
            let (confidence, reason) = match stop.candidate_since {
                None => (100, "started by it".to_owned()),
                Some(_) if threads.iter().any(|&from| (from..=from + AFTER_THREAD).contains(&since)) => {
                    (50, "started by it after a thread began in it; candidate: thread unknown".to_owned())
                }
                Some(_) => continue,
            };
            let cause = Cause {
                cause: id,
                kind: EdgeKind::Started,
                confidence,
                time: Some(since),
                reason,
                fact: None,
            };
            walk.edges.push((cause, child));
            walk.add(Stop { row: child, from: Some(at), candidate_since: None, leads: false });
        }
        // What only may be the thread's is not followed any further than that.
        if !closely || stop.candidate_since.is_some() {
            return;
        }
        let mut effects: Vec<RowId> = Vec::new();
        for fact in self.facts_of(id) {
            self.effects_of(fact, &mut effects);
        }
        let (since, label) = (self.table.row(id).since(), self.table.row(id).label);
        if self.command_line(id).is_some() {
            let asked = self.events.brokered(label, since, since + crate::engine::events::SPAN);
            effects.extend(asked.filter_map(|start| self.events.get(start).told.row));
        }
        let mut effects: Vec<RowId> = effects.into_iter().map(|row| self.standing(row)).collect();
        self.sort_rows(&mut effects);
        effects.dedup();
        for effect in effects.into_iter().filter(|&effect| effect != id) {
            let causes = walk.asked.entry(effect).or_insert_with(|| self.causes_of(effect));
            let its: Vec<Cause> = causes.iter().filter(|cause| cause.cause == id).cloned().collect();
            for cause in its {
                let candidate_since = if cause.kind == EdgeKind::Injected { cause.time } else { None };
                walk.edges.push((cause, effect));
                walk.add(Stop { row: effect, from: Some(at), candidate_since, leads: false });
            }
        }
    }

    /// Processes that a fact may have led to; [`Self::causes_of`] knows whether.
    fn effects_of(&self, fact: FactId, effects: &mut Vec<RowId>) {
        let told = &self.events.get(fact).told;
        match told.kind {
            FactKind::Thread => effects.extend(told.other),
            FactKind::FileCreate | FactKind::FileWrite | FactKind::FileRename => {
                let path = crate::engine::events::whole(self.events.text(told.text(0)));
                let starts = self.events.by_text(crate::engine::events::Attribute::FilePath, &path);
                effects.extend(
                    starts
                        .map(|start| self.events.get(start).told)
                        .filter(|start| start.kind == FactKind::Start && start.time >= told.time)
                        .filter_map(|start| start.row),
                );
            }
            FactKind::Network => effects.extend(self.remote_effects(fact)),
            _ => {}
        }
    }

    /// Adds what led to the processes of the walk from outside, with the line of each up to its owner.
    fn look_back(&self, walk: &mut Walk, follow: usize) {
        let known: Vec<Stop> = walk.stops.iter().take(follow).copied().collect();
        for stop in known {
            // What led to a process that a thread reached is its own story.
            if stop.leads || stop.candidate_since.is_some() {
                continue;
            }
            for cause in self.causes_of(stop.row) {
                if walk.places.contains_key(&cause.cause)
                    && walk.edges.iter().any(|(edge, effect)| {
                        *effect == stop.row && edge.cause == cause.cause && edge.kind == cause.kind
                    })
                {
                    continue;
                }
                let mut above = cause.cause;
                walk.edges.push((cause, stop.row));
                let (owner, _) = self.root_of(above);
                walk.add(Stop { row: above, from: None, candidate_since: None, leads: true });
                while above != owner {
                    let Above::Row(parent) = self.above(above) else { break };
                    let time = Some(self.table.row(above).since());
                    let reason = "started by it".to_owned();
                    let kind = EdgeKind::Started;
                    let is_known = walk.places.contains_key(&parent) && walk.places.contains_key(&above);
                    let started = Cause { cause: parent, kind, confidence: 100, time, reason, fact: None };
                    if !is_known
                        || !walk.edges.iter().any(|(edge, effect)| {
                            *effect == above && edge.cause == parent && edge.kind == kind
                        })
                    {
                        walk.edges.push((started, above));
                    }
                    walk.add(Stop { row: parent, from: None, candidate_since: None, leads: true });
                    above = parent;
                }
            }
        }
    }

    /// The chain through a process or an alert, of at most so many nodes.
    pub(in crate::engine) fn chain(&mut self, subject: &str, limit: u32) -> Result<Chain, Error> {
        self.index_events();
        let subject = self.subject(subject)?;
        let limit = if limit == 0 { SHOWN } else { (limit as usize).min(MOST) };
        let walk = self.walk(subject, limit);
        let shown = self.shown(&walk, subject, limit);
        let (root, partial) = self.root_of(subject);
        let above = match self.above(root) {
            Above::Row(row) => Some(self.describe_process(row)),
            named @ Above::Name(_) => Some(self.describe_name(root, named)),
            Above::Reused | Above::Nobody => None,
        };
        let alerts = self.alerts_by_process();
        let mut folded: Map<RowId, u64> = Map::default();
        for stop in walk.stops.iter().filter(|stop| !shown.contains_key(&stop.row)) {
            let mut at = stop.from;
            while let Some(of) = at.and_then(|place| walk.stops.get(place)) {
                if shown.contains_key(&of.row) {
                    *folded.entry(of.row).or_insert(0) += 1;
                    break;
                }
                at = of.from;
            }
        }
        let mut nodes = Vec::with_capacity(shown.len());
        for stop in walk.stops.iter().filter(|stop| shown.contains_key(&stop.row)) {
            let injected = walk
                .edges
                .iter()
                .filter(|(edge, effect)| edge.kind == EdgeKind::Injected && *effect == stop.row);
            let mut injected_by: Vec<String> =
                injected.map(|(edge, _)| self.instance_id(edge.cause)).collect();
            injected_by.sort_unstable();
            injected_by.dedup();
            nodes.push(Node {
                alerts: alerts.get(&stop.row).cloned().unwrap_or_default(),
                injected_by,
                folded: folded.get(&stop.row).copied().unwrap_or(0),
                ..self.node(stop.row)
            });
        }
        let edges = walk
            .edges
            .iter()
            .filter(|(edge, effect)| shown.contains_key(&edge.cause) && shown.contains_key(effect));
        let edges: Vec<Edge> = edges.map(|(cause, effect)| self.edge(cause, *effect)).collect();
        Ok(Chain {
            subject: self.instance_id(subject),
            root: self.instance_id(root),
            above,
            partial,
            nodes,
            edges,
            damage: self.damage(&walk),
            skews: self.skews(&walk),
            truncated: (walk.stops.len() - shown.len()) as u64,
        })
    }

    /// Which processes are shown: the line down to the subject, then those that were reached first.
    fn shown(&self, walk: &Walk, subject: RowId, limit: usize) -> Map<RowId, ()> {
        let mut shown: Map<RowId, ()> = Map::default();
        let mut at = walk.places.get(&subject).copied();
        while let Some(stop) = at.and_then(|place| walk.stops.get(place)) {
            if shown.len() >= limit {
                break;
            }
            shown.insert(stop.row, ());
            at = stop.from;
        }
        for stop in &walk.stops {
            if shown.len() >= limit {
                break;
            }
            shown.insert(stop.row, ());
        }
        shown
    }

    /// A process as people know it: by its user's name, where that is known, and not by a SID.
    pub(super) fn shown_process(&self, id: RowId) -> ProcessInfo {
        let row = self.table.row(id);
        let names = std::iter::once(row.user).chain(row.twin.map(|twin| self.table.row(twin).user));
        let name = names.into_iter().find(|name| !name.is_empty());
        let process = self.describe_process(id);
        match name {
            Some(name) => ProcessInfo { user: Some(self.strings.get(name).to_owned()), ..process },
            None => process,
        }
    }

    fn node(&self, id: RowId) -> Node {
        let verdict = self.judge(id, None, None);
        let start = self.table.row(id).start;
        // Command lines are not at hand when it is judged anew: what was found with them stands.
        let (outcome, reason) = start.map_or((verdict.outcome, verdict.reason), |start| start.verdict);
        let again = (verdict.outcome, verdict.reason) == (outcome, reason);
        let verdict = NodeVerdict {
            outcome,
            reason: reason.map(crate::engine::hierarchy::Reason::as_str),
            observed: verdict.observed.filter(|_| again).map(str::to_owned),
            expected: if again { verdict.expected.to_vec() } else { Vec::new() },
            source: verdict.source.filter(|_| again).map(str::to_owned),
        };
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
            verdict,
            prevalence,
            alerts: Vec::new(),
            injected_by: Vec::new(),
            folded: 0,
        }
    }

    fn edge(&self, cause: &Cause, effect: RowId) -> Edge {
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

    /// The clocks of hosts that edges lead across.
    fn skews(&self, walk: &Walk) -> Vec<Skew> {
        let mut pairs: Vec<(String, Skew)> = Vec::new();
        for (cause, effect) in walk.edges.iter().filter(|(cause, _)| cause.kind == EdgeKind::Connected) {
            let (from, to) = (self.table.row(cause.cause).host, self.table.row(*effect).host);
            let name = format!("{}\n{}", self.hosts.display(to), self.hosts.display(from));
            if !pairs.iter().any(|(known, _)| *known == name)
                && let Some(skew) = self.skew(to, from)
            {
                pairs.push((name, skew));
            }
        }
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs.into_iter().map(|(_, skew)| skew).collect()
    }

    /// Alerts by the process that they are about.
    fn alerts_by_process(&self) -> Map<RowId, Vec<String>> {
        let mut found: Map<RowId, Vec<String>> = Map::default();
        for id in self.alerts.graph.all_nodes() {
            let held = self.alerts.get(id);
            if let Some(row) = held.process.and_then(|process| process.row) {
                found.entry(self.standing(row)).or_default().push(format!("A{}", held.number));
            }
        }
        found
    }
}
