//! Clusters, for people: ranked, each with its title and its story.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::answers::{ClusterInfo, ClusterSummary, Order, Selection, TimelineEvent};
use super::decimal::Decimal;
use super::graph::{ClusterId, NodeId};
use super::held::Alerts;
use super::work::Work;
use crate::engine::hashing::Map;
use crate::engine::hosts::Hosts;
use crate::engine::queries::page;
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::error::Error;
use crate::model::{Observable, ObservableKind, Role};
use crate::text::path::file_name;
use crate::text::time;

/// Of a title so many hosts are named.
const HOSTS: usize = 2;

impl State {
    /// The clusters that are wanted, in order.
    pub(super) fn clusters(
        &self,
        wanted: &Selection,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<ClusterSummary>, Error> {
        let alerts = &self.alerts;
        let least = match &wanted.min_score {
            None => Decimal::ZERO,
            Some(text) => Decimal::parse(text)
                .ok_or_else(|| Error::invalid("min-score", format!("{text:?} is no decimal such as 16.8")))?,
        };
        let spellings = wanted.entity.as_deref().map(|text| self.spellings(text));
        let is_wanted = |&id: &ClusterId| {
            let fits = |spellings: &BTreeSet<String>| {
                let mut members = alerts.graph.members(id).into_iter();
                members.any(|id| alerts.has_any(id, spellings))
            };
            (wanted.archived || !alerts.work_of(id).archived)
                && alerts.graph.cluster(id).score >= least
                && spellings.as_ref().is_none_or(fits)
        };
        let mut ids: Vec<ClusterId> = alerts.graph.roots().filter(is_wanted).collect();
        let number = |id: ClusterId| alerts.graph.cluster(id).number;
        match wanted.order {
            Order::Score => ids.sort_by(|&a, &b| {
                let (a, b) = (alerts.graph.cluster(a), alerts.graph.cluster(b));
                b.score.cmp(&a.score).then(a.number.cmp(&b.number))
            }),
            Order::Highest => ids.sort_by(|&a, &b| {
                let (a, b) = (alerts.graph.cluster(a), alerts.graph.cluster(b));
                b.highest.cmp(&a.highest).then(a.number.cmp(&b.number))
            }),
            Order::DistinctScore => {
                ids.sort_by_cached_key(|&id| (Reverse(alerts.distinct(id).0), number(id)));
            }
            Order::Newest => ids.sort_by_key(|&id| (Reverse(alerts.graph.cluster(id).last), number(id))),
        }
        Ok(page(ids, offset, limit).into_iter().map(|id| alerts.summary(id, &self.hosts)).collect())
    }

    /// One cluster.
    pub(super) fn cluster(&self, id: &str) -> Result<ClusterInfo, Error> {
        let root = self.alerts.root_named(id)?;
        let (links, links_total) = self.alerts.links(root);
        let mut merged: Vec<ClusterId> = self.alerts.graph.tree(root);
        merged.retain(|&of| of != root && !self.alerts.graph.members(of).is_empty());
        merged.sort_by_key(|&id| self.alerts.graph.cluster(id).number);
        Ok(ClusterInfo {
            summary: self.alerts.summary(root, &self.hosts),
            links,
            links_total,
            hubs: self.alerts.hubs(root),
            merged: merged.into_iter().map(|id| self.alerts.cluster_name(id)).collect(),
            timeline: self.alerts.timeline(root),
        })
    }

    /// All forms that a text may have as the value of an observable.
    pub(super) fn spellings(&self, text: &str) -> BTreeSet<String> {
        let mut forms: BTreeSet<String> = ObservableKind::ALL
            .into_iter()
            .filter_map(|kind| Observable::new(kind, text, Role::Related))
            .map(|observable| observable.value)
            .collect();
        forms.insert(text.trim().to_lowercase());
        // What a short name means, and the short name of what is meant.
        for host in self.hosts.find(text, None) {
            forms.insert(self.hosts.display(host).to_lowercase());
            forms.insert(self.hosts.spelling(host).to_lowercase());
        }
        forms
    }
}

impl Alerts {
    /// The root that a name leads to.
    pub fn root_named(&self, id: &str) -> Result<ClusterId, Error> {
        let found = self.find_cluster(id).map(|id| self.graph.root(id));
        found
            .filter(|&root| self.graph.cluster(root).alerts > 0)
            .ok_or_else(|| Error::not_found("cluster", id))
    }

    /// The state of work on a cluster.
    pub fn work_of(&self, id: ClusterId) -> &Work {
        static NONE: Work = Work::NONE;
        self.work.get(id.place()).unwrap_or(&NONE)
    }

    fn has_any(&self, id: NodeId, values: &BTreeSet<String>) -> bool {
        let has = |id| {
            let named = self.named(id);
            let value = self.texts.get(named.value).to_owned();
            let of = Observable { kind: named.kind, value, role: Role::Related };
            values.contains(&of.value) || of.short().is_some_and(|short| values.contains(short))
        };
        let named = self.get(id).observables.iter().map(|&(id, _)| id);
        named.chain(self.graph.node(id).entities.iter().copied()).any(has)
    }

