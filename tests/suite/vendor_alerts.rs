//! Vendors' own lines (`vendor_alerts_sc4s`, `vendor_alerts_panther`, `aecid_alerts`): which of them are
//! alerts, and what each says.
//!
//! The tables were made by reading the raw lines, not from what begat makes of them; bases are those of
//! `guest/data/severities`. A line that is in no table is traffic, audit, health or news, and must not be
//! recognised; one in [`MISSED`] is an alert that no format reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use begat_guest::formats::{Reading, alerts, severity};
use begat_guest::model::{Alert, ObservableKind};
use serde_json::Value;

use crate::data::{Recording, real};

/// When the lines arrived: their template was filled with 2026-11-22 03:00 UTC.
const RECEIVED_AT: i64 = 1_795_316_400_000;

/// Set, line from 0, type, severity (`-` is none), base, action, addresses in order.
type Row =
    (&'static str, usize, &'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const SC4S: &[Row] = &[
    // IPS that dropped; 1 and 2 are the firewall's own drops, without severity or protection.
    ("checkpoint", 0, "TCP Segment Limit Enforcement", "Informational", "0.2", "actioned", &["1.1.1.2", "10.10.10.10"]),
    // A protocol anomaly that inspection dropped; the address is the one end that is logged.
    ("checkpoint", 3, "anomaly", "Medium", "3", "actioned", &["10.11.11.11"]),
    ("checkpoint", 4, "anomaly", "Medium", "3", "actioned", &["10.11.11.11"]),
    // A phone got a profile with a proxy; `Installed` says nothing of a remedy.
    ("checkpoint", 11, "Active proxy", "Medium", "3", "unknown", &[]),
    // 22 is the same blade finding nothing.
    ("checkpoint", 21, "SPAM", "-", "1", "unactioned", &["194.29.38.29", "194.29.47.47"]),
    // Severity 4 is critical. 1 has the verdict benign, 9 is an error of the gateway, 6, 7 and 10 list
    // harmless things at severity 0.
    ("checkpoint_syslog_rfc5424", 0, "APT_RampantKitten.TC.ah", "4", "9", "unactioned", &["10.160.59.141", "91.195.240.13"]),
    ("cylance_protect", 0, "ExploitAttempt", "-", "1", "unknown", &[]),
    // The appliance says that it sees half of the traffic; 0 is its audit.
    ("darktrace", 1, "High Unidirectional Traffic", "medium", "2", "unknown", &["10.12.19.57"]),
    // The request passed.
    ("f5_bigip", 28, "SQL-Injection", "Informational", "0.2", "unactioned", &["192.168.131.2", "72.6.2.84"]),
    // 3 is FortiMail's look-up that failed. No line of `fortinet_ngfw` is an alert: 2 was let through.
    ("fortinet_web", 2, "Directory Traversal", "Medium", "2", "unactioned", &["10.0.9.13", "172.22.6.234"]),
    // Whoever came was asked a riddle: neither blocked nor let through.
    ("imperva", 0, "Illegal Resource Access", "3", "1", "unknown", &["12.12.12.12"]),
    ("imperva_waf", 0, "custom-policy-violation", "High", "6", "actioned", &["1.0.0.1", "1.1.1.1"]),
    ("imperva_waf", 1, "sql-injection", "High", "6", "actioned", &["1.0.0.1", "1.1.1.1"]),
    ("imperva_waf", 2, "Sql Signature Violation", "Low", "1", "unknown", &["10.222.17.15"]),
    ("imperva_waf", 3, "Extremely Long SQL Request", "High", "6", "unknown", &["10.222.57.18", "146.222.96.180"]),
    ("imperva_waf", 4, "Web Worm", "High", "6", "actioned", &["1.0.0.1", "1.1.1.1"]),
    ("imperva_waf", 5, "SSL Untraceable Connection", "Medium", "3", "actioned", &["160.131.222.235", "49.93.221.243"]),
    // The other end is `118.127.xx.xx`.
    ("juniper_junos_rfc5424", 1, "TROJAN:ZMEU-BOT-SCAN", "HIGH", "6", "actioned", &["183.78.180.27"]),
    ("juniper_junos_rfc5424", 3, "Testfile", "10", "10", "unactioned", &["1.1.1.1", "10.0.0.1"]),
    ("juniper_junos_rfc5424", 4, "cc_url_data", "10", "10", "actioned", &["1.1.1.1", "10.0.0.1"]),
    // 0, 1, 4, 5 are updates and an inventory.
    ("mcafee_epo", 2, "Web Control Violation", "2", "6", "actioned", &["10.222.22.45", "213.211.198.58"]),
    ("mcafee_epo", 3, "EICAR test file", "2", "6", "actioned", &["10.222.22.131"]),
    // 0 is audit, 2 an access list, 3 a fault of the manager.
    ("mcafee_nsp", 1, "Inbound UDP Packet Volume Too High", "High", "6", "unknown", &[]),
    ("mcafee_web_gateway", 0, "BehavesLike.PDF.Exploit.vx", "-", "3", "actioned", &["192.168.57.1", "52.218.52.116"]),
    ("mcafee_web_gateway", 1, "BehavesLike.PDF.Exploit.vx", "-", "3", "actioned", &["192.168.57.1", "52.218.52.116"]),
    // Denied, of malware sites; 5 is a business site that was only logged.
    ("palo_alto", 4, "malware-sites", "informational", "0.2", "actioned", &["10.154.7.14", "65.55.17.25"]),
    ("symantec_dlp", 0, "test 2", "High", "6", "unactioned", &["10.160.165.240", "20.189.173.9"]),
    ("symantec_dlp", 1, "test 2", "High", "6", "unactioned", &["10.160.165.240", "20.189.173.9"]),
    ("trellix", 0, "SSLv2 Client Hello Request Detected", "3", "1", "unactioned", &[]),
    ("trellix", 1, "Exploit.IoT.HNAP1", "1", "0.3", "unactioned", &[]),
    // `act=DELETE` is what the statement did.
    ("trellix", 2, "DML Queries executed from the backend", "3", "1", "unknown", &["10.10.10.10", "10.10.10.11"]),
    // 0 is a login, 3 the firewall's log.
    ("trend_deep_security", 1, "Eicar_test_file", "6", "4", "actioned", &[]),
    ("trend_deep_security", 2, "AppControl detectOnly", "6", "4", "unactioned", &["192.168.33.128"]),
    ("trend_deep_security", 4, "New Integrity Monitoring Rule", "6", "4", "unknown", &[]),
    ("trend_deep_security", 5, "Test Intrusion Prevention Rule", "3", "1", "unactioned", &["192.168.126.150", "72.14.204.105"]),
    ("trend_deep_security", 6, "Microsoft Windows Events", "8", "7", "unknown", &[]),
    ("trend_deep_security", 7, "WebReputation", "5", "3", "actioned", &[]),
    // 4 is a lockdown that somebody ordered, 6 and 7 are audit and health. What begins with `$` was never
    // filled in.
    ("vectra_ai", 0, "Host Score Change", "3", "1", "unknown", &["10.11.11.135", "10.111.11.135"]),
    ("vectra_ai", 1, "Account Score Change", "3", "1", "unknown", &[]),
    ("vectra_ai", 2, "SMB Brute-Force", "7", "6", "unknown", &["172.17.111.111"]),
    ("vectra_ai", 3, "$d_type_vname", "$severity", "1", "unknown", &[]),
    ("vectra_ai", 5, "$campaign_name", "2", "0.6", "unknown", &[]),
    ("vectra_json", 6, "$campaign_name", "-", "1", "unknown", &[]),
    // It would have been blocked.
    ("vmware_carbonblack", 0, "Execution block (unapproved file)", "-", "1", "unactioned", &["10.0.0.3"]),
];

/// Alerts that no format reads.
const MISSED: &[(&str, usize)] = &[
    // Templates whose numbers were not filled in: `"threat": $threat` is no JSON.
    ("vectra_json", 0),
    ("vectra_json", 1),
    ("vectra_json", 2),
    ("vectra_json", 3),
    // Tenable.ad's deviances are values without names.
    ("tenable", 3),
];

#[rustfmt::skip]
const PANTHER: &[Row] = &[
    // All eight lines are findings, the other four are samples.
    ("aws_guardduty_rules", 0, "AttackSequence:IAM/CompromisedCredentials", "9", "9", "unknown", &["10.0.0.1"]),
    ("aws_guardduty_rules", 2, "PrivilegeEscalation:IAMUser/AdministrativePermissions", "8", "6", "unknown", &[]),
    ("aws_guardduty_rules", 4, "PrivilegeEscalation:IAMUser/AdministrativePermissions", "1", "1", "unknown", &[]),
    ("aws_guardduty_rules", 6, "PrivilegeEscalation:IAMUser/AdministrativePermissions", "5", "3", "unknown", &[]),
    // Proofpoint's lines carry four scores: the highest but spam's counts. Quarantined is actioned.
    ("proofpoint_rules", 0, "impostor", "95", "6", "unknown", &["192.0.2.150"]),
    ("proofpoint_rules", 1, "impostor", "70", "4", "unknown", &["198.51.100.175"]),
    ("proofpoint_rules", 2, "impostor", "50", "2", "unknown", &["203.0.113.88"]),
    ("proofpoint_rules", 6, "malware", "100", "8", "actioned", &["192.0.2.1"]),
    ("proofpoint_rules", 7, "malware", "95", "6", "actioned", &["198.51.100.1"]),
    ("proofpoint_rules", 8, "threat", "89", "4", "actioned", &["198.51.100.25"]),
    ("proofpoint_rules", 10, "malware", "100", "8", "actioned", &["192.0.2.10"]),
    ("proofpoint_rules", 12, "malware", "80", "4", "actioned", &["192.0.2.88"]),
    ("proofpoint_rules", 13, "malware", "95", "6", "actioned", &["198.51.100.123"]),
    ("proofpoint_rules", 14, "malware", "70", "4", "actioned", &["203.0.113.77"]),
    ("proofpoint_rules", 15, "phish", "60", "2", "actioned", &["198.51.100.50"]),
    ("proofpoint_rules", 16, "phish", "40", "0.5", "actioned", &["203.0.113.88"]),
    ("proofpoint_rules", 18, "phish", "95", "6", "actioned", &["192.0.2.100"]),
    ("proofpoint_rules", 19, "phish", "90", "6", "unknown", &["198.51.100.150"]),
    ("proofpoint_rules", 20, "phish", "75", "4", "unknown", &["203.0.113.200"]),
    ("proofpoint_rules", 24, "malware", "100", "8", "actioned", &["192.0.2.200"]),
    ("proofpoint_rules", 25, "phish", "95", "6", "actioned", &["198.51.100.88"]),
    ("proofpoint_rules", 26, "malware", "85", "4", "actioned", &["203.0.113.150"]),
    ("proofpoint_rules", 27, "phish", "70", "4", "actioned", &["198.51.100.200"]),
    ("proofpoint_rules", 30, "malware", "100", "8", "actioned", &["192.0.2.50"]),
    ("proofpoint_rules", 31, "malware", "85", "4", "actioned", &["198.51.100.100"]),
    ("proofpoint_rules", 32, "malware", "98", "6", "unknown", &["192.0.2.99"]),
    ("proofpoint_rules", 34, "phish", "95", "6", "actioned", &["198.51.100.200"]),
];

/// Rule id, how many, level, base, tactic, addresses.
type Rule = (&'static str, usize, &'static str, &'static str, Option<&'static str>, &'static [&'static str]);

