//! Across hosts: the two ends of one connection, and what the accepting end made of it.
//!
//! A logon (4624) that names the connection ties it to the process that carries the session. Otherwise the accepting
//! end tells the service: WinRM's ports lead to the next wsmprovhost.exe, a connection that services.exe accepted to
//! its next child. The nearest earlier connection on the target's own clock counts. Port 135 only says where to
//! connect next.

use std::collections::BTreeMap;

use super::answers::{EdgeKind, Skew};
use super::causes::{Cause, seconds};
use crate::engine::events::{Attribute, Direction, FactId, FactKind};
use crate::engine::hosts::HostId;
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::text::path::fold;

/// The ports of WinRM.
const WINRM: [u16; 2] = [5985, 5986];

/// What is accepted so long before a start can be its cause, in milliseconds.
const SOON: i64 = 60_000;

/// Shorter arguments say too little about which service it is, in bytes.
const TAIL: usize = 12;

/// Whether one of two texts begins the other: long ones were cut.
fn begins(a: &str, b: &str) -> bool {
    a.len().min(b.len()) >= TAIL && (a.starts_with(b) || b.starts_with(a))
}

/// Sessions of the system itself.
const SYSTEM: [&str; 3] = ["0x3e7", "0x3e4", "0x3e5"];

impl State {
    /// The process on another host whose connection led to this one.
    pub(super) fn remote_cause_of(&self, id: RowId) -> Option<Cause> {
        self.by_session(id).or_else(|| self.by_service(id))
    }

    /// Its logon session was made by a connection; of a session only the topmost process was. A service runs in the
    /// system's session: there that of who installed it counts (4697).
    fn by_session(&self, id: RowId) -> Option<Cause> {
        let row = self.table.row(id);
        let own = self.session(id).filter(|session| !SYSTEM.contains(session));
        if let (Some(session), Above::Row(parent)) = (own, self.above(id))
            && self.session(parent) == Some(session)
        {
            return None;
        }
        let (session, carries) = match own {
            Some(session) => (session, "which the process carries"),
            None => (self.installer_session(id)?, "which installed this service (4697)"),
        };
        // Sessions have the same numbers again after the host was started anew: the nearest in time is it.
        let logons = self.events.by_text(Attribute::Session, session).filter(|&fact| {
            let told = &self.events.get(fact).told;
            let [_, port] = told.ports;
            told.kind == FactKind::Logon
                && port != 0
                && !self.events.text(told.text(2)).is_empty()
                && self.hosts.same(told.host, row.host)
                && self.events.text(told.text(0)).eq_ignore_ascii_case(session)
        });
        let nearest =
            logons.min_by(|a, b| self.nearness(*a, row.since()).cmp(&self.nearness(*b, row.since())))?;
        let told = &self.events.get(nearest).told;
        let [_, port] = told.ports;
        let client = format!("{}:{port}", self.events.text(told.text(2)));
        let fact = self.opener(&client, None, row.host, row.since())?;
        let cause = self.actor_of(self.events.get(fact))?;
        let reason = format!("its connection from {client} made logon session {session} (4624), {carries}");
        let time = Some(self.events.get(fact).told.time);
        Some(Cause { cause, kind: EdgeKind::Connected, confidence: 95, time, reason, fact: Some(fact) })
    }

    /// How far a fact lies from a time, and what tells those apart that lie equally far.
    fn nearness(&self, fact: FactId, time: i64) -> (u64, &str, u64) {
        let fact = self.events.get(fact);
        (fact.told.time.abs_diff(time), self.events.text(fact.source), fact.line)
    }

    /// The session in which the service was installed that a process is.
    fn installer_session(&self, id: RowId) -> Option<&str> {
        let Above::Row(parent) = self.above(id) else { return None };
        if self.name_of(parent) != "services.exe" {
            return None;
        }
        let host = self.table.row(id).host;
        let line = fold(self.command_line(id)?).into_owned();
        // The service's command line may name variables that the process's does not.
        let tail = |text: &str| text.split_once(' ').map(|(_, rest)| rest.trim().to_owned());
        let its = tail(&line).filter(|rest| rest.len() >= TAIL);
        let installed = self.events.of_kind(FactKind::Service).filter(|&fact| {
            let told = &self.events.get(fact).told;
            let command = fold(self.events.text(told.text(1))).into_owned();
            self.hosts.same(told.host, host)
                && !told.text(3).is_empty()
                && !command.is_empty()
                && (line == command
                    || (its.as_deref().zip(tail(&command)).is_some_and(|(own, told)| begins(own, &told))))
        });
        let since = self.table.row(id).since();
        let nearest = installed.min_by(|a, b| self.nearness(*a, since).cmp(&self.nearness(*b, since)))?;
        Some(self.events.text(self.events.get(nearest).told.text(3)))
            .filter(|session| !SYSTEM.contains(session))
    }

