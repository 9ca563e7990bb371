//! What happened in a chain, in the order of time.

use super::answers::{EdgeKind, Step};
use super::found::{Found, Timed};
use super::query::Kept;
use super::walk::{Part, Walk, is_after};
use super::ways::Way;
use crate::engine::alerts::AlertId;
use crate::engine::events::{Direction, Fact, FactId, FactKind};
use crate::engine::hashing::Set;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::error::Error;

/// Something that happened, before it is described.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    time: i64,
    row: RowId,
    what: What,
    /// How surely its process belongs to the chain.
    way: Way,
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// It may be the doing of a thread that another process began.
    Fact {
        id: FactId,
        is_candidate: bool,
    },
    /// A start or an end of which no record was kept.
    Start,
    End,
    Alert(AlertId),
}

impl Timed for Moment {
    fn time(&self) -> i64 {
        self.time
    }
}

impl State {
    /// What happened in a chain, in the order of time.
    pub(in crate::engine) fn timeline(
        &mut self,
        subject: &str,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<Step>, Error> {
        self.index_events();
        let subject = self.subject(subject)?;
        let kept = std::mem::take(&mut self.shelf.kept);
        let mut found = match kept {
            Kept::Moments(of, found) if of == subject => found,
            _ => Found::new(self.moments(&self.walk(subject))),
        };
        let page = found.page(offset, limit, |moment| {
            let step = self.step(moment);
            (step.process, step.kind, step.what, step.origin)
        });
        let steps = page.iter().map(|moment| self.step(moment)).collect();
        self.shelf.kept = Kept::Moments(subject, found);
        Ok(steps)
    }

    fn moments(&self, walk: &Walk) -> Vec<Moment> {
        let mut moments = Vec::new();
        let alerts = self.alerts_by_process();
        for (row, part) in walk.members() {
            let (threads, way) = (self.threads_on(walk, row, part), walk.way_to(row));
            let facts = self.facts_on(walk, row);
            let end = self.end_fact(row, &facts);
            let mut started = false;
            for id in facts {
                let told = &self.events.get(id).told;
                // Of two records of a start one stands for both: the other's clock may be another one.
                if told.kind == FactKind::Start
                    && told.row.is_some_and(|row| self.table.row(row).is_absorbed())
                {
                    continue;
                }
                if told.kind == FactKind::End && Some(id) != end {
                    continue;
                }
                let is_thread = is_after(&threads, told.time);
                if part == Part::Member || is_thread {
                    started |= told.kind == FactKind::Start;
                    let is_candidate = told.kind != FactKind::Start && is_thread;
                    moments.push(Moment { time: told.time, row, what: What::Fact { id, is_candidate }, way });
                }
            }
            if part == Part::Member {
                let process = self.table.row(row);
                let start = process.start.filter(|_| !started).map(|start| (start.at, What::Start));
                let end = self.ended(row).filter(|_| end.is_none()).map(|end| (end, What::End));
                moments.extend(start.into_iter().chain(end).map(|(time, what)| Moment {
                    time,
                    row,
                    what,
                    way,
                }));
            }
            moments.extend(alerts.get(&row).into_iter().flatten().map(|&alert| {
                let time = self.alerts.graph.node(alert).time;
                Moment { time, row, what: What::Alert(alert), way }
            }));
        }
        moments.extend(self.led_here(walk));
        moments
    }

    /// By what processes that only lead here did so: threads, files, connections.
    fn led_here(&self, walk: &Walk) -> Vec<Moment> {
        let leads = |row| walk.stop_of(row).is_some_and(|stop| stop.part == Part::Leads);
        let mut known: Set<FactId> = Set::default();
        let mut entered: Set<RowId> = Set::default();
        let mut moments = Vec::new();
        let mut tell = |id: FactId, row: RowId| {
            if known.insert(id) {
                let (what, time) = (What::Fact { id, is_candidate: false }, self.events.get(id).told.time);
                moments.push(Moment { time, row, what, way: Way::SURE });
            }
        };
        for (cause, effect) in walk.edges().filter(|(cause, _)| leads(cause.cause)) {
            if let Some(id) = cause.fact.filter(|&id| self.actor_of(self.events.get(id)) == Some(cause.cause))
            {
                tell(id, cause.cause);
            }
            // An edge stands for the first thread of all: those of one target are gone through once.
            if cause.kind == EdgeKind::Injected && entered.insert(*effect) {
                let injectors: Set<RowId> = walk.injectors_of(*effect).iter().copied().collect();
                for id in self.threads_in(*effect) {
                    let actor = self.actor_of(self.events.get(id));
                    if let Some(row) = actor.filter(|row| leads(*row) && injectors.contains(row)) {
                        tell(id, row);
                    }
                }
            }
        }
        moments
    }

    /// Of the records of a process's end the one that stands.
    fn end_fact(&self, row: RowId, facts: &[FactId]) -> Option<FactId> {
        let ended = self.ended(row);
        let told = facts.iter().map(|&id| (id, self.events.get(id)));
        let ends = told.filter(|(_, fact)| {
            fact.told.kind == FactKind::End && ended.is_none_or(|ended| ended == fact.told.time)
        });
        let first = ends.min_by_key(|(_, fact)| {
            // The sensor's own id is surer than a process id.
            (fact.told.time, fact.told.row.is_none(), self.events.text(fact.source), fact.line)
        });
        first.map(|(id, _)| id)
    }

    fn step(&self, moment: &Moment) -> Step {
        let row = self.table.row(moment.row);
        let path = || row.image().map_or("", |image| self.images.path(image)).to_owned();
        let (kind, what, origin) = match moment.what {
            What::Fact { id, .. } => {
                let fact = self.events.get(id);
                let origin = (self.events.text(fact.source).to_owned(), fact.line);
                (fact.told.kind.as_str(), self.words_of(fact), Some(origin))
            }
            What::Start => {
                let origin = row.start.map(|start| start.origin);
                let origin = origin.map(|origin| (self.strings.get(origin.source).to_owned(), origin.line));
                (FactKind::Start.as_str(), path(), origin)
            }
            What::End => (FactKind::End.as_str(), path(), None),
            What::Alert(id) => {
                let (held, texts) = (self.alerts.get(id), &self.alerts.texts);
                let what = format!("A{} {}", held.number, texts.get(held.alert_type));
                ("alert", what, Some((texts.get(held.origin.0).to_owned(), held.origin.1)))
            }
        };
        let is_candidate = matches!(moment.what, What::Fact { is_candidate: true, .. });
        let thread = is_candidate.then(|| "thread unknown".to_owned());
        let edge = moment.way.weakest.map(|kind| format!("{} {} %", kind.as_str(), moment.way.confidence));
        let why: Vec<String> = thread.into_iter().chain(edge).collect();
        Step {
            time: moment.time,
            process: self.instance_id(moment.row),
            kind,
            what,
            candidate: (!why.is_empty()).then(|| why.join(", ")),
            origin,
        }
    }

    /// What a fact tells, for people.
    fn words_of(&self, fact: &Fact) -> String {
        let told = &fact.told;
        let text = |place| self.events.text(told.text(place));
        let path = || {
            let image = told.row.and_then(|row| self.table.row(self.standing(row)).image());
            image.map_or("", |image| self.images.path(image)).to_owned()
        };
        let and = |text: &str| if text.is_empty() { String::new() } else { format!(" ({text})") };
        match told.kind {
            FactKind::Start if text(0).is_empty() => path(),
            FactKind::End if told.image == Sym::EMPTY => path(),
            FactKind::Network => {
                let [local, remote] = told.ports;
                let way = match told.direction {
                    Direction::Outgoing => "to",
                    Direction::Incoming => "from",
                    Direction::Failed => "failed, to",
                    Direction::Unknown => "with",
                };
                format!("{way} {} port {remote}{}, local port {local}", text(0), and(text(2)))
            }
            FactKind::Thread => {
                let target = self.target_of(fact).map(|row| self.instance_id(row));
                let target = target.unwrap_or_else(|| format!("process {}", text(2)));
                format!("thread {} in {target}{}", told.number, and(text(0)))
            }
            FactKind::Logon => format!("{} type {} from {}", text(1), told.number, text(2)),
            FactKind::FileRename => format!("{} to {}", text(1), text(0)),
            kind if kind.is_registry() || kind == FactKind::Lookup => format!("{}{}", text(0), and(text(1))),
            FactKind::Service | FactKind::Task | FactKind::Credentials => {
                format!("{}{}", text(0), and(text(1)))
            }
            FactKind::End => self.events.text(told.image).to_owned(),
            _ => text(0).to_owned(),
        }
    }
}
