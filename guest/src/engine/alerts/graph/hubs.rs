//! What passes through an entity on a day, and when that is too much for it to mean anything.

use super::{EntityId, Graph, KeyId, NodeId, day_of};
use crate::engine::hashing::Map;
use crate::model::ObservableKind;

/// What makes an entity a hub, on a day.
#[derive(Debug, Clone, Copy)]
pub struct HubLimits {
    /// Distinct alerts of an address.
    pub alerts: u32,
    /// Hosts, or addresses, on an address's other side.
    pub peers: u32,
    /// Hosts of a user; fewer machines are no spread either.
    pub hosts: u32,
    /// Of a hash, file, domain or URL: on so many of a hundred machines it was before that day ...
    pub percent: u32,
    /// ... and was first seen so many days before it.
    pub days: u32,
}

/// Why an entity is a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubReason {
    Alerts,
    Peers,
    Hosts,
    Spread,
}

/// Entities that became hubs on a day, and those that are none any more.
#[derive(Debug, Default)]
pub(super) struct Turned {
    pub(super) hubs: Vec<(EntityId, i64)>,
    pub(super) links: Vec<(EntityId, i64)>,
}

/// One day of an entity.
#[derive(Debug)]
pub(super) struct Day {
    pub(super) day: i64,
    /// Its alerts, in the order in which they came.
    pub(super) nodes: Vec<NodeId>,
    /// How many alerts look alike: a signature that fires ten thousand times is one.
    pub(super) prints: Map<u32, u32>,
    /// How many alerts have what on the other side.
    pub(super) peers: Map<EntityId, u32>,
    pub(super) hub: Option<HubReason>,
}

impl Graph {
    /// Counts an alert for its entities.
    pub(super) fn count(&mut self, id: NodeId) -> Turned {
        self.count_by(id, 1)
    }

    /// Takes an alert's counts back.
    pub(super) fn discount(&mut self, id: NodeId) -> Turned {
        self.count_by(id, -1)
    }

    fn count_by(&mut self, id: NodeId, step: i32) -> Turned {
        let mut turned = Turned::default();
        self.count_spread(id, step, &mut turned);
        let node = self.node(id);
        let (day, print, entities) = (day_of(node.time), node.print, node.entities.clone());
        for &entity in &entities {
            let kind = self.entity(entity).kind;
            if !matches!(kind, ObservableKind::Address | ObservableKind::User) {
                continue;
            }
            let peers = self.peers(entity, &entities);
            let (limits, seed) = (self.limits, self.seed);
            let days = &mut self.entity_mut(entity).days;
            let place = match days.binary_search_by_key(&day, |of| of.day) {
                Ok(place) => place,
                Err(place) => {
                    let (prints, peers) = (Map::with_hasher(seed), Map::with_hasher(seed));
                    days.insert(place, Day { day, nodes: Vec::new(), prints, peers, hub: None });
                    place
                }
            };
            let Some(of) = days.get_mut(place) else { continue };
            if step > 0 {
                of.nodes.push(id);
            } else {
                of.nodes.retain(|&node| node != id);
            }
            step_by(&mut of.prints, print, step);
            peers.into_iter().for_each(|peer| step_by(&mut of.peers, peer, step));
            let now = of.judge(kind, limits);
            match (of.hub, now) {
                (None, Some(_)) => turned.hubs.push((entity, day)),
                (Some(_), None) => turned.links.push((entity, day)),
                _ => {}
            }
            of.hub = now;
        }
        turned
    }

    /// What is on the other side of an entity: hosts, or where an alert names none the other addresses.
    fn peers(&self, of: EntityId, entities: &[EntityId]) -> Vec<EntityId> {
        let of_kind =
            |kind| entities.iter().copied().filter(move |&e| e != of && self.entity(e).kind == kind);
        let hosts: Vec<EntityId> = of_kind(ObservableKind::Host).collect();
        if hosts.is_empty() && self.entity(of).kind == ObservableKind::Address {
            return of_kind(ObservableKind::Address).collect();
        }
        hosts
    }

    /// Why an entity is a hub on a day.
    pub fn hub(&self, entity: EntityId, day: i64) -> Option<HubReason> {
        let days = &self.entity(entity).days;
        days.binary_search_by_key(&day, |of| of.day).ok().and_then(|place| days.get(place)?.hub)
    }

    /// Whether a key links the alerts of a day.
    pub(super) fn is_live(&self, key: KeyId, day: i64) -> bool {
        self.key(key).shared.entities().all(|entity| self.hub(entity, day).is_none())
    }

    /// The alerts of an entity's day.
    pub(super) fn of_day(&self, entity: EntityId, day: i64) -> Vec<NodeId> {
        let days = &self.entity(entity).days;
        let place = days.binary_search_by_key(&day, |of| of.day).ok();
        place.and_then(|place| days.get(place)).map(|of| of.nodes.clone()).unwrap_or_default()
    }
}

impl Day {
    fn judge(&self, kind: ObservableKind, limits: HubLimits) -> Option<HubReason> {
        let more = |count: usize, limit: u32| u32::try_from(count).is_ok_and(|count| count > limit);
        if kind == ObservableKind::User {
            return more(self.peers.len(), limits.hosts).then_some(HubReason::Hosts);
        }
        if more(self.peers.len(), limits.peers) {
            return Some(HubReason::Peers);
        }
        more(self.prints.len(), limits.alerts).then_some(HubReason::Alerts)
    }
}

/// A count goes up or down; at zero it is gone.
fn step_by<K: std::hash::Hash + Eq + Copy>(counts: &mut Map<K, u32>, key: K, step: i32) {
    let count = counts.entry(key).or_insert(0);
    *count = count.saturating_add_signed(step);
    if *count == 0 {
        counts.remove(&key);
    }
}
