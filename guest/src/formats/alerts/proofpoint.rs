//! Proofpoint Targeted Attack Protection: messages and clicks of the SIEM API (Proofpoint TAP
//! documentation, "SIEM API").
//!
//! The API lists every message that something was thought of. One is an alert if a threat in it is active,
//! if it was quarantined for a threat, or if a score is as high as Proofpoint's own classes begin; mere
//! spam is none.

use serde_json::Value;

use super::clock::Clock;
use super::draft::Draft;
use super::lookup::{each, first, has, is, text, texts};
use crate::model::{ActionCategory, Alert, Role};

/// From where on a score alone is an alert; assumed.
const SCORES: [(&str, &str, u32); 3] =
    [("malwareScore", "malware", 90), ("phishScore", "phish", 90), ("impostorScore", "impostor", 50)];

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    let is_message =
        has(document, "messageTime") && (has(document, "threatsInfoMap") || has(document, "phishScore"));
    let is_click = has(document, "clickTime") && has(document, "threatStatus");
    if is_message {
        message(document, clock)
    } else if is_click {
        click(document, clock)
    } else {
        None
    }
}

fn message(document: &Value, clock: &Clock) -> Option<Alert> {
    let get = |paths: &[&str]| first(document, paths);
    let threats: Vec<&Value> = each(document, "threatsInfoMap")
        .into_iter()
        .filter(|threat| is(threat, "threatStatus", "active"))
        .collect();
    let score = |name: &str| get(&[name]).and_then(|score| score.parse::<u32>().ok()).unwrap_or(0);
    let by_score =
        SCORES.iter().find(|(name, _, least)| score(name) >= *least).map(|(_, class, _)| (*class).to_owned());
    let quarantine = get(&["quarantineRule", "quarantineFolder"]);
    let by_quarantine = quarantine.as_deref().and_then(of_quarantine);
    let by_threat =
        threats.first().map(|threat| text(threat, "classification").unwrap_or_else(|| "threat".to_owned()));
    let kind = by_threat.or(by_quarantine).or(by_score)?;

    let mut draft = Draft::new("Proofpoint", "TAP");
    draft.kind(kind);
    draft.id(get(&["GUID", "messageID"]));
    draft.message(get(&["subject"]));
    let highest = SCORES.iter().map(|(name, ..)| score(name)).max().filter(|highest| *highest > 0);
    draft.severity(highest.map(|highest| highest.to_string()));
    draft.time(clock, get(&["messageTime"]));
    if quarantine.is_some() {
        draft.acted(ActionCategory::Actioned);
    }
    draft.action(get(&["eventType"]));
    draft.address(get(&["senderIP"]), Role::Source);
    for (path, role) in [
        ("sender", Role::Source),
        ("fromAddress", Role::Source),
        ("recipient", Role::Destination),
        ("toAddresses", Role::Destination),
    ] {
        texts(document, path).into_iter().for_each(|mailbox| draft.email(Some(mailbox), role));
    }
    for threat in threats {
        let what = text(threat, "threat");
        match text(threat, "threatType").unwrap_or_default().as_str() {
            "url" => draft.url(what, Role::Related),
            _ => draft.hash(what),
        }
    }
    // Parts of the message that are no threat are hashed too.
    for part in each(document, "messageParts").into_iter().filter(|part| is(part, "sandboxStatus", "threat"))
    {
        draft.hash(text(part, "sha256"));
    }
    Some(draft.finish())
}

/// The class of a rule or folder; spam, bulk mail and the like have none.
fn of_quarantine(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let classes = [
        ("phish", "phish"),
        ("malware", "malware"),
        ("virus", "malware"),
        ("notcleaned", "malware"),
        ("threat", "threat"),
        ("attachment defense", "malware"),
        ("impostor", "impostor"),
    ];
    classes.iter().find(|(word, _)| name.contains(word)).map(|(_, class)| (*class).to_owned())
}

fn click(document: &Value, clock: &Clock) -> Option<Alert> {
    let get = |paths: &[&str]| first(document, paths);
    if !is(document, "threatStatus", "active") {
        return None;
    }
    let mut draft = Draft::new("Proofpoint", "TAP");
    draft.kind(format!("click: {}", get(&["classification"])?));
    draft.id(get(&["GUID", "id"]));
    draft.time(clock, get(&["clickTime"]));
    draft.action(get(&["eventType"]));
    draft.address(get(&["clickIP"]), Role::Source);
    draft.address(get(&["senderIP"]), Role::Related);
    draft.email(get(&["sender"]), Role::Related);
    draft.email(get(&["recipient"]), Role::Source);
    draft.url(get(&["url"]), Role::Destination);
    Some(draft.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };

    fn mail(more: Value) -> Option<Alert> {
        let mut message = json!({"messageTime": "2026-11-22T03:00:00Z", "sender": "a@evil.example", "senderIP": "192.0.2.7",
            "recipient": ["anna@corp.example"], "malwareScore": 0, "phishScore": 0, "impostorScore": 0, "spamScore": 90, "messageID": "<m1>"});
        for (name, value) in more.as_object().unwrap() {
            message[name] = value.clone();
        }
        read(&message, &CLOCK)
    }

    #[test]
    fn an_active_threat_is_an_alert_of_its_class() {
        let alert = mail(json!({"phishScore": 60, "quarantineRule": "phish",
            "threatsInfoMap": [{"threatType": "url", "classification": "phish", "threatStatus": "active", "threat": "http://Evil.example/a"}]}));
        let alert = alert.unwrap();
        assert_eq!(
            (alert.alert_type.as_str(), alert.severity.as_deref(), alert.action.as_str()),
            ("phish", Some("60"), "actioned")
        );
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(
            values,
            ["192.0.2.7", "evil.example", "http://evil.example/a", "a@evil.example", "anna@corp.example"]
        );
    }

    #[test]
    fn scores_and_quarantines_are_alerts_and_spam_is_none() {
        assert_eq!(mail(json!({"impostorScore": 50})).unwrap().alert_type, "impostor");
        assert_eq!(mail(json!({"phishScore": 90})).unwrap().alert_type, "phish");
        assert_eq!(mail(json!({"quarantineFolder": "Virus"})).unwrap().alert_type, "malware");
        for more in [
            json!({}),
            json!({"impostorScore": 49, "phishScore": 89}),
            json!({"quarantineRule": "spam_definite"}),
            json!({"threatsInfoMap": [{"threatStatus": "cleared", "classification": "phish"}]}),
        ] {
            assert!(mail(more.clone()).is_none(), "{more}");
        }
    }

    #[test]
    fn a_click_has_its_recipient_and_url() {
        let alert = read(
            &json!({"clickTime": "2026-11-22T03:00:00Z", "threatStatus": "active", "classification": "phish", "clickIP": "192.0.2.8",
                "recipient": "anna@corp.example", "url": "http://evil.example/a", "GUID": "g1"}),
            &CLOCK,
        );
        assert_eq!(alert.unwrap().observables.len(), 4);
    }
}
