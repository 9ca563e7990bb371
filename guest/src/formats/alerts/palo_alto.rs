//! Palo Alto Networks PAN-OS: THREAT and CORRELATION logs as comma-separated values, and in CEF (PAN-OS
//! Administrator's Guide, "Syslog Field Descriptions"; "CEF Configuration Guide").
//!
//! A `url` log is a finding only if the request was stopped or its category is one of attacks; `file` and
//! `data` only if stopped; `wildfire` unless the verdict is benign.

use super::action::category;
use super::cef::Cef;
use super::clock::Clock;
use super::draft::Draft;
use crate::model::{ActionCategory, Alert, Role};

/// Fields of a line; PAN-OS 11 has some 120.
const FIELDS: usize = 160;
/// Categories of URLs that attacks come from.
const ATTACKS: [&str; 8] = [
    "malware",
    "malware-sites",
    "phishing",
    "command-and-control",
    "ransomware",
    "hacking",
    "grayware",
    "compromised-website",
];

pub fn raw(rest: &str, clock: &Clock) -> Option<Alert> {
    // Behind RFC 5424's empty fields.
    let rest = rest.trim_start_matches(['-', ' ']);
    if !rest.contains(",THREAT,") && !rest.contains(",CORRELATION,") {
        return None;
    }
    let fields = fields(rest);
    let field = |index: usize| fields.get(index).map(|field| field.trim()).filter(|field| !field.is_empty());
    let kind = field(3)?;
    let mut draft = Draft::new("Palo Alto Networks", "PAN-OS");
    // Zone-less times of the firewall; a missing date is the header's business.
    for index in [6, 1] {
        draft.time(clock, field(index).filter(|time| time.len() > 10));
    }
    match kind {
        "THREAT" => threat(&field, &mut draft)?,
        "CORRELATION" => correlation(&field, &mut draft)?,
        _ => return None,
    }
    Some(draft.finish())
}

fn threat<'f>(field: &impl Fn(usize) -> Option<&'f str>, draft: &mut Draft) -> Option<()> {
    let (subtype, action, group) = (field(4)?, field(30), field(33));
    if !is_finding(subtype, action.unwrap_or_default(), group.unwrap_or_default()) {
        return None;
    }
    let name = field(32).map(without_id).filter(|name| !name.is_empty());
    draft.kind(name.or(group).unwrap_or(subtype));
    draft.severity(field(34));
    draft.action(action);
    draft.message(field(11).map(|rule| format!("{subtype} by rule {rule}")));
    if let (Some(serial), Some(number)) = (field(2), field(36).filter(|number| *number != "0")) {
        draft.id(Some(format!("{serial}-{number}")));
    }
    draft.address(field(7), Role::Source);
    draft.address(field(8), Role::Destination);
    draft.ports(field(24), field(25));
    draft.transport(field(29));
    draft.user(field(12), Role::Source);
    draft.user(field(13), Role::Destination);
    if subtype == "url" {
        draft.url(field(31), Role::Destination);
    }
    draft.hash(field(43));
    draft.email(field(50), Role::Source);
    draft.email(field(52), Role::Destination);
    Some(())
}

fn correlation<'f>(field: &impl Fn(usize) -> Option<&'f str>, draft: &mut Draft) -> Option<()> {
    draft.kind(field(19)?);
    draft.severity(field(11));
    draft.message(field(21));
    draft.address(field(7), Role::Source);
    draft.user(field(8), Role::Source);
    Some(())
}

fn is_finding(subtype: &str, action: &str, group: &str) -> bool {
    let stopped = category(action) == Some(ActionCategory::Actioned) || action.starts_with("block");
    match subtype {
        "url" => stopped || ATTACKS.contains(&group),
        "file" | "data" => stopped,
        "wildfire" => group != "benign",
        _ => true,
    }
}

/// In CEF the name is the type and the signature the threat's.
pub fn hook(cef: &mut Cef<'_>, draft: &mut Draft) -> bool {
    if !cef.product.eq_ignore_ascii_case("PAN-OS") {
        return super::cef::hook(cef, draft);
    }
    let threat = without_id(&cef.signature).to_owned();
    let is_finding = match cef.name.as_ref() {
        "THREAT" => is_finding(
            cef.pairs.get("cs1Subtype").unwrap_or(&threat),
            cef.pairs.get("act").unwrap_or_default(),
            cef.pairs.get("cs2").unwrap_or_default(),
        ),
        "CORRELATION" | "WILDFIRE" => true,
        _ => false,
    };
    draft.kind(threat);
    is_finding
}

