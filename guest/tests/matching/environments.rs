//! What two environments have is two things, whatever it is called: an alert is about processes of its own, and
//! connections lead across only where both addresses are public.

use begat_guest::engine::{EdgeKind, Matching};
use begat_guest::{Batch, Emit, Engine};

const DAY: &str = "2026-03-01T12:00";

fn take(engine: &mut Engine, environment: Option<&str>, lines: &[String]) {
    let text = lines.join("\n");
    let (source, emit, received_at) = ("test", Emit::Nothing, 1_780_000_000_000);
    engine.ingest(&Batch { source, first_line: 1, received_at, environment, emit, text: &text });
}

fn sysmon(id: u32, host: &str, second: u32, guid: u32, rest: &str) -> String {
    format!(
        r#"{{"EventID":{id},"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"{host}","UtcTime":"2026-03-01 12:00:{second:02}.000","ProcessGuid":"{{00000000-0000-0000-0000-{guid:012x}}}",{rest}}}"#
    )
}

fn started(host: &str, second: u32, guid: u32, image: &str, parent: &str) -> String {
    let rest = format!(
        r#""Image":"C:\\Windows\\System32\\{image}","ParentImage":"C:\\Windows\\System32\\{parent}""#
    );
    sysmon(1, host, second, guid, &rest)
}

fn connected(host: &str, second: u32, guid: u32, opened: bool, from: &str, to: &str) -> String {
    let ((from, own), (to, port)) = (from.rsplit_once(':').unwrap(), to.rsplit_once(':').unwrap());
    let rest = format!(
        r#""Initiated":"{opened}","SourceIp":"{from}","SourcePort":{own},"DestinationIp":"{to}","DestinationPort":{port}"#
    );
    sysmon(3, host, second, guid, &rest)
}

fn alert(id: &str, rest: &str) -> String {
    format!(
        r#"{{"@timestamp":"{DAY}:10Z","event":{{"kind":"alert","id":"{id}"}},"observer":{{"vendor":"Acme"}},"rule":{{"name":"r"}},{rest}}}"#
    )
}

/// Candidates, and what came near.
fn found(engine: &mut Engine, id: &str) -> (Vec<String>, Vec<String>) {
    let alerts = engine.alerts(None, 0, 0).unwrap();
    let alert = alerts.iter().find(|alert| alert.vendor_id.as_deref() == Some(id)).unwrap().id.clone();
    let Matching { candidates, misses, .. } = engine.matches(&alert).unwrap();
    let ids = |list: Vec<begat_guest::engine::Candidate>| list.into_iter().map(|one| one.process).collect();
    (ids(candidates), ids(misses))
}

/// Both networks have a `ws1` with the address 10.0.0.5; what runs on them has other ids.
fn networks() -> Engine {
    let mut engine = Engine::new().unwrap();
    for (environment, guid) in [(None, 1), (Some("office"), 2), (Some("plant"), 3)] {
        let file = r#""TargetFilename":"C:\\temp\\x.exe","Image":"C:\\Windows\\System32\\curl.exe""#;
        take(
            &mut engine,
            environment,
            &[
                started("ws1", 1, guid, "curl.exe", "cmd.exe"),
                connected("ws1", 9, guid, true, "10.0.0.5:50000", "203.0.113.7:443"),
                sysmon(11, "ws1", 9, guid, file),
            ],
        );
    }
    engine
}

#[test]
fn an_alert_is_about_the_processes_of_its_own_environment() {
    let mut engine = networks();
    let ends = r#""source":{"ip":"10.0.0.5","port":50000},"destination":{"ip":"203.0.113.7","port":443}"#;
    let by_name = r#""host":{"name":"ws1"},"file":{"path":"C:\\temp\\x.exe"}"#;
    // Whose the address is tells the machine.
    let by_address = r#""source":{"ip":"10.0.0.5"},"file":{"path":"C:\\temp\\x.exe"}"#;
    for (environment, guid) in [(None, 1), (Some("office"), 2), (Some("plant"), 3)] {
        let its = format!("ws1/00000000-0000-0000-0000-{guid:012}");
        for (kind, says) in [("c", ends), ("n", by_name), ("a", by_address)] {
            let id = format!("{kind}{guid}");
            take(&mut engine, environment, &[alert(&id, says)]);
            assert_eq!(found(&mut engine, &id), (vec![its.clone()], Vec::new()), "{id}");
            let held = engine.alerts(None, 0, 0).unwrap();
            let held = held.iter().find(|alert| alert.vendor_id.as_ref() == Some(&id)).unwrap();
            assert_eq!(held.process.as_ref(), Some(&its), "{id}");
        }
    }
}

