//! OCSF: Detection Finding (class 2004), Security Finding (2001), and any class that says `is_alert`
//! (Open Cybersecurity Schema Framework, versions 1.0 to 1.5).

use serde_json::Value;

use super::clock::Clock;
use super::draft::Draft;
use super::lookup::{each, first, is, text, texts};
use crate::model::{ActionCategory, Alert, Role};

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    let get = |paths: &[&str]| first(document, paths);
    let class = get(&["class_uid"])?;
    let is_finding = class == "2004" || class == "2001";
    if !is_finding && !is(document, "is_alert", "true") {
        return None;
    }
    // The third activity of a finding is that somebody closed it.
    if is_finding && is(document, "activity_id", "3") {
        return None;
    }
    let vendor = get(&["metadata.product.vendor_name"]);
    let product = get(&["metadata.product.name"]).unwrap_or_default();
    let mut draft = match &vendor {
        Some(vendor) => Draft::new(vendor, &product),
        None if product.is_empty() => Draft::new("OCSF", ""),
        None => Draft::new(&product, ""),
    };
    if vendor.is_none() {
        draft.assumed("no metadata.product.vendor_name: the product names the source".to_owned());
    }
    draft.kind(
        get(&["finding_info.title", "finding.title", "finding_info.analytic.name", "class_name"])
            .unwrap_or_default(),
    );
    draft.id(get(&["finding_info.uid", "finding.uid", "metadata.uid"]));
    draft.message(get(&["message", "finding_info.desc", "finding.desc"]));
    draft.severity(severity(document));
    action(document, &mut draft);
    for path in ["time", "time_dt", "finding_info.first_seen_time", "finding_info.created_time"] {
        draft.time(clock, text(document, path));
    }
    for place in ["", "evidences."] {
        entities(document, place, &mut draft);
    }
    observables(document, &mut draft);
    for attacks in ["finding_info.attacks", "attacks", "finding.attacks"] {
        for path in ["technique.uid", "sub_technique.uid"] {
            texts(document, &format!("{attacks}.{path}")).iter().for_each(|id| draft.techniques(id));
        }
        for path in ["tactic.uid", "tactics.uid", "tactic.name", "tactics.name"] {
            texts(document, &format!("{attacks}.{path}")).iter().for_each(|id| draft.tactic(id));
        }
    }
    Some(draft.finish())
}

/// The caption; of the id where there is none. 99 is a caption of the source's own.
fn severity(document: &Value) -> Option<String> {
    let captions = ["Unknown", "Informational", "Low", "Medium", "High", "Critical", "Fatal"];
    let id = text(document, "severity_id");
    let number = id.as_deref().and_then(|id| id.parse::<usize>().ok());
    let caption = number.and_then(|number| captions.get(number));
    caption.map(|caption| (*caption).to_owned()).or_else(|| text(document, "severity")).or(id)
}

/// SPEC section 2: the disposition, then the action.
fn action(document: &Value, draft: &mut Draft) {
    use ActionCategory::{Actioned, Unactioned, Unknown};
    let number = |path: &str| text(document, path).and_then(|id| id.parse::<u32>().ok());
    let by_disposition = match number("disposition_id") {
        // Blocked, Quarantined, Isolated, Deleted, Dropped, Corrected, Reset, Access Revoked, Rejected,
        // Unauthorized.
        Some(2..=6 | 11 | 21 | 24..=26) => Actioned,
        // Allowed, Approved, Restored, Exonerated, Partially Corrected, Uncorrected, Delayed, Detected, No
        // Action, Logged, Tagged, Alert, Count.
        Some(1 | 8..=10 | 12..=20) => Unactioned,
        _ => Unknown,
    };
    let by_action = match number("action_id") {
        Some(2) => Actioned,
        Some(1 | 3) => Unactioned,
        _ => Unknown,
    };
    for category in [by_disposition, by_action] {
        draft.acted(if is(document, "status_id", "2") && category == Actioned {
            Unactioned
        } else {
            category
        });
    }
}

