//! The state as plain data: what a snapshot holds, in an order that does not depend on arrival.
//!
//! Texts stand once, sorted, and everything else names them by their place. Only what records told is
//! saved; counts, indexes and totals follow from it, so that they cannot contradict it.

use serde::{Deserialize, Serialize};

use super::answers::Knowledge;
use super::config::Config;
use super::hierarchy::{Outcome, Reason};
use super::tally::Tally;
use crate::model::{Sensor, Shipped};

/// A text's place in [`Saved::texts`].
pub(super) type Text = u32;

/// The state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Saved {
    /// As JSON, so that entries can be added to it.
    pub(super) config: String,
    pub(super) config_version: u64,
    pub(super) now: i64,
    pub(super) tally: Tally,
    pub(super) texts: Vec<String>,
    /// Every host name, in its smallest spelling, sorted.
    pub(super) hosts: Vec<Text>,
    /// Sorted by instance id, then by path.
    pub(super) processes: Vec<SavedProcess>,
    /// What evicted starts have added to the counters, and how often, sorted.
    pub(super) residual: Vec<(SavedContribution, u64)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedProcess {
    /// Place in [`Saved::hosts`].
    pub(super) host: u32,
    pub(super) entity: Option<SavedEntity>,
    /// What other records than its start's mention, as are `known`, `image` and `origin`.
    pub(super) pid: Option<u32>,
    pub(super) known: Knowledge,
    pub(super) image: Option<(Knowledge, Text)>,
    pub(super) first_seen: i64,
    pub(super) last_seen: i64,
    pub(super) user: Text,
    pub(super) sid: Text,
    pub(super) start: Option<SavedStart>,
    pub(super) end: Option<i64>,
    pub(super) origin: Option<(Text, u64)>,
    /// Place in [`Saved::processes`].
    pub(super) twin: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum SavedEntity {
    Guid(u128),
    Text(Text),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedStart {
    pub(super) at: i64,
    pub(super) sensor: Sensor,
    pub(super) shipped: Option<Shipped>,
    pub(super) parent_entity: Option<SavedEntity>,
    pub(super) parent_pid: Option<u32>,
    pub(super) parent_image: Option<Text>,
    /// Place in [`Saved::hosts`].
    pub(super) host: u32,
    pub(super) image: Option<Text>,
    pub(super) pid: Option<u32>,
    pub(super) origin: (Text, u64),
    /// SHA-256, SHA-1, MD5.
    pub(super) hashes: [Text; 3],
    pub(super) environment: Text,
    pub(super) verdict: (Outcome, Option<Reason>),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct SavedContribution {
    pub(super) environment: Text,
    /// Place in [`Saved::hosts`].
    pub(super) host: u32,
    pub(super) image: Text,
    pub(super) values: [Text; super::prevalence::FIELDS],
}

impl Saved {
    /// The configuration that it was saved under.
    pub(super) fn config(&self) -> Result<Config, crate::error::Error> {
        Config::from_json(&self.config)
    }
}
