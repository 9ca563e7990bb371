//! The process that an alert is about: the one that it names, or the only one that fits what it says of a connection
//! or a file. Telemetry may come after the alert, so what an alert waits for is watched.

use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::ops::RangeInclusive;

use super::graph::NodeId;
use super::held::{Alerts, Held, Process};
use crate::engine::causality::Wanted;
use crate::engine::hashing::{Map, Seed};
use crate::engine::lineage::Found;
use crate::engine::process::{Entity, RowId};
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::model::{Action, EntityId, Event, ObservableKind};
use crate::text::path::{file_name, fold};
use crate::text::{address, digest};

/// Which alerts an event may be the answer to, by the hash of a text that both have.
#[derive(Debug, Default)]
pub struct Watch {
    /// With the alerts' times, sorted.
    by_text: Map<u64, BTreeSet<(i64, NodeId)>>,
    /// Those that an event touched since they were looked at.
    touched: BTreeSet<NodeId>,
    seed: Seed,
}

impl Watch {
    /// For nothing.
    pub fn new(seed: Seed) -> Self {
        Self { by_text: Map::with_hasher(seed), touched: BTreeSet::new(), seed }
    }

    fn add(&mut self, text: &str, (time, id): (i64, NodeId)) {
        self.by_text.entry(self.seed.hash_one(text)).or_default().insert((time, id));
    }

    /// Touches the alerts that wait for a text, of some times.
    fn touch(&mut self, text: &str, times: RangeInclusive<i64>) {
        if let Some(list) = self.by_text.get(&self.seed.hash_one(text)) {
            let near =
                list.range((*times.start(), NodeId::at(0))..).take_while(|(time, _)| times.contains(time));
            self.touched.extend(near.map(|&(_, id)| id));
        }
    }
}

impl State {
    /// The process that an alert is about, as far as telemetry tells by now.
    pub(super) fn process_of(&mut self, held: &Held, time: i64) -> Option<RowId> {
        let says = held.says;
        if !says.entity.is_empty() || says.pid != 0 {
            return self.named_process(held, time);
        }
        let wanted = Wanted::new(time, held.ports, &self.alerts.observables(held));
        if wanted.is_empty() {
            return None;
        }
        self.index_events();
        self.only_fit(&wanted)
    }

    /// The process that an alert names, where it is held.
    fn named_process(&mut self, held: &Held, time: i64) -> Option<RowId> {
        let texts = &self.alerts.texts;
        let observables = self.alerts.observables(held);
        let name = observables.iter().find(|o| o.kind == ObservableKind::Host)?.value.clone();
        let environment = self.strings.find(texts.get(held.environment)).unwrap_or(Sym::EMPTY);
        let host = *self.hosts.find(&name, Some(environment)).first()?;
        if let Some(entity) = EntityId::parse(texts.get(held.says.entity)) {
            let entity = match entity {
                EntityId::Guid(guid) => Entity::guid(guid),
                EntityId::Text(text) => Entity::Text(self.strings.find(text)?),
            };
            return self.table.find(self.hosts.label(host), entity).map(|row| self.standing(row));
        }
        let image = fold(file_name(texts.get(held.says.image))).into_owned();
        let image = if image.is_empty() { Sym::EMPTY } else { self.strings.find(&image)? };
        self.table.index_pids();
        match self.instance_at(host, held.says.pid, time, image, None) {
            Found::Row(row) => Some(row),
            Found::Reused | Found::Nobody => None,
        }
    }

    /// The process that a held alert names itself.
    pub(in crate::engine) fn named_by(&mut self, id: NodeId) -> Option<RowId> {
        let held = self.alerts.get(id).clone();
        let says = held.says;
        if !says.entity.is_empty() || says.pid != 0 {
            return self.named_process(&held, self.alerts.graph.node(id).time);
        }
        // begat's own alerts have theirs from the beginning.
        let is_own = self.alerts.texts.get(held.system) == "begat";
        held.process.filter(|_| is_own).and_then(|process| process.row).map(|row| self.standing(row))
    }

