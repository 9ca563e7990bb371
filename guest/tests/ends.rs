//! A process whose end is known by its process id alone (4689, `exit_group`) has no children after that: its id is
//! another's by then (SPEC, complaint 2).
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use begat_guest::engine::ProcessInfo;
use begat_guest::{Batch, Emit, Engine};

fn take(engine: &mut Engine, lines: &[String]) {
    for (number, text) in (1..).zip(lines) {
        let (source, environment, emit) = ("test", None, Emit::Nothing);
        let received_at = 1_780_000_000_000;
        engine.ingest(&Batch { source, first_line: number, received_at, environment, emit, text });
    }
}

/// A 4688 at a second of one minute that names its parent by process id alone.
fn started(second: u32, pid: u32, image: &str, parent: u32) -> String {
    format!(
        r#"{{"EventID":4688,"Channel":"Security","Hostname":"ws1","TimeCreated":"2026-03-01T12:00:{second:02}Z","NewProcessId":"{pid:#x}","NewProcessName":"C:\\x\\{image}","ProcessId":"{parent:#x}"}}"#
    )
}

fn ended(second: u32, pid: u32, image: &str) -> String {
    format!(
        r#"{{"EventID":4689,"Channel":"Security","Hostname":"ws1","TimeCreated":"2026-03-01T12:00:{second:02}Z","ProcessId":"{pid:#x}","ProcessName":"C:\\x\\{image}"}}"#
    )
}

