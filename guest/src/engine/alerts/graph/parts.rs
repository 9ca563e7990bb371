//! Links are gone: what they held together is looked at anew. Components can merge cheaply, and split only so.

use super::hubs::Turned;
use super::{ClusterId, EntityId, Graph, Happened, KeyId, NodeId, day_of};
use crate::engine::hashing::{Map, Set};

impl Graph {
    /// Some link again, some no longer; returns the roots that may have to part.
    pub(super) fn turn(&mut self, turned: &Turned) -> Vec<ClusterId> {
        let touched = self.silence(&turned.hubs);
        turned.links.iter().for_each(|&(entity, day)| self.rejoin(entity, day));
        touched
    }

    /// Entities have become hubs: on that day they link nothing any more. Returns the roots that this concerns.
    fn silence(&mut self, hubs: &[(EntityId, i64)]) -> Vec<ClusterId> {
        let mut touched = Vec::new();
        for &(entity, day) in hubs {
            for key in self.entity(entity).keys.clone() {
                touched.extend(self.key_mut(key).line.take_day(day));
            }
        }
        touched.into_iter().map(|node| self.cluster_of(node)).collect()
    }

    /// Looks at roots anew, each once. `changed` is the alert that links otherwise now: others keep the id.
    pub(super) fn look_at(&mut self, mut roots: Vec<ClusterId>, changed: Option<NodeId>) {
        roots.iter_mut().for_each(|root| *root = self.root(*root));
        roots.sort_unstable();
        roots.dedup();
        roots.into_iter().for_each(|root| self.part(root, changed));
    }

    /// An entity is no hub any more: on that day it links again.
    fn rejoin(&mut self, entity: EntityId, day: i64) {
        for node in self.of_day(entity, day) {
            let keys = self.node(node).keys.clone();
            for key in keys {
                let is_its = self.key(key).shared.entities().any(|of| of == entity);
                if is_its && self.is_live(key, day) {
                    for other in self.enlist_in(key, node).collect::<Vec<_>>() {
                        self.merge(self.cluster_of(node), self.cluster_of(other), key, [node, other]);
                    }
                }
            }
        }
    }

    /// Splits a root where nothing holds it together any more. The part with its oldest alert but `changed` keeps
    /// its id; the others get those under which they came, where these were merged into it, or new ones.
    pub(super) fn part(&mut self, root: ClusterId, changed: Option<NodeId>) {
        let members = self.members(root);
        let parts = self.components(&members);
        if parts.len() < 2 {
            return;
        }
        let mut founders =
            self.cluster(root).own.iter().chain(&members).copied().filter(|&id| Some(id) != changed);
        let founder = founders.next();
        let family = self.family(root);
        let first_own: Vec<Option<NodeId>> =
            family.iter().map(|&id| self.cluster(id).own.first().copied()).collect();
        let mut ids: Set<ClusterId> = Set::with_hasher(self.seed);
        ids.insert(root);
        let mut of_parts = Vec::with_capacity(parts.len());
        for part in &parts {
            let keeps = founder.is_some_and(|founder| part.binary_search(&founder).is_ok());
            let came = part.first().map(|&oldest| self.node(oldest).cluster);
            let id = match came {
                _ if keeps => root,
                Some(came) if !ids.contains(&came) => came,
                _ => self.add_cluster(),
            };
            ids.insert(id);
            of_parts.push(id);
        }
        for &id in &family {
            let cluster = self.cluster_mut(id);
            cluster.own.clear();
            cluster.absorbed.clear();
            cluster.redirected.clear();
        }
        for (part, &id) in parts.iter().zip(&of_parts) {
            for &member in part {
                self.node_mut(member).cluster = id;
            }
            let cluster = self.cluster_mut(id);
            cluster.parent = None;
            cluster.own.clone_from(part);
        }
        for (&id, first) in family.iter().zip(first_own) {
            if id != root && !ids.contains(&id) {
                let now = first.map_or(root, |first| self.node(first).cluster);
                self.cluster_mut(id).parent = Some(now);
                self.cluster_mut(now).redirected.push(id);
            }
        }
        self.reset_ways(family.iter().chain(&of_parts).copied().collect());
        for (part, &id) in parts.iter().zip(&of_parts) {
            self.recount(id);
            if id != root {
                self.tell(Happened::Split(root, id, part.len() as u64));
            }
        }
    }

