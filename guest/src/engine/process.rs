//! One process instance, as far as the records told of it.
//!
//! Every attribute is the best of what was said, by an order that does not depend on arrival: so the
//! same records in any order leave the same row.

use super::answers::Knowledge;
use super::hierarchy::{Outcome, Reason};
use super::hosts::{HostId, LabelId};
use super::images::ImageId;
use super::listed::List;
use super::numbers::number;
use super::prevalence::{Contribution, Generation};
use super::strings::Sym;
use crate::model::{Sensor, Shipped};

number! {
    /// A row of the process table.
    RowId
}

/// A sensor's id of an instance, as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity {
    /// A GUID, its halves apart: a `u128` would align every row to 16 bytes.
    Guid(u64, u64),
    /// Any other text.
    Text(Sym),
}

impl Entity {
    /// A GUID.
    #[must_use]
    pub fn guid(guid: u128) -> Self {
        let half = |shift: u32| u64::try_from(guid >> shift & u128::from(u64::MAX)).unwrap_or(0);
        Self::Guid(half(64), half(0))
    }
}

/// Where a record stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The source's name.
    pub source: Sym,
    /// The line in it.
    pub line: u64,
}

/// What a start's record says of the parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Claim {
    /// It names the parent by the sensor's id: the row's link leads to it.
    pub by_entity: bool,
    /// The parent's process id.
    pub pid: Option<u32>,
    /// The parent's path or name as written, placeholders too.
    pub image: Option<ImageId>,
    /// Whether `image` is a name and no placeholder.
    pub named: bool,
}

/// What only the record of its start tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Start {
    /// When.
    pub at: i64,
    /// Who recorded it.
    pub sensor: Sensor,
    /// The time to compare with a twin's.
    pub shipped: Option<Shipped>,
    /// What it says of the parent.
    pub claim: Claim,
    /// The executable's SHA-256, SHA-1 and MD5, folded.
    pub hashes: [Sym; 3],
    /// The SID that its record surely says it runs as.
    pub account: Sym,
    /// When it counts, which a time in the future does not decide.
    pub generation: Generation,
    /// The verdict, on its own record or on what is known of the parent since.
    pub verdict: (Outcome, Option<Reason>),
    /// Whether that verdict stands in the totals.
    pub judged: bool,
    /// The host as the record names it.
    pub host: HostId,
    /// Its path, if the record has one.
    pub image: Option<ImageId>,
    /// Its process id, if the record has one.
    pub pid: Option<u32>,
    /// The record.
    pub origin: Origin,
    /// What it has added to the counters.
    pub counted: Option<Contribution>,
}

impl Start {
    /// Whether the record alone says what is judged: its own path and its parent's. Only then do its
    /// command lines count, which are not kept for judging again.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.image.is_some() && self.claim.named
    }
}

/// What records other than that of its start say of an instance; of several the surest, of equally sure
/// ones the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mention {
    /// Whether it did something itself or only a child names it.
    pub known: Knowledge,
    /// Its path, and how surely that is known.
    pub image: Option<(Knowledge, ImageId)>,
    /// Its process id.
    pub pid: Option<u32>,
    /// The record that `known` rests on.
    pub origin: Option<Origin>,
}

impl Default for Mention {
    fn default() -> Self {
        Self { known: Knowledge::NamedByChild, image: None, pid: None, origin: None }
    }
}

/// A process instance.
#[derive(Debug, Clone)]
pub struct Process {
    /// The host's name, the best of those that claimed it.
    pub host: HostId,
    /// The first label of that name.
    pub label: LabelId,
    /// The sensor's id; without one, pid and start tell instances apart.
    pub entity: Option<Entity>,
    /// Process id: its start's, else what others mention.
    pub pid: Option<u32>,
    /// What other records than its start's mention of it.
    pub mention: Mention,
    /// What it did, as its profile lists it.
    pub list: List,
    /// The row whose list names it as a child, and by which name.
    pub listed_under: Option<(RowId, Sym)>,
    /// The parent's file name, where the start that told it was evicted.
    pub parent_was: Sym,
    /// The first time that anything was said of it.
    pub first_seen: i64,
    /// The last time.
    pub last_seen: i64,
    /// `DOMAIN\name`, folded.
    pub user: Sym,
    /// SID.
    pub sid: Sym,
    /// The record of its start.
    pub start: Option<Start>,
    /// Its end.
    pub end: Option<i64>,
    /// The other record of the same start: of a Sysmon row its 4688, of a 4688 row its Sysmon.
    pub twin: Option<RowId>,
    pub(super) links: Links,
}

/// Places in lists that run through the table.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Links {
    /// The row that the claim's entity leads to.
    pub(super) parent: Option<RowId>,
    pub(super) first_child: Option<RowId>,
    /// Children whose own records have no name for this row: what it is called matters to them.
    pub(super) unnamed_children: u32,
    pub(super) next_child: Option<RowId>,
    pub(super) child_before: Option<RowId>,
}

impl Process {
    /// A row of which nothing is known but that it was there at `time`.
    #[must_use]
    pub fn new(host: HostId, label: LabelId, entity: Option<Entity>, time: i64) -> Self {
        Self {
            host,
            label,
            entity,
            pid: None,
            mention: Mention::default(),
            list: List::default(),
            listed_under: None,
            parent_was: Sym::EMPTY,
            first_seen: time,
            last_seen: time,
            user: Sym::EMPTY,
            sid: Sym::EMPTY,
            start: None,
            end: None,
            twin: None,
            links: Links::default(),
        }
    }

    /// Its path: its start's, else what others mention.
    #[must_use]
    pub fn image(&self) -> Option<ImageId> {
        self.start.and_then(|s| s.image).or(self.mention.image.map(|(_, image)| image))
    }

    /// How it came to be known.
    #[must_use]
    pub fn known(&self) -> Knowledge {
        if self.start.is_some() { Knowledge::Started } else { self.mention.known }
    }

    /// The record that this rests on.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        self.start.map(|s| s.origin).or(self.mention.origin)
    }

    /// Whether it is the 4688 record of a start that Sysmon recorded too: then the Sysmon row stands for
    /// both.
    #[must_use]
    pub fn is_absorbed(&self) -> bool {
        self.twin.is_some() && self.start.is_some_and(|s| s.sensor == Sensor::WindowsSecurity)
    }

    /// From when on it is known to have been there.
    #[must_use]
    pub fn since(&self) -> i64 {
        self.start.map_or(self.first_seen, |s| s.at)
    }
}
