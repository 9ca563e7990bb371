//! Alerts and clusters as plain data, as a snapshot has them. Links, hubs and sums follow from it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::graph::{ClusterId, Draft, KeyId, NodeId, Shared};
use super::held::{Alerts, Held, HeldPart, Process};
use super::score::PartName;
use super::sources::Sources;
use super::work::Work;
use crate::engine::hashing::Map;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::error::{Error, SnapshotError};
use crate::model::{ActionCategory, Multiplier, Observable, Transport};

/// Everything that [`Alerts`] holds and the configuration does not say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SavedAlerts {
    next_alert: u64,
    next_cluster: u64,
    next_side: u32,
    evicted: u64,
    sources: Sources,
    /// By number.
    clusters: Vec<SavedCluster>,
    /// By number.
    alerts: Vec<SavedAlert>,
    /// Groups and their owners' names, sorted.
    owners: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SavedCluster {
    number: u64,
    /// The number of the one that it was merged into.
    parent: Option<u64>,
    work: Work,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SavedAlert {
    number: u64,
    /// Of the cluster that it joined itself.
    cluster: u64,
    time: i64,
    received_at: i64,
    environment: String,
    vendor_id: String,
    system: String,
    vendor: String,
    product: String,
    alert_type: String,
    severity: String,
    action: ActionCategory,
    message: String,
    /// Thousandths.
    parts: Vec<(PartName, u16, String)>,
    configuration: u64,
    suppressed: String,
    techniques: Vec<String>,
    tactics: Vec<String>,
    /// With their environments.
    observables: Vec<(Observable, String)>,
    ports: [u16; 2],
    transport: Option<Transport>,
    /// Sensor's id, process id, path: as the alert names its process.
    says: (String, u32, String),
    /// Place of the row among the saved processes, instance id, path.
    process: Option<(Option<u32>, String, String)>,
    group: String,
    assumed: Vec<String>,
    duplicates: u64,
    origin: (String, u64),
    is_alone: bool,
    /// What it shares on another side than others, since a merge was undone: what, and the side.
    sides: Vec<(String, u32)>,
}

impl State {
    /// What is saved of alerts; `row` gives a row's place among the processes that are saved.
    pub(in crate::engine) fn save_alerts(&self, row: impl Fn(RowId) -> Option<u32>) -> SavedAlerts {
        let alerts = &self.alerts;
        let graph = &alerts.graph;
        let work = |id| alerts.work_of(id).clone();
        let cluster = |id: ClusterId| SavedCluster {
            number: graph.cluster(id).number,
            parent: graph.cluster(id).parent.map(|parent| graph.cluster(parent).number),
            work: work(id),
        };
        let groups: BTreeSet<Sym> = graph.all_nodes().map(|id| alerts.get(id).group).collect();
        let mut owners: Vec<(String, String)> = alerts
            .owners
            .iter()
            .filter(|(group, _)| groups.contains(*group))
            .map(|(&group, &owner)| (alerts.texts.get(group).to_owned(), alerts.texts.get(owner).to_owned()))
            .collect();
        owners.sort_unstable();
        SavedAlerts {
            next_alert: alerts.next_alert,
            next_cluster: graph.next_cluster,
            next_side: graph.next_side,
            evicted: alerts.evicted,
            sources: alerts.sources.clone(),
            // What leads to nothing any more is left behind.
            clusters: graph
                .all_clusters()
                .filter(|&id| graph.cluster(graph.root(id)).alerts > 0)
                .map(cluster)
                .collect(),
            alerts: graph.all_nodes().map(|id| alerts.save_alert(id, &row)).collect(),
            owners,
        }
    }

    /// Takes over what was saved; `rows` are the processes that were saved.
    pub(in crate::engine) fn load_alerts(
        &mut self,
        saved: &SavedAlerts,
        rows: &[RowId],
    ) -> Result<(), Error> {
        self.alerts = Alerts::new(&self.config)?;
        if !saved.alerts.is_empty() {
            self.alerts.watch.touch_all();
        }
        let mut numbers: Map<u64, ClusterId> = Map::default();
        for cluster in &saved.clusters {
            let parent = match cluster.parent {
                // A cluster can be merged into a younger one only by an undone merge: look ahead.
                Some(number) => Some(place_of(&saved.clusters, number)?),
                None => None,
            };
            let id = self.alerts.graph.restore_cluster(cluster.number, parent);
            numbers.insert(cluster.number, id);
            self.alerts.work.push(cluster.work.clone());
        }
        for (group, owner) in &saved.owners {
            let (group, owner) = (self.alerts.texts.intern(group), self.alerts.texts.intern(owner));
            self.alerts.owners.insert(group, owner);
        }
        let mut before = 0;
        for alert in &saved.alerts {
            if alert.number <= before {
                return Err(inconsistent("alerts are not in order"));
            }
            before = alert.number;
            let cluster = numbers.get(&alert.cluster).copied();
            let cluster = cluster.ok_or_else(|| inconsistent("an alert's cluster is missing"))?;
            self.load_alert(alert, cluster, rows)?;
        }
        let alerts = &mut self.alerts;
        alerts.graph.restore_tree().map_err(inconsistent)?;
        alerts.graph.next_cluster = saved.next_cluster;
        alerts.graph.next_side = saved.next_side;
        alerts.next_alert = saved.next_alert;
        alerts.evicted = saved.evicted;
        alerts.sources.clone_from(&saved.sources);
        for row in alerts.held.iter().filter_map(|held| held.process?.row).collect::<Vec<_>>() {
            let group = self.causality_group(row);
            self.note_group(group);
        }
        Ok(())
    }

    fn load_alert(&mut self, saved: &SavedAlert, cluster: ClusterId, rows: &[RowId]) -> Result<(), Error> {
        let row = match saved.process.as_ref().and_then(|process| process.0) {
            Some(place) => {
                let row = usize::try_from(place).ok().and_then(|place| rows.get(place)).copied();
                Some(row.ok_or_else(|| inconsistent("an alert's process is missing"))?)
            }
            None => None,
        };
        let alerts = &mut self.alerts;
        let observables = saved
            .observables
            .iter()
            .map(|(observable, environment)| (alerts.note_entity(observable, environment), observable.role))
            .collect();
        let texts = &mut alerts.texts;
        let parts = saved.parts.iter().map(|(name, value, source)| {
            let value = Multiplier::of(*value).ok_or_else(|| inconsistent("a factor is out of range"))?;
            Ok(HeldPart { name: *name, value, source: texts.intern(source) })
        });
        let parts = parts.collect::<Result<Vec<HeldPart>, Error>>()?;
        let mut all = |list: &[String]| list.iter().map(|text| texts.intern(text)).collect::<Vec<Sym>>();
        let (techniques, tactics, assumed) =
            (all(&saved.techniques), all(&saved.tactics), all(&saved.assumed));
        let held = Held {
            number: saved.number,
            received_at: saved.received_at,
            environment: texts.intern(&saved.environment),
            vendor_id: texts.intern(&saved.vendor_id),
            system: texts.intern(&saved.system),
            vendor: texts.intern(&saved.vendor),
            product: texts.intern(&saved.product),
            alert_type: texts.intern(&saved.alert_type),
            severity: texts.intern(&saved.severity),
            action: saved.action,
            message: texts.intern(&saved.message),
            parts,
            configuration: saved.configuration,
            suppressed: texts.intern(&saved.suppressed),
            techniques,
            tactics,
            observables,
            ports: saved.ports,
            transport: saved.transport,
            says: super::held::Says {
                entity: texts.intern(&saved.says.0),
                pid: saved.says.1,
                image: texts.intern(&saved.says.2),
            },
            process: saved.process.as_ref().map(|(_, id, image)| Process {
                row,
                id: texts.intern(id),
                image: texts.intern(image),
            }),
            group: texts.intern(&saved.group),
            assumed,
            duplicates: saved.duplicates,
            origin: (texts.intern(&saved.origin.0), saved.origin.1),
            is_alone: saved.is_alone,
        };
        let score = held.product();
        let draft = Draft { score, ..self.draft(&held, saved.time) };
        let alerts = &mut self.alerts;
        let id = alerts.graph.restore(draft, held.is_alone, cluster);
        if !saved.sides.is_empty() {
            for (place, key) in alerts.graph.node(id).keys.clone().into_iter().enumerate() {
                let name = alerts.name_of(key);
                if let Some(&(_, side)) = saved.sides.iter().find(|(what, _)| *what == name) {
                    alerts.graph.set_side(id, place, side);
                }
            }
        }
        alerts.graph.restore_links(id);
        if !held.vendor_id.is_empty() {
            self.alerts.by_vendor_id.insert(held.identity(), id);
        }
        self.alerts.held.push(held);
        Ok(())
    }
}

impl Alerts {
    fn save_alert(&self, id: NodeId, row: &impl Fn(RowId) -> Option<u32>) -> SavedAlert {
        let (held, node) = (self.get(id), self.graph.node(id));
        let text = |sym| self.texts.get(sym).to_owned();
        let all = |list: &[Sym]| list.iter().map(|&sym| text(sym)).collect();
        SavedAlert {
            number: held.number,
            cluster: self.graph.cluster(node.cluster).number,
            time: node.time,
            received_at: held.received_at,
            environment: text(held.environment),
            vendor_id: text(held.vendor_id),
            system: text(held.system),
            vendor: text(held.vendor),
            product: text(held.product),
            alert_type: text(held.alert_type),
            severity: text(held.severity),
            action: held.action,
            message: text(held.message),
            parts: held
                .parts
                .iter()
                .map(|part| (part.name, part.value.thousandths(), text(part.source)))
                .collect(),
            configuration: held.configuration,
            suppressed: text(held.suppressed),
            techniques: all(&held.techniques),
            tactics: all(&held.tactics),
            observables: held
                .observables
                .iter()
                .zip(self.observables(held))
                .map(|(&(entity, _), observable)| (observable, text(self.named(entity).environment)))
                .collect(),
            ports: held.ports,
            transport: held.transport,
            says: (text(held.says.entity), held.says.pid, text(held.says.image)),
            process: held
                .process
                .map(|process| (process.row.and_then(row), text(process.id), text(process.image))),
            group: text(held.group),
            assumed: all(&held.assumed),
            duplicates: held.duplicates,
            origin: (text(held.origin.0), held.origin.1),
            is_alone: held.is_alone,
            sides: self.sides(id),
        }
    }

    /// What an alert shares on another side, by texts alone: numbers are other ones after a restart.
    fn sides(&self, id: NodeId) -> Vec<(String, u32)> {
        let keys = self.graph.node(id).keys.iter();
        let sides = keys.map(|&key| (key, self.graph.key(key).side)).filter(|&(_, side)| side != 0);
        let mut sides: Vec<(String, u32)> = sides.map(|(key, side)| (self.name_of(key), side)).collect();
        sides.sort_unstable();
        sides
    }

    fn name_of(&self, key: KeyId) -> String {
        let entity = |id| {
            let named = self.named(id);
            let [value, environment] = [named.value, named.environment].map(|sym| self.texts.get(sym));
            format!("{}\n{value}\n{environment}", named.kind.as_str())
        };
        match self.graph.key(key).shared {
            Shared::Entity(id) => entity(id),
            Shared::Both(a, b) => {
                let (a, b) = (entity(a), entity(b));
                if a <= b { format!("{a}\n{b}") } else { format!("{b}\n{a}") }
            }
            Shared::Tactic(id, tactic) => format!("{}\n{}", entity(id), self.texts.get(Sym::of(tactic))),
            Shared::Group(group) => format!("group\n{}", self.texts.get(Sym::of(group))),
        }
    }
}

fn place_of(clusters: &[SavedCluster], number: u64) -> Result<ClusterId, Error> {
    let place = clusters.binary_search_by_key(&number, |cluster| cluster.number);
    place.map(ClusterId::at).map_err(|_| inconsistent("a cluster was merged into one that is missing"))
}

fn inconsistent(what: impl Into<String>) -> Error {
    SnapshotError::Inconsistent(what.into()).into()
}
