//! The counts of one host, one environment or the whole tenant.

use super::Contribution;
use super::counts::{Counts, Edge, Reach};
use super::ranking::{Member, Ranking};
use crate::engine::hashing::{Map, Seed};
use crate::engine::strings::Sym;

/// A scope: every image that ran in it, with its rank.
#[derive(Debug, Default)]
pub struct Scope {
    members: Map<Sym, Member>,
    /// Beside the ranking's members.
    rows: Vec<(Sym, Counts)>,
    ranking: Ranking,
    images: u32,
    hosts: u32,
    executions: u64,
}

impl Scope {
    /// An empty scope.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { members: Map::with_hasher(seed), ..Self::default() }
    }

    /// Adds equal executions; see [`Counts::add`]. `new_host` says whether their host ran nothing before.
    pub fn add(
        &mut self,
        added: &Contribution,
        times: u64,
        reach: Reach,
        new_host: bool,
        room: usize,
    ) -> (Edge, u64) {
        let member = self.member(added.image);
        self.ranking.raise(member, times);
        self.executions += times;
        self.hosts += u32::from(new_host);
        let Some((_, counts)) = self.rows.get_mut(member as usize) else { return (Edge::default(), 0) };
        self.images += u32::from(counts.executions == 0);
        counts.add(added, times, reach, room)
    }

    /// Takes one execution out again; see [`Counts::remove`].
    pub fn remove(&mut self, removed: &Contribution, reach: Reach, host_gone: bool) -> Edge {
        let Some(&member) = self.members.get(&removed.image) else { return Edge::default() };
        let Some((_, counts)) = self.rows.get_mut(member as usize) else { return Edge::default() };
        self.ranking.decrement(member);
        self.executions = self.executions.saturating_sub(1);
        self.hosts = self.hosts.saturating_sub(u32::from(host_gone));
        let gone = counts.remove(removed, reach);
        self.images -= u32::from(gone.image);
        gone
    }

    fn member(&mut self, image: Sym) -> Member {
        if let Some(&member) = self.members.get(&image) {
            return member;
        }
        let member = self.ranking.add();
        self.members.insert(image, member);
        self.rows.push((image, Counts::default()));
        member
    }

    /// An image's counts and its rank, if it ran here.
    #[must_use]
    pub fn image(&self, image: Sym) -> Option<(&Counts, u32)> {
        let &member = self.members.get(&image)?;
        let (_, counts) = self.rows.get(member as usize)?;
        (counts.executions > 0).then(|| (counts, self.ranking.rank(member)))
    }

    /// Images that ran here, by falling count.
    pub fn images_by_rank(&self) -> impl Iterator<Item = (Sym, &Counts, u32)> {
        self.ranking
            .order()
            .iter()
            .filter_map(|&m| {
                self.rows.get(m as usize).map(|(image, counts)| (*image, counts, self.ranking.rank(m)))
            })
            .take_while(|(_, counts, _)| counts.executions > 0)
    }

    /// Distinct images that ran here.
    #[must_use]
    pub fn distinct_images(&self) -> u32 {
        self.images
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
