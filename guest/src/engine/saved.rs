//! The state as plain data: what a snapshot holds, in an order that does not depend on arrival.
//!
//! Texts stand once, sorted, and everything else names them by their place. Only what records told is
//! saved; counts, indexes and totals follow from it, so that they cannot contradict it.

use serde::{Deserialize, Serialize};

use super::alerts::SavedAlerts;
use super::answers::Knowledge;
use super::audit::SavedAudit;
use super::config::Config;
use super::detect::SavedMemory;
use super::events::SavedEvents;
use super::hierarchy::{Outcome, Reason};
use super::prevalence::{Field, Generation, Sighting};
use super::tally::{Evicted, HostTally};
use crate::model::{Sensor, Shipped};

/// A text's place in [`Saved::texts`].
pub(super) type Text = u32;

/// A host's place in [`Saved::hosts`].
pub(super) type HostPlace = u32;

/// The state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Saved {
    /// As JSON, so that entries can be added to it.
    pub(super) config: String,
    pub(super) config_version: u64,
    pub(super) evicted: Evicted,
    pub(super) texts: Vec<String>,
    /// That of `residual` and `elements`, if there are any: time that a forgotten host made pass stays passed
    /// for them.
    pub(super) generation: Generation,
    /// Sorted by environment, then by name.
    pub(super) hosts: Vec<SavedHost>,
    /// Sorted by instance id, then by path.
    pub(super) processes: Vec<SavedProcess>,
    /// Ends that are known by process id alone, sorted: host, process id, file name, time.
    pub(super) ends: Vec<(HostPlace, u32, Text, i64)>,
    /// What is counted beyond what the processes tell, since theirs were evicted: executions in this
    /// generation and in the one before; sorted.
    pub(super) residual: Vec<(SavedShape, [u32; 2])>,
    /// The same of elements of lists, sorted.
    pub(super) elements: Vec<(HostPlace, Text, Field, Text, [u32; 2])>,
    /// When each image was on each host, sorted.
    pub(super) sightings: Vec<(HostPlace, Text, Sighting)>,
    pub(super) alerts: SavedAlerts,
    /// What begat's own detections remember.
    pub(super) memory: SavedMemory,
    /// What happened.
    pub(super) events: SavedEvents,
    /// Audit events of which more records may come.
    pub(super) audit: SavedAudit,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedHost {
    pub(super) environment: Text,
    /// In the smallest spelling.
    pub(super) name: Text,
    /// It is known from recorded profiles alone.
    pub(super) opaque: bool,
    pub(super) tally: Option<HostTally>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedProcess {
    pub(super) host: HostPlace,
    pub(super) entity: Option<SavedEntity>,
    /// What other records than its start's mention, as are `known`, `image` and `origin`.
    pub(super) pid: Option<u32>,
    pub(super) known: Knowledge,
    pub(super) image: Option<(Knowledge, Text)>,
    pub(super) first_seen: i64,
    pub(super) last_seen: i64,
    pub(super) user: Text,
    pub(super) sid: Text,
    pub(super) parent_was: Text,
    /// Elements of its lists that no other row tells, sorted.
    pub(super) facts: Vec<(Field, Text)>,
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
    pub(super) host: HostPlace,
    pub(super) image: Option<Text>,
    pub(super) pid: Option<u32>,
    pub(super) origin: (Text, u64),
    /// SHA-256, SHA-1, MD5.
    pub(super) hashes: [Text; 3],
    /// A SID.
    pub(super) account: Text,
    pub(super) generation: Generation,
    pub(super) verdict: (Outcome, Option<Reason>),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct SavedShape {
    pub(super) host: HostPlace,
    pub(super) image: Text,
    pub(super) values: [Text; super::prevalence::FIELDS],
    pub(super) lists: [bool; super::prevalence::LISTS],
}

impl Saved {
    /// The configuration that it was saved under.
    pub(super) fn config(&self) -> Result<Config, crate::error::Error> {
        Config::from_json(&self.config)
    }
}