    /// Sets an alert's process and its causality group.
    pub(super) fn set_process(&mut self, held: &mut Held, row: Option<RowId>) {
        let instance = row.map(|row| self.instance_id(row)).unwrap_or_default();
        let image = row.and_then(|row| self.table.row(row).image());
        let path = image.map(|image| self.images.path(image).to_owned());
        let group = row.and_then(|row| self.causality_group(row));
        let texts = &mut self.alerts.texts;
        let image = path.map_or(held.says.image, |path| texts.intern(&path));
        held.process =
            (row.is_some() || !image.is_empty()).then(|| Process { row, id: texts.intern(&instance), image });
        held.group = self.note_group(group);
    }

    /// Watches for events that can tell an alert's process.
    pub(super) fn watch_for(&mut self, id: NodeId) {
        let held = self.alerts.get(id).clone();
        if self.alerts.texts.get(held.system) == "begat" {
            return;
        }
        let id = (self.alerts.graph.node(id).time, id);
        let Alerts { texts, watch, .. } = &mut self.alerts;
        if !held.says.entity.is_empty() {
            let entity = fold(texts.get(held.says.entity)).into_owned();
            return watch.add(entity.trim_matches(['{', '}']), id);
        }
        if held.says.pid != 0 {
            return watch.add(&format!("pid {}", held.says.pid), id);
        }
        let wanted = self.wanted_by(id.1);
        for key in wanted.keys() {
            self.alerts.watch.add(key, id);
        }
    }

    /// An event was taken in that alerts may wait for.
    pub(in crate::engine) fn tell_alerts(&mut self, event: &Event<'_>) {
        let around = i64::from(self.config.causality.tolerance) * 1000;
        let watch = &mut self.alerts.watch;
        if watch.by_text.is_empty() {
            return;
        }
        // A process may have started long before the alert; what it did lies near.
        let any = i64::MIN..=i64::MAX;
        let near =
            event.time.map_or(any.clone(), |time| time.saturating_sub(around)..=time.saturating_add(around));
        let file = |watch: &mut Watch, path: Option<&str>| {
            if let Some(path) = path {
                watch.touch(&crate::engine::events::whole(path), i64::MIN..=i64::MAX);
            }
        };
        let hashes = |watch: &mut Watch, hashes: &crate::model::Hashes<'_>| {
            for hash in [hashes.sha256, hashes.sha1, hashes.md5].into_iter().flatten() {
                if let Some(hash) = digest::canonical(hash) {
                    watch.touch(&hash, i64::MIN..=i64::MAX);
                }
            }
        };
        match &event.action {
            Action::Connect(connection) => {
                for end in [connection.local.0, connection.remote.0] {
                    if let Some(address) = end.and_then(address::canonical) {
                        watch.touch(&address, near.clone());
                    }
                }
            }
            Action::Start { hashes: own, .. } => {
                file(watch, event.actor.image);
                hashes(watch, own);
                if let Some(entity) = event.actor.entity {
                    let mut text = String::new();
                    entity.push(&mut text);
                    watch.touch(&fold(&text), any.clone());
                }
                if let Some(pid) = event.actor.pid {
                    watch.touch(&format!("pid {pid}"), any);
                }
            }
            Action::File { path, hashes: own, .. } | Action::ImageLoad { path, hashes: own, .. } => {
                file(watch, *path);
                hashes(watch, own);
            }
            _ => {}
        }
    }

    /// Finds anew the processes of alerts that events may have told.
    pub(in crate::engine) fn settle_processes(&mut self, at: i64) {
        let touched = std::mem::take(&mut self.alerts.watch.touched);
        for id in touched {
            if self.alerts.graph.node(id).gone {
                continue;
            }
            let mut held = self.alerts.get(id).clone();
            let row = self.process_of(&held, self.alerts.graph.node(id).time);
            let known = held.process.and_then(|process| process.row).map(|row| self.standing(row));
            if row != known {
                self.set_process(&mut held, row);
                self.replace_alert(id, held);
                self.alerts.write_stories(at);
            }
        }
    }
}
