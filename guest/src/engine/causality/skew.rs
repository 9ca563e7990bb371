//! How far the clocks of two hosts are apart, by the connections that both recorded.

use std::collections::{BTreeMap, BTreeSet};

use super::answers::{EdgeKind, Skew};
use super::walk::Walk;
use crate::engine::events::{Attribute, Direction, Fact, FactId, FactKind};
use crate::engine::hosts::HostId;
use crate::engine::state::State;

/// Who opened a connection and who accepted it.
type Ends = (String, String);

impl State {
    /// The clocks of hosts that edges lead across, by the hosts' names.
    pub(super) fn skews(&self, walk: &Walk) -> Vec<Skew> {
        let host = |row| self.hosts.canonical(self.table.row(row).host);
        let across = walk.edges().filter(|(cause, _)| cause.kind == EdgeKind::Connected);
        let pairs: BTreeSet<(HostId, HostId)> =
            across.map(|(cause, effect)| (host(*effect), host(cause.cause))).collect();
        let mut skews: Vec<Skew> =
            pairs.into_iter().filter_map(|(ahead, behind)| self.skew(ahead, behind)).collect();
        skews.sort_by(|a, b| {
            let numbers = |skew: &Skew| (skew.milliseconds, skew.connections);
            (&a.host, &a.behind, numbers(a)).cmp(&(&b.host, &b.behind, numbers(b)))
        });
        skews
    }

    /// How far one host's clock runs ahead of another's.
    fn skew(&self, ahead: HostId, behind: HostId) -> Option<Skew> {
        // A client's port is used again and again: all its connections are looked through once.
        let mut by_client: BTreeMap<String, Vec<FactId>> = BTreeMap::new();
        for fact in self.events.connections(self.hosts.label(ahead)) {
            if self.hosts.same(self.events.get(fact).told.host, ahead)
                && let Some((client, _)) = self.events.ends(fact)
            {
                by_client.entry(client).or_default().push(fact);
            }
        }
        // Of one sensor with ids of its own where there is one: another log's clock can be another one.
        let mut of_sensors: [BTreeMap<Ends, i64>; 2] = Default::default();
        for (client, facts) in by_client {
            let theirs = self.recorded_by(behind, &client);
            for (fact, ends) in facts.into_iter().filter_map(|fact| Some((fact, self.events.ends(fact)?))) {
                let fact = self.events.get(fact);
                let [own, other] = &mut of_sensors;
                let list = if fact.told.row.is_some() { own } else { other };
                let key = (ends, fact.told.row.is_some(), opposite(fact.told.direction));
                if let Some(near) = theirs.get(&key).and_then(|times| offset(fact, times)) {
                    let (ends, ..) = key;
                    let kept = list.entry(ends).or_insert(near);
                    *kept = (*kept).min(near);
                }
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

    /// When a host recorded connections of a client, in order, by their ends, by whether the sensor has ids of its
    /// own, and by the side.
    fn recorded_by(&self, host: HostId, client: &str) -> BTreeMap<(Ends, bool, Direction), Vec<i64>> {
        let mut times: BTreeMap<(Ends, bool, Direction), Vec<i64>> = BTreeMap::new();
        for fact in self.events.by_text(Attribute::Client, client) {
            let told = &self.events.get(fact).told;
            if told.kind == FactKind::Network
                && self.hosts.same(told.host, host)
                && let Some(ends) = self.events.ends(fact)
            {
                times.entry((ends, told.row.is_some(), told.direction)).or_default().push(told.time);
            }
        }
        times.values_mut().for_each(|times| times.sort_unstable());
        times
    }
}

/// The side on which the other end records it.
fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Outgoing => Direction::Incoming,
        Direction::Incoming => Direction::Outgoing,
        side @ (Direction::Failed | Direction::Unknown) => side,
    }
}

/// How long after the nearest of several times something was recorded.
fn offset(fact: &Fact, times: &[i64]) -> Option<i64> {
    let later = times.partition_point(|&time| time < fact.told.time);
    let nearest = [later.checked_sub(1), Some(later)].into_iter().flatten();
    let offsets = nearest.filter_map(|place| times.get(place)).map(|time| fact.told.time - time);
    offsets.min_by_key(|offset| (offset.abs(), *offset))
}
