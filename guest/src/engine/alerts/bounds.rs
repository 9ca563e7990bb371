//! Staying within `limits.alerts`, and forgetting hosts: what goes, and that nothing of it stays.

use super::graph::{ClusterId, Draft, NodeId};
use super::held::Process;
use crate::engine::hosts::HostId;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::model::ObservableKind;

/// Less than this is not worth a rebuilding, in bytes.
pub const BULK: usize = 32 << 20;

impl super::Alerts {
    /// What texts, entities and keys take, whether anything names them or not: about so many bytes.
    fn bulk(&self) -> usize {
        self.texts.size() + self.entities.len() * 150 + self.graph.bulk()
    }
}

impl State {
    /// Makes room where more alerts are held than the limit says: whole clusters go, those in which nothing
    /// happened for longest, until a quarter is free.
    /// One that holds half of all loses its oldest alerts instead.
    pub(in crate::engine) fn evict_alerts(&mut self) {
        let limit = usize::try_from(self.config.limits.alerts).unwrap_or(usize::MAX);
        let held = self.alerts.graph.held();
        if held <= limit {
            // Records that came again leave texts behind that nothing names any more.
            if self.alerts.bulk() > self.alerts.rebuild_at {
                self.rebuild_alerts();
            }
            return;
        }
        let mut over = held - (limit - limit / 4);
        let graph = &mut self.alerts.graph;
        let mut oldest: Vec<(i64, u64, ClusterId)> =
            graph.roots().map(|id| (graph.cluster(id).last, graph.cluster(id).number, id)).collect();
        oldest.sort_unstable();
        for (_, _, id) in oldest {
            let mut members = graph.members(id);
            if over == 0 {
                break;
            }
            if members.len() > over.max(held / 2) {
                // Of one that is nearly everything only its oldest alerts.
                members.sort_by_key(|&id| (graph.node(id).time, id));
                members.truncate(over);
            }
            over = over.saturating_sub(members.len());
            self.alerts.evicted += members.len() as u64;
            graph.drop_all(&members);
        }
        self.rebuild_alerts();
    }

    /// Leaves behind what nothing holds any more: texts, entities, empty clusters.
    fn rebuild_alerts(&mut self) {
        let saved = self.save_alerts(|row| u32::try_from(row.place()).ok());
        let rows: Vec<RowId> = (0..self.table.places()).map(RowId::at).collect();
        // What was just saved contradicts nothing.
        if self.load_alerts(&saved, &rows).is_ok() {
            self.alerts.rebuild_at = BULK.max(2 * self.alerts.bulk());
            let roots: Vec<ClusterId> = self.alerts.graph.roots().collect();
            roots.into_iter().for_each(|root| self.alerts.graph.look_anew(root));
            self.alerts.write_stories(self.now);
        }
    }

    /// Rows are gone; their numbers will mean others.
    pub(in crate::engine) fn forget_rows(&mut self, is_gone: impl Fn(RowId) -> bool) {
        for held in &mut self.alerts.held {
            if let Some(process) = &mut held.process {
                process.row = process.row.filter(|&row| !is_gone(row));
            }
        }
        self.alerts.watched.retain(|&row| !is_gone(row));
        self.alerts.watch.touch_all();
        self.alerts.stale = !self.alerts.held.is_empty();
    }

    /// Forgets alerts of hosts: those that tell of no other host go, the rest keep no word of them.
    pub(in crate::engine) fn forget_alerts(&mut self, is_forgotten: impl Fn(&Self, HostId) -> bool) {
        let now = self.now;
        let gone = self.hosts.all().filter(|&host| is_forgotten(self, host));
        let names: Vec<String> = gone
            .map(|host| self.hosts.spelling(host).to_lowercase())
            .filter(|name| !name.is_empty())
            .collect();
        for work in &mut self.alerts.work {
            work.forget(&names);
        }
        for id in self.alerts.graph.all_nodes().collect::<Vec<_>>() {
            let mut held = self.alerts.get(id).clone();
            let environment = self.alerts.texts.get(held.environment).to_owned();
            let environment = self.strings.intern(&environment);
            let forgotten = |name: &str| {
                self.hosts.find(name, Some(environment)).iter().any(|&host| is_forgotten(self, host))
            };
            let is_host = |entity| self.alerts.named(entity).kind == ObservableKind::Host;
            let name_of = |entity| self.alerts.texts.get(self.alerts.named(entity).value);
            let mut hosts = held.observables.iter().filter(|(entity, _)| is_host(*entity)).peekable();
            let goes = match hosts.peek() {
                Some(_) => hosts.all(|(entity, _)| forgotten(name_of(*entity))),
                None => forgotten(""),
            };
            // Its process may be one of a host that the alert itself does not name.
            let of_forgotten = held.process.is_some_and(|process| {
                let id = self.alerts.texts.get(process.id);
                let of_row = |row: RowId| is_forgotten(self, self.table.row(row).host);
                process.row.is_some_and(of_row) || id.split_once('/').is_some_and(|(host, _)| forgotten(host))
            });
            if goes {
                let (system, duplicates) = (self.alerts.texts.get(held.system).to_owned(), held.duplicates);
                let told = self.alerts.info(id);
                self.alerts.sources.uncount(&system, &told, duplicates);
                self.alerts.by_vendor_id.remove(&held.identity());
                self.alerts.graph.remove(id);
            } else if held
                .observables
                .iter()
                .any(|(entity, _)| is_host(*entity) && forgotten(name_of(*entity)))
                || of_forgotten
            {
                let kept = held.observables.iter().copied();
                held.observables =
                    kept.filter(|(entity, _)| !(is_host(*entity) && forgotten(name_of(*entity)))).collect();
                if of_forgotten {
                    (held.process, held.group) = (None::<Process>, Sym::EMPTY);
                }
                self.replace_alert(id, held);
            }
        }
        self.alerts.write_stories(now);
    }

    /// Links an alert by what is said of it now.
    pub(super) fn replace_alert(&mut self, id: NodeId, held: super::held::Held) {
        let score = self.alerts.graph.node(id).score.clone();
        self.replace_scored(id, held, score);
    }

    /// The same with another score.
    pub(super) fn replace_scored(&mut self, id: NodeId, held: super::held::Held, score: super::Decimal) {
        let time = self.alerts.graph.node(id).time;
        let draft = Draft { score, ..self.draft(&held, time) };
        let alone = held.is_alone;
        *self.alerts.get_mut(id) = held;
        self.alerts.graph.replace(id, draft, alone);
    }
}
