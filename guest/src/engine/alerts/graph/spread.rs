//! How far an entity had spread before a day, by the machines that alerts name beside it.

use std::collections::{BTreeMap, BTreeSet};

use super::hubs::{Day, HubReason, Turned};
use super::{DAY, EntityId, Graph, HubLimits, NodeId, day_of};
use crate::engine::hashing::Map;
use crate::model::ObservableKind;

/// On which days alerts named which machines. `None` stands for all alerts.
#[derive(Debug, Default)]
pub(super) struct Spread {
    /// How many alerts of a day name a machine and the entity.
    seen: BTreeMap<(Option<EntityId>, EntityId, i64), u32>,
    /// How many machines were with it for the first time on a day.
    newcomers: BTreeMap<(Option<EntityId>, i64), u32>,
    /// Entities with more machines than [`HubLimits::hosts`].
    wide: BTreeSet<EntityId>,
    /// The last day of any alert.
    last: i64,
}

impl Spread {
    /// Counts an alert; whether its machine is with `of` for the first time on another day than before.
    fn step(&mut self, of: Option<EntityId>, machine: EntityId, day: i64, step: i32) -> bool {
        let first = self.first_with(of, machine);
        let count = self.seen.entry((of, machine, day)).or_insert(0);
        *count = count.saturating_add_signed(step);
        if *count == 0 {
            self.seen.remove(&(of, machine, day));
        }
        let now = self.first_with(of, machine);
        if first == now {
            return false;
        }
        for (day, step) in first.map(|day| (day, -1)).into_iter().chain(now.map(|day| (day, 1))) {
            let count = self.newcomers.entry((of, day)).or_insert(0);
            *count = count.saturating_add_signed(step);
            if *count == 0 {
                self.newcomers.remove(&(of, day));
            }
        }
        true
    }

    fn first_with(&self, of: Option<EntityId>, machine: EntityId) -> Option<i64> {
        let days = self.seen.range((of, machine, i64::MIN)..=(of, machine, i64::MAX));
        days.map(|(&(_, _, day), _)| day).next()
    }

    /// How many machines there were before a day.
    fn before(&self, of: Option<EntityId>, day: i64) -> u64 {
        self.newcomers.range((of, i64::MIN)..(of, day)).map(|(_, &count)| u64::from(count)).sum()
    }

    /// Whether an entity was, before a day, on so many machines and for so long that sharing it says nothing.
    fn is_common(&self, of: EntityId, day: i64, limits: HubLimits) -> bool {
        let of = Some(of);
        let first = self.newcomers.range((of, i64::MIN)..=(of, i64::MAX)).next();
        let is_old = first.is_some_and(|(&(_, first), _)| day.saturating_sub(first) > i64::from(limits.days));
        if !is_old {
            return false;
        }
        let (its, all) = (self.before(of, day), self.before(None, day));
        its > u64::from(limits.hosts) && its * 100 > all * u64::from(limits.percent)
    }
}

/// Kinds that are hubs by how far they had spread, and not by what passes through them: a worm stays one cluster.
fn spreads(kind: ObservableKind) -> bool {
    use ObservableKind::{Domain, File, Hash, Url};
    matches!(kind, Hash | Domain | Url | File)
}

impl Graph {
    /// Counts an alert, or takes it back, for what it shows of spreading.
    pub(super) fn count_spread(&mut self, id: NodeId, step: i32, turned: &mut Turned) {
        let node = self.node(id);
        let (day, entities) = (day_of(node.time), node.entities.clone());
        let machines = self.machines(&entities);
        self.spread.last = self.spread.last.max(day);
        let others: Vec<EntityId> =
            entities.into_iter().filter(|&entity| spreads(self.entity(entity).kind)).collect();
        for &entity in &others {
            self.note_on_day(entity, day, id, step, turned);
        }
        let mut changed: BTreeSet<EntityId> = BTreeSet::new();
        for &machine in &machines {
            if self.spread.step(None, machine, day, step) && day < self.spread.last {
                changed.extend(&self.spread.wide);
            }
            for &entity in &others {
                if self.spread.step(Some(entity), machine, day, step) {
                    changed.insert(entity);
                }
            }
        }
        for entity in changed {
            let is_wide = self.spread.before(Some(entity), i64::MAX) > u64::from(self.limits.hosts);
            let was_wide =
                if is_wide { !self.spread.wide.insert(entity) } else { self.spread.wide.remove(&entity) };
            // Only later days look back on this one.
            if day < self.spread.last && (is_wide || was_wide) {
                self.judge_after(entity, day, turned);
            }
        }
    }