    /// A service of its host accepted a connection and started it.
    fn by_service(&self, id: RowId) -> Option<Cause> {
        let row = self.table.row(id);
        let started = row.start?.at;
        let in_time = |fact: &FactId| {
            let told = &self.events.get(*fact).told;
            told.kind == FactKind::Network
                && told.direction == Direction::Incoming
                // The clock of another log can be another one.
                && told.row.is_some() == row.entity.is_some()
                && (started - SOON..=started).contains(&told.time)
                && self.hosts.same(told.host, row.host)
        };
        let (mut accepted, service): (Vec<FactId>, &str) = if self.name_of(id) == "wsmprovhost.exe" {
            let ports = WINRM.iter().flat_map(|port| {
                self.events
                    .by_text(Attribute::Accepted, &port.to_string())
                    .filter(in_time)
                    .collect::<Vec<_>>()
            });
            (ports.collect(), "WinRM")
        } else {
            let Above::Row(parent) = self.above(id) else { return None };
            if self.name_of(parent) != "services.exe" {
                return None;
            }
            let is_service = |fact: &FactId| self.events.get(*fact).told.ports.first() != Some(&135);
            let facts = self.facts_of(parent).into_iter();
            (facts.filter(in_time).filter(is_service).collect(), "services.exe")
        };
        self.sort_facts(&mut accepted);
        let nearest = *accepted.last()?;
        let (client, server) = self.events.ends(nearest)?;
        let fact = self.opener(&client, Some(&server), row.host, self.events.get(nearest).told.time)?;
        let cause = self.actor_of(self.events.get(fact))?;
        let apart = seconds(started - self.events.get(nearest).told.time);
        let reason = format!(
            "{service} accepted its connection from {client} {apart} before this start, on this host's clock"
        );
        let time = Some(self.events.get(fact).told.time);
        Some(Cause { cause, kind: EdgeKind::Connected, confidence: 70, time, reason, fact: Some(fact) })
    }

    /// The other host's record of a connection, the nearest in time: ports are used again.
    fn opener(&self, client: &str, server: Option<&str>, target: HostId, time: i64) -> Option<FactId> {
        let records = self.events.by_text(Attribute::Client, client).filter(|&fact| {
            let told = &self.events.get(fact).told;
            let ends = self.events.ends(fact);
            told.kind == FactKind::Network
                && told.direction == Direction::Outgoing
                && !self.hosts.same(told.host, target)
                && ends.is_some_and(|(own, to)| own == client && server.is_none_or(|server| server == to))
                && self.actor_of(self.events.get(fact)).is_some()
        });
        let key = |fact: &FactId| {
            let fact = self.events.get(*fact);
            (fact.told.time.abs_diff(time), self.events.text(fact.source), fact.line)
        };
        records.min_by(|a, b| key(a).cmp(&key(b)))
    }

    /// Processes on other hosts that a connection may have led to; [`Self::remote_cause_of`] knows whether.
    pub(super) fn remote_effects(&self, connection: FactId) -> Vec<RowId> {
        let told = self.events.get(connection).told;
        if told.kind != FactKind::Network || told.direction != Direction::Outgoing {
            return Vec::new();
        }
        let Some((client, _)) = self.events.ends(connection) else { return Vec::new() };
        let mut found = Vec::new();
        for fact in self.events.by_text(Attribute::Client, &client) {
            let other = self.events.get(fact).told;
            if self.hosts.same(other.host, told.host) {
                continue;
            }
            match other.kind {
                FactKind::Logon => {
                    let session = self.events.text(other.text(0));
                    let starts = self.events.by_text(Attribute::Session, session);
                    found.extend(starts.filter_map(|start| self.events.get(start).told.row));
                }
                FactKind::Network if other.direction == Direction::Incoming => {
                    let label = self.hosts.label(other.host);
                    let near = self.events.started(label, other.time, other.time + SOON);
                    found.extend(near.filter_map(|start| self.events.get(start).told.row));
                }
                _ => {}
            }
        }
        let mut found: Vec<RowId> = found.into_iter().map(|row| self.standing(row)).collect();
        self.sort_rows(&mut found);
        found.dedup();
        found
    }

    /// How far one host's clock runs ahead of another's.
    pub(super) fn skew(&self, ahead: HostId, behind: HostId) -> Option<Skew> {
        // Of one sensor with ids of its own where there is one: another log's clock can be another one.
        let mut of_sensors: [BTreeMap<(String, String), i64>; 2] = Default::default();
        for fact in self.events.connections(self.hosts.label(ahead)) {
            let told = &self.events.get(fact).told;
            let Some(ends) = self.events.ends(fact).filter(|_| self.hosts.same(told.host, ahead)) else {
                continue;
            };
            let near = self
                .events
                .by_text(Attribute::Client, &ends.0)
                .map(|other| (other, &self.events.get(other).told))
                .filter(|(other, of)| {
                    of.kind == FactKind::Network
                        && of.direction != told.direction
                        && of.row.is_some() == told.row.is_some()
                        && self.hosts.same(of.host, behind)
                        && self.events.ends(*other).as_ref() == Some(&ends)
                })
                .map(|(_, of)| told.time - of.time)
                .min_by_key(|offset| (offset.abs(), *offset));
            let [own, other] = &mut of_sensors;
            let list = if told.row.is_some() { own } else { other };
            if let Some(near) = near {
                let kept = list.entry(ends).or_insert(near);
                *kept = (*kept).min(near);
            }
        }
        let best = of_sensors.iter().find(|list| !list.is_empty())?;
        let mut offsets: Vec<i64> = best.values().copied().collect();
        offsets.sort_unstable();
        let middle = *offsets.get(offsets.len() / 2)?;
        Some(Skew {
            host: self.hosts.display(ahead).to_owned(),
            behind: self.hosts.display(behind).to_owned(),
            milliseconds: middle,
            connections: u32::try_from(offsets.len()).unwrap_or(u32::MAX),
        })
    }
}
