//! The event, in ECS terms: what every format is brought to and all that the engine sees.
//!
//! Everything borrows from the line that was read; what the engine keeps, it copies.

mod action;
mod alert;
mod entity;
mod kind;
mod multiplier;
mod observable;

pub use action::{Action, Connection, FileChange, Logon, RegistryChange, Signature, Transport};
pub use alert::{ActionCategory, Alert, AlertProcess};
pub use entity::EntityId;
pub use kind::Kind;
pub use multiplier::Multiplier;
pub use observable::{Observable, ObservableKind, Role};

/// One recognised record.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'r> {
    /// What happened.
    pub kind: Kind,
    /// Who says so.
    pub sensor: Sensor,
    /// When, in milliseconds since 1970 UTC; `None` when the record has no readable time.
    pub time: Option<i64>,
    /// The clock by which a record of one sensor is compared with its twin of another.
    pub shipped: Option<Shipped>,
    /// The host as the record names it; empty when it names none.
    pub host: &'r str,
    /// The process that did it; for a start, the new process.
    pub actor: Actor<'r>,
    /// What it did.
    pub action: Action<'r>,
}

/// The family of a record, which decides whether two records can be twins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Sensor {
    /// Sysmon, in whatever shape it was shipped.
    Sysmon,
    /// The Windows Security log.
    WindowsSecurity,
    /// Anything else that speaks ECS.
    Ecs,
    /// The Linux audit system's own records.
    Auditd,
}

/// A time that both records of a twin carry, by the field that holds it.
///
/// The fields differ by hours from the event's own time in real recordings, so they are compared only
/// with themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Shipped {
    /// Which field.
    pub field: ShippedField,
    /// Milliseconds, as if its text were UTC.
    pub at: i64,
}

/// The fields of [`Shipped`], in the order in which they are preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum ShippedField {
    /// `TimeCreated`.
    TimeCreated,
    /// `EventTime`, local time without zone.
    EventTime,
    /// `@timestamp`.
    Timestamp,
}

/// A process as a record names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Actor<'r> {
    /// The sensor's id of the instance.
    pub entity: Option<EntityId<'r>>,
    /// Process id.
    pub pid: Option<u32>,
    /// Path or file name, as written: may be a placeholder.
    pub image: Option<&'r str>,
    /// `DOMAIN\name`, as written.
    pub user: Option<(&'r str, &'r str)>,
    /// SID.
    pub sid: Option<&'r str>,
}

/// Hashes of an executable, by algorithm, as written. IMPHASH is none of them (SPEC section 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hashes<'r> {
    /// 64 hexadecimal digits.
    pub sha256: Option<&'r str>,
    /// 40 hexadecimal digits.
    pub sha1: Option<&'r str>,
    /// 32 hexadecimal digits.
    pub md5: Option<&'r str>,
}
