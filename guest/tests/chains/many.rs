//! Many of one kind: the rule of the nearest holds for each of them.

use begat_guest::engine::EdgeKind;

use super::lines::{EXPLORER, SERVICES, after, connection, edges, guid, id, moved, start, thread};

fn on_ws2(process: u32) -> String {
    id(process).replace("ws1", "ws2")
}

/// Its start at a time in milliseconds.
fn start_at(host: &str, at: u32, process: u32, parent: (u32, &str), image: &str) -> String {
    let (parent, parent_image) = parent;
    moved(&start(process, parent, image, parent_image, &format!("run number{process}")), host, at)
}

fn write_at(host: &str, at: u32, process: u32, path: &str) -> String {
    let rest = format!(r#""ProcessGuid":"{}","TargetFilename":"{path}""#, guid(process));
    let line = format!(
        r#"{{"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"ws1","EventID":11,"UtcTime":"",{rest}}}"#
    );
    moved(&line, host, at)
}

#[test]
fn each_start_of_a_file_is_the_last_writers_before_it() {
    // Two processes write one file in turn, each time it is then started, and once more without being written; a host
    // that is no part of it writes a file of that path between them all.
    let mut lines = vec![
        start(10, 1, r"C:\a\x.exe", EXPLORER, "x"),
        start(11, 10, r"C:\a\y.exe", r"C:\a\x.exe", "y"),
        start_at("ws2", 1_000, 12, (1, EXPLORER), r"C:\a\other.exe"),
    ];
    let mut expected = Vec::new();
    for turn in 0..100 {
        let (at, writer) = (20_000 + turn * 100, 10 + turn % 2);
        lines.push(write_at("ws1", at, writer, r"C:\\p\\d.exe"));
        lines.push(write_at("ws2", at + 5, 12, r"C:\\P\\D.exe"));
        for (after, process) in [(10, 1000 + turn), (20, 2000 + turn)] {
            lines.push(start_at("ws1", at + after, process, (1, EXPLORER), r"c:\p\D.exe"));
            expected.push((EdgeKind::Dropped, id(writer), id(process), 90));
        }
    }
    let chain = after(&lines).chain(&id(10), 0).unwrap();
    let mut found = edges(&chain);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn each_service_is_the_nearest_connections_before_it() {
    // services.exe of ws2 accepts a connection every second, of two processes of ws1 in turn, and half a second after
    // each a service starts. The last starts more than a minute after the last connection; one to port 135 before it
    // only asked where to connect. What cmd.exe starts there is nobody's.
    let services = (20, SERVICES);
    let mut lines = vec![
        start(10, 1, r"C:\a\x.exe", EXPLORER, "x"),
        start(11, 10, r"C:\a\y.exe", r"C:\a\x.exe", "y"),
        start_at("ws2", 1_000, 20, (1, r"C:\Windows\System32\wininit.exe"), SERVICES),
        start_at("ws2", 1_000, 21, (1, EXPLORER), r"C:\Windows\System32\cmd.exe"),
    ];
    let mut expected = Vec::new();
    for turn in 0..50 {
        let (at, opener, port) = (20_000 + turn * 1_000, 10 + turn % 2, 50_000 + turn);
        lines.push(connection("ws1", at, opener, true, port, 49_670));
        lines.push(connection("ws2", at, 20, false, port, 49_670));
        lines.push(start_at("ws2", at + 500, 100 + turn, services, r"C:\p\service.exe"));
        lines.push(start_at(
            "ws2",
            at + 500,
            200 + turn,
            (21, r"C:\Windows\System32\cmd.exe"),
            r"C:\p\other.exe",
        ));
        expected.push((EdgeKind::Connected, id(opener), on_ws2(100 + turn), 70));
    }
    lines.push(connection("ws1", 128_000, 10, true, 50_100, 135));
    lines.push(connection("ws2", 128_000, 20, false, 50_100, 135));
    lines.push(start_at("ws2", 129_001, 300, services, r"C:\p\service.exe"));
    let chain = after(&lines).chain(&id(10), 0).unwrap();
    let mut found = edges(&chain);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_port_that_is_used_again_tells_one_offset_of_clocks() {
    // ws2's clock runs 250 ms ahead; one of the connections took 100 ms longer. All are from one port to one: of what
    // each record has nearest the least counts.
    let mut lines = vec![
        start(10, 1, r"C:\a\x.exe", EXPLORER, "x"),
        start_at("ws2", 1_000, 20, (1, r"C:\Windows\System32\wininit.exe"), SERVICES),
    ];
    for turn in 0..50 {
        let late = if turn == 7 { 100 } else { 0 };
        lines.push(connection("ws1", 20_000 + turn * 1_000, 10, true, 50_000, 49_670));
        lines.push(connection("ws2", 20_250 + turn * 1_000 + late, 20, false, 50_000, 49_670));
    }
    lines.push(start_at("ws2", 40_500, 100, (20, SERVICES), r"C:\p\service.exe"));
    let chain = after(&lines).chain(&id(10), 0).unwrap();
    assert_eq!(edges(&chain), [(EdgeKind::Connected, id(10), on_ws2(100), 70)]);
    let skews: Vec<_> = chain
        .skews
        .iter()
        .map(|s| (s.host.as_str(), s.behind.as_str(), s.milliseconds, s.connections))
        .collect();
    assert_eq!(skews, [("ws2", "ws1", 250, 1)]);
}

#[test]
fn each_of_many_injectors_is_named_once() {
    // Thirty children of the root begin two threads each in one process.
    let mut lines = vec![
        start(10, 1, r"C:\a\root.exe", EXPLORER, "root"),
        start(5, 1, r"C:\a\notepad.exe", EXPLORER, "notepad"),
    ];
    for child in 100..130 {
        lines.push(start(child, 10, r"C:\a\child.exe", r"C:\a\root.exe", "child"));
        lines.extend([thread(child + 100, child, 5), thread(child + 200, child, 5)]);
    }
    let chain = after(&lines).chain(&id(10), 0).unwrap();
    let notepad = chain.nodes.iter().find(|node| node.process.id == id(5)).unwrap();
    assert_eq!(notepad.injected_by, (100..130).map(id).collect::<Vec<_>>());
    assert_eq!(edges(&chain).len(), 30);
}

/// Thousands ask the service manager with long command lines, thousands of services start; each has its own asker, and
/// neither says anything of the others.
#[test]
fn each_of_many_services_finds_who_asked_for_it() {
    const ASKERS: u32 = 3000;
    let long = "y".repeat(500);
    let mut lines = Vec::new();
    for n in 0..ASKERS {
        let asker = start(10_000 + n, 1, r"C:\x\a.exe", EXPLORER, &format!("sc start {long} svc{n:05}.exe"));
        lines.push(moved(&asker, "ws1", n * 10));
        let image = format!(r"C:\x\svc{n:05}.exe");
        let service = start(50_000 + n, 2, &image, SERVICES, &format!("{image} -k {long}"));
        lines.push(moved(&service, "ws1", ASKERS * 10 + n * 10));
    }
    let mut engine = after(&[lines.join("\n")]);
    for n in [0, 1, ASKERS / 2, ASKERS - 1] {
        let expected = [(EdgeKind::Service, id(10_000 + n), id(50_000 + n), 50)];
        assert_eq!(edges(&engine.chain(&id(10_000 + n), 0).unwrap()), expected);
        assert_eq!(edges(&engine.chain(&id(50_000 + n), 0).unwrap()), expected);
    }
}

/// Three thousand that have nothing to do with each other begin two threads each in notepad.exe, one of them in calc.exe
/// too, which notepad.exe does not know of.
#[test]
fn each_thread_that_somebody_outside_began_is_on_the_timeline_once() {
    const OUTSIDE: u32 = 3000;
    let mut lines = vec![
        start(5, 1, r"C:\a\notepad.exe", EXPLORER, "notepad"),
        start(6, 1, r"C:\a\calc.exe", EXPLORER, "calc"),
        thread(7, 1000, 6),
    ];
    for n in 1000..1000 + OUTSIDE {
        lines.push(start_at("ws1", n, n, (1, EXPLORER), r"C:\a\outside.exe"));
        lines.extend([thread(1, n, 5), thread(2, n, 5)]);
    }
    let mut engine = after(&[lines.join("\n")]);
    let mut threads = Vec::new();
    for page in 0.. {
        let steps = engine.timeline(&id(5), page * 1000, 1000).unwrap();
        if steps.is_empty() {
            break;
        }
        let found = steps.into_iter().filter(|step| step.kind == "remote-thread");
        threads.extend(found.map(|step| (step.process, step.origin.unwrap().1, step.candidate)));
    }
    threads.sort_unstable();
    // Each stands in three lines, behind the first three.
    let each = |n: u32| [5, 6].map(|line| (id(1000 + n), u64::from(n * 3 + line), None));
    let mut expected: Vec<_> = (0..OUTSIDE).flat_map(each).collect();
    expected.sort_unstable();
    assert_eq!(threads, expected);
}
