//! The process that an alert is about: the one that it names, or the only one that fits what it says of a connection
//! or a file. Telemetry may come after the alert, so what an alert waits for is watched ([`super::watch`]).

use super::graph::NodeId;
use super::held::{Alerts, Held, Process, Says};
use super::watch::{Keys, Topic};
use crate::engine::causality::Wanted;
use crate::engine::lineage::Found;
use crate::engine::process::{Entity, RowId};
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::model::{EntityId, ObservableKind};

/// What is asked of telemetry for one alert.
pub(super) struct Asking {
    time: i64,
    says: Says,
    environment: Sym,
    host: Option<Sym>,
    wanted: Wanted,
}

impl Alerts {
    /// What an alert of a time asks.
    pub(super) fn asking(&self, held: &Held, time: i64) -> Asking {
        let mut hosts = held.observables.iter().map(|&(id, _)| self.named(id));
        let host = hosts.find(|named| named.kind == ObservableKind::Host).map(|named| named.value);
        let (says, environment) = (held.says, held.environment);
        Asking { time, says, environment, host, wanted: self.wanted(held, time) }
    }

    /// What an alert says that telemetry can say too.
    pub(in crate::engine) fn wanted(&self, held: &Held, time: i64) -> Wanted {
        let said = held.observables.iter().map(|&(id, role)| (self.named(id), role));
        Wanted::new(
            time,
            held.environment,
            (held.ports, held.transport),
            said.map(|(named, role)| (named.kind, role, named.value)),
        )
    }

    fn is_own(&self, held: &Held) -> bool {
        self.texts.get(held.system) == "begat"
    }
}

impl Asking {
    fn is_by_name(&self) -> bool {
        !self.says.entity.is_empty() || self.says.pid != 0
    }
}

impl State {
    /// The process that an alert is about, as far as telemetry tells by now, and what could make it another one.
    pub(super) fn process_of(&mut self, asking: &Asking) -> (Option<RowId>, Keys) {
        let mut keys = Keys::default();
        let row = self.named_process(asking, &mut keys).or_else(|| self.only_fit(&asking.wanted, &mut keys));
        (row, keys)
    }

    /// The process that an alert names, where it is held: by the sensor's id, which may be another sensor's than those
    /// that are known, else by the process id. Only where this finds nothing counts what fits.
    fn named_process(&mut self, asking: &Asking, keys: &mut Keys) -> Option<RowId> {
        if !asking.is_by_name() {
            return None;
        }
        if asking.says.pid != 0 {
            self.table.index_pids();
        }
        let &Asking { time, says, .. } = asking;
        let Alerts { texts, watch, .. } = &self.alerts;
        let environment = self.environment_called(texts.get(asking.environment));
        // The host is noted with the alert, and goes only by eviction.
        let host = self.hosts.find(texts.get(asking.host?), Some(environment)).first().copied()?;
        let label = self.hosts.first_label(host);
        keys.add(watch, &Topic::Label(label));
        match EntityId::parse(texts.get(says.entity)) {
            Some(EntityId::Text(text)) => keys.add(watch, &Topic::Entity(label, text)),
            Some(EntityId::Guid(guid)) => {
                if let Entity::Guid(high, low) = Entity::guid(guid) {
                    keys.add(watch, &Topic::Guid(label, high, low));
                }
            }
            None => {}
        }
        let entity = self.entity_of(says);
        let by_entity = entity.and_then(|entity| self.table.find(self.hosts.label(host), entity));
        let row = by_entity.or_else(|| {
            if says.pid == 0 {
                return None;
            }
            keys.add(watch, &Topic::Pid(label, says.pid));
            let name = self.file_called(texts.get(says.image));
            match self.instance_at(host, says.pid, time, name, None) {
                Found::Row(row) => Some(self.standing(row)).filter(|&row| self.can_be(row, entity)),
                Found::Reused | Found::Nobody => None,
            }
        });
        let row = row.map(|row| self.standing(row))?;
        keys.add(&self.alerts.watch, &Topic::Row(row));
        Some(row)
    }

    /// An environment by its name; the default one has none.
    pub(in crate::engine) fn environment_called(&self, name: &str) -> Sym {
        if name.is_empty() { Sym::EMPTY } else { self.strings.find(name).unwrap_or(Sym::UNKNOWN) }
    }

