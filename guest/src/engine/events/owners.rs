//! Whose an address was at a time: addresses go from one machine to another.
//!
//! The nearest connection before that time and the nearest after it show it. Neither counts where its machine shows
//! another address from then up to that time, unless it had both within an hour before: then it has several at once.
//! (Of IPv6 every machine has several, so that another one says nothing.) Nor does what lies more than a day away,
//! unless the same machine had the address before and after.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::Part;
use super::index::Key;
use super::{Attribute, Events, FactKind};
use crate::engine::hosts::{HostId, Hosts, LabelId};
use crate::engine::strings::Sym;
use crate::text::address;

/// Whose an address was in which environment, and when.
pub(super) type Owners = BTreeSet<(Sym, i64, HostId)>;

/// What shows an address for so long is not known to have it any more, in milliseconds.
const LONG: u64 = 24 * 60 * 60 * 1000;

/// Two addresses that a host shows within so long it has at once, in milliseconds.
pub(in crate::engine) const BESIDE: i64 = 60 * 60 * 1000;

/// What the hosts of a label show as their own.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// IPv4 addresses, and when.
    when: Part<BTreeMap<(HostId, Sym), BTreeSet<i64>>>,
    /// The addresses that were asked for and were theirs.
    asked: BTreeSet<Sym>,
}

/// A host that had an address.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Sighting {
    pub(in crate::engine) host: HostId,
    pub(in crate::engine) at: i64,
    /// Why it is not taken for the owner.
    pub(in crate::engine) denial: Option<Denial>,
}

/// See [`Sighting`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Denial {
    /// It shows this address in between.
    Other(Sym),
    /// It is too long ago, or too far ahead.
    Far,
}

impl Events {
    /// Sorts by time whose connections show that they had an address.
    pub(in crate::engine) fn sort_owners_of(&mut self, address: Sym, hosts: &Hosts) {
        let key = self.index.text_key(Attribute::LocalAddress, self.texts.get(address));
        let Self { index, asked, facts, .. } = self;
        let part = asked.owners.entry(key).or_default();
        let head = index.head(key);
        for fact in index.entries_since(head, part.seen).filter_map(|id| facts.get(id.place())) {
            let told = &fact.told;
            if told.kind == FactKind::Network && told.text(1) == address {
                part.sorted.insert((hosts.environment(told.host), told.time, told.host));
            }
        }
        part.seen = head;
    }

    /// The times of an address's connections next to one: what is learned at that time can matter between these.
    pub(in crate::engine) fn owned_around(&self, address: &str, of: Sym, time: i64) -> (i64, i64) {
        let key = self.index.text_key(Attribute::LocalAddress, address);
        let Some(part) = self.asked.owners.get(&key) else { return (i64::MIN, i64::MAX) };
        let before = time.checked_sub(1).and_then(|before| {
            let [before, _] = Self::beside(&part.sorted, of, before);
            before
        });
        let after = time.checked_add(1).and_then(|after| {
            let [_, after] = Self::beside(&part.sorted, of, after);
            after
        });
        (before.unwrap_or(i64::MIN), after.unwrap_or(i64::MAX))
    }

    /// The last time up to one and the first from it on.
    fn beside(sorted: &Owners, of: Sym, time: i64) -> [Option<i64>; 2] {
        let (least, middle) = ((of, i64::MIN, HostId::FIRST), (of, time, HostId::LAST));
        let before = sorted.range(least..=middle).next_back().map(|&(_, at, _)| at);
        let (middle, last) = ((of, time, HostId::FIRST), (of, i64::MAX, HostId::LAST));
        let after = sorted.range(middle..=last).next().map(|&(_, at, _)| at);
        [before, after]
    }

    /// Sorts whose an address is, and what else those show that had it nearest to a time.
    pub(in crate::engine) fn sort_owners_at(&mut self, address: &str, of: Sym, time: i64, hosts: &Hosts) {
        let Some(sym) = self.texts.find(address) else { return };
        self.sort_owners_of(sym, hosts);
        for (_, host) in self.sighted(address, of, time) {
            let label = hosts.label(host);
            self.sort_shown(label);
            self.asked.shown.entry(label).or_default().asked.insert(sym);
        }
    }

