//! Vectra: detections, campaigns and risen scores of hosts and accounts, in CEF and as JSON (Vectra,
//! "Syslog guide: CEF and JSON formats").
//!
//! A score change repeats its detections as one number: one that rises is an alert, one that falls is
//! news. Lockdowns are what somebody did; audit and health are told by their names.

use serde_json::Value;

use super::cef::Cef;
use super::clock::Clock;
use super::draft::Draft;
use super::lookup::{first, is, text};
use crate::model::{Alert, Role};

pub fn hook(cef: &mut Cef<'_>, draft: &mut Draft) -> bool {
    let pairs = &cef.pairs;
    let falls = pairs.iter().any(|(key, label)| {
        label == "scoreDecreases"
            && key
                .strip_suffix("Label")
                .and_then(|key| pairs.get(key))
                .is_some_and(|v| v.eq_ignore_ascii_case("true"))
    });
    match cef.signature.as_ref() {
        "lockdown" | "audit" | "health" => return false,
        // The id is the host's or the account's, and comes again with every change.
        "hsc" | "asc" => cef.pairs.remove("externalId"),
        _ => {}
    }
    draft.user(cef.pairs.get("account"), Role::Source);
    draft.tactic(cef.pairs.get("cat").unwrap_or_default());
    !falls
}

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    let get = |paths: &[&str]| first(document, paths);
    get(&["headend_addr"])?;
    let group = get(&["category"]).unwrap_or_default().trim().to_ascii_uppercase();
    let is_score = group == "HOST SCORING" || group == "ACCOUNT SCORING";
    let kind = match get(&["d_type_vname", "campaign_name"]) {
        Some(kind) => kind,
        None if is_score && !is(document, "score_decreases", "true") => {
            if group.starts_with("HOST") {
                "Host Score Change".to_owned()
            } else {
                "Account Score Change".to_owned()
            }
        }
        None => return None,
    };
    let mut draft = Draft::new("Vectra Networks", "X Series");
    draft.kind(kind);
    draft.id(get(&["detection_id", "campaign_id"]));
    draft.severity(get(&["severity"]).or_else(|| quadrant(document)));
    draft.message(get(&["reason", "href", "campaign_link"]));
    draft.time(clock, get(&["vectra_timestamp", "timestamp"]));
    draft.host(get(&["host_name", "src_name"]), Role::Source);
    draft.address(get(&["host_ip", "src_ip"]), Role::Source);
    draft.user(get(&["account_uid"]), Role::Source);
    draft.address(get(&["dd_dst_ip", "dest_ip"]), Role::Destination);
    draft.host(get(&["dd_dst_dns", "dest_name"]), Role::Destination);
    draft.tactic(&group);
    Some(draft.finish())
}

/// Vectra's own four fields of the plane of threat and certainty.
fn quadrant(document: &Value) -> Option<String> {
    let number = |path: &str| text(document, path).and_then(|n| n.parse::<f64>().ok());
    let quadrant = match (number("threat")? >= 50.0, number("certainty")? >= 50.0) {
        (true, true) => "critical",
        (true, false) => "high",
        (false, true) => "medium",
        (false, false) => "low",
    };
    Some(quadrant.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };

    #[test]
    fn a_detection_is_read_in_both_formats() {
        let cef = "vectra_cef -: CEF:0|Vectra Networks|X Series|5.8|sample|Sample Brute-Force|7|externalId=11 cat=LATERAL MOVEMENT dvc=10.1.1.2 \
                   dvchost=brain shost=WS7 src=10.1.1.7 dst=10.1.1.5 end=1795316400";
        let alert = super::super::cef::read(cef, &CLOCK).unwrap();
        let json = json!({"d_type_vname": "Sample Brute-Force", "severity": 7, "detection_id": 11, "category": "LATERAL MOVEMENT", "headend_addr": "10.1.1.2",
            "host_name": "WS7", "host_ip": "10.1.1.7", "dd_dst_ip": "10.1.1.5", "vectra_timestamp": "1795316400", "threat": 70, "certainty": 95});
        let same = read(&json, &CLOCK).unwrap();
        assert_eq!(
            (&alert.vendor, &alert.product, &alert.alert_type),
            (&same.vendor, &same.product, &same.alert_type)
        );
        assert_eq!((&alert.severity, &alert.id, alert.time), (&same.severity, &same.id, same.time));
        assert_eq!((&alert.observables, &alert.tactics), (&same.observables, &same.tactics));
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(
            (values, alert.tactics.as_slice()),
            (vec!["ws7", "10.1.1.5", "10.1.1.7"], ["TA0008".to_owned()].as_slice())
        );
    }

    #[test]
    fn a_score_that_rises_is_an_alert_without_an_id() {
        let mut score = json!({"category": "HOST SCORING", "headend_addr": "10.1.1.2", "host_id": 7, "host_name": "WS7", "threat": 22, "certainty": 51, "score_decreases": false});
        let alert = read(&score, &CLOCK).unwrap();
        assert_eq!(
            (alert.alert_type.as_str(), alert.severity.as_deref(), alert.id),
            ("Host Score Change", Some("medium"), None)
        );
        score["score_decreases"] = json!(true);
        assert!(read(&score, &CLOCK).is_none());
        let cef = |falls: &str| {
            super::super::cef::read(
                &format!(
                    "CEF:0|Vectra Networks|X Series|5|hsc|Host Score Change|3|externalId=7 shost=WS7 cs3Label=scoreDecreases cs3={falls}"
                ),
                &CLOCK,
            )
        };
        assert!(cef("False").unwrap().id.is_none() && cef("True").is_none());
    }

    #[test]
    fn audit_health_and_lockdowns_are_no_alerts() {
        for document in [
            json!({"headend_addr": "10.1.1.2", "role": "admin", "user": "a", "message": "login", "result": "ok"}),
            json!({"headend_addr": "10.1.1.2", "category": "HOST_LOCKDOWN", "action": "lock", "host_name": "WS7"}),
        ] {
            assert!(read(&document, &CLOCK).is_none(), "{document}");
        }
        assert!(
            super::super::cef::read(
                "CEF:0|Vectra Networks|X Series|5|lockdown|Account Lockdown|3|suser=a",
                &CLOCK
            )
            .is_none()
        );
    }
}
