//! A timeline as Timesketch imports it: JSONL with `message`, `datetime`, `timestamp` (microseconds) and
//! `timestamp_desc`; the other members are searched by their names.

use serde::Serialize;

use super::decimal::as_number_or_null;
use super::timeline::{self, Row};
use super::{Held, alert};

#[derive(Debug, Serialize)]
struct Line<'a> {
    message: &'a str,
    datetime: String,
    timestamp: i64,
    timestamp_desc: &'static str,
    data_type: &'static str,
    kind: &'a str,
    cluster: &'a str,
    record: &'a str,
    #[serde(flatten)]
    alert: Option<Of<'a>>,
}

/// What only an alert has.
#[derive(Debug, Serialize)]
struct Of<'a> {
    file: &'a str,
    line: u64,
    alert: &'a str,
    source_system: &'a str,
    alert_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'a str>,
    action: &'static str,
    #[serde(serialize_with = "as_number_or_null")]
    score: Option<String>,
    techniques: &'a [String],
    tactics: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<&'a str>,
    hosts: Vec<&'a str>,
    users: Vec<&'a str>,
    addresses: Vec<&'a str>,
    domains: Vec<&'a str>,
    urls: Vec<&'a str>,
    hashes: Vec<&'a str>,
    files: Vec<&'a str>,
    emails: Vec<&'a str>,
}

/// One JSON object for each entry, each ended by a newline.
pub fn lines(held: &Held) -> serde_json::Result<String> {
    let mut text = String::new();
    for row in timeline::rows(held) {
        text += &serde_json::to_string(&line(&held.cluster.summary.id, &row))?;
        text.push('\n');
    }
    Ok(text)
}

fn line<'a>(cluster: &'a str, row: &'a Row<'a>) -> Line<'a> {
    let of = |a: &'a crate::runtime::bindings::alerts::Alert| Of {
        file: &a.origin.source,
        line: a.origin.line,
        alert: &a.id,
        source_system: &a.source_system,
        alert_type: &a.alert_type,
        severity: a.severity.as_deref(),
        action: alert::action(a.action),
        score: Some(a.score.clone()),
        techniques: &a.techniques,
        tactics: &a.tactics,
        process: a.process.as_deref(),
        hosts: alert::values(a, "host"),
        users: alert::values(a, "user"),
        addresses: alert::values(a, "address"),
        domains: alert::values(a, "domain"),
        urls: alert::values(a, "url"),
        hashes: alert::values(a, "hash"),
        files: alert::values(a, "file"),
        emails: alert::values(a, "email"),
    };
    Line {
        message: &row.message,
        datetime: datetime(row.at),
        timestamp: row.at.saturating_mul(1000),
        timestamp_desc: if row.alert.is_some() { "Alert" } else { "Cluster changed" },
        data_type: if row.alert.is_some() { "begat:alert" } else { "begat:cluster" },
        kind: row.kind,
        cluster,
        record: &row.record,
        alert: row.alert.map(of),
    }
}

/// With an offset in digits, which every reader of ISO 8601 takes.
fn datetime(milliseconds: i64) -> String {
    let text = crate::scoring::time(milliseconds);
    match text.strip_suffix('Z') {
        Some(text) => format!("{text}+00:00"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::clusters::samples;

    #[test]
    fn a_line_has_what_timesketch_needs_and_its_record() {
        let mut held = samples::held();
        held.alerts[1].message = "two\nlines\u{1b}[2J, \"quoted\"".into();
        let text = lines(&held).unwrap();
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows.len(), 4);
        assert!(!text.contains('\u{1b}'), "nothing reaches a terminal");
        assert_eq!(rows[1]["datetime"], "2026-03-01T09:00:00.000+00:00");
        assert_eq!(rows[1]["timestamp"], json!(1_772_355_600_000_000_i64));
        assert_eq!(rows[1]["timestamp_desc"], "Alert");
        assert_eq!(rows[1]["record"], "alerts.ndjson:1");
        assert_eq!((&rows[1]["file"], &rows[1]["line"]), (&json!("alerts.ndjson"), &json!(1)));
        assert_eq!(rows[1]["addresses"], json!(["10.0.0.23", "10.0.0.5"]));
        assert!(text.contains(r#""score":16.8,"#), "{text}");
        assert!(rows[2]["message"].as_str().unwrap().ends_with("two\nlines\u{1b}[2J, \"quoted\""));
        assert_eq!(rows[3]["timestamp_desc"], "Cluster changed");
        assert_eq!(rows[3].get("alert"), None);
    }
}
