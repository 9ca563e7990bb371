//! Suricata: `eve.json` lines with `event_type: alert` and the line of `fast.log`, which Snort writes too
//! (Suricata User Guide, "EVE JSON Format" and "fast.log"). And addresses in free text.

use serde_json::Value;

use super::clock::Clock;
use super::draft::Draft;
use super::lookup::{first, has, is, text, texts};
use crate::model::{Alert, Role, Transport};
use crate::text::address;

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    if !is(document, "event_type", "alert") || !has(document, "alert.signature") {
        return None;
    }
    let get = |path: &str| text(document, path);
    let mut draft = Draft::new("Suricata", "");
    draft.kind(get("alert.signature")?);
    draft.severity(get("alert.severity"));
    draft.message(get("alert.category"));
    draft.action(get("verdict.action").or_else(|| get("alert.action")));
    draft.time(clock, get("timestamp"));
    draft.address(get("src_ip"), Role::Source);
    draft.address(get("dest_ip"), Role::Destination);
    draft.ports(get("src_port"), get("dest_port"));
    draft.transport(get("proto"));
    draft.domain(first(document, &["tls.sni", "dns.query.rrname", "dns.rrname"]), Role::Destination);
    let site = get("http.hostname");
    draft.domain(site.as_deref(), Role::Destination);
    match (&site, get("http.url")) {
        (Some(site), Some(path)) if path.starts_with('/') => {
            draft.url(Some(format!("http://{site}{path}")), Role::Destination);
        }
        (_, url) => draft.url(url, Role::Destination),
    }
    for path in
        ["fileinfo.sha256", "fileinfo.sha1", "fileinfo.md5", "files.sha256", "files.sha1", "files.md5"]
    {
        draft.hash(get(path));
    }
    for path in ["smtp.mail_from", "email.from"] {
        draft.email(get(path), Role::Source);
    }
    for path in ["smtp.rcpt_to", "email.to"] {
        for mailbox in texts(document, path) {
            draft.email(Some(mailbox), Role::Destination);
        }
    }
    // Rules carry the ids in their metadata: `mitre_technique_id`, `mitre_tactic_id`.
    for id in texts(document, "alert.metadata.mitre_technique_id") {
        draft.techniques(&id);
    }
    for id in texts(document, "alert.metadata.mitre_tactic_id") {
        draft.tactic(&id);
    }
    Some(draft.finish())
}

/// A line of `fast.log`.
pub struct Seen<'a> {
    /// What stands before the first mark: the time, and a header.
    pub time: &'a str,
    /// The signature.
    pub signature: &'a str,
    /// 1 is the gravest.
    pub priority: &'a str,
    /// `TCP`, or the number of another protocol.
    protocol: &'a str,
    /// Each with its address and, of TCP and UDP, its port.
    ends: [(&'a str, Option<&'a str>); 2],
    dropped: bool,
}

/// Reads `TIME  [Drop] [**] [1:2:3] SIGNATURE [**] [Classification: ...] [Priority: 3] {TCP} A:1 -> B:2`.
pub fn fast_log(line: &str) -> Option<Seen<'_>> {
    let (before, rest) = line.split_once("[**]")?;
    let (named, rest) = rest.split_once("[**]")?;
    let (_, signature) = named.trim().strip_prefix('[')?.split_once(']')?;
    let (_, priority) = rest.split_once("[Priority: ")?;
    let (priority, rest) = priority.split_once(']')?;
    let (protocol, ends) = rest.split_once('}')?;
    let (_, protocol) = protocol.rsplit_once('{')?;
    let (source, destination) = ends.split_once(" -> ")?;
    let destination = destination.split_whitespace().next().unwrap_or_default();
    let before = before.trim();
    Some(Seen {
        time: before.trim_end_matches("[Drop]").split_whitespace().next_back().unwrap_or_default(),
        dropped: before.ends_with("[Drop]"),
        signature: signature.trim(),
        priority: priority.trim(),
        protocol: protocol.trim(),
        ends: [end(source.trim()), end(destination)],
    })
}

/// Address and port of an end: what follows the last colon is a port, or a type of ICMP, also behind IPv6.
fn end(text: &str) -> (&str, Option<&str>) {
    let (address, port) = text.rsplit_once(':').map_or((text, None), |(address, port)| (address, Some(port)));
    (address.trim_matches(['[', ']']), port)
}

