//! CrowdStrike Falcon: detections of Event Streams (`DetectionSummaryEvent` and its kin) and of the Alerts
//! API (Falcon documentation, "Event Streams", "Alerts APIs").

use serde_json::Value;

use super::clock::Clock;
use super::draft::Draft;
use super::lookup::{first, has, text, texts};
use crate::model::{Alert, Role};
use crate::text::path;

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    let streamed =
        text(document, "metadata.eventType").is_some_and(|kind| kind.ends_with("DetectionSummaryEvent"));
    let is_alert = has(document, "composite_id") && has(document, "severity");
    let detection = if streamed { document.get("event")? } else { document };
    if !streamed && !is_alert {
        return None;
    }
    let get = |paths: &[&str]| first(detection, paths);
    let mut draft = Draft::new("CrowdStrike", "Falcon");
    draft.kind(get(&["DetectName", "Name", "display_name", "name"])?);
    draft.id(get(&["DetectId", "CompositeId", "composite_id"]));
    draft.message(get(&["DetectDescription", "Description", "description"]));
    // Older streams count from 1 to 5: the name says which was meant.
    draft.severity(get(&["SeverityName", "severity_name", "Severity", "severity"]));
    draft.action(get(&["PatternDispositionDescription", "pattern_disposition_description"]));
    draft.time(clock, get(&["timestamp", "created_timestamp"]));
    draft.time(clock, first(document, &["metadata.eventCreationTime"]));
    draft.host(get(&["ComputerName", "Hostname", "hostname", "device.hostname"]), Role::Related);
    draft.address(get(&["LocalIP", "LocalIPv4", "local_ip", "device.local_ip"]), Role::Related);
    let (name, domain) =
        (get(&["UserName", "user_name"]), get(&["MachineDomain", "LogonDomain", "logon_domain"]));
    let user = match (name, domain) {
        (Some(name), Some(domain)) if !name.contains(['\\', '@']) => Some(format!("{domain}\\{name}")),
        (name, _) => name,
    };
    draft.user(user, Role::Related);
    for member in ["SHA256String", "SHA1String", "MD5String", "sha256", "sha1", "md5"] {
        draft.hash(get(&[member]));
    }
    let image = image(get(&["FilePath", "filepath"]), get(&["FileName", "filename"]));
    draft.file(image.as_deref());
    draft.process(None, get(&["ProcessId", "process_id"]).filter(|pid| pid.len() <= 10), image);
    for id in ["MitreAttack.TechniqueID", "technique_id", "mitre_attack.technique_id"] {
        texts(detection, id).iter().for_each(|id| draft.techniques(id));
    }
    for tactic in ["MitreAttack.TacticID", "tactic_id", "mitre_attack.tactic_id", "Tactic", "tactic"] {
        texts(detection, tactic).iter().for_each(|tactic| draft.tactic(tactic));
    }
    Some(draft.finish())
}

/// The stream has the directory in `FilePath`, the API the whole path.
fn image(directory: Option<String>, name: Option<String>) -> Option<String> {
    match (directory, name) {
        (Some(whole), Some(name)) if path::file_name(&whole).eq_ignore_ascii_case(&name) => Some(whole),
        (Some(directory), Some(name)) => {
            let separator = if directory.contains('/') { '/' } else { '\\' };
            Some(format!("{}{separator}{name}", directory.trim_end_matches(separator)))
        }
        (whole, name) => whole.or(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };

    #[test]
    fn a_streamed_detection_and_an_alert_are_read() {
        let streamed = json!({"metadata": {"eventType": "EppDetectionSummaryEvent", "eventCreationTime": 1_795_316_400_000_i64},
            "event": {"DetectName": "Sample", "DetectId": "ldt:1:2", "Severity": 4, "SeverityName": "High", "ComputerName": "WS7", "UserName": "anna",
                "MachineDomain": "CORP", "LocalIP": "10.1.1.7", "FileName": "p.exe", "FilePath": r"\Device\HarddiskVolume2\Users\anna",
                "SHA256String": "ab".repeat(32), "Tactic": "Credential Access", "PatternDispositionDescription": "Prevention, process killed."}});
        let api = json!({"composite_id": "ldt:1:2", "severity": 70, "severity_name": "High", "display_name": "Sample", "timestamp": "2026-11-22T03:00:00Z",
            "device": {"hostname": "WS7", "local_ip": "10.1.1.7"}, "user_name": "anna", "logon_domain": "CORP", "filename": "p.exe",
            "filepath": r"\Device\HarddiskVolume2\Users\anna\p.exe", "sha256": "ab".repeat(32), "tactic_id": "TA0006", "technique_id": "T1003",
            "pattern_disposition_description": "Detection, standard detection."});
        let values = |alert: &Alert| alert.observables.iter().map(|o| o.value.clone()).collect::<Vec<_>>();
        let (streamed, api) = (read(&streamed, &CLOCK).unwrap(), read(&api, &CLOCK).unwrap());
        assert_eq!(
            values(&streamed),
            ["ws7", r"corp\anna", "10.1.1.7", &"ab".repeat(32), r"c:\users\anna\p.exe"]
        );
        assert_eq!(values(&streamed), values(&api));
        assert_eq!((&streamed.id, streamed.time, &streamed.severity), (&api.id, api.time, &api.severity));
        assert_eq!((streamed.action.as_str(), api.action.as_str()), ("actioned", "unactioned"));
        assert_eq!((streamed.tactics, api.techniques), (vec!["TA0006".to_owned()], vec!["T1003".to_owned()]));
    }

    #[test]
    fn an_audit_event_is_none() {
        assert!(
            read(
                &json!({"metadata": {"eventType": "AuthActivityAuditEvent"}, "event": {"UserId": "a"}}),
                &CLOCK
            )
            .is_none()
        );
    }
}
