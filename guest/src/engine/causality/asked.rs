//! Looking forward: what may have followed from what a process did.
//!
//! The rules look from the effect back. So whatever may have followed is asked once what led to it, and kept by its
//! causes: what a process led to is then found without asking again, however many may have.

use std::collections::{BTreeMap, BTreeSet};

use super::causes::Cause;
use super::memo::Memo;
use super::remote::SOON;
use super::sessions::SYSTEM;
use crate::engine::events::{Attribute, Direction, FactId, FactKind, SPAN, Told, spans, whole};
use crate::engine::hashing::{Keyed, Map, Set, keyed};
use crate::engine::hosts::{HostId, LabelId};
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::text::command::programs;
use crate::text::path::fold;

/// Starts of a path by host, in the order of time: those of which nobody has asked yet.
type Starts = BTreeMap<HostId, Vec<(i64, RowId)>>;

/// Whom a walk has asked what led to him.
#[derive(Debug, Default)]
pub(super) struct Asked {
    memo: Memo,
    /// What led to whom.
    causes: Vec<(Cause, RowId)>,
    of_effect: Map<RowId, Vec<usize>>,
    of_cause: Map<RowId, Vec<usize>>,
    starts: BTreeMap<Keyed, Starts>,
    clients: BTreeSet<String>,
    sessions: BTreeSet<String>,
    /// Where all were asked that a broker started, and all that a connection may have led to.
    brokered: BTreeSet<(LabelId, i64)>,
    /// Of which programs all that a host's brokers started.
    ordered: BTreeSet<(HostId, String)>,
    remote: BTreeSet<(LabelId, i64)>,
}

impl Asked {
    fn listed<'a>(&'a self, places: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a (Cause, RowId)> {
        places.into_iter().flatten().filter_map(|&place| self.causes.get(place))
    }
}

impl State {
    /// What led to a process besides its parent.
    pub(super) fn led_to(&self, id: RowId, asked: &mut Asked) -> Vec<Cause> {
        self.ask(id, asked);
        asked.listed(asked.of_effect.get(&id)).map(|(cause, _)| cause.clone()).collect()
    }

    /// What a process led to besides its children, by start.
    pub(super) fn led_by(&self, id: RowId, facts: &[FactId], asked: &mut Asked) -> Vec<(Cause, RowId)> {
        let mut written: Set<(HostId, Sym)> = Set::default();
        for &fact in facts {
            let told = &self.events.get(fact).told;
            match told.kind {
                FactKind::Thread => {
                    let target = self.target_of(self.events.get(fact));
                    target.into_iter().for_each(|row| self.ask(row, asked));
                }
                // Of what it wrote more than once the first time lets most follow.
                kind if kind.is_write() && written.insert((told.host, told.text(0))) => {
                    self.ask_who_runs(told, asked);
                }
                FactKind::Network if told.direction == Direction::Outgoing => {
                    self.ask_who_was_reached(fact, asked);
                }
                _ => {}
            }
        }
        self.ask_who_was_ordered(id, asked);
        if self.command_line(id).is_some() {
            let row = self.table.row(id);
            for span in spans(row.since(), row.since() + SPAN) {
                if asked.brokered.insert((row.label, span)) {
                    let starts = self.events.brokered(row.label, span);
                    starts
                        .filter_map(|fact| self.events.get(fact).told.row)
                        .for_each(|row| self.ask(row, asked));
                }
            }
        }
        let effects = asked.listed(asked.of_cause.get(&id)).filter(|(_, effect)| *effect != id);
        let mut effects: Vec<(Cause, RowId)> = effects.cloned().collect();
        effects.sort_by_cached_key(|(_, effect)| (self.table.row(*effect).since(), self.sort_key(*effect)));
        effects
    }

    fn ask(&self, row: RowId, asked: &mut Asked) {
        let id = self.standing(row);
        if asked.of_effect.contains_key(&id) {
            return;
        }
        let causes = self.causes_of(id, &mut asked.memo);
        let from = asked.causes.len();
        asked.of_effect.insert(id, (from..from + causes.len()).collect());
        for (place, cause) in (from..).zip(causes) {
            asked.of_cause.entry(cause.cause).or_default().push(place);
            asked.causes.push((cause, id));
        }
    }

