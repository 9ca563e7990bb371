//! Alerts that name no process find theirs by what they say of a connection or a file (SPEC section 4). The bodies
//! are those of the SECDO document, as JSON.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use begat_guest::{Batch, Emit, Engine, Error};

mod addresses;
mod environments;
mod halves;
mod later;
mod nearest;

const PAN: &str = r#"{"company":"secdo","apikey":"b9cbe23a2c0acaa61c40abef3c792a83f302adb15649fe19bf73402e253dfd16","timestamp":"1490209247000","vendor":"Palo Alto Networks","product":"PAN-OS","source_port":"59661","destination_ip":"66.186.100.181","source_ip":"192.168.204.133","destination_port":"9000","type":"OutgoingConnectionEvent","severity":"LOW","event_id":"871151"}"#;
const FILE: &str = r#"{"company":"secdo","apikey":"b9cbe23a2c0acaa61c40abef3c792a83f302adb15649fe19bf73402e253dfd16","timestamp":"1493209485000","vendor":"McAfee","product":"ePO","agent_ip":"192.168.52.131","file_path":"c:\\temp\\55\\pageant.exe","type":"SuspiciousFileEvent","severity":"HIGH","event_id":"1674573196751"}"#;

/// The alert's time, 2017-03-22T19:00:47Z, and that of the other, 2017-04-26T12:24:45Z.
const PAN_DAY: &str = "2017-03-22 19:0";
const FILE_DAY: &str = "2017-04-26 12:2";

fn take(engine: &mut Engine, lines: &[&str]) {
    let text = lines.join("\n");
    engine.ingest(&Batch {
        source: "t",
        first_line: 1,
        received_at: 1_500_000_000_000,
        environment: None,
        emit: Emit::Nothing,
        text: &text,
    });
}

fn guid(process: u32) -> String {
    format!("{{00000000-0000-0000-0000-{process:012x}}}")
}

fn start(host: &str, time: &str, process: u32, parent: u32, image: &str) -> String {
    let [image, parent_image] = [image, r"C:\Windows\explorer.exe"].map(|path| path.replace('\\', "\\\\"));
    format!(
        r#"{{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Hostname":"{host}","UtcTime":"{time}","ProcessGuid":"{}","ProcessId":{process},"Image":"{image}","CommandLine":"{image} -x","ParentProcessGuid":"{}","ParentImage":"{parent_image}"}}"#,
        guid(process),
        guid(parent)
    )
}

fn connect(time: &str, process: u32, from: &str, to: &str) -> String {
    let (address, port) = from.split_once(':').unwrap();
    let (remote, remote_port) = to.split_once(':').unwrap();
    format!(
        r#"{{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":3,"Hostname":"ws1","UtcTime":"{time}","ProcessGuid":"{}","Image":"C:\\a\\p{process}.exe","Initiated":"true","Protocol":"tcp","SourceIp":"{address}","SourcePort":{port},"DestinationIp":"{remote}","DestinationPort":{remote_port}}}"#,
        guid(process)
    )
}

fn ids(engine: &mut Engine, alert: &str) -> Vec<(String, u32, u64)> {
    let found = engine.matches(alert).unwrap();
    found.candidates.into_iter().map(|c| (c.process, c.rank, c.apart)).collect()
}

fn process(number: u32) -> String {
    format!("ws1/00000000-0000-0000-0000-{number:012x}")
}

