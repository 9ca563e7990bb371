//! A line becomes an alert: a file for each format, a vendor's own shapes and the general ones.
//!
//! | file | shapes |
//! |---|---|
//! | [`ecs`], [`ocsf`], [`cef`] | any vendor's, in the three general formats |
//! | [`secdo`] | the SECDO alert (SPEC section 4) |
//! | [`palo_alto`] | PAN-OS THREAT and CORRELATION, CSV and CEF |
//! | [`check_point`] | Log Exporter: piped, structured data, `[key:"value"; ]` |
//! | [`fortigate`] | FortiGate and FortiWeb: key and value, CEF, JSON; FortiAnalyzer's events |
//! | [`darktrace`] | model breaches, AI Analyst, system status: JSON, also behind syslog |
//! | [`proofpoint`] | TAP messages and clicks |
//! | [`mcafee`] | ePO's XML, Network Security Platform, Web Gateway, Trellix' CEF |
//! | [`guardduty`] | findings, bare or in an EventBridge event |
//! | [`defender`] | Graph, Defender for Endpoint, streamed `AlertInfo` |
//! | [`crowdstrike`] | Event Streams, Alerts API |
//! | [`vectra`] | CEF and JSON |
//! | [`wazuh`] | Wazuh and OSSEC, JSON and syslog |
//! | [`canary`] | Thinkst Canary's webhook |
//! | [`suricata`] | `eve.json`, `fast.log` |
//! | [`trend`] | Deep Security's CEF |
//! | [`marked`] | Juniper, F5, Symantec, Carbon Black, Cylance: a table of keys |
//!
//! What no file knows, or knows to be traffic, audit or health, is no alert. All of them fill a [`draft`],
//! which holds the bounds and says what is missing; the rest are tools: [`syslog`] headers, [`pairs`],
//! [`lookup`] in JSON, [`clock`], [`action`] words, [`attack`] ids.

mod action;
mod attack;
mod canary;
mod cef;
mod check_point;
pub(super) mod clock;
mod crowdstrike;
mod darktrace;
mod defender;
mod draft;
mod ecs;
mod fortigate;
mod guardduty;
mod lookup;
mod marked;
mod mcafee;
mod ocsf;
mod pairs;
mod palo_alto;
mod proofpoint;
mod secdo;
mod suricata;
pub(super) mod syslog;
#[cfg(test)]
mod tests;
mod trend;
mod vectra;
mod wazuh;

use serde_json::Value;

use super::Reading;
use crate::model::Alert;
use clock::Clock;

/// The readers of JSON, the surest marks first.
const JSON: [fn(&Value, &Clock) -> Option<Alert>; 14] = [
    secdo::read,
    ecs::read,
    ocsf::read,
    suricata::read,
    wazuh::read,
    guardduty::read,
    crowdstrike::read,
    defender::read,
    proofpoint::read,
    darktrace::read,
    vectra::read,
    canary::read,
    fortigate::read,
    check_point::read,
];

/// The readers of lines, by what is cheapest to rule out.
const RAW: [fn(&str, &Clock) -> Option<Alert>; 7] = [
    suricata::fast,
    palo_alto::raw,
    check_point::raw,
    mcafee::raw,
    fortigate::raw,
    wazuh::syslog,
    marked::raw,
];

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
    let alert = object.and_then(|object| json(object, clock));
    alert.or_else(|| RAW.iter().find_map(|read| read(header.rest, clock)))
}