    /// Asks those whose file was written before they started.
    fn ask_who_runs(&self, told: &Told, asked: &mut Asked) {
        let path = keyed(whole(self.events.text(told.text(0))));
        let starts = asked.starts.entry(path).or_insert_with_key(|(_, path)| self.starts_of_path(path));
        let Some(starts) = starts.get_mut(&self.hosts.canonical(told.host)) else { return };
        let later = starts.split_off(starts.partition_point(|&(time, _)| time < told.time));
        later.into_iter().for_each(|(_, row)| self.ask(row, asked));
    }

    /// Asks those that the system was asked for by the process, by record, or by somebody soon after it started.
    fn ask_who_was_ordered(&self, id: RowId, asked: &mut Asked) {
        let row = self.table.row(id);
        if !self.events.has_orders(row.label) {
            return;
        }
        let mut orders: Vec<FactId> = Vec::new();
        if let Some(pid) = self.records_of(id).find_map(|of| self.table.row(of).pid) {
            let all = self.events.of_pid(row.label, pid);
            let is_order = |&fact: &FactId| {
                matches!(self.events.get(fact).told.kind, FactKind::Service | FactKind::Task)
            };
            orders.extend(all.filter(is_order));
            orders.retain(|&fact| self.customer_of(fact, &mut asked.memo) == Some(id));
        }
        if let Some(line) = self.command_line(id) {
            let line = fold(line);
            let since = self.logged(id).at;
            for span in spans(since - SOON, since + SPAN + SOON) {
                let all = self.events.orders(row.label, span);
                orders.extend(all.filter(|&fact| {
                    let told = &self.events.get(fact).told;
                    let text = self.events.text(told.text(1));
                    let is_named = || programs(text).iter().any(|program| line.contains(&program.name));
                    told.pid == 0 && (is_named() || line.contains(&*fold(text)))
                }));
            }
        }
        let host = self.hosts.canonical(row.host);
        for fact in orders {
            for program in programs(self.events.text(self.events.get(fact).told.text(1))) {
                if asked.ordered.contains(&(host, program.name.clone())) {
                    continue;
                }
                let starts = self.events.by_text_on(row.label, Attribute::Brokered, &program.name);
                starts.filter_map(|fact| self.events.get(fact).told.row).for_each(|row| self.ask(row, asked));
                asked.ordered.insert((host, program.name));
            }
        }
    }

    fn starts_of_path(&self, path: &str) -> Starts {
        let mut starts = Starts::default();
        for fact in self.events.by_text(Attribute::FilePath, path) {
            let told = &self.events.get(fact).told;
            if let Some(row) = told.row.filter(|_| told.kind == FactKind::Start) {
                starts.entry(self.hosts.canonical(told.host)).or_default().push((told.time, row));
            }
        }
        starts.values_mut().for_each(|starts| starts.sort_unstable());
        starts
    }

    /// Asks those on other hosts that a connection may have led to.
    fn ask_who_was_reached(&self, connection: FactId, asked: &mut Asked) {
        let Some((client, _)) = self.events.ends(connection) else { return };
        if asked.clients.contains(&client) {
            return;
        }
        for fact in self.events.by_text(Attribute::Client, &client) {
            let told = &self.events.get(fact).told;
            match told.kind {
                FactKind::Logon => self.ask_who_carries(self.events.text(told.text(0)), asked),
                FactKind::Network if told.direction == Direction::Incoming => {
                    let label = self.hosts.label(told.host);
                    for span in spans(told.time, told.time + SOON) {
                        self.ask_who_is_remote(label, span, asked);
                    }
                }
                _ => {}
            }
        }
        asked.clients.insert(client);
    }

    fn ask_who_carries(&self, session: &str, asked: &mut Asked) {
        if !SYSTEM.contains(&session) && asked.sessions.insert(session.to_ascii_lowercase()) {
            let starts = self.events.by_text(Attribute::Session, session);
            starts.filter_map(|fact| self.events.get(fact).told.row).for_each(|row| self.ask(row, asked));
        }
    }

    fn ask_who_is_remote(&self, label: LabelId, span: i64, asked: &mut Asked) {
        if asked.remote.insert((label, span)) {
            let rows = self.events.started(label, span).filter_map(|fact| self.events.get(fact).told.row);
            for row in rows.filter(|&row| self.may_be_remote(self.standing(row))) {
                self.ask(row, asked);
            }
        }
    }
}
