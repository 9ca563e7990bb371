//! The counts of many hosts together: of an environment, or of the whole tenant.
//!
//! Per image its executions and hosts, per image and field the values beside each other. Where a start is
//! counted nothing is searched: its shape leads straight to the places of its values.

mod fill;

use std::hash::BuildHasher;

use hashbrown::HashTable;

use super::field::{ALL_FIELDS, FIELDS, Field, LISTS};
use super::ranking::{Member, Ranking};
use super::shapes::Shape;
use super::sighting::Sighting;
use crate::engine::hashing::{Map, Seed, pair};
use crate::engine::numbers::number;
use crate::engine::strings::Sym;

number! {
    /// The place of a value's count.
    ValueId
}

/// Where a shape's counts stand in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slots {
    /// Its image.
    pub member: Member,
    /// Its values, by [`Field`]; none where the value is not known.
    pub values: [Option<ValueId>; FIELDS],
    /// Whether its lists are known.
    pub lists: [bool; LISTS],
}

/// What a start is the first or the last of on its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edge {
    /// Of anything.
    pub host: bool,
    /// Of its image.
    pub image: bool,
    /// Of its image with the field known.
    pub known: [bool; ALL_FIELDS],
    /// Of its image with this value.
    pub values: [bool; FIELDS],
}

/// How often a field was known, or a value seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Executions.
    pub executions: u64,
    /// Distinct hosts.
    pub hosts: u32,
}

impl Count {
    fn add(&mut self, times: u64, on_new_host: bool) {
        self.executions += times;
        self.hosts += u32::from(on_new_host);
    }

    fn remove(&mut self, times: u64, from_last_host: bool) {
        self.executions = self.executions.saturating_sub(times);
        self.hosts = self.hosts.saturating_sub(u32::from(from_last_host));
    }
}

/// One image in a scope.
#[derive(Debug, Clone, Copy)]
pub struct ImageCounts {
    /// Its folded file name.
    pub image: Sym,
    /// All of it.
    pub all: Count,
    /// When it was there.
    pub seen: Sighting,
    known: [Count; ALL_FIELDS],
    first: [Option<ValueId>; ALL_FIELDS],
}

impl ImageCounts {
    /// Executions in which a field was known, and their hosts: the denominators.
    #[must_use]
    pub fn known(&self, field: Field) -> Count {
        self.known.get(field as usize).copied().unwrap_or_default()
    }
}

#[derive(Debug, Clone, Copy)]
struct ValueCount {
    member: Member,
    field: Field,
    value: Sym,
    count: Count,
    next: Option<ValueId>,
}

/// A scope.
#[derive(Debug, Default)]
pub struct Scope {
    members: Map<Sym, Member>,
    images: Vec<ImageCounts>,
    ranking: Ranking,
    values: Vec<ValueCount>,
    by_value: HashTable<ValueId>,
    /// It was filled in order, and values are found without a table.
    is_sorted: bool,
    seed: Seed,
    running: u32,
    hosts: u32,
    executions: u64,
    seen: Sighting,
}

