//! Competition ranks (1, 2, 2, 4), each step of a count in constant time.
//!
//! Members stand in one array by falling count. Members of equal count form a group; to add one to a
//! count, a member changes places with the first of its group and steps over into the group before.

/// A member's place in every array of its scope.
pub type Member = u32;

#[derive(Debug, Clone, Copy)]
struct Group {
    count: u64,
    first: u32,
    size: u32,
}

/// Members by count.
#[derive(Debug, Default)]
pub struct Ranking {
    order: Vec<Member>,
    place: Vec<u32>,
    group_of: Vec<u32>,
    groups: Vec<Group>,
    free: Vec<u32>,
}

#[allow(clippy::indexing_slicing, reason = "members and groups are numbered by this table alone")]
impl Ranking {
    /// Adds a member with count 0 and returns it.
    pub fn add(&mut self) -> Member {
        let member = u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        self.order.push(member);
        self.place.push(member);
        let last = member.checked_sub(1).map(|before| self.group_of[self.order[before as usize] as usize]);
        match last.filter(|&group| self.groups[group as usize].count == 0) {
            Some(zeros) => {
                self.groups[zeros as usize].size += 1;
                self.group_of.push(zeros);
            }
            None => {
                let group = self.new_group(Group { count: 0, first: member, size: 1 });
                self.group_of.push(group);
            }
        }
        member
    }

    /// The member's count grows.
    pub fn raise(&mut self, member: Member, by: u64) {
        if by == 0 {
            return;
        }
        let own = self.group_of[member as usize];
        let Group { count, first, .. } = self.groups[own as usize];
        let count = count + by;
        self.swap_to(member, first);
        self.groups[own as usize].first += 1;
        self.leave(own);
        let mut place = first;
        let before = loop {
            let before = place.checked_sub(1).map(|p| self.group_of[self.order[p as usize] as usize]);
            match before.filter(|&group| self.groups[group as usize].count < count) {
                Some(lesser) => {
                    place = self.groups[lesser as usize].first;
                    self.swap_to(member, place);
                    self.groups[lesser as usize].first += 1;
                }
                None => break before,
            }
        };
        self.join(member, before, Group { count, first: place, size: 1 });
    }

    /// The member's count shrinks; at 0 it stays.
    pub fn lower(&mut self, member: Member, by: u64) {
        let own = self.group_of[member as usize];
        let Group { count, first, size } = self.groups[own as usize];
        let lowered = count.saturating_sub(by);
        if lowered == count {
            return;
        }
        let mut place = first + size - 1;
        self.swap_to(member, place);
        self.leave(own);
        let after = loop {
            let after = self.order.get(place as usize + 1).map(|&next| self.group_of[next as usize]);
            match after.filter(|&group| self.groups[group as usize].count > lowered) {
                Some(greater) => {
                    let Group { first, size, .. } = self.groups[greater as usize];
                    self.groups[greater as usize].first = place;
                    place = first + size - 1;
                    self.swap_to(member, place);
                }
                None => break after,
            }
        };
        self.join(member, after, Group { count: lowered, first: place, size: 1 });
        // A group that was joined from above begins one place earlier now.
        let joined = self.group_of[member as usize];
        self.groups[joined as usize].first = place;
    }

    /// 1 for the highest count; equal counts have equal ranks.
    #[must_use]
    pub fn rank(&self, member: Member) -> u32 {
        self.groups[self.group_of[member as usize] as usize].first + 1
    }

    /// The rank that a member would have with a count of one less, if that is above 0.
    #[must_use]
    pub fn rank_with_one_less(&self, member: Member) -> u32 {
        let group = self.groups[self.group_of[member as usize] as usize];
        // All others of its group are above it then, and nobody below it is.
        group.first + group.size
    }

    /// Members by falling count.
    #[must_use]
    pub fn order(&self) -> &[Member] {
        &self.order
    }

    fn swap_to(&mut self, member: Member, place: u32) {
        let from = self.place[member as usize];
        let other = self.order[place as usize];
        self.order[from as usize] = other;
        self.place[other as usize] = from;
        self.order[place as usize] = member;
        self.place[member as usize] = place;
    }

    fn leave(&mut self, group: u32) {
        self.groups[group as usize].size -= 1;
        if self.groups[group as usize].size == 0 {
            self.free.push(group);
        }
    }

    /// Into the neighbouring group if that has the new count, else into a group of its own.
    fn join(&mut self, member: Member, neighbour: Option<u32>, own: Group) {
        let fits = |g: u32| self.groups[g as usize].size > 0 && self.groups[g as usize].count == own.count;
        let group = match neighbour.filter(|&g| fits(g)) {
            Some(group) => {
                self.groups[group as usize].size += 1;
                group
            }
            None => self.new_group(own),
        };
        self.group_of[member as usize] = group;
    }

    fn new_group(&mut self, group: Group) -> u32 {
        if let Some(index) = self.free.pop() {
            self.groups[index as usize] = group;
            return index;
        }
        self.groups.push(group);
        u32::try_from(self.groups.len() - 1).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_counts_have_equal_ranks_and_the_next_is_skipped() {
        let mut ranking = Ranking::default();
        let members: Vec<Member> = (0..4).map(|_| ranking.add()).collect();
        for (member, count) in [(0, 5), (1, 3), (2, 3), (3, 1)] {
            ranking.raise(members[member], count);
        }
        assert_eq!(members.iter().map(|&m| ranking.rank(m)).collect::<Vec<_>>(), [1, 2, 2, 4]);
    }

    proptest! {
        /// Against sorting: the rank is one more than the number of members with a higher count.
        #[test]
        fn ranks_equal_those_by_sorting(steps in prop::collection::vec((0_usize..12, 0_u8..9), 0..400)) {
            let mut ranking = Ranking::default();
            let mut counts: Vec<u64> = Vec::new();
            for (member, step) in steps {
                if member >= counts.len() {
                    ranking.add();
                    counts.push(0);
                } else if step < 3 {
                    let by = 1 + 4 * u64::from(step);
                    ranking.lower(member as Member, by);
                    counts[member] = counts[member].saturating_sub(by);
                } else {
                    ranking.raise(member as Member, u64::from(step));
                    counts[member] += u64::from(step);
                }
                for (m, &count) in counts.iter().enumerate() {
                    let higher = counts.iter().filter(|&&c| c > count).count();
                    prop_assert_eq!(ranking.rank(m as Member) as usize, higher + 1);
                    let others = counts.iter().enumerate().filter(|&(o, &c)| o != m && c + 1 > count).count();
                    if count > 1 {
                        prop_assert_eq!(ranking.rank_with_one_less(m as Member) as usize, others + 1);
                    }
                }
                let order: Vec<u64> = ranking.order().iter().map(|&m| counts[m as usize]).collect();
                prop_assert!(order.is_sorted_by(|a, b| a >= b));
            }
        }
    }
}
