//! Darktrace: model breaches, incidents of the AI Analyst and system status alerts as JSON, over HTTP or
//! behind a syslog header (Darktrace API guide, `/modelbreaches`, `/aianalyst/incidentevents`,
//! `/summarystatistics`; "System Status Alerts").
//!
//! Scores are shares of 1 or of 100; the severity is that of 10 which syslog and CEF have.

use serde_json::Value;

use super::clock::Clock;
use super::draft::Draft;
use super::lookup::{each, first, has, text, texts};
use crate::model::{Alert, Role};

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    breach(document, clock).or_else(|| incident(document, clock)).or_else(|| status(document, clock))
}

fn breach(document: &Value, clock: &Clock) -> Option<Alert> {
    let get = |paths: &[&str]| first(document, paths);
    let id = get(&["pbid"])?;
    let mut draft = Draft::new("Darktrace", "");
    draft.kind(get(&["model.name", "model.now.name", "model.then.name"])?);
    draft.id(Some(id));
    draft.severity(get(&["score"]).and_then(|score| tenths(&score, 1.0)));
    draft.message(get(&["model.description", "model.now.description", "model.then.description"]));
    draft.time(clock, get(&["time", "creationTime"]));
    draft.host(get(&["device.hostname"]), Role::Source);
    draft.address(get(&["device.ip", "device.ips.ip"]), Role::Source);
    for user in texts(document, "device.credentials.credential")
        .into_iter()
        .chain(texts(document, "device.credentials"))
    {
        draft.user(Some(user), Role::Related);
    }
    for filter in each(document, "triggeredComponents.triggeredFilters") {
        let value = text(filter, "trigger.value");
        match text(filter, "filterType").unwrap_or_default().to_ascii_lowercase().as_str() {
            "destination ip" => draft.address(value, Role::Destination),
            "source ip" => draft.address(value, Role::Source),
            "destination hostname" | "connection hostname" => draft.domain(value, Role::Destination),
            _ => {}
        }
    }
    for id in texts(document, "mitreTechniques.techniqueID") {
        draft.techniques(&id);
    }
    tactics(document, &mut draft);
    Some(draft.finish())
}

fn incident(document: &Value, clock: &Clock) -> Option<Alert> {
    let get = |paths: &[&str]| first(document, paths);
    let score = get(&["aiaScore"])?;
    let mut draft = Draft::new("Darktrace", "");
    draft.kind(get(&["title"])?);
    draft.id(get(&["id"]));
    draft.severity(tenths(&score, 100.0));
    draft.message(get(&["summary"]));
    draft.time(clock, get(&["createdAt", "created"]));
    for device in each(document, "breachDevices") {
        draft.host(first(device, &["hostname", "identifier"]), Role::Source);
        draft.address(text(device, "ip"), Role::Source);
    }
    tactics(document, &mut draft);
    Some(draft.finish())
}

/// What the appliance says of itself is an alert of that appliance.
fn status(document: &Value, clock: &Clock) -> Option<Alert> {
    let get = |path: &str| text(document, path);
    let kind = get("alert_name")?;
    if !has(document, "priority_level") && !has(document, "acknowledge_timeout") {
        return None;
    }
    // One that is over is news.
    if get("status").is_some_and(|status| status.eq_ignore_ascii_case("resolved")) {
        return None;
    }
    let mut draft = Draft::new("Darktrace", "");
    draft.kind(kind);
    draft.id(get("uuid"));
    draft.severity(get("priority_level"));
    draft.message(get("message"));
    draft.time(clock, get("last_updated"));
    draft.host(get("hostname"), Role::Related);
    draft.address(get("ip_address"), Role::Related);
    Some(draft.finish())
}

fn tactics(document: &Value, draft: &mut Draft) {
    for tactic in
        texts(document, "mitreTactics").into_iter().chain(texts(document, "mitreTechniquesTactics.tactics"))
    {
        draft.tactic(&tactic);
    }
}

/// A score of so many as one of ten, with one decimal.
fn tenths(score: &str, most: f64) -> Option<String> {
    let score: f64 = score.parse().ok().filter(|score: &f64| score.is_finite())?;
    let text = format!("{:.1}", score / most * 10.0);
    Some(text.trim_end_matches(".0").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };

    #[test]
    fn a_model_breach_has_its_score_of_ten() {
        let alert = read(
            &json!({"pbid": 35431, "time": 1_795_316_400_000_i64, "score": 0.7, "model": {"now": {"name": "Device::Sample Model"}},
                "device": {"hostname": "ws7.corp.example", "ip": "10.1.1.7"},
                "triggeredComponents": [{"triggeredFilters": [{"filterType": "Destination IP", "trigger": {"value": "192.0.2.9"}}]}],
                "mitreTechniques": [{"technique": "x", "techniqueID": "T1021.002"}]}),
            &CLOCK,
        )
        .unwrap();
        assert_eq!(
            (alert.alert_type.as_str(), alert.severity.as_deref()),
            ("Device::Sample Model", Some("7"))
        );
        assert_eq!((alert.id.as_deref(), alert.time), (Some("35431"), Some(1_795_316_400_000)));
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!((values, alert.techniques.len()), (vec!["ws7.corp.example", "10.1.1.7", "192.0.2.9"], 1));
    }

    #[test]
    fn an_incident_and_a_status_alert_are_read() {
        let incident = json!({"aiaScore": 64.5, "title": "Unusual Uploads", "id": "i-1", "createdAt": 1_795_316_400_000_i64,
            "breachDevices": [{"hostname": "WS7", "ip": "10.1.1.7"}], "mitreTactics": ["exfiltration"]});
        let alert = read(&incident, &CLOCK).unwrap();
        assert_eq!(
            (alert.severity.as_deref(), alert.tactics.as_slice()),
            (Some("6.5"), ["TA0010".to_owned()].as_slice())
        );
        let mut status = json!({"alert_name": "Probe Unreachable", "priority": 53, "priority_level": "medium", "status": "Active",
            "hostname": "probe-1", "ip_address": "10.1.1.9", "uuid": "u-1", "last_updated": 1_795_316_400.5});
        let alert = read(&status, &CLOCK).unwrap();
        assert_eq!((alert.severity.as_deref(), alert.time), (Some("medium"), Some(1_795_316_400_500)));
        status["status"] = json!("Resolved");
        assert!(read(&status, &CLOCK).is_none());
    }

    #[test]
    fn an_audit_line_is_no_alert() {
        assert!(read(&json!({"username": "a", "method": "POST", "endpoint": "/login", "description": "Failed login"}), &CLOCK).is_none());
    }
}
