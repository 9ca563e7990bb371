//! An image that looks many ways on one host: what a short chain would be walked for stands ready here.

use super::field::{ALL_FIELDS, FIELDS};
use super::per_host::CellId;
use super::scope::{Slots, ValueId};
use super::shapes::ShapeId;
use crate::engine::hashing::{Map, Seed};

/// Sums over an image's cells on one host, and where each shape's cell is.
#[derive(Debug)]
pub struct Wide {
    cells: Map<ShapeId, CellId>,
    executions: u64,
    known: [u64; ALL_FIELDS],
    values: Map<ValueId, u64>,
}

impl Wide {
    /// Of no cells yet.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self {
            cells: Map::with_hasher(seed),
            executions: 0,
            known: [0; ALL_FIELDS],
            values: Map::with_hasher(seed),
        }
    }

    /// The cell of a shape.
    #[must_use]
    pub fn cell(&self, shape: ShapeId) -> Option<CellId> {
        self.cells.get(&shape).copied()
    }

    /// A shape has a cell now.
    pub fn note(&mut self, shape: ShapeId, cell: CellId) {
        self.cells.insert(shape, cell);
    }

    /// A shape has no cell any more.
    pub fn forget(&mut self, shape: ShapeId) {
        self.cells.remove(&shape);
    }

    /// Executions of all shapes.
    #[must_use]
    pub fn executions(&self) -> u64 {
        self.executions
    }

    /// By field: executions in which it was known, and those that had the value of these slots.
    #[must_use]
    pub fn sums(&self, own: &Slots) -> ([u64; ALL_FIELDS], [u64; FIELDS]) {
        let same = |value: Option<ValueId>| value.and_then(|v| self.values.get(&v)).copied().unwrap_or(0);
        (self.known, own.values.map(same))
    }

    /// Adds executions of a shape.
    pub fn add(&mut self, slots: &Slots, times: u64) {
        self.executions += times;
        for (known, value) in self.known.iter_mut().zip(slots.values) {
            if let Some(value) = value {
                *known += times;
                *self.values.entry(value).or_default() += times;
            }
        }
        for (known, _) in self.known.iter_mut().skip(FIELDS).zip(slots.lists).filter(|(_, is)| *is) {
            *known += times;
        }
    }

    /// Takes executions of a shape out.
    pub fn remove(&mut self, slots: &Slots, times: u64) {
        self.executions = self.executions.saturating_sub(times);
        for (known, value) in self.known.iter_mut().zip(slots.values) {
            if let Some(value) = value {
                *known = known.saturating_sub(times);
                if let Some(count) = self.values.get_mut(&value) {
                    *count = count.saturating_sub(times);
                }
            }
        }
        for (known, _) in self.known.iter_mut().skip(FIELDS).zip(slots.lists).filter(|(_, is)| *is) {
            *known = known.saturating_sub(times);
        }
    }
}
