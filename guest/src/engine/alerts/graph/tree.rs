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

impl Graph {
    /// The cluster that an id stands for now.
    #[must_use]
    pub fn root(&self, id: ClusterId) -> ClusterId {
        let mut at = id;
        while let Some(&next) = self.jumps.get(at.place()).filter(|&&next| next != at) {
            at = next;
        }
        at
    }

    /// The cluster of a number: they stand in the order of their numbers.
    #[must_use]
    pub fn find_cluster(&self, number: u64) -> Option<ClusterId> {
        self.clusters.binary_search_by_key(&number, |cluster| cluster.number).ok().map(ClusterId::at)
    }

    /// The same, and the way is shorter afterwards.
    pub(super) fn find(&mut self, id: ClusterId) -> ClusterId {
        let root = self.root(id);
        let mut at = id;
        while let Some(jump) = self.jumps.get_mut(at.place()).filter(|jump| **jump != root) {
            at = std::mem::replace(jump, root);
        }
        root
    }

    /// The cluster of an alert.
    #[must_use]
    pub fn cluster_of(&self, node: NodeId) -> ClusterId {
        self.root(self.node(node).cluster)
    }

    pub(super) fn add_cluster(&mut self) -> ClusterId {
        let id = ClusterId::at(self.clusters.len());
        self.clusters.push(Cluster { number: self.next_cluster, ..Cluster::default() });
        self.jumps.push(id);
        self.next_cluster += 1;
        id
    }

    /// Merges one root into another.
    pub(super) fn absorb(&mut self, into: ClusterId, from: ClusterId) {
        let gone = self.cluster_mut(from);
        gone.parent = Some(into);
        let (alerts, first, last) = (gone.alerts, gone.first, gone.last);
        let (score, highest) = (std::mem::take(&mut gone.score), std::mem::take(&mut gone.highest));
        if let Some(jump) = self.jumps.get_mut(from.place()) {
            *jump = into;
        }
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
    pub(super) fn family(&self, id: ClusterId) -> Vec<ClusterId> {
        let mut found = vec![id];
        let mut next = 0;
        while let Some(&at) = found.get(next) {
            let cluster = self.cluster(at);
            found.extend(cluster.absorbed.iter().chain(&cluster.redirected));
            next += 1;
        }
        found
    }

    /// Makes ways to roots true again where parents have changed.
    pub(super) fn reset_jumps(&mut self, clusters: &[ClusterId]) {
        for &id in clusters {
            let parent = self.cluster(id).parent.unwrap_or(id);
            if let Some(jump) = self.jumps.get_mut(id.place()) {
                *jump = parent;
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
