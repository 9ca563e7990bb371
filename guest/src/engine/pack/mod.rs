//! Packs: counts without hostnames, which many tenants can share and load as their `global` scope.
//!
//! [`rows`] is a pack in memory: what was counted, row by row in one order, and how packs are merged;
//! [`strip`] makes one that can be shared. [`hosts`] counts distinct hosts by keyed hashes that [`key`] makes.
//! [`encode`] and [`decode`] are the file, [`frame`] its beginning and end, [`cursor`] its integers and the
//! errors that name their offset, [`check`] what must hold between its rows, [`read`] a pack from it.
//! [`build`] makes a pack of a tenant's counts, [`baseline`] a scope of a pack.
//!
//! A pack follows from its rows alone, and rows from the set of what was counted: merged in any order, the
//! same records give the same bytes.

mod baseline;
mod build;
mod check;
mod cursor;
mod decode;
mod encode;
mod fields;
mod frame;
mod hosts;
mod info;
mod key;
mod read;
mod rows;
mod strip;

#[cfg(test)]
mod tests;

pub(super) use baseline::Global;
pub use info::PackInfo;
pub use key::PackKey;
pub use rows::Pack;

/// The format that this component writes. It reads this one and all before it.
pub const PACK_VERSION: u32 = 1;
