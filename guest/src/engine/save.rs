//! From the state to plain data.

use std::collections::BTreeSet;

use super::ends::End;
use super::hashing::Map;
use super::hosts::HostId;
use super::prevalence::{Field, Generation, Shape, ShapeId, Sighting};
use super::process::{Entity, Process, RowId};
use super::saved::{HostPlace, Saved, SavedEntity, SavedHost, SavedProcess, SavedShape, SavedStart, Text};
use super::state::State;
use super::strings::Sym;

/// An element of a list, its image on a host, and its counts.
type Element = (HostId, Sym, Field, Sym, [u32; 2]);

impl State {
    /// Everything that records told. Equal states give equal data, whatever order the records came in.
    pub(super) fn save(&self) -> Saved {
        self.save_of(|_| true)
    }

    /// The same, as if no other hosts had ever been seen.
    pub(super) fn save_of(&self, stays: impl Fn(HostId) -> bool) -> Saved {
        let mut rows: Vec<RowId> = self
            .table
            .all()
            .filter(|&id| {
                let row = self.table.row(id);
                stays(row.host) && row.start.as_ref().is_none_or(|start| stays(start.host))
            })
            .collect();
        rows.sort_by_cached_key(|&id| self.sort_key(id));
        let mut residual = self.residual();
        residual.retain(|&(host, _, _)| stays(host));
        let mut elements = self.residual_elements();
        elements.retain(|&(host, ..)| stays(host));
        // What processes tell is counted anew for whatever time it will be; the rest is of this generation.
        let told_whole = residual.is_empty() && elements.is_empty();
        let generation = if told_whole { Generation::NEVER } else { self.counters.generation() };
        let ends: Vec<End> = self.ends.all().filter(|end| stays(end.host)).collect();
        let texts = self.texts(&rows, &residual, &elements, &ends, &stays);
        let mut writer =
            Writer { state: self, places: Map::default(), hosts: Map::default(), rows: Map::default() };
        for (place, text) in texts.iter().enumerate() {
            writer.places.insert(*text, place_of(place));
        }
        let mut hosts: Vec<HostId> = self.hosts.all().filter(|&host| stays(host)).collect();
        let name = |host| (self.strings.get(self.hosts.environment(host)), self.hosts.spelling(host));
        hosts.sort_by_key(|&host| (name(host), self.hosts.is_opaque(host)));
        for (place, &host) in hosts.iter().enumerate() {
            writer.hosts.insert(host, place_of(place));
        }
        for (place, &row) in rows.iter().enumerate() {
            writer.rows.insert(row, place_of(place));
        }
        let mut residual: Vec<(SavedShape, [u32; 2])> =
            residual.into_iter().map(|(host, shape, counts)| (writer.shape(host, &shape), counts)).collect();
        residual.sort_unstable();
        let mut elements: Vec<(HostPlace, Text, Field, Text, [u32; 2])> = elements
            .into_iter()
            .map(|(host, image, field, value, counts)| {
                (writer.host(host), writer.sym(image), field, writer.sym(value), counts)
            })
            .collect();
        elements.sort_unstable();
        let image = |member| writer.sym(self.counters.customer().counts(member).image);
        let mut sightings: Vec<(HostPlace, Text, Sighting)> = self
            .counters
            .hosts()
            .sightings()
            .filter(|&(host, _, _)| stays(host))
            .map(|(host, member, seen)| (writer.host(host), image(member), seen))
            .collect();
        sightings.sort_unstable();
        let mut ends: Vec<(HostPlace, u32, Text, i64)> = ends
            .into_iter()
            .map(|end| (writer.host(end.host), end.pid, writer.sym(end.name), end.time))
            .collect();
        ends.sort_unstable();
        Saved {
            config: serde_json::to_string(&self.config).unwrap_or_default(),
            config_version: self.config_version,
            generation,
            evicted: self.tally.evicted.with_values(self.counters.turned_away()),
            hosts: hosts
                .iter()
                .map(|&host| SavedHost {
                    environment: writer.text(name(host).0),
                    name: writer.text(name(host).1),
                    opaque: self.hosts.is_opaque(host),
                    tally: self.tally.get(host).cloned(),
                })
                .collect(),
            processes: rows.iter().map(|&row| writer.process(row)).collect(),
            ends,
            residual,
            elements,
            sightings,
            alerts: self.save_alerts(|row| writer.rows.get(&row).copied()),
            events: self.events.save(
                self.events_since(),
                &stays,
                |row| writer.rows.get(&row).copied(),
                |host| writer.host(host),
            ),
            audit: self.audit.save(&stays, |host| writer.host(host)),
            memory: self.memory.save(&stays, |sym| writer.sym(sym), |host| writer.host(host)),
            texts: texts.into_iter().map(str::to_owned).collect(),
        }
    }

