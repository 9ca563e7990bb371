//! An alert comes in.

use super::{ClusterId, Draft, EntityId, Graph, Happened, Key, KeyId, Line, Node, NodeId, Shared, day_of};
use crate::model::ObservableKind;

/// Of hosts and users in one alert so many are paired.
const PAIRED: usize = 8;

impl Graph {
    /// Takes an alert in and links it; returns its number. `alone` says that it links with nothing: a user took
    /// it out.
    pub fn add(&mut self, draft: Draft, alone: bool) -> NodeId {
        let id = self.place(draft, alone);
        let turned = self.count(id);
        let touched = self.turn(&turned);
        self.look_at(touched, None);
        self.link(id);
        id
    }

    /// Keeps an alert without linking it.
    pub(super) fn place(&mut self, draft: Draft, alone: bool) -> NodeId {
        let keys = if alone { Vec::new() } else { self.keys_of(&draft) };
        let Draft { time, print, score, entities, .. } = draft;
        let id = NodeId::at(self.nodes.len());
        let cluster = ClusterId::at(0);
        self.nodes.push(Node { time, print, score, entities, keys, cluster, gone: false });
        id
    }

    /// Links an alert with its neighbours; it joins the oldest cluster among theirs, which absorbs the others.
    /// Without any it founds one.
    fn link(&mut self, id: NodeId) {
        let mut found = Vec::new();
        self.enlist(id, &mut found);
        let roots: Vec<ClusterId> = found.iter().map(|&(_, node)| self.cluster_of(node)).collect();
        let Some(oldest) = roots.iter().copied().min_by_key(|&root| self.cluster(root).number) else {
            let new = self.add_cluster();
            self.enter(new, id);
            return self.tell(Happened::Created(new));
        };
        self.enter(oldest, id);
        self.tell(Happened::Joined(oldest));
        for (&root, &(key, node)) in roots.iter().zip(&found) {
            self.merge(oldest, root, key, [id, node]);
        }
    }

    /// Merges the clusters of two alerts that share a key: the older stays.
    pub(super) fn merge(&mut self, one: ClusterId, other: ClusterId, key: KeyId, linked: [NodeId; 2]) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            let is_older = self.cluster(one).number < self.cluster(other).number;
            let (into, from) = if is_older { (one, other) } else { (other, one) };
            self.absorb(into, from);
            self.tell(Happened::Merged(into, from, key, linked));
        }
    }

    /// Enters an alert wherever it links, and finds its neighbours within the windows.
    pub(super) fn enlist(&mut self, id: NodeId, found: &mut Vec<(KeyId, NodeId)>) {
        let (time, keys) = (self.node(id).time, self.node(id).keys.clone());
        for key in keys.into_iter().filter(|&key| self.is_live(key, day_of(time))).collect::<Vec<_>>() {
            found.extend(self.enlist_in(key, id).map(|node| (key, node)));
        }
    }

    /// The same for one key.
    pub(super) fn enlist_in(&mut self, key: KeyId, id: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        let time = self.node(id).time;
        let key = self.key_mut(key);
        let window = key.window;
        let near = key.line.around((time, id)).into_iter().flatten();
        let near = near.filter(move |(other, _)| other.abs_diff(time) <= window.unsigned_abs());
        let near: Vec<NodeId> = near.map(|(_, node)| node).collect();
        key.line.insert((time, id));
        near.into_iter()
    }

    /// All that an alert can share.
    fn keys_of(&mut self, draft: &Draft) -> Vec<KeyId> {
        let is_weak =
            |e: &EntityId| matches!(self.entity(*e).kind, ObservableKind::Host | ObservableKind::User);
        let (weak, strong): (Vec<EntityId>, Vec<EntityId>) = draft.linking.iter().copied().partition(is_weak);
        let weak = weak.get(..weak.len().min(PAIRED)).unwrap_or_default();
        let mut shared: Vec<Shared> = strong.into_iter().map(Shared::Entity).collect();
        for (place, &a) in weak.iter().enumerate() {
            shared.extend(weak.iter().skip(place + 1).map(|&b| Shared::Both(a.min(b), a.max(b))));
            shared.extend(draft.tactics.iter().map(|&tactic| Shared::Tactic(a, tactic)));
        }
        shared.extend(draft.group.map(Shared::Group));
        shared.into_iter().map(|shared| self.key_for(shared, 0)).collect()
    }

    /// The key of what is shared, on a side.
    pub fn key_for(&mut self, shared: Shared, side: u32) -> KeyId {
        let next = KeyId::at(self.keys.len());
        let id = *self.numbers.entry((shared, side)).or_insert(next);
        if id == next {
            let window = shared.entities().map(|entity| self.entity(entity).window).min();
            let window = window.unwrap_or(self.group_window);
            self.keys.push(Key { shared, side, window, line: Line::default() });
            for entity in shared.entities() {
                self.entity_mut(entity).keys.push(id);
            }
        }
        id
    }
}
