//! The records of one Linux audit event, brought together: what a SYSCALL began others complete.
//!
//! A start stands with its SYSCALL, and its command line is added when EXECVE or PROCTITLE come. A connection
//! stands once its SOCKADDR comes: before that it may be one to a local socket. What is begun waits here under the
//! time and serial that all records of an event have in common, so that events may be interleaved, a batch may
//! end anywhere, and a snapshot between two lines changes nothing. The kernel writes the SYSCALL first; a record
//! that comes before its SYSCALL, or after it was let go, completes nothing, and the event is told without it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::batch::{Emit, Outcome};
use super::hosts::HostId;
use super::observe::Arrival;
use super::process::RowId;
use super::saved::HostPlace;
use super::state::State;
use crate::formats::auditd::{AuditRecord, Doer, Part};
use crate::model::{Action, Actor, Kind};
use crate::text::path::{file_name, fold};

/// So many events are waited for at most; the oldest goes first. auditd itself writes an event's records together.
const ROOM: usize = 256;

/// Time, serial and host.
type Key = (i64, u64, HostId);

/// What was begun.
#[derive(Debug, Default)]
pub(super) struct Audit {
    begun: BTreeMap<Key, Begun>,
}

/// Everything of [`Audit`], sorted.
pub(super) type SavedAudit = Vec<(i64, u64, HostPlace, Begun)>;

/// What a SYSCALL said that the records after it need.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Begun {
    pid: Option<u32>,
    /// Empty where it says none.
    image: String,
    waits: Waits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Waits {
    /// A start, for its command line.
    Start {
        /// It was not told of before: its fact is among the last.
        is_new: bool,
        /// An EXECVE came: PROCTITLE says less.
        has_arguments: bool,
    },
    /// A connection, for its address.
    Connect { failed: bool },
}

impl Audit {
    fn has(&self, time: i64, serial: u64) -> bool {
        // Mostly it is of the latest.
        let mut until = self.begun.keys().rev().skip_while(|key| (key.0, key.1) > (time, serial));
        until.next().is_some_and(|key| (key.0, key.1) == (time, serial))
    }

    fn begin(&mut self, key: Key, begun: Begun) {
        self.begun.insert(key, begun);
        while self.begun.len() > ROOM {
            // All of one moment and serial go together, so that it does not depend on arrival which do.
            let Some(&(time, serial, _)) = self.begun.keys().next() else { return };
            self.begun.retain(|key, _| (key.0, key.1) != (time, serial));
        }
    }

    /// What is saved of the hosts that stay.
    pub(super) fn save(
        &self,
        stays: impl Fn(HostId) -> bool,
        host: impl Fn(HostId) -> HostPlace,
    ) -> SavedAudit {
        let held = self.begun.iter().filter(|((.., of), _)| stays(*of));
        let mut saved: SavedAudit =
            held.map(|(&(time, serial, of), begun)| (time, serial, host(of), begun.clone())).collect();
        saved.sort_unstable();
        saved
    }

    /// What was saved. What is beyond the bound is left out: no state has more.
    pub(super) fn load<E>(
        saved: &SavedAudit,
        host: impl Fn(HostPlace) -> Result<HostId, E>,
    ) -> Result<Self, E> {
        let begun = saved.iter().take(ROOM);
        let begun = begun.map(|(time, serial, of, begun)| Ok(((*time, *serial, host(*of)?), begun.clone())));
        Ok(Self { begun: begun.collect::<Result<_, E>>()? })
    }
}

