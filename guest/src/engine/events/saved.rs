//! Facts as plain data, as a snapshot has them: sorted, so that arrival does not show.

use serde::{Deserialize, Serialize};

use super::Events;
use super::fact::{Direction, Fact, FactKind, Told};
use crate::engine::hashing::Map;
use crate::engine::hosts::HostId;
use crate::engine::process::RowId;
use crate::engine::saved::HostPlace;
use crate::engine::strings::Sym;
use crate::error::{Error, SnapshotError};
use crate::model::{Signature, Transport};

/// Everything that [`Events`] holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SavedEvents {
    evicted: u64,
    aged: u64,
    /// Sorted.
    texts: Vec<String>,
    /// Sorted.
    facts: Vec<SavedFact>,
}

/// Texts, hosts and processes by their places among those that are saved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct SavedFact {
    time: i64,
    host: HostPlace,
    kind: FactKind,
    direction: Direction,
    transport: Option<Transport>,
    signature: Option<Signature>,
    ports: [u16; 2],
    row: Option<u32>,
    pid: u32,
    image: u32,
    other: Option<u32>,
    number: u32,
    texts: [u32; 4],
    source: u32,
    line: u64,
}

impl Events {
    /// What is saved of the hosts that stay, from a time on; `row` and `host` give the places of those that are saved.
    pub(in crate::engine) fn save(
        &self,
        since: i64,
        stays: impl Fn(HostId) -> bool,
        row: impl Fn(RowId) -> Option<u32>,
        host: impl Fn(HostId) -> HostPlace,
    ) -> SavedEvents {
        let of_rows = |fact: &&Fact| {
            let rows = fact.told.row.into_iter().chain(fact.told.other);
            fact.told.time >= since && stays(fact.told.host) && rows.into_iter().all(|id| row(id).is_some())
        };
        let held: Vec<&Fact> = self.facts.iter().filter(of_rows).collect();
        let mut used: Vec<Sym> = held.iter().flat_map(|fact| fact.syms()).collect();
        used.sort_unstable();
        used.dedup();
        let mut texts: Vec<(&str, Sym)> = used.into_iter().map(|sym| (self.texts.get(sym), sym)).collect();
        texts.sort_unstable();
        let numbered = texts.iter().zip(0_u32..);
        let places: Map<Sym, u32> = numbered.map(|(&(_, sym), place)| (sym, place)).collect();
        let place = |sym: Sym| places.get(&sym).copied().unwrap_or(0);
        let fact = |fact: &Fact| {
            let told = &fact.told;
            SavedFact {
                time: told.time,
                host: host(told.host),
                kind: told.kind,
                direction: told.direction,
                transport: told.transport,
                signature: told.signature,
                ports: told.ports,
                row: told.row.and_then(&row),
                pid: told.pid,
                image: place(told.image),
                other: told.other.and_then(&row),
                number: told.number,
                texts: told.texts.map(place),
                source: place(fact.source),
                line: fact.line,
            }
        };
        let mut facts: Vec<SavedFact> = held.into_iter().map(fact).collect();
        facts.sort_unstable();
        let texts = texts.into_iter().map(|(text, _)| text.to_owned()).collect();
        SavedEvents { evicted: self.evicted, aged: self.aged, texts, facts }
    }

    /// Takes over what was saved.
    pub(in crate::engine) fn load(
        &mut self,
        saved: &SavedEvents,
        rows: &[RowId],
        host: impl Fn(HostPlace) -> Result<HostId, Error>,
    ) -> Result<(), Error> {
        let row = |place: Option<u32>| match place {
            None => Ok(None),
            Some(place) => match rows.get(place as usize) {
                Some(&row) => Ok(Some(row)),
                None => Err(inconsistent("a fact's process is missing")),
            },
        };
        let mut syms = Vec::with_capacity(saved.texts.len());
        for text in &saved.texts {
            syms.push(self.texts.intern(text));
        }
        let text = |place: u32| {
            syms.get(place as usize).copied().ok_or_else(|| inconsistent("a fact's text is missing"))
        };
        for fact in &saved.facts {
            let mut texts = [Sym::EMPTY; 4];
            for (sym, &place) in texts.iter_mut().zip(&fact.texts) {
                *sym = text(place)?;
            }
            let told = Told {
                time: fact.time,
                host: host(fact.host)?,
                kind: fact.kind,
                direction: fact.direction,
                transport: fact.transport,
                signature: fact.signature,
                ports: fact.ports,
                row: row(fact.row)?,
                pid: fact.pid,
                image: text(fact.image)?,
                other: row(fact.other)?,
                number: fact.number,
                texts,
            };
            self.add(Fact { told, source: text(fact.source)?, line: fact.line });
        }
        (self.evicted, self.aged) = (saved.evicted, saved.aged);
        Ok(())
    }
}

fn inconsistent(what: &str) -> Error {
    SnapshotError::Inconsistent(what.into()).into()
}
