//! What holds for every format: bad input has an explained default, and nothing panics or grows.

use proptest::prelude::*;

use super::*;
use crate::model::{ObservableKind, Transport};
use crate::text::time;

const READING: Reading = Reading { zone_minutes: 0 };
const RECEIVED: i64 = 1_795_316_400_000;

/// A line of each format, in our own words.
const SAMPLES: [&str; 20] = [
    r#"{"event":{"kind":"alert","severity":7,"action":"blocked"},"observer":{"vendor":"Darktrace"},"rule":{"name":"Sample"},"source":{"ip":"10.1.1.7"},"threat":{"technique":{"id":["T1021"]}}}"#,
    r#"{"class_uid":2004,"time":1795316400000,"severity_id":4,"finding_info":{"title":"Sample"},"device":{"hostname":"ws7"},"observables":[{"type_id":2,"value":"192.0.2.7"}]}"#,
    r#"{"vendor":"McAfee","product":"ePO","type":"SuspiciousFileEvent","agent_ip":"10.1.1.7","file_path":"c:\\temp\\a.exe","timestamp":"1795316400000","severity":"HIGH"}"#,
    r#"{"event_type":"alert","alert":{"signature":"Sample","severity":1},"src_ip":"192.0.2.7","dest_ip":"10.1.1.5","http":{"hostname":"a.example","url":"/x"}}"#,
    r#"{"rule":{"level":5,"description":"Sample","groups":["authentication_failed"]},"agent":{"name":"web-1"},"full_log":"failed for x (192.0.2.7)"}"#,
    r#"{"type":"Recon:EC2/Sample","severity":5,"service":{"serviceName":"guardduty","action":{"networkConnectionAction":{"remoteIpDetails":{"ipAddressV4":"192.0.2.7"}}}}}"#,
    r#"{"metadata":{"eventType":"DetectionSummaryEvent"},"event":{"DetectName":"Sample","Severity":4,"FilePath":"\\Device\\HarddiskVolume1\\a","FileName":"b.exe"}}"#,
    r#"{"serviceSource":"microsoftDefenderForEndpoint","detectionSource":"x","title":"Sample","severity":"high","evidence":[{"ipAddress":"192.0.2.7","remediationStatus":"blocked"}]}"#,
    r#"{"messageTime":"2026-11-22T03:00:00Z","phishScore":95,"sender":"a@evil.example","recipient":["b@corp.example"],"threatsInfoMap":[{"threatStatus":"active","threatType":"url","threat":"http://evil.example/a"}]}"#,
    r#"{"pbid":1,"score":0.7,"model":{"name":"Sample"},"device":{"hostname":"ws7","ip":"10.1.1.7"}}"#,
    r#"{"headend_addr":"10.1.1.2","d_type_vname":"Sample","severity":7,"host_name":"ws7"}"#,
    r#"{"CanaryID":"c1","Description":"Sample","SourceIP":"10.1.1.7","AdditionalDetails":[["Username","root"]]}"#,
    r#"{"alertid":"1","triggername":"Sample","severity":"low","devid":"FG1","epip":"10.1.1.7"}"#,
    r"<13>Nov 22 03:00:00 gw CEF:0|Acme|Wall|1|42|Sample|7|src=192.0.2.7 act=blocked cs1Label=sha1 cs1=abababababababababababababababababababab filePath=C:\\a\\b.exe",
    r#"<13>date=2026-11-22 time=03:00:00 devid="FG1" logid="1" type="utm" subtype="ips" severity="low" srcip=192.0.2.7 attack="Sample" action=dropped"#,
    "time=1795316400|severity=High|product=IPS|action=Drop|loguid={0x1,0x2}|protection_name=Sample|src=192.0.2.7|dst=10.1.1.5|",
    "<13>Nov 22 03:00:00 gw 1,2026/11/22 03:00:00,7,THREAT,virus,1,2026/11/22 03:00:00,10.1.1.7,192.0.2.9,,,r,a,,web,v,t,u,e,f,l,x,7,1,1,80,0,0,0,tcp,deny,\"f\",Sample(7),any,high,d",
    "<13>Nov 22 03:00:00 epo EPOEvents <EPOEvent><MachineName>ws7</MachineName><ThreatCategory>av</ThreatCategory><ThreatName>Sample</ThreatName><ThreatSeverity>2</ThreatSeverity></EPOEvent>",
    "11/22/2026-03:00:00.5  [**] [1:2:3] Sample [**] [Classification: x] [Priority: 1] {TCP} 192.0.2.7:1 -> 10.1.1.5:80",
    r#"<13>Nov 22 03:00:00 fw RT_IDP - IDP [junos epoch-time="1795316400" attack-name="Sample" threat-severity="HIGH" source-address="192.0.2.7"]"#,
];