fn entities(document: &Value, place: &str, draft: &mut Draft) {
    let get = |path: &str| text(document, &format!("{place}{path}"));
    for (end, role) in
        [("device", Role::Related), ("src_endpoint", Role::Source), ("dst_endpoint", Role::Destination)]
    {
        for member in ["hostname", "name"] {
            draft.host(get(&format!("{end}.{member}")), role);
        }
        draft.address(get(&format!("{end}.ip")), role);
        draft.domain(get(&format!("{end}.domain")).filter(|_| role == Role::Destination), role);
    }
    draft.ports(get("src_endpoint.port"), get("dst_endpoint.port"));
    for path in ["connection_info.protocol_num", "connection_info.protocol_name"] {
        draft.transport(get(path));
    }
    for user in ["actor.user", "user", "actor.process.user", "process.user"] {
        let sid = get(&format!("{user}.uid")).filter(|uid| uid.starts_with("S-1-"));
        let named = get(&format!("{user}.name")).map(|name| match get(&format!("{user}.domain")) {
            Some(domain) if !name.contains(['\\', '@']) => format!("{domain}\\{name}"),
            _ => name,
        });
        draft.user(sid.or(named), Role::Related);
        draft.email(get(&format!("{user}.email_addr")), Role::Related);
    }
    for path in ["url.url_string", "url.text"] {
        draft.url(get(path), Role::Destination);
    }
    draft.domain(get("url.hostname"), Role::Destination);
    draft.domain(get("query.hostname"), Role::Destination);
    draft.email(get("email.from"), Role::Source);
    texts(document, &format!("{place}email.to"))
        .into_iter()
        .for_each(|to| draft.email(Some(to), Role::Destination));
    for file in ["file", "process.file", "actor.process.file", "malware.files"] {
        draft.file(get(&format!("{file}.path")));
        for hash in texts(document, &format!("{place}{file}.hashes.value")) {
            draft.hash(Some(hash));
        }
    }
    for process in ["process", "actor.process"] {
        let member = |name: &str| get(&format!("{process}.{name}"));
        draft.process(member("uid"), member("pid"), member("file.path").or_else(|| member("name")));
    }
}

/// What the source itself lists, by the type ids of the object Observable.
fn observables(document: &Value, draft: &mut Draft) {
    for observable in each(document, "observables") {
        let value = text(observable, "value");
        match text(observable, "type_id").and_then(|id| id.parse().ok()) {
            Some(1) => draft.host(value, Role::Related),
            Some(2) => draft.address(value, Role::Related),
            Some(4) => draft.user(value, Role::Related),
            Some(5) => draft.email(value, Role::Related),
            Some(6) => draft.url(value, Role::Related),
            Some(8) => draft.hash(value),
            Some(45) => draft.file(value),
            Some(_) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };

    fn finding() -> Value {
        json!({
            "class_uid": 2004, "activity_id": 1, "time": 1_772_359_200_000_i64, "severity_id": 4, "disposition_id": 2,
            "metadata": {"product": {"vendor_name": "Acme", "name": "Sensor"}, "version": "1.3.0"},
            "finding_info": {"title": "Credential dumping", "uid": "f-1",
                "attacks": [{"technique": {"uid": "T1003"}, "sub_technique": {"uid": "T1003.001"}, "tactic": {"uid": "TA0006"}}]},
            "device": {"hostname": "WS7", "ip": "10.1.1.7"},
            "actor": {"user": {"name": "anna", "domain": "CORP"}, "process": {"pid": 7, "uid": "p-1",
                "file": {"path": r"C:\Tools\p.exe", "hashes": [{"algorithm_id": 3, "value": "ab".repeat(32)}]}}},
            "observables": [{"type_id": 2, "value": "192.0.2.7"}]
        })
    }

    #[test]
    fn a_finding_is_read() {
        let alert = read(&finding(), &CLOCK).unwrap();
        assert_eq!((alert.vendor.as_str(), alert.product.as_str()), ("Acme", "Sensor"));
        assert_eq!(
            (alert.alert_type.as_str(), alert.severity.as_deref()),
            ("Credential dumping", Some("High"))
        );
        assert_eq!((alert.action.as_str(), alert.time), ("actioned", Some(1_772_359_200_000)));
        assert_eq!((alert.techniques.len(), alert.tactics.as_slice()), (2, ["TA0006".to_owned()].as_slice()));
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(
            values,
            ["ws7", r"corp\anna", "10.1.1.7", "192.0.2.7", &"ab".repeat(32), r"c:\tools\p.exe"]
        );
        let process = alert.process.unwrap();
        assert_eq!((process.entity.as_deref(), process.pid), (Some("p-1"), Some(7)));
    }

    #[test]
    fn the_disposition_counts_before_the_action() {
        for (disposition, action, is) in [
            (2, 1, "actioned"),
            (15, 2, "unactioned"),
            (0, 2, "actioned"),
            (99, 3, "unactioned"),
            (99, 0, "unknown"),
        ] {
            let mut finding = finding();
            (finding["disposition_id"], finding["action_id"]) = (json!(disposition), json!(action));
            assert_eq!(read(&finding, &CLOCK).unwrap().action.as_str(), is, "{disposition} {action}");
        }
    }

    #[test]
    fn every_severity_id_has_a_caption_that_is_on_a_scale() {
        for id in (0..=6).chain([99]) {
            let mut finding = finding();
            finding["severity_id"] = json!(id);
            finding["severity"] = json!("Other");
            assert_eq!(read(&finding, &CLOCK).unwrap().unmapped, [], "{id}");
        }
    }

    #[test]
    fn an_activity_is_an_alert_only_if_it_says_so() {
        let mut activity = finding();
        activity["class_uid"] = json!(1007);
        assert!(read(&activity, &CLOCK).is_none());
        activity["is_alert"] = json!(true);
        assert!(read(&activity, &CLOCK).is_some());
        let mut closed = finding();
        closed["activity_id"] = json!(3);
        assert!(read(&closed, &CLOCK).is_none());
    }
}