impl Seen<'_> {
    /// What it tells of the connection.
    pub fn tell(&self, draft: &mut Draft) {
        let [(source, from), (destination, to)] = self.ends;
        draft.address(Some(source), Role::Source);
        draft.address(Some(destination), Role::Destination);
        draft.transport(Some(self.protocol));
        if Transport::parse(self.protocol).is_some() {
            draft.ports(from, to);
        }
    }
}

/// An alert out of a line of `fast.log`.
pub fn fast(line: &str, clock: &Clock) -> Option<Alert> {
    let seen = fast_log(line)?;
    let mut draft = Draft::new("Suricata", "");
    draft.kind(seen.signature);
    draft.severity(Some(seen.priority));
    draft.action(seen.dropped.then_some("dropped"));
    // Snort writes no year there; the header's time is taken then.
    if clock.read(seen.time).is_some() {
        draft.time(clock, Some(seen.time));
    }
    seen.tell(&mut draft);
    Some(draft.finish())
}

/// IPv4 addresses in a text, without their ports, each once.
pub fn addresses(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for word in text.split(|c: char| !c.is_ascii_digit() && c != '.') {
        let word = word.trim_matches('.');
        if (7..=15).contains(&word.len()) && address::parse(word).is_some() && !found.contains(&word) {
            found.push(word);
        }
        if found.len() >= 16 {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };

    #[test]
    fn an_eve_alert_has_its_ends_and_its_site() {
        let alert = read(
            &json!({
                "timestamp": "2026-03-04T14:02:16.216246+0000", "event_type": "alert", "host": "sensor-1",
                "src_ip": "192.0.2.7", "src_port": 4, "dest_ip": "10.1.1.5", "dest_port": 80,
                "alert": {"action": "blocked", "signature": "ET TEST Sample", "category": "Web Application Attack", "severity": 1,
                    "metadata": {"mitre_technique_id": ["T1190"], "mitre_tactic_id": ["TA0001"]}},
                "http": {"hostname": "Shop.Example.TEST", "url": "/Cart"}
            }),
            &CLOCK,
        )
        .unwrap();
        assert_eq!((alert.alert_type.as_str(), alert.severity.as_deref()), ("ET TEST Sample", Some("1")));
        assert_eq!((alert.action.as_str(), alert.time), ("actioned", Some(1_772_632_936_216)));
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(values, ["10.1.1.5", "192.0.2.7", "shop.example.test", "http://shop.example.test/Cart"]);
        assert_eq!((alert.techniques, alert.tactics), (vec!["T1190".into()], vec!["TA0001".into()]));
    }

    #[test]
    fn a_flow_is_no_alert() {
        assert_eq!(read(&json!({"event_type": "flow", "alert": {"signature": "x"}}), &CLOCK), None);
    }

    #[test]
    fn a_fast_line_is_read() {
        let line = "03/04/2026-13:55:05.224939  [Drop] [**] [1:2221028:1] SURICATA sample invalid [**] \
                    [Classification: Generic] [Priority: 3] {TCP} 192.0.2.7:41334 -> [2001:db8::5]:80";
        let alert = fast(line, &CLOCK).unwrap();
        assert_eq!(
            (alert.alert_type.as_str(), alert.severity.as_deref()),
            ("SURICATA sample invalid", Some("3"))
        );
        assert_eq!((alert.action.as_str(), alert.time), ("actioned", Some(1_772_632_505_224)));
        let values: Vec<_> = alert.observables.iter().map(|o| o.value.as_str()).collect();
        assert_eq!(values, ["192.0.2.7", "2001:db8::5"]);
        let bare = fast(&line.replace("[2001:db8::5]", "2001:db8::5"), &CLOCK).unwrap();
        assert_eq!(bare.observables, alert.observables);
        for alert in [&alert, &bare] {
            assert_eq!((alert.ports, alert.transport), ([41_334, 80], Some(Transport::Tcp)));
        }
        // Of ICMP these are type and code.
        let icmp = fast(&line.replace("{TCP}", "{ICMP}"), &CLOCK).unwrap();
        assert_eq!((icmp.ports, icmp.transport), ([0, 0], None));
        assert!(fast("[**] no", &CLOCK).is_none());
    }

    #[test]
    fn addresses_are_found_in_text() {
        assert_eq!(
            addresses("FAILED for x (192.0.2.7) to 10.1.1.5:80, 192.0.2.7; v1.2.3 1.2.3.4.5"),
            ["192.0.2.7", "10.1.1.5"]
        );
    }
}