/// `Name(12345)` without the number.
fn without_id(text: &str) -> &str {
    let Some((name, number)) = text.rsplit_once('(') else { return text };
    let is_id =
        number.strip_suffix(')').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let name = name.trim();
    // URL filtering has its number twice: `9999(9999)`.
    let is_name = !name.bytes().all(|b| b.is_ascii_digit());
    match (is_id, is_name) {
        (true, true) => name,
        (true, false) => "",
        _ => text,
    }
}

/// Comma-separated values; a quote inside quotes is doubled.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                fields.last_mut().into_iter().for_each(|field| field.push('"'));
            }
            '"' => quoted = !quoted,
            ',' if !quoted && fields.len() >= FIELDS => break,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().into_iter().for_each(|field| field.push(c)),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: Clock = Clock { zone_minutes: 60, received_at: None };

    fn line(subtype: &str, action: &str, misc: &str, threat: &str, group: &str, severity: &str) -> String {
        format!(
            "1,2026/11/22 04:00:01,0071,THREAT,{subtype},1,2026/11/22 04:00:00,10.1.1.7,192.0.2.9,,,out,corp\\anna,,web-browsing,vsys1,\
             trust,untrust,e1,e2,log,2026/11/22 04:00:00,7,1,1058,80,0,0,0x0,tcp,{action},{misc},{threat},{group},{severity},\
             client-to-server,4711,0x0,a,b,0,text/html,0,{},,1",
            "ab".repeat(32)
        )
    }

    #[test]
    fn a_threat_is_read() {
        let alert = raw(
            &line("vulnerability", "reset-both", "\"a,b\"", "Sample Overflow (30851)", "any", "high"),
            &CLOCK,
        )
        .unwrap();
        assert_eq!((alert.alert_type.as_str(), alert.severity.as_deref()), ("Sample Overflow", Some("high")));
        assert_eq!((alert.action.as_str(), alert.id.as_deref()), ("actioned", Some("0071-4711")));
        assert_eq!(alert.time, Some(1_795_316_400_000), "in the zone of the firewall");
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(values, [r"corp\anna", "10.1.1.7", "192.0.2.9", &"ab".repeat(32)]);
    }

    #[test]
    fn a_url_is_a_finding_if_it_was_stopped_or_is_of_attackers() {
        let alert =
            raw(&line("url", "deny", "\"Evil.Example/x\"", "(9999)", "shopping", "informational"), &CLOCK)
                .unwrap();
        assert_eq!(alert.alert_type, "shopping");
        assert!(alert.observables.iter().any(|o| o.value == "evil.example/x"));
        assert!(
            raw(&line("url", "alert", "evil.example/", "9999(9999)", "phishing", "informational"), &CLOCK)
                .is_some()
        );
        assert!(
            raw(&line("url", "alert", "shop.example/", "9999(9999)", "shopping", "informational"), &CLOCK)
                .is_none()
        );
        assert!(
            raw(
                &line(
                    "wildfire",
                    "allow",
                    "a.exe",
                    "Windows Executable (EXE)(52020)",
                    "benign",
                    "informational"
                ),
                &CLOCK
            )
            .is_none()
        );
        assert!(
            raw(&line("file", "alert", "a.exe", "Windows Executable (EXE)(52020)", "any", "low"), &CLOCK)
                .is_none()
        );
    }

    #[test]
    fn in_cef_the_signature_is_the_threat() {
        let head = "CEF:0|Palo Alto Networks|PAN-OS|10|Sample Overflow(30851)";
        let alert =
            super::super::cef::read(&format!("{head}|THREAT|4|src=10.1.1.7 act=drop"), &CLOCK).unwrap();
        assert_eq!((alert.alert_type.as_str(), alert.action.as_str()), ("Sample Overflow", "actioned"));
        assert!(super::super::cef::read(&format!("{head}|TRAFFIC|4|src=10.1.1.7"), &CLOCK).is_none());
    }

    #[test]
    fn names_keep_their_own_brackets() {
        assert_eq!(without_id("Windows Executable (EXE)(52020)"), "Windows Executable (EXE)");
        assert_eq!(without_id("9999(9999)"), "");
        assert_eq!(without_id("Name (x)"), "Name (x)");
    }
}
