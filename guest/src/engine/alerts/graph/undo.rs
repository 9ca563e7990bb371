//! A merge is taken back: both clusters have the members of before, and what linked them never does again.

use super::{ClusterId, Graph, NodeId, Shared, day_of};

impl Graph {
    /// Takes a cluster out of the root that it was merged into. What came later stays with whom it is linked,
    /// with both: with the root. `false` where it is not in that root, or holds all or nothing of it.
    pub fn undo_merge(&mut self, root: ClusterId, inner: ClusterId) -> bool {
        let tree = self.tree(root);
        let leaving = self.members(inner);
        if inner == root || !tree.contains(&inner) || leaving.is_empty() {
            return false;
        }
        let all = self.members(root);
        let rest: Vec<NodeId> = all.iter().copied().filter(|id| leaving.binary_search(id).is_err()).collect();
        let parts = self.components(&rest);
        let founder = self.cluster(root).own.first().or_else(|| rest.first()).copied();
        let stays = parts.into_iter().find(|part| founder.is_some_and(|f| part.binary_search(&f).is_ok()));
        let Some(stays) = stays else { return false };
        let goes: Vec<NodeId> = all.into_iter().filter(|id| stays.binary_search(id).is_err()).collect();
        self.cut(&stays, &goes);
        self.detach(root, inner, &goes);
        true
    }

    /// Of what both sides share, those that go get keys of their own.
    fn cut(&mut self, stays: &[NodeId], goes: &[NodeId]) {
        let mut shared: Vec<(Shared, u32)> =
            stays.iter().flat_map(|&id| self.node(id).keys.iter().map(|&key| self.identity(key))).collect();
        shared.sort_unstable();
        shared.dedup();
        let side = self.next_side;
        self.next_side += 1;
        for &id in goes {
            let (time, keys) = (self.node(id).time, self.node(id).keys.clone());
            for (place, key) in keys.into_iter().enumerate() {
                let (what, of) = self.identity(key);
                if shared.binary_search(&(what, of)).is_err() {
                    continue;
                }
                let own = self.key_for(what, side);
                self.key_mut(key).line.remove((time, id));
                if self.is_live(own, day_of(time)) {
                    self.key_mut(own).line.insert((time, id));
                }
                if let Some(slot) = self.node_mut(id).keys.get_mut(place) {
                    *slot = own;
                }
            }
        }
    }

    pub(super) fn identity(&self, key: super::KeyId) -> (Shared, u32) {
        (self.key(key).shared, self.key(key).side)
    }

    /// Makes `inner` a root of what goes.
    fn detach(&mut self, root: ClusterId, inner: ClusterId, goes: &[NodeId]) {
        let all = self.family(root);
        let inside = self.family(inner);
        if let Some(parent) = self.cluster(inner).parent {
            self.cluster_mut(parent).absorbed.retain(|&id| id != inner);
        }
        self.cluster_mut(inner).parent = None;
        for &id in goes {
            let direct = self.node(id).cluster;
            if !inside.contains(&direct) {
                self.cluster_mut(direct).own.retain(|&own| own != id);
                self.cluster_mut(inner).own.push(id);
                self.node_mut(id).cluster = inner;
                self.lead(direct, root, inner);
            }
        }
        self.cluster_mut(inner).own.sort_unstable();
        self.reset_ways(all);
        self.recount(root);
        self.recount(inner);
    }

    /// A cluster that holds nothing any more leads to where its alerts went.
    fn lead(&mut self, id: ClusterId, root: ClusterId, to: ClusterId) {
        let holds = !self.cluster(id).own.is_empty() || !self.cluster(id).absorbed.is_empty();
        let Some(parent) = self.cluster(id).parent.filter(|_| !holds && id != root) else { return };
        self.cluster_mut(parent).absorbed.retain(|&of| of != id);
        self.cluster_mut(id).parent = Some(to);
        self.cluster_mut(to).redirected.push(id);
    }
}