#[test]
fn a_firewalls_alert_finds_the_process_by_its_connection_also_when_it_comes_first() {
    let started = start("ws1", &format!("{PAN_DAY}0:40.000"), 7, 1, r"C:\a\p7.exe");
    // Two seconds before the alert; and another process to the same place ninety seconds after it.
    let its = connect(&format!("{PAN_DAY}0:45.000"), 7, "192.168.204.133:59661", "66.186.100.181:9000");
    let other = connect(&format!("{PAN_DAY}2:17.000"), 8, "192.168.204.133:50000", "66.186.100.181:9000");
    for lines in [[&started, &its, &other, PAN], [PAN, &other, &its, &started]] {
        let mut engine = Engine::new().unwrap();
        for line in lines {
            take(&mut engine, &[line]);
        }
        assert_eq!(ids(&mut engine, "A1"), [(process(7), 1, 2000), (process(8), 2, 90_000)]);
        let alert = engine.alert("A1").unwrap();
        assert_eq!(alert.process, Some(process(7)));
        let found = engine.matches("A1").unwrap();
        assert_eq!(
            found.candidates[0].reason,
            "opened a connection with the addresses and both ports 2.000 s before the alert"
        );
        let chain = engine.chain("A1", 0).unwrap();
        assert_eq!((chain.subject, chain.root), (process(7), process(7)));
        assert_eq!(chain.nodes[0].alerts, ["A1"]);
    }
}

/// The line of an alert says on what it fell by what was read before it, in the same words as a line of telemetry.
#[test]
fn an_alerts_line_names_the_process_that_it_is_about() {
    let started = start("ws1", &format!("{PAN_DAY}0:40.000"), 7, 1, r"C:\a\p7.exe");
    let its = connect(&format!("{PAN_DAY}0:45.000"), 7, "192.168.204.133:59661", "66.186.100.181:9000");
    let other = connect(&format!("{PAN_DAY}0:46.000"), 8, "192.168.204.133:59661", "66.186.100.181:9000");
    let said = |lines: &[&str]| {
        let text = lines.join("\n");
        let (source, environment, emit) = ("t", None, Emit::Alerts);
        let batch =
            Batch { source, first_line: 1, received_at: 1_500_000_000_000, environment, emit, text: &text };
        let annotated = Engine::new().unwrap().ingest(&batch).annotated;
        let lines = annotated.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.map(|line| line["begat"]["causality"].clone()).collect::<Vec<_>>()
    };
    let expected = serde_json::json!({
        "process": process(7), "owner": "p7.exe", "ancestors": ["explorer.exe"], "partial": false
    });
    assert_eq!(said(&[&started, &its, PAN]), std::slice::from_ref(&expected));
    // It comes before its telemetry, and after it again.
    assert_eq!(said(&[PAN, &started, &its, PAN]), [serde_json::Value::Null, expected]);
    // Two that fit equally well are none.
    let pan = PAN.replace("1490209247000", "1490209245500");
    assert_eq!(said(&[&started, &its, &other, &pan]), [serde_json::Value::Null]);
}

