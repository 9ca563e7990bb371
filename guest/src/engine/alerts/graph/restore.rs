//! The graph as it was saved: who is in which cluster is taken over, links and hubs follow from the alerts.

use super::tree::Way;
use super::{Cluster, ClusterId, Draft, Graph, NodeId};

impl Graph {
    /// A cluster; what it was merged into may come later.
    pub fn restore_cluster(&mut self, number: u64, parent: Option<ClusterId>) -> ClusterId {
        let id = ClusterId::at(self.clusters.len());
        self.clusters.push(Cluster { number, parent, ..Cluster::default() });
        self.ways.push(Way::of(id));
        id
    }

    /// An alert and the cluster that it joined itself; [`Self::restore_links`] follows.
    pub fn restore(&mut self, draft: Draft, alone: bool, cluster: ClusterId) -> NodeId {
        let id = self.place(draft, alone);
        self.node_mut(id).cluster = cluster;
        self.cluster_mut(cluster).own.push(id);
        id
    }

    /// Puts one of an alert's keys on another side, before its links are made.
    pub fn set_side(&mut self, id: NodeId, place: usize, side: u32) {
        let Some(&key) = self.node(id).keys.get(place) else { return };
        let own = self.key_for(self.key(key).shared, side);
        if let Some(slot) = self.node_mut(id).keys.get_mut(place) {
            *slot = own;
        }
    }

    /// Counts an alert, and enters it wherever it links.
    pub fn restore_links(&mut self, id: NodeId) {
        let turned = self.count(id);
        for (entity, day) in turned.hubs {
            for key in self.entity(entity).keys.clone() {
                self.key_mut(key).line.take_day(day);
            }
        }
        for (entity, day) in turned.links {
            for node in self.of_day(entity, day) {
                self.enlist(node, &mut Vec::new());
            }
        }
        self.enlist(id, &mut Vec::new());
    }

    /// Which clusters lead to which: those that hold something can be taken out again.
    ///
    /// # Errors
    /// A cluster leads to itself: what is wrong, for people.
    pub fn restore_tree(&mut self) -> Result<(), &'static str> {
        let all: Vec<ClusterId> = self.all_clusters().collect();
        let mut holds = vec![false; all.len()];
        for &id in &all {
            let mut at = Some(id);
            let mut steps = 0;
            let holds_own = !self.cluster(id).own.is_empty();
            while let Some(of) = at {
                steps += 1;
                if steps > all.len() {
                    return Err("a cluster was merged into itself");
                }
                if let Some(slot) = holds.get_mut(of.place()) {
                    // Those above a marked one are marked too.
                    if *slot && holds_own {
                        break;
                    }
                    *slot |= holds_own;
                }
                at = self.cluster(of).parent;
            }
        }
        for &id in &all {
            let Some(parent) = self.cluster(id).parent else { continue };
            let holds = holds.get(id.place()).copied().unwrap_or(false);
            let parent = self.cluster_mut(parent);
            if holds { parent.absorbed.push(id) } else { parent.redirected.push(id) }
        }
        self.reset_ways(all.clone());
        for id in all {
            if self.cluster(id).parent.is_none() {
                self.recount(id);
            }
        }
        Ok(())
    }
}
