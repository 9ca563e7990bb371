//! What is remembered goes with its host, and lives through restarts.

use super::telemetry::{Process, Tenant};

const NOTEPAD: &str = r"C:\Windows\System32\notepad.exe";
const AGENT: &str = r"C:\Agent\agent.exe";

fn thread(tenant: &mut Tenant, host: &str) -> usize {
    tenant.thread(Process(host, 1, AGENT), Process(host, 2, NOTEPAD), "-").len()
}

/// As far as alerts go: what was told of others because of the host stays told.
#[test]
fn a_host_that_is_forgotten_leaves_no_trace() {
    let mut one = Tenant::new();
    for host in ["ws1", "ws2"] {
        thread(&mut one, host);
    }
    one.engine.forget_host("ws1").unwrap();
    // Numbers of alerts stay as they were given, so that this is no snapshot of one that never saw it.
    let snapshot = one.engine.snapshot();
    let holds =
        |name: &str| snapshot.windows(name.len()).any(|bytes| bytes.eq_ignore_ascii_case(name.as_bytes()));
    assert_eq!([holds("ws1"), holds("ws2")], [false, true]);
    // Neither what was told of it nor that it was one of three.
    assert_eq!([thread(&mut one, "ws3"), thread(&mut one, "ws1")], [1, 0]);
}

#[test]
fn restarts_change_nothing() {
    let (mut one, mut two) = (Tenant::new(), Tenant::new());
    for host in ["ws1", "ws2", "ws1.corp.example", "ws3", "ws4"] {
        two.restart();
        assert_eq!(thread(&mut one, host), thread(&mut two, host), "{host}");
    }
    assert!(one.engine.snapshot() == two.engine.snapshot(), "snapshots differ");
}

#[test]
fn a_new_configuration_keeps_what_was_told() {
    let mut tenant = Tenant::new();
    assert_eq!(thread(&mut tenant, "ws1"), 1);
    tenant.engine.configure(r#"{"limits": {"processes": 1000}}"#).unwrap();
    assert_eq!(thread(&mut tenant, "ws1"), 0);
}