#[test]
fn two_processes_that_fit_equally_well_are_both_told_and_none_is_picked() {
    let mut engine = Engine::new().unwrap();
    let pan = PAN.replace(r#""source_port":"59661","#, "");
    let both = [7, 8].map(|n| {
        connect(
            &format!("{PAN_DAY}0:4{n}.000"),
            n,
            &format!("192.168.204.133:5000{n}"),
            "66.186.100.181:9000",
        )
    });
    take(&mut engine, &[&both[0], &both[1], &pan]);
    assert_eq!(ids(&mut engine, "A1"), [(process(7), 1, 0), (process(8), 1, 1000)]);
    assert_eq!(engine.alert("A1").unwrap().process, None);
    let why = format!("A1: 2 processes fit equally well: {}, {}", process(7), process(8));
    let expected = Error::not_found("process of alert", &why);
    assert_eq!(engine.chain("A1", 0).unwrap_err(), expected);
    assert_eq!(engine.timeline("A1", 0, 0).unwrap_err(), expected);
}

/// Of one over TCP and one over UDP with equal ends the alert's own; a record that says no transport may be either.
#[test]
fn a_connection_over_another_transport_is_another_one() {
    let alert = |transport: &str| {
        format!(
            r#"{{"@timestamp":"2017-03-22T19:00:47Z","event":{{"kind":"alert"}},"observer":{{"vendor":"Acme"}},"rule":{{"name":"r"}},"source":{{"ip":"192.168.204.133","port":59661}},"destination":{{"ip":"66.186.100.181","port":9000}}{transport}}}"#
        )
    };
    let over = |process: u32, second: u32, protocol: &str| {
        connect(&format!("{PAN_DAY}0:4{second}.000"), process, "192.168.204.133:59661", "66.186.100.181:9000")
            .replace(r#""Protocol":"tcp","#, protocol)
    };
    let (tcp, udp) = (over(7, 6, r#""Protocol":"tcp","#), over(8, 5, r#""Protocol":"udp","#));
    let unsaid = over(9, 4, "");
    let (of_tcp, of_udp) = (r#","network":{"transport":"tcp"}"#, r#","network":{"transport":"UDP"}"#);
    let (seven, eight, nine) = ((process(7), 1, 1000), (process(8), 1, 2000), (process(9), 1, 3000));
    for (transport, records, expected) in [
        (of_tcp, [&tcp, &udp].as_slice(), vec![&seven]),
        (of_udp, &[&tcp, &udp], vec![&eight]),
        ("", &[&tcp, &udp], vec![&seven, &eight]),
        (of_tcp, &[&tcp, &udp, &unsaid], vec![&seven, &nine]),
        (of_udp, &[&tcp, &unsaid], vec![&nine]),
    ] {
        let alert = alert(transport);
        let mut lines: Vec<&str> = records.iter().map(|line| line.as_str()).chain([alert.as_str()]).collect();
        for _ in 0..lines.len() {
            lines.rotate_left(1);
            let mut engine = Engine::new().unwrap();
            lines.iter().for_each(|line| take(&mut engine, &[line]));
            assert_eq!(ids(&mut engine, "A1").iter().collect::<Vec<_>>(), expected, "{lines:?}");
            let only = if let [one] = expected[..] { Some(&one.0) } else { None };
            assert_eq!(engine.alert("A1").unwrap().process.as_ref(), only);
        }
    }
    // Where it is the only one it came near.
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[&udp, &alert(of_tcp)]);
    let found = engine.matches("A1").unwrap();
    assert_eq!((found.candidates, engine.alert("A1").unwrap().process), (vec![], None));
    assert_eq!(found.misses[0].reason, "the same addresses, port 9000 over UDP, 2.000 s before the alert");
}

#[test]
fn a_connection_through_a_proxy_is_unmatched_with_what_came_near() {
    let mut engine = Engine::new().unwrap();
    let proxied = connect(&format!("{PAN_DAY}0:46.500"), 7, "192.168.204.133:59661", "192.168.204.1:8080");
    // The same place, but ten minutes before.
    let early = connect("2017-03-22 18:50:47.000", 8, "192.168.204.133:50000", "66.186.100.181:9000");
    take(&mut engine, &[PAN, &proxied, &early]);
    let found = engine.matches("A1").unwrap();
    assert_eq!(found.candidates, []);
    let misses: Vec<(&str, &str)> =
        found.misses.iter().map(|miss| (miss.process.as_str(), miss.reason.as_str())).collect();
    let reasons = [
        "a connection of that host with 192.168.204.1 port 8080 instead, 0.500 s before the alert",
        "the same addresses, port 9000, 600.000 s before the alert",
    ];
    assert_eq!(misses, [(process(7).as_str(), reasons[0]), (process(8).as_str(), reasons[1])]);
    assert_eq!(engine.alert("A1").unwrap().process, None);
    let expected = Error::not_found("process of alert", "A1: no process fits what it says");
    assert_eq!(engine.chain("A1", 0).unwrap_err(), expected);
}

#[test]
fn an_antiviruss_alert_finds_the_process_by_the_file_on_its_host() {
    let mut engine = Engine::new().unwrap();
    // The address is learned from a connection of ws1; another host runs a file of the same name.
    let learned = connect(&format!("{FILE_DAY}0:00.000"), 9, "192.168.52.131:50000", "10.0.0.1:443");
    let its = start("ws1", &format!("{FILE_DAY}4:00.000"), 7, 1, r"C:\Temp\55\pageant.exe");
    let elsewhere = start("ws2", &format!("{FILE_DAY}4:44.000"), 8, 1, r"C:\Temp\55\pageant.exe");
    take(&mut engine, &[FILE]);
    take(&mut engine, &[&elsewhere]);
    let found = engine.matches("A1").unwrap();
    assert_eq!(found.candidates, []);
    assert_eq!(found.misses[0].reason, "the file on ws2, 1.000 s before the alert");
    take(&mut engine, &[&learned, &its]);
    assert_eq!(ids(&mut engine, "A1"), [(process(7), 1, 45_000)]);
    assert_eq!(
        engine.matches("A1").unwrap().candidates[0].reason,
        "runs the file, 45.000 s before the alert, on the host that had the alert's address 192.168.52.131"
    );
    assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)));
}

#[test]
fn an_alert_that_names_its_process_finds_it_when_its_records_come() {
    let alert = r#"{"@timestamp":"2017-03-22T19:00:47Z","event":{"kind":"alert","severity":"high"},"observer":{"vendor":"Acme"},"rule":{"name":"r"},"host":{"name":"ws1"},"process":{"pid":7,"name":"p7.exe"}}"#;
    let started = start("ws1", &format!("{PAN_DAY}0:40.000"), 7, 1, r"C:\a\p7.exe");
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[alert]);
    assert_eq!(engine.alert("A1").unwrap().process, None);
    let expected = Error::not_found("process of alert", "A1: the one that it names is not known");
    assert_eq!(engine.chain("A1", 0).unwrap_err(), expected);
    take(&mut engine, &[&started]);
    assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)));
    // After a restart as well.
    let mut again = Engine::new().unwrap();
    take(&mut again, &[alert]);
    let snapshot = again.snapshot();
    let mut restored = Engine::new().unwrap();
    restored.restore(&snapshot).unwrap();
    take(&mut restored, &[&started]);
    assert_eq!(restored.alert("A1").unwrap().process, Some(process(7)));
}