#[allow(clippy::indexing_slicing, reason = "members and values are numbered by this scope and never removed")]
impl Scope {
    /// An empty scope.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { members: Map::with_hasher(seed), seed, ..Self::default() }
    }

    /// An image's place here, made where it is missing.
    pub fn member(&mut self, image: Sym) -> Member {
        *self.members.entry(image).or_insert_with(|| {
            let seen = Sighting::default();
            let counts = ImageCounts {
                image,
                all: Count::default(),
                seen,
                known: Default::default(),
                first: [None; ALL_FIELDS],
            };
            self.images.push(counts);
            self.ranking.add()
        })
    }

    /// The places of a shape's counts here, made where they are missing.
    pub fn slots(&mut self, shape: &Shape) -> Slots {
        let member = self.member(shape.image);
        let values = Field::ALL.map(|field| {
            let value = shape.value(field);
            (!value.is_empty()).then(|| self.slot(member, field, value))
        });
        Slots { member, values, lists: shape.lists }
    }

    /// The place of a value, made where it is missing.
    pub fn slot(&mut self, member: Member, field: Field, value: Sym) -> ValueId {
        if let Some(id) = self.find(member, field, value) {
            return id;
        }
        let hash = value_key(self.seed, member, field, value);
        let first = &mut self.images[member as usize].first[field as usize];
        let id = ValueId::at(self.values.len());
        self.values.push(ValueCount { member, field, value, count: Count::default(), next: *first });
        *first = Some(id);
        let Self { values, by_value, seed, .. } = self;
        by_value.insert_unique(hash, id, |id| {
            let kept = &values[id.place()];
            value_key(*seed, kept.member, kept.field, kept.value)
        });
        id
    }

    /// The place of a value, if it ever had one.
    #[must_use]
    pub fn find(&self, member: Member, field: Field, value: Sym) -> Option<ValueId> {
        if self.is_sorted {
            return self.find_sorted(member, field, value);
        }
        let hash = value_key(self.seed, member, field, value);
        let is = |id: &ValueId| {
            let kept = &self.values[id.place()];
            (kept.member, kept.field, kept.value) == (member, field, value)
        };
        self.by_value.find(hash, is).copied()
    }

    /// Adds equal executions; the edge says what is new on their host.
    pub fn add(&mut self, slots: &Slots, times: u64, edge: &Edge) {
        let counts = &mut self.images[slots.member as usize];
        self.ranking.raise(slots.member, times);
        self.executions += times;
        self.hosts += u32::from(edge.host);
        self.running += u32::from(counts.all.executions == 0);
        counts.all.add(times, edge.image);
        for (index, value) in slots.values.iter().enumerate() {
            if let Some(value) = value {
                counts.known[index].add(times, edge.known[index]);
                self.values[value.place()].count.add(times, edge.values[index]);
            }
        }
        for (index, _) in slots.lists.iter().enumerate().filter(|(_, known)| **known) {
            counts.known[FIELDS + index].add(times, edge.known[FIELDS + index]);
        }
    }

    /// Adds an element of a list to executions that are counted already.
    pub fn add_element(&mut self, value: ValueId, times: u64, on_new_host: bool) {
        self.values[value.place()].count.add(times, on_new_host);
    }

    /// Takes an element out of executions.
    pub fn remove_element(&mut self, value: ValueId, times: u64, from_last_host: bool) {
        self.values[value.place()].count.remove(times, from_last_host);
    }

    /// What a place stands for.
    #[must_use]
    pub fn value(&self, value: ValueId) -> (Member, Field, Sym) {
        let kept = &self.values[value.place()];
        (kept.member, kept.field, kept.value)
    }

    /// Takes equal executions out again; the edge says what is gone from its host.
    pub fn remove(&mut self, slots: &Slots, times: u64, edge: &Edge) {
        let counts = &mut self.images[slots.member as usize];
        self.ranking.lower(slots.member, times);
        self.executions = self.executions.saturating_sub(times);
        self.hosts = self.hosts.saturating_sub(u32::from(edge.host));
        counts.all.remove(times, edge.image);
        self.running -= u32::from(counts.all.executions == 0);
        for (index, value) in slots.values.iter().enumerate() {
            if let Some(value) = value {
                counts.known[index].remove(times, edge.known[index]);
                self.values[value.place()].count.remove(times, edge.values[index]);
            }
        }
        for (index, _) in slots.lists.iter().enumerate().filter(|(_, known)| **known) {
            counts.known[FIELDS + index].remove(times, edge.known[FIELDS + index]);
        }
    }

    /// An image was there.
    pub fn sight(&mut self, member: Member, seen: Sighting) {
        self.images[member as usize].seen.join(seen);
        self.seen.join(seen);
    }

    /// Nothing was ever there, as far as is known.
    pub fn forget_sightings(&mut self) {
        self.images.iter_mut().for_each(|image| image.seen = Sighting::default());
        self.seen = Sighting::default();
    }

    /// A member's counts.
    #[must_use]
    pub fn counts(&self, member: Member) -> &ImageCounts {
        &self.images[member as usize]
    }

    /// A member's rank, if it ran here.
    #[must_use]
    pub fn rank(&self, member: Member) -> Option<u32> {
        (self.images[member as usize].all.executions > 0).then(|| self.ranking.rank(member))
    }

    /// The rank that a member would have with one execution less.
    #[must_use]
    pub fn rank_with_one_less(&self, member: Member) -> Option<u32> {
        let executions = self.images[member as usize].all.executions;
        (executions > 1).then(|| self.ranking.rank_with_one_less(member))
    }

    /// When anything was there.
    #[must_use]
    pub fn seen(&self) -> Sighting {
        self.seen
    }

    /// The count of an element of a list; zero for one never seen.
    #[must_use]
    pub fn element(&self, member: Member, field: Field, value: Sym) -> Count {
        self.find(member, field, value).map_or(Count::default(), |id| self.at(id))
    }

    /// The count of a value that has a place.
    #[must_use]
    pub fn at(&self, value: ValueId) -> Count {
        self.values[value.place()].count
    }

    /// The places of an image and some values, none for a value that it never had; nothing for an image that
    /// was never noted.
    #[must_use]
    pub fn look_up(&self, image: Sym, values: &[Option<Sym>; FIELDS]) -> Option<Slots> {
        let member = *self.members.get(&image)?;
        let values = Field::ALL.map(|field| {
            let value = values.get(field as usize).copied().flatten()?;
            self.find(member, field, value)
        });
        Some(Slots { member, values, lists: [true; LISTS] })
    }

    /// What is counted of an image.
    #[must_use]
    pub fn of_image(&self, image: Sym) -> Option<&ImageCounts> {
        self.members.get(&image).map(|&member| self.counts(member))
    }

    /// An image's values in a field that were seen, in no particular order.
    pub fn values(&self, member: Member, field: Field) -> impl Iterator<Item = (Sym, Count)> + '_ {
        let first = self.images[member as usize].first[field as usize];
        std::iter::successors(first, |id| self.values[id.place()].next)
            .map(|id| (self.values[id.place()].value, self.at(id)))
            .filter(|(_, count)| count.executions > 0)
    }

    /// Images that ran here, by falling count.
    pub fn images_by_rank(&self) -> impl Iterator<Item = (&ImageCounts, u32)> {
        self.ranking
            .order()
            .iter()
            .map(|&member| (&self.images[member as usize], self.ranking.rank(member)))
            .take_while(|(counts, _)| counts.all.executions > 0)
    }

    /// Distinct images that ran here.
    #[must_use]
    pub fn distinct_images(&self) -> u32 {
        self.running
    }

    /// Hosts on which something ran.
    #[must_use]
    pub fn hosts(&self) -> u32 {
        self.hosts
    }

    /// Executions of all images.
    #[must_use]
    pub fn executions(&self) -> u64 {
        self.executions
    }
}

fn value_key(seed: Seed, member: Member, field: Field, value: Sym) -> u64 {
    seed.hash_one(pair(member, value.number()) ^ (field as u64) << 60)
}
