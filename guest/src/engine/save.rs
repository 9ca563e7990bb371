//! From the state to plain data.

use std::collections::BTreeSet;

use super::hashing::Map;
use super::hosts::HostId;
use super::prevalence::Contribution;
use super::process::{Entity, RowId};
use super::saved::{Saved, SavedContribution, SavedEntity, SavedProcess, SavedStart, Text};
use super::state::State;
use super::strings::Sym;

impl State {
    /// Everything that records told. Equal states give equal data, whatever order the records came in.
    pub(super) fn save(&self) -> Saved {
        self.save_where(|_| true)
    }

    /// The same of some processes only.
    pub(super) fn save_where(&self, keep: impl Fn(RowId) -> bool) -> Saved {
        let mut rows: Vec<RowId> = self.table.all().filter(|&id| keep(id)).collect();
        rows.sort_by_cached_key(|&id| self.sort_key(id));
        let texts = self.texts(&rows);
        let mut writer =
            Writer { state: self, places: Map::default(), hosts: Map::default(), rows: Map::default() };
        for (place, text) in texts.iter().enumerate() {
            writer.places.insert(*text, place_of(place));
        }
        let mut hosts: Vec<HostId> = self.hosts.all().collect();
        hosts.sort_by_key(|&host| self.hosts.spelling(host));
        for (place, &host) in hosts.iter().enumerate() {
            writer.hosts.insert(host, place_of(place));
        }
        for (place, &row) in rows.iter().enumerate() {
            writer.rows.insert(row, place_of(place));
        }
        let mut residual: Vec<(SavedContribution, u64)> =
            self.residual.iter().map(|(counted, &times)| (writer.contribution(counted), times)).collect();
        residual.sort();
        Saved {
            config: serde_json::to_string(&self.config).unwrap_or_default(),
            config_version: self.config_version,
            now: self.now,
            tally: self.tally.to_save(self.counters.turned_away()),
            hosts: hosts.iter().map(|&host| writer.text(self.hosts.spelling(host))).collect(),
            processes: rows.iter().map(|&row| writer.process(row)).collect(),
            residual,
            texts: texts.into_iter().map(str::to_owned).collect(),
        }
    }

    /// Every text that is saved, sorted.
    fn texts(&self, rows: &[RowId]) -> BTreeSet<&str> {
        let mut texts = BTreeSet::from([""]);
        texts.extend(self.hosts.all().map(|host| self.hosts.spelling(host)));
        let mut add = |sym: Sym| texts.insert(self.strings.get(sym));
        for &id in rows {
            let row = self.table.row(id);
            add(row.user);
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
                add(start.origin.source);
                add(start.environment);
                if let Some(Entity::Text(sym)) = row.links.parent.and_then(|p| self.table.row(p).entity) {
                    add(sym);
                }
            }
        }
        for counted in self.residual.keys() {
            add(counted.image);
            add(counted.environment);
            counted.values.iter().for_each(|&value| {
                add(value);
            });
        }
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

    fn contribution(&self, counted: &Contribution) -> SavedContribution {
        SavedContribution {
            environment: self.sym(counted.environment),
            host: self.host(counted.host),
            image: self.sym(counted.image),
            values: counted.values.map(|value| self.sym(value)),
        }
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
            start: row.start.map(|start| SavedStart {
                at: start.at,
                sensor: start.sensor,
                shipped: start.shipped,
                parent_entity: row
                    .links
                    .parent
                    .and_then(|parent| self.state.table.row(parent).entity)
                    .map(|entity| self.entity(entity)),
                parent_pid: start.claim.pid,
                parent_image: start.claim.image.map(|image| self.text(self.state.images.path(image))),
                host: self.host(start.host),
                image: start.image.map(|image| self.text(self.state.images.path(image))),
                pid: start.pid,
                origin: (self.sym(start.origin.source), start.origin.line),
                hashes: start.hashes.map(|hash| self.sym(hash)),
                environment: self.sym(start.environment),
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
