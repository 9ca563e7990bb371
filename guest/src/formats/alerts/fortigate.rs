//! Fortinet: FortiGate's security logs and FortiWeb's attack logs as key and value, in CEF or as a JSON
//! object, and FortiAnalyzer's events (FortiOS and FortiWeb Log Message References; FortiAnalyzer
//! Administration Guide, "Event handlers"; JSON API, `eventmgmt/alerts`).

use std::borrow::Cow;

use serde_json::Value;

use super::action::category;
use super::cef::Cef;
use super::clock::Clock;
use super::draft::Draft;
use super::pairs::Pairs;
use crate::model::{ActionCategory, Alert, Role};

/// Security logs whose every line is a finding; of the others only what was blocked is one.
const FINDINGS: [&str; 5] = ["ips", "anomaly", "virus", "waf", "sandbox"];

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    let pairs = Pairs::members(document);
    analyzer(&pairs, clock).or_else(|| alert(&pairs, clock))
}

pub fn raw(rest: &str, clock: &Clock) -> Option<Alert> {
    // Both are on every line, and parsing is dear.
    if !rest.contains("type=") && !rest.contains("alertid=") {
        return None;
    }
    let pairs = Pairs::spaced(rest);
    analyzer(&pairs, clock).or_else(|| alert(&pairs, clock))
}

/// FortiGate's CEF has its own fields behind a prefix.
pub fn hook(cef: &mut Cef<'_>, draft: &mut Draft) -> bool {
    let mut pairs = Pairs::default();
    for (key, value) in cef.pairs.iter() {
        let key = match key {
            "src" => "srcip",
            "dst" => "dstip",
            "act" => "action",
            "duser" | "suser" => "user",
            "fileHash" => "filehash",
            "cat" => {
                let (kind, subtype) = value.split_once(':').unwrap_or((value, ""));
                pairs.push(Cow::Borrowed("type"), Cow::Owned(kind.to_owned()));
                pairs.push(Cow::Borrowed("subtype"), Cow::Owned(subtype.to_owned()));
                continue;
            }
            other => other.strip_prefix("FTNTFGT").unwrap_or(other),
        };
        pairs.push(Cow::Owned(key.to_owned()), Cow::Owned(value.to_owned()));
    }
    if !is_finding(&pairs) {
        return false;
    }
    fill(&pairs, draft);
    true
}

fn alert(pairs: &Pairs<'_>, clock: &Clock) -> Option<Alert> {
    let device = pairs.first(&["devid", "device_id"])?;
    if !pairs.has("logid") && !pairs.has("log_id") || !is_finding(pairs) {
        return None;
    }
    let product = match device.get(..2)? {
        "FV" => "FortiWeb",
        "FL" | "FA" => "FortiAnalyzer",
        _ => "FortiGate",
    };
    let mut draft = Draft::new("Fortinet", product);
    draft.time(clock, pairs.get("eventtime"));
    if let (Some(date), Some(time)) = (pairs.get("date"), pairs.get("time")) {
        draft.time(clock, Some(format!("{date} {time}{}", zone(pairs))));
    }
    fill(pairs, &mut draft);
    // Only FortiWeb numbers its messages.
    draft.id(pairs.get("msg_id"));
    Some(draft.finish())
}

fn is_finding(pairs: &Pairs<'_>) -> bool {
    let kind = pairs.get("type").unwrap_or_default();
    let subtype = pairs.get("subtype").unwrap_or_default();
    let blocked = pairs.get("action").and_then(category) == Some(ActionCategory::Actioned);
    match kind {
        "attack" | "anomaly" => true,
        // A file that is sent away to be looked at is no finding yet.
        "utm" | "ips" | "virus" => {
            let is_sent = pairs.get("eventtype").is_some_and(|e| e == "analytics");
            !is_sent && (FINDINGS.contains(&subtype) || FINDINGS.contains(&kind) || blocked)
        }
        _ => false,
    }
}

fn fill(pairs: &Pairs<'_>, draft: &mut Draft) {
    let kinds = [
        "attack",
        "attackname",
        "virus",
        "signature_subclass",
        "filtername",
        "app",
        "catdesc",
        "sub_type",
        "main_type",
        "subtype",
    ];
    draft.kind(pairs.first(&kinds).unwrap_or_default());
    draft.severity(pairs.first(&["severity", "severity_level", "crlevel", "level", "pri"]));
    draft.action(pairs.get("action"));
    draft.message(pairs.get("msg"));
    draft.address(pairs.first(&["srcip", "src"]), Role::Source);
    draft.address(pairs.first(&["dstip", "dst"]), Role::Destination);
    draft.ports(pairs.first(&["srcport", "src_port"]), pairs.first(&["dstport", "dst_port"]));
    draft.transport(pairs.get("proto"));
    draft.host(pairs.get("srcname"), Role::Source);
    draft.host(pairs.get("dstname"), Role::Destination);
    draft.user(pairs.first(&["user", "unauthuser"]), Role::Related);
    draft.email(pairs.first(&["sender", "from"]), Role::Source);
    draft.email(pairs.first(&["recipient", "to"]), Role::Destination);
    for key in ["filehash", "analyticscksum", "cdrcontent"] {
        draft.hash(pairs.get(key));
    }
    let site = pairs.first(&["hostname", "http_host"]);
    draft.domain(site, Role::Destination);
    match (site, pairs.first(&["url", "http_url"])) {
        (Some(site), Some(path)) if path.starts_with('/') => {
            let secure = pairs.get("service").is_some_and(|service| service.eq_ignore_ascii_case("https"));
            draft.url(
                Some(format!("http{}://{site}{path}", if secure { "s" } else { "" })),
                Role::Destination,
            );
        }
        (_, url) => draft.url(url, Role::Destination),
    }
}

