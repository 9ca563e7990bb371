//! An alert goes: it was replaced by a later record of itself, taken out, or evicted.

use super::{ClusterId, Draft, Graph, NodeId};

impl Graph {
    /// Takes an alert out of everything; what only it held together falls apart. Returns its cluster, which may
    /// hold nothing any more.
    pub fn remove(&mut self, id: NodeId) -> ClusterId {
        let root = self.unlink(id);
        self.node_mut(id).gone = true;
        self.gone += 1;
        root
    }

    /// Lets alerts go without looking at what they held together; the graph has to be rebuilt.
    pub fn drop_all(&mut self, ids: &[NodeId]) {
        let mut joined = Vec::with_capacity(ids.len());
        for &id in ids {
            let node = self.node_mut(id);
            node.gone = true;
            joined.push(node.cluster);
            let root = self.find(self.node(id).cluster);
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

    /// Replaces what an alert is; its number stays, and its id where nothing links it elsewhere.
    pub fn replace(&mut self, id: NodeId, draft: Draft, alone: bool) {
        let root = self.unlink(id);
        let fresh = self.place(draft, alone);
        if let Some(node) = self.nodes.pop() {
            *self.node_mut(id) = node;
        }
        debug_assert_eq!(fresh.place(), self.nodes.len());
        self.count_and_part(id);
        let own = Some(root).filter(|&root| self.cluster(root).alerts == 0);
        self.link(id, own);
    }

    /// Takes an alert out of its cluster: it links with nothing any more and is one of its own.
    pub fn take_out(&mut self, id: NodeId) {
        let root = self.unlink(id);
        self.node_mut(id).keys.clear();
        self.count_and_part(id);
        let own = Some(root).filter(|&root| self.cluster(root).alerts == 0);
        self.link(id, own);
    }

    fn unlink(&mut self, id: NodeId) -> ClusterId {
        let (time, keys, direct) = (self.node(id).time, self.node(id).keys.clone(), self.node(id).cluster);
        for key in keys {
            self.key_mut(key).line.remove((time, id));
        }
        let root = self.find(direct);
        self.cluster_mut(direct).own.retain(|&own| own != id);
        for (entity, day) in self.discount(id) {
            self.rejoin(entity, day);
        }
        let root = self.find(root);
        self.part(root);
        self.recount(root);
        root
    }
}
