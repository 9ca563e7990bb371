//! The shape of the tables' files in `data/hierarchy`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::condition::{ChildCondition, ServiceCondition};
use super::part::Groups;

/// One file of `data/hierarchy`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) description: String,
    /// Epoch milliseconds.
    pub(super) last_upload: i64,
    pub(super) sources: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) tolerated_directories: Groups,
    pub(super) rows: Vec<RowFile>,
}

/// One row of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowFile {
    pub(super) name: String,
    /// Other names for the same process.
    #[serde(default)]
    pub(super) also: Vec<String>,
    #[serde(default)]
    pub(super) parents: Groups,
    #[serde(default)]
    pub(super) tolerated: Groups,
    #[serde(default)]
    pub(super) unusual: Groups,
    #[serde(default)]
    pub(super) children: Groups,
    #[serde(default)]
    pub(super) directories: Groups,
    #[serde(default)]
    pub(super) users: Groups,
    pub(super) other_parents: Option<OtherParents>,
    #[serde(default)]
    pub(super) children_by_command_line: Vec<ChildCondition>,
    pub(super) unusual_unless_service: Option<ServiceCondition>,
    pub(super) note: Option<String>,
}

/// What a parent is that no part of the row names. Without this it is a violation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OtherParents {
    pub(super) are: Others,
    pub(super) source: String,
}

/// See [`OtherParents`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Others {
    /// Any parent will do.
    Tolerated,
    /// The row's parents are some of many.
    Unknown,
}
