//! Microsoft Defender: alerts of the Graph security API, of the Defender for Endpoint API and of the
//! streaming API's `AlertInfo` (Microsoft Learn: resource type `alert`, "Stream Advanced Hunting events").
//!
//! Evidence says what was done about each thing; the alert is actioned if nothing of it is left.

use serde_json::Value;

use super::clock::Clock;
use super::draft::Draft;
use super::lookup::{each, first, has, is, text, texts};
use crate::model::{ActionCategory, Alert, Role};

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    let streamed = is(document, "category", "AdvancedHunting-AlertInfo");
    let alert = if streamed { document.get("properties")? } else { document };
    let is_graph = has(alert, "serviceSource") && has(alert, "detectionSource");
    let is_endpoint = has(alert, "machineId") && has(alert, "detectionSource") && has(alert, "severity");
    if !streamed && !is_graph && !is_endpoint {
        return None;
    }
    let get = |paths: &[&str]| first(alert, paths);
    let service =
        get(&["serviceSource", "ServiceSource"]).unwrap_or_else(|| "Defender for Endpoint".to_owned());
    let mut draft = Draft::new("Microsoft", &product(&service));
    draft.kind(get(&["title", "Title"])?);
    draft.id(get(&["id", "AlertId"]));
    draft.severity(get(&["severity", "Severity"]));
    draft.message(get(&["description", "threatDisplayName", "threatFamilyName"]));
    for path in
        ["firstActivityDateTime", "firstEventTime", "alertCreationTime", "createdDateTime", "Timestamp"]
    {
        draft.time(clock, text(alert, path));
    }
    draft.host(get(&["computerDnsName"]), Role::Related);
    account(alert, "relatedUser", &mut draft);
    let mut statuses = Vec::new();
    for evidence in each(alert, "evidence") {
        entities(evidence, &mut draft);
        statuses.extend(
            first(evidence, &["remediationStatus", "detectionStatus"])
                .filter(|s| !s.eq_ignore_ascii_case("none")),
        );
        statuses.extend(text(evidence, "detectionStatus"));
    }
    let categories: Vec<_> = statuses
        .iter()
        .filter_map(|status| match status.to_ascii_lowercase().as_str() {
            "active" => Some(ActionCategory::Unactioned),
            status => super::action::category(status),
        })
        .collect();
    if categories.contains(&ActionCategory::Actioned)
        && !statuses.iter().any(|s| s.eq_ignore_ascii_case("active"))
    {
        draft.acted(ActionCategory::Actioned);
    } else if !categories.is_empty() {
        draft.acted(ActionCategory::Unactioned);
    }
    for path in ["mitreTechniques", "AttackTechniques"] {
        texts(alert, path).iter().for_each(|techniques| draft.techniques(techniques));
    }
    draft.tactic(&get(&["category", "Category"]).unwrap_or_default());
    Some(draft.finish())
}

fn entities(evidence: &Value, draft: &mut Draft) {
    let get = |path: &str| text(evidence, path);
    for path in ["deviceDnsName", "hostName", "computerDnsName"] {
        draft.host(get(path), Role::Related);
    }
    for path in ["ipAddress", "senderIp", "lastIpAddress"] {
        draft.address(get(path), Role::Related);
    }
    draft.url(get("url"), Role::Related);
    draft.domain(get("domainName").filter(|_| !has(evidence, "accountName")), Role::Related);
    for place in ["userAccount", ""] {
        account(evidence, place, draft);
    }
    for place in ["imageFile.", "fileDetails.", ""] {
        let member = |name: &str| get(&format!("{place}{name}"));
        for hash in ["sha256", "sha1", "md5"] {
            draft.hash(member(hash));
        }
        let path = match (member("filePath"), member("fileName")) {
            (Some(folder), Some(name)) if !folder.to_lowercase().ends_with(&name.to_lowercase()) => {
                let separator = if folder.contains('/') { '/' } else { '\\' };
                Some(format!("{}{separator}{name}", folder.trim_end_matches(separator)))
            }
            (path, name) => path.or(name),
        };
        draft.file(path.as_deref());
        if has(evidence, "processId") {
            draft.process(None, get("processId"), path);
        }
    }
    draft.email(get("p1Sender.emailAddress"), Role::Source);
    draft.email(get("recipientEmailAddress"), Role::Destination);
    draft.email(get("primaryAddress"), Role::Related);
}

