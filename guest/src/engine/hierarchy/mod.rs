//! The expected process hierarchy: which parent and which directory a process should have.
//!
//! Pure look-ups in tables that are compiled in; nothing here remembers a process. A table comes from
//! `data/hierarchy/*.json` (`table`), becomes a [`Profile`] with an index of its names
//! (`profile`), and judges one process start at a time (`judge`). What the table or the record
//! does not say is [`Outcome::Unknown`] with its reason, never a violation.
//!
//! The tables describe Windows. An image or parent path that begins with `/` belongs to another system
//! and is not judged by them.

mod condition;
mod directory;
mod name;
mod part;
mod profile;
mod row;
mod table;
mod verdict;

pub use profile::Profile;
pub use row::Row;
pub use verdict::{Observation, Outcome, Parent, Reason, Verdict};
