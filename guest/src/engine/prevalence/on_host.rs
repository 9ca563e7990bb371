//! What one host has of an image, seen from one of the ways that it looks there.

use super::field::{ALL_FIELDS, FIELDS};
use super::scope::Edge;

/// A shape among the shapes of its image on a host.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnHost {
    /// Executions of the image.
    pub executions: u64,
    /// By field: those in which it was known.
    pub known: [u64; ALL_FIELDS],
    /// By field: those that had the shape's value.
    pub same: [u64; FIELDS],
    /// Executions of anything.
    pub of_host: u64,
    /// The image's rank, if it ran.
    pub rank: Option<u32>,
    /// The rank that it would have with one execution less.
    pub rank_with_one_less: Option<u32>,
    /// Distinct images that ran.
    pub images: u32,
}

impl OnHost {
    /// Without one of the executions that look like the shape.
    #[must_use]
    pub fn one_less(&self) -> Self {
        let less = |count: u64| count.saturating_sub(1);
        Self {
            executions: less(self.executions),
            known: self.known.map(less),
            same: self.same.map(less),
            of_host: less(self.of_host),
            rank: self.rank_with_one_less,
            rank_with_one_less: None,
            images: self.images - u32::from(self.executions == 1),
        }
    }

    /// What one more would be the first of, or what the one that was just taken out was the last of.
    #[must_use]
    pub fn edge(&self) -> Edge {
        let none = |count: u64| count == 0;
        Edge {
            host: none(self.of_host),
            image: none(self.executions),
            known: self.known.map(none),
            values: self.same.map(none),
        }
    }
}
