//! The alerts that are held, and what names in them stand for.

use super::decimal::Decimal;
use super::graph::{ClusterId, EntityId, Graph, HubLimits, NodeId};
use super::rules::Rules;
use super::score::PartName;
use super::sources::Sources;
use crate::engine::config::Config;
use crate::engine::hashing::Map;
use crate::engine::process::RowId;
use crate::engine::strings::{Strings, Sym};
use crate::error::Error;
use crate::model::{ActionCategory, Multiplier, Observable, ObservableKind, Role, Transport};

/// One alert.
#[derive(Debug, Clone)]
pub struct Held {
    /// `A17`.
    pub number: u64,
    pub received_at: i64,
    /// That of its batch.
    pub environment: Sym,
    /// The vendor's id; empty for none.
    pub vendor_id: Sym,
    /// In lower case, as configurations name it.
    pub system: Sym,
    pub vendor: Sym,
    pub product: Sym,
    pub alert_type: Sym,
    /// Empty for none.
    pub severity: Sym,
    pub action: ActionCategory,
    pub message: Sym,
    pub parts: Vec<HeldPart>,
    /// The configuration that it was scored by.
    pub configuration: u64,
    /// Empty for none.
    pub suppressed: Sym,
    pub techniques: Vec<Sym>,
    pub tactics: Vec<Sym>,
    pub observables: Vec<(EntityId, Role)>,
    /// Of a connection's source and destination; 0 where they are not said.
    pub ports: [u16; 2],
    /// Of the same connection.
    pub transport: Option<Transport>,
    /// The process as the alert names it.
    pub says: Says,
    pub process: Option<Process>,
    /// The causality group; empty for none.
    pub group: Sym,
    pub assumed: Vec<Sym>,
    pub duplicates: u64,
    pub origin: (Sym, u64),
    /// A user took it out of its cluster.
    pub is_alone: bool,
}

impl Held {
    /// What a record of the same alert has in common with it: environment, source system and the vendor's id.
    pub fn identity(&self) -> [Sym; 3] {
        [self.environment, self.system, self.vendor_id]
    }

    /// The score that its factors give.
    pub fn product(&self) -> Decimal {
        if !self.suppressed.is_empty() {
            return Decimal::ZERO;
        }
        super::score::product(self.parts.iter().map(|part| part.value))
    }
}

/// One factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldPart {
    pub name: PartName,
    pub value: Multiplier,
    pub source: Sym,
}

/// A process as an alert names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Says {
    /// The sensor's id; empty for none.
    pub entity: Sym,
    /// 0 for none.
    pub pid: u32,
    /// Its path or file name; empty for none.
    pub image: Sym,
}

/// The process that an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    /// Its row, as long as that is held.
    pub row: Option<RowId>,
    /// Its instance id; empty where it was not found.
    pub id: Sym,
    /// Its path.
    pub image: Sym,
}

/// An entity's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Named {
    pub kind: ObservableKind,
    pub value: Sym,
    /// Hosts, users and internal addresses of two environments are not the same; empty for all else.
    pub environment: Sym,
}

/// All alerts of a tenant and their clusters. It has texts of its own, so that it can be rebuilt by itself.
#[derive(Debug)]
pub struct Alerts {
    pub rules: Rules,
    pub texts: Strings,
    /// By [`NodeId`].
    pub held: Vec<Held>,
    pub graph: Graph,
    /// By [`EntityId`].
    pub entities: Vec<Named>,
    pub entity_of: Map<Named, EntityId>,
    /// By [`Held::identity`], where the vendor gives ids.
    pub by_vendor_id: Map<[Sym; 3], NodeId>,
    /// What alerts look alike: source system, type and entities.
    prints: Map<(Sym, Sym, Vec<EntityId>), u32>,
    /// By [`ClusterId`].
    pub work: Vec<super::work::Work>,
    /// What owns a causality group, by the group.
    pub owners: Map<Sym, Sym>,
    /// Rows on the way from an alert's process to its group's owner: a change there may change the group.
    pub watched: crate::engine::hashing::Set<RowId>,
    /// What alerts wait for.
    pub watch: super::watch::Watch,
    /// Such a row has changed.
    pub stale: bool,
    pub next_alert: u64,
    pub sources: Sources,
    pub evicted: u64,
    /// How much bulk makes it worth looking what is still named.
    pub rebuild_at: usize,
}