    fn sort_shown(&mut self, label: LabelId) {
        let Self { index, asked, facts, texts, .. } = self;
        let part = &mut asked.shown.entry(label).or_default().when;
        let head = index.head(Key::Connections(label));
        for fact in index.entries_since(head, part.seen).filter_map(|id| facts.get(id.place())) {
            let (told, local) = (&fact.told, fact.told.text(1));
            if told.shows_own_address() && is_v4(texts.get(local)) {
                part.sorted.entry((told.host, local)).or_default().insert(told.time);
            }
        }
        part.seen = head;
    }

    /// The addresses that were asked for and were those of a label's hosts.
    pub(in crate::engine) fn asked_of(&self, label: LabelId) -> impl Iterator<Item = Sym> + '_ {
        self.asked.shown.get(&label).into_iter().flat_map(|shown| shown.asked.iter().copied())
    }

    /// The hosts whose an address surely was nearest to a time; of two equally near both.
    pub(in crate::engine) fn owners_at(
        &self,
        address: &str,
        of: Sym,
        time: i64,
        hosts: &Hosts,
    ) -> Vec<HostId> {
        let mut owners = self.sightings(address, of, time, hosts);
        owners.retain(|sighting| sighting.denial.is_none());
        let nearest = owners.iter().map(|sighting| sighting.at.abs_diff(time)).min();
        owners.retain(|sighting| Some(sighting.at.abs_diff(time)) == nearest);
        let mut owners: Vec<HostId> = owners.into_iter().map(|sighting| sighting.host).collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// Who had an address nearest to a time, before it and after it.
    pub(in crate::engine) fn sightings(
        &self,
        address: &str,
        of: Sym,
        time: i64,
        hosts: &Hosts,
    ) -> Vec<Sighting> {
        let Some(sym) = self.texts.find(address) else { return Vec::new() };
        let sighted = self.sighted(address, of, time);
        let keeps = |host: HostId| {
            let is_its = |&&(_, other): &&(i64, HostId)| hosts.same(host, other);
            let mut its = sighted.iter().filter(is_its).map(|&(at, _)| at);
            its.clone().any(|at| at <= time) && its.any(|at| at >= time)
        };
        let sightings = sighted.iter().map(|&(at, host)| {
            let other = self.other_between(sym, host, at, time, hosts).map(Denial::Other);
            let is_far = at.abs_diff(time) > LONG && !keeps(host);
            Sighting { host, at, denial: other.or(is_far.then_some(Denial::Far)) }
        });
        sightings.collect()
    }

    fn sighted(&self, address: &str, of: Sym, time: i64) -> Vec<(i64, HostId)> {
        let Some(part) = self.asked.owners.get(&self.index.text_key(Attribute::LocalAddress, address)) else {
            return Vec::new();
        };
        let [before, after] = Self::beside(&part.sorted, of, time);
        let after = after.filter(|_| before != after);
        let at = |at: i64| part.sorted.range((of, at, HostId::FIRST)..=(of, at, HostId::LAST));
        before.into_iter().chain(after).flat_map(at).map(|&(_, at, host)| (at, host)).collect()
    }

    /// The first other address that a host shows after it had one up to a time, or from a time on before it had it.
    fn other_between(&self, address: Sym, host: HostId, at: i64, time: i64, hosts: &Hosts) -> Option<Sym> {
        let (between, beside) = if at < time {
            (at.saturating_add(1)..=time, at.saturating_sub(BESIDE)..=at)
        } else {
            (time..=at.saturating_sub(1), at..=at.saturating_add(BESIDE))
        };
        if at == time || !is_v4(self.texts.get(address)) {
            return None;
        }
        let shown = &self.asked.shown.get(&hosts.label(host))?.when.sorted;
        let its = || shown.iter().filter(|((name, other), _)| *other != address && hosts.same(*name, host));
        let at_once: BTreeSet<Sym> = its()
            .filter(|(_, times)| times.range(beside.clone()).next().is_some())
            .map(|((_, other), _)| *other)
            .collect();
        let others =
            its().filter(|((_, other), _)| !at_once.contains(other)).filter_map(|((_, other), times)| {
                Some((*times.range(between.clone()).next()?, self.texts.get(*other), *other))
            });
        others.min_by(|(a, one, _), (b, other, _)| (a, one).cmp(&(b, other))).map(|(.., other)| other)
    }
}

/// Whether an address is of IPv4 and can be one machine's.
fn is_v4(text: &str) -> bool {
    !text.contains(':') && address::canonical(text).is_some()
}
