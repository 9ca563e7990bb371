//! Which alerts belong together: nodes, what they share, and the connected components (SPEC section 2).
//!
//! Knows no texts: entities, tactics and groups are numbers. The components follow from the set of nodes and
//! from what users decided, never from the order in which nodes came; ids of clusters do depend on it.
//!
//! [`line`] keeps who shares a key in the order of time: neighbours within the window are linked, which connects
//! as much as linking all pairs would. [`hubs`] counts what passes through an entity on a day, [`spread`] where
//! it had been before. [`join`] adds,
//! [`leave`] takes out, [`parts`] finds components anew where links are gone, [`undo`] takes merges back, [`restore`] goes on
//! where a snapshot ended.

mod hubs;
mod join;
mod leave;
mod line;
mod parts;
mod restore;
mod spread;
mod tree;
mod undo;

#[cfg(test)]
mod tests;

pub use hubs::{HubLimits, HubReason};
pub use tree::Cluster;

use crate::engine::hashing::{Map, Seed};
use crate::engine::numbers::number;
use crate::model::ObservableKind;
use hubs::Day;
use line::Line;
use spread::Spread;
use tree::Way;

use super::decimal::Decimal;

number!(
    /// An alert.
    NodeId
);
number!(
    /// An entity.
    EntityId
);
number!(
    /// What alerts can share.
    KeyId
);
number!(
    /// A cluster.
    ClusterId
);

/// A day in milliseconds.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

/// The day of a time, counted from 1970.
#[must_use]
pub fn day_of(time: i64) -> i64 {
    time.div_euclid(DAY)
}

/// What two alerts share where they are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shared {
    /// An entity that is enough by itself.
    Entity(EntityId),
    /// Two entities, hosts or users, neither of which is enough alone; the smaller number first.
    Both(EntityId, EntityId),
    /// A host or a user, and a tactic.
    Tactic(EntityId, u32),
    /// A causality group.
    Group(u32),
}

impl Shared {
    /// Its entities.
    pub fn entities(self) -> impl Iterator<Item = EntityId> {
        let (first, second) = match self {
            Self::Entity(a) | Self::Tactic(a, _) => (Some(a), None),
            Self::Both(a, b) => (Some(a), Some(b)),
            Self::Group(_) => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// One thing that alerts can share, and those that do.
#[derive(Debug)]
pub struct Key {
    pub shared: Shared,
    /// 0, or which undone merge split this key off: what it holds links with nothing of the other side.
    pub side: u32,
    pub window: i64,
    line: Line,
}

/// An entity.
#[derive(Debug)]
pub struct Entity {
    pub kind: ObservableKind,
    pub window: i64,
    /// A host, or an internal address: what a hash or a domain spreads over.
    pub is_machine: bool,
    keys: Vec<KeyId>,
    /// Of kinds that become hubs by what passes through them, all; of others those that were hubs once.
    days: Vec<Day>,
}

/// An alert.
#[derive(Debug)]
pub struct Node {
    pub time: i64,
    /// Equal for alerts of one source, type and set of observables.
    pub print: u32,
    pub score: Decimal,
    /// All its entities.
    pub entities: Vec<EntityId>,
    pub keys: Vec<KeyId>,
    /// The cluster that it joined; which that one was merged into, [`Graph::root`] knows.
    pub cluster: ClusterId,
    pub gone: bool,
}

/// What a new alert brings.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub time: i64,
    pub print: u32,
    pub score: Decimal,
    pub entities: Vec<EntityId>,
    /// Those of them that may link: not where a tag switches that off. In an order that does not depend on
    /// arrival, without repetition.
    pub linking: Vec<EntityId>,
    pub tactics: Vec<u32>,
    pub group: Option<u32>,
}

/// What became of clusters, for their timelines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    Created(ClusterId),
    /// An alert joined a cluster that was there.
    Joined(ClusterId),
    /// The second was merged into the first since two alerts share something.
    Merged(ClusterId, ClusterId, KeyId, [NodeId; 2]),
    /// So many alerts of the first are the second now.
    Split(ClusterId, ClusterId, u64),
}

/// Everything.
#[derive(Debug)]
pub struct Graph {
    entities: Vec<Entity>,
    keys: Vec<Key>,
    numbers: Map<(Shared, u32), KeyId>,
    nodes: Vec<Node>,
    clusters: Vec<Cluster>,
    ways: Vec<Way>,
    pub limits: HubLimits,
    spread: Spread,
    /// The window of causality groups.
    pub group_window: i64,
    pub next_cluster: u64,
    pub next_side: u32,
    happened: Vec<Happened>,
    /// How many nodes are gone.
    gone: usize,
    seed: Seed,
}

impl Graph {
    /// Without alerts.
    #[must_use]
    pub fn new(limits: HubLimits, group_window: i64, seed: Seed) -> Self {
        Self {
            entities: Vec::new(),
            keys: Vec::new(),
            numbers: Map::with_hasher(seed),
            nodes: Vec::new(),
            clusters: Vec::new(),
            ways: Vec::new(),
            limits,
            spread: Spread::default(),
            group_window,
            next_cluster: 1,
            next_side: 1,
            happened: Vec::new(),
            gone: 0,
            seed,
        }
    }