fn read(line: &str) -> Option<Alert> {
    if line.starts_with('{') { read_json(line, &READING) } else { read_raw(line, &READING, RECEIVED) }
}

fn assert_bounded(alert: &Alert) {
    let texts = [&alert.vendor, &alert.product, &alert.alert_type];
    assert!(texts.iter().all(|text| text.len() <= 300), "{alert:?}");
    assert!(!alert.alert_type.is_empty());
    assert!(alert.message.len() <= 2048);
    assert!(alert.observables.len() <= 64 && alert.techniques.len() <= 64 && alert.tactics.len() <= 64);
    assert!(alert.assumed.len() <= 20 && alert.unmapped.len() <= 20);
    for observable in &alert.observables {
        assert!(!observable.value.is_empty() && observable.value.len() <= 8192);
    }
    assert_eq!(alert.clone().sorted(), *alert, "its lists are in order");
}

#[test]
fn every_sample_is_an_alert_that_names_something() {
    for line in SAMPLES {
        let alert = read(line).unwrap_or_else(|| panic!("{line}"));
        assert!(
            alert.alert_type.contains("Sample")
                || ["SuspiciousFileEvent", "threat"].contains(&&*alert.alert_type),
            "{line}"
        );
        assert!(!alert.observables.is_empty(), "{line}");
        assert!(alert.severity.is_some() || line.contains("Canary"), "{line}");
        assert_bounded(&alert);
    }
}

#[test]
fn the_same_alert_is_read_behind_a_syslog_header() {
    for line in SAMPLES.iter().filter(|line| line.starts_with('{')) {
        let behind =
            read_raw(&format!("<13>Nov 22 03:00:00 sensor app[7]: {line}"), &READING, RECEIVED).unwrap();
        let bare = read(line).unwrap();
        assert_eq!(
            (&behind.alert_type, &behind.observables),
            (&bare.alert_type, &bare.observables),
            "{line}"
        );
        assert_eq!(behind.time, bare.time.or(Some(RECEIVED)), "the header's time counts where there is none");
    }
}