/// Wazuh's rules. 2501 has an address in its log only; those of the logins are the machine's for itself.
#[rustfmt::skip]
const WAZUH: &[Rule] = &[
    ("2501", 138, "5", "0.5", Some("TA0006"), &["192.168.10.18"]),
    ("5503", 111, "5", "0.5", Some("TA0006"), &[]),
    ("5551", 15, "10", "3", Some("TA0006"), &[]),
    ("9705", 61, "5", "0.5", Some("TA0006"), &[]),
    ("9751", 8, "10", "3", Some("TA0006"), &[]),
    ("20100", 5, "8", "1.5", None, &["192.168.10.18", "192.168.10.21"]),
    ("20101", 69, "6", "1", None, &["192.168.10.18", "192.168.10.21"]),
    ("20152", 1, "10", "3", None, &["192.168.10.18", "192.168.10.21"]),
    ("86601", 87, "3", "0.2", None, &["192.168.10.18", "192.168.10.21"]),
    ("52507", 2, "3", "0.2", None, &[]),
];

/// A line of a set, as begat is given it.
fn recognise(row: &Value) -> Option<Alert> {
    match row["raw"].as_str() {
        Some(raw) if raw.trim_start().starts_with('{') => alerts::read_json(raw, &Reading::default()),
        Some(raw) => alerts::read_raw(raw, &Reading::default(), RECEIVED_AT),
        None => alerts::read_json(&row["log"].to_string(), &Reading::default()),
    }
}

