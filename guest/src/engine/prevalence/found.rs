//! The numbers that one scope has of an image and of what was asked about it.

use super::field::{FIELDS, Field, LISTS};
use super::on_host::OnHost;
use super::scope::{Count, Scope, Slots};
use super::sighting::Sighting;

/// The numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The image.
    pub all: Count,
    /// Competition rank; `None` for an unseen image.
    pub rank: Option<u32>,
    /// When it was there.
    pub seen: Sighting,
    /// Hosts of the scope.
    pub hosts: u32,
    /// Distinct images of the scope.
    pub images: u32,
    /// The scope is too young or too small to mean much.
    pub learning: bool,
    /// The values that were asked for, each with the executions in which its field was known.
    pub fields: [Option<(Count, Count)>; FIELDS],
    /// In how many executions each list was known, and its elements that were asked for, in their order.
    pub lists: [(Count, Vec<Count>); LISTS],
}

impl Found {
    /// What a scope has at the places of a shape; without any, nothing was seen.
    #[must_use]
    pub fn in_scope(scope: &Scope, slots: Option<&Slots>, asked: [bool; FIELDS]) -> Self {
        let (hosts, images) = (scope.hosts(), scope.distinct_images());
        let nothing = Self { hosts, images, ..Self::nowhere(asked) };
        let Some(slots) = slots else { return nothing };
        let counts = scope.counts(slots.member);
        Self {
            all: counts.all,
            rank: scope.rank(slots.member),
            seen: counts.seen,
            fields: Field::ALL.map(|field| {
                let value = slots.values.get(field as usize).copied().flatten();
                let value = value.map_or(Count::default(), |value| scope.at(value));
                asked.get(field as usize)?.then(|| (value, counts.known(field)))
            }),
            lists: Field::LISTS.map(|field| (counts.known(field), Vec::new())),
            ..nothing
        }
    }

    /// What a host has.
    #[must_use]
    pub fn on_host(on_host: &OnHost, seen: Sighting, asked: [bool; FIELDS]) -> Self {
        let count = |executions: u64| Count { executions, hosts: u32::from(executions > 0) };
        let known = |field: Field| count(on_host.known.get(field as usize).copied().unwrap_or(0));
        Self {
            all: count(on_host.executions),
            rank: on_host.rank,
            seen,
            hosts: u32::from(on_host.of_host > 0),
            images: on_host.images,
            learning: false,
            fields: Field::ALL.map(|field| {
                let same = count(on_host.same.get(field as usize).copied().unwrap_or(0));
                asked.get(field as usize)?.then(|| (same, known(field)))
            }),
            lists: Field::LISTS.map(|field| (known(field), Vec::new())),
        }
    }

    /// What is known of an image in a scope that nobody has been in.
    #[must_use]
    pub fn nowhere(asked: [bool; FIELDS]) -> Self {
        Self { fields: asked.map(|asked| asked.then(Default::default)), ..Self::default() }
    }

    /// The same without one execution, whose image's place in the scope this is. `on_host` is what its host
    /// has, that execution included: what it was the only one of there is gone from a host.
    #[must_use]
    pub fn one_less(mut self, scope: &Scope, slots: &Slots, on_host: &OnHost) -> Self {
        let take = |count: &mut Count, was_only: bool| {
            count.executions = count.executions.saturating_sub(1);
            count.hosts = count.hosts.saturating_sub(u32::from(was_only));
        };
        let edge = on_host.one_less().edge();
        self.rank = scope.rank_with_one_less(slots.member);
        self.images -= u32::from(self.all.executions == 1);
        self.hosts = self.hosts.saturating_sub(u32::from(edge.host));
        take(&mut self.all, edge.image);
        let edges = edge.values.into_iter().zip(edge.known);
        for ((value, known), (last_value, last_known)) in
            self.fields.iter_mut().zip(edges).filter_map(|(f, e)| Some((f.as_mut()?, e)))
        {
            take(value, last_value);
            take(known, last_known);
        }
        for ((known, _), last) in self.lists.iter_mut().zip(edge.known.into_iter().skip(FIELDS)) {
            take(known, last);
        }
        self
    }
}
