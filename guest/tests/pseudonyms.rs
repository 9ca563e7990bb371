//! Hosts and users under other names.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use begat_guest::engine::{Execution, Scope, Stack, StackBy};
use begat_guest::{Batch, Emit, Engine};

const KEY: &str = r#"{"pseudonym_key": "000102030405060708090a0b0c0d0e0f"}"#;
const OTHER: &str = r#"{"pseudonym_key": "ff0102030405060708090a0b0c0d0e0f"}"#;

const LINES: &str = r#"{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1.example.org","UtcTime":"2026-01-01 00:00:01.000","ProcessGuid":"{00000000-0000-0000-0000-000000000001}","Image":"C:\\Users\\anna\\tool.exe","User":"CORP\\anna"}
{"EventID":4688,"Channel":"Security","Hostname":"ws1","TimeCreated":"2026-01-01T00:10:00Z","NewProcessId":"0x10","NewProcessName":"C:\\Windows\\System32\\cmd.exe","SubjectUserSid":"S-1-5-21-1-2-3-1001"}
"#;

fn engine(config: &str) -> Engine {
    let mut engine = Engine::new().unwrap();
    engine.configure(config).unwrap();
    engine
}

fn taken(config: &str) -> Engine {
    let mut engine = engine(config);
    let (source, environment, emit) = ("test", None, Emit::All);
    engine.ingest(&Batch {
        source,
        first_line: 1,
        received_at: 1_800_000_000_000,
        environment,
        emit,
        text: LINES,
    });
    engine
}

#[test]
fn no_host_and_no_user_is_left_in_a_state() {
    let engine = taken(KEY);
    let snapshot = String::from_utf8_lossy(&engine.snapshot()).to_lowercase();
    for name in ["ws1", "example.org", "anna", "s-1-5-21", "000102030405060708090a0b0c0d0e0f"] {
        assert!(!snapshot.contains(name), "{name}");
        assert!(!format!("{:?}", engine.processes(None, None, 0, 0)).to_lowercase().contains(name), "{name}");
    }
    // The rest is what it is without: one machine by two names, two processes, two images.
    let clear = taken("{}");
    assert_eq!(engine.stats().hosts.len(), 1);
    assert_eq!(engine.images(0, 0), clear.images(0, 0));
    assert_eq!(engine.stats().processes, clear.stats().processes);
}

/// svchost.exe in a folder of anna's, started by Word: begat raises an alert of its own, which names the host; and so does
/// an alert that somebody else sends.
#[test]
fn alerts_name_hosts_by_the_pseudonyms_that_their_records_have() {
    let lines = r#"{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1.example.org","UtcTime":"2026-01-01 00:20:01.000","ProcessGuid":"{00000000-0000-0000-0000-000000000002}","Image":"C:\\Users\\anna\\svchost.exe","User":"CORP\\anna","ParentProcessGuid":"{00000000-0000-0000-0000-000000000003}","ParentImage":"C:\\Program Files\\Office\\WINWORD.EXE"}
{"@timestamp":"2026-01-01T00:20:02Z","event":{"kind":"alert","id":"1"},"observer":{"vendor":"Acme"},"rule":{"name":"r"},"host":{"name":"ws1.example.org"}}
"#;
    let mut engine = engine(KEY);
    let (source, environment, emit) = ("test", None, Emit::All);
    let batch =
        Batch { source, first_line: 1, received_at: 1_800_000_000_000, environment, emit, text: lines };
    engine.ingest(&batch);
    assert_eq!(engine.alerts(None, 0, 0).unwrap().len(), 2);
    assert_eq!(engine.stats().hosts.len(), 1, "{:?}", engine.stats().hosts);
    engine.forget_host("WS1.example.org").unwrap();
    assert_eq!(engine.alerts(None, 0, 0).unwrap(), []);
    assert_eq!(engine.stats().hosts.len(), 0);
}

#[test]
fn who_has_the_key_asks_by_names() {
    let mut engine = taken(KEY);
    let hostname = Some("ws1.EXAMPLE.org");
    let score = engine.score(&Execution { image: "cmd.exe", hostname, ..Execution::default() }).unwrap();
    let host = score.blocks.iter().find(|block| block.scope == Scope::Host).unwrap();
    assert_eq!(host.executions, 1);
    let rare = engine.rare(&Stack { by: StackBy::Image, max_hosts: 1, since: None }, 0, 0);
    assert_eq!(rare[0].hosts, engine.stats().hosts, "answers name the pseudonym");
    engine.forget_host("WS1.example.org").unwrap();
    assert_eq!(engine.stats().processes, 0);
}

#[test]
fn a_state_goes_on_under_its_own_key_alone() {
    let snapshot = taken(KEY).snapshot();
    let mut same = engine(KEY);
    same.restore(&snapshot).unwrap();
    same.check_key().unwrap();
    assert!(same.snapshot() == snapshot);
    // Without the key it can be asked, and takes nothing more.
    let mut without = engine("{}");
    without.restore(&snapshot).unwrap();
    assert_eq!(without.images(0, 0).len(), 2);
    assert!(without.check_key().is_err());
    assert!(without.record(&Execution { image: "a.exe", ..Execution::default() }, 0, 0).is_err());
    without.configure(KEY).unwrap();
    without.check_key().unwrap();

    let refused = |engine: &mut Engine, snapshot: &[u8]| engine.restore(snapshot).unwrap_err().to_string();
    assert_eq!(
        refused(&mut engine(OTHER), &snapshot),
        "pseudonym_key: the state's pseudonyms are of another key"
    );
    let clear = taken("{}").snapshot();
    assert_eq!(refused(&mut engine(KEY), &clear), "pseudonym_key: the state holds hosts and users in clear");
    assert_eq!(
        taken("{}").configure(KEY).unwrap_err().to_string(),
        "pseudonym_key: the state holds hosts and users in clear"
    );
    assert_eq!(
        taken(KEY).configure(OTHER).unwrap_err().to_string(),
        "pseudonym_key: the state's pseudonyms are of another key"
    );
    for bad in ["00", "zz", "000102030405060708090a0b0c0d0e0"] {
        let config = format!(r#"{{"pseudonym_key": "{bad}"}}"#);
        let error = Engine::new().unwrap().configure(&config).unwrap_err().to_string();
        assert_eq!(error, "pseudonym_key: must be 16 to 64 bytes in hexadecimal");
    }
}