    /// A new entity; the caller knows which are the same.
    pub fn add_entity(&mut self, kind: ObservableKind, window: i64, is_machine: bool) -> EntityId {
        self.entities.push(Entity { kind, window, is_machine, keys: Vec::new(), days: Vec::new() });
        EntityId::at(self.entities.len() - 1)
    }

    /// What happened to clusters since this was asked last.
    pub fn take_happened(&mut self) -> Vec<Happened> {
        std::mem::take(&mut self.happened)
    }

    #[allow(clippy::indexing_slicing, reason = "ids are handed out by this graph and never taken back")]
    pub fn entity(&self, id: EntityId) -> &Entity {
        &self.entities[id.place()]
    }

    #[allow(clippy::indexing_slicing, reason = "as above")]
    fn entity_mut(&mut self, id: EntityId) -> &mut Entity {
        &mut self.entities[id.place()]
    }

    #[allow(clippy::indexing_slicing, reason = "as above")]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.place()]
    }

    #[allow(clippy::indexing_slicing, reason = "as above")]
    fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.place()]
    }

    #[allow(clippy::indexing_slicing, reason = "as above")]
    pub fn key(&self, id: KeyId) -> &Key {
        &self.keys[id.place()]
    }

    #[allow(clippy::indexing_slicing, reason = "as above")]
    fn key_mut(&mut self, id: KeyId) -> &mut Key {
        &mut self.keys[id.place()]
    }

    #[allow(clippy::indexing_slicing, reason = "as above")]
    pub fn cluster(&self, id: ClusterId) -> &Cluster {
        &self.clusters[id.place()]
    }

    #[allow(clippy::indexing_slicing, reason = "as above")]
    fn cluster_mut(&mut self, id: ClusterId) -> &mut Cluster {
        &mut self.clusters[id.place()]
    }

    /// What keys take, about so many bytes.
    pub fn bulk(&self) -> usize {
        self.keys.len() * 200
    }

    /// How many alerts are held.
    pub fn held(&self) -> usize {
        self.nodes.len() - self.gone
    }

    /// All alerts that are held, in the order of their numbers.
    pub fn all_nodes(&self) -> impl Iterator<Item = NodeId> {
        (0..self.nodes.len()).map(NodeId::at).filter(|&id| !self.node(id).gone)
    }

    /// All clusters that are not merged into another and hold something, in the order of their ids.
    pub fn roots(&self) -> impl Iterator<Item = ClusterId> {
        let is_root = |&id: &ClusterId| {
            let cluster = self.cluster(id);
            cluster.parent.is_none() && cluster.alerts > 0
        };
        (0..self.clusters.len()).map(ClusterId::at).filter(is_root)
    }

    /// All clusters, also merged and empty ones.
    pub fn all_clusters(&self) -> impl ExactSizeIterator<Item = ClusterId> + use<> {
        (0..self.clusters.len()).map(ClusterId::at)
    }
}
