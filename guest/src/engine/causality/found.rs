//! What was found for an answer: in the order of time, and told apart as far as pages of it were asked for.

use std::collections::BTreeSet;

use crate::engine::queries::page_bounds;

/// What has a time.
pub(super) trait Timed {
    /// When.
    fn time(&self) -> i64;
}

/// All that was found. What shares a moment is put in order when a page shows some of it: telling it apart takes
/// longer than finding it.
#[derive(Debug)]
pub(super) struct Found<T> {
    all: Vec<T>,
    /// Where the moments begin that are in order.
    settled: BTreeSet<usize>,
}

impl<T: Timed> Found<T> {
    pub(super) fn new(mut all: Vec<T>) -> Self {
        all.sort_unstable_by_key(T::time);
        Self { all, settled: BTreeSet::new() }
    }

    /// One page; `key` tells apart what shares a moment.
    pub(super) fn page<K: Ord>(&mut self, offset: u64, limit: u32, key: impl Fn(&T) -> K) -> &[T] {
        let (offset, limit) = page_bounds(offset, limit);
        let end = offset.saturating_add(limit).min(self.all.len());
        let mut at = offset;
        while let Some(time) = self.all.get(at).filter(|_| at < end).map(T::time) {
            let from = self.all.partition_point(|one| one.time() < time);
            at = self.all.partition_point(|one| one.time() <= time);
            if self.settled.insert(from)
                && let Some(moment) = self.all.get_mut(from..at).filter(|moment| moment.len() > 1)
            {
                moment.sort_by_cached_key(&key);
            }
        }
        self.all.get(offset..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Timed for (i64, char) {
        fn time(&self) -> i64 {
            self.0
        }
    }

    #[test]
    fn pages_are_parts_of_one_order_in_whatever_order_they_are_asked_for() {
        let all = vec![(2, 'd'), (1, 'b'), (2, 'c'), (3, 'f'), (2, 'a'), (2, 'e'), (1, 'a')];
        let ordered = [(1, 'a'), (1, 'b'), (2, 'a'), (2, 'c'), (2, 'd'), (2, 'e'), (3, 'f')];
        for offsets in [[0, 3, 6, 9], [6, 3, 0, 3], [9, 3, 3, 0]] {
            let mut found = Found::new(all.clone());
            for offset in offsets {
                let expected: Vec<_> = ordered.iter().skip(offset).take(3).copied().collect();
                assert_eq!(found.page(offset as u64, 3, |one| one.1), expected);
            }
        }
    }
}
