//! What a record says that the system was asked for: services (4697, 7045) and scheduled tasks (4698, 4702).
//!
//! Such a record stands in a log whose clock may be another one than the sensor's that recorded the start: both are
//! compared on the log's clock, as far as the start has a time on it.

use super::answers::EdgeKind;
use super::causes::seconds;
use super::memo::Memo;
use crate::engine::events::{Attribute, FactId, FactKind, Told};
use crate::engine::hosts::HostId;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::model::{Sensor, ShippedField};
use crate::text::command::{Program, around_variables, plain, program_name, programs, readings};
use crate::text::glob;
use crate::text::path::{fold, whole};

/// Two logs that tell of one order do so within so many milliseconds.
const TOGETHER: i64 = 10_000;

/// Sysmon's ends were up to 0.02 s too early in recordings: so much later a process may still have asked.
const LATE: i64 = 1_000;

/// Of two texts that are so long the one may have been cut, in bytes.
const LONG: usize = 1_000;

/// A record of a service or a task, as one that runs a program.
#[derive(Debug)]
pub(super) struct Order {
    fact: FactId,
    time: i64,
    /// It says who asked.
    by_somebody: bool,
    program: Program,
}

/// Which record decides about a start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ordered {
    pub(super) fact: FactId,
    pub(super) by_somebody: bool,
    /// How long before the start it was written.
    pub(super) before: i64,
    /// In percent: less where only the path is known, or where the program serves many.
    pub(super) confidence: u8,
}

/// When a process started, and on which clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Logged {
    pub(super) at: i64,
    /// No record tells it on the clock of the system's logs.
    is_of_sensor: bool,
}

impl Order {
    /// Whether a start of the program is its, by what it was given or by its path alone.
    fn fits(&self, given: Option<&str>, path: Option<&str>) -> bool {
        let is_there = match (self.program.path.as_deref(), path) {
            (Some(own), Some(path)) => same_place(own, path),
            _ => given.is_some(),
        };
        let own = &self.program.given;
        is_there
            && given.is_none_or(|given| {
                let is_long = own.len().min(given.len()) >= LONG;
                is_long && (own.starts_with(given) || given.starts_with(own))
                    || glob::fits(around_variables(own).into_iter(), given)
            })
    }
}

/// Whether two files in one form may be one: `*:` is a volume whose letter is not told.
fn same_place(a: &str, b: &str) -> bool {
    let is_on_some = |a: &str, b: &str| a.strip_prefix("*:").is_some_and(|rest| b.get(2..) == Some(rest));
    a == b || is_on_some(a, b) || is_on_some(b, a)
}

impl State {
    /// When a process started, on the clock of the system's logs where a record tells it.
    pub(super) fn logged(&self, id: RowId) -> Logged {
        let row = self.table.row(id);
        let by_log = |id: RowId| {
            let start = self.table.row(id).start.as_ref()?;
            (start.sensor == Sensor::WindowsSecurity).then_some(start.at)
        };
        let by_shipper = || {
            let shipped = row.start?.shipped?;
            matches!(shipped.field, ShippedField::TimeCreated | ShippedField::Timestamp).then_some(shipped.at)
        };
        match by_log(id).or_else(|| row.twin.and_then(by_log)).or_else(by_shipper) {
            Some(at) => Logged { at, is_of_sensor: false },
            None => Logged { at: row.since(), is_of_sensor: row.entity.is_some() },
        }
    }

    /// What a reason says of clocks that differ.
    pub(super) fn clocks(&self, id: RowId) -> String {
        let (logged, since) = (self.logged(id), self.table.row(id).since());
        let apart = since - logged.at;
        match apart.unsigned_abs() {
            _ if logged.is_of_sensor => ", by the sensor's clock".to_owned(),
            0..=1000 => String::new(),
            apart => {
                let way = if since > logged.at { "ahead" } else { "behind" };
                let apart = seconds(i64::try_from(apart).unwrap_or(i64::MAX));
                format!(", by the log's clock; the sensor's is {apart} {way}")
            }
        }
    }

    /// The last record before a start that says that the system was asked for it.
    pub(super) fn order_of(&self, id: RowId, kind: EdgeKind, memo: &mut Memo) -> Option<Ordered> {
        let kind = match kind {
            EdgeKind::Service => FactKind::Service,
            EdgeKind::Task => FactKind::Task,
            _ => return None,
        };
        let (row, name) = (self.table.row(id), self.name_of(id));
        row.start?;
        let host = self.hosts.canonical(row.host);
        let logged = self.logged(id).at;
        let key = (host, kind, name.to_owned());
        if !memo.orders.contains_key(&key) {
            memo.orders.insert(key.clone(), self.orders_of(host, kind, name));
        }
        let orders = memo.orders.get(&key)?;
        let until = orders.partition_point(|order| order.time <= logged);
        let until = orders.get(..until).filter(|orders| !orders.is_empty())?;
        let given = self.command_line(id).map(|line| given_to(line, name));
        let path = row.image().and_then(|image| whole(self.images.path(image)));
        let is_its = |order: &&Order| order.fits(given.as_deref(), path.as_deref());
        let order = until.iter().rev().filter(is_its).find(|order| {
            let told = &self.events.get(order.fact).told;
            let name = fold(self.events.text(told.text(0))).into_owned();
            let named = memo.named_orders.entry((host, kind, name));
            let named = named.or_insert_with_key(|(host, kind, name)| self.orders_named(*host, *kind, name));
            // It runs what it did, or its last record says something else.
            let last = self.until(named, logged).last().map(|&last| &self.events.get(last).told);
            last.is_none_or(|last| last.text(1) == told.text(1))
        })?;
        let service = self.events.text(self.events.get(order.fact).told.text(0));
        let is_shared =
            name == "svchost.exe" && !given.as_deref().is_some_and(|given| serves(given, service));
        let confidence = match (&given, is_shared) {
            (_, true) => 50,
            (None, false) => 80,
            (Some(_), false) => 95,
        };
        let (fact, by_somebody) = (order.fact, order.by_somebody);
        Some(Ordered { fact, by_somebody, before: logged - order.time, confidence })
    }

