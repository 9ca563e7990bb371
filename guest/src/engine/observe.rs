//! Taking an event in: which processes it tells of, and what becomes of them.

use super::alerts::AlertId;
use super::answers::Knowledge;
use super::hosts::{HostId, Noted};
use super::lineage::Found;
use super::prevalence::{Field, Generation};
use super::process::{Entity, Origin, Process, RowId};
use super::score_start::StartScore;
use super::starts::StartRecord;
use super::state::{AHEAD, State};
use super::strings::Sym;
use crate::model::{Action, Actor, Connection, Event};
use crate::text::path::{file_name, fold, is_placeholder};

/// What a batch says of every record in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) received_at: i64,
    pub(super) environment: Sym,
    pub(super) origin: Origin,
}

/// Where and when a record stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) host: HostId,
    pub(super) time: i64,
    pub(super) generation: Generation,
    pub(super) origin: Origin,
}

/// What became of an event.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// The process that it is about.
    pub(super) row: Option<RowId>,
    /// The process that it reached into.
    pub(super) target: Option<RowId>,
    /// The row of this very start: of a twin not the one that stands for both.
    pub(super) started: Option<RowId>,
    /// Its verdict stands ready in [`State::verdict_json`].
    pub(super) is_judged: bool,
    /// It is the second record of a start that was known.
    pub(super) is_twin: bool,
    /// How ordinary the start is, by what was counted before it.
    pub(super) score: Option<StartScore>,
    /// It had no readable time.
    pub(super) time_assumed: bool,
    /// The alerts that it raised.
    pub(super) alerts: Vec<AlertId>,
}

impl State {
    /// Takes an event in.
    pub(super) fn observe(&mut self, event: &Event<'_>, arrival: Arrival) -> Observed {
        let host = self.note_host(arrival.environment, event.host);
        let time = event.time.unwrap_or(arrival.received_at);
        let reached = time.min(arrival.received_at.saturating_add(AHEAD));
        let tally = self.tally.of(host);
        tally.lines += 1;
        tally.recognised += 1;
        tally.count_kind(event.kind);
        let generation = Generation::of(reached);
        match event.time {
            Some(_) => {
                tally.reached = tally.reached.max(reached);
                self.advance(reached);
            }
            None => {
                tally.undated = tally.undated.max(reached);
                if matches!(event.action, Action::Start { .. }) {
                    // It is counted, and in no other month can it be.
                    tally.undated_start = tally.undated_start.max(reached);
                    self.counters.age_to(generation);
                }
                self.receive(reached);
            }
        }
        let moment = Moment { host, time, generation, origin: arrival.origin };
        let mut observed = match &event.action {
            Action::Start { parent, command_line, parent_command_line, runs_as_user, hashes, .. } => {
                let record = StartRecord {
                    sensor: event.sensor,
                    shipped: event.shipped,
                    parent: *parent,
                    command_line: *command_line,
                    parent_command_line: *parent_command_line,
                    runs_as_user: *runs_as_user,
                    hashes: *hashes,
                };
                self.observe_start(&event.actor, &record, moment)
            }
            Action::SensorGap => {
                self.tally.of(moment.host).sensor_gaps += 1;
                Observed::default()
            }
            Action::RemoteThread { target, .. } | Action::Access { target, .. } => {
                let target = self.touch(target, moment);
                Observed { row: self.touch(&event.actor, moment), target, ..Observed::default() }
            }
            Action::End => self.observe_end(&event.actor, moment),
            Action::Connect(Connection { local: (_, local), remote: (_, remote), initiated, .. }) => {
                let row = self.touch(&event.actor, moment);
                // The port of the service: that of the side that was connected to.
                let port = if *initiated == Some(false) { *local } else { *remote };
                if let (Some(id), Some(port), Some(_)) = (row, port, event.actor.entity) {
                    let port = self.strings.intern(&port.to_string());
                    self.list_fact(id, Field::NetworkPorts, port);
                }
                Observed { row, ..Observed::default() }
            }
            _ => Observed { row: self.touch(&event.actor, moment), ..Observed::default() },
        };
        observed.time_assumed = event.time.is_none();
        observed
    }

    /// The host of a record. What a short name means can change by it.
    pub(super) fn note_host(&mut self, environment: Sym, name: &str) -> HostId {
        let noted = self.hosts.note(environment, name);
        self.settle_host(noted)
    }

    /// The same for a name as it is kept: what was given a pseudonym once has it.
    pub(super) fn keep_host(&mut self, environment: Sym, name: &str) -> HostId {
        let noted = self.hosts.keep(environment, name);
        self.settle_host(noted)
    }

    fn settle_host(&mut self, noted: Noted) -> HostId {
        if noted.respelled {
            self.note_name(noted.host);
        }
        if let Some(short) = noted.changed {
            self.rename(short);
        }
        noted.host
    }

    fn observe_end(&mut self, actor: &Actor<'_>, moment: Moment) -> Observed {
        let row = self.touch(actor, moment);
        if actor.entity.is_none() {
            self.note_end(actor, moment);
        } else if let Some(id) = row {
            let row = self.table.row_mut(id);
            row.end = row.end.max(Some(moment.time));
            // A process id is free again: who claimed it afterwards had another parent.
            self.refresh_claimants(id, &self.outline(id));
            if let Some(twin) = self.table.row(id).twin {
                self.refresh_claimants(twin, &self.outline(twin));
            }
        }
        Observed { row, ..Observed::default() }
    }

    /// A short host name means another machine now: what was found or counted by it is found anew.
    fn rename(&mut self, short: HostId) {
        let names = self.hosts.of_label(self.hosts.label(short));
        let rows: Vec<RowId> = names.into_iter().flat_map(|host| self.table.on_host(host)).collect();
        self.rematch(&rows);
        for id in rows {
            self.refresh(id);
        }
        self.alerts.stale = true;
        self.note_name(short);
    }

    /// The instance that a record names, with what the record says of it.
    fn touch(&mut self, actor: &Actor<'_>, moment: Moment) -> Option<RowId> {
        let Some(entity) = actor.entity else { return self.touch_by_pid(actor, moment) };
        let label = self.hosts.label(moment.host);
        let entity = self.keep_entity(entity);
        let known = self.table.find(label, entity);
        let id = known.unwrap_or_else(|| self.add_row(moment, Some(entity)));
        self.describe(id, actor, moment, Knowledge::Seen);
        Some(id)
    }

    /// A process that nothing was known of.
    pub(super) fn add_row(&mut self, moment: Moment, entity: Option<Entity>) -> RowId {
        let label = self.hosts.label(moment.host);
        let id = self.table.add(Process::new(moment.host, label, entity, moment.time));
        self.note_row(id);
        id
    }

    /// Without an id of the sensor's own only an instance that is already known can be meant. Nothing is kept of it in
    /// its row: who it was depends on what is known by now.
    fn touch_by_pid(&mut self, actor: &Actor<'_>, moment: Moment) -> Option<RowId> {
        let pid = actor.pid?;
        self.table.index_pids();
        let name = actor.image.filter(|i| !is_placeholder(i)).map(|i| fold(file_name(i)));
        let name = name.map_or(Sym::EMPTY, |n| self.strings.intern(&n));
        match self.instance_at(moment.host, pid, moment.time, name, None) {
            Found::Row(id) => Some(id),
            Found::Reused | Found::Nobody => None,
        }
    }
}
