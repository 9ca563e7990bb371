//! Chains: what leads from one process to another, in whatever order records come (SPEC section 4).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod by_pid;
mod followed;
mod led;
mod lines;
mod linux;
mod many;
mod old;
mod orders;
mod pages;
mod remote;
mod sessions;
mod sure;

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
    assert_eq!(chain.possible.len(), 1);
    let possible = &chain.possible[0];
    assert_eq!((possible.confidence, &possible.damage.addresses[..]), (50, &["203.0.113.7:443".into()][..]));
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
fn who_wrote_a_file_that_was_deleted_before_the_start_dropped_nothing() {
    let mut lines = story();
    lines.push(did(23, 15, 5, r#""TargetFilename":"C:\\Users\\ann\\Downloads\\x.exe""#));
    let chain = after(&lines).chain(&id(20), 0).unwrap();
    assert!(edges(&chain).iter().all(|edge| edge.0 != EdgeKind::Dropped), "{:?}", edges(&chain));
    // Written again, it is the one who did that.
    lines.push(did(11, 17, 10, r#""TargetFilename":"C:\\Users\\ann\\Downloads\\x.exe""#));
    let chain = after(&lines).chain(&id(20), 0).unwrap();
    assert!(edges(&chain).contains(&(EdgeKind::Dropped, id(10), id(20), 90)), "{:?}", edges(&chain));
}

/// A file that was written on the first at 09:00:12.500: started within a day, a week, and later.
#[test]
fn the_longer_ago_a_file_was_written_the_less_surely_its_writer_led_to_its_start() {
    for (at, confidence) in
        [("02 09:00:12.500", 90), ("02 09:00:12.501", 70), ("08 09:00:12.500", 70), ("08 09:00:12.501", 50)]
    {
        let lines = [
            start(10, 1, r"C:\b\browser.exe", EXPLORER, "browser"),
            did(11, 12, 10, r#""TargetFilename":"C:\\d\\x.exe""#),
            start(20, 1, r"C:\d\x.exe", EXPLORER, "x.exe").replace("01 09:00:20.000", at),
        ];
        let chain = after(&lines).chain(&id(20), 0).unwrap();
        assert_eq!(edges(&chain), [(EdgeKind::Dropped, id(10), id(20), confidence)], "{at}");
    }
}

/// Up to Windows 10 1607 the scheduler shares a process with its group: no service's name stands in its command line.
#[test]
fn a_scheduler_that_shares_its_process_starts_tasks_too() {
    let [svchost, schtasks] =
        ["svchost.exe", "schtasks.exe"].map(|name| format!(r"C:\Windows\System32\{name}"));
    let lines = [
        start(2, 1, &svchost, SERVICES, "svchost.exe -k netsvcs"),
        start(20, 1, &schtasks, EXPLORER, r"schtasks /create /tn x /tr C:\p\job.exe /sc once"),
        start(30, 2, r"C:\p\job.exe", &svchost, r"C:\p\job.exe"),
    ];
    let chain = after(&lines).chain(&id(30), 0).unwrap();
    assert!(edges(&chain).contains(&(EdgeKind::Task, id(20), id(30), 80)), "{:?}", edges(&chain));
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

/// Who asked the task scheduler or WMI, by a command line that holds that of what was started; another service's
/// svchost.exe starts nothing for anybody.
#[test]
fn what_the_task_scheduler_and_wmi_start_leads_back_to_who_asked() {
    let [svchost, schtasks] =
        ["svchost.exe", "schtasks.exe"].map(|name| format!(r"C:\Windows\System32\{name}"));
    let (wmiprvse, wmic) = (r"C:\Windows\System32\wbem\WmiPrvSE.exe", r"C:\Windows\System32\wbem\WMIC.exe");
    let lines = [
        start(2, 1, &svchost, SERVICES, "svchost.exe -k netsvcs -p -s Schedule"),
        start(3, 1, &svchost, SERVICES, "svchost.exe -k netsvcs -p -s wlidsvc"),
        start(4, 2, wmiprvse, &svchost, "wmiprvse.exe -Embedding"),
        start(20, 1, &schtasks, EXPLORER, r#"schtasks /create /tn t /sc once /tr "C:\p\job.exe -q""#),
        start(30, 2, r"C:\p\job.exe", &svchost, r"C:\p\job.exe -q"),
        start(31, 3, r"C:\p\job.exe", &svchost, r"C:\p\job.exe -q"),
        start(40, 1, wmic, EXPLORER, r#"wmic process call create "C:\p\work.exe -x""#),
        start(50, 4, r"C:\p\work.exe", wmiprvse, r"C:\p\work.exe -x"),
    ];
    let mut backward = lines.to_vec();
    backward.reverse();
    for lines in [lines.to_vec(), backward] {
        let mut engine = after(&lines);
        for (effect, expected) in [
            (30, vec![(EdgeKind::Task, id(20), id(30), 80)]),
            (31, vec![]),
            (50, vec![(EdgeKind::Wmi, id(40), id(50), 80)]),
        ] {
            assert_eq!(edges(&engine.chain(&id(effect), 0).unwrap()), expected);
        }
        // And forward from who asked.
        let chain = engine.chain(&id(20), 0).unwrap();
        assert_eq!(ids(&chain), [id(20), id(30)]);
    }
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

/// x.exe is outside the chain of notepad.exe, and put two threads into it and one into another process.
#[test]
fn a_timeline_has_what_led_here_from_outside_and_nothing_else_of_there() {
    let lines = [
        start(5, 1, r"C:\Windows\System32\notepad.exe", EXPLORER, "notepad"),
        start(6, 1, r"C:\Windows\System32\calc.exe", EXPLORER, "calc"),
        start(20, 1, r"C:\a\x.exe", EXPLORER, "x"),
        thread(40, 20, 5),
        thread(41, 20, 6),
        thread(42, 20, 5),
        did(11, 43, 20, r#""TargetFilename":"C:\\a\\y.txt""#),
        did(11, 44, 5, r#""TargetFilename":"C:\\a\\z.txt""#),
    ];
    let steps = after(&lines).timeline(&id(5), 0, 0).unwrap();
    let told: Vec<_> =
        steps.iter().map(|s| (s.kind, s.process.as_str(), s.origin.clone().unwrap().1)).collect();
    let (notepad, x) = (id(5), id(20));
    assert_eq!(
        told,
        [
            ("process-start", notepad.as_str(), 1),
            ("remote-thread", x.as_str(), 4),
            ("remote-thread", x.as_str(), 6),
            ("file-create", notepad.as_str(), 8),
        ]
    );
    let candidates: Vec<bool> = steps.iter().map(|step| step.candidate.is_some()).collect();
    assert_eq!(candidates, [false, false, false, true], "what it did since may be the threads'");
}

/// Sysmon's record of an end and the Security log's, 0.2 s before it: one end, by the surer record. Each alone tells it.
#[test]
fn an_end_on_a_timeline_says_which_record_tells_it() {
    let started = start(10, 1, r"C:\a\x.exe", EXPLORER, "x");
    let sysmon = did(5, 30, 10, r#""ProcessId":10,"Image":"C:\\a\\x.exe""#);
    let security = r#"{"EventID":4689,"Channel":"Security","Hostname":"ws1","TimeCreated":"2026-03-01T09:00:30.300Z","ProcessId":"0xa","ProcessName":"C:\\a\\x.exe"}"#.to_owned();
    for (lines, at, line) in [
        (vec![started.clone(), sysmon.clone()], 500, 2),
        (vec![sysmon.clone(), started.clone()], 500, 1),
        (vec![started.clone(), security.clone()], 300, 2),
        (vec![started.clone(), security.clone(), sysmon.clone()], 500, 3),
        (vec![sysmon, security, started], 500, 1),
    ] {
        let mut engine = after(&lines);
        for _ in 0..2 {
            let steps = engine.timeline(&id(10), 0, 0).unwrap();
            let ends: Vec<_> = steps.iter().filter(|step| step.kind == "process-end").collect();
            assert_eq!((steps.len(), ends.len()), (2, 1), "{lines:?}");
            // 2026-03-01T09:00:30Z.
            assert_eq!((ends[0].time, ends[0].what.as_str()), (1_772_355_630_000 + at, r"C:\a\x.exe"));
            assert_eq!(ends[0].origin, Some(("t".to_owned(), line)));
            let snapshot = engine.snapshot();
            engine = Engine::new().unwrap();
            engine.restore(&snapshot).unwrap();
        }
    }
}

/// Each starts the next, from 10 to 140. Of 140 the 128 ancestors that are followed are 139 down to 12.
#[test]
fn a_line_of_more_than_128_ancestors_ends_at_one_whose_own_parent_is_named() {
    let image = |process: u32| format!(r"C:\a\n{process}.exe");
    let mut lines = vec![start(10, 1, &image(10), EXPLORER, "x")];
    lines.extend((11..=140).map(|n| start(n, n - 1, &image(n), &image(n - 1), "x")));
    let mut engine = after(&lines);
    let chain = engine.chain(&id(140), 0).unwrap();
    assert_eq!((chain.root.as_str(), chain.partial), (id(12).as_str(), true));
    assert_eq!(chain.above.unwrap().id, id(11), "it is held, and known");
    // explorer.exe is the 128th above 137, and stands above the 128th of 138.
    for process in [137, 138] {
        let chain = engine.chain(&id(process), 0).unwrap();
        assert_eq!((chain.root.as_str(), chain.partial), (id(10).as_str(), false));
        assert_eq!(chain.above.unwrap().id, id(1));
    }
    let chain = engine.chain(&id(139), 0).unwrap();
    assert_eq!((chain.root.as_str(), chain.partial), (id(11).as_str(), true));
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
            if let Some(lead) = &mut chain.led_by {
                lead.process.origin = None;
                lead.edges.iter_mut().for_each(|edge| edge.origin = None);
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
