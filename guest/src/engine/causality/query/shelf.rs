//! What lies ready for the next question. It is no part of the state: what changes the state throws it away, and it
//! is made anew when it is asked for.
//!
//! Processes by what queries ask for: facts cannot find them all, since a process outlives its start's fact, and of
//! some no start was ever recorded. And what was found last: lists are asked for in pages.

use super::Hit;
use crate::engine::causality::found::Found;
use crate::engine::causality::timeline::Moment;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::query::Query;

/// The lists, each in order of what it is asked by.
#[derive(Debug, Default)]
pub(in crate::engine) struct Shelf {
    /// By folded file name.
    names: Option<Vec<(Sym, RowId)>>,
    /// By any of the image's hashes.
    hashes: Option<Vec<(Sym, RowId)>>,
    pub(in crate::engine::causality) kept: Kept,
}

/// What was found last.
#[derive(Debug, Default)]
pub(in crate::engine::causality) enum Kept {
    #[default]
    Nothing,
    /// For a query.
    Hits(Query, Found<Hit>),
    /// On the chain of a process.
    Moments(RowId, Found<Moment>),
}

impl Shelf {
    pub(super) fn named(&mut self, state: &State, name: Sym) -> impl Iterator<Item = RowId> + '_ {
        let names = self.names.get_or_insert_with(|| {
            let name = |row| Some((state.images.get(state.table.row(row).image()?).name, row));
            sorted(state.stand().filter_map(name))
        });
        of(names, name)
    }

    pub(super) fn hashed(&mut self, state: &State, hash: Sym) -> impl Iterator<Item = RowId> + '_ {
        let hashes = self.hashes.get_or_insert_with(|| {
            let hashes = |row| state.hashes(row).map(move |hash| (hash, row));
            sorted(state.stand().flat_map(hashes))
        });
        of(hashes, hash)
    }
}

fn sorted(pairs: impl Iterator<Item = (Sym, RowId)>) -> Vec<(Sym, RowId)> {
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn of(pairs: &[(Sym, RowId)], key: Sym) -> impl Iterator<Item = RowId> + '_ {
    let from = pairs.partition_point(|&(other, _)| other < key);
    pairs.iter().skip(from).take_while(move |&&(other, _)| other == key).map(|&(_, row)| row)
}
