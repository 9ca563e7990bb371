//! Which alerts are looked at again when something becomes known. Each look at an alert leaves the keys of all that
//! its answer rests on or that could give it another one; what changes touches a key, and once a batch the alerts that
//! were touched are looked at again.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hash};

use super::graph::NodeId;
use crate::engine::ends::End;
use crate::engine::events::{BESIDE, FactId, FactKind, Told, hashes, whole};
use crate::engine::hashing::{Map, Seed};
use crate::engine::hosts::{HostId, LabelId};
use crate::engine::lineage::Found;
use crate::engine::process::{Entity, RowId};
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::text::path::fold;

/// What an alert waits for, as the hash of one of these: two that share a hash only cost a look.
#[derive(Debug, Hash)]
pub(in crate::engine) enum Topic<'a> {
    /// A connection's ends.
    Ends([&'a str; 2]),
    /// Its ends and both ports; 0 for any.
    Flow([&'a str; 2], u16, u16),
    /// A host's connections with an address.
    Far(&'a str, &'a str),
    /// A path in one form.
    File(&'a str),
    FileHash(&'a str),
    /// Whose an address is.
    Address(&'a str),
    /// What names that begin with a label mean.
    Label(&'a str),
    /// A process id on the hosts of a label.
    Pid(&'a str, u32),
    /// A sensor's id there.
    Guid(&'a str, u64, u64),
    Entity(&'a str, &'a str),
    Row(RowId),
}

/// See above.
#[derive(Debug, Default)]
pub struct Watch {
    /// With the alerts' times.
    by_key: Map<u64, BTreeSet<(i64, NodeId)>>,
    /// What each alert waits for, and its time.
    of_alert: Map<NodeId, (i64, Vec<u64>)>,
    /// Everything is to be looked at.
    all: bool,
    /// Some wait for files, or for whose an address is.
    for_files: bool,
    for_addresses: bool,
    /// What changed since alerts were looked at: processes, process ids that were theirs, and names of hosts.
    rows: BTreeSet<RowId>,
    pids: BTreeSet<(HostId, u32)>,
    ends: BTreeSet<End>,
    hosts: BTreeSet<HostId>,
    seed: Seed,
}

impl Watch {
    /// For nothing.
    pub fn new(seed: Seed) -> Self {
        let (by_key, of_alert) = (Map::with_hasher(seed), Map::with_hasher(seed));
        Self { by_key, of_alert, seed, ..Self::default() }
    }

    /// Whether any alert waits. Where none does, nothing is noted.
    pub fn is_waiting(&self) -> bool {
        self.all || !self.by_key.is_empty()
    }

    /// All alerts are looked at again.
    pub fn touch_all(&mut self) {
        self.all = true;
    }

    pub(in crate::engine) fn key(&self, topic: &Topic<'_>) -> u64 {
        self.seed.hash_one(topic)
    }

    /// What an alert waits for from now on.
    pub(super) fn set(&mut self, id: NodeId, time: i64, mut wanted: Keys) {
        wanted.keys.sort_unstable();
        wanted.keys.dedup();
        self.for_files |= wanted.for_files;
        self.for_addresses |= wanted.for_addresses;
        let before = match wanted.keys.is_empty() {
            true => self.of_alert.remove(&id),
            false => match self.of_alert.get_mut(&id) {
                Some(same) if same.0 == time && same.1 == wanted.keys => return,
                _ => self.of_alert.insert(id, (time, wanted.keys.clone())),
            },
        };
        if let Some((time, keys)) = before {
            for key in keys {
                if let Some(list) = self.by_key.get_mut(&key) {
                    list.remove(&(time, id));
                    if list.is_empty() {
                        self.by_key.remove(&key);
                    }
                }
            }
        }
        for key in wanted.keys {
            self.by_key.entry(key).or_default().insert((time, id));
        }
    }

    /// The alerts of some times that wait for a key.
    fn of(&self, key: u64, (from, to): (i64, i64)) -> impl Iterator<Item = NodeId> + '_ {
        let list = self.by_key.get(&key);
        let from = list.map(|list| list.range((from, NodeId::at(0))..)).into_iter().flatten();
        from.take_while(move |&&(time, _)| time <= to).map(|&(_, id)| id)
    }

    fn touch(&self, topic: &Topic<'_>, times: (i64, i64), touched: &mut BTreeSet<NodeId>) {
        touched.extend(self.of(self.key(topic), times));
    }
}

/// Connections, or what was done to a file, that are found by one key.
struct Made {
    /// By whom, where all are by one.
    by: Option<RowId>,
    times: Vec<i64>,
}

impl Made {
    fn by(by: Option<RowId>) -> Self {
        Self { by, times: Vec::new() }
    }

    fn add(&mut self, time: i64, by: Option<RowId>) {
        self.by = self.by.filter(|_| self.by == by);
        self.times.push(time);
    }
}

/// What a look at an alert found that it waits for.
#[derive(Debug, Default)]
pub(in crate::engine) struct Keys {
    keys: Vec<u64>,
    for_files: bool,
    for_addresses: bool,
}

impl Keys {
    pub(in crate::engine) fn add(&mut self, watch: &Watch, topic: &Topic<'_>) {
        self.for_files |= matches!(topic, Topic::File(_) | Topic::FileHash(_));
        self.for_addresses |= matches!(topic, Topic::Address(_));
        self.keys.push(watch.key(topic));
    }
}

/// At any time.
const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

impl State {
    /// A process is another than it was, or new: what it is called, when it was there, which record stands for it.
    pub(in crate::engine) fn note_row(&mut self, id: RowId) {
        if self.alerts.watch.is_waiting() {
            self.alerts.watch.rows.insert(id);
        }
    }

    /// A process id was a process's.
    pub(in crate::engine) fn note_pid(&mut self, host: HostId, pid: u32) {
        if self.alerts.watch.is_waiting() {
            self.alerts.watch.pids.insert((host, pid));
        }
    }

    /// A process id ended.
    pub(in crate::engine) fn note_end_of_pid(&mut self, end: End) {
        if self.alerts.watch.is_waiting() {
            self.alerts.watch.ends.insert(end);
        }
    }

    /// A host's name means another machine, or is spelled in another way.
    pub(in crate::engine) fn note_name(&mut self, host: HostId) {
        if self.alerts.watch.is_waiting() {
            self.alerts.watch.hosts.insert(host);
        }
    }

    /// The alerts that what became known may matter to.
    pub(super) fn touched(&mut self) -> BTreeSet<NodeId> {
        let mut touched = BTreeSet::new();
        let facts: Vec<FactId> = self.events.untold().collect();
        let watch = &mut self.alerts.watch;
        let (rows, pids, ends, hosts) = (
            std::mem::take(&mut watch.rows),
            std::mem::take(&mut watch.pids),
            std::mem::take(&mut watch.ends),
            std::mem::take(&mut watch.hosts),
        );
        if std::mem::take(&mut watch.all) {
            return self.alerts.graph.all_nodes().collect();
        }
        ends.iter().for_each(|end| self.touch_by_end(end, &mut touched));
        for id in rows {
            self.touch_row(id, &mut touched);
            self.touch_before(id, &mut touched);
            if let Some(twin) = self.table.row(id).twin {
                self.touch_row(twin, &mut touched);
            }
        }
        let watch = &self.alerts.watch;
        for (host, pid) in pids {
            watch.touch(&Topic::Pid(self.hosts.first_label(host), pid), ALWAYS, &mut touched);
        }
        for host in hosts {
            watch.touch(&Topic::Label(self.hosts.first_label(host)), ALWAYS, &mut touched);
        }
        if watch.for_files {
            facts.iter().for_each(|&id| self.touch_by_start(id, &mut touched));
        }
        self.touch_by_deeds(&facts, &mut touched);
        self.touch_by_addresses(&facts, &mut touched);
        self.touch_by_other_addresses(&facts, &mut touched);
        touched
    }

    /// Who had a process id runs no longer.
    fn touch_by_end(&self, end: &End, touched: &mut BTreeSet<NodeId>) {
        let &End { host, pid, time, name, .. } = end;
        let watch = &self.alerts.watch;
        watch.touch(&Topic::Pid(self.hosts.first_label(host), pid), ALWAYS, touched);
        if let Found::Row(row) = self.holder_at(host, pid, time, name, None) {
            let row = self.standing(row);
            for record in std::iter::once(row).chain(self.table.row(row).twin) {
                watch.touch(&Topic::Row(record), ALWAYS, touched);
                self.touch_file(record, (time, i64::MAX), touched);
            }
        }
    }

    /// An end of the process id may be that of this process now, and not of the one that had the id before.
    fn touch_before(&self, id: RowId, touched: &mut BTreeSet<NodeId>) {
        let row = self.table.row(id);
        let Some((pid, pids)) = row.pid.zip(self.table.pids()) else { return };
        let Some(until) = row.since().checked_sub(1) else { return };
        let before = pids.instances_until(row.label, pid, until).next();
        if let Some((since, before)) = before
            && self.ends.firsts(row.label, pid, since).next().is_some()
        {
            self.touch_row(self.standing(before), touched);
        }
    }

    fn touch_by_start(&self, id: FactId, touched: &mut BTreeSet<NodeId>) {
        let told = &self.events.get(id).told;
        if let Some(row) = told.row.filter(|_| told.kind == FactKind::Start) {
            self.touch_file(row, self.near(told.time), touched);
            self.touch_file(row, self.while_it_ran(row), touched);
        }
    }

    /// What is told of a file's path and hashes.
    fn files_of(&self, told: &Told) -> Vec<u64> {
        let watch = &self.alerts.watch;
        if !watch.for_files || !(told.kind.is_file() || told.kind == FactKind::Load) {
            return Vec::new();
        }
        let text = |place| self.events.text(told.text(place));
        let by_hash = hashes(text(2)).map(|hash| watch.key(&Topic::FileHash(&fold(hash))));
        std::iter::once(watch.key(&Topic::File(&whole(text(0))))).chain(by_hash).collect()
    }

    /// Of many connections between the same ends, or much that was done to one file, each alert is looked for once.
    fn touch_by_deeds(&self, facts: &[FactId], touched: &mut BTreeSet<NodeId>) {
        let watch = &self.alerts.watch;
        let mut made: BTreeMap<u64, Made> = BTreeMap::new();
        for &id in facts {
            let told = &self.events.get(id).told;
            let by = told.row.map(|row| self.standing(row));
            for key in self.files_of(told).into_iter().filter(|key| watch.by_key.contains_key(key)) {
                made.entry(key).or_insert_with(|| Made::by(by)).add(told.time, by);
            }
            if told.kind != FactKind::Network {
                continue;
            }
            let far = Topic::Far(self.hosts.first_label(told.host), self.events.text(told.text(0)));
            let far = watch.key(&far);
            if watch.by_key.contains_key(&far) {
                made.entry(far).or_insert_with(|| Made::by(by)).add(told.time, by);
            }
            for way in told.ways() {
                let (ends, [own, service]) = (way.ends.map(|end| self.events.text(end)), way.ports);
                for topic in [Topic::Ends(ends), Topic::Flow(ends, own, service), Topic::Flow(ends, own, 0)] {
                    let key = watch.key(&topic);
                    if watch.by_key.contains_key(&key) {
                        made.entry(key).or_insert_with(|| Made::by(by)).add(told.time, by);
                    }
                }
            }
        }
        for (key, Made { by, mut times }) in made {
            times.sort_unstable();
            let mut rest = times.as_slice();
            while let Some((&first, _)) = rest.split_first() {
                let (from, mut to) = self.near(first);
                let apart = rest.iter().position(|&time| {
                    let (from, until) = self.near(time);
                    let is_apart = from > to;
                    if !is_apart {
                        to = until;
                    }
                    is_apart
                });
                rest = apart.and_then(|place| rest.get(place..)).unwrap_or_default();
                // More of the process that an alert is about already changes nothing.
                let is_its = |id: NodeId| {
                    by.is_some_and(|by| {
                        self.alerts.get(id).process.is_some_and(|process| process.row == Some(by))
                    })
                };
                touched.extend(watch.of(key, (from, to)).filter(|&id| !is_its(id)));
            }
        }
    }

    /// A connection shows whose an address is, from the one before it to the one after it.
    fn touch_by_addresses(&mut self, facts: &[FactId], touched: &mut BTreeSet<NodeId>) {
        let watch = &self.alerts.watch;
        if !watch.for_addresses {
            return;
        }
        let local = |told: &Told| {
            let of = self.hosts.environment(told.host);
            (told.kind == FactKind::Network).then(|| (told.text(1), of, told.time))
        };
        let waits = |&(address, ..): &(Sym, Sym, i64)| {
            watch.by_key.contains_key(&watch.key(&Topic::Address(self.events.text(address))))
        };
        let told = facts.iter().filter_map(|&id| local(&self.events.get(id).told));
        let shown: BTreeSet<(Sym, Sym, i64)> = told.filter(waits).collect();
        if shown.is_empty() {
            return;
        }
        self.index_events();
        for (address, of, time) in shown {
            self.events.sort_owners_of(address, &self.hosts);
            let address = self.events.text(address);
            let around = self.events.owned_around(address, of, time);
            self.alerts.watch.touch(&Topic::Address(address), around, touched);
        }
    }

    /// A host that shows another address may not have had the one that an alert knows it by.
    fn touch_by_other_addresses(&mut self, facts: &[FactId], touched: &mut BTreeSet<NodeId>) {
        if !self.alerts.watch.for_addresses {
            return;
        }
        let mut shown: BTreeMap<(LabelId, Sym, Sym), (i64, i64)> = BTreeMap::new();
        for told in facts.iter().map(|&id| &self.events.get(id).told) {
            let (label, address) = (self.hosts.label(told.host), told.text(1));
            let is_other = |asked: Sym| asked != address;
            if told.shows_own_address() && self.events.asked_of(label).any(is_other) {
                let key = (label, self.hosts.environment(told.host), address);
                let (from, to) = shown.entry(key).or_insert((told.time, told.time));
                (*from, *to) = (told.time.min(*from), told.time.max(*to));
            }
        }
        if shown.is_empty() {
            return;
        }
        self.index_events();
        for ((label, of, shown), (from, to)) in shown {
            let others: Vec<Sym> = self.events.asked_of(label).filter(|&asked| asked != shown).collect();
            for address in others {
                self.events.sort_owners_of(address, &self.hosts);
                let address = self.events.text(address);
                let (from, _) = self.events.owned_around(address, of, from.saturating_sub(BESIDE));
                let (_, to) = self.events.owned_around(address, of, to.saturating_add(BESIDE));
                self.alerts.watch.touch(&Topic::Address(address), (from, to), touched);
            }
        }
    }

    /// Alerts that a process may matter to.
    fn touch_row(&self, id: RowId, touched: &mut BTreeSet<NodeId>) {
        let watch = &self.alerts.watch;
        let row = self.table.row(id);
        watch.touch(&Topic::Row(id), ALWAYS, touched);
        let label = self.hosts.first_label(row.host);
        if let Some(pid) = row.pid {
            watch.touch(&Topic::Pid(label, pid), ALWAYS, touched);
        }
        match row.entity {
            Some(Entity::Guid(high, low)) => watch.touch(&Topic::Guid(label, high, low), ALWAYS, touched),
            Some(Entity::Text(text)) => {
                watch.touch(&Topic::Entity(label, self.strings.get(text)), ALWAYS, touched);
            }
            None => {}
        }
        self.touch_file(id, self.while_it_ran(id), touched);
    }

    /// From when to when a process ran by either record of its start, and somewhat around.
    fn while_it_ran(&self, id: RowId) -> (i64, i64) {
        let (mut from, mut to) = (i64::MAX, i64::MIN);
        for record in std::iter::once(id).chain(self.table.row(id).twin).map(|id| self.table.row(id)) {
            from = from.min(record.since()).min(record.first_seen);
            to = to.max(record.end.map_or(i64::MAX, |end| end.max(record.last_seen)));
        }
        (from.saturating_sub(self.around()), to.saturating_add(self.around()))
    }

    /// Alerts that a process's own file may matter to.
    fn touch_file(&self, id: RowId, times: (i64, i64), touched: &mut BTreeSet<NodeId>) {
        let (watch, row) = (&self.alerts.watch, self.table.row(id));
        let Some(start) = row.start.filter(|_| watch.for_files) else { return };
        if let Some(image) = row.image() {
            watch.touch(&Topic::File(&whole(self.images.path(image))), times, touched);
        }
        for hash in start.hashes.into_iter().filter(|hash| !hash.is_empty()) {
            watch.touch(&Topic::FileHash(self.strings.get(hash)), times, touched);
        }
    }

    fn near(&self, time: i64) -> (i64, i64) {
        (time.saturating_sub(self.around()), time.saturating_add(self.around()))
    }

    /// How far a connection or a file may lie from an alert, in milliseconds.
    pub(in crate::engine) fn around(&self) -> i64 {
        i64::from(self.config.causality.tolerance) * 1000
    }
}
