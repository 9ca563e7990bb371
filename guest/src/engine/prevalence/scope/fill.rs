//! A scope that is filled with counts that were made elsewhere, and read out place by place.

use std::hash::BuildHasher;
use std::num::NonZeroU32;

use super::{Count, ImageCounts, Scope, ValueCount, ValueId};
use crate::engine::hashing::Seed;
use crate::engine::prevalence::field::{FIELDS, Field};
use crate::engine::prevalence::ranking::Member;
use crate::engine::prevalence::sighting::Sighting;
use crate::engine::strings::Sym;

#[allow(clippy::indexing_slicing, reason = "members and values are numbered by this scope and never removed")]
impl Scope {
    /// An empty scope with room for so many.
    #[must_use]
    pub fn with_room(seed: Seed, images: usize, values: usize) -> Self {
        let mut scope = Self::new(seed);
        scope.members.reserve(images);
        scope.images.reserve(images);
        scope.values.reserve(values);
        scope.by_value.reserve(values, |_| 0);
        scope
    }

    /// An image that is not here yet.
    pub fn put_image(&mut self, image: Sym, all: Count) -> Member {
        let seen = Sighting::default();
        self.images.push(ImageCounts { image, all, seen, known: Default::default(), first: [None; FIELDS] });
        let member = self.ranking.add();
        self.members.insert(image, member);
        self.running += 1;
        member
    }

    /// How often a field was known.
    pub fn put_known(&mut self, member: Member, field: Field, known: Count) {
        self.images[member as usize].known[field as usize] = known;
    }

    /// A value that its image does not have yet.
    pub fn put_value(&mut self, member: Member, field: Field, value: Sym, count: Count) {
        let hash = self.seed.hash_one((member, field as usize, value));
        let first = &mut self.images[member as usize].first[field as usize];
        self.values.push(ValueCount { member, field, value, count, next: *first });
        let number = u32::try_from(self.values.len()).ok().and_then(NonZeroU32::new);
        let id = ValueId(number.unwrap_or(NonZeroU32::MAX));
        *first = Some(id);
        let Self { values, by_value, seed, .. } = self;
        by_value.insert_unique(hash, id, |id| {
            let kept = &values[id.place()];
            seed.hash_one((kept.member, kept.field as usize, kept.value))
        });
    }

    /// After the last image: all of them together, and their ranks. Of equal ranks the images stand as they
    /// were put.
    pub fn put_total(&mut self, executions: u64, hosts: u32) {
        (self.executions, self.hosts) = (executions, hosts);
        let count = |member: Member| self.images[member as usize].all.executions;
        let mut members: Vec<Member> = self.ranking.order().to_vec();
        members.sort_unstable_by_key(|&member| (std::cmp::Reverse(count(member)), member));
        // From the highest down, so that none has to step over another.
        for member in members {
            self.ranking.raise(member, self.images[member as usize].all.executions);
        }
    }

    /// Every image's place.
    pub fn all_members(&self) -> impl Iterator<Item = Member> + use<> {
        0..u32::try_from(self.images.len()).unwrap_or(u32::MAX)
    }

    /// How many places values have.
    #[must_use]
    pub fn value_places(&self) -> usize {
        self.values.len()
    }

    /// An image's values in a field, with their places.
    pub fn places(&self, member: Member, field: Field) -> impl Iterator<Item = (ValueId, Sym, Count)> + '_ {
        let first = self.images[member as usize].first[field as usize];
        let ids = std::iter::successors(first, |id| self.values[id.place()].next);
        ids.map(|id| (id, self.values[id.place()].value, self.at(id)))
            .filter(|(.., count)| count.executions > 0)
    }
}