    /// Splits a root where nothing holds it together, and counts it anew.
    pub fn look_anew(&mut self, root: ClusterId) {
        self.part(root, None);
        self.recount(root);
    }

    /// What holds a cluster together: as few links as do, of the keys that most share first.
    #[must_use]
    pub fn links(&self, root: ClusterId) -> Vec<(KeyId, NodeId, NodeId)> {
        let mut links = Vec::new();
        let mut shared: Map<KeyId, (usize, NodeId)> = Map::with_hasher(self.seed);
        let mut last: Map<KeyId, NodeId> = Map::with_hasher(self.seed);
        let members = self.members(root);
        let mut by_time: Vec<(i64, usize, NodeId)> =
            members.iter().enumerate().map(|(place, &id)| (self.node(id).time, place, id)).collect();
        by_time.sort_unstable_by_key(|&(time, _, id)| (time, id));
        for &(time, place, id) in &by_time {
            for &key in self.node(id).keys.iter().filter(|&&key| self.is_live(key, day_of(time))) {
                if let Some(before) = last.insert(key, id)
                    && time.abs_diff(self.node(before).time) <= self.key(key).window.unsigned_abs()
                {
                    shared.entry(key).or_insert((0, id)).0 += 1;
                    links.push((key, before, id, place));
                }
            }
        }
        // Of keys that as many share the one that did first.
        let rank = |key: &KeyId| shared.get(key).map_or((0, NodeId::at(0)), |&(count, first)| (count, first));
        links.sort_by(|(a, ..), (b, ..)| {
            let ((x, first_x), (y, first_y)) = (rank(a), rank(b));
            y.cmp(&x).then(first_x.cmp(&first_y)).then(self.key(*a).shared.cmp(&self.key(*b).shared))
        });
        let mut union = Union::of(members.len());
        links.retain(|&(_, before, _, place)| {
            members.binary_search(&before).is_ok_and(|before| union.join(place, before))
        });
        links.into_iter().map(|(key, before, id, _)| (key, before, id)).collect()
    }

    /// The connected components of alerts, by their oldest; each sorted. The alerts must be sorted.
    pub(super) fn components(&self, members: &[NodeId]) -> Vec<Vec<NodeId>> {
        let mut by_time: Vec<(i64, usize, NodeId)> =
            members.iter().enumerate().map(|(place, &id)| (self.node(id).time, place, id)).collect();
        by_time.sort_unstable_by_key(|&(time, _, id)| (time, id));
        let mut union = Union::of(members.len());
        let mut last: Map<KeyId, (i64, usize)> = Map::with_hasher(self.seed);
        for &(time, place, id) in &by_time {
            for &key in &self.node(id).keys {
                if !self.is_live(key, day_of(time)) {
                    continue;
                }
                if let Some((before, other)) = last.insert(key, (time, place))
                    && time.abs_diff(before) <= self.key(key).window.unsigned_abs()
                {
                    union.join(place, other);
                }
            }
        }
        let mut parts: Vec<Vec<NodeId>> = Vec::new();
        let mut part_of: Map<usize, usize> = Map::with_hasher(self.seed);
        for (place, &id) in members.iter().enumerate() {
            let part = *part_of.entry(union.find(place)).or_insert_with(|| {
                parts.push(Vec::new());
                parts.len() - 1
            });
            if let Some(part) = parts.get_mut(part) {
                part.push(id);
            }
        }
        parts
    }
}

/// Disjoint sets.
struct Union(Vec<usize>);

impl Union {
    fn of(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn find(&mut self, mut at: usize) -> usize {
        while let Some(&up) = self.0.get(at).filter(|&&up| up != at) {
            let above = self.0.get(up).copied().unwrap_or(up);
            if let Some(slot) = self.0.get_mut(at) {
                *slot = above;
            }
            at = above;
        }
        at
    }

    /// Whether they were apart.
    fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        if let Some(slot) = self.0.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
        a != b
    }
}
