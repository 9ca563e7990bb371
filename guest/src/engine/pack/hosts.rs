//! Distinct hosts: exact up to a bound, then estimated from the smallest of their hashes.
//!
//! Of n hashes spread evenly over 2^64 the K-th smallest, as a share u of 2^64, estimates n as (K - 1) / u
//! (bottom-k, or KMV): unbiased, with a standard error of 1 / sqrt(K - 2) of n. The K smallest of two sets
//! together are among the K smallest of each, so that merging is exact, whatever the order.

/// Of an image, or of one of its values: 6.3 %.
pub(super) const OF_ROW: usize = 256;

/// Of all images together: 1.6 %.
pub(super) const OF_ALL: usize = 4096;

/// The hosts of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hosts {
    /// By their hashes.
    Hashed(Sketch),
    /// How many, in a pack that was stripped.
    Counted(u64),
}

impl Hosts {
    /// How many, exactly or estimated.
    pub(super) fn estimate(&self) -> u64 {
        match self {
            Self::Hashed(sketch) => {
                let largest = sketch.hashes.last().copied().unwrap_or(0);
                estimate(sketch.hashes.len(), largest, sketch.more)
            }
            Self::Counted(hosts) => *hosts,
        }
    }
}

/// How many hosts there are when these many hashes are the smallest.
pub(super) fn estimate(kept: usize, largest: u64, more: bool) -> u64 {
    let kept = kept as u64;
    if !more {
        return kept;
    }
    let estimate = (u128::from(kept.saturating_sub(1)) << 64) / (u128::from(largest) + 1);
    u64::try_from(estimate).unwrap_or(u64::MAX).max(kept + 1)
}

/// The smallest of the hashes, sorted, at most as many as the bound.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sketch {
    pub(super) hashes: Vec<u64>,
    /// There were more than the bound allows.
    pub(super) more: bool,
}

impl Sketch {
    /// The smallest of these, which need not be sorted.
    pub(super) fn of(mut hashes: Vec<u64>, bound: usize) -> Self {
        hashes.sort_unstable();
        hashes.dedup();
        let more = hashes.len() > bound;
        hashes.truncate(bound);
        Self { hashes, more }
    }

    /// Both together.
    pub(super) fn join(&mut self, other: &Self, bound: usize) {
        let mut hashes = std::mem::take(&mut self.hashes);
        hashes.extend_from_slice(&other.hashes);
        let joined = Self::of(hashes, bound);
        *self = Self { more: self.more || other.more || joined.more, hashes: joined.hashes };
    }
}

/// Hashes that arrive one by one, in any order and again.
#[derive(Debug, Default)]
pub(super) struct Collected {
    hashes: Vec<u64>,
    more: bool,
}

impl Collected {
    /// Adds one. What is surely not among the smallest is thrown away from time to time.
    pub(super) fn add(&mut self, hash: u64, bound: usize) {
        if self.hashes.last() == Some(&hash) {
            return;
        }
        self.hashes.push(hash);
        if self.hashes.len() >= bound * 4 {
            let sketch = Sketch::of(std::mem::take(&mut self.hashes), bound);
            self.more |= sketch.more;
            self.hashes = sketch.hashes;
        }
    }

    /// All of them.
    pub(super) fn sketch(self, bound: usize) -> Sketch {
        let sketch = Sketch::of(self.hashes, bound);
        Sketch { more: sketch.more || self.more, ..sketch }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn up_to_the_bound_hosts_are_counted() {
        let of = |n: u64| Hosts::Hashed(Sketch::of((0..n).collect(), 4)).estimate();
        assert_eq!([of(0), of(1), of(4)], [0, 1, 4]);
    }

    #[test]
    fn beyond_the_bound_they_are_estimated() {
        // The fourth smallest hash lies at 1/1024 of the range: (4 - 1) * 1024.
        let largest = (1 << 54) - 1;
        assert_eq!(estimate(4, largest, true), 3072);
        // However the hashes lie, there is one more than the bound.
        assert_eq!(estimate(4, u64::MAX, true), 5);
        assert_eq!(estimate(4, 0, true), u64::MAX);
    }

    #[test]
    fn the_error_is_about_the_stated_one() {
        // 20,000 hosts under 40 keys: the standard deviation of the estimates is near 1 / sqrt(254) = 6.3 %.
        let errors = (0..40_u8).map(|key| {
            let key = super::super::PackKey::new(&[key; 16]).unwrap();
            let hashes = (0..20_000).map(|host| key.host("", &format!("ws{host}"))).collect();
            Hosts::Hashed(Sketch::of(hashes, OF_ROW)).estimate() as f64 / 20_000.0 - 1.0
        });
        let variance = errors.map(|error| error * error).sum::<f64>() / 40.0;
        assert!((0.04..0.09).contains(&variance.sqrt()), "{}", variance.sqrt());
    }

    proptest! {
        /// Against all of them sorted: whatever the parts and their order.
        #[test]
        fn the_smallest_of_parts_are_the_smallest(
            parts in prop::collection::vec(prop::collection::vec(0_u64..60, 0..40), 1..6),
        ) {
            let mut all: Vec<u64> = parts.concat();
            all.sort_unstable();
            all.dedup();
            let expected = Sketch { more: all.len() > 8, hashes: all.into_iter().take(8).collect() };
            let mut joined = Sketch::default();
            let mut collected = Collected::default();
            for part in &parts {
                joined.join(&Sketch::of(part.clone(), 8), 8);
                part.iter().for_each(|&hash| collected.add(hash, 8));
            }
            prop_assert_eq!(&joined, &expected);
            prop_assert_eq!(&collected.sketch(8), &expected);
        }
    }
}
