//! Across hosts: the two ends of one connection, and what the accepting end made of it.
//!
//! A logon (4624) that names the connection ties it to the process that carries the session ([`super::sessions`]).
//! Otherwise the accepting end tells the service: WinRM's ports lead to the next wsmprovhost.exe, a connection that services.exe accepted to
//! its next child, and to no other. The nearest earlier connection on the target's own clock counts. Port 135 only
//! says where to connect next.
//!
//! Ports are used again: of the other end's records the nearest to the accepting end's own counts, and of two kinds of
//! log, whose clocks can differ, the same one.

use std::collections::{BTreeMap, BTreeSet};

use super::answers::EdgeKind;
use super::causes::{Cause, seconds};
use super::memo::{Accepted, Memo, Openers, Siblings};
use crate::engine::events::{Attribute, Direction, FactId, FactKind};
use crate::engine::hosts::HostId;
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;

/// The ports of WinRM.
const WINRM: [&str; 2] = ["5985", "5986"];

/// Whom WinRM starts.
const REMOTE_SHELL: &str = "wsmprovhost.exe";

/// What is accepted so long before a start can be its cause, in milliseconds.
pub(super) const SOON: i64 = 60_000;

impl State {
    /// The process on another host whose connection led to this one.
    pub(super) fn remote_cause_of(&self, id: RowId, memo: &mut Memo) -> Option<Cause> {
        self.by_session(id, memo).or_else(|| self.by_service(id, memo))
    }

    /// The services.exe that started a process.
    pub(super) fn service_manager_of(&self, id: RowId) -> Option<RowId> {
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
        let (accepted, siblings, service) = if self.name_of(id) == REMOTE_SHELL {
            let ports = || WINRM.iter().flat_map(|port| self.events.by_text(Attribute::Accepted, port));
            let accepted = memo.winrm.get_or_insert_with(|| self.accepted(ports()));
            (&*accepted, &*memo.shells.get_or_insert_with(|| self.shells()), "WinRM")
        } else {
            let parent = self.service_manager_of(id)?;
            let is_service = |fact: &FactId| self.events.get(*fact).told.ports.first() != Some(&135);
            let facts = || self.facts_of(parent).into_iter().filter(is_service);
            let accepted = memo.services.entry(parent).or_insert_with(|| self.accepted(facts()));
            let siblings =
                memo.siblings.entry(parent).or_insert_with(|| self.by_log(self.children_of(parent)));
            (&*accepted, &*siblings, "services.exe")
        };
        let of = (self.hosts.canonical(row.host), row.entity.is_some());
        let nearest = *self.until(accepted.get(&of)?, started).last()?;
        let at = self.events.get(nearest).told.time;
        // Whoever started before it took the connections of before.
        let before = siblings.get(&of).and_then(|siblings| self.start_before(id, siblings));
        if at < started - SOON || before.is_some_and(|before| at <= before) {
            return None;
        }
        let (client, server) = self.events.ends(nearest)?;
        let at_end = Moment { time: at, by_entity: row.entity.is_some() };
        let fact = self.opener(&client, Some(&server), row.host, at_end, memo)?;
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
        self.by_end(accepted)
    }

    /// Started processes by host and by whether the sensor has ids of its own, in order.
    fn by_log(&self, mut rows: Vec<RowId>) -> Siblings {
        self.sort_rows(&mut rows);
        rows.dedup();
        let mut siblings = Siblings::new();
        for id in rows {
            let row = self.table.row(id);
            if row.start.is_some() {
                siblings.entry((self.hosts.canonical(row.host), row.entity.is_some())).or_default().push(id);
            }
        }
        siblings
    }

    /// All that WinRM started.
    fn shells(&self) -> Siblings {
        let facts =
            self.events.by_text(Attribute::FileName, REMOTE_SHELL).map(|fact| &self.events.get(fact).told);
        let rows = facts.filter(|told| told.kind == FactKind::Start).filter_map(|told| told.row);
        let rows = rows.map(|row| self.standing(row)).filter(|&row| self.name_of(row) == REMOTE_SHELL);
        self.by_log(rows.collect())
    }

    /// When the last of some processes in order started that comes before one of them.
    fn start_before(&self, id: RowId, siblings: &[RowId]) -> Option<i64> {
        let since = self.table.row(id).since();
        let from = siblings.partition_point(|&other| self.table.row(other).since() < since);
        let own = siblings.get(from..)?.iter().position(|&other| other == id)?;
        let before = (from + own).checked_sub(1).and_then(|place| siblings.get(place))?;
        Some(self.table.row(*before).since())
    }