    /// The machines of an alert: hosts, or where it names none the internal addresses.
    fn machines(&self, entities: &[EntityId]) -> Vec<EntityId> {
        let of_kind = |kind| {
            entities.iter().copied().filter(move |&id| {
                let entity = self.entity(id);
                entity.kind == kind && entity.is_machine
            })
        };
        let hosts: Vec<EntityId> = of_kind(ObservableKind::Host).collect();
        if hosts.is_empty() { of_kind(ObservableKind::Address).collect() } else { hosts }
    }

    /// An alert of a hub's day is known there, so that it can link again; the first one of a day finds out
    /// whether this is one.
    fn note_on_day(&mut self, entity: EntityId, day: i64, id: NodeId, step: i32, turned: &mut Turned) {
        let days = &mut self.entity_mut(entity).days;
        if let Ok(place) = days.binary_search_by_key(&day, |of| of.day) {
            let Some(of) = days.get_mut(place) else { return };
            if step > 0 { of.nodes.push(id) } else { of.nodes.retain(|&node| node != id) }
        } else if step > 0 && self.spread.is_common(entity, day, self.limits) {
            self.keep_day(entity, day, Some(id));
            turned.hubs.push((entity, day));
        }
    }

    /// From when on an entity is a hub on a day, its alerts of that day are listed.
    fn keep_day(&mut self, entity: EntityId, day: i64, new: Option<NodeId>) {
        let (start, end) = (day.saturating_mul(DAY), day.saturating_add(1).saturating_mul(DAY));
        let lines = self.entity(entity).keys.iter().map(|&key| &self.key(key).line);
        let mut nodes: Vec<NodeId> =
            lines.flat_map(|line| line.between(start, end)).map(|(_, id)| id).collect();
        nodes.extend(new);
        nodes.sort_unstable();
        let (prints, peers) = (Map::with_hasher(self.seed), Map::with_hasher(self.seed));
        let new = Day { day, nodes, prints, peers, hub: Some(HubReason::Spread) };
        let days = &mut self.entity_mut(entity).days;
        if let Err(place) = days.binary_search_by_key(&day, |of| of.day) {
            days.insert(place, new);
        }
    }

    /// Looks at an entity's later days: what lies before them has changed.
    fn judge_after(&mut self, entity: EntityId, after: i64, turned: &mut Turned) {
        let start = after.saturating_add(1).saturating_mul(DAY);
        let lines = self.entity(entity).keys.iter().map(|&key| &self.key(key).line);
        let linked = lines.flat_map(|line| line.between(start, i64::MAX)).map(|(time, _)| day_of(time));
        let kept = self.entity(entity).days.iter().map(|of| of.day).filter(|&day| day > after);
        let all: BTreeSet<i64> = linked.chain(kept).collect();
        for day in all {
            let is_hub = self.spread.is_common(entity, day, self.limits);
            let was_hub = self.hub(entity, day).is_some();
            if is_hub == was_hub {
                continue;
            }
            let list = if is_hub { &mut turned.hubs } else { &mut turned.links };
            list.push((entity, day));
            let days = &mut self.entity_mut(entity).days;
            match days.binary_search_by_key(&day, |of| of.day) {
                Ok(place) => {
                    if let Some(of) = days.get_mut(place) {
                        of.hub = is_hub.then_some(HubReason::Spread);
                    }
                }
                Err(_) => self.keep_day(entity, day, None),
            }
        }
    }
}
