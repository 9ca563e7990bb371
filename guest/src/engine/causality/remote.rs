//! Across hosts: the two ends of one connection, and what the accepting end made of it.
//!
//! A logon (4624) that names the connection ties it to the process that carries the session. Otherwise the accepting
//! end tells the service: WinRM's ports lead to the next wsmprovhost.exe, a connection that services.exe accepted to
//! its next child. The nearest earlier connection on the target's own clock counts. Port 135 only says where to
//! connect next.

use std::collections::BTreeMap;

use super::answers::EdgeKind;
use super::causes::{Cause, seconds};
use super::memo::{Accepted, Install, Memo, Openers};
use crate::engine::events::{Attribute, Direction, FactId, FactKind};
use crate::engine::hosts::HostId;
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::text::path::fold;

/// The ports of WinRM.
const WINRM: [&str; 2] = ["5985", "5986"];

/// Whom WinRM starts.
const REMOTE_SHELL: &str = "wsmprovhost.exe";

/// What is accepted so long before a start can be its cause, in milliseconds.
pub(super) const SOON: i64 = 60_000;

/// Shorter arguments say too little about which service it is, in bytes.
const TAIL: usize = 12;

/// Whether one of two texts begins the other: long ones were cut.
fn begins(a: &str, b: &str) -> bool {
    a.len().min(b.len()) >= TAIL && (a.starts_with(b) || b.starts_with(a))
}

/// What stands behind a program's name: the service's command line may name variables that the process's does not.
fn tail(line: &str) -> Option<&str> {
    line.split_once(' ').map(|(_, rest)| rest.trim())
}

/// Sessions of the system itself.
pub(super) const SYSTEM: [&str; 3] = ["0x3e7", "0x3e4", "0x3e5"];

impl State {
    /// The process on another host whose connection led to this one.
    pub(super) fn remote_cause_of(&self, id: RowId, memo: &mut Memo) -> Option<Cause> {
        self.by_session(id, memo).or_else(|| self.by_service(id, memo))
    }

    /// Its logon session was made by a connection; of a session only the topmost process was. A service runs in the
    /// system's session: there that of who installed it counts (4697).
    fn by_session(&self, id: RowId, memo: &mut Memo) -> Option<Cause> {
        let row = self.table.row(id);
        let own = self.session(id).filter(|session| !SYSTEM.contains(session));
        if let (Some(session), Above::Row(parent)) = (own, self.above(id))
            && self.session(parent) == Some(session)
        {
            return None;
        }
        let (session, carries) = match own {
            Some(session) => (session, "which the process carries"),
            None => (self.installer_session(id, memo)?, "which installed this service (4697)"),
        };
        let logons = memo.logons.entry(session.to_ascii_lowercase()).or_insert_with_key(|session| {
            self.by_host(self.events.by_text(Attribute::Session, session).filter(|&fact| {
                let told = &self.events.get(fact).told;
                let [_, port] = told.ports;
                told.kind == FactKind::Logon
                    && port != 0
                    && !self.events.text(told.text(2)).is_empty()
                    && self.events.text(told.text(0)).eq_ignore_ascii_case(session)
            }))
        });
        // Sessions have the same numbers again after the host was started anew: the nearest in time is it.
        let nearest = self.nearest(logons.get(&self.hosts.canonical(row.host))?, row.since())?;
        let told = &self.events.get(nearest).told;
        let [_, port] = told.ports;
        let client = format!("{}:{port}", self.events.text(told.text(2)));
        let fact = self.opener(&client, None, row.host, row.since(), memo)?;
        let cause = self.actor_of(self.events.get(fact))?;
        let reason = format!("its connection from {client} made logon session {session} (4624), {carries}");
        let time = Some(self.events.get(fact).told.time);
        Some(Cause { cause, kind: EdgeKind::Connected, confidence: 95, time, reason, fact: Some(fact) })
    }

    /// The session in which the service was installed that a process is.
    fn installer_session(&self, id: RowId, memo: &mut Memo) -> Option<&str> {
        self.service_manager_of(id)?;
        let host = self.table.row(id).host;
        let line = fold(self.command_line(id)?).into_owned();
        let its = tail(&line).filter(|rest| rest.len() >= TAIL);
        let installs = memo.installs.get_or_insert_with(|| self.installs());
        let installed = installs.iter().filter(|install| {
            let is_its = line == install.command
                || its.zip(install.tail.as_deref()).is_some_and(|(own, told)| begins(own, told));
            is_its && self.hosts.same(self.events.get(install.fact).told.host, host)
        });
        let since = self.table.row(id).since();
        let nearest = installed
            .map(|install| install.fact)
            .min_by(|a, b| self.nearness(*a, since).cmp(&self.nearness(*b, since)))?;
        Some(self.events.text(self.events.get(nearest).told.text(3)))
            .filter(|session| !SYSTEM.contains(session))
    }

