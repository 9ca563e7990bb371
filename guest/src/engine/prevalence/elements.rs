//! Elements of lists on each host: how many executions of an image had a child or used a port.

use std::hash::{Hash, Hasher};

use super::per_host::HostImageId;
use super::scope::ValueId;
use crate::engine::hashing::{Map, Seed, pair};

/// An element of a list of an image on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key(HostImageId, ValueId);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(pair(self.0.number(), self.1.number()));
    }
}

/// Executions that had an element, in this generation and in the one before.
#[derive(Debug, Default)]
pub struct Elements {
    counts: Map<Key, [u32; 2]>,
}

impl Elements {
    /// None yet.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { counts: Map::with_hasher(seed) }
    }

    /// Counts an element. Tells whether it is the first on the host.
    pub fn add(&mut self, image: HostImageId, value: ValueId, executions: [u32; 2]) -> bool {
        let counts = self.counts.entry(Key(image, value)).or_default();
        let is_first = *counts == [0; 2];
        for (count, more) in counts.iter_mut().zip(executions) {
            *count = count.saturating_add(more);
        }
        is_first
    }

    /// Takes an element out of one execution. Tells whether it was the last on the host; nothing where it was
    /// not there.
    pub fn remove(&mut self, image: HostImageId, value: ValueId, generation: usize) -> Option<bool> {
        let key = Key(image, value);
        let counts = self.counts.get_mut(&key)?;
        let count = counts.get_mut(generation).filter(|count| **count > 0)?;
        *count -= 1;
        let is_last = *counts == [0; 2];
        if is_last {
            self.counts.remove(&key);
        }
        Some(is_last)
    }

    /// Takes out all elements of images on hosts that go.
    pub fn take_out(
        &mut self,
        goes: impl Fn(HostImageId) -> bool,
    ) -> impl Iterator<Item = (HostImageId, ValueId, [u32; 2])> {
        self.counts
            .extract_if(move |key, _| goes(key.0))
            .map(|(Key(image, value), counts)| (image, value, counts))
    }

    /// How many executions had an element.
    #[must_use]
    pub fn count(&self, image: HostImageId, value: ValueId) -> u64 {
        let counts = self.counts.get(&Key(image, value)).copied().unwrap_or_default();
        counts.iter().map(|&count| u64::from(count)).sum()
    }

    /// Every element that holds a count.
    pub fn all(&self) -> impl Iterator<Item = (HostImageId, ValueId, [u32; 2])> + '_ {
        self.counts.iter().map(|(&Key(image, value), &counts)| (image, value, counts))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len()
    }
}