#[test]
fn what_is_not_there_is_said() {
    let mut engine = Engine::new().unwrap();
    take(
        &mut engine,
        &[r#"{"@timestamp":"2017-03-22T19:00:47Z","event":{"kind":"alert"},"rule":{"name":"r"}}"#],
    );
    let reason = engine.matches("A1").unwrap().reason.unwrap();
    assert_eq!(reason, "the alert names no process, no connection with both ends or its host, and no file");
    let error = engine.chain("A1", 0).unwrap_err();
    assert_eq!(error, Error::not_found("process of alert", &format!("A1: {reason}")));
    assert!(engine.matches("A2").unwrap_err().to_string().contains("A2"));
    assert!(engine.chain("ws9/1/2017-03-22T19:00:47.000Z", 0).unwrap_err().to_string().contains("ws9"));
}

/// What the document's script sends, by its two examples of calling it: all values are texts.
#[test]
fn the_bodies_of_the_documented_script_run_as_they_stand() {
    let network = r#"{"company": "secdo", "apikey": "b9cbe23a2c0acaa61c40abef3c792a83f302adb15649fe19bf73402e253dfd16", "timestamp": "1497457869000", "vendor": "Check Point", "product": "FireWall-1 GX", "source_port": "2375", "destination_ip": "54.230.46.82", "source_ip": "10.212.134.102", "destination_port": "443", "type": "OutgoingConnectionEvent", "severity": "LOW", "event_id": "11111212"}"#;
    let file = r#"{"company": "secdo", "apikey": "b9cbe23a2c0acaa61c40abef3c792a83f302adb15649fe19bf73402e253dfd16", "agent_ip": "10.212.134.102", "timestamp": "1497457869000", "event_id": "1121", "vendor": "McAfee", "product": "ePO", "file_path": "c:\\users\\or\\appdata\\local\\slack\\app-2.6.3\\slack.exe", "type": "SuspiciousFileEvent", "severity": "HIGH"}"#;
    // 1497457869000 is 2017-06-14T16:31:09Z.
    let slack = r"C:\Users\or\AppData\Local\slack\app-2.6.3\slack.exe";
    let started = start("ws1", "2017-06-14 16:31:00.000", 7, 1, slack);
    let its = connect("2017-06-14 16:31:08.000", 7, "10.212.134.102:2375", "54.230.46.82:443");
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[network, file, &started, &its]);
    for (alert, system, vendor_id, apart) in
        [("A1", "check point firewall-1 gx", "11111212", 1000), ("A2", "mcafee epo", "1121", 9000)]
    {
        let held = engine.alert(alert).unwrap();
        assert_eq!((held.source_system.as_str(), held.vendor_id.as_deref()), (system, Some(vendor_id)));
        assert_eq!(held.time, 1_497_457_869_000);
        assert_eq!(ids(&mut engine, alert), [(process(7), 1, apart)], "{alert}");
        assert_eq!(held.process, Some(process(7)));
    }
}