/// The sets of a folder by name.
fn sets(folder: &Path) -> BTreeMap<String, Vec<Value>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|e| e == "ndjson"));
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let rows = |text: String| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    files.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), rows(read(&path)))).collect()
}

fn of_kind(alert: &Alert, kind: ObservableKind) -> Vec<&str> {
    alert.observables.iter().filter(|o| o.kind == kind).map(|o| o.value.as_str()).collect()
}

fn base(alert: &Alert) -> String {
    let system = format!("{} {}", alert.vendor, alert.product).trim().to_lowercase();
    severity::base(&system, alert.severity.as_deref()).value.to_string()
}

/// Every line of a folder against its table; says what is wrong with all of them, and the shares.
fn check(folder: &Path, table: &[Row], missed: &[(&str, usize)]) {
    let mut wrong = Vec::new();
    let sets = sets(folder);
    for (set, lines) in &sets {
        let expected: BTreeMap<usize, &Row> = table.iter().filter(|r| r.0 == set).map(|r| (r.1, r)).collect();
        let mut recognised = BTreeSet::new();
        for (index, line) in lines.iter().enumerate() {
            match (recognise(line), expected.get(&index)) {
                (None, None) => {}
                (None, Some(_)) => wrong.push(format!("{set}:{index} is not recognised")),
                (Some(alert), None) => wrong.push(format!("{set}:{index} is no alert: {}", alert.alert_type)),
                (Some(alert), Some(&&(_, _, kind, severity, number, action, ends))) => {
                    recognised.insert(index);
                    let is = (
                        alert.alert_type.as_str(),
                        alert.severity.as_deref().unwrap_or("-"),
                        base(&alert),
                        alert.action.as_str(),
                        of_kind(&alert, ObservableKind::Address),
                    );
                    let should = (kind, severity, number.to_owned(), action, ends.to_vec());
                    if is != should {
                        wrong.push(format!("{set}:{index}\n     is {is:?}\n should {should:?}"));
                    }
                }
            }
        }
        let missed = missed.iter().filter(|(of, _)| of == set).count();
        let alerts = expected.len() + missed;
        eprintln!("{set:28} {:3} of {alerts:3} alerts recognised, {:3} lines", recognised.len(), lines.len());
    }
    assert!(table.iter().all(|row| sets.contains_key(row.0)), "a set of the table is missing");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_product_of_splunk_connect_is_read_as_a_person_reads_it() {
    let Some(folder) = real() else { return };
    check(&folder.join("vendor_alerts_sc4s"), SC4S, MISSED);
}

#[test]
fn every_record_of_panther_is_read_as_a_person_reads_it() {
    let Some(folder) = real() else { return };
    check(&folder.join("vendor_alerts_panther"), PANTHER, &[]);
}

/// Panther says which of them must alert, rule by rule: a message that one rule passes over may be
/// another's.
#[test]
fn what_panther_alerts_on_is_recognised() {
    let Some(folder) = real() else { return };
    let sets = sets(&folder.join("vendor_alerts_panther"));
    for line in &sets["aws_guardduty_rules"] {
        assert_eq!(recognise(line).is_some(), line["expected_alert"], "{}", line["test"]);
    }
    let expected = sets["proofpoint_rules"].iter().filter(|line| line["expected_alert"] == true);
    assert_eq!(expected.clone().count(), 15);
    for line in expected {
        assert!(recognise(line).is_some(), "{}", line["test"]);
    }
}

#[test]
fn a_wazuh_attack_is_read_rule_by_rule() {
    let Some(folder) = real() else { return };
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    let text = fs::read_to_string(folder.join("aecid_alerts/ossec_insect.ndjson")).unwrap();
    for line in text.lines() {
        let raw: Value = serde_json::from_str(line).unwrap();
        let rule = raw["rule"]["id"].as_str().unwrap();
        let &(_, _, level, number, tactic, ends) = WAZUH.iter().find(|row| row.0 == rule).unwrap();
        let alert = alerts::read_json(line, &Reading::default()).unwrap();
        *counted.entry(rule.to_owned()).or_default() += 1;
        assert_eq!((alert.vendor.as_str(), alert.product.as_str()), ("Wazuh", ""));
        assert_eq!(alert.alert_type, raw["rule"]["description"].as_str().unwrap());
        assert_eq!((alert.severity.as_deref(), base(&alert).as_str()), (Some(level), number), "{line}");
        assert_eq!(alert.tactics, tactic.into_iter().collect::<Vec<_>>(), "{line}");
        assert_eq!(of_kind(&alert, ObservableKind::Address), ends, "{line}");
        assert_eq!(of_kind(&alert, ObservableKind::Host), ["user-0"], "the agent, and it alone");
        let is_login = ["5503", "5551", "9705", "9751"].contains(&rule);
        let users: &[&str] = if is_login { &["violet"] } else { &[] };
        assert_eq!(of_kind(&alert, ObservableKind::User), users, "{line}");
        let time = alert.time.unwrap();
        assert!((1_583_330_000_000..1_583_332_200_000).contains(&time), "13:53 to 14:30: {time}");
    }
    let expected = WAZUH.iter().map(|row| (row.0.to_owned(), row.1)).collect();
    assert_eq!(counted, expected);
}

#[test]
fn no_line_of_telemetry_is_an_alert() {
    let Some(folder) = real() else { return };
    for recording in Recording::all(&folder) {
        for line in recording.text().lines().take(3000) {
            let alert = alerts::read_json(line, &Reading::default());
            assert_eq!(alert, None, "{}: {line}", recording.name);
        }
    }
}
