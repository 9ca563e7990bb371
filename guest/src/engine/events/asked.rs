//! Lists of the index that alerts ask about, sorted further, so that an alert looks at what can be its own alone
//! and not at all that ten thousand others share with it. Filled when they are asked for, with what is new since.

use std::collections::{BTreeMap, BTreeSet};

use super::index::{Key, span};
use super::owners::{Owners, Shown};
use super::{Attribute, Events, FactId, FactKind, Told};
use crate::engine::hashing::{Map, Seed};
use crate::engine::hosts::{HostId, Hosts, LabelId};
use crate::engine::process::RowId;
use crate::engine::strings::Sym;
use crate::model::Transport;

/// Who made a connection, as the fact has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Maker {
    Row(RowId),
    /// A process id on a host, and the path that the record has; who that was depends on the time.
    Pid(HostId, u32, Sym),
}

/// The port of the side that opened a connection and that of the other, 0 for any; the transport, `None` for any.
pub(in crate::engine) type Flow = (u16, u16, Option<Transport>);

/// Who made connections in which environment, of which flow, and when.
type Makers = BTreeSet<(Sym, Flow, Maker, i64)>;

/// Connections of the hosts of a label by time.
type ByLabel = BTreeMap<LabelId, BTreeSet<(i64, FactId)>>;

/// A list as far as it was read.
#[derive(Debug)]
pub(super) struct Part<T> {
    /// The head that it had then.
    pub(super) seen: u32,
    pub(super) sorted: T,
}

impl<T: Default> Default for Part<T> {
    fn default() -> Self {
        Self { seen: 0, sorted: T::default() }
    }
}

/// What may be about a file. What was started runs for long; all else counts when it was done.
#[derive(Debug, Default)]
struct OfFile {
    starts: Vec<FactId>,
    others: BTreeSet<(i64, FactId)>,
}

/// See above.
#[derive(Debug)]
pub(super) struct Asked {
    /// By the hash of both ends and the span.
    pairs: Map<Key, Part<Makers>>,
    files: Map<Key, Part<BTreeMap<LabelId, OfFile>>>,
    /// By the other end's address.
    far: Map<Key, Part<ByLabel>>,
    pub(super) owners: Map<Key, Part<Owners>>,
    pub(super) shown: Map<LabelId, Shown>,
}

impl Asked {
    pub(super) fn new(seed: Seed) -> Self {
        let (pairs, files, far) = (Map::with_hasher(seed), Map::with_hasher(seed), Map::with_hasher(seed));
        Self { pairs, files, far, owners: Map::with_hasher(seed), shown: Map::with_hasher(seed) }
    }
}

impl Events {
    /// Sorts connections from one address to another, from a time to another.
    pub(in crate::engine) fn sort_pair(&mut self, ends: [&str; 2], from: i64, to: i64, hosts: &Hosts) {
        for span in span(from)..=span(to) {
            let key = self.index.pair(ends, span);
            let Self { index, asked, facts, texts, .. } = self;
            let head = index.head(key);
            if head == 0 {
                continue;
            }
            let part = asked.pairs.entry(key).or_default();
            for fact in index.entries_since(head, part.seen).filter_map(|id| facts.get(id.place())) {
                let told = &fact.told;
                let Some(maker) = maker(told) else { continue };
                for way in told.ways().filter(|way| way.ends.map(|end| texts.get(end)) == ends) {
                    let [own, service] = way.ports;
                    for (own, service) in [(own, service), (own, 0), (0, service), (0, 0)] {
                        for &transport in transports(told) {
                            let flow = (own, service, transport);
                            part.sorted.insert((hosts.environment(told.host), flow, maker, told.time));
                        }
                    }
                }
            }
            part.seen = head;
        }
    }

