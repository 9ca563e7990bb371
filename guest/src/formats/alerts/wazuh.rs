//! Wazuh's and OSSEC's alerts: `alerts.json` as JSON lines (Wazuh documentation, "Alerts"; OSSEC
//! documentation, `jsonout_output`), and OSSEC's one line for syslog.
//!
//! The host is the agent's: the manager only reads. Where the rule names no ATT&CK id, its groups give the
//! tactic by `data/alerts/wazuh-groups.json`.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::clock::Clock;
use super::draft::{Draft, without_port};
use super::lookup::{first, has, text, texts};
use super::suricata::{addresses, fast_log};
use crate::model::{Alert, ObservableKind, Role};
use crate::text::address;

#[derive(Deserialize)]
struct File {
    rows: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    group: String,
    tactic: String,
}

static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| {
    let file = serde_json::from_str(include_str!("../../../data/alerts/wazuh-groups.json"));
    file.map(|file: File| file.rows).unwrap_or_default()
});

pub fn read(document: &Value, clock: &Clock) -> Option<Alert> {
    let get = |paths: &[&str]| first(document, paths);
    let described = get(&["rule.description", "rule.comment"])?;
    let level = get(&["rule.level"])?;
    let is_ours =
        ["agent", "manager", "full_log", "location", "decoder"].iter().any(|name| has(document, name));
    if !is_ours {
        return None;
    }
    let vendor = if has(document, "rule.comment") { "OSSEC" } else { "Wazuh" };
    let mut draft = Draft::new(vendor, "");
    draft.kind(&described);
    draft.severity(Some(level));
    draft.id(get(&["id"]));
    draft.message(get(&["full_log", "data.alert.signature"]));
    for path in ["timestamp", "@timestamp", "TimeStamp"] {
        draft.time(clock, text(document, path));
    }
    entities(document, &mut draft);
    draft.action(get(&["data.alert.action", "data.action"]));
    threat(document, &mut draft);
    Some(draft.finish())
}

fn entities(document: &Value, draft: &mut Draft) {
    let get = |paths: &[&str]| first(document, paths);
    // OSSEC has the agent's name and address in one: `(web) 192.0.2.7->/var/log/auth.log`.
    let agent = get(&["agent.name", "hostname", "agent_name"]);
    draft.host(agent, Role::Related);
    let sources = ["data.srcip", "data.src_ip", "srcip", "data.win.eventdata.ipAddress"];
    let destinations = ["data.dstip", "data.dest_ip", "dstip"];
    for (paths, role) in [(sources.as_slice(), Role::Source), (destinations.as_slice(), Role::Destination)] {
        for path in paths {
            draft.address(text(document, path), role);
        }
    }
    // An address of the machine itself is one too: only a log without any is searched.
    let has_fields = sources
        .iter()
        .chain(&destinations)
        .any(|path| text(document, path).is_some_and(|value| address::parse(without_port(&value)).is_some()));
    let log = text(document, "full_log").unwrap_or_default();
    if !has_fields && !log.starts_with('{') {
        match fast_log(&log) {
            Some(seen) => seen.tell(draft),
            None => {
                for found in addresses(&log) {
                    draft.address(Some(found), Role::Related);
                }
            }
        }
    }
    for path in ["data.srcuser", "data.dstuser", "srcuser", "dstuser", "data.win.eventdata.targetUserName"] {
        let user = text(document, path);
        draft.user(user.as_deref().map(|user| user.trim_matches(['<', '>'])), Role::Related);
    }
    let site = text(document, "data.http.hostname");
    draft.domain(site.as_deref(), Role::Destination);
    match (&site, text(document, "data.http.url")) {
        (Some(site), Some(path)) if path.starts_with('/') => {
            draft.url(Some(format!("http://{site}{path}")), Role::Destination);
        }
        (_, url) => draft.url(url, Role::Destination),
    }
    for algorithm in ["sha256", "sha1", "md5"] {
        draft.hash(text(document, &format!("syscheck.{algorithm}_after")));
    }
    draft.file(get(&["syscheck.path", "data.file", "data.virustotal.source.file"]));
}

