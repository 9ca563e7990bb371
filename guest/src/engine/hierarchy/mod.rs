//! The expected process hierarchy: which parent and which directory a process should have.
//!
//! Pure look-ups in tables that are compiled in; nothing here remembers a process. A table comes from
//! `data/hierarchy/*.json` (`table`), becomes a [`Profile`] with an index of its names
//! (`profile`), and judges one process start at a time (`judge`). What the table or the record
//! does not say is [`Outcome::Unknown`] with its reason, never a violation.
//!
//! The tables describe Windows. An image or parent path that begins with `/` belongs to another system
//! and is not judged by them.

mod account;
mod condition;
mod directory;
mod judge;
mod name;
mod part;
mod profile;
#[cfg(test)]
mod properties;
mod row;
mod table;
#[cfg(test)]
mod tests;
mod verdict;

pub(super) use account::surely;
pub(super) use directory::{Expected, Place, place};
pub use profile::Profile;
pub use row::Row;
pub use verdict::{Observation, Outcome, Parent, Reason, Verdict};