    /// Of such a pair who made connections of a flow in an environment, each with the first time from one to another. For [`Maker::Pid`] more times may follow: see [`Self::next_between`].
    pub(in crate::engine) fn makers_between<'e>(
        &'e self,
        ends: [&'e str; 2],
        of: Sym,
        flow: Flow,
        from: i64,
        to: i64,
    ) -> impl Iterator<Item = (Maker, i64)> + 'e {
        let spans = span(from)..=span(to);
        let parts = spans.filter_map(move |span| self.asked.pairs.get(&self.index.pair(ends, span)));
        parts.flat_map(move |part| {
            let first = part.sorted.range((of, flow, Maker::Row(RowId::at(0)), i64::MIN)..).next();
            let makers = std::iter::successors(first, move |(_, _, maker, _)| {
                let rest = part.sorted.range((of, flow, *maker, i64::MAX)..);
                // Behind the last maker stand other flows, of the same maker perhaps.
                rest.take_while(|(its_own, its, ..)| (*its_own, *its) == (of, flow))
                    .find(|(_, _, other, _)| other != maker)
            });
            let makers = makers.take_while(move |(its_own, its, ..)| (*its_own, *its) == (of, flow));
            makers.filter_map(move |&(_, _, maker, _)| {
                let near = part.sorted.range((of, flow, maker, from)..=(of, flow, maker, to)).next();
                near.map(|&(.., time)| (maker, time))
            })
        })
    }

    /// When one of them did so next.
    pub(in crate::engine) fn next_between(
        &self,
        ends: [&str; 2],
        of: Sym,
        flow: Flow,
        maker: Maker,
        from: i64,
        to: i64,
    ) -> Option<i64> {
        if from > to {
            return None;
        }
        let mut parts = (span(from)..=span(to)).filter_map(|span| {
            let part = self.asked.pairs.get(&self.index.pair(ends, span))?;
            part.sorted.range((of, flow, maker, from)..=(of, flow, maker, to)).next().map(|&(.., time)| time)
        });
        parts.next()
    }

    /// How near to a time one of them came, from a time to another.
    pub(in crate::engine) fn nearest_between(
        &self,
        (ends, of, flow, maker): ([&str; 2], Sym, Flow, Maker),
        at: i64,
        (from, to): (i64, i64),
    ) -> Option<u64> {
        let parts = (span(from)..=span(to))
            .filter_map(|span| self.asked.pairs.get(&self.index.pair(ends, span)).map(|part| &part.sorted));
        let nearest = parts.flat_map(|sorted| {
            let times = |from: i64, to: i64| {
                let is_some = from <= to;
                is_some
                    .then(|| sorted.range((of, flow, maker, from)..=(of, flow, maker, to)))
                    .into_iter()
                    .flatten()
            };
            let before = times(from, to.min(at)).next_back();
            [before, times(from.max(at), to).next()]
        });
        nearest.flatten().map(|&(.., time)| time.abs_diff(at)).min()
    }

    /// Sorts what may be about a file, by path or hash, by hosts.
    pub(in crate::engine) fn sort_file(&mut self, attribute: Attribute, text: &str, hosts: &Hosts) {
        let key = self.index.text_key(attribute, text);
        let Self { index, asked, facts, .. } = self;
        let part = asked.files.entry(key).or_default();
        let head = index.head(key);
        for id in index.entries_since(head, part.seen) {
            if let Some(fact) = facts.get(id.place()) {
                let list = part.sorted.entry(hosts.label(fact.told.host)).or_default();
                if fact.told.kind != FactKind::Start {
                    list.others.insert((fact.told.time, id));
                } else if !index.was_entered_again(id) || !list.starts.contains(&id) {
                    // What was entered again may be there.
                    list.starts.push(id);
                }
            }
        }
        part.seen = head;
    }

    /// What may be about such a file, on the hosts of a label: starts at any time, and what was done to it from a time
    /// to another. Each is to be looked at.
    pub(in crate::engine) fn of_file_on(
        &self,
        attribute: Attribute,
        text: &str,
        label: LabelId,
        (from, to): (i64, i64),
    ) -> impl Iterator<Item = FactId> + '_ {
        let part = self.asked.files.get(&self.index.text_key(attribute, text));
        part.and_then(|part| part.sorted.get(&label)).into_iter().flat_map(move |list| {
            let near = list.others.range((from, FactId::at(0))..).take_while(move |&&(time, _)| time <= to);
            list.starts.iter().copied().chain(near.map(|&(_, id)| id))
        })
    }

    /// Sorts connections with an address, by hosts.
    pub(in crate::engine) fn sort_far(&mut self, address: &str, hosts: &Hosts) {
        let Some(sym) = self.texts.find(address) else { return };
        let key = self.index.text_key(Attribute::RemoteAddress, address);
        let Self { index, asked, facts, .. } = self;
        let part = asked.far.entry(key).or_default();
        let head = index.head(key);
        for id in index.entries_since(head, part.seen) {
            if let Some(told) = facts.get(id.place()).map(|fact| &fact.told)
                && told.kind == FactKind::Network
                && told.text(0) == sym
            {
                part.sorted.entry(hosts.label(told.host)).or_default().insert((told.time, id));
            }
        }
        part.seen = head;
    }

    /// Such connections of the hosts of a label, from a time to another.
    pub(in crate::engine) fn with_far(
        &self,
        address: &str,
        label: LabelId,
        (from, to): (i64, i64),
    ) -> impl Iterator<Item = FactId> + '_ {
        let part = self.asked.far.get(&self.index.text_key(Attribute::RemoteAddress, address));
        part.and_then(|part| part.sorted.get(&label)).into_iter().flat_map(move |list| {
            let near = list.range((from, FactId::at(0))..).take_while(move |&&(time, _)| time <= to);
            near.map(|&(_, id)| id)
        })
    }
}

/// As which transports a connection may be asked for: where its record says none, as any.
fn transports(told: &Told) -> &'static [Option<Transport>] {
    match told.transport {
        Some(Transport::Tcp) => &[None, Some(Transport::Tcp)],
        Some(Transport::Udp) => &[None, Some(Transport::Udp)],
        None => &[None, Some(Transport::Tcp), Some(Transport::Udp)],
    }
}

fn maker(told: &Told) -> Option<Maker> {
    match told.row {
        Some(row) => Some(Maker::Row(row)),
        None => (told.pid != 0).then_some(Maker::Pid(told.host, told.pid, told.image)),
    }
}
