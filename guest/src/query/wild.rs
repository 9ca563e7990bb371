//! Alternatives with wildcards, found all at once.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use crate::text::{glob, path};

/// The texts before, between and after an alternative's wildcards, folded.
type Parts = Vec<String>;

/// Alternatives by their longest parts. A text is searched once for all of these, and only the alternatives
/// of those that it holds are tried, each once.
#[derive(Debug, Default)]
pub(super) struct Wild {
    /// In the searcher's order.
    by_longest: Vec<Vec<Parts>>,
    /// None where there is nothing to search for, or more than a searcher takes.
    searcher: Option<AhoCorasick>,
}

impl Wild {
    pub(super) fn new<'v>(alternatives: impl Iterator<Item = &'v [String]>) -> Self {
        let mut by_longest: BTreeMap<String, Vec<Parts>> = BTreeMap::new();
        for parts in alternatives {
            let parts: Parts = parts.iter().map(|part| one_sigma(path::fold(part)).into_owned()).collect();
            let longest = parts.iter().max_by_key(|part| part.len()).cloned().unwrap_or_default();
            by_longest.entry(longest).or_default().push(parts);
        }
        if by_longest.is_empty() {
            return Self::default();
        }
        let searcher = AhoCorasick::new(by_longest.keys()).ok();
        Self { by_longest: by_longest.into_values().collect(), searcher }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_longest.is_empty()
    }

    /// Whether a folded text fits one.
    pub(super) fn fits(&self, folded: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let text = one_sigma(Cow::Borrowed(folded));
        let fits =
            |same: &Vec<Parts>| same.iter().any(|parts| glob::fits(parts.iter().map(String::as_str), &text));
        let Some(searcher) = &self.searcher else { return self.by_longest.iter().any(fits) };
        // A part may occur often; nothing is kept for the many texts that hold none.
        let mut tried: Vec<bool> = Vec::new();
        searcher.find_overlapping_iter(&*text).any(|found| {
            let index = found.pattern().as_usize();
            tried.resize(self.by_longest.len(), false);
            let is_new = tried.get_mut(index).is_some_and(|tried| !std::mem::replace(tried, true));
            is_new && self.by_longest.get(index).is_some_and(fits)
        })
    }
}

/// Σ is the one letter that folds by what stands around it: at a word's end to ς, else to σ. A part of a
/// pattern cannot know what stands around it.
fn one_sigma(folded: Cow<'_, str>) -> Cow<'_, str> {
    if folded.contains('ς') { Cow::Owned(folded.replace('ς', "σ")) } else { folded }
}
