//! Clusters, and which were merged into which: ids that were merged away resolve for ever, and the sets of
//! before can be had back.

use super::{ClusterId, Graph, Happened, NodeId};
use crate::engine::alerts::decimal::Decimal;

/// A cluster.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    /// Its number: `C1`.
    pub number: u64,
    /// Which one it was merged into.
    pub parent: Option<ClusterId>,
    /// The alerts that joined it itself.
    pub own: Vec<NodeId>,
    /// Those that were merged into it and can be taken out again.
    pub absorbed: Vec<ClusterId>,
    /// Those that hold nothing any more and only lead here.
    pub redirected: Vec<ClusterId>,
    /// What follows holds for roots: all its alerts.
    pub alerts: u64,
    pub score: Decimal,
    pub highest: Decimal,
    pub first: i64,
    pub last: i64,
}

/// The way from a cluster to the root that it was merged into.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// The next on the way; itself at its end.
    next: ClusterId,
    /// At its end: how many ways end here, and the root.
    size: u32,
    root: ClusterId,
}

impl Way {
    pub(super) fn of(id: ClusterId) -> Self {
        Self { next: id, size: 1, root: id }
    }
}

impl Graph {
    /// The cluster that an id stands for now.
    #[must_use]
    pub fn root(&self, id: ClusterId) -> ClusterId {
        self.ways.get(self.set_of(id).place()).map_or(id, |way| way.root)
    }

    /// The set that a cluster is in, by the one that stands for it. Sets are joined by size, so that no way is
    /// longer than the logarithm of their number, whatever the order of ages.
    fn set_of(&self, id: ClusterId) -> ClusterId {
        let mut at = id;
        while let Some(way) = self.ways.get(at.place()).filter(|way| way.next != at) {
            at = way.next;
        }
        at
    }

    /// One set leads where another does.
    fn join_ways(&mut self, from: ClusterId, into: ClusterId) {
        let root = self.root(into);
        let (from, into) = (self.set_of(from), self.set_of(into));
        if from == into {
            return;
        }
        let size = |id: ClusterId| self.ways.get(id.place()).map_or(0, |way| way.size);
        let (small, large, both) = if size(from) <= size(into) {
            (from, into, size(from) + size(into))
        } else {
            (into, from, size(from) + size(into))
        };
        if let Some(way) = self.ways.get_mut(small.place()) {
            way.next = large;
        }
        if let Some(way) = self.ways.get_mut(large.place()) {
            (way.size, way.root) = (both, root);
        }
    }

    /// The cluster of a number: they stand in the order of their numbers.
    #[must_use]
    pub fn find_cluster(&self, number: u64) -> Option<ClusterId> {
        self.clusters.binary_search_by_key(&number, |cluster| cluster.number).ok().map(ClusterId::at)
    }

    /// The cluster of an alert.
    #[must_use]
    pub fn cluster_of(&self, node: NodeId) -> ClusterId {
        self.root(self.node(node).cluster)
    }

    pub(super) fn add_cluster(&mut self) -> ClusterId {
        let id = ClusterId::at(self.clusters.len());
        self.clusters.push(Cluster { number: self.next_cluster, ..Cluster::default() });
        self.ways.push(Way::of(id));
        self.next_cluster += 1;
        id
    }

    /// Merges one root into another.
    pub(super) fn absorb(&mut self, into: ClusterId, from: ClusterId) {
        let gone = self.cluster_mut(from);
        gone.parent = Some(into);
        let (alerts, first, last) = (gone.alerts, gone.first, gone.last);
        let (score, highest) = (std::mem::take(&mut gone.score), std::mem::take(&mut gone.highest));
        self.join_ways(from, into);
        let stays = self.cluster_mut(into);
        stays.absorbed.push(from);
        if stays.alerts == 0 {
            (stays.first, stays.last) = (first, last);
        }
        stays.alerts += alerts;
        stays.score = stays.score.plus(&score);
        stays.highest = std::mem::take(&mut stays.highest).max(highest);
        stays.first = stays.first.min(first);
        stays.last = stays.last.max(last);
    }

    /// An alert joins a root itself.
    pub(super) fn enter(&mut self, into: ClusterId, id: NodeId) {
        let node = self.node_mut(id);
        node.cluster = into;
        let (time, score) = (node.time, node.score.clone());
        let cluster = self.cluster_mut(into);
        cluster.own.push(id);
        if cluster.alerts == 0 {
            (cluster.first, cluster.last) = (time, time);
        }
        cluster.alerts += 1;
        cluster.score = cluster.score.plus(&score);
        cluster.highest = std::mem::take(&mut cluster.highest).max(score);
        cluster.first = cluster.first.min(time);
        cluster.last = cluster.last.max(time);
    }

    /// A cluster and all that were merged into it.
    #[must_use]
    pub fn tree(&self, id: ClusterId) -> Vec<ClusterId> {
        let mut found = vec![id];
        let mut next = 0;
        while let Some(&at) = found.get(next) {
            found.extend(&self.cluster(at).absorbed);
            next += 1;
        }
        found
    }

    /// All alerts of a cluster with those merged into it, by number.
    #[must_use]
    pub fn members(&self, id: ClusterId) -> Vec<NodeId> {
        let mut members: Vec<NodeId> =
            self.tree(id).into_iter().flat_map(|id| self.cluster(id).own.iter().copied()).collect();
        members.sort_unstable();
        members
    }

    /// Counts a root's alerts anew.
    pub fn recount(&mut self, id: ClusterId) {
        let members = self.members(id);
        let (mut score, mut highest) = (Decimal::ZERO, Decimal::ZERO);
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        for &member in &members {
            let node = self.node(member);
            score = score.plus(&node.score);
            highest = highest.max(node.score.clone());
            (first, last) = (first.min(node.time), last.max(node.time));
        }
        let cluster = self.cluster_mut(id);
        cluster.alerts = members.len() as u64;
        (cluster.score, cluster.highest, cluster.first, cluster.last) = (score, highest, first, last);
    }

    /// All clusters that lead to this one, itself included.
    #[must_use]
    pub fn family(&self, id: ClusterId) -> Vec<ClusterId> {
        let mut found = vec![id];
        let mut next = 0;
        while let Some(&at) = found.get(next) {
            let cluster = self.cluster(at);
            found.extend(cluster.absorbed.iter().chain(&cluster.redirected));
            next += 1;
        }
        found
    }

    /// Makes ways to roots true again where parents have changed: of whole families.
    pub(super) fn reset_ways(&mut self, mut clusters: Vec<ClusterId>) {
        clusters.sort_unstable();
        clusters.dedup();
        for &id in &clusters {
            if let Some(way) = self.ways.get_mut(id.place()) {
                *way = Way::of(id);
            }
        }
        for id in clusters {
            if let Some(parent) = self.cluster(id).parent {
                self.join_ways(id, parent);
            }
        }
    }

    /// Gives an alert another score; [`Self::recount`] its cluster afterwards.
    pub fn set_score(&mut self, id: NodeId, score: Decimal) {
        self.node_mut(id).score = score;
    }

    pub(super) fn tell(&mut self, happened: Happened) {
        self.happened.push(happened);
    }
}
