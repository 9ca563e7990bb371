//! A line of text becomes an event.
//!
//! [`record`] holds the members that [`fields`] names. They are read by [`skim`], or by [`walk`] where
//! that gives up: the walk is serde_json's and decides, the skimmer is fast. [`sysmon`], [`security`]
//! and [`ecs`] each know one family of records and bring it to the model. [`auditd`] does so with lines that are
//! no JSON: several of them tell of one event, and the engine brings them together.

pub mod alerts;
pub mod auditd;
mod ecs;
mod escapes;
mod fields;
mod paths;
mod quotes;
mod reader;
pub mod record;
mod security;
pub mod severity;
mod skim;
mod sysmon;
mod walk;
mod when;

pub use fields::Slot;
pub use reader::Reader;
pub use record::{BadLine, Record};

use crate::model::Event;

/// What the configuration says about reading.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading {
    /// How far the zone of times without zone lies east of UTC, in minutes.
    pub zone_minutes: i64,
}

/// The event of a record, or `None` where its format is not known.
#[must_use]
pub fn recognise<'r>(record: Record<'r>, reading: &Reading) -> Option<Event<'r>> {
    sysmon::read(record, reading)
        .or_else(|| security::read(record, reading))
        .or_else(|| ecs::read(record, reading))
}

/// The host as the record names it: the machine that the event happened on, never the collector.
fn host<'r>(record: Record<'r>) -> &'r str {
    record.text(Slot::Host).or_else(|| record.text(Slot::EcsHost)).map_or("", str::trim)
}
