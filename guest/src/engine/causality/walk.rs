//! The walk through a chain: from the root down to all that it led to, then back to what led there from outside.
//!
//! What is followed does not depend on what is shown of it: the same subject has the same root, the same damage and
//! as many processes, however many nodes are asked for.

use std::collections::{BTreeMap, VecDeque};

use super::answers::EdgeKind;
use super::asked::Asked;
use super::causes::Cause;
use super::ways::{AFTER_THREAD, Way, Ways};
use crate::engine::events::FactId;
use crate::engine::hashing::{Map, MapEntry, Set};
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;

/// Once so many processes are reached, nothing is followed any more.
const FOLLOWED: usize = 200_000;

/// What a process does so long after a thread began in it may be the thread's, in milliseconds (SPEC section 4).
const THREADS: i64 = 10 * 60 * 1000;

/// In milliseconds.
const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;

/// How a process belongs to a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// With all that it does.
    Member,
    /// Only a thread reached it: what it does after that may belong to the chain.
    Candidate,
    /// Not itself: it only leads here.
    Leads,
}

/// A process on the walk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    pub(super) row: RowId,
    /// By whom it was reached first, which is a stop before this one.
    pub(super) from: Option<usize>,
    pub(super) part: Part,
    /// It is still to be followed.
    is_due: bool,
}

/// Everything that belongs to a chain.
#[derive(Debug, Default)]
pub(super) struct Walk {
    stops: Vec<Stop>,
    places: Map<RowId, usize>,
    due: VecDeque<usize>,
    edges: Edges,
    entered: Map<RowId, Entered>,
    pub(super) asked: Asked,
    facts: Map<RowId, Vec<FactId>>,
    ways: Ways,
}

/// A process that the walk only put threads into.
#[derive(Debug, Default)]
struct Entered {
    /// When each of its injectors began threads in it.
    threads: Map<RowId, Vec<i64>>,
    /// Of its injectors those whose threads were looked at.
    seen: usize,
    /// Its children that no thread was found for yet, in their order.
    children: BTreeMap<(i64, usize), RowId>,
}

/// Who led to whom: each once in one way.
#[derive(Debug, Default)]
struct Edges {
    all: Vec<(Cause, RowId)>,
    places: Map<(RowId, RowId, EdgeKind), usize>,
    /// Who began threads in a process.
    injectors: Map<RowId, Vec<RowId>>,
    /// On the way to the first of the line that a process was started in, as far as edges tell it.
    lines: Map<RowId, RowId>,
}

impl Edges {
    fn has(&self, cause: &Cause, effect: RowId) -> bool {
        self.places.contains_key(&(cause.cause, effect, cause.kind))
    }

    /// Adds an edge, or what is surer of it; not one by which a process would have started itself in the end.
    fn add(&mut self, cause: Cause, effect: RowId) -> bool {
        let key = (cause.cause, effect, cause.kind);
        if let Some(&place) = self.places.get(&key) {
            if let Some((known, _)) = self.all.get_mut(place)
                && known.confidence < cause.confidence
            {
                *known = cause;
            }
            return true;
        }
        if cause.kind == EdgeKind::Started {
            if self.first_of(cause.cause) == effect {
                return false;
            }
            self.lines.insert(effect, cause.cause);
        }
        if cause.kind == EdgeKind::Injected {
            self.injectors.entry(effect).or_default().push(cause.cause);
        }
        self.places.insert(key, self.all.len());
        self.all.push((cause, effect));
        true
    }

    /// The first of a line. Whoever was passed on the way is nearer to it then.
    fn first_of(&mut self, mut id: RowId) -> RowId {
        while let Some(&above) = self.lines.get(&id) {
            if let Some(&next) = self.lines.get(&above) {
                self.lines.insert(id, next);
            }
            id = above;
        }
        id
    }
}

impl Walk {
    /// Its processes, in the order in which they were reached.
    pub(super) fn stops(&self) -> &[Stop] {
        &self.stops
    }

    /// The stop of a process.
    pub(super) fn stop_of(&self, id: RowId) -> Option<Stop> {
        self.at(self.places.get(&id).copied())
    }

    /// A stop by its place.
    pub(super) fn at(&self, place: Option<usize>) -> Option<Stop> {
        self.stops.get(place?).copied()
    }

