//! A line becomes an alert: a file for each format, a vendor's own shapes and the general ones.
//!
//! | file | shapes |
//! |---|---|
//! | [`ecs`], [`ocsf`], [`cef`] | any vendor's, in the three general formats |
//! | [`secdo`] | the SECDO alert (SPEC section 4) |
//! | [`wazuh`] | Wazuh and OSSEC, JSON and syslog |
//! | [`suricata`] | `eve.json`, `fast.log` |
//!
//! What no file knows, or knows to be traffic, audit or health, is no alert. All of them fill a [`draft`],
//! which holds the bounds and says what is missing; the rest are tools: [`syslog`] headers, [`pairs`],
//! [`lookup`] in JSON, [`clock`], [`action`] words, [`attack`] ids.

mod action;
mod attack;
mod cef;
mod clock;
mod draft;
mod ecs;
mod lookup;
mod pairs;
mod secdo;
mod suricata;
mod syslog;
mod trend;
mod wazuh;

use serde_json::Value;

use super::Reading;
use crate::model::Alert;
use clock::Clock;

/// The readers of JSON, the surest marks first.
const JSON: [fn(&Value, &Clock) -> Option<Alert>; 4] = [secdo::read, ecs::read, suricata::read, wazuh::read];

/// The alert that a JSON object is, or `None` where no format knows it, or it tells of no alert.
#[must_use]
pub fn read_json(line: &str, reading: &Reading) -> Option<Alert> {
    let clock = Clock { zone_minutes: reading.zone_minutes, received_at: None };
    json(line, &clock).map(|alert| draft::with_time(alert, None))
}

/// The alert that a line is that is no JSON object: syslog, CEF, key and value. `received_at` gives the
/// year to times that have none.
#[must_use]
pub fn read_raw(line: &str, reading: &Reading, received_at: i64) -> Option<Alert> {
    let clock = Clock { zone_minutes: reading.zone_minutes, received_at: Some(received_at) };
    let header = syslog::read(line, &clock);
    let alert = raw(&header, line, &clock)?;
    Some(draft::with_time(alert, header.time))
}

fn json(text: &str, clock: &Clock) -> Option<Alert> {
    let document: Value = serde_json::from_str(text).ok()?;
    // A document as Elasticsearch hands it out.
    let document = document.get("_source").filter(|source| source.is_object()).unwrap_or(&document);
    document.as_object()?;
    JSON.iter().find_map(|read| read(document, clock))
}

fn raw(header: &syslog::Line<'_>, line: &str, clock: &Clock) -> Option<Alert> {
    if let Some(alert) = cef::read(line, clock) {
        return Some(alert);
    }
    // The object begins soon after the header, or the line is none.
    let start = header.rest.find('{').filter(|&at| at < 256);
    let object = start.and_then(|at| header.rest.get(at..));
    object
        .and_then(|object| json(object, clock))
        .or_else(|| suricata::fast(header.rest, clock))
        .or_else(|| wazuh::syslog(header.rest))
}
