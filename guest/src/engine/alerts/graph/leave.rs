//! An alert goes: it was replaced by a later record of itself, taken out, or evicted.

use super::{ClusterId, Draft, Graph, KeyId, NodeId, Shared, day_of};
use crate::engine::alerts::decimal::Decimal;

impl Graph {
    /// Takes an alert out of everything; what only it held together falls apart.
    pub fn remove(&mut self, id: NodeId) {
        let touched = self.unlist(id);
        let direct = self.node(id).cluster;
        self.cluster_mut(direct).own.retain(|&own| own != id);
        self.node_mut(id).gone = true;
        self.gone += 1;
        self.look_at(touched, None);
        self.look_anew(self.root(direct));
    }

    /// Lets alerts go without looking at what they held together; the graph has to be rebuilt.
    pub fn drop_all(&mut self, ids: &[NodeId]) {
        let mut joined = Vec::with_capacity(ids.len());
        for &id in ids {
            let node = self.node_mut(id);
            node.gone = true;
            joined.push(node.cluster);
            let root = self.cluster_of(id);
            let cluster = self.cluster_mut(root);
            cluster.alerts = cluster.alerts.saturating_sub(1);
        }
        self.gone += ids.len();
        joined.sort_unstable();
        joined.dedup();
        for cluster in joined {
            let mut own = std::mem::take(&mut self.cluster_mut(cluster).own);
            own.retain(|&id| !self.node(id).gone);
            self.cluster_mut(cluster).own = own;
        }
    }

    /// Replaces what an alert is, where it is: it stays in its cluster as long as anything links it there. What
    /// changes nothing that links costs nothing but its score.
    pub fn replace(&mut self, id: NodeId, draft: Draft, alone: bool) {
        let sides: Vec<(Shared, u32)> = self.node(id).keys.iter().map(|&key| self.identity(key)).collect();
        self.place(draft, alone);
        let Some(mut node) = self.nodes.pop() else { return };
        // What a user has put on another side stays there.
        for key in &mut node.keys {
            let shared = self.key(*key).shared;
            if let Some(&(_, side)) = sides.iter().find(|&&(of, side)| of == shared && side != 0) {
                *key = self.key_for(shared, side);
            }
        }
        let was = self.node(id);
        let (before, after) = (was.score.clone(), node.score.clone());
        let (old_time, time) = (was.time, node.time);
        node.cluster = was.cluster;
        if (was.time, was.print, &was.entities, &was.keys) == (time, node.print, &node.entities, &node.keys) {
            self.node_mut(id).score = after.clone();
            return self.adjust(id, &before, &after);
        }
        let linked = self.linked(id);
        let mut touched = self.unlist(id);
        *self.node_mut(id) = node;
        self.adjust(id, &before, &after);
        self.move_in_time(id, old_time);
        let turned = self.count(id);
        touched.extend(self.turn(&turned));
        let holds = linked.is_some_and(|linked| linked.iter().all(|link| self.still_links(id, link)));
        let mut found = Vec::new();
        self.enlist(id, &mut found);
        for (key, other) in found {
            self.merge(self.cluster_of(id), self.cluster_of(other), key, [id, other]);
        }
        if !holds {
            touched.push(self.cluster_of(id));
        }
        self.look_at(touched, Some(id));
    }

    /// By which keys an alert is linked, and the times of its neighbours; `None` where only it holds neighbours
    /// together.
    fn linked(&self, id: NodeId) -> Option<Vec<(KeyId, Vec<i64>)>> {
        let node = self.node(id);
        let mut linked = Vec::new();
        for &key in node.keys.iter().filter(|&&key| self.is_live(key, day_of(node.time))) {
            let window = self.key(key).window.unsigned_abs();
            let near = self.key(key).line.around((node.time, id)).into_iter().flatten().map(|(time, _)| time);
            let near: Vec<i64> = near.filter(|time| time.abs_diff(node.time) <= window).collect();
            if let [one, other] = near.as_slice()
                && one.abs_diff(*other) > window
            {
                return None;
            }
            if !near.is_empty() {
                linked.push((key, near));
            }
        }
        Some(linked)
    }

    /// Whether an alert, as it is now, is still linked with one of the neighbours that it had: then whatever it
    /// held together still is.
    fn still_links(&self, id: NodeId, (key, near): &(KeyId, Vec<i64>)) -> bool {
        let node = self.node(id);
        let window = self.key(*key).window.unsigned_abs();
        node.keys.contains(key)
            && self.is_live(*key, day_of(node.time))
            && near.iter().any(|time| time.abs_diff(node.time) <= window)
    }

    /// A root's first and last time, where one of its alerts has another one.
    fn move_in_time(&mut self, id: NodeId, before: i64) {
        let (root, after) = (self.cluster_of(id), self.node(id).time);
        let cluster = self.cluster_mut(root);
        let (first, last) = (cluster.first, cluster.last);
        if (before == first && after > before) || (before == last && after < before) {
            return self.recount(root);
        }
        (cluster.first, cluster.last) = (first.min(after), last.max(after));
    }

    /// Takes an alert out of its cluster: it links with nothing any more and is one of its own.
    pub fn take_out(&mut self, id: NodeId) {
        let time = self.node(id).time;
        for key in std::mem::take(&mut self.node_mut(id).keys) {
            self.key_mut(key).line.remove((time, id));
        }
        self.look_at(vec![self.cluster_of(id)], Some(id));
    }

    /// An alert links nothing any more and counts for nothing. Returns the roots that others of its entities
    /// hold together no longer.
    fn unlist(&mut self, id: NodeId) -> Vec<ClusterId> {
        let (time, keys) = (self.node(id).time, self.node(id).keys.clone());
        for key in keys {
            self.key_mut(key).line.remove((time, id));
        }
        let turned = self.discount(id);
        self.turn(&turned)
    }

    /// A root's sums, where one of its alerts has another score.
    fn adjust(&mut self, id: NodeId, before: &Decimal, after: &Decimal) {
        if before == after {
            return;
        }
        let root: ClusterId = self.cluster_of(id);
        let cluster = self.cluster_mut(root);
        cluster.score = cluster.score.minus(before).plus(after);
        if cluster.highest == *before && after < before {
            self.recount(root);
        } else {
            let cluster = self.cluster_mut(root);
            cluster.highest = std::mem::take(&mut cluster.highest).max(after.clone());
        }
    }
}
