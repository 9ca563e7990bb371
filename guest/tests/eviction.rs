//! Within its limit: what was silent longest goes, is counted, and takes no count with it.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use begat_guest::{Batch, Emit, Engine};

/// A start on one of three hosts, a child of the start before it on that host, one second later each.
fn start(number: u64) -> String {
    let guid = |n: u64| format!("{{00000000-0000-0000-0000-{n:012x}}}");
    let (minute, second) = (number / 60 % 60, number % 60);
    format!(
        "{{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"ws{}\",\
         \"UtcTime\":\"2026-01-01 {:02}:{minute:02}:{second:02}.000\",\"ProcessGuid\":\"{}\",\"ProcessId\":{number},\
         \"Image\":\"C:\\\\x\\\\app{}.exe\",\"ParentProcessGuid\":\"{}\",\"ParentImage\":\"C:\\\\x\\\\app{}.exe\"}}\n",
        number % 3,
        number / 3600,
        guid(number),
        number % 7,
        guid(number - 3),
        (number - 3) % 7
    )
}

fn take(engine: &mut Engine, numbers: std::ops::Range<u64>) {
    let text: String = numbers.clone().map(start).collect();
    engine.ingest(&Batch {
        source: "test",
        first_line: numbers.start,
        received_at: 1_800_000_000_000,
        environment: None,
        emit: Emit::Nothing,
        text: &text,
    });
}

fn limited() -> Engine {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"processes": 100}}"#).unwrap();
    engine
}

#[test]
fn the_limit_holds_and_counts_stay() {
    let mut engine = limited();
    take(&mut engine, 3..1003);
    let stats = engine.stats();
    assert!(stats.processes <= 100, "{}", stats.processes);
    // Every instance is held or evicted: 1000 starts, and the parents 1 and 2 that the first of them name; the
    // id 0 is the nil GUID and names nobody.
    assert_eq!(stats.processes + stats.evicted_processes, 1002);
    let (expected, violation, unknown) = stats.hierarchy;
    assert_eq!(expected + violation + unknown, 1000, "every start was judged, held or not");
    let images = engine.images(0, 0);
    assert_eq!(images.iter().map(|i| i.executions).sum::<u64>(), 1000);
    assert_eq!(images.len(), 7);
    assert!(images.iter().all(|i| i.hosts == 3));
}

#[test]
fn the_youngest_stay_and_name_those_above_them() {
    let mut engine = limited();
    take(&mut engine, 3..1003);
    let id = format!("ws{}/00000000-0000-0000-0000-{:012x}", 1002 % 3, 1002);
    let ancestry = engine.ancestry(&id).unwrap();
    let parent = ancestry.ancestors.first().unwrap();
    assert_eq!(parent.image.as_deref(), Some(format!("C:\\x\\app{}.exe", 999 % 7).as_str()));
    assert!(ancestry.partial);
}

#[test]
fn a_restart_between_evictions_changes_nothing() {
    let (mut one, mut two) = (limited(), limited());
    for at in (3..1003).step_by(50) {
        take(&mut one, at..at + 50);
        take(&mut two, at..at + 50);
        let snapshot = two.snapshot();
        two = Engine::new().unwrap();
        two.restore(&snapshot).unwrap();
        assert!(two.snapshot() == snapshot, "after {at}");
    }
    assert_eq!(one.stats(), two.stats());
    assert!(one.snapshot() == two.snapshot(), "snapshots differ");
}

#[test]
fn a_new_configuration_keeps_what_is_held() {
    let mut engine = Engine::new().unwrap();
    take(&mut engine, 3..103);
    let before = (engine.stats(), engine.images(0, 0));
    engine.configure(r#"{"prevalence": {"weights": {"path": 2}}}"#).unwrap();
    assert_eq!((engine.stats(), engine.images(0, 0)), before);
}

#[test]
fn the_smallest_limit_works() {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"processes": 1}}"#).unwrap();
    take(&mut engine, 3..50);
    assert!(engine.stats().processes <= 2);
    assert_eq!(engine.images(0, 0).iter().map(|i| i.executions).sum::<u64>(), 47);
}