fn account(object: &Value, place: &str, draft: &mut Draft) {
    let get = |name: &str| {
        text(object, &if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") })
    };
    let name = get("accountName").or_else(|| get("userName"));
    let named = match (name, get("domainName")) {
        (Some(name), Some(domain)) if !name.contains(['\\', '@']) => Some(format!("{domain}\\{name}")),
        (name, _) => name,
    };
    draft.user(get("userSid").or(named).or_else(|| get("userPrincipalName")), Role::Related);
}

/// `microsoftDefenderForEndpoint` as people write it, without the vendor.
fn product(service: &str) -> String {
    let mut out = String::with_capacity(service.len() + 4);
    for c in service.chars() {
        if c.is_ascii_uppercase()
            && !out.is_empty()
            && !out.ends_with(' ')
            && !out.ends_with(|l: char| l.is_ascii_uppercase())
        {
            out.push(' ');
        }
        out.push(c);
    }
    let words = out.split(' ').map(|word| if word.eq_ignore_ascii_case("for") { "for" } else { word });
    words.skip_while(|word| word.eq_ignore_ascii_case("microsoft")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };

    #[test]
    fn an_alert_of_graph_is_read() {
        let alert = json!({"id": "da1", "title": "Sample", "severity": "high", "category": "CredentialAccess", "serviceSource": "microsoftDefenderForEndpoint",
            "detectionSource": "antivirus", "mitreTechniques": ["T1003.001"], "firstActivityDateTime": "2026-11-22T03:00:00Z",
            "evidence": [
                {"@odata.type": "#microsoft.graph.security.deviceEvidence", "deviceDnsName": "ws7.corp.example", "remediationStatus": "none"},
                {"processId": 7, "imageFile": {"fileName": "p.exe", "filePath": r"C:\Tools", "sha256": "ab".repeat(32)},
                 "userAccount": {"accountName": "anna", "domainName": "CORP"}, "remediationStatus": "prevented"},
                {"ipAddress": "192.0.2.7"}]});
        let alert = read(&alert, &CLOCK).unwrap();
        assert_eq!((alert.vendor.as_str(), alert.product.as_str()), ("Microsoft", "Defender for Endpoint"));
        assert_eq!((alert.action.as_str(), alert.time), ("actioned", Some(1_795_316_400_000)));
        assert_eq!(
            (alert.techniques.as_slice(), alert.tactics.as_slice()),
            (["T1003.001".to_owned()].as_slice(), ["TA0006".to_owned()].as_slice())
        );
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(
            values,
            ["ws7.corp.example", r"corp\anna", "192.0.2.7", &"ab".repeat(32), r"c:\tools\p.exe"]
        );
        assert_eq!(alert.process.unwrap().pid, Some(7));
    }

    #[test]
    fn alerts_of_the_endpoint_and_the_stream_are_read() {
        let endpoint = json!({"id": "da2", "title": "Sample", "severity": "Medium", "category": "Execution", "detectionSource": "WindowsDefenderAv", "machineId": "m",
            "computerDnsName": "ws7", "alertCreationTime": "2026-11-22T03:00:00.1234567Z", "relatedUser": {"userName": "anna", "domainName": "CORP"},
            "evidence": [{"entityType": "File", "fileName": "p.exe", "filePath": r"C:\Tools", "detectionStatus": "Detected"}]});
        let alert = read(&endpoint, &CLOCK).unwrap();
        assert_eq!(
            (alert.action.as_str(), alert.tactics.as_slice()),
            ("unactioned", ["TA0002".to_owned()].as_slice())
        );
        let streamed = json!({"category": "AdvancedHunting-AlertInfo", "properties": {"AlertId": "da3", "Title": "Sample", "Severity": "Low",
            "ServiceSource": "Microsoft Defender for Office 365", "Timestamp": "2026-11-22T03:00:00Z", "AttackTechniques": "[\"Phishing (T1566)\"]", "Category": "InitialAccess"}});
        let alert = read(&streamed, &CLOCK).unwrap();
        assert_eq!(
            (alert.product.as_str(), alert.techniques.as_slice()),
            ("Defender for Office 365", ["T1566".to_owned()].as_slice())
        );
    }

    #[test]
    fn telemetry_of_the_stream_is_none() {
        assert!(
            read(
                &json!({"category": "AdvancedHunting-DeviceProcessEvents", "properties": {"Title": "x"}}),
                &CLOCK
            )
            .is_none()
        );
    }
}
