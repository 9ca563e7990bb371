//! What the tables of `data/` have in common.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A table that explains itself: only its rows are looked into.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the file explains itself; only its rows are looked into")]
pub(super) struct File<R> {
    pub(super) name: String,
    pub(super) description: String,
    /// What the rows' sources stand for.
    pub(super) sources: BTreeMap<String, String>,
    pub(super) rows: Vec<R>,
}
