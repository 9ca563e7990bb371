//! Thinkst Canary's webhook (docs.canary.tools, "Generic Webhook events"). Canary has no severities: nobody
//! has business with one.
//!
//! The canary's name and address are where it happened; the source is who touched it.

use serde_json::Value;

use super::clock::Clock;
use super::draft::Draft;
use super::lookup::{first, has, is};
use crate::model::{Alert, Role};

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    let get = |paths: &[&str]| first(document, paths);
    if !has(document, "CanaryID") && !has(document, "Token") && !has(document, "CanaryName") {
        return None;
    }
    let kind = get(&["Description"])?;
    // The console also posts its audit trail and news of the devices there.
    let is_incident = !has(document, "AlertType")
        || ["CanaryIncident", "CanarytokenIncident"].iter().any(|t| is(document, "AlertType", t));
    if !is_incident || (!has(document, "SourceIP") && !has(document, "IncidentHash")) {
        return None;
    }
    let mut draft = Draft::new("Thinkst", "Canary");
    draft.kind(kind);
    draft.id(get(&["IncidentHash", "IncidentKey"]));
    draft.message(get(&["Intro", "Memo", "Reminder"]));
    draft.time(clock, get(&["Timestamp"]));
    draft.address(get(&["SourceIP"]), Role::Source);
    draft.host(get(&["ReverseDNS"]), Role::Source);
    draft.address(get(&["CanaryIP"]), Role::Destination);
    draft.host(get(&["CanaryName"]), Role::Destination);
    details(document, &mut draft);
    Some(draft.finish())
}

/// Pairs of a name and a value, by the kind of incident.
fn details(document: &Value, draft: &mut Draft) {
    for detail in document.get("AdditionalDetails").and_then(Value::as_array).into_iter().flatten() {
        let (Some(name), Some(value)) =
            (detail.get(0).and_then(Value::as_str), detail.get(1).and_then(Value::as_str))
        else {
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "user" | "username" => draft.user(Some(value), Role::Related),
            "filename" | "path" => draft.file(Some(value)),
            "hostname" | "client" => draft.host(Some(value), Role::Source),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 600, received_at: None };

    #[test]
    fn an_incident_names_who_touched_the_canary() {
        let mut incident = json!({"Description": "SSH Login Attempt", "Timestamp": "2026-11-22 03:00:00 (UTC)", "CanaryName": "files-2", "CanaryID": "c1",
            "CanaryIP": "10.1.1.9", "SourceIP": "10.1.1.7", "ReverseDNS": "", "IncidentHash": "h1", "AlertType": "CanaryIncident",
            "AdditionalDetails": [["Username", "root"], ["Password", "x"]]});
        let alert = read(&incident, &CLOCK).unwrap();
        assert_eq!((alert.vendor.as_str(), alert.alert_type.as_str()), ("Thinkst", "SSH Login Attempt"));
        assert_eq!((alert.severity.as_deref(), alert.time), (None, Some(1_795_316_400_000)));
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(values, ["files-2", "root", "10.1.1.7", "10.1.1.9"]);
        assert_eq!(alert.unmapped, []);
        incident["AlertType"] = json!("CanarySettingsChanged");
        assert!(read(&incident, &CLOCK).is_none());
    }
}
