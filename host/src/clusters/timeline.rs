//! What happened in a cluster, by time: its alerts each with the record that it was read from, and what was done
//! with the cluster.

use super::{Held, alert};
use crate::runtime::bindings::alerts::Alert;

/// One entry.
#[derive(Debug)]
pub struct Row<'a> {
    /// Milliseconds since 1970 UTC.
    pub at: i64,
    /// `alert`, or the kind of the cluster's event: `created`, `note`, ...
    pub kind: &'a str,
    /// For people.
    pub message: String,
    /// What it is about; none where it is about the cluster.
    pub alert: Option<&'a Alert>,
    /// Where it stands: `file:line`, or the cluster.
    pub record: String,
}

/// All entries. The component groups alerts that are alike; here each stands for itself.
#[must_use]
pub fn rows(held: &Held) -> Vec<Row<'_>> {
    let record = format!("cluster {}", held.cluster.summary.id);
    let events = held.cluster.timeline.iter().filter(|event| event.kind != "alert").map(|event| Row {
        at: event.at,
        kind: &event.kind,
        message: format!("{record} {}: {}", event.kind, event.text),
        alert: None,
        record: record.clone(),
    });
    let alerts = held.alerts.iter().map(|alert| Row {
        at: alert.time,
        kind: "alert",
        message: message(alert),
        alert: Some(alert),
        record: alert::record(alert),
    });
    let mut rows: Vec<Row<'_>> = events.chain(alerts).collect();
    rows.sort_by_key(|row| row.at);
    rows
}

/// `darktrace: <type>: <message>`.
fn message(alert: &Alert) -> String {
    let parts = [&alert.source_system, &alert.alert_type, &alert.message];
    let mut said: Vec<&str> = Vec::new();
    for part in parts {
        if !part.is_empty() && said.last() != Some(&part.as_str()) {
            said.push(part);
        }
    }
    said.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples;

    #[test]
    fn alerts_stand_between_what_was_done_with_the_cluster() {
        let held = samples::held();
        let rows = rows(&held);
        let shown: Vec<_> = rows.iter().map(|row| (row.kind, row.record.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("created", "cluster C1"),
                ("alert", "alerts.ndjson:1"),
                ("alert", "alerts.ndjson:2"),
                ("note", "cluster C1"),
            ]
        );
        assert_eq!(rows[3].message, "cluster C1 note: seen by anna: asked the owner");
        assert_eq!(
            rows[1].message,
            "darktrace: Device/New or Unusual Remote Command Execution: Remote command execution from 10.0.0.23"
        );
    }
}
