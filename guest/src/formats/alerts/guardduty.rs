//! AWS GuardDuty findings, bare or in an EventBridge event (Amazon GuardDuty User Guide, "Finding format").
//!
//! A sample finding describes nothing that happened and is no alert. A finding's type begins with its
//! purpose, which may be a tactic; attack sequences name techniques in their description.

use serde_json::Value;

use super::clock::Clock;
use super::draft::Draft;
use super::lookup::{first, is, text, texts};
use super::suricata::addresses;
use crate::model::{ActionCategory, Alert, ObservableKind, Role};

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    let is_event = is(document, "detail-type", "GuardDuty Finding");
    let finding = if is_event { document.get("detail")? } else { document };
    if !is_event && !is(finding, "service.serviceName", "guardduty") {
        return None;
    }
    if is(finding, "service.additionalInfo.sample", "true") {
        return None;
    }
    let get = |paths: &[&str]| first(finding, paths);
    let kind = get(&["type"])?;
    let mut draft = Draft::new("AWS", "GuardDuty");
    draft.id(get(&["id"]));
    draft.severity(get(&["severity"]));
    draft.message(get(&["title", "description"]));
    for path in ["service.eventLastSeen", "updatedAt", "createdAt"] {
        draft.time(clock, text(finding, path).map(|time| utc(&time)));
    }
    if is(finding, "service.action.networkConnectionAction.blocked", "true") {
        draft.acted(ActionCategory::Actioned);
    }
    entities(finding, &mut draft);
    draft.tactic(kind.split(':').next().unwrap_or_default());
    let described = get(&["description"]).unwrap_or_default();
    draft.techniques(&described);
    let listed = described
        .split_once("tactics observed:")
        .map_or("", |(_, rest)| rest.lines().next().unwrap_or_default());
    listed.split(',').for_each(|tactic| draft.tactic(tactic.trim()));
    for indicator in texts(finding, "service.detection.sequence.sequenceIndicators.values") {
        draft.techniques(&indicator);
        draft.tactic(&indicator);
    }
    // A sequence's description says what its fields do not.
    if !draft.has(ObservableKind::Address) {
        addresses(&described).into_iter().for_each(|found| draft.address(Some(found), Role::Related));
    }
    draft.kind(kind);
    Some(draft.finish())
}

fn entities(finding: &Value, draft: &mut Draft) {
    let all = |path: &str| texts(finding, path);
    let instance = "resource.instanceDetails";
    draft.host(text(finding, &format!("{instance}.instanceId")), Role::Related);
    for path in ["privateIpAddress", "publicIp"] {
        for address in all(&format!("{instance}.networkInterfaces.{path}")) {
            draft.address(Some(address), Role::Related);
        }
    }
    let inbound = is(finding, "service.action.networkConnectionAction.connectionDirection", "INBOUND");
    let remote = if inbound { Role::Source } else { Role::Destination };
    for (action, role) in [
        ("networkConnectionAction", remote),
        ("awsApiCallAction", Role::Source),
        ("kubernetesApiCallAction", Role::Source),
        ("rdsLoginAttemptAction", Role::Source),
        ("portProbeAction.portProbeDetails", Role::Source),
    ] {
        for address in all(&format!("service.action.{action}.remoteIpDetails.ipAddressV4")) {
            draft.address(Some(address), role);
        }
    }
    for address in all("service.detection.sequence.endpoints.ip") {
        draft.address(Some(address), Role::Source);
    }
    draft.domain(text(finding, "service.action.dnsRequestAction.domain"), Role::Destination);
    // Callers that are services of AWS are no one's domain.
    let caller = text(finding, "service.action.awsApiCallAction.domainDetails.domain");
    draft.domain(caller.filter(|domain| !domain.ends_with(".amazonaws.com")), Role::Source);
    for path in ["resource.accessKeyDetails.userName", "service.detection.sequence.actors.user.name"] {
        for user in all(path) {
            draft.user(Some(user), Role::Related);
        }
    }
    for path in [
        "service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.hash",
        "service.runtimeDetails.process.executableSha256",
    ] {
        for hash in all(path) {
            draft.hash(Some(hash));
        }
    }
    let process = "service.runtimeDetails.process";
    let image = text(finding, &format!("{process}.executablePath"));
    draft.file(image.as_deref());
    draft.process(text(finding, &format!("{process}.uuid")), text(finding, &format!("{process}.pid")), image);
}

/// AWS's times are UTC, also where an archive has dropped the zone.
fn utc(time: &str) -> String {
    if time.contains(' ') && !time.ends_with('Z') { format!("{time}Z") } else { time.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 600, received_at: None };

    fn finding() -> Value {
        json!({
            "type": "CredentialAccess:IAMUser/AnomalousBehavior", "id": "f-1", "severity": 5.5, "title": "Sample title",
            "description": "Two techniques: T1110 and T1078.004.", "updatedAt": "2026-11-22 03:00:00.000000000",
            "resource": {"accessKeyDetails": {"userName": "anna"}},
            "service": {"serviceName": "guardduty", "additionalInfo": {},
                "action": {"awsApiCallAction": {"remoteIpDetails": {"ipAddressV4": "192.0.2.7"}, "domainDetails": {"domain": "iam.amazonaws.com"}}}}
        })
    }

    #[test]
    fn a_finding_is_read_also_in_an_event() {
        let alert = read(&finding(), &CLOCK).unwrap();
        assert_eq!((alert.vendor.as_str(), alert.product.as_str()), ("AWS", "GuardDuty"));
        assert_eq!(
            (alert.alert_type.as_str(), alert.severity.as_deref()),
            ("CredentialAccess:IAMUser/AnomalousBehavior", Some("5.5"))
        );
        assert_eq!(alert.time, Some(1_795_316_400_000), "its times are UTC");
        assert_eq!((alert.techniques.len(), alert.tactics.as_slice()), (2, ["TA0006".to_owned()].as_slice()));
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(values, ["anna", "192.0.2.7"]);
        assert_eq!(
            read(&json!({"detail-type": "GuardDuty Finding", "detail": finding()}), &CLOCK),
            Some(alert)
        );
    }

    #[test]
    fn a_sample_is_no_alert() {
        let mut sample = finding();
        sample["service"]["additionalInfo"]["sample"] = json!(true);
        assert!(read(&sample, &CLOCK).is_none());
    }
}