    /// The score with one alert for each source, type and set of observables, the highest of them; how many.
    pub fn distinct(&self, root: ClusterId) -> (Decimal, u64) {
        let mut best: Map<u32, &Decimal> = Map::default();
        for id in self.graph.members(root) {
            let node = self.graph.node(id);
            let of = best.entry(node.print).or_insert(&node.score);
            *of = (*of).max(&node.score);
        }
        (best.values().fold(Decimal::ZERO, |sum, score| sum.plus(score)), best.len() as u64)
    }

    /// A cluster as the list shows it.
    pub fn summary(&self, root: ClusterId, hosts: &Hosts) -> ClusterSummary {
        let members = self.graph.members(root);
        let cluster = self.graph.cluster(root);
        let work = self.work_of(root);
        let mut tactics = BTreeSet::new();
        let mut groups = BTreeSet::new();
        let mut seen_on = BTreeSet::new();
        for &id in &members {
            let held = self.get(id);
            tactics.extend(held.tactics.iter().map(|&tactic| self.texts.get(tactic).to_owned()));
            groups.insert(held.group);
            for entity in self.graph.node(id).entities.iter().map(|&id| self.named(id)) {
                if entity.kind == ObservableKind::Host {
                    let name = self.texts.get(entity.value);
                    let known = hosts.find(name, None).first().map(|&host| hosts.display(host).to_owned());
                    seen_on.insert(known.unwrap_or_else(|| name.to_owned()));
                }
            }
        }
        groups.remove(&Sym::EMPTY);
        let owner = match groups.into_iter().collect::<Vec<Sym>>().as_slice() {
            [only] => self.owners.get(only).map(|&owner| self.texts.get(owner).to_owned()),
            _ => None,
        };
        let owner = owner.filter(|owner| !owner.is_empty());
        let seen_on: Vec<String> = seen_on.into_iter().collect();
        let (distinct_score, distinct_alerts) = self.distinct(root);
        ClusterSummary {
            id: self.cluster_name(root),
            title: self.title(&members, owner.as_deref(), &seen_on),
            owner,
            hosts: seen_on,
            score: cluster.score.to_string(),
            distinct_score: distinct_score.to_string(),
            highest: cluster.highest.to_string(),
            alerts: cluster.alerts,
            distinct_alerts,
            tactics: tactics.into_iter().collect(),
            first: cluster.first,
            last: cluster.last,
            status: work.status,
            disposition: work.disposition,
            assignee: work.assignee.clone(),
            archived: work.archived,
        }
    }

    /// Its highest alert's type, how many others, what caused it, and where: `remote-thread and 2 other types: by
    /// winword.exe on WS-ANNA`.
    fn title(&self, members: &[NodeId], owner: Option<&str>, hosts: &[String]) -> String {
        let type_of = |id: NodeId| self.texts.get(self.get(id).alert_type);
        let highest = members.iter().copied().max_by(|&a, &b| {
            let at = |id: NodeId| (Reverse(self.graph.node(id).time), Reverse(id));
            self.score(a).cmp(self.score(b)).then_with(|| at(a).cmp(&at(b)))
        });
        let Some(highest) = highest else { return String::new() };
        let types: BTreeSet<&str> = members.iter().map(|&id| type_of(id)).collect();
        let mut title = type_of(highest).to_owned();
        match types.len() - 1 {
            0 => {}
            1 => title.push_str(" and 1 other type"),
            more => title.push_str(&format!(" and {more} other types")),
        }
        let image = self.get(highest).process.map(|process| file_name(self.texts.get(process.image)));
        if let Some(by) = owner.or(image).filter(|by| !by.is_empty()) {
            title.push_str(&format!(" by {by}"));
        }
        if !hosts.is_empty() {
            title.push_str(&format!(
                " on {}",
                hosts.get(..HOSTS.min(hosts.len())).unwrap_or_default().join(", ")
            ));
            if hosts.len() > HOSTS {
                title.push_str(&format!(" and {} more", hosts.len() - HOSTS));
            }
        }
        title
    }

    /// A cluster's story: what was done, and its alerts as they came in, alike ones that follow each other as one.
    /// Those that were merged into it bring theirs along.
    fn timeline(&self, root: ClusterId) -> Vec<TimelineEvent> {
        let mut events: Vec<(i64, u8, TimelineEvent)> = Vec::new();
        for id in self.graph.family(root) {
            let prefix = if id == root { String::new() } else { format!("{}: ", self.cluster_name(id)) };
            for told in &self.work_of(id).story {
                let text = format!("{prefix}{}", told.text);
                events.push((
                    told.at,
                    0,
                    TimelineEvent { at: told.at, kind: told.kind.as_str(), text, count: 1 },
                ));
            }
        }
        let mut last: Option<(u32, usize, NodeId)> = None;
        for id in self.graph.members(root) {
            let (held, node) = (self.get(id), self.graph.node(id));
            if let Some((print, place, _)) = last
                && print == node.print
                && let Some((_, _, event)) = events.get_mut(place)
            {
                event.count += 1;
                continue;
            }
            last = Some((node.print, events.len(), id));
            let text = format!(
                "{} {} of {} ({}) from {}",
                self.alert_name(id),
                self.texts.get(held.alert_type),
                time::to_text(node.time),
                node.score,
                self.texts.get(held.system)
            );
            let event = TimelineEvent { at: held.received_at, kind: "alert", text, count: 1 };
            events.push((held.received_at, 1, event));
        }
        events.sort_by_key(|&(at, order, _)| (at, order));
        events.into_iter().map(|(_, _, event)| event).collect()
    }
}
