//! Products whose findings are told by a key that nothing else of theirs has: Juniper SRX, F5 ASM, Symantec
//! DLP, Carbon Black App Control, CylancePROTECT. Each is a row of `data/alerts/marked.json`, with the
//! document that names its fields.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::clock::Clock;
use super::draft::Draft;
use super::pairs::Pairs;
use crate::model::{Alert, Role};

#[derive(Deserialize)]
struct File {
    shapes: Vec<Shape>,
}

/// Where a product writes what; each list is of keys.
#[derive(Deserialize)]
struct Shape {
    vendor: String,
    product: String,
    form: Form,
    /// Keys that must be there, with one of the values if any are given.
    requires: BTreeMap<String, Vec<String>>,
    #[serde(rename = "type")]
    kind: Vec<String>,
    severity: Vec<String>,
    action: Vec<String>,
    #[serde(default)]
    id: Vec<String>,
    #[serde(default)]
    time: Vec<String>,
    #[serde(default)]
    message: Vec<String>,
    #[serde(default)]
    host: Vec<String>,
    #[serde(default)]
    address: Vec<String>,
    #[serde(default)]
    source_address: Vec<String>,
    #[serde(default)]
    destination_address: Vec<String>,
    #[serde(default)]
    user: Vec<String>,
    #[serde(default)]
    domain: Vec<String>,
    #[serde(default)]
    url: Vec<String>,
    #[serde(default)]
    file: Vec<String>,
    #[serde(default)]
    hash: Vec<String>,
    #[serde(default)]
    process: Vec<String>,
    #[serde(default)]
    source_email: Vec<String>,
    #[serde(default)]
    destination_email: Vec<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Form {
    /// `key=value key="value"`.
    Spaced,
    /// `Key: value, Key: value`.
    Colons,
}

static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    let file = serde_json::from_str(include_str!("../../../data/alerts/marked.json"));
    file.map(|file: File| file.shapes).unwrap_or_default()
});

pub fn raw(rest: &str, clock: &Clock) -> Option<Alert> {
    // Most lines have none of the marks.
    let may_be = |shape: &&Shape| shape.requires.keys().all(|key| rest.contains(key.as_str()));
    SHAPES.iter().filter(may_be).find_map(|shape| {
        let pairs = match shape.form {
            Form::Spaced => Pairs::spaced(rest),
            Form::Colons => Pairs::colons(rest),
        };
        shape.read(&pairs, clock)
    })
}

impl Shape {
    fn read(&self, pairs: &Pairs<'_>, clock: &Clock) -> Option<Alert> {
        let is = self.requires.iter().all(|(key, values)| {
            pairs.get(key).is_some_and(|value| values.is_empty() || values.iter().any(|v| v == value))
        });
        if !is {
            return None;
        }
        let get = |keys: &[String]| keys.iter().find_map(|key| pairs.get(key));
        let mut draft = Draft::new(&self.vendor, &self.product);
        draft.kind(get(&self.kind).unwrap_or_default());
        // Symantec puts a number before the word: `1:High`.
        draft.severity(get(&self.severity).map(|severity| severity.rsplit(':').next().unwrap_or(severity)));
        draft.action(get(&self.action));
        draft.id(get(&self.id));
        draft.message(get(&self.message));
        self.time.iter().for_each(|key| draft.time(clock, pairs.get(key)));
        // A machine of Windows may come with its domain before it.
        draft.host(get(&self.host).and_then(|host| host.rsplit('\\').next()), Role::Related);
        draft.address(get(&self.address).map(|list| list.trim_matches(['(', ')'])), Role::Related);
        draft.address(get(&self.source_address), Role::Source);
        draft.address(get(&self.destination_address), Role::Destination);
        draft.user(get(&self.user), Role::Related);
        draft.domain(get(&self.domain), Role::Destination);
        draft.url(get(&self.url), Role::Destination);
        draft.file(get(&self.file));
        self.hash.iter().for_each(|key| draft.hash(pairs.get(key)));
        draft.process(None, None, get(&self.process).map(str::to_owned));
        draft.email(get(&self.source_email), Role::Source);
        draft.email(get(&self.destination_email), Role::Destination);
        Some(draft.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };

    #[test]
    fn every_shape_is_read_and_has_a_source() {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../../../data/alerts/marked.json")).unwrap();
        let shapes = file["shapes"].as_array().unwrap();
        assert_eq!(SHAPES.len(), shapes.len());
        assert!(shapes.iter().all(|shape| !shape["source"].as_str().unwrap().is_empty()));
    }

    #[test]
    fn a_mark_makes_an_alert_and_without_it_there_is_none() {
        let idp = r#"RT_IDP - IDP_ATTACK_LOG_EVENT [junos@2636 epoch-time="1795316400" source-address="192.0.2.7" destination-address="10.1.1.5" action="DROP" threat-severity="HIGH" attack-name="SAMPLE:X" username="N/A"]"#;
        let alert = raw(idp, &CLOCK).unwrap();
        assert_eq!((alert.vendor.as_str(), alert.alert_type.as_str()), ("Juniper", "SAMPLE:X"));
        assert_eq!(
            (alert.action.as_str(), alert.time, alert.observables.len()),
            ("actioned", Some(1_795_316_400_000), 2)
        );
        assert!(raw(&idp.replace("attack-name", "policy-name"), &CLOCK).is_none());
        let clean = r#"AAMW_ACTION_LOG [junos@2636 malware-info="x" verdict-number="2" action="PERMIT"]"#;
        assert!(raw(clean, &CLOCK).is_none());
    }

    #[test]
    fn colons_and_commas_are_pairs_too() {
        let line = "CylancePROTECT - - - Event Type: ScriptControl, Event Name: Blocked, Device Name: WS7, User Name: (anna)";
        let alert = raw(line, &CLOCK).unwrap();
        assert_eq!((alert.alert_type.as_str(), alert.action.as_str()), ("ScriptControl", "actioned"));
        assert!(raw(&line.replace("ScriptControl", "AuditLog"), &CLOCK).is_none());
    }
}