    /// The sensor's id that an alert names.
    fn entity_of(&self, says: Says) -> Option<Entity> {
        match EntityId::parse(self.alerts.texts.get(says.entity))? {
            EntityId::Guid(guid) => Some(Entity::guid(guid)),
            EntityId::Text(text) => self.strings.find(text).map(Entity::Text),
        }
    }

    /// Whether a process may be the one with an id. Ids of Sysmon begin with the machine's own number: two of one
    /// machine are two processes.
    fn can_be(&self, row: RowId, entity: Option<Entity>) -> bool {
        match (self.table.row(row).entity, entity) {
            (Some(Entity::Guid(own, _)), Some(Entity::Guid(high, _))) => own >> 32 != high >> 32,
            _ => true,
        }
    }

    /// The process that a held alert names itself.
    pub(in crate::engine) fn named_by(&mut self, id: NodeId) -> Option<RowId> {
        let held = self.alerts.get(id);
        // begat's own alerts have theirs from the beginning.
        if self.alerts.is_own(held) {
            return held.process.and_then(|process| process.row).map(|row| self.standing(row));
        }
        let asking = self.alerts.asking(held, self.alerts.graph.node(id).time);
        self.named_process(&asking, &mut Keys::default())
    }

    /// Sets an alert's process and its causality group.
    pub(super) fn set_process(&mut self, held: &mut Held, row: Option<RowId>) {
        held.process = self.process_as_held(held.says.image, row);
        let group = row.and_then(|row| self.causality_group(row));
        held.group = self.note_group(group);
    }

    /// What an alert keeps of a process; `image` is its path as the alert has it.
    fn process_as_held(&mut self, image: Sym, row: Option<RowId>) -> Option<Process> {
        let instance = row.map(|row| self.instance_id(row)).unwrap_or_default();
        let known = row.and_then(|row| self.table.row(row).image());
        let Self { alerts, images, .. } = self;
        let image = known.map_or(image, |image| alerts.texts.intern(images.path(image)));
        (row.is_some() || !image.is_empty()).then(|| Process {
            row,
            id: alerts.texts.intern(&instance),
            image,
        })
    }

    /// Looks again at alerts that what became known may matter to.
    pub(in crate::engine) fn settle_processes(&mut self, at: i64) {
        if !self.alerts.watch.is_waiting() {
            return;
        }
        for id in self.touched() {
            if !self.alerts.graph.node(id).gone && !self.alerts.is_own(self.alerts.get(id)) {
                self.look_again(id, at);
            }
        }
    }

    fn look_again(&mut self, id: NodeId, at: i64) {
        let time = self.alerts.graph.node(id).time;
        let asking = self.alerts.asking(self.alerts.get(id), time);
        let (row, keys) = self.process_of(&asking);
        self.alerts.watch.set(id, time, keys);
        let kept = self.alerts.get(id).process;
        let process = self.process_as_held(asking.says.image, row);
        if process == kept || self.is_worth_more(kept, process, &asking) {
            return;
        }
        let mut held = self.alerts.get(id).clone();
        self.set_process(&mut held, row);
        let mut score = self.alerts.score(id).clone();
        // A suppression may be by the process's path; another configuration scores only what it is asked to.
        let image = |process: Option<Process>| process.map(|process| process.image);
        if image(kept) != image(held.process) && held.configuration == self.config_version {
            let observables = self.alerts.observables(&held);
            score = self.score_held(&mut held, &observables);
        }
        self.replace_scored(id, held, score);
        self.alerts.write_stories(at);
    }

    /// Whether what an alert was matched to counts more than what is found now, since what told it has gone.
    fn is_worth_more(&self, kept: Option<Process>, found: Option<Process>, asking: &Asking) -> bool {
        let Some(kept) = kept.filter(|kept| !kept.id.is_empty()) else { return false };
        match (kept.row, found.and_then(|found| found.row)) {
            // The process itself has gone: only itself can take its place.
            (None, _) => found.is_none_or(|found| found.id != kept.id),
            (Some(row), None) => {
                let is_old = asking.time.saturating_sub(self.around()) < self.events_since();
                // What names it does not go as facts do.
                let pid = Some(asking.says.pid).filter(|&pid| pid != 0);
                let is_named = pid.is_some() && self.table.row(row).pid == pid;
                !is_named && (is_old || self.events.evicted > 0)
            }
            (Some(_), Some(_)) => false,
        }
    }
}