    /// Processes that belong to it, each as what.
    pub(super) fn members(&self) -> impl Iterator<Item = (RowId, Part)> + '_ {
        self.stops.iter().filter(|stop| stop.part != Part::Leads).map(|stop| (stop.row, stop.part))
    }

    /// How surely a process belongs to it.
    pub(super) fn way_to(&self, id: RowId) -> Way {
        self.ways.get(&id).copied().unwrap_or(Way::SURE)
    }

    /// What led to whom.
    pub(super) fn edges(&self) -> impl Iterator<Item = &(Cause, RowId)> {
        self.edges.all.iter()
    }

    /// Who began threads in a process: in one that is a candidate only members of the walk.
    pub(super) fn injectors_of(&self, id: RowId) -> &[RowId] {
        self.edges.injectors.get(&id).map_or(&[], Vec::as_slice)
    }

    /// How many were reached and not followed.
    pub(super) fn unfollowed(&self) -> usize {
        self.due.len()
    }

    fn reach(&mut self, row: RowId, from: Option<usize>, part: Part) {
        let next = self.stops.len();
        let place = match self.places.entry(row) {
            MapEntry::Vacant(place) => {
                place.insert(next);
                self.stops.push(Stop { row, from, part, is_due: false });
                next
            }
            MapEntry::Occupied(place) => *place.get(),
        };
        let Some(stop) = self.stops.get_mut(place) else { return };
        // Who is reached in another way than by a thread as well belongs to the chain with all that it does.
        let is_more = stop.part == Part::Candidate && part == Part::Member;
        if is_more {
            stop.part = part;
        }
        // Each thread of a member lets more of a candidate belong to it.
        let is_again = stop.part == Part::Candidate && part == Part::Candidate;
        if (is_more || is_again || place == next) && part != Part::Leads && !stop.is_due {
            stop.is_due = true;
            self.due.push_back(place);
        }
    }

    fn lead(&mut self, cause: Cause, effect: RowId, from: usize, part: Part) {
        if self.edges.add(cause, effect) {
            self.reach(effect, Some(from), part);
        }
    }
}

impl State {
    /// The topmost process of its causality group that is held, and whether no spawner is above it.
    pub(super) fn root_of(&self, id: RowId) -> (RowId, bool) {
        let lineage = self.lineage(id);
        let Some(owner) = lineage.owner else { return (id, false) };
        let above = lineage.ancestors.iter().take(owner).map_while(|above| match above {
            Above::Row(row) => Some(*row),
            _ => None,
        });
        (above.last().unwrap_or(id), lineage.partial)
    }

    /// Everything that belongs to the chain of a process.
    pub(super) fn walk(&self, subject: RowId) -> Walk {
        let mut walk = Walk::default();
        let (root, _) = self.root_of(subject);
        walk.reach(root, None, Part::Member);
        while walk.stops.len() < FOLLOWED
            && let Some(place) = walk.due.pop_front()
        {
            self.follow(&mut walk, place);
        }
        self.look_back(&mut walk);
        walk.ways = self.ways(&walk, subject, root);
        walk
    }

    /// What a process did, in the order of time.
    pub(super) fn facts_on(&self, walk: &Walk, id: RowId) -> Vec<FactId> {
        walk.facts.get(&id).cloned().unwrap_or_else(|| self.facts_of(id))
    }

    /// Adds what a process led to.
    fn follow(&self, walk: &mut Walk, place: usize) {
        let Some(stop) = walk.stops.get_mut(place) else { return };
        stop.is_due = false;
        let (id, part) = (stop.row, stop.part);
        // What only may be the thread's is not followed any further than that.
        if part != Part::Member {
            return self.follow_threads(walk, id, place);
        }
        for child in self.children_of(id) {
            walk.lead(self.start_of(id, child), child, place, Part::Member);
        }
        let facts = self.facts_of(id);
        for (cause, effect) in self.led_by(id, &facts, &mut walk.asked) {
            let part = if cause.kind == EdgeKind::Injected { Part::Candidate } else { Part::Member };
            walk.lead(cause, effect, place, part);
        }
        walk.facts.insert(id, facts);
    }

    /// Adds what a process started soon after members of the walk began threads in it. Whoever else did so has a
    /// chain of his own.
    fn follow_threads(&self, walk: &mut Walk, id: RowId, place: usize) {
        let mut entered = walk.entered.remove(&id).unwrap_or_else(|| self.entered(id));
        let injectors = walk.injectors_of(id);
        let new = injectors.get(entered.seen..).unwrap_or_default();
        let threads = new.iter().filter_map(|injector| entered.threads.get(injector)).flatten();
        let mut after: Vec<((i64, usize), RowId)> = Vec::new();
        for &from in threads {
            let window = (from, 0)..=(from.saturating_add(THREADS), usize::MAX);
            after.extend(entered.children.extract_if(window, |_, _| true));
        }
        entered.seen = injectors.len();
        after.sort_unstable();
        for (_, child) in after {
            let reason = "started by it after a thread began in it; candidate: thread unknown".to_owned();
            let cause = Cause { confidence: AFTER_THREAD, reason, ..self.start_of(id, child) };
            walk.lead(cause, child, place, Part::Member);
        }
        walk.entered.insert(id, entered);
    }

