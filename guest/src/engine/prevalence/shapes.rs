//! What executions look like: an image with its values. Few looks make up most of what runs, so each is
//! kept once and a start only names it.

use std::hash::{BuildHasher, Hash, Hasher};

use hashbrown::HashTable;

use super::field::{FIELDS, Field, LISTS};
use crate::engine::hashing::{Seed, pair};
use crate::engine::numbers::number;
use crate::engine::strings::Sym;

/// An image and its values, by [`Field`]; a value that is not known is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The image's folded file name.
    pub image: Sym,
    /// The values.
    pub values: [Sym; FIELDS],
    /// Whether its children and its ports are known: of a process in the telemetry they are, even if there
    /// were none.
    pub lists: [bool; LISTS],
}

impl Shape {
    /// The value of a field; empty where it is not known.
    #[must_use]
    pub fn value(&self, field: Field) -> Sym {
        self.values.get(field as usize).copied().unwrap_or_default()
    }

    /// The same image, of which nothing more is known.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self { values: [Sym::EMPTY; FIELDS], ..*self }
    }
}

impl Hash for Shape {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [path, parent, grandparent, sha256, sha1, md5] = self.values.map(Sym::number);
        let [children, ports] = self.lists.map(u32::from);
        state.write_u64(pair(self.image.number(), path));
        state.write_u64(pair(parent, grandparent));
        state.write_u64(pair(sha256, sha1));
        state.write_u64(pair(md5, children << 1 | ports));
    }
}

number! {
    /// A shape's number.
    ShapeId
}

/// Every shape seen.
#[derive(Debug, Default)]
pub struct Shapes {
    shapes: Vec<Shape>,
    /// Numbers of shapes that nobody has any more.
    free: Vec<ShapeId>,
    table: HashTable<ShapeId>,
    seed: Seed,
}

#[allow(clippy::indexing_slicing, reason = "shapes are numbered by this table alone")]
impl Shapes {
    /// None yet.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { seed, ..Self::default() }
    }

    /// The number of a shape, which is kept if it is new; and whether it is.
    pub fn intern(&mut self, shape: &Shape) -> (ShapeId, bool) {
        let Self { shapes, free, table, seed } = self;
        let hash = seed.hash_one(shape);
        if let Some(&id) = table.find(hash, |&id| shapes[id.place()] == *shape) {
            return (id, false);
        }
        let id = match free.pop() {
            Some(id) => {
                shapes[id.place()] = *shape;
                id
            }
            None => {
                shapes.push(*shape);
                ShapeId::at(shapes.len() - 1)
            }
        };
        table.insert_unique(hash, id, |&id| seed.hash_one(shapes[id.place()]));
        (id, true)
    }

    /// Leaves out shapes; the others keep their numbers.
    pub fn retain(&mut self, stays: impl Fn(ShapeId) -> bool) {
        let Self { free, table, .. } = self;
        table.retain(|&mut id| {
            let stays = stays(id);
            if !stays {
                free.push(id);
            }
            stays
        });
    }

    /// All of them, in the order of their numbers; those that nobody has any more too.
    #[must_use]
    pub fn all(&self) -> &[Shape] {
        &self.shapes
    }

    /// The shape of a number.
    #[must_use]
    pub fn get(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.place()]
    }
}
