//! A scope that is filled with counts that were made elsewhere, and read out place by place.
//!
//! It is filled in order, so that its values are found by halving: a table of a million values would take
//! longer to make than everything else.

use super::{Count, ImageCounts, Scope, ValueCount, ValueId};
use crate::engine::hashing::Seed;
use crate::engine::prevalence::field::{ALL_FIELDS, Field};
use crate::engine::prevalence::ranking::Member;
use crate::engine::prevalence::sighting::Sighting;
use crate::engine::strings::Sym;

#[allow(clippy::indexing_slicing, reason = "members and values are numbered by this scope and never removed")]
impl Scope {
    /// An empty scope with room for so many, to be filled in ascending order and not counted in.
    #[must_use]
    pub fn with_room(seed: Seed, images: usize, values: usize) -> Self {
        let mut scope = Self::new(seed);
        scope.members.reserve(images);
        scope.images.reserve(images);
        scope.values.reserve(values);
        scope.is_sorted = true;
        scope
    }

    /// An image that is not here yet.
    pub fn put_image(&mut self, image: Sym, all: Count) -> Member {
        let seen = Sighting::default();
        self.images.push(ImageCounts {
            image,
            all,
            seen,
            known: Default::default(),
            first: [None; ALL_FIELDS],
        });
        let member = self.ranking.add();
        self.members.insert(image, member);
        self.running += 1;
        member
    }

    /// How often a field was known.
    pub fn put_known(&mut self, member: Member, field: Field, known: Count) {
        self.images[member as usize].known[field as usize] = known;
    }

    /// A value that its image does not have yet, and that comes after those of the same field.
    pub fn put_value(&mut self, member: Member, field: Field, value: Sym, count: Count) {
        let id = ValueId::at(self.values.len());
        match &mut self.images[member as usize].first[field as usize] {
            // It was the last of them until now.
            Some(_) => {
                if let Some(before) = self.values.last_mut() {
                    before.next = Some(id);
                }
            }
            first => *first = Some(id),
        }
        self.values.push(ValueCount { member, field, value, count, next: None });
    }

    /// The place of a value among those of its image and field, which stand beside each other.
    pub(super) fn find_sorted(&self, member: Member, field: Field, value: Sym) -> Option<ValueId> {
        let first = self.images[member as usize].first[field as usize]?;
        let of_field = |kept: &ValueCount| (kept.member, kept.field) == (member, field);
        // Most fields have few values: where the last is, is found by doubling.
        let rest = self.values.get(first.place()..)?;
        let mut end = 1;
        while rest.get(end).is_some_and(of_field) {
            end *= 2;
        }
        let near = rest.get(..end.min(rest.len()))?;
        let at = near.partition_point(|kept| of_field(kept) && kept.value < value);
        let found = near.get(at).filter(|kept| of_field(kept) && kept.value == value);
        found.map(|_| ValueId::at(first.place() + at))
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
