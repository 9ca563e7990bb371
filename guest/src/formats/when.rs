//! When it happened: which of a record's times counts (SPEC section 0, "time").

use super::{Reading, Record, Slot};
use crate::model::{Shipped, ShippedField};
use crate::text::time;

/// The event's time: `UtcTime`, then `TimeCreated` and `@timestamp` where they name a zone, then any of
/// them without, in the configured zone.
pub(super) fn event_time(record: &Record<'_>, reading: &Reading) -> Option<i64> {
    // Sysmon writes UtcTime without a zone; its name is the zone.
    if let Some(utc) = parse(record, Slot::UtcTime) {
        return Some(utc.millis);
    }
    let slots = [Slot::TimeCreated, Slot::Timestamp, Slot::EventTime];
    let zoned = slots.iter().find_map(|&slot| parse(record, slot).filter(|r| r.zoned));
    if let Some(zoned) = zoned {
        return Some(zoned.millis);
    }
    let local = slots.iter().find_map(|&slot| parse(record, slot))?;
    Some(local.millis - reading.zone_minutes * 60_000)
}

/// The time that a twin of this record has in the same field.
pub(super) fn shipped(record: &Record<'_>) -> Option<Shipped> {
    let fields = [
        (Slot::TimeCreated, ShippedField::TimeCreated),
        (Slot::EventTime, ShippedField::EventTime),
        (Slot::Timestamp, ShippedField::Timestamp),
    ];
    fields.iter().find_map(|&(slot, field)| Some(Shipped { field, at: parse(record, slot)?.millis }))
}

fn parse(record: &Record<'_>, slot: Slot) -> Option<time::Reading> {
    time::parse(record.text(slot)?)
}
