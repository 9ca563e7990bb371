//! From plain data to a state, refusing what contradicts itself.

use super::audit::Audit;
use super::config::{Config, Secrets};
use super::detect::Memory;
use super::ends::End;
use super::events::Events;
use super::hosts::HostId;
use super::prevalence::{FIELDS, Generation, Shape};
use super::process::{Claim, Entity, Origin, Process, RowId, Start};
use super::saved::{Saved, SavedEntity, SavedProcess, Text};
use super::state::State;
use super::strings::Sym;
use crate::error::{Error, SnapshotError};
use crate::text::path::is_placeholder;

impl State {
    /// The state that was saved, under the seed of the instance that it shall live in.
    pub(super) fn load(saved: &Saved, secrets: Secrets) -> Result<Self, Error> {
        let Secrets { hash_seed, pseudonym_key } = secrets;
        let mut state = Self::new(Config { hash_seed, pseudonym_key, ..saved.config()? })?;
        state.config_version = saved.config_version;
        state.tally.evicted = saved.evicted.clone();
        let mut hosts = Vec::with_capacity(saved.hosts.len());
        for host in &saved.hosts {
            let environment = state.strings.intern(text(saved, host.environment)?);
            let (name, tally) = (text(saved, host.name)?, &host.tally);
            let host = match host.opaque {
                true => state.hosts.keep_opaque(environment, name),
                false => state.hosts.keep(environment, name).host,
            };
            hosts.push(host);
            if let Some(tally) = tally {
                *state.tally.of(host) = tally.clone();
            }
        }
        state.counters.age_to(saved.generation);
        let told = state.tally.sum();
        state.advance(told.reached);
        state.receive(told.undated);
        state.counters.age_to(Generation::of(told.undated_start));
        let reader = Reader { saved, hosts };
        let mut rows = Vec::with_capacity(saved.processes.len());
        for process in &saved.processes {
            rows.push(reader.process(&mut state, process)?);
        }
        for (process, &id) in saved.processes.iter().zip(&rows) {
            if let Some(twin) = process.twin {
                let twin = place(&rows, twin, "a twin")?;
                state.table.row_mut(id).twin = Some(twin);
            }
            let named = process.start.as_ref().and_then(|start| start.parent_entity);
            let parent = match named {
                Some(entity) => {
                    let entity = reader.entity(&mut state, entity)?;
                    let label = state.table.row(id).label;
                    Some(state.table.find(label, entity).ok_or_else(|| inconsistent("a parent is missing"))?)
                }
                None => None,
            };
            state.table.link_claim(id, parent);
        }
        for &(host, pid, name, time) in &saved.ends {
            let (host, name) = (reader.host(host)?, reader.sym(&mut state, name)?);
            let label = state.hosts.label(host);
            state.ends.insert(End { label, pid, host, name, time });
        }
        if !state.ends.is_empty()
            || rows.iter().any(|&id| state.table.row(id).start.is_some_and(|s| !s.claim.by_entity))
        {
            state.table.index_pids();
        }
        state.index_twins();
        for &id in &rows {
            if let Some(start) = state.table.row(id).start {
                state.set_verdict(id, start.verdict);
            }
            state.tally.twins += u64::from(state.table.row(id).is_absorbed());
            let now = state.shape(id);
            state.count(id, now);
        }
        for (counted, executions) in &saved.residual {
            let mut sym = |place| Ok::<Sym, Error>(state.strings.intern(text(saved, place)?));
            let mut values = [Sym::EMPTY; FIELDS];
            for (value, &place) in values.iter_mut().zip(&counted.values) {
                *value = sym(place)?;
            }
            let shape = Shape { image: sym(counted.image)?, values, lists: counted.lists };
            let host = reader.host(counted.host)?;
            state.counters.restore(&shape, host, state.hosts.environment(host), *executions);
        }
        for (process, &id) in saved.processes.iter().zip(&rows) {
            for &(field, value) in &process.facts {
                let value = state.strings.intern(text(saved, value)?);
                state.list_fact(id, field, value);
            }
            state.list_child(id);
        }
        for &(host, image, field, value, executions) in &saved.elements {
            let mut sym = |place| Ok::<Sym, Error>(state.strings.intern(text(saved, place)?));
            let (image, value) = (sym(image)?, sym(value)?);
            state.counters.add_elements(reader.host(host)?, image, field, value, executions);
        }
        for &(host, image, seen) in &saved.sightings {
            let (host, image) = (reader.host(host)?, state.strings.intern(text(saved, image)?));
            state.counters.sight(host, state.hosts.environment(host), image, seen);
        }
        state.load_alerts(&saved.alerts, &rows)?;
        let mut memory = Memory::new(state.config.seed());
        let mut sym = |place| Ok::<Sym, Error>(state.strings.intern(text(saved, place)?));
        saved.memory.load(&mut memory, &mut sym, |place| reader.host(place))?;
        state.memory = memory;
        let mut events = Events::new(state.config.seed());
        events.load(&saved.events, &rows, |place| reader.host(place))?;
        state.events = events;
        state.audit = Audit::load(&saved.audit, |place| reader.host(place))?;
        state.counters.set_turned_away(saved.evicted.values);
        state.rebuild_at = state.rebuild_at.max(2 * state.texts_size());
        Ok(state)
    }
}

