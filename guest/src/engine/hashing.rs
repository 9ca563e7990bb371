//! Hashing with a seed that the host gives to each tenant.
//!
//! Log fields are chosen by attackers, so the seed is secret; it decides where things stand in tables
//! and never what is answered.

use std::hash::BuildHasher;

use foldhash::fast::{FixedState, FoldHasher};

/// The seed, as a builder of hashers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seed(u64);

impl Seed {
    /// A seed of the host's choice.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
}

impl BuildHasher for Seed {
    type Hasher = FoldHasher<'static>;

    fn build_hasher(&self) -> Self::Hasher {
        FixedState::with_seed(self.0).build_hasher()
    }
}

/// A text as a key of an ordered map. Paths begin alike, so that comparing them takes long: their hashes are compared
/// first. Nothing may depend on that order.
#[must_use]
pub fn keyed(text: String) -> Keyed {
    (FixedState::default().hash_one(&text), text)
}

/// See [`keyed`].
pub type Keyed = (u64, String);

/// Two small numbers as one, which is hashed in one step.
#[must_use]
pub fn pair(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// A map that hashes with the tenant's seed.
pub type Map<K, V> = hashbrown::HashMap<K, V, Seed>;

/// A place in such a map, filled or not.
pub type MapEntry<'m, K, V> = hashbrown::hash_map::Entry<'m, K, V, Seed>;

/// A set that hashes with the tenant's seed.
pub type Set<K> = hashbrown::HashSet<K, Seed>;
