//! The shape of the tables' files in `data/hierarchy`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::condition::{ChildCondition, ChildlessServices, ServiceCondition};
use super::look_alike::LookAlikesFile;
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
    #[serde(default)]
    pub(super) look_alikes: LookAlikesFile,
    /// What names of kernel threads begin with.
    #[serde(default)]
    pub(super) kernel_threads: Groups,
    pub(super) rows: Vec<RowFile>,
}

/// One row of a file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowFile {
    pub(super) name: String,
    /// Which system it is of.
    #[serde(default)]
    pub(super) system: System,
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
    pub(super) other_children: Option<OtherChildren>,
    pub(super) childless_services: Option<ChildlessServices>,
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

/// What a child is that no part of the row names. Without this it is a violation where the row names some, and
/// nothing where it names none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OtherChildren {
    pub(super) are: Children,
    pub(super) source: String,
}

/// See [`OtherChildren`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Children {
    /// Rarely does it start any.
    Unusual,
    /// The row's children are some of many.
    Unknown,
}

/// The system that a row is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum System {
    #[default]
    Windows,
    /// Linux or macOS: paths begin with `/`, and names in capitals are other names.
    Unix,
    /// The row does not say: a tenant's.
    #[serde(skip)]
    Any,
}