fn threat(document: &Value, draft: &mut Draft) {
    for path in ["rule.mitre.id", "rule.mitre.technique"] {
        for id in texts(document, path) {
            draft.techniques(&id);
        }
    }
    let tactics = texts(document, "rule.mitre.tactic");
    for tactic in &tactics {
        draft.tactic(tactic);
    }
    if tactics.is_empty() && !has(document, "rule.mitre.id") {
        let mut groups = texts(document, "rule.groups");
        // OSSEC writes them as one text.
        groups.extend(
            text(document, "rule.group").iter().flat_map(|g| g.split(',')).map(|g| g.trim().to_owned()),
        );
        for row in GROUPS.iter().filter(|row| groups.contains(&row.group)) {
            draft.tactic(&row.tactic);
        }
    }
}

/// OSSEC's `syslog_output`: `ossec: Alert Level: 5; Rule: 5503 - User login failed.; Location: ...; srcip: ...`.
pub fn syslog(rest: &str, _: &Clock) -> Option<Alert> {
    let (_, after) = rest.split_once("Alert Level: ").filter(|(before, _)| before.len() < 64)?;
    let mut draft = Draft::new("OSSEC", "");
    let mut parts = after.split("; ");
    draft.severity(Some(parts.next()?));
    let (mut rule, mut log) = (None, None);
    for part in parts {
        let Some((name, value)) = part.split_once(": ") else { continue };
        let value = value.trim_end_matches(';');
        match name.trim() {
            "Rule" => rule = value.split_once(" - "),
            "Location" => {
                let agent = value.strip_prefix('(').and_then(|v| v.split_once(')'));
                let host =
                    agent.map(|(name, _)| name).or_else(|| value.split_once("->").map(|(name, _)| name));
                draft.host(host, Role::Related);
            }
            "srcip" => draft.address(Some(value), Role::Source),
            "dstip" => draft.address(Some(value), Role::Destination),
            "user" => draft.user(Some(value), Role::Related),
            _ => log = log.or(Some(part)),
        }
    }
    let (_, described) = rule?;
    draft.kind(described);
    draft.message(log);
    if !draft.has(ObservableKind::Address) {
        for found in addresses(log.unwrap_or_default()) {
            draft.address(Some(found), Role::Related);
        }
    }
    Some(draft.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: None };

    fn alert(rule: Value, more: Value) -> Alert {
        let mut document = json!({
            "timestamp": "2026-03-04T14:14:30.000000+0000", "rule": rule,
            "agent": {"id": "007", "name": "web-1"}, "manager": {"name": "collector"}, "id": "1588002171.96"
        });
        for (name, value) in more.as_object().unwrap() {
            document[name] = value.clone();
        }
        read(&document, &CLOCK).unwrap()
    }

    fn values(alert: &Alert) -> Vec<(&'static str, &str)> {
        alert.observables.iter().map(|o| (o.kind.as_str(), o.value.as_str())).collect()
    }

    #[test]
    fn the_agent_is_the_host_and_the_groups_give_the_tactic() {
        let alert = alert(
            json!({"level": 5, "id": "5503", "description": "PAM: User login failed.", "groups": ["pam", "authentication_failed"]}),
            json!({"data": {"srcip": "127.0.0.1", "dstuser": "<violet>"}, "full_log": "failure from 192.0.2.7"}),
        );
        assert_eq!((alert.vendor.as_str(), alert.alert_type.as_str()), ("Wazuh", "PAM: User login failed."));
        assert_eq!((alert.severity.as_deref(), alert.time), (Some("5"), Some(1_772_633_670_000)));
        assert_eq!(
            values(&alert),
            [("host", "web-1"), ("user", "violet")],
            "its own address is the one that it has"
        );
        assert_eq!(alert.tactics, ["TA0006"]);
    }

    #[test]
    fn addresses_of_the_log_count_where_the_data_has_none() {
        let alert = alert(
            json!({"level": 5, "id": "2501", "description": "syslog: User authentication failure."}),
            json!({"full_log": "Mar  4 14:14:36 mail app: FAILED LOGIN for violet (192.0.2.7) to {imap://localhost/}"}),
        );
        assert_eq!(values(&alert), [("host", "web-1"), ("address", "192.0.2.7")]);
    }

    #[test]
    fn a_suricata_event_inside_has_its_addresses_and_url() {
        let alert = alert(
            json!({"level": 3, "description": "Suricata: Alert - X", "mitre": {"id": ["T1190"], "tactic": ["Initial Access"]}, "groups": ["authentication_failed"]}),
            json!({"data": {"src_ip": "192.0.2.7", "dest_ip": "10.1.1.5", "alert": {"action": "allowed"},
                "http": {"hostname": "mail.example.test", "url": "/A"}}, "full_log": "{}"}),
        );
        assert_eq!(
            values(&alert),
            [
                ("host", "web-1"),
                ("address", "10.1.1.5"),
                ("address", "192.0.2.7"),
                ("domain", "mail.example.test"),
                ("url", "http://mail.example.test/A")
            ]
        );
        assert_eq!((alert.techniques, alert.tactics), (vec!["T1190".into()], vec!["TA0001".into()]));
        assert_eq!(alert.action.as_str(), "unactioned");
    }

    #[test]
    fn a_port_behind_an_address_is_cut() {
        let alert = alert(
            json!({"level": 6, "description": "IDS event."}),
            json!({"data": {"srcip": "192.0.2.7", "dstip": "10.1.1.5:80"}}),
        );
        assert_eq!(values(&alert), [("host", "web-1"), ("address", "10.1.1.5"), ("address", "192.0.2.7")]);
    }

    #[test]
    fn an_update_of_signatures_has_no_tactic() {
        let alert = alert(
            json!({"level": 3, "id": "52507", "description": "ClamAV database update", "groups": ["clamd", "freshclam", "virus"]}),
            json!({"full_log": "freshclam: update process started"}),
        );
        assert_eq!(alert.tactics, Vec::<String>::new());
    }

    #[test]
    fn ossecs_line_for_syslog_is_read() {
        let alert = syslog(
            "ossec: Alert Level: 5; Rule: 5716 - SSHD authentication failed.; Location: (web-1) 192.0.2.3->/var/log/auth.log; \
             srcip: 192.0.2.7; user: anna; Nov 22 03:00:00 web-1 sshd[7]: Failed password",
            &CLOCK,
        )
        .unwrap();
        assert_eq!(
            (alert.alert_type.as_str(), alert.severity.as_deref()),
            ("SSHD authentication failed.", Some("5"))
        );
        assert_eq!(values(&alert), [("host", "web-1"), ("user", "anna"), ("address", "192.0.2.7")]);
    }

    #[test]
    fn every_group_has_a_known_tactic_and_a_source() {
        let file: Value =
            serde_json::from_str(include_str!("../../../data/alerts/wazuh-groups.json")).unwrap();
        for row in file["rows"].as_array().unwrap() {
            assert!(super::super::attack::tactic(row["tactic"].as_str().unwrap()).is_some(), "{row}");
            assert!(!row["source"].as_str().unwrap().is_empty(), "{row}");
        }
        assert!(!GROUPS.is_empty());
    }

    #[test]
    fn other_documents_with_rules_are_none() {
        assert_eq!(read(&json!({"rule": {"level": 5, "description": "x"}}), &CLOCK), None);
        assert_eq!(read(&json!({"agent": {"name": "x"}, "rule": {"description": "x"}}), &CLOCK), None);
    }
}