#[test]
fn what_other_environments_have_is_not_even_near() {
    let mut engine = networks();
    let ends = r#""source":{"ip":"10.0.0.5","port":50000},"destination":{"ip":"203.0.113.7","port":443}"#;
    let file = r#""host":{"name":"ws1"},"file":{"path":"C:\\temp\\x.exe"}"#;
    take(&mut engine, Some("lab"), &[alert("c", ends), alert("f", file)]);
    for id in ["c", "f"] {
        assert_eq!(found(&mut engine, id), (Vec::new(), Vec::new()), "{id}");
    }
    // Until the lab's own telemetry comes.
    take(
        &mut engine,
        Some("lab"),
        &[
            started("ws9", 2, 9, "curl.exe", "cmd.exe"),
            connected("ws9", 9, 9, true, "10.0.0.5:50000", "203.0.113.7:443"),
        ],
    );
    assert_eq!(found(&mut engine, "c").0, ["ws9/00000000-0000-0000-0000-000000000009"]);
}

/// WinRM accepts a connection and starts a shell; who opened it may be of another environment.
fn shell(client: Option<&str>, server: Option<&str>, from: &str, to: &str) -> Vec<(EdgeKind, String)> {
    let mut engine = Engine::new().unwrap();
    let opens = [started("ws1", 1, 1, "powershell.exe", "cmd.exe"), connected("ws1", 5, 1, true, from, to)];
    take(&mut engine, client, &opens);
    let accepts =
        [connected("srv", 5, 4, false, from, to), started("srv", 6, 5, "wsmprovhost.exe", "svchost.exe")];
    take(&mut engine, server, &accepts);
    let chain = engine.chain("srv/00000000-0000-0000-0000-000000000005", 0).unwrap();
    let edges = chain.edges.into_iter().filter(|edge| edge.kind == EdgeKind::Connected);
    edges.map(|edge| (edge.kind, edge.cause)).collect()
}

#[test]
fn a_connection_leads_to_another_environment_only_between_public_addresses() {
    let (office, plant) = (Some("office"), Some("plant"));
    let its = [(EdgeKind::Connected, "ws1/00000000-0000-0000-0000-000000000001".to_owned())];
    assert_eq!(shell(office, office, "10.0.0.5:50000", "10.0.0.9:5985"), its);
    assert_eq!(shell(office, plant, "10.0.0.5:50000", "10.0.0.9:5985"), []);
    assert_eq!(shell(office, plant, "198.51.100.5:50000", "10.0.0.9:5985"), []);
    assert_eq!(shell(office, plant, "198.51.100.5:50000", "203.0.113.9:5985"), its);
    assert_eq!(shell(None, plant, "10.0.0.5:50000", "10.0.0.9:5985"), []);
}

/// How many clusters two alerts form, each about the process that its environment has under one and the same id.
fn clusters(environments: [Option<&str>; 2]) -> usize {
    let mut engine = Engine::new().unwrap();
    for environment in environments {
        take(&mut engine, environment, &[started("ws1", 1, 1, "curl.exe", "explorer.exe")]);
    }
    for (id, environment) in ["a", "b"].into_iter().zip(environments) {
        let process = r#""process":{"entity_id":"{00000000-0000-0000-0000-000000000001}"}"#;
        take(&mut engine, environment, &[alert(id, &format!(r#""host":{{"name":"ws1"}},{process}"#))]);
        assert_eq!(found(&mut engine, id).0, ["ws1/00000000-0000-0000-0000-000000000001"]);
    }
    let state = engine.snapshot();
    engine.restore(&state).unwrap();
    assert!(engine.snapshot() == state);
    engine.clusters(&Default::default(), 0, 0).unwrap().len()
}

#[test]
fn one_id_in_two_environments_is_two_causality_groups() {
    assert_eq!(clusters([Some("plant"), Some("plant")]), 1);
    assert_eq!(clusters([Some("office"), Some("plant")]), 2);
    assert_eq!(clusters([None, Some("plant")]), 2);
}

/// What a vendor's product counts up in each of two networks begins with 1 in both.
#[test]
fn one_vendor_s_id_in_two_environments_is_two_alerts() {
    let mut engine = Engine::new().unwrap();
    for environment in [Some("office"), Some("plant"), Some("plant")] {
        take(&mut engine, environment, &[alert("1", r#""host":{"name":"ws1"}"#)]);
    }
    let state = engine.snapshot();
    engine.restore(&state).unwrap();
    take(&mut engine, Some("office"), &[alert("1", r#""host":{"name":"ws1"}"#)]);
    let alerts = engine.alerts(None, 0, 0).unwrap();
    assert_eq!(alerts.iter().map(|alert| alert.duplicates).collect::<Vec<_>>(), [1, 1]);
}
