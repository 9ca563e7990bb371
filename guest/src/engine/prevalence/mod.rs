//! How ordinary an execution is: counts per image, kept so that each number can show what it rests on.
//!
//! [`shapes`] keeps what executions look like, [`per_host`] counts them on each host, [`scope`] sums them
//! for an environment or the whole tenant, [`ranking`] orders images by count, [`counters`] keeps all of
//! them in step, [`found`] is what a scope has of a profile, and [`score`] turns counts into the document's integers.

pub mod counters;
pub mod elements;
pub mod field;
pub mod found;
pub mod on_host;
pub mod per_host;
pub mod ranking;
pub mod scope;
pub mod score;
pub mod shapes;
pub mod sighting;
pub mod wide;

pub use counters::{Counters, Generation, Spot, Spots};
pub use field::{FIELDS, Field, LISTS};
pub use shapes::{Shape, ShapeId};
pub use sighting::Sighting;

use super::hosts::HostId;

/// What one process start has added to the counts, so that it can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Contribution {
    /// What it looked like.
    pub shape: ShapeId,
    /// The host, canonical.
    pub host: HostId,
    /// When it counts.
    pub generation: Generation,
}
