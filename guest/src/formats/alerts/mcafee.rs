//! McAfee, now Trellix: ePolicy Orchestrator's threat events as XML behind a syslog header, the Network
//! Security Platform's alerts and Web Gateway's access log as key and value (Trellix documentation: ePO
//! "threat event log", NSP "syslog forwarder", Web Gateway "access log"); and Trellix' CEF.
//!
//! The sensor's own process is no actor: ENS reports its browser plug-in as the source of what it found.

use super::cef::Cef;
use super::clock::Clock;
use super::draft::Draft;
use super::pairs::Pairs;
use crate::model::{ActionCategory, Alert, Role};

pub fn raw(rest: &str, clock: &Clock) -> Option<Alert> {
    if rest.contains("<EPOEvent>") || rest.contains("<EPOevent>") {
        return epo(rest, clock);
    }
    if rest.contains("attack_name=") {
        return sensor(&Pairs::spaced(rest), clock);
    }
    if rest.contains("mlwr=") { gateway(&Pairs::spaced(rest)) } else { None }
}

fn epo(xml: &str, clock: &Clock) -> Option<Alert> {
    let get = |name: &str| tag(xml, name).filter(|value| *value != "_" && !value.starts_with('%'));
    // Updates, tasks and the product itself report in the category `ops`.
    let category = get("ThreatCategory").filter(|category| !category.starts_with("ops"))?;
    let mut draft = Draft::new("McAfee", "ePO");
    draft.kind(get("ThreatName").unwrap_or(category));
    draft.severity(get("ThreatSeverity"));
    draft.message(get("AnalyzerDetectionMethod").map(|method| format!("{category} by {method}")));
    // Both times are UTC by their names, whatever they end in.
    for name in ["DetectedUTC", "GMTTime"] {
        draft.time(clock, get(name).map(|time| format!("{}Z", time.trim_end_matches('Z'))));
    }
    act(get("ThreatActionTaken"), get("ThreatHandled"), &mut draft);
    for (name, role) in [
        ("MachineName", Role::Related),
        ("TargetHostName", Role::Destination),
        ("SourceHostName", Role::Source),
    ] {
        draft.host(get(name), role);
    }
    for (name, role) in [
        ("IPAddress", Role::Related),
        ("SourceIPV4", Role::Source),
        ("SourceIPV6", Role::Source),
        ("TargetIPV4", Role::Destination),
        ("TargetIPV6", Role::Destination),
    ] {
        draft.address(get(name), role);
    }
    draft.user(get("SourceUserName"), Role::Source);
    draft.user(get("TargetUserName"), Role::Destination);
    draft.url(get("SourceURL").or_else(|| get("URL")), Role::Source);
    draft.file(get("TargetFileName"));
    draft.hash(get("TargetHash"));
    let image = get("SourceProcessName");
    let is_sensor = image.is_some_and(|image| {
        let image = image.to_ascii_lowercase();
        image.contains(r"\mcafee\") || image.contains(r"\trellix\")
    });
    if !is_sensor {
        draft.file(image);
        draft.hash(get("SourceProcessHash"));
        draft.process(None, None, image.map(str::to_owned));
    }
    Some(draft.finish())
}

/// Actions are words, or names of texts in the product's tables.
fn act(action: Option<&str>, handled: Option<&str>, draft: &mut Draft) {
    let failed = handled.is_some_and(|handled| handled.eq_ignore_ascii_case("false") || handled == "0");
    let category = match action {
        Some(name) if name.starts_with("IDS_") && name.contains("WOULD") => Some(ActionCategory::Unactioned),
        Some(name) if name.starts_with("IDS_") => match name.rsplit('_').next() {
            // Deleted, cleaned, denied, moved, blocked.
            Some("DEL" | "CLE" | "DEN" | "MOV" | "BLOCK" | "BLO") => Some(ActionCategory::Actioned),
            _ => None,
        },
        Some(word) => super::action::category(word),
        None => return,
    };
    match category {
        Some(ActionCategory::Actioned) if failed => draft.acted(ActionCategory::Unactioned),
        Some(category) => draft.acted(category),
        None => draft.action(action),
    }
}

/// The text of the first element of a name.
fn tag<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let (_, after) = xml.split_once(&format!("<{name}>"))?;
    let (value, _) = after.split_once('<')?;
    Some(value.trim()).filter(|value| !value.is_empty())
}

fn sensor(pairs: &Pairs<'_>, clock: &Clock) -> Option<Alert> {
    let id = pairs.first(&["alert_uuid", "alertid"])?;
    let mut draft = Draft::new("McAfee", "Network Security Platform");
    draft.kind(pairs.get("attack_name")?);
    draft.id(Some(id));
    draft.severity(pairs.get("severity"));
    draft.message(pairs.first(&["category", "alert_type"]));
    draft.action(pairs.get("result"));
    draft.time(clock, pairs.get("attack_time"));
    for (side, role) in [("src", Role::Source), ("dest", Role::Destination)] {
        draft.address(pairs.get(&format!("{side}_ip")), role);
        draft.host(pairs.get(&format!("{side}_name")), role);
    }
    draft.hash(pairs.get("file_hash"));
    draft.user(pairs.get("user"), Role::Related);
    Some(draft.finish())
}