/// Other vendors' shapes of the same connection: with both ports the process is found among two to that place.
#[test]
fn vendors_network_alerts_find_their_process_without_being_told() {
    let ecs = r#"{"@timestamp":"2017-03-22T19:00:47Z","event":{"kind":"alert","severity":"high"},"observer":{"vendor":"Acme"},"rule":{"name":"r"},"source":{"ip":"192.168.204.133","port":59661},"destination":{"ip":"66.186.100.181","port":9000}}"#;
    let cef = "CEF:0|Acme|IPS|1|7|a rule|5|rt=1490209247000 src=192.168.204.133 spt=59661 dst=66.186.100.181 dpt=9000 act=detected";
    let suricata = r#"{"timestamp":"2017-03-22T19:00:47.000000+0000","event_type":"alert","src_ip":"192.168.204.133","src_port":59661,"dest_ip":"66.186.100.181","dest_port":9000,"proto":"TCP","alert":{"signature":"ET X","severity":2,"action":"allowed","category":"c","signature_id":7}}"#;
    let mut fields = vec![""; 40];
    for (place, value) in [
        (1, "2017/03/22 19:00:47"),
        (3, "THREAT"),
        (4, "vulnerability"),
        (6, "2017/03/22 19:00:47"),
        (7, "192.168.204.133"),
        (8, "66.186.100.181"),
        (24, "59661"),
        (25, "9000"),
        (30, "alert"),
        (32, "a threat(31337)"),
        (34, "medium"),
    ] {
        fields[place] = value;
    }
    let palo_alto = format!("<14>Mar 22 19:00:47 fw {}", fields.join(","));
    let its = connect(&format!("{PAN_DAY}0:45.000"), 7, "192.168.204.133:59661", "66.186.100.181:9000");
    let other = connect(&format!("{PAN_DAY}0:47.000"), 8, "192.168.204.133:50000", "66.186.100.181:9000");
    for alert in [ecs, cef, suricata, palo_alto.as_str()] {
        let mut engine = Engine::new().unwrap();
        take(&mut engine, &[&its, &other, alert]);
        let held = engine.alert("A1").unwrap();
        assert_eq!(held.process, Some(process(7)), "{alert}");
        assert_eq!(ids(&mut engine, "A1"), [(process(7), 1, 2000), (process(8), 2, 0)], "{alert}");
    }
}

/// A firewall's alert names no host: what it was matched to goes with the host all the same.
#[test]
fn a_forgotten_host_leaves_nothing_in_alerts_that_do_not_name_it() {
    let started = start("ws1", &format!("{PAN_DAY}0:40.000"), 7, 1, r"C:\Users\anna\p7.exe");
    let its = connect(&format!("{PAN_DAY}0:45.000"), 7, "192.168.204.133:59661", "66.186.100.181:9000");
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[&started, &its, PAN]);
    assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)));
    engine.forget_host("ws1").unwrap();
    assert_eq!(engine.alert("A1").unwrap().process, None);
    let snapshot = engine.snapshot();
    for trace in [&b"anna"[..], b"ws1/"] {
        assert!(
            !snapshot.windows(trace.len()).any(|part| part == trace),
            "{}",
            String::from_utf8_lossy(trace)
        );
    }
}