    /// The orders of a host that run a program, in the order of time.
    fn orders_of(&self, host: HostId, kind: FactKind, name: &str) -> Vec<Order> {
        let label = self.hosts.label(host);
        let mut facts: Vec<FactId> = self.events.by_text_on(label, Attribute::Ordered, name).collect();
        facts.retain(|&fact| {
            let told = &self.events.get(fact).told;
            told.kind == kind && self.hosts.canonical(told.host) == host
        });
        self.sort_facts(&mut facts);
        let is_named = |fact: FactId| self.events.get(fact).told.pid != 0;
        let tells_more = |one: &Told, other: &Told| {
            one.texts.iter().zip(&other.texts).take(2).all(|(one, other)| one == other)
                && one.time.abs_diff(other.time) <= TOGETHER.unsigned_abs()
        };
        let named: Vec<FactId> = facts.iter().copied().filter(|&fact| is_named(fact)).collect();
        let mut orders = Vec::with_capacity(facts.len());
        for fact in facts {
            let told = &self.events.get(fact).told;
            // The System log's record of a service says less than the Security log's.
            let from = named.partition_point(|&of| self.events.get(of).told.time < told.time - TOGETHER);
            let near = named.get(from..).unwrap_or_default().iter().map(|&of| &self.events.get(of).told);
            let mut near = near.take_while(|of| of.time <= told.time + TOGETHER);
            if told.pid == 0 && near.any(|of| tells_more(of, told)) {
                continue;
            }
            let all = programs(self.events.text(told.text(1)));
            let its = all.into_iter().filter(|program| program.name == name);
            let (time, by_somebody) = (told.time, told.pid != 0);
            orders.extend(its.map(|program| Order { fact, time, by_somebody, program }));
        }
        orders
    }

    /// The records of a host's service or task, in the order of time.
    fn orders_named(&self, host: HostId, kind: FactKind, name: &str) -> Vec<FactId> {
        let facts = self.events.by_text_on(self.hosts.label(host), Attribute::Order, name);
        let mut facts: Vec<FactId> = facts
            .filter(|&fact| {
                let told = &self.events.get(fact).told;
                told.kind == kind
                    && self.hosts.canonical(told.host) == host
                    && fold(self.events.text(told.text(0))) == name
            })
            .collect();
        self.sort_facts(&mut facts);
        facts
    }

    /// The process that asked, as the record names it by its id.
    pub(super) fn customer_of(&self, fact: FactId, memo: &mut Memo) -> Option<RowId> {
        let Told { host, pid, time, row, .. } = self.events.get(fact).told;
        if row.is_some() || pid == 0 {
            return row.map(|row| self.standing(row));
        }
        let host = self.hosts.canonical(host);
        let holders = memo.holders.entry((host, pid)).or_insert_with(|| self.holders(host, pid));
        let until = holders.partition_point(|&(at, _)| at <= time);
        let &(at, id) = holders.get(until.checked_sub(1)?)?;
        let row = self.table.row(id);
        let end = row.end.map(|end| end.saturating_add(at - row.since()));
        let end = end.or_else(|| self.first_end((pid, at), id));
        end.is_none_or(|end| end.saturating_add(LATE) >= time).then_some(id)
    }

    /// Who had a process id, by when they started on the log's clock.
    fn holders(&self, host: HostId, pid: u32) -> Vec<(i64, RowId)> {
        let label = self.hosts.label(host);
        let all = self.table.pids().into_iter().flat_map(|pids| pids.instances_until(label, pid, i64::MAX));
        let mut rows: Vec<RowId> = all.map(|(_, id)| self.standing(id)).collect();
        rows.retain(|&id| self.hosts.canonical(self.table.row(id).host) == host);
        rows.sort_unstable();
        rows.dedup();
        let mut holders: Vec<(i64, RowId)> = rows.into_iter().map(|id| (self.logged(id).at, id)).collect();
        holders.sort_by_cached_key(|&(at, id)| (at, self.sort_key(id)));
        holders
    }

    /// What somebody asked for, for people.
    pub(super) fn words_of_order(&self, fact: FactId) -> String {
        let told = &self.events.get(fact).told;
        let name = self.events.text(told.text(0));
        match (told.kind, told.number) {
            // The System log's record has no session.
            (FactKind::Service, _) if told.text(3).is_empty() => format!("service {name} (7045)"),
            (FactKind::Service, _) => format!("service {name} (4697)"),
            (_, 0) => format!("task {name} (4698)"),
            _ => format!("task {name} (4702)"),
        }
    }
}

/// What a process was given, by its command line and its file's name.
fn given_to(line: &str, name: &str) -> String {
    let is_own = |(program, _): &(&str, &str)| program_name(program).is_some_and(|own| own == name);
    let own = readings(line).find(is_own).or_else(|| readings(line).next());
    own.map_or_else(String::new, |(_, given)| plain(given))
}

/// Whether an svchost.exe was started for one service.
fn serves(given: &str, service: &str) -> bool {
    let service = fold(service);
    let mut words = given.split_whitespace().skip_while(|word| *word != "-s");
    words.nth(1).is_some_and(|word| word == service)
}
