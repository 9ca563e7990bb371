//! The SECDO alert (SPEC section 4, SECDO Integrations v1.1): the body that `enrich_with_secdo` takes.
//!
//! Its vendor and product are the product that raised it. Company and key are read by nobody here.

use serde_json::Value;

use super::clock::{Clock, Moment};
use super::draft::Draft;
use super::lookup::text;
use crate::model::{Alert, Role};

const NETWORK: [&str; 3] = ["OutgoingConnectionEvent", "IncomingConnectionEvent", "FailedConnectionEvent"];
const FILE: &str = "SuspiciousFileEvent";

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    let get = |name: &str| text(document, name);
    let kind = get("type").filter(|kind| NETWORK.contains(&kind.as_str()) || kind == FILE)?;
    let mut draft = Draft::new(&get("vendor")?, &get("product").unwrap_or_default());
    draft.kind(&kind);
    draft.id(get("event_id"));
    draft.severity(get("severity"));
    time(get("timestamp"), clock, &mut draft);
    draft.address(get("source_ip"), Role::Source);
    draft.address(get("destination_ip"), Role::Destination);
    draft.ports(get("source_port"), get("destination_port"));
    draft.address(get("agent_ip"), Role::Related);
    draft.file(get("file_path"));
    draft.hash(get("md5"));
    draft.message(Some(said(&kind, &get)));
    Some(draft.finish())
}

fn said(kind: &str, get: &impl Fn(&str) -> Option<String>) -> String {
    let part = |name: &str| get(name).unwrap_or_default();
    if kind == FILE {
        let what = get("file_path").or_else(|| get("md5")).unwrap_or_default();
        return format!("{kind}: {what} on {}", part("agent_ip"));
    }
    format!("{kind}: {} to {} port {}", part("source_ip"), part("destination_ip"), part("destination_port"))
}

/// Milliseconds are documented; what can only be another unit is refused, with a hint (SPEC section 0).
fn time(stamp: Option<String>, clock: &Clock, draft: &mut Draft) {
    let Some(stamp) = stamp else { return };
    let unit = match (stamp.len(), stamp.bytes().all(|b| b.is_ascii_digit())) {
        (11..=14, true) => {
            return draft.at(Moment { millis: stamp.parse().unwrap_or_default(), year_assumed: false });
        }
        (10, true) => "seconds",
        (16, true) => "microseconds",
        (19, true) => "nanoseconds",
        _ => return draft.time(clock, Some(stamp)),
    };
    draft.assumed(format!("timestamp {stamp} is in {unit}: milliseconds are documented, so it is not taken"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };

    fn network() -> Value {
        json!({
            "company": "acme", "apikey": "f00dfeedf00dfeed", "timestamp": "1490209247000",
            "vendor": "Palo Alto Networks", "product": "PAN-OS", "type": "OutgoingConnectionEvent",
            "source_port": "59661", "source_ip": "10.1.1.7", "destination_ip": "192.0.2.9",
            "destination_port": "9000", "severity": "LOW", "event_id": "871151"
        })
    }

    #[test]
    fn a_connection_has_two_ends() {
        let alert = read(&network(), &CLOCK).unwrap();
        assert_eq!((alert.vendor.as_str(), alert.product.as_str()), ("Palo Alto Networks", "PAN-OS"));
        assert_eq!(
            (alert.alert_type.as_str(), alert.id.as_deref()),
            ("OutgoingConnectionEvent", Some("871151"))
        );
        assert_eq!((alert.severity.as_deref(), alert.time), (Some("LOW"), Some(1_490_209_247_000)));
        let ends: Vec<_> = alert.observables.iter().map(|o| (o.value.as_str(), o.role)).collect();
        assert_eq!(ends, [("10.1.1.7", Role::Source), ("192.0.2.9", Role::Destination)]);
        assert_eq!((alert.unmapped.len(), alert.assumed.len()), (0, 0));
    }

    #[test]
    fn the_key_is_nowhere() {
        assert!(!format!("{:?}", read(&network(), &CLOCK)).contains("f00dfeed"));
    }

    #[test]
    fn a_file_is_on_a_machine() {
        let alert = read(
            &json!({"timestamp": 1_490_209_247_000_i64, "vendor": "McAfee", "product": "ePO", "type": "SuspiciousFileEvent",
                "agent_ip": "10.1.1.7", "file_path": r"c:\temp\55\pageant.exe", "md5": "AB".repeat(16), "severity": "HIGH"}),
            &CLOCK,
        )
        .unwrap();
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(values, ["10.1.1.7", &"ab".repeat(16), r"c:\temp\55\pageant.exe"]);
        assert_eq!(alert.time, Some(1_490_209_247_000));
    }

    #[test]
    fn every_documented_severity_is_on_the_scale() {
        for (vendor, product) in [
            ("Palo Alto Networks", "PAN-OS"),
            ("Check Point", "FireWall-1 GX"),
            ("McAfee", "ePO"),
            ("Acme", ""),
        ] {
            for severity in ["LOW", "MEDIUM", "HIGH", "Informational", "Unknown"] {
                let mut body = network();
                (body["vendor"], body["product"], body["severity"]) =
                    (json!(vendor), json!(product), json!(severity));
                assert_eq!(read(&body, &CLOCK).unwrap().unmapped, [], "{vendor} {severity}");
            }
        }
    }

    #[test]
    fn seconds_and_microseconds_are_refused_with_a_hint() {
        for (stamp, unit) in [("1490209247", "seconds"), ("1490209247000000", "microseconds")] {
            let mut body = network();
            body["timestamp"] = json!(stamp);
            let alert = read(&body, &CLOCK).unwrap();
            assert_eq!(alert.time, None);
            assert!(
                alert.assumed.iter().any(|a| a.contains(unit) && a.contains("milliseconds")),
                "{:?}",
                alert.assumed
            );
        }
    }

    #[test]
    fn other_documents_with_a_type_are_none() {
        assert_eq!(read(&json!({"type": "attack", "vendor": "Acme"}), &CLOCK), None);
    }
}