    /// What is counted and stands in no row any more.
    fn residual(&self) -> Vec<(HostId, Shape, [u32; 2])> {
        let mut told: Map<(HostId, ShapeId), [u32; 2]> = Map::default();
        for counted in self.table.all().filter_map(|id| self.table.row(id).start.as_ref()?.counted) {
            let counts = told.entry((counted.host, counted.shape)).or_default();
            if let Some(count) =
                self.counters.age_of(counted.generation).and_then(|generation| counts.get_mut(generation))
            {
                *count += 1;
            }
        }
        let cells = self.counters.hosts().counted().filter_map(|cell| {
            let [now, before] = told.get(&(cell.host, cell.shape)).copied().unwrap_or_default();
            let [all_now, all_before] = cell.executions;
            let rest = [all_now.saturating_sub(now), all_before.saturating_sub(before)];
            (rest != [0; 2]).then(|| (cell.host, *self.counters.shape_of(cell.shape), rest))
        });
        cells.collect()
    }

    /// The same of elements of lists.
    fn residual_elements(&self) -> Vec<Element> {
        let mut told: Map<(HostId, Sym, Field, Sym), [u32; 2]> = Map::default();
        for id in self.table.all() {
            let row = self.table.row(id);
            let Some(counted) = row.start.as_ref().and_then(|start| start.counted) else { continue };
            let Some(age) = self.counters.age_of(counted.generation) else { continue };
            let image = self.counters.shape_of(counted.shape).image;
            for (field, value) in self.items.of(row.list) {
                let counts = told.entry((counted.host, image, field, value)).or_default();
                if let Some(count) = counts.get_mut(age) {
                    *count += 1;
                }
            }
        }
        let customer = self.counters.customer();
        let elements = self.counters.hosts().elements().filter_map(|(host, value, [all_now, all_before])| {
            let (member, field, value) = customer.value(value);
            let image = customer.counts(member).image;
            let [now, before] = told.get(&(host, image, field, value)).copied().unwrap_or_default();
            let rest = [all_now.saturating_sub(now), all_before.saturating_sub(before)];
            (rest != [0; 2]).then_some((host, image, field, value, rest))
        });
        elements.collect()
    }

    /// Every text that is saved, sorted.
    fn texts(
        &self,
        rows: &[RowId],
        residual: &[(HostId, Shape, [u32; 2])],
        elements: &[Element],
        ends: &[End],
        stays: &impl Fn(HostId) -> bool,
    ) -> BTreeSet<&str> {
        let mut texts = BTreeSet::from([""]);
        let hosts = || self.hosts.all().filter(|&host| stays(host));
        texts.extend(hosts().map(|host| self.hosts.spelling(host)));
        let mut add = |sym: Sym| texts.insert(self.strings.get(sym));
        for &id in rows {
            let row = self.table.row(id);
            add(row.user);
            add(row.parent_was);
            self.items.facts(row.list).for_each(|(_, value)| {
                add(value);
            });
            add(row.sid);
            if let Some(Entity::Text(sym)) = row.entity {
                add(sym);
            }
            if let Some(origin) = row.mention.origin {
                add(origin.source);
            }
            if let Some(start) = row.start {
                start.hashes.into_iter().for_each(|hash| {
                    add(hash);
                });
                add(start.account);
                add(start.origin.source);
                if let Some(Entity::Text(sym)) = row.links.parent.and_then(|p| self.table.row(p).entity) {
                    add(sym);
                }
            }
        }
        for end in ends {
            add(end.name);
        }
        for &(_, image, _, value, _) in elements {
            add(image);
            add(value);
        }
        for (_, shape, _) in residual {
            add(shape.image);
            shape.values.iter().for_each(|&value| {
                add(value);
            });
        }
        for (_, member, _) in self.counters.hosts().sightings().filter(|&(host, _, _)| stays(host)) {
            add(self.counters.customer().counts(member).image);
        }
        self.memory.syms(stays).into_iter().for_each(|sym| {
            add(sym);
        });
        hosts().for_each(|host| {
            add(self.hosts.environment(host));
        });
        for &id in rows {
            let row = self.table.row(id);
            let of_start = row.start.map_or([None, None], |s| [s.image, s.claim.image]);
            let images =
                row.mention.image.map(|(_, image)| image).into_iter().chain(of_start.into_iter().flatten());
            texts.extend(images.map(|image| self.images.path(image)));
        }
        texts
    }
}

