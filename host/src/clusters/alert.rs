//! An alert with its score's trace, by the names that programs read.

use serde::Serialize;

use super::decimal::as_number;
use crate::runtime::bindings::alerts::{self, Action};
use crate::scoring::as_time;

/// The JSON object of an alert. Names are a contract: members are added, never renamed.
#[derive(Debug, Serialize)]
pub struct AlertView<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    alert_type: &'a str,
    #[serde(serialize_with = "as_number")]
    score: &'a str,
    factors: Vec<FactorView<'a>>,
    #[serde(serialize_with = "as_time")]
    time: i64,
    #[serde(serialize_with = "as_time")]
    received_at: i64,
    source_system: &'a str,
    vendor: &'a str,
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'a str>,
    action: &'static str,
    message: &'a str,
    techniques: &'a [String],
    tactics: &'a [String],
    observables: Vec<ObservableView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    /// The reason of the suppression that made the score 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<&'a str>,
    assumed: &'a [String],
    duplicates: u64,
    configuration: u64,
    file: &'a str,
    line: u64,
}

#[derive(Debug, Serialize)]
struct FactorView<'a> {
    name: &'a str,
    #[serde(serialize_with = "as_number")]
    value: &'a str,
    from: &'a str,
}

#[derive(Debug, Serialize)]
struct ObservableView<'a> {
    kind: &'a str,
    value: &'a str,
    role: &'a str,
}

impl<'a> From<&'a alerts::Alert> for AlertView<'a> {
    fn from(alert: &'a alerts::Alert) -> Self {
        let factor = |f: &'a alerts::Factor| FactorView { name: &f.name, value: &f.value, from: &f.source };
        let observable =
            |o: &'a alerts::Observable| ObservableView { kind: &o.kind, value: &o.value, role: &o.role };
        Self {
            id: &alert.id,
            alert_type: &alert.alert_type,
            score: &alert.score,
            factors: alert.factors.iter().map(factor).collect(),
            time: alert.time,
            received_at: alert.received_at,
            source_system: &alert.source_system,
            vendor: &alert.vendor,
            product: &alert.product,
            vendor_id: alert.vendor_id.as_deref(),
            severity: alert.severity.as_deref(),
            action: action(alert.action),
            message: &alert.message,
            techniques: &alert.techniques,
            tactics: &alert.tactics,
            observables: alert.observables.iter().map(observable).collect(),
            process: alert.process.as_deref(),
            cluster: alert.cluster.as_deref(),
            suppressed: alert.suppressed.as_deref(),
            assumed: &alert.assumed,
            duplicates: alert.duplicates,
            configuration: alert.configuration,
            file: &alert.origin.source,
            line: alert.origin.line,
        }
    }
}

/// The category's name in configurations and answers.
#[must_use]
pub fn action(action: Action) -> &'static str {
    match action {
        Action::Actioned => "actioned",
        Action::Unactioned => "unactioned",
        Action::Unknown => "unknown",
    }
}

/// `4 x 1 x 1.4 x 1 x 3 = 16.8`; a suppressed one says so.
#[must_use]
pub fn product(alert: &alerts::Alert) -> String {
    let factors: Vec<&str> = alert.factors.iter().map(|factor| factor.value.as_str()).collect();
    let factors = factors.join(" x ");
    match &alert.suppressed {
        Some(reason) => format!("{factors}, suppressed to {}: {reason}", alert.score),
        None => format!("{factors} = {}", alert.score),
    }
}

/// The record that an alert was read from: `file:line`.
#[must_use]
pub fn record(alert: &alerts::Alert) -> String {
    format!("{}:{}", alert.origin.source, alert.origin.line)
}

/// What the alert names of a kind, each once.
pub fn values<'a>(alert: &'a alerts::Alert, kind: &str) -> Vec<&'a str> {
    alert.observables.iter().filter(|o| o.kind == kind).map(|o| o.value.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples;

    #[test]
    fn an_alert_has_its_names_and_exact_numbers() {
        let held = samples::held();
        let json = serde_json::to_string(&AlertView::from(&held.alerts[0])).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"id":"A1","type":"Device/New or Unusual Remote Command Execution","score":16.8,"factors":["#,
                r#"{"name":"base","value":4,"from":"darktrace severity 7"},"#,
                r#"{"name":"source","value":1,"from":"sources.darktrace.multiplier"},"#,
                r#"{"name":"action","value":1.4,"from":"sources.darktrace.action.unknown"},"#,
                r#"{"name":"type","value":1,"from":"default"},"#,
                r#"{"name":"tag","value":3,"from":"tags.server:remote access"}],"#,
                r#""time":"2026-03-01T09:00:00.000Z","received_at":"2026-03-01T09:00:01.000Z","#,
                r#""source_system":"darktrace","vendor":"Darktrace","product":"","severity":"7","action":"unknown","#,
                r#""message":"Remote command execution from 10.0.0.23","techniques":["T1021"],"tactics":["TA0008"],"#,
                r#""observables":[{"kind":"host","value":"ws-anna","role":"source"},"#,
                r#"{"kind":"address","value":"10.0.0.23","role":"source"},"#,
                r#"{"kind":"address","value":"10.0.0.5","role":"destination"}],"#,
                r#""cluster":"C1","assumed":[],"duplicates":0,"configuration":2,"file":"alerts.ndjson","line":1}"#
            )
        );
    }

    #[test]
    fn a_product_shows_what_multiplies() {
        let mut alert = samples::held().alerts.remove(0);
        assert_eq!(product(&alert), "4 x 1 x 1.4 x 1 x 3 = 16.8");
        alert.suppressed = Some("our own updater".into());
        alert.score = "0".into();
        assert_eq!(product(&alert), "4 x 1 x 1.4 x 1 x 3, suppressed to 0: our own updater");
    }
}
