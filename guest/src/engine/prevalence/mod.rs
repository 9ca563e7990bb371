//! How ordinary an execution is: counts per image, kept so that each number can show what it rests on.
//!
//! [`ranking`] orders images by count, [`counts`] counts one image's values, [`scope`] puts both
//! together for one host, one environment or the whole tenant, [`counters`] keeps the scopes in step,
//! and [`score`] turns counts into the document's integers.

pub mod counters;
pub mod counts;
pub mod ranking;
pub mod scope;
pub mod score;

pub use counters::Counters;
pub use counts::FIELDS;

use super::hosts::HostId;
use super::strings::Sym;

/// What one process start adds to the counts. Equal contributions count the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Contribution {
    /// The image's folded file name.
    pub image: Sym,
    /// By [`counts::Field`]: the value, empty where it is not known.
    pub values: [Sym; FIELDS],
    /// The host, canonical.
    pub host: HostId,
    /// The environment, empty without one.
    pub environment: Sym,
}

impl Contribution {
    /// The value of a field; empty where it is not known.
    #[must_use]
    pub fn value(&self, field: counts::Field) -> Sym {
        self.values.get(field as usize).copied().unwrap_or_default()
    }
}
