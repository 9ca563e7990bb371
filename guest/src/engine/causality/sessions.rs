//! Logon sessions: whose connection made the one that a process carries, or in which its service was installed.
//!
//! Sessions have the same numbers again after the host was started anew. So a process's session is what the last logon
//! of that number made before it started, unless its end (4634) came between. Logons are the Security log's, whose
//! clock can be hours from that of a sensor on the same host: the two records of one start tell how far.

use std::collections::BTreeMap;

use super::answers::EdgeKind;
use super::causes::Cause;
use super::memo::{Install, Memo};
use super::remote::Moment;
use crate::engine::events::{Attribute, FactId, FactKind};
use crate::engine::hosts::HostId;
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::model::Sensor;
use crate::text::path::fold;

/// So far the logs of one host may tell of one moment apart, in milliseconds.
const APART: i64 = 10_000;

/// Shorter arguments say too little about which service it is, in bytes.
const TAIL: usize = 12;

/// Sessions of the system itself.
pub(super) const SYSTEM: [&str; 3] = ["0x3e7", "0x3e4", "0x3e5"];

/// By host how far the Security log's clock runs ahead of a sensor's, and when on the sensor's, in order.
pub(super) type Clocks = BTreeMap<HostId, Vec<(i64, i64)>>;

/// Whether one of two texts begins the other: long ones were cut.
fn begins(a: &str, b: &str) -> bool {
    a.len().min(b.len()) >= TAIL && (a.starts_with(b) || b.starts_with(a))
}

/// What stands behind a program's name: the service's command line may name variables that the process's does not.
fn tail(line: &str) -> Option<&str> {
    line.split_once(' ').map(|(_, rest)| rest.trim())
}

impl State {
    /// Its logon session was made by a connection; of a session only the topmost process was. A service runs in the
    /// system's session: there that of who installed it counts (4697).
    pub(super) fn by_session(&self, id: RowId, memo: &mut Memo) -> Option<Cause> {
        let host = self.table.row(id).host;
        let own = self.session(id).filter(|session| !SYSTEM.contains(session));
        if let (Some(session), Above::Row(parent)) = (own, self.above(id))
            && self.session(parent) == Some(session)
        {
            return None;
        }
        let (session, time, carries) = match own {
            Some(session) => (session, self.start_on_security_clock(id, memo), "which the process carries"),
            None => {
                let (session, time) = self.installer_session(id, memo)?;
                (session, time, "which installed this service (4697)")
            }
        };
        let logon = self.logon_of(session, host, time, memo)?;
        let told = &self.events.get(logon).told;
        let client = self.client_of(logon)?;
        // A logon is the Security log's.
        let at = Moment { time: told.time, by_entity: false };
        let server = self.server_of(&client, host, at, memo);
        let fact = self.opener(&client, server.as_deref(), host, at, memo)?;
        let cause = self.actor_of(self.events.get(fact))?;
        let reason = format!("its connection from {client} made logon session {session} (4624), {carries}");
        let time = Some(self.events.get(fact).told.time);
        Some(Cause { cause, kind: EdgeKind::Connected, confidence: 95, time, reason, fact: Some(fact) })
    }

    /// The logon that had made a session of a host by a time, if the session had not ended.
    fn logon_of(&self, session: &str, host: HostId, time: i64, memo: &mut Memo) -> Option<FactId> {
        let lists = memo.sessions.entry(session.to_ascii_lowercase()).or_insert_with_key(|session| {
            [FactKind::Logon, FactKind::Logoff].map(|kind| {
                self.by_host(self.events.by_text(Attribute::Session, session).filter(|&fact| {
                    let told = &self.events.get(fact).told;
                    told.kind == kind && self.events.text(told.text(0)).eq_ignore_ascii_case(session)
                }))
            })
        });
        let host = self.hosts.canonical(host);
        let [logons, ends] = lists.each_ref().map(|lists| lists.get(&host).map_or(&[][..], Vec::as_slice));
        let began = self.events.get(*self.until(logons, time.saturating_add(APART)).last()?).told.time;
        let ends = self.until(ends, time.saturating_sub(APART));
        if ends.last().is_some_and(|&end| self.events.get(end).told.time >= began) {
            return None;
        }
        let of_moment = logons.get(self.until(logons, began.saturating_sub(1)).len()..)?.iter().copied();
        let of_moment = of_moment.take_while(|&logon| self.events.get(logon).told.time == began);
        // Of several the first by its record that says where it came from.
        of_moment.min_by_key(|&logon| self.client_of(logon).is_none())
    }

    /// From where a logon came, as address and port.
    fn client_of(&self, logon: FactId) -> Option<String> {
        let told = &self.events.get(logon).told;
        let (address, [_, port]) = (self.events.text(told.text(2)), told.ports);
        (!address.is_empty() && port != 0).then(|| format!("{address}:{port}"))
    }

    /// When a process started, on the clock of its host's Security log.
    fn start_on_security_clock(&self, id: RowId, memo: &mut Memo) -> i64 {
        let row = self.table.row(id);
        let is_sysmons = row.start.is_some_and(|start| start.sensor == Sensor::Sysmon);
        if !is_sysmons {
            return row.since();
        }
        if let Some(twin) = row.twin.and_then(|twin| self.table.row(twin).start) {
            return twin.at;
        }
        let clocks = memo.clocks.get_or_insert_with(|| self.security_clocks());
        let pairs = clocks.get(&self.hosts.canonical(row.host)).map_or(&[][..], Vec::as_slice);
        let since = row.since();
        let later = pairs.partition_point(|&(at, _)| at < since);
        let beside = [later.checked_sub(1), Some(later)].into_iter().flatten();
        let nearest = beside.filter_map(|place| pairs.get(place)).min_by_key(|(at, _)| at.abs_diff(since));
        since.saturating_add(nearest.map_or(0, |&(_, ahead)| ahead))
    }

    /// By the starts that both recorded.
    fn security_clocks(&self) -> Clocks {
        let mut clocks = Clocks::new();
        for id in self.table.all() {
            let row = self.table.row(id);
            let start = row.start.filter(|start| start.sensor == Sensor::Sysmon);
            if let (Some(own), Some(twin)) = (start, row.twin.and_then(|twin| self.table.row(twin).start)) {
                let pair = (own.at, twin.at.saturating_sub(own.at));
                clocks.entry(self.hosts.canonical(row.host)).or_default().push(pair);
            }
        }
        clocks.values_mut().for_each(|pairs| pairs.sort_unstable());
        clocks
    }

    /// The session in which the service was installed that a process is, and when.
    fn installer_session(&self, id: RowId, memo: &mut Memo) -> Option<(&str, i64)> {
        self.service_manager_of(id)?;
        let host = self.table.row(id).host;
        let line = fold(self.command_line(id)?).into_owned();
        let its = tail(&line).filter(|rest| rest.len() >= TAIL);
        let until = self.start_on_security_clock(id, memo).saturating_add(APART);
        let installs = memo.installs.get_or_insert_with(|| self.installs());
        let installed = installs.iter().filter(|install| {
            let is_its = line == install.command
                || its.zip(install.tail.as_deref()).is_some_and(|(own, told)| begins(own, told));
            let told = &self.events.get(install.fact).told;
            is_its && told.time <= until && self.hosts.same(told.host, host)
        });
        let last = installed
            .map(|install| install.fact)
            .min_by(|a, b| self.nearness(*a, until).cmp(&self.nearness(*b, until)))?;
        let told = &self.events.get(last).told;
        let session = self.events.text(told.text(3));
        (!SYSTEM.contains(&session)).then_some((session, told.time))
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
}
