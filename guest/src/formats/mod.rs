//! A line of text becomes an event.
//!
//! [`record`] reads the line once and keeps the members that [`fields`] names; [`sysmon`],
//! [`security`] and [`ecs`] each know one family of records and bring it to the model.

mod ecs;
mod fields;
mod paths;
pub mod record;
mod security;
mod sysmon;
mod when;

pub use fields::Slot;
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
pub fn recognise<'r>(record: &'r Record<'_>, reading: &Reading) -> Option<Event<'r>> {
    sysmon::read(record, reading)
        .or_else(|| security::read(record, reading))
        .or_else(|| ecs::read(record, reading))
}

/// The host as the record names it: the machine that the event happened on, never the collector.
fn host<'r>(record: &'r Record<'_>) -> &'r str {
    record.text(Slot::Host).or_else(|| record.text(Slot::EcsHost)).map_or("", str::trim)
}