    fn entered(&self, id: RowId) -> Entered {
        let children = self.children_of(id).into_iter().enumerate();
        let children = children.map(|(place, child)| ((self.table.row(child).since(), place), child));
        let mut threads: Map<RowId, Vec<i64>> = Map::default();
        for fact in self.threads_in(id) {
            let fact = self.events.get(fact);
            if let Some(injector) = self.actor_of(fact) {
                threads.entry(injector).or_default().push(fact.told.time);
            }
        }
        Entered { threads, seen: 0, children: children.collect() }
    }

    /// When the threads began to which what a process of the walk did may belong, in order: in a member those of all
    /// others, in a candidate those of members.
    pub(super) fn threads_on(&self, walk: &Walk, id: RowId, part: Part) -> Vec<i64> {
        let injectors: Set<RowId> = walk.injectors_of(id).iter().copied().collect();
        let threads = self.threads_in(id).into_iter().map(|fact| self.events.get(fact));
        let counted = threads.filter(|fact| match self.actor_of(fact) {
            Some(actor) if part == Part::Candidate => injectors.contains(&actor),
            actor => part == Part::Member && actor != Some(id),
        });
        counted.map(|fact| fact.told.time).collect()
    }

    /// Adds what led to the processes of the walk from outside, with the line of each up to its owner.
    fn look_back(&self, walk: &mut Walk) {
        // What led to a process that a thread reached is its own story.
        let members = walk.stops.iter().filter(|stop| stop.part == Part::Member && !stop.is_due);
        let members: Vec<RowId> = members.map(|stop| stop.row).collect();
        let mut lines: Set<RowId> = Set::default();
        for id in members {
            for cause in self.led_to(id, &mut walk.asked) {
                if !walk.edges.has(&cause, id) {
                    let outside = cause.cause;
                    walk.edges.add(cause, id);
                    self.add_line(walk, outside, &mut lines);
                }
            }
        }
    }

    /// Who is named as the parent started it. A process id alone names who had it last as far as is known, and the
    /// longer ago he got it, the likelier another has it since of whom no record tells.
    pub(super) fn start_of(&self, parent: RowId, child: RowId) -> Cause {
        let apart = self.known_by_pid_alone(parent, child).filter(|&apart| apart > HOUR);
        let (confidence, reason) = match apart {
            None => (100, "started by it".to_owned()),
            Some(apart) => {
                let tells_ends = self.ends.are_told_of(self.table.row(child).label);
                let confidence = match apart {
                    // Who is not known to have ended, where ends are told, is likely to be there.
                    _ if tells_ends || apart <= DAY => 90,
                    _ if apart <= 7 * DAY => 70,
                    _ => 50,
                };
                let long = if apart < 2 * DAY {
                    format!("{} h", apart / HOUR)
                } else {
                    format!("{} d", apart / DAY)
                };
                (confidence, format!("named by process id alone, which it got {long} before"))
            }
        };
        let (kind, time) = (EdgeKind::Started, Some(self.table.row(child).since()));
        Cause { cause: parent, kind, confidence, time, reason, fact: None }
    }

    /// Adds the line of a process up to its owner, each once.
    fn add_line(&self, walk: &mut Walk, mut above: RowId, lines: &mut Set<RowId>) {
        let (owner, _) = self.root_of(above);
        walk.reach(above, None, Part::Leads);
        while above != owner && lines.insert(above) {
            let Above::Row(parent) = self.above(above) else { break };
            let cause = self.start_of(parent, above);
            if !walk.edges.has(&cause, above) {
                walk.edges.add(cause, above);
            }
            walk.reach(parent, None, Part::Leads);
            above = parent;
        }
    }
}

/// Whether something happened so soon after one of several threads began that it may be the thread's. The threads
/// are in order.
pub(super) fn is_after(threads: &[i64], time: i64) -> bool {
    let begun = threads.partition_point(|&from| from <= time);
    begun.checked_sub(1).and_then(|last| threads.get(last)).is_some_and(|from| time - from <= THREADS)
}