    fn installs(&self) -> Vec<Install> {
        let installs = self.events.of_kind(FactKind::Service).filter_map(|fact| {
            let told = &self.events.get(fact).told;
            let command = fold(self.events.text(told.text(1))).into_owned();
            let tail = tail(&command).map(str::to_owned);
            (!told.text(3).is_empty() && !command.is_empty()).then_some(Install { fact, command, tail })
        });
        installs.collect()
    }

    /// The services.exe that started a process.
    fn service_manager_of(&self, id: RowId) -> Option<RowId> {
        match self.above(id) {
            Above::Row(parent) if self.name_of(parent) == "services.exe" => Some(parent),
            _ => None,
        }
    }

    /// Whether a service that accepts connections starts such processes.
    pub(super) fn may_be_remote(&self, id: RowId) -> bool {
        self.name_of(id) == REMOTE_SHELL || self.service_manager_of(id).is_some()
    }

    /// A service of its host accepted a connection and started it.
    fn by_service(&self, id: RowId, memo: &mut Memo) -> Option<Cause> {
        let row = self.table.row(id);
        let started = row.start?.at;
        let (accepted, service) = if self.name_of(id) == REMOTE_SHELL {
            let ports = || WINRM.iter().flat_map(|port| self.events.by_text(Attribute::Accepted, port));
            (&*memo.winrm.get_or_insert_with(|| self.accepted(ports())), "WinRM")
        } else {
            let parent = self.service_manager_of(id)?;
            let is_service = |fact: &FactId| self.events.get(*fact).told.ports.first() != Some(&135);
            let facts = || self.facts_of(parent).into_iter().filter(is_service);
            (&*memo.services.entry(parent).or_insert_with(|| self.accepted(facts())), "services.exe")
        };
        let accepted = accepted.get(&(self.hosts.canonical(row.host), row.entity.is_some()))?;
        let nearest = *self.until(accepted, started).last()?;
        let at = self.events.get(nearest).told.time;
        if at < started - SOON {
            return None;
        }
        let (client, server) = self.events.ends(nearest)?;
        let fact = self.opener(&client, Some(&server), row.host, at, memo)?;
        let cause = self.actor_of(self.events.get(fact))?;
        let apart = seconds(started - at);
        let reason = format!(
            "{service} accepted its connection from {client} {apart} before this start, on this host's clock"
        );
        let time = Some(self.events.get(fact).told.time);
        Some(Cause { cause, kind: EdgeKind::Connected, confidence: 70, time, reason, fact: Some(fact) })
    }

    fn accepted(&self, facts: impl Iterator<Item = FactId>) -> Accepted {
        let accepted = facts.filter(|&fact| {
            let told = &self.events.get(fact).told;
            told.kind == FactKind::Network && told.direction == Direction::Incoming
        });
        self.grouped(accepted, |told| (self.hosts.canonical(told.host), told.row.is_some()))
    }

    /// The other host's record of a connection, the nearest in time: ports are used again.
    fn opener(
        &self,
        client: &str,
        server: Option<&str>,
        target: HostId,
        time: i64,
        memo: &mut Memo,
    ) -> Option<FactId> {
        let openers = memo.openers.entry(client.to_owned()).or_insert_with_key(|client| self.openers(client));
        let by_host = match server {
            Some(server) => openers.to.get(server)?,
            None => &openers.all,
        };
        let target = self.hosts.canonical(target);
        // An internal address is another machine's in another environment. A public one is not; of a logon the end that
        // accepted it is not known.
        let environment = self.hosts.environment(target);
        let is_public =
            server.is_some_and(|server| [client, server].into_iter().all(|end| self.is_public(end)));
        let others = by_host.iter().filter(|&(&host, _)| {
            host != target && (is_public || self.hosts.environment(host) == environment)
        });
        others
            .filter_map(|(_, facts)| self.nearest(facts, time))
            .min_by(|a, b| self.nearness(*a, time).cmp(&self.nearness(*b, time)))
    }

    /// Whether an end, as address and port, has an address that is nobody's own.
    fn is_public(&self, end: &str) -> bool {
        end.rsplit_once(':').is_some_and(|(address, _)| !self.alerts.rules.is_internal(address))
    }

    fn openers(&self, client: &str) -> Openers {
        let opened = self.events.by_text(Attribute::Client, client).filter_map(|fact| {
            let kept = self.events.get(fact);
            let (own, server) = self.events.ends(fact)?;
            let is_opener = kept.told.kind == FactKind::Network
                && kept.told.direction == Direction::Outgoing
                && own == client
                && self.actor_of(kept).is_some();
            is_opener.then_some((fact, server))
        });
        let opened: Vec<(FactId, String)> = opened.collect();
        let mut to: BTreeMap<String, Vec<FactId>> = BTreeMap::new();
        let all = self.by_host(opened.iter().map(|(fact, _)| *fact));
        for (fact, server) in opened {
            to.entry(server).or_default().push(fact);
        }
        let to = to.into_iter().map(|(server, facts)| (server, self.by_host(facts.into_iter()))).collect();
        Openers { all, to }
    }
}
