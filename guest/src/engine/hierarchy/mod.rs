//! The expected process hierarchy: which parent and which directory a process should have.
//!
//! Pure look-ups in tables that are compiled in; nothing here remembers a process. A table comes from
//! `data/hierarchy/*.json` (`table`), becomes a [`Profile`] with an index of its names
//! (`profile`), and judges one process start at a time (`judge`). What the table or the record
//! does not say is [`Outcome::Unknown`] with its reason, never a violation.
//!
//! A row is of one system. An image or parent path that begins with `/` is Linux's or macOS's, of which the
//! tables know little; what they do not say is unknown.

mod account;
mod condition;
mod directory;
mod judge;
mod look_alike;
mod name;
mod part;
mod profile;
#[cfg(test)]
mod properties;
mod relation;
mod row;
mod table;
mod tenant;
#[cfg(test)]
mod tests;
mod verdict;

pub(super) use account::surely;
pub(super) use directory::{Expected, Place, place};
pub use profile::Profile;
pub use row::Row;
pub use tenant::{InForce, TenantRow};
pub use verdict::{Observation, Outcome, Parent, Reason, Verdict};