/// Each process's file name with the seconds of its start and end.
fn processes(engine: &Engine) -> Vec<(String, Option<i64>, Option<i64>)> {
    let second = |time: i64| time.rem_euclid(60_000) / 1000;
    let told = engine.processes(None, None, 0, 0).into_iter().map(|process: ProcessInfo| {
        let name = process.image.unwrap().rsplit('\\').next().unwrap().to_owned();
        (name, process.started.map(second), process.ended.map(second))
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

/// Who stands above the only process with a file name.
fn parent_of(engine: &Engine, name: &str) -> Option<String> {
    let process = engine.processes(None, Some(name), 0, 0).remove(0);
    let above = engine.ancestry(&process.id).unwrap().ancestors;
    above.first().and_then(|parent| parent.image.clone())
}

/// The lines as they are, the other way round, and each of them last.
fn orders(lines: &[String]) -> Vec<Vec<String>> {
    let mut orders = vec![lines.to_vec(), lines.iter().rev().cloned().collect()];
    for place in 0..lines.len() {
        let mut order = lines.to_vec();
        let last = order.remove(place);
        order.push(last);
        orders.push(order);
    }
    orders
}

#[test]
fn who_comes_after_the_end_has_another_parent() {
    let lines = [
        started(1, 100, "parent.exe", 4),
        started(2, 104, "before.exe", 100),
        ended(3, 100, "parent.exe"),
        // As the process ended: it may have started this one still.
        started(3, 108, "then.exe", 100),
        started(4, 112, "after.exe", 100),
    ];
    for lines in orders(&lines) {
        let mut engine = Engine::new().unwrap();
        take(&mut engine, &lines);
        let parent = Some(r"C:\x\parent.exe".to_owned());
        assert_eq!(parent_of(&engine, "before.exe"), parent, "{lines:?}");
        assert_eq!(parent_of(&engine, "then.exe"), parent, "{lines:?}");
        assert_eq!(parent_of(&engine, "after.exe"), None, "{lines:?}");
        assert_eq!(
            processes(&engine),
            [
                ("after.exe".to_owned(), Some(4), None),
                ("before.exe".to_owned(), Some(2), None),
                ("parent.exe".to_owned(), Some(1), Some(3)),
                ("then.exe".to_owned(), Some(3), None),
            ],
            "{lines:?}"
        );
    }
}

#[test]
fn an_end_is_that_of_who_had_the_id_by_then() {
    let lines = [
        started(1, 100, "first.exe", 4),
        started(5, 100, "second.exe", 4),
        started(6, 104, "child.exe", 100),
        ended(8, 100, "second.exe"),
        // Nobody of that name had the id.
        ended(9, 100, "third.exe"),
        started(9, 108, "late.exe", 100),
    ];
    for lines in orders(&lines) {
        let mut engine = Engine::new().unwrap();
        take(&mut engine, &lines);
        assert_eq!(parent_of(&engine, "child.exe"), Some(r"C:\x\second.exe".to_owned()), "{lines:?}");
        assert_eq!(parent_of(&engine, "late.exe"), None, "{lines:?}");
        let told = processes(&engine);
        assert_eq!(told[1], ("first.exe".to_owned(), Some(1), None), "{lines:?}");
        assert_eq!(told[3], ("second.exe".to_owned(), Some(5), Some(8)), "{lines:?}");
    }
}

/// A dead parent's process id, taken by its own descendant, makes no ring and no false parent.
#[test]
fn a_descendant_with_a_dead_ancestors_id_is_nobodys_parent_before() {
    let lines = [
        started(1, 100, "top.exe", 4),
        started(2, 104, "middle.exe", 100),
        ended(3, 100, "top.exe"),
        started(4, 100, "below.exe", 104),
        started(5, 108, "child.exe", 100),
    ];
    for lines in orders(&lines) {
        let mut engine = Engine::new().unwrap();
        take(&mut engine, &lines);
        assert_eq!(parent_of(&engine, "middle.exe"), Some(r"C:\x\top.exe".to_owned()), "{lines:?}");
        assert_eq!(parent_of(&engine, "below.exe"), Some(r"C:\x\middle.exe".to_owned()), "{lines:?}");
        assert_eq!(parent_of(&engine, "child.exe"), Some(r"C:\x\below.exe".to_owned()), "{lines:?}");
        assert_eq!(parent_of(&engine, "top.exe"), None, "{lines:?}");
    }
}

/// The chain ends where the parent had ended.
#[test]
fn a_chain_does_not_lead_below_a_dead_process() {
    let mut engine = Engine::new().unwrap();
    let lines =
        [started(1, 100, "parent.exe", 4), ended(3, 100, "parent.exe"), started(4, 112, "after.exe", 100)];
    take(&mut engine, &lines);
    let parent = engine.processes(None, Some("parent.exe"), 0, 0).remove(0).id;
    let chain = engine.chain(&parent, 0).unwrap();
    assert_eq!((chain.nodes.len(), chain.edges.len()), (1, 0), "{chain:?}");
}

#[test]
fn an_audit_record_of_an_exit_does_the_same() {
    let start = |second: u32, serial: u32, pid: u32, parent: u32, name: &str| {
        format!(
            "node=web1 type=SYSCALL msg=audit(17723664{second:02}.000:{serial}): arch=c000003e syscall=59 success=yes \
             exit=0 ppid={parent} pid={pid} comm=\"{name}\" exe=\"/usr/bin/{name}\" key=(null)"
        )
    };
    let exit = "node=web1 type=SYSCALL msg=audit(1772366403.000:12): arch=c000003e syscall=231 a0=0 ppid=1 pid=200 \
                comm=\"bash\" exe=\"/usr/bin/bash\" key=(null)";
    let lines = [
        start(1, 10, 200, 1, "bash"),
        start(2, 11, 201, 200, "curl"),
        exit.to_owned(),
        start(4, 13, 202, 200, "nc"),
    ];
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &lines);
    assert_eq!(parent_of(&engine, "curl"), Some("/usr/bin/bash".to_owned()));
    assert_eq!(parent_of(&engine, "nc"), None);
}

/// As many are held as processes may be; the oldest go, and whom they told of runs again.
#[test]
fn ends_stay_within_the_limit_of_processes() {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"processes": 8}}"#).unwrap();
    let mut lines = vec![started(1, 100, "parent.exe", 4), ended(3, 100, "parent.exe")];
    lines.push(started(4, 112, "after.exe", 100));
    // Nobody is known for these. The ninth end that is held makes three go, of which the first is the parent's.
    lines.extend((0..8).map(|n| ended(10 + n, 200 + 4 * n, "unknown.exe")));
    take(&mut engine, &lines);
    assert_eq!(parent_of(&engine, "after.exe"), Some(r"C:\x\parent.exe".to_owned()));
    assert_eq!(engine.stats().evicted_events, 3);
    let mut again = Engine::new().unwrap();
    again.restore(&engine.snapshot()).unwrap();
    assert!(again.snapshot() == engine.snapshot());
}