/// `+0200` of `tz="+0200"`, and of FortiWeb's `timezone="(GMT+0200)Region,City"`.
fn zone(pairs: &Pairs<'_>) -> String {
    let zone = pairs.first(&["tz", "timezone"]).unwrap_or_default();
    let zone = zone.strip_prefix("(GMT").and_then(|rest| rest.split_once(')')).map_or(zone, |(zone, _)| zone);
    let digits = zone.strip_prefix(['+', '-']).map(|digits| digits.replace(':', ""));
    let is_zone = digits.is_some_and(|d| d.len() == 4 && d.bytes().all(|b| b.is_ascii_digit()));
    if is_zone { zone.to_owned() } else { String::new() }
}

fn analyzer(pairs: &Pairs<'_>, clock: &Clock) -> Option<Alert> {
    let id = pairs.get("alertid")?;
    let kind = pairs.first(&["triggername", "handler_name", "rule_name", "subject"])?;
    // McAfee's sensor has an `alertid` too, and no device.
    pairs.first(&["devid", "devname", "eventtype", "event_type", "adom"])?;
    let mut draft = Draft::new("Fortinet", "FortiAnalyzer");
    draft.kind(kind);
    draft.id(Some(id));
    draft.severity(pairs.get("severity"));
    draft.message(pairs.first(&["subject", "extrainfo"]));
    draft.action(pairs.first(&["event_status", "eventstatus"]));
    for key in ["alerttime", "event_time", "lastlogtime", "firstlogtime"] {
        draft.time(clock, pairs.get(key));
    }
    draft.address(pairs.get("epip"), Role::Source);
    draft.host(pairs.get("epname"), Role::Source);
    draft.address(pairs.get("dst_epip"), Role::Destination);
    draft.host(pairs.get("dst_epname"), Role::Destination);
    draft.user(pairs.get("euname"), Role::Related);
    draft.techniques(pairs.get("mitre_info").unwrap_or_default());
    Some(draft.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: Some(1_795_316_400_000) };
    const IPS: &str = r#"date=2026-11-22 time=05:00:00 devname="edge" devid="FGT60D0000000001" logid="0419016384" type="utm" subtype="ips" level="alert" tz="+0200" severity="low" srcip=192.0.2.7 dstip=10.1.1.5 hostname="shop.example.test" url="/ajax/render" attack="Sample.Remote.Code.Execution" attackid=48000 msg="web_app: Sample""#;

    #[test]
    fn an_ips_log_is_an_alert_of_its_attack() {
        let alert = raw(IPS, &CLOCK).unwrap();
        assert_eq!((alert.vendor.as_str(), alert.product.as_str()), ("Fortinet", "FortiGate"));
        assert_eq!(
            (alert.alert_type.as_str(), alert.severity.as_deref()),
            ("Sample.Remote.Code.Execution", Some("low"))
        );
        assert_eq!((alert.action.as_str(), alert.time), ("unknown", Some(1_795_316_400_000)));
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(
            values,
            ["10.1.1.5", "192.0.2.7", "shop.example.test", "http://shop.example.test/ajax/render"]
        );
        assert_eq!(raw(&format!("{IPS} action=dropped"), &CLOCK).unwrap().action.as_str(), "actioned");
    }

    #[test]
    fn the_same_in_cef_and_in_json_is_the_same_alert() {
        let cef = "CEF:0|Fortinet|Fortigate|v7|16384|utm:ips|7|cat=utm:ips FTNTFGTseverity=low src=192.0.2.7 dst=10.1.1.5 \
                   FTNTFGTattack=Sample.Remote.Code.Execution act=dropped";
        let alert = super::super::cef::read(cef, &CLOCK).unwrap();
        assert_eq!(
            (alert.alert_type.as_str(), alert.severity.as_deref()),
            ("Sample.Remote.Code.Execution", Some("low"))
        );
        assert_eq!((alert.action.as_str(), alert.observables.len()), ("actioned", 2));
        let object = json!({"devid": "FG1", "logid": "1", "type": "utm", "subtype": "ips", "severity": "low", "attack": "X", "eventtime": 1_795_316_400_123_456_789_u64});
        assert_eq!(read(&object, &CLOCK).unwrap().time, Some(1_795_316_400_123));
    }

    #[test]
    fn traffic_and_what_was_let_through_are_no_alerts() {
        for (from, to) in [
            ("subtype=\"ips\"", "subtype=\"webfilter\" action=\"passthrough\""),
            ("type=\"utm\"", "type=\"traffic\""),
            ("type=\"utm\"", "type=\"event\""),
        ] {
            assert!(raw(&IPS.replacen(from, to, 1), &CLOCK).is_none(), "{to}");
        }
        assert!(
            raw(&IPS.replace("subtype=\"ips\"", "subtype=\"webfilter\" action=\"blocked\""), &CLOCK)
                .is_some()
        );
        let sent = IPS.replace("subtype=\"ips\"", "subtype=\"virus\" eventtype=\"analytics\"");
        assert!(raw(&sent, &CLOCK).is_none());
    }

    #[test]
    fn an_event_of_the_analyzer_is_its_own_source() {
        let event = json!({"alertid": "202611220001", "triggername": "Sample handler", "severity": "low", "devid": "FG1",
            "alerttime": "1795316400", "epip": "10.1.1.7", "epname": "WS7", "euname": "anna", "mitre_info": "T1071.001"});
        let alert = read(&event, &CLOCK).unwrap();
        assert_eq!((alert.product.as_str(), alert.alert_type.as_str()), ("FortiAnalyzer", "Sample handler"));
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(
            (values, alert.techniques),
            (vec!["ws7", "anna", "10.1.1.7"], vec!["T1071.001".to_owned()])
        );
    }
}
