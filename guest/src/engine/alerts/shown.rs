//! Alerts and what they share, for people.

use super::Alerts;
use super::answers::{AlertInfo, Factor, Hub, Link};
use super::graph::{ClusterId, EntityId, HubReason, KeyId, NodeId, Shared, day_of};
use super::held::Held;
use crate::engine::strings::Sym;
use crate::model::ObservableKind;

/// Of a cluster's links so many are listed.
const LINKS: usize = 1000;

impl Alerts {
    /// `A17`.
    pub fn alert_name(&self, id: NodeId) -> String {
        format!("A{}", self.get(id).number)
    }

    /// `C1`.
    pub fn cluster_name(&self, id: ClusterId) -> String {
        format!("C{}", self.graph.cluster(id).number)
    }

    /// An alert that is held.
    pub fn info(&self, id: NodeId) -> AlertInfo {
        let held = self.get(id);
        let node = self.graph.node(id);
        AlertInfo {
            id: self.alert_name(id),
            cluster: Some(self.cluster_name(self.graph.cluster_of(id))),
            ..self.told(held, node.time, node.score.to_string())
        }
    }

    /// What an alert tells, whether it is held or not.
    pub fn told(&self, held: &Held, time: i64, score: String) -> AlertInfo {
        let text = |sym: Sym| self.texts.get(sym).to_owned();
        let optional = |sym: Sym| Some(sym).filter(|sym| !sym.is_empty()).map(text);
        let all = |list: &[Sym]| list.iter().map(|&sym| text(sym)).collect();
        AlertInfo {
            id: String::new(),
            vendor_id: optional(held.vendor_id),
            time,
            received_at: held.received_at,
            source_system: text(held.system),
            vendor: text(held.vendor),
            product: text(held.product),
            alert_type: text(held.alert_type),
            severity: optional(held.severity),
            action: held.action,
            message: text(held.message),
            score,
            factors: held
                .parts
                .iter()
                .map(|part| Factor {
                    name: part.name.as_str(),
                    value: part.value.to_string(),
                    source: text(part.source),
                })
                .collect(),
            configuration: held.configuration,
            suppressed: optional(held.suppressed),
            techniques: all(&held.techniques),
            tactics: all(&held.tactics),
            observables: self.observables(held),
            process: held.process.and_then(|process| optional(process.id)),
            cluster: None,
            assumed: all(&held.assumed),
            duplicates: held.duplicates,
            origin: (text(held.origin.0), held.origin.1),
        }
    }

    /// Why two alerts are together, in words.
    pub fn reason(&self, key: KeyId, left: NodeId, right: NodeId) -> String {
        let Link { left, right, kind, value, agreeing, .. } = self.link(key, left, right);
        let kind = if kind == "causality-group" { "causality group" } else { &kind };
        let agreeing = agreeing.map_or(String::new(), |agreeing| format!(" and {agreeing}"));
        format!("{left} and {right} share {kind} {value}{agreeing}")
    }

    /// What two alerts share, as it links them.
    fn link(&self, key: KeyId, left: NodeId, right: NodeId) -> Link {
        let at = |id| (self.graph.node(id).time, id);
        let (left, right) = if at(left) <= at(right) { (left, right) } else { (right, left) };
        let (kind, value, agreeing) = match self.graph.key(key).shared {
            Shared::Entity(id) => (self.kind(id), self.value(id), None),
            Shared::Both(a, b) => {
                // A host says where it was: it comes first.
                let (a, b) = if self.named(b).kind < self.named(a).kind { (b, a) } else { (a, b) };
                (self.kind(a), self.value(a), Some(format!("{} {}", self.kind(b), self.value(b))))
            }
            Shared::Tactic(id, tactic) => {
                let tactic = self.texts.get(Sym::of(tactic));
                (self.kind(id), self.value(id), Some(format!("tactic {tactic}")))
            }
            Shared::Group(group) => ("causality-group", self.texts.get(Sym::of(group)).to_owned(), None),
        };
        Link {
            apart: self.graph.node(left).time.abs_diff(self.graph.node(right).time),
            left: self.alert_name(left),
            right: self.alert_name(right),
            kind: kind.to_owned(),
            value,
            agreeing,
        }
    }

    fn kind(&self, id: EntityId) -> &'static str {
        self.named(id).kind.as_str()
    }

    fn value(&self, id: EntityId) -> String {
        self.texts.get(self.named(id).value).to_owned()
    }

    /// What holds a cluster together, and how many links there are.
    pub fn links(&self, root: ClusterId) -> (Vec<Link>, u64) {
        let links = self.graph.links(root);
        let total = links.len() as u64;
        (links.into_iter().take(LINKS).map(|(key, a, b)| self.link(key, a, b)).collect(), total)
    }

    /// Entities of a cluster's alerts that have stopped joining.
    pub fn hubs(&self, root: ClusterId) -> Vec<Hub> {
        let mut found: Vec<(ObservableKind, String, i64, HubReason)> = Vec::new();
        for id in self.graph.members(root) {
            let node = self.graph.node(id);
            let day = day_of(node.time);
            for &entity in &node.entities {
                if let Some(why) = self.graph.hub(entity, day) {
                    found.push((self.named(entity).kind, self.value(entity), day, why));
                }
            }
        }
        found.sort_by(|a, b| (a.2, a.0, &a.1).cmp(&(b.2, b.0, &b.1)));
        found.dedup();
        let limits = self.graph.limits;
        let hub = |(kind, value, day, why): (ObservableKind, String, i64, HubReason)| Hub {
            kind: kind.as_str().to_owned(),
            value,
            day: day.saturating_mul(super::graph::DAY),
            reason: match why {
                HubReason::Alerts => format!("more than {} different alerts", limits.alerts),
                HubReason::Peers => format!("more than {} on its other side", limits.peers),
                HubReason::Hosts => format!("on more than {} hosts", limits.hosts),
                HubReason::Spread => format!(
                    "on more than {} % of the machines, first seen more than {} days before",
                    limits.percent, limits.days
                ),
            },
        };
        found.into_iter().map(hub).collect()
    }
}