struct Reader<'s> {
    saved: &'s Saved,
    hosts: Vec<HostId>,
}

impl Reader<'_> {
    fn host(&self, index: u32) -> Result<HostId, Error> {
        place(&self.hosts, index, "a host")
    }

    fn sym(&self, state: &mut State, index: Text) -> Result<Sym, Error> {
        Ok(state.strings.intern(text(self.saved, index)?))
    }

    fn entity(&self, state: &mut State, entity: SavedEntity) -> Result<Entity, Error> {
        Ok(match entity {
            SavedEntity::Guid(guid) => Entity::guid(guid),
            SavedEntity::Text(index) => Entity::Text(self.sym(state, index)?),
        })
    }

    fn process(&self, state: &mut State, saved: &SavedProcess) -> Result<RowId, Error> {
        let host = self.host(saved.host)?;
        let label = state.hosts.label(host);
        let entity = saved.entity.map(|e| self.entity(state, e)).transpose()?;
        if entity.is_some_and(|entity| state.table.find(label, entity).is_some()) {
            return Err(inconsistent("two processes have one id"));
        }
        let mut row = Process::new(host, label, entity, saved.first_seen);
        row.mention.known = saved.known;
        row.mention.pid = saved.pid;
        row.last_seen = saved.last_seen;
        row.user = self.sym(state, saved.user)?;
        row.sid = self.sym(state, saved.sid)?;
        row.parent_was = self.sym(state, saved.parent_was)?;
        row.end = saved.end;
        if let Some((known, path)) = saved.image {
            row.mention.image = Some((known, state.keep_image(text(self.saved, path)?)));
        }
        if let Some((source, line)) = saved.origin {
            row.mention.origin = Some(Origin { source: self.sym(state, source)?, line });
        }
        if let Some(start) = &saved.start {
            let path = start.parent_image.map(|p| text(self.saved, p)).transpose()?;
            let claim = Claim {
                by_entity: start.parent_entity.is_some(),
                pid: start.parent_pid,
                image: path.map(|path| state.keep_image(path)),
                named: path.is_some_and(|path| !is_placeholder(path)),
            };
            let [sha256, sha1, md5] = start.hashes;
            row.start = Some(Start {
                at: start.at,
                sensor: start.sensor,
                shipped: start.shipped,
                claim,
                host: self.host(start.host)?,
                image: start
                    .image
                    .map(|p| text(self.saved, p))
                    .transpose()?
                    .map(|path| state.keep_image(path)),
                pid: start.pid,
                origin: Origin { source: self.sym(state, start.origin.0)?, line: start.origin.1 },
                hashes: [self.sym(state, sha256)?, self.sym(state, sha1)?, self.sym(state, md5)?],
                account: self.sym(state, start.account)?,
                generation: start.generation,
                verdict: start.verdict,
                judged: false,
                counted: None,
            });
        }
        row.pid = row.start.and_then(|s| s.pid).or(row.mention.pid);
        Ok(state.table.add(row))
    }
}

fn text(saved: &Saved, index: Text) -> Result<&str, Error> {
    saved.texts.get(index as usize).map(String::as_str).ok_or_else(|| inconsistent("a text is missing"))
}

fn place<T: Copy>(list: &[T], index: u32, what: &str) -> Result<T, Error> {
    list.get(index as usize).copied().ok_or_else(|| inconsistent(&format!("{what} is missing")))
}

fn inconsistent(what: &str) -> Error {
    SnapshotError::Inconsistent(what.into()).into()
}
