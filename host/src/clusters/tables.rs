//! The other answers on alerts, by the names that programs read.

use serde::Serialize;
use serde_json::{Value, json};

use super::alert::AlertView;
use super::decimal::as_number;
use crate::runtime::bindings::alerts::{EntityRisk, FilterOutcome, FilterTrace, Rescored, SourceInfo};
use crate::scoring::time;

/// What was ingested from a source system.
#[must_use]
pub fn source(info: &SourceInfo) -> Value {
    let counts = |name: &str, counts: &[(String, u64)]| -> Vec<Value> {
        counts.iter().map(|(value, count)| json!({ name: value, "count": count })).collect()
    };
    let unmapped: Vec<Value> = info
        .unmapped
        .iter()
        .map(|(field, value, count)| json!({ "field": field, "value": value, "count": count }))
        .collect();
    json!({
        "source_system": info.source_system, "vendor": info.vendor, "product": info.product,
        "alerts": info.alerts, "duplicates": info.duplicates, "dropped": info.dropped,
        "last_seen": time(info.last_seen),
        "types": counts("type", &info.types),
        "severities": counts("severity", &info.severities),
        "actions": counts("action", &info.actions),
        "unmapped": unmapped,
    })
}

/// How much of an entity's clusters is open.
#[derive(Debug, Serialize)]
pub struct RiskView<'a> {
    kind: &'a str,
    value: &'a str,
    risk: f64,
    #[serde(serialize_with = "as_number")]
    criticality: &'a str,
    alerts: u64,
    clusters: &'a [String],
}

impl<'a> From<&'a EntityRisk> for RiskView<'a> {
    fn from(row: &'a EntityRisk) -> Self {
        Self {
            kind: &row.kind,
            value: &row.value,
            risk: row.risk,
            criticality: &row.criticality,
            alerts: row.alerts,
            clusters: &row.clusters,
        }
    }
}

/// An alert whose score changes.
#[derive(Debug, Serialize)]
pub struct RescoredView<'a> {
    id: &'a str,
    cluster: Option<&'a str>,
    #[serde(rename = "type")]
    alert_type: &'a str,
    #[serde(serialize_with = "as_number")]
    before: &'a str,
    #[serde(serialize_with = "as_number")]
    after: &'a str,
}

impl<'a> From<&'a Rescored> for RescoredView<'a> {
    fn from(row: &'a Rescored) -> Self {
        Self {
            id: &row.id,
            cluster: row.cluster.as_deref(),
            alert_type: &row.alert_type,
            before: &row.before,
            after: &row.after,
        }
    }
}

/// What the filters make of a raw alert.
#[derive(Debug, Serialize)]
pub struct TraceView<'a> {
    dropped: bool,
    steps: Vec<StepView<'a>>,
    /// As it would be scored; `null` where no format knows the line.
    alert: Option<AlertView<'a>>,
}

#[derive(Debug, Serialize)]
struct StepView<'a> {
    pattern: &'a str,
    action: &'a str,
    outcome: &'static str,
}

impl<'a> From<&'a FilterTrace> for TraceView<'a> {
    fn from(trace: &'a FilterTrace) -> Self {
        let step = |step: &'a crate::runtime::bindings::alerts::FilterStep| StepView {
            pattern: &step.pattern,
            action: &step.action,
            outcome: outcome(step.outcome),
        };
        Self {
            dropped: trace.dropped,
            steps: trace.steps.iter().map(step).collect(),
            alert: trace.alert.as_ref().map(AlertView::from),
        }
    }
}

/// The outcome's name in answers.
#[must_use]
pub fn outcome(outcome: FilterOutcome) -> &'static str {
    match outcome {
        FilterOutcome::Matched => "matched",
        FilterOutcome::NotMatched => "not-matched",
        FilterOutcome::NotReached => "not-reached",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_its_names() {
        let info = SourceInfo {
            source_system: "fortinet fortigate".into(),
            vendor: "Fortinet".into(),
            product: "FortiGate".into(),
            alerts: 3,
            duplicates: 1,
            dropped: 2,
            last_seen: 0,
            types: vec![("scan".into(), 3)],
            severities: vec![("low".into(), 3)],
            actions: vec![("unknown".into(), 3)],
            unmapped: vec![("severity".into(), "odd".into(), 1)],
        };
        assert_eq!(
            source(&info),
            json!({
                "source_system": "fortinet fortigate", "vendor": "Fortinet", "product": "FortiGate",
                "alerts": 3, "duplicates": 1, "dropped": 2, "last_seen": "1970-01-01T00:00:00.000Z",
                "types": [{"type": "scan", "count": 3}], "severities": [{"severity": "low", "count": 3}],
                "actions": [{"action": "unknown", "count": 3}],
                "unmapped": [{"field": "severity", "value": "odd", "count": 1}],
            })
        );
    }

    #[test]
    fn risks_and_rescored_alerts_have_their_names() {
        let risk = EntityRisk {
            kind: "host".into(),
            value: "ws-anna".into(),
            risk: 36.16,
            criticality: "1".into(),
            alerts: 2,
            clusters: vec!["C1".into()],
        };
        assert_eq!(
            serde_json::to_string(&RiskView::from(&risk)).unwrap(),
            r#"{"kind":"host","value":"ws-anna","risk":36.16,"criticality":1,"alerts":2,"clusters":["C1"]}"#
        );
        let rescored = Rescored {
            id: "A1".into(),
            cluster: None,
            alert_type: "t".into(),
            before: "16.8".into(),
            after: "3".into(),
        };
        assert_eq!(
            serde_json::to_string(&RescoredView::from(&rescored)).unwrap(),
            r#"{"id":"A1","cluster":null,"type":"t","before":16.8,"after":3}"#
        );
    }
}