    /// The other host's record of a connection: see [`Self::likest`].
    pub(super) fn opener(
        &self,
        client: &str,
        server: Option<&str>,
        target: HostId,
        at: Moment,
        memo: &mut Memo,
    ) -> Option<FactId> {
        let openers = memo.openers.entry(client.to_owned()).or_insert_with_key(|client| self.openers(client));
        let target = self.hosts.canonical(target);
        let environment = self.hosts.environment(target);
        let mut to: Vec<(&String, &Accepted)> = Vec::new();
        match server {
            Some(server) => to.extend(openers.to.get_key_value(server)),
            None => {
                for (end, lists) in &openers.to {
                    let address = end.rsplit_once(':').map_or(end.as_str(), |(address, _)| address);
                    let owners = memo.owners.entry(address.to_owned());
                    let owners = owners.or_insert_with_key(|address| self.owners_of(address));
                    if self.may_lead_to(client, end, target, owners) {
                        to.push((end, lists));
                    }
                }
            }
        }
        let lists = to.into_iter().flat_map(move |(end, lists)| {
            // An internal address is another machine's in another environment. A public one is not; of a logon the
            // end that accepted it may not be known.
            let is_public = server.is_some() && self.is_public(client) && self.is_public(end);
            lists.iter().filter(move |&(&(host, _), _)| {
                host != target && (is_public || self.hosts.environment(host) == environment)
            })
        });
        self.likest(lists, at)
    }

    /// The end that accepted a connection of which only the other one is known, by the host's own record of it.
    pub(super) fn server_of(
        &self,
        client: &str,
        host: HostId,
        at: Moment,
        memo: &mut Memo,
    ) -> Option<String> {
        let openers = memo.openers.entry(client.to_owned()).or_insert_with_key(|client| self.openers(client));
        let host = self.hosts.canonical(host);
        let own = openers.accepted.iter().filter(|&(&(of, _), _)| of == host);
        let nearest = self.likest(own, at)?;
        let is_soon = self.events.get(nearest).told.time.abs_diff(at.time) <= SOON.unsigned_abs();
        self.events.ends(nearest).filter(|_| is_soon).map(|(_, server)| server)
    }

    /// Whether a connection to an end may be one to a host that did not record it: not where the address is known to
    /// be others' alone, nor from within the organisation to a public one that is not known to be the host's.
    fn may_lead_to(&self, client: &str, server: &str, target: HostId, owners: &BTreeSet<HostId>) -> bool {
        let is_likely = self.is_public(client) || !self.is_public(server);
        owners.contains(&target) || (owners.is_empty() && is_likely)
    }

    /// The hosts whose connections show that they had an address.
    fn owners_of(&self, address: &str) -> BTreeSet<HostId> {
        let facts =
            self.events.by_text(Attribute::LocalAddress, address).map(|fact| &self.events.get(fact).told);
        let own =
            facts.filter(|told| told.kind == FactKind::Network && self.events.text(told.text(1)) == address);
        own.map(|told| self.hosts.canonical(told.host)).collect()
    }

    /// Of connections by host and kind of log the nearest to a moment: of its own kind, if that lies within a minute.
    fn likest<'l>(
        &self,
        lists: impl Iterator<Item = (&'l (HostId, bool), &'l Vec<FactId>)>,
        at: Moment,
    ) -> Option<FactId> {
        let nearest = lists.filter_map(|(&(_, by_entity), facts)| {
            let fact = self.nearest(facts, at.time)?;
            let nearness = self.nearness(fact, at.time);
            let is_alike = by_entity == at.by_entity && nearness.0 <= SOON.unsigned_abs();
            Some(((!is_alike, nearness), fact))
        });
        nearest.min_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, fact)| fact)
    }

    /// Whether an end, as address and port, has an address that is nobody's own.
    fn is_public(&self, end: &str) -> bool {
        end.rsplit_once(':').is_some_and(|(address, _)| !self.alerts.rules.is_internal(address))
    }

    fn openers(&self, client: &str) -> Openers {
        let mut opened: BTreeMap<String, Vec<FactId>> = BTreeMap::new();
        let mut accepted: Vec<FactId> = Vec::new();
        for fact in self.events.by_text(Attribute::Client, client) {
            let kept = self.events.get(fact);
            let Some((own, server)) = self.events.ends(fact) else { continue };
            if kept.told.kind != FactKind::Network || own != client {
                continue;
            }
            match kept.told.direction {
                Direction::Incoming => accepted.push(fact),
                Direction::Outgoing if self.actor_of(kept).is_some() => {
                    opened.entry(server).or_default().push(fact);
                }
                _ => {}
            }
        }
        let to = opened.into_iter().map(|(server, facts)| (server, self.by_end(facts.into_iter()))).collect();
        Openers { accepted: self.by_end(accepted.into_iter()), to }
    }

    /// Connections by host and kind of log.
    fn by_end(&self, facts: impl Iterator<Item = FactId>) -> Accepted {
        self.grouped(facts, |told| (self.hosts.canonical(told.host), told.row.is_some()))
    }
}

/// A time on the clock of one kind of log: of a sensor that has ids of its own for processes, or of another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) time: i64,
    pub(super) by_entity: bool,
}
