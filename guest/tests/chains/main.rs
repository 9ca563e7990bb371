//! Chains: what leads from one process to another, in whatever order records come (SPEC section 4).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod followed;
mod lines;
mod many;
mod pages;
mod remote;

use begat_guest::engine::{Chain, EdgeKind};
use begat_guest::{Batch, Emit, Engine};
use lines::{EXPLORER, SERVICES, after, did, edges, guid, id, ids, start, started, thread};
use proptest::prelude::*;

/// A browser drops a file, which the user runs; it asks for a service and puts a thread into notepad.exe.
fn story() -> Vec<String> {
    vec![
        start(10, 1, r"C:\b\browser.exe", EXPLORER, "browser"),
        did(11, 12, 10, r#""TargetFilename":"C:\\Users\\ann\\Downloads\\x.exe""#),
        start(20, 1, r"C:\Users\ann\Downloads\x.exe", EXPLORER, "x.exe"),
        start(
            21,
            20,
            r"C:\Windows\System32\sc.exe",
            r"C:\Users\ann\Downloads\x.exe",
            r"sc create evil binPath= C:\p\evilsvc.exe",
        ),
        start(30, 2, r"C:\p\evilsvc.exe", SERVICES, r"C:\p\evilsvc.exe"),
        start(5, 1, r"C:\Windows\System32\notepad.exe", EXPLORER, "notepad"),
        thread(40, 20, 5),
        // Before the thread, and after it.
        start(35, 5, r"C:\Windows\System32\before.exe", r"C:\Windows\System32\notepad.exe", "before"),
        start(50, 5, r"C:\Windows\System32\after.exe", r"C:\Windows\System32\notepad.exe", "after"),
        did(
            3,
            55,
            5,
            r#""Initiated":"true","SourceIp":"10.0.0.1","SourcePort":50000,"DestinationIp":"203.0.113.7","DestinationPort":443"#,
        ),
    ]
}

#[test]
fn a_chain_leads_over_a_dropped_file_a_service_and_a_thread() {
    let mut engine = after(&story());
    let chain = engine.chain(&id(20), 0).unwrap();
    assert_eq!((chain.root.as_str(), chain.partial), (id(20).as_str(), false));
    assert!(chain.above.as_ref().unwrap().image.as_ref().unwrap().ends_with("explorer.exe"));
    let expected = [
        // sc.exe's command line holds that of the service, whole.
        (EdgeKind::Service, id(21), id(30), 80),
        (EdgeKind::Injected, id(20), id(5), 100),
        (EdgeKind::Dropped, id(10), id(20), 90),
    ];
    let mut found = edges(&chain);
    found.sort();
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(found, expected);
    // notepad.exe's own child of before is no part of it; that of after may be.
    let mut nodes = ids(&chain);
    nodes.sort_unstable();
    let mut all: Vec<String> = [5, 10, 20, 21, 30, 50].map(id).to_vec();
    all.sort_unstable();
    assert_eq!(nodes, all);
    let edge = chain.edges.iter().find(|edge| edge.effect == id(50)).unwrap();
    assert_eq!(edge.confidence, 50);
    assert!(edge.reason.ends_with("candidate: thread unknown"), "{}", edge.reason);
    // What notepad.exe touched is perhaps not the chain's: no damage, but a candidate on the timeline.
    assert_eq!(chain.damage.addresses, [""; 0]);
    let steps = engine.timeline(&id(20), 0, 0).unwrap();
    let connection = steps.iter().find(|step| step.kind == "network-connection").unwrap();
    assert_eq!(connection.candidate.as_deref(), Some("thread unknown"));
    assert_eq!(connection.what, "to 203.0.113.7 port 443, local port 50000");
}

#[test]
fn of_two_that_wrote_a_file_the_last_before_the_start_dropped_it() {
    let mut lines = story();
    lines.push(did(11, 14, 5, r#""TargetFilename":"C:\\Users\\ann\\Downloads\\x.exe""#));
    lines.push(did(11, 22, 21, r#""TargetFilename":"C:\\Users\\ann\\Downloads\\x.exe""#));
    let chain = after(&lines).chain(&id(20), 0).unwrap();
    let dropped: Vec<_> = edges(&chain).into_iter().filter(|edge| edge.0 == EdgeKind::Dropped).collect();
    assert_eq!(dropped, [(EdgeKind::Dropped, id(5), id(20), 90)]);
}

#[test]
fn each_thread_opens_ten_minutes() {
    // Threads at 40 s and at 1,240 s; a child 30 s after the second, and one between the two windows.
    let notepad = r"C:\Windows\System32\notepad.exe";
    let lines = [
        start(20, 1, r"C:\a\x.exe", EXPLORER, "x"),
        start(5, 1, notepad, EXPLORER, "notepad"),
        thread(40, 20, 5),
        thread(1240, 20, 5),
        start(1000, 5, r"C:\a\between.exe", notepad, "between"),
        start(1270, 5, r"C:\a\late.exe", notepad, "late"),
    ];
    let chain = after(&lines).chain(&id(20), 0).unwrap();
    let mut nodes = ids(&chain);
    nodes.sort_unstable();
    assert_eq!(nodes, [id(5), id(20), id(1270)]);
}

#[test]
fn a_longer_name_that_ends_alike_asks_for_nothing() {
    let lines = [
        start(20, 1, r"C:\a\java.exe", EXPLORER, r"java.exe -jar mydata.exe"),
        start(30, 2, r"C:\p\data.exe", SERVICES, "data.exe -k"),
        start(40, 1, r"C:\a\other.exe", EXPLORER, "other.exe \"C:\\p\\again.exe\""),
        start(50, 2, r"C:\p\again.exe", SERVICES, "again.exe -k"),
    ];
    let mut engine = after(&lines);
    assert_eq!(edges(&engine.chain(&id(30), 0).unwrap()), []);
    assert_eq!(edges(&engine.chain(&id(50), 0).unwrap()), [(EdgeKind::Service, id(40), id(50), 50)]);
}

#[test]
fn of_two_logons_of_one_session_number_the_nearest_counts() {
    let logon = |day: u32, from: &str, port: u32| {
        format!(
            r#"{{"Channel":"Security","EventID":4624,"Hostname":"ws1","TimeCreated":"2026-03-0{day}T09:00:27.000Z","TargetLogonId":"0x5555","LogonType":"3","IpAddress":"{from}","IpPort":"{port}"}}"#
        )
    };
    let connection = |host: &str, day: u32, from: &str, port: u32, process: u32| {
        format!(
            r#"{{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":3,"Hostname":"{host}","UtcTime":"2026-03-0{day} 09:00:26.000","ProcessGuid":"{}","Image":"C:\\a\\a.exe","Initiated":"true","SourceIp":"{from}","SourcePort":{port},"DestinationIp":"10.0.0.9","DestinationPort":445}}"#,
            guid(process)
        )
    };
    let remote = start(30, 2, r"C:\p\r.exe", r"C:\Windows\System32\wbem\wmiprvse.exe", "r")
        .replace("\"EventID\":1", "\"LogonId\":\"0x5555\",\"EventID\":1");
    let lines = vec![
        connection("ws8", 1, "10.0.0.8", 50_001, 81),
        connection("ws7", 3, "10.0.0.7", 50_002, 71),
        logon(3, "10.0.0.7", 50_002),
        logon(1, "10.0.0.8", 50_001),
        remote,
    ];
    let mut backward = lines.clone();
    backward.reverse();
    for lines in [lines, backward] {
        let chain = after(&lines).chain(&id(30), 0).unwrap();
        let cause = "ws8/00000000-0000-0000-0000-000000000051".to_owned();
        assert_eq!(edges(&chain), [(EdgeKind::Connected, cause, id(30), 95)]);
    }
}

#[test]
fn records_that_lie_make_no_ring() {
    let own = start(7, 7, r"C:\a\self.exe", r"C:\a\self.exe", "self");
    let ring: Vec<String> = [(8, 9), (9, 10), (10, 8)]
        .map(|(process, parent)| {
            start(process, parent, &format!(r"C:\a\p{process}.exe"), &format!(r"C:\a\p{parent}.exe"), "x")
        })
        .to_vec();
    let mut engine = after(&[vec![own], ring].concat());
    let own = engine.chain(&id(7), 0).unwrap();
    assert_eq!((ids(&own), own.edges.len(), &own.above), (vec![id(7).as_str()], 0, &None));
    for process in [8, 9, 10] {
        // 8 started first: nothing is above it, and 9, which its record names, stands below it.
        let chain = engine.chain(&id(process), 0).unwrap();
        assert_eq!((chain.root.as_str(), &chain.above), (id(8).as_str(), &None));
        assert_eq!(ids(&chain), [id(8), id(10), id(9)]);
        assert_eq!(started(&chain), [(id(8), id(10), 100), (id(10), id(9), 100)]);
    }
    // Entered elsewhere, by a file that another process dropped, it is not closed either.
    let ring: Vec<String> = [(8, 9), (9, 10), (10, 8)]
        .map(|(process, parent)| {
            start(process, parent, &format!(r"C:\a\p{process}.exe"), &format!(r"C:\a\p{parent}.exe"), "x")
        })
        .to_vec();
    let dropper = vec![
        start(5, 1, r"C:\a\dropper.exe", EXPLORER, "x"),
        did(11, 6, 5, r#""TargetFilename":"C:\\a\\p10.exe""#),
    ];
    let chain = after(&[ring, dropper].concat()).chain(&id(5), 0).unwrap();
    assert_eq!(edges(&chain), [(EdgeKind::Dropped, id(5), id(10), 90)]);
    assert_eq!(started(&chain), [(id(10), id(9), 100), (id(9), id(8), 100)]);
    // Threads and files go round as well.
    let mut engine = after(&[
        start(7, 1, r"C:\a\p7.exe", EXPLORER, "x"),
        start(8, 1, r"C:\a\p8.exe", EXPLORER, "x"),
        thread(9, 7, 8),
        thread(10, 8, 7),
        thread(11, 7, 7),
    ]);
    let chain = engine.chain(&id(7), 0).unwrap();
    assert_eq!(chain.nodes.len(), 2);
    assert_eq!(edges(&chain).len(), 2, "a thread in itself is none");
}

#[test]
fn a_chain_of_a_hundred_thousand_is_bounded_and_says_so() {
    // A thousand children with a hundred each.
    let mut engine = Engine::new().unwrap();
    let mut lines = vec![start(10, 1, r"C:\a\root.exe", EXPLORER, "root")];
    for child in 0..1000_u32 {
        lines.push(start(100 + child, 10, r"C:\a\child.exe", r"C:\a\root.exe", "child"));
        for grandchild in 0..100 {
            let process = 10_000 + child * 100 + grandchild;
            lines.push(start(process, 100 + child, r"C:\a\grand.exe", r"C:\a\child.exe", "grand"));
        }
    }
    let text = lines.join("\n");
    engine.ingest(&Batch {
        source: "t",
        first_line: 1,
        received_at: 1_800_000_000_000,
        environment: None,
        emit: Emit::Nothing,
        text: &text,
    });
    for (limit, shown) in [(50, 50), (0, 1000), (1_000_000, 10_000)] {
        let chain = engine.chain(&id(10), limit).unwrap();
        assert_eq!(chain.nodes.len(), shown, "{limit}");
        assert_eq!(chain.truncated, 101_001 - shown as u64);
        assert_eq!(chain.nodes.iter().map(|node| node.folded).sum::<u64>(), chain.truncated);
        // Every shown process but the root is led to by another.
        assert_eq!(chain.edges.len(), shown - 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_chain_does_not_depend_on_the_order_of_records(lines in Just(story()).prop_shuffle(), subject in prop::sample::select(vec![5_u32, 10, 20, 21, 30, 50])) {
        // Where a record stands is part of an answer: here it depends on the order.
        let plain = |mut chain: Chain| {
            if let Some(above) = &mut chain.above {
                above.origin = None;
            }
            for node in &mut chain.nodes {
                node.process.origin = None;
                // begat's own alerts say what was known when they were raised.
                node.alerts.clear();
            }
            for edge in &mut chain.edges {
                edge.origin = None;
            }
            chain.edges.sort_by(|a, b| (&a.cause, &a.effect, a.kind).cmp(&(&b.cause, &b.effect, b.kind)));
            chain
        };
        let expected = plain(after(&story()).chain(&id(subject), 0).unwrap());
        let mut engine = after(&lines);
        // Asked in between or not, and after a restart.
        prop_assert_eq!(&plain(engine.chain(&id(subject), 0).unwrap()), &expected);
        let mut restarted = Engine::new().unwrap();
        restarted.restore(&engine.snapshot()).unwrap();
        prop_assert_eq!(&plain(restarted.chain(&id(subject), 0).unwrap()), &expected);
    }
}