fn gateway(pairs: &Pairs<'_>) -> Option<Alert> {
    // A request in which no malware was found has no name there.
    let malware = pairs.get("mlwr")?;
    let status = pairs.get("status")?;
    let mut draft = Draft::new("McAfee", "Web Gateway");
    draft.kind(malware);
    draft.message(pairs.get("rule"));
    // The gateway answers what it blocks with 403 itself.
    let blocked =
        status.starts_with("403") || pairs.get("rule").is_some_and(|rule| rule.starts_with("Block"));
    draft.acted(if blocked { ActionCategory::Actioned } else { ActionCategory::Unactioned });
    draft.address(pairs.get("srcip"), Role::Source);
    draft.address(pairs.get("destip"), Role::Destination);
    draft.user(pairs.get("user"), Role::Source);
    draft.domain(pairs.get("dhost"), Role::Destination);
    draft.url(pairs.get("url"), Role::Destination);
    Some(draft.finish())
}

/// Trellix' own CEF: the malware's name is in `sname`, and Database Security's action is the statement's.
pub fn hook(cef: &mut Cef<'_>, draft: &mut Draft) -> bool {
    if !super::cef::hook(cef, draft) {
        return false;
    }
    if cef.product.eq_ignore_ascii_case("Database Security") {
        cef.pairs.remove("act");
    }
    let named = cef.pairs.iter().find(|(key, value)| key.ends_with("Label") && *value == "sname");
    let key = named.and_then(|(key, _)| key.strip_suffix("Label"));
    draft.kind(key.and_then(|key| cef.pairs.get(key)).unwrap_or_default());
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: Clock = Clock { zone_minutes: 600, received_at: None };

    fn event(fields: &str) -> Option<Alert> {
        raw(
            &format!(
                "EPOEvents - EventFwd <EPOEvent><MachineName>WS7</MachineName><IPAddress>10.1.1.7</IPAddress>{fields}</EPOEvent>"
            ),
            &CLOCK,
        )
    }

    #[test]
    fn a_threat_event_is_read() {
        let alert = event(
            "<GMTTime>2026-11-22T03:00:00</GMTTime><ThreatCategory>av.detect</ThreatCategory><ThreatName>Sample!1</ThreatName>\
             <ThreatSeverity>2</ThreatSeverity><ThreatActionTaken>IDS_ALERT_ACT_TAK_DEL</ThreatActionTaken><ThreatHandled>True</ThreatHandled>\
             <TargetUserName>CORP\\Anna</TargetUserName><TargetFileName>C:\\x\\e.exe</TargetFileName>\
             <SourceProcessName>C:\\Program Files\\McAfee\\p.exe</SourceProcessName>",
        )
        .unwrap();
        assert_eq!((alert.alert_type.as_str(), alert.severity.as_deref()), ("Sample!1", Some("2")));
        assert_eq!((alert.action.as_str(), alert.time), ("actioned", Some(1_795_316_400_000)));
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!((values, alert.process), (vec!["ws7", r"corp\anna", "10.1.1.7", r"c:\x\e.exe"], None));
    }

    #[test]
    fn what_was_not_handled_is_unactioned_and_updates_are_no_alerts() {
        let failed = "<ThreatCategory>av.detect</ThreatCategory><ThreatActionTaken>deleted</ThreatActionTaken><ThreatHandled>0</ThreatHandled>";
        assert_eq!(event(failed).unwrap().action.as_str(), "unactioned");
        assert!(event("<ThreatCategory>ops.update</ThreatCategory>").is_none());
        assert!(event("<EventID>18905</EventID>").is_none());
    }

    #[test]
    fn the_sensors_alert_and_the_gateways_block_are_read() {
        let alert = raw(
            r#"app: alertid="7" attack_name="Sample Flood" severity="High" attack_time="2026-11-22 03:00:00 UTC" src_ip="192.0.2.7" dest_ip="N/A" result="Attack Blocked""#,
            &CLOCK,
        );
        let alert = alert.unwrap();
        assert_eq!(
            (alert.alert_type.as_str(), alert.action.as_str(), alert.observables.len()),
            ("Sample Flood", "actioned", 1)
        );
        let line = r#"app: status="403/80" srcip="10.1.1.7" user="-" dhost="x.example.test" mlwr="Sample.PDF" rule="Block" url="http://x.example.test/a""#;
        let alert = raw(line, &CLOCK).unwrap();
        assert_eq!((alert.product.as_str(), alert.alert_type.as_str()), ("Web Gateway", "Sample.PDF"));
        assert!(raw(&line.replace("Sample.PDF", "-"), &CLOCK).is_none());
        assert!(raw(r#"app: acl_action="PERMIT" src_ip="10.1.1.7""#, &CLOCK).is_none());
    }

    #[test]
    fn a_statements_delete_is_no_remedy() {
        let read = |product: &str| {
            super::super::cef::read(
                &format!("CEF:0|Trellix|{product}|1|alert|Rows|3|act=DELETE cs1Label=sname cs1=Sample"),
                &CLOCK,
            )
        };
        assert_eq!(read("Database Security").unwrap().action.as_str(), "unknown");
        let alert = read("MPS").unwrap();
        assert_eq!((alert.action.as_str(), alert.alert_type.as_str()), ("actioned", "Sample"));
    }
}
