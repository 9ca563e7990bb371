//! Check Point's logs: pairs cut by `|`, RFC 5424 structured data, or `[key:"value"; ]` (Log Exporter,
//! sk122323; fields by sk144192).
//!
//! All blades write into one log, most of it traffic and audit. A finding names a protection, an attack
//! or malware, or is what a blade for mail stopped. The gateway (`origin`, `hostname`) is no entity.

use serde_json::Value;

use super::action::category;
use super::clock::Clock;
use super::draft::Draft;
use super::pairs::Pairs;
use crate::model::{ActionCategory, Alert, Role};

/// What only a finding has.
const NAMES: [&str; 6] =
    ["protection_name", "attack", "malware_family", "virus_name", "malware_action", "inspection_category"];

pub fn raw(rest: &str, clock: &Clock) -> Option<Alert> {
    if !rest.contains("loguid") {
        return None;
    }
    let is_piped = rest.contains("|product=") || rest.contains("|loguid=");
    alert(&if is_piped { Pairs::piped(rest) } else { Pairs::spaced(rest) }, clock)
}

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    alert(&Pairs::members(document), clock)
}

fn alert(pairs: &Pairs<'_>, clock: &Clock) -> Option<Alert> {
    let id = pairs.get("loguid")?;
    let product = pairs.get("product")?;
    if !is_finding(pairs, product) {
        return None;
    }
    let mut draft = Draft::new("Check Point", product);
    draft.kind(pairs.first(&NAMES).or_else(|| pairs.get("protection_type")).unwrap_or_default());
    // Logs made elsewhere have a counter behind zeros, which comes again.
    draft.id(Some(id).filter(|id| !id.contains("{0x0,0x0,0x0,")));
    draft.severity(pairs.get("severity"));
    draft.action(pairs.get("action"));
    draft.message(pairs.first(&["attack_info", "malware_action", "description", "email_subject", "message"]));
    draft.time(clock, pairs.get("time"));
    draft.address(pairs.get("src"), Role::Source);
    draft.address(pairs.get("dst"), Role::Destination);
    draft.ports(pairs.get("s_port"), pairs.get("service"));
    draft.transport(pairs.get("proto"));
    draft.host(pairs.first(&["src_machine_name", "endpointname"]), Role::Source);
    draft.host(pairs.get("dst_machine_name"), Role::Destination);
    draft.user(pairs.first(&["user_sid", "src_user_name", "user"]), Role::Related);
    draft.url(pairs.get("resource"), Role::Destination);
    draft.domain(pairs.first(&["http_host", "dns_query"]), Role::Destination);
    for key in ["file_sha256", "file_sha1", "file_md5"] {
        draft.hash(pairs.get(key));
    }
    draft.email(pairs.get("from"), Role::Source);
    for to in pairs.get("to").into_iter().flat_map(|to| to.split([';', ','])) {
        draft.email(Some(to), Role::Destination);
    }
    draft.email(pairs.get("email_address"), Role::Related);
    for (key, value) in pairs.iter() {
        if let Some(tactic) = key.strip_prefix("mitre_") {
            draft.tactic(tactic);
            draft.techniques(value);
        }
    }
    Some(draft.finish())
}

fn is_finding(pairs: &Pairs<'_>, product: &str) -> bool {
    let says = |key: &str, word: &str| pairs.get(key).is_some_and(|value| value.eq_ignore_ascii_case(word));
    if says("verdict", "benign") {
        return false;
    }
    if pairs.first(&NAMES).is_some() {
        return !says("action", "bypass");
    }
    let action = pairs.get("action").and_then(category);
    let stops_mail = [
        "Anti Phishing",
        "Anti-Phishing",
        "Zero Phishing",
        "Threat Emulation",
        "Anti-Spam and Email Security",
    ];
    if stops_mail.contains(&product) {
        return action == Some(ActionCategory::Actioned)
            || says("action", "detect")
            || says("verdict", "malicious");
    }
    // The agent of mobile devices also lists what is harmless, at severity 0, and what went away.
    let is_mobile = pairs.get("client_name").is_some_and(|name| name.contains("Mobile"));
    let is_grave = pairs.get("severity").is_some_and(|s| !["0", "Informational"].contains(&s));
    is_mobile && is_grave && !says("status", "removed")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };
    const IPS: &str = "time=1795316400|hostname=gw|severity=High|product=IPS|action=Prevent|loguid={0x5,0x1}|origin=192.0.2.1|\
                       protection_name=Sample Injection|attack=Sample Group|src=192.0.2.7|dst=10.1.1.5|";

    #[test]
    fn a_protection_is_an_alert_in_each_of_the_shapes() {
        let spaced = r#"gw CheckPoint 7 - [action:"Prevent"; loguid:"{0x5,0x1}"; product:"IPS"; severity:"High"; protection_name:"Sample Injection"; src:"192.0.2.7"; dst:"10.1.1.5"; time:"1795316400"]"#;
        let data = r#"CheckPoint 7 - [x@2620 action="Prevent" loguid="{0x5,0x1}" product="IPS" severity="High" protection_name="Sample Injection" src="192.0.2.7" dst="10.1.1.5" time="1795316400"]"#;
        for line in [IPS, spaced, data] {
            let alert = raw(line, &CLOCK).unwrap();
            assert_eq!((alert.vendor.as_str(), alert.product.as_str()), ("Check Point", "IPS"), "{line}");
            assert_eq!(
                (alert.alert_type.as_str(), alert.severity.as_deref()),
                ("Sample Injection", Some("High"))
            );
            assert_eq!((alert.action.as_str(), alert.time), ("actioned", Some(1_795_316_400_000)));
            assert_eq!(alert.id.as_deref(), Some("{0x5,0x1}"));
            let ends: Vec<_> = alert.observables.iter().map(|o| (o.value.as_str(), o.role)).collect();
            assert_eq!(ends, [("10.1.1.5", Role::Destination), ("192.0.2.7", Role::Source)]);
        }
    }

    #[test]
    fn traffic_audit_and_harmless_files_are_no_alerts() {
        for line in [
            "product=Firewall|action=Drop|loguid={0x5,0x1}|src=192.0.2.7|rule=7|",
            "product=SmartConsole|loguid={0x5,0x1}|action=Accept|operation=Log In|severity=Low|",
            "product=Threat Emulation|loguid={0x5,0x1}|action=Accept|verdict=Benign|severity=0|protection_type=HTTPEmulation|",
            "product=iOS Profiles|loguid={0x5,0x1}|client_name=Mobile Protect|severity=0|protection_type=Global proxy|",
            "product=iOS Profiles|loguid={0x5,0x1}|client_name=Mobile Protect|severity=Medium|status=Removed|",
        ] {
            assert!(raw(&format!("time=1|{line}"), &CLOCK).is_none(), "{line}");
        }
    }
}
