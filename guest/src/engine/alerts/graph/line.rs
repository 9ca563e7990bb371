//! Who shares a key, in the order of time.

use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Unbounded};

use super::{DAY, NodeId};

/// Above this many a tree is cheaper than a list, wherever the next one belongs.
const FEW: usize = 64;

/// Times and alerts, sorted.
#[derive(Debug)]
pub(super) enum Line {
    Few(Vec<(i64, NodeId)>),
    Many(BTreeSet<(i64, NodeId)>),
}

impl Default for Line {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Line {
    pub(super) fn insert(&mut self, entry: (i64, NodeId)) {
        match self {
            Self::Few(few) => {
                if let Err(place) = few.binary_search(&entry) {
                    few.insert(place, entry);
                }
                if few.len() > FEW {
                    *self = Self::Many(few.drain(..).collect());
                }
            }
            Self::Many(many) => {
                many.insert(entry);
            }
        }
    }

    pub(super) fn remove(&mut self, entry: (i64, NodeId)) {
        match self {
            Self::Few(few) => {
                if let Ok(place) = few.binary_search(&entry) {
                    few.remove(place);
                }
            }
            Self::Many(many) => {
                many.remove(&entry);
            }
        }
    }

    /// Those before and after an entry, which need not be there itself.
    pub(super) fn around(&self, entry: (i64, NodeId)) -> [Option<(i64, NodeId)>; 2] {
        match self {
            Self::Few(few) => {
                let at = few.partition_point(|other| *other < entry);
                let after = few.get(at..).unwrap_or_default().iter().find(|other| **other != entry);
                [at.checked_sub(1).and_then(|before| few.get(before)).copied(), after.copied()]
            }
            Self::Many(many) => [
                many.range(..entry).next_back().copied(),
                many.range((Excluded(entry), Unbounded)).next().copied(),
            ],
        }
    }

    /// Those from a time to before another.
    pub(super) fn between(&self, start: i64, end: i64) -> Vec<(i64, NodeId)> {
        let is_of = |&&(time, _): &&(i64, NodeId)| (start..end).contains(&time);
        match self {
            Self::Few(few) => few.iter().filter(is_of).copied().collect(),
            Self::Many(many) => many.range((start, NodeId::at(0))..).take_while(is_of).copied().collect(),
        }
    }

    /// Takes out those of a day.
    pub(super) fn take_day(&mut self, day: i64) -> Vec<NodeId> {
        let (start, end) = (day.saturating_mul(DAY), day.saturating_add(1).saturating_mul(DAY));
        let is_of = |&(time, _): &(i64, NodeId)| (start..end).contains(&time);
        match self {
            Self::Few(few) => few.extract_if(.., |entry| is_of(entry)).map(|(_, node)| node).collect(),
            Self::Many(many) => {
                let first = (start, NodeId::at(0));
                let taken: Vec<_> = many.range(first..).take_while(|entry| is_of(entry)).copied().collect();
                for entry in &taken {
                    many.remove(entry);
                }
                taken.into_iter().map(|(_, node)| node).collect()
            }
        }
    }
}
