//! Lists that the component gives in pages.

use crate::runtime::Failure;
use crate::runtime::bindings::types::Page;

/// Rows in one answer: the most that the component gives.
const PAGE: u32 = 1000;

/// All rows of a list.
pub fn pages<T>(ask: impl FnMut(Page) -> Result<Vec<T>, Failure>) -> Result<Vec<T>, Failure> {
    first(usize::MAX, ask)
}

/// The first rows of a list, at most `count`.
pub fn first<T>(
    count: usize,
    mut ask: impl FnMut(Page) -> Result<Vec<T>, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    while all.len() < count {
        let offset = u64::try_from(all.len()).unwrap_or(u64::MAX);
        let limit = u32::try_from(count - all.len()).unwrap_or(PAGE).min(PAGE);
        let rows = ask(Page { offset, limit })?;
        if rows.is_empty() {
            break;
        }
        all.extend(rows);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(rows: &[u64]) -> impl FnMut(Page) -> Result<Vec<u64>, Failure> {
        |page| {
            let (offset, limit) =
                (usize::try_from(page.offset).unwrap(), usize::try_from(page.limit).unwrap());
            Ok(rows.iter().skip(offset).take(limit).copied().collect())
        }
    }

    #[test]
    fn pages_are_asked_for_until_one_is_empty() {
        let rows: Vec<u64> = (0..2500).collect();
        assert_eq!(pages(ask(&rows)).unwrap(), rows);
    }

    #[test]
    fn no_more_rows_come_than_are_wanted() {
        let rows: Vec<u64> = (0..2500).collect();
        for count in [0, 1, 1000, 1001, 2500] {
            assert_eq!(first(count, ask(&rows)).unwrap(), rows[..count]);
        }
        assert_eq!(first(3000, ask(&rows)).unwrap(), rows);
    }
}