struct Writer<'s> {
    state: &'s State,
    places: Map<&'s str, Text>,
    hosts: Map<HostId, u32>,
    rows: Map<RowId, u32>,
}

impl Writer<'_> {
    fn text(&self, text: &str) -> Text {
        self.places.get(text).copied().unwrap_or(0)
    }

    fn sym(&self, sym: Sym) -> Text {
        self.text(self.state.strings.get(sym))
    }

    fn host(&self, host: HostId) -> u32 {
        self.hosts.get(&host).copied().unwrap_or(0)
    }

    fn entity(&self, entity: Entity) -> SavedEntity {
        match entity {
            Entity::Guid(high, low) => SavedEntity::Guid(u128::from(high) << 64 | u128::from(low)),
            Entity::Text(sym) => SavedEntity::Text(self.sym(sym)),
        }
    }

    fn shape(&self, host: HostId, shape: &Shape) -> SavedShape {
        SavedShape {
            host: self.host(host),
            image: self.sym(shape.image),
            values: shape.values.map(|value| self.sym(value)),
            lists: shape.lists,
        }
    }

    fn facts(&self, row: &Process) -> Vec<(Field, Text)> {
        let facts = self.state.items.facts(row.list);
        let mut facts: Vec<(Field, Text)> = facts.map(|(field, value)| (field, self.sym(value))).collect();
        facts.sort_unstable();
        facts
    }

    fn process(&self, id: RowId) -> SavedProcess {
        let row = self.state.table.row(id);
        SavedProcess {
            host: self.host(row.host),
            entity: row.entity.map(|entity| self.entity(entity)),
            pid: row.mention.pid,
            known: row.mention.known,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            image: row.mention.image.map(|(known, image)| (known, self.text(self.state.images.path(image)))),
            user: self.sym(row.user),
            sid: self.sym(row.sid),
            parent_was: self.sym(row.parent_was),
            facts: self.facts(row),
            start: row.start.map(|start| SavedStart {
                at: start.at,
                sensor: start.sensor,
                shipped: start.shipped,
                parent_entity: row
                    .links
                    .parent
                    .filter(|parent| self.rows.contains_key(parent))
                    .and_then(|parent| self.state.table.row(parent).entity)
                    .map(|entity| self.entity(entity)),
                parent_pid: start.claim.pid,
                parent_image: start.claim.image.map(|image| self.text(self.state.images.path(image))),
                host: self.host(start.host),
                image: start.image.map(|image| self.text(self.state.images.path(image))),
                pid: start.pid,
                origin: (self.sym(start.origin.source), start.origin.line),
                hashes: start.hashes.map(|hash| self.sym(hash)),
                account: self.sym(start.account),
                generation: start.generation,
                verdict: start.verdict,
            }),
            end: row.end,
            origin: row.mention.origin.map(|origin| (self.sym(origin.source), origin.line)),
            twin: row.twin.and_then(|twin| self.rows.get(&twin).copied()),
        }
    }
}

fn place_of(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