impl State {
    /// Takes an audit record in; false where it completes nothing and is left as it is.
    pub(super) fn take_audit_line(
        &mut self,
        record: &AuditRecord<'_>,
        line: &str,
        arrival: Arrival,
        emit: Emit,
        outcome: &mut Outcome,
    ) -> bool {
        match &record.part {
            Part::Start(doer) => {
                let is_new = self.take_event(&record.event(), line, arrival, emit, outcome);
                self.begin(record, doer, Waits::Start { is_new, has_arguments: false }, arrival);
            }
            Part::Connect { doer, failed } => {
                self.take_event(&record.event(), line, arrival, emit, outcome);
                self.begin(record, doer, Waits::Connect { failed: *failed }, arrival);
            }
            Part::End(_) => {
                self.take_event(&record.event(), line, arrival, emit, outcome);
            }
            _ => return self.complete(record, line, arrival, emit, outcome),
        }
        true
    }

    fn begin(&mut self, record: &AuditRecord<'_>, doer: &Doer<'_>, waits: Waits, arrival: Arrival) {
        let image = doer.image.as_deref().unwrap_or_default();
        let image = match &self.pseudonyms {
            Some(pseudonyms) => pseudonyms.path(image).to_string(),
            None => image.to_owned(),
        };
        let host = self.note_host(arrival.environment, record.host);
        self.audit.begin((record.time, record.serial, host), Begun { pid: doer.pid, image, waits });
    }

    fn complete(
        &mut self,
        record: &AuditRecord<'_>,
        line: &str,
        arrival: Arrival,
        emit: Emit,
        outcome: &mut Outcome,
    ) -> bool {
        if !self.audit.has(record.time, record.serial) {
            return false;
        }
        let key = (record.time, record.serial, self.note_host(arrival.environment, record.host));
        let Some(mut begun) = self.audit.begun.remove(&key) else { return false };
        let image = begun.image.clone();
        let actor =
            Actor { pid: begun.pid, image: Some(&*image).filter(|i| !i.is_empty()), ..Actor::default() };
        let mut event = record.event_of(Kind::Other, actor, Action::Other);
        match (&record.part, begun.waits) {
            (Part::Arguments(text), Waits::Start { is_new, has_arguments }) => {
                if is_new {
                    self.tell_command_line(key, &actor, text, has_arguments);
                }
                begun.waits = Waits::Start { is_new, has_arguments: true };
                self.audit.begin(key, begun);
            }
            (Part::Title(text), Waits::Start { is_new: true, has_arguments: false }) => {
                self.tell_command_line(key, &actor, text, false);
            }
            (Part::Title(_) | Part::Last, Waits::Start { .. }) => {}
            (Part::Address { address, port }, Waits::Connect { failed }) => {
                event = record.connection(actor, (address, *port), failed);
            }
            // The end of an event that had no address.
            (Part::Title(_) | Part::Last, Waits::Connect { .. }) => return false,
            _ => {
                self.audit.begin(key, begun);
                return false;
            }
        }
        self.take_event(&event, line, arrival, emit, outcome);
        true
    }

    /// Adds a command line, or more of it, to a start that was told without.
    fn tell_command_line(&mut self, (time, _, host): Key, actor: &Actor<'_>, text: &str, is_more: bool) {
        if self.config.limits.events == 0 || self.pseudonyms.is_some() || time < self.events_since() {
            return;
        }
        if let Some(row) = self.started_at(host, time, actor) {
            self.events.tell_command_line(row, text, is_more);
        }
    }

    /// The start of a process id and a file at that moment.
    fn started_at(&mut self, host: HostId, time: i64, actor: &Actor<'_>) -> Option<RowId> {
        self.table.index_pids();
        let file = actor.image.map(|image| fold(file_name(image)));
        let rows = self.table.pids()?.instances_until(self.hosts.label(host), actor.pid?, time);
        let mut same_time = rows.take_while(|&(at, _)| at == time).map(|(_, id)| id);
        same_time.find(|&id| {
            let row = self.table.row(id);
            let image = row.start.map(|start| start.image);
            let name = image.map(|image| image.map(|image| self.strings.get(self.images.get(image).name)));
            row.entity.is_none() && self.hosts.same(row.host, host) && name == Some(file.as_deref())
        })
    }
}