impl Alerts {
    /// The rows of processes that alerts of other types than this one are about.
    pub fn processes_but(&self, alert_type: &str) -> impl Iterator<Item = RowId> {
        let but = self.texts.find(alert_type);
        let held = self.graph.all_nodes().map(|id| self.get(id));
        held.filter(move |held| Some(held.alert_type) != but).filter_map(|held| held.process?.row)
    }

    /// None yet.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let seed = config.seed();
        let rules = Rules::new(config)?;
        let correlation = &config.correlation;
        let limits = HubLimits {
            alerts: correlation.hub_alerts,
            peers: correlation.hub_peers,
            hosts: correlation.hub_hosts,
            percent: correlation.hub_percent,
            days: correlation.hub_days,
        };
        let group_window = rules.windows.of_group();
        Ok(Self {
            rules,
            texts: Strings::new(seed),
            held: Vec::new(),
            graph: Graph::new(limits, group_window, seed),
            entities: Vec::new(),
            entity_of: Map::with_hasher(seed),
            by_vendor_id: Map::with_hasher(seed),
            prints: Map::with_hasher(seed),
            work: Vec::new(),
            owners: Map::with_hasher(seed),
            watched: crate::engine::hashing::Set::with_hasher(seed),
            watch: super::watch::Watch::new(seed),
            stale: false,
            next_alert: 1,
            sources: Sources::default(),
            evicted: 0,
            rebuild_at: super::bounds::BULK,
        })
    }

    #[allow(clippy::indexing_slicing, reason = "there is one for each node of the graph")]
    pub fn get(&self, id: NodeId) -> &Held {
        &self.held[id.place()]
    }

    #[allow(clippy::indexing_slicing, reason = "as above")]
    pub fn get_mut(&mut self, id: NodeId) -> &mut Held {
        &mut self.held[id.place()]
    }

    #[allow(clippy::indexing_slicing, reason = "there is a name for each entity of the graph")]
    pub fn named(&self, id: EntityId) -> Named {
        self.entities[id.place()]
    }

    /// The alert of a number such as `A17`.
    pub fn find(&self, id: &str) -> Option<NodeId> {
        let number: u64 = id.strip_prefix(['A', 'a'])?.parse().ok()?;
        let place = self.held.binary_search_by_key(&number, |held| held.number).ok()?;
        Some(NodeId::at(place)).filter(|&id| !self.graph.node(id).gone)
    }

    /// The cluster of a number such as `C1`, or what it was merged into.
    pub fn find_cluster(&self, id: &str) -> Option<ClusterId> {
        let number: u64 = id.strip_prefix(['C', 'c'])?.parse().ok()?;
        self.graph.find_cluster(number)
    }

    /// How many held ones a suppression keeps from counting.
    pub fn suppressed(&self) -> u64 {
        self.graph.all_nodes().filter(|&id| !self.get(id).suppressed.is_empty()).count() as u64
    }

    /// How many are held.
    pub fn count(&self) -> u64 {
        self.graph.held() as u64
    }

    /// The entity of an observable.
    pub fn note_entity(&mut self, observable: &Observable, environment: &str) -> EntityId {
        let Observable { kind, value, .. } = observable;
        let internal = *kind == ObservableKind::Address && self.rules.is_internal(value);
        let is_local = internal || matches!(kind, ObservableKind::Host | ObservableKind::User);
        let environment = if is_local { self.texts.intern(environment) } else { Sym::EMPTY };
        let named = Named { kind: *kind, value: self.texts.intern(value), environment };
        if let Some(&id) = self.entity_of.get(&named) {
            return id;
        }
        let is_machine = internal || *kind == ObservableKind::Host;
        let id = self.graph.add_entity(*kind, self.rules.windows.of(*kind, internal), is_machine);
        self.entities.push(named);
        self.entity_of.insert(named, id);
        id
    }

    /// The number of a look.
    pub fn print(&mut self, system: Sym, alert_type: Sym, mut entities: Vec<EntityId>) -> u32 {
        entities.sort_unstable();
        let next = u32::try_from(self.prints.len()).unwrap_or(u32::MAX);
        *self.prints.entry((system, alert_type, entities)).or_insert(next)
    }

    /// An alert's observables, as they were given.
    pub fn observables(&self, held: &Held) -> Vec<Observable> {
        let observable = |&(id, role): &(EntityId, Role)| {
            let Named { kind, value, .. } = self.named(id);
            Observable { kind, value: self.texts.get(value).to_owned(), role }
        };
        held.observables.iter().map(observable).collect()
    }

    /// An alert's score.
    pub fn score(&self, id: NodeId) -> &Decimal {
        &self.graph.node(id).score
    }
}
