//! `entity=host`: machines by all their names, and the addresses that connections tell of, each with the time
//! from its first sight to its last: addresses are given to others later.

use std::collections::BTreeMap;

use super::Search;
use super::actor::column;
use super::condition::Condition;
use crate::engine::causality::Row;
use crate::engine::hosts::HostId;
use crate::engine::state::State;
use crate::query::AttributeName;
use crate::text::address;
use crate::text::time;

/// From when to when, and the record that tells of the first time.
#[derive(Debug, Clone, Copy)]
struct Seen<'s> {
    from: i64,
    to: i64,
    first: (&'s str, u64),
}

impl State {
    /// The rows, in order.
    pub(super) fn find_hosts(&self, search: &mut Search<'_>) -> Vec<Row> {
        let mut names: BTreeMap<HostId, Vec<&str>> = BTreeMap::new();
        for host in self.hosts.all().filter(|&host| self.hosts.has_name(host)) {
            names.entry(self.hosts.canonical(host)).or_default().push(self.hosts.spelling(host));
        }
        let is_named = |condition: &mut Condition, host: HostId| {
            names.get(&host).is_some_and(|names| names.iter().any(|name| condition.fits(name)))
        };
        let addresses = self.addresses(search);
        let mut rows = Vec::new();
        for &host in names.keys() {
            let mut of_host =
                addresses.range((host, "")..).take_while(|&(&(of, _), _)| of == host).peekable();
            let mut push = |address: &str, seen: Option<&Seen<'_>>| {
                let fits = search.fits(|condition| match condition.name {
                    AttributeName::HostName => is_named(condition, host),
                    AttributeName::HostIp => condition.fits(address),
                    _ => false,
                });
                if fits {
                    rows.push(self.show_host(host, address, seen));
                }
            };
            if of_host.peek().is_none() {
                push("", None);
            }
            for (&(_, address), seen) in of_host {
                push(address, Some(seen));
            }
        }
        rows.sort_by(|a, b| (a.time, &a.origin, &a.columns).cmp(&(b.time, &b.origin, &b.columns)));
        rows
    }

    /// The addresses of hosts, as far as they can answer.
    fn addresses(&self, search: &Search<'_>) -> BTreeMap<(HostId, &str), Seen<'_>> {
        let mut addresses: BTreeMap<(HostId, &str), Seen<'_>> = BTreeMap::new();
        for id in self.facts_for(&search.conditions) {
            let fact = self.events.get(id);
            let address = self.events.text(fact.told.text(1));
            if !fact.told.shows_own_address() || address::canonical(address).is_none() {
                continue;
            }
            let (time, place) = (fact.told.time, (self.events.text(fact.source), fact.line));
            let seen = addresses.entry((self.hosts.canonical(fact.told.host), address)).or_insert(Seen {
                from: time,
                to: time,
                first: place,
            });
            (seen.from, seen.first) = (seen.from, seen.first).min((time, place));
            seen.to = seen.to.max(time);
        }
        addresses
    }

    fn show_host(&self, host: HostId, address: &str, seen: Option<&Seen<'_>>) -> Row {
        let at = |time: Option<i64>| time.map(time::to_text).unwrap_or_default();
        Row {
            time: seen.map(|seen| seen.from),
            process: String::new(),
            columns: vec![
                column("host_name", self.hosts.display(host)),
                column("host_ip", address),
                column("from", at(seen.map(|seen| seen.from))),
                column("to", at(seen.map(|seen| seen.to))),
            ],
            origin: seen.map(|seen| (seen.first.0.to_owned(), seen.first.1)),
        }
    }
}