#[test]
fn the_transport_of_a_connection_is_read_where_a_format_has_one() {
    for (sample, find, with) in [
        (0, r#""source":{"#, r#""network":{"transport":"udp"},"source":{"#),
        (0, r#""source":{"#, r#""network":{"iana_number":"17"},"source":{"#),
        (1, r#""device""#, r#""connection_info":{"protocol_num":17},"device""#),
        (3, r#""src_ip""#, r#""proto":"UDP","src_ip""#),
        (13, " act=", " proto=UDP act="),
        (14, " action=", " proto=17 action="),
        (15, "|src=", "|proto=17|src="),
        (16, ",tcp,", ",udp,"),
    ] {
        let line = SAMPLES[sample].replacen(find, with, 1);
        assert_eq!(read(&line).unwrap().transport, Some(Transport::Udp), "{line}");
        let said = (sample == 16).then_some(Transport::Tcp);
        assert_eq!(read(SAMPLES[sample]).unwrap().transport, said, "{}", SAMPLES[sample]);
    }
    // What is neither TCP nor UDP is not asked for.
    let icmp = SAMPLES[14].replacen(" action=", " proto=1 action=", 1);
    assert_eq!(read(&icmp).unwrap().transport, None);
}

#[test]
fn a_missing_time_severity_or_entity_is_said() {
    let alert =
        read(r#"{"event":{"kind":"alert"},"rule":{"name":"Sample"},"observer":{"vendor":"Acme"}}"#).unwrap();
    assert_eq!((alert.time, alert.severity.as_deref(), alert.observables.len()), (None, None, 0));
    for part in ["no time", "no severity", "names nothing"] {
        assert!(alert.assumed.iter().any(|sentence| sentence.contains(part)), "{part}: {:?}", alert.assumed);
    }
    let alert = read(
        r#"{"event":{"kind":"alert","severity":99},"rule":{"name":"Sample"},"observer":{"vendor":"Darktrace"},"@timestamp":"soon"}"#,
    );
    let alert = alert.unwrap();
    assert_eq!(alert.unmapped, [("severity", "99".to_owned())]);
    assert!(alert.assumed.iter().any(|sentence| sentence.contains("\"soon\" cannot be read")));
}

#[test]
fn far_years_are_read_as_they_are() {
    for year in ["1601-01-01T00:00:00.000Z", "2262-04-11T23:47:16.000Z"] {
        let line =
            format!(r#"{{"event":{{"kind":"alert"}},"rule":{{"name":"Sample"}},"@timestamp":"{year}"}}"#);
        assert_eq!(time::to_text(read(&line).unwrap().time.unwrap()), year);
    }
}

#[test]
fn what_names_nobody_is_no_observable() {
    let line = r#"{"event":{"kind":"alert"},"rule":{"name":"Sample"},"source":{"ip":"127.0.0.1","user":{"name":"SYSTEM","domain":"NT AUTHORITY"}},
        "destination":{"ip":"fe80::1"},"host":{"name":"10.1.1.7"},"user":{"id":"S-1-5-18","name":"WS7$"},"file":{"path":"bare.exe",
        "hash":{"md5":"d41d8cd98f00b204e9800998ecf8427e"}},"url":{"full":"-"}}"#;
    let alert = read(line).unwrap();
    // An address where a name belongs is an address.
    let found: Vec<_> = alert.observables.iter().map(|o| (o.kind, o.value.as_str())).collect();
    assert_eq!(found, [(ObservableKind::Address, "10.1.1.7")]);
}

#[test]
fn other_lines_are_no_alerts() {
    for line in [
        "",
        "{",
        "{}",
        "[]",
        "null",
        "plain text",
        r#"{"EventID":1,"Image":"C:\\a.exe","UtcTime":"2026-11-22 03:00:00.000"}"#,
        r#"{"event":{"kind":"event","category":["process"]},"process":{"name":"x"}}"#,
        "<13>Nov 22 03:00:00 ws7 sshd[7]: Accepted password for anna from 10.1.1.7",
        "<13>1 2026-11-22T03:00:00Z ws7 app - - - started",
    ] {
        assert_eq!(read_json(line, &READING), None, "{line}");
        assert_eq!(read_raw(line, &READING, RECEIVED), None, "{line}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = (read_json(&text, &READING), read_raw(&text, &READING, RECEIVED));
    }

    #[test]
    fn no_mutated_sample_panics_or_grows(
        sample in 0..SAMPLES.len(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[\\PC\"{}=|,:\\\\0-9]{0,8}"), 1..4),
        zone in any::<i32>(),
        received in any::<i64>(),
    ) {
        let mut text: Vec<char> = SAMPLES[sample].chars().collect();
        for (from, length, put) in cuts {
            let from = from.index(text.len().max(1));
            let to = (from + length.index(8)).min(text.len());
            text.splice(from.min(to)..to, put.chars());
        }
        let line: String = text.into_iter().collect();
        let reading = Reading { zone_minutes: i64::from(zone) };
        for alert in [read_json(&line, &reading), read_raw(&line, &reading, received)].into_iter().flatten() {
            assert_bounded(&alert);
        }
    }

    #[test]
    fn no_repeated_value_grows(sample in 0..SAMPLES.len(), times in 1..2000_usize) {
        let line = SAMPLES[sample].replace("Sample", &"Sämple ".repeat(times)).replace("192.0.2.7", &"192.0.2.7 ".repeat(times));
        if let Some(alert) = read(&line) {
            assert_bounded(&alert);
        }
    }
}
