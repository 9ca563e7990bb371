//! Across hosts: whose connection it was, and what it led to.

use begat_guest::engine::{Chain, EdgeKind};

use super::lines::{EXPLORER, SERVICES, after, connection, edges, id, moment, moved, start};

const SHELL: &str = r"C:\Windows\System32\wsmprovhost.exe";

pub(super) fn on_ws2(process: u32) -> String {
    id(process).replace("ws1", "ws2")
}

/// A start on a host, in milliseconds after 9 o'clock.
fn start_at(host: &str, at: u32, process: u32, parent: (u32, &str), image: &str) -> String {
    moved(&start(process, parent.0, image, parent.1, image), host, at)
}

/// The same process's connection to another end.
pub(super) fn to(address: &str, port: u32, at: u32, process: u32) -> String {
    connection("ws1", at, process, true, 50_000, port).replace("10.0.0.2", address)
}

/// A logon on ws2 from 10.0.0.1:50000.
fn logon(at: u32) -> String {
    format!(
        r#"{{"Channel":"Security","EventID":4624,"Hostname":"ws2","TimeCreated":"{}Z","TargetLogonId":"0x5555","LogonType":"3","IpAddress":"10.0.0.1","IpPort":"50000"}}"#,
        moment(at).replace(' ', "T")
    )
}

/// A connection of 10.0.0.1:50000 to 10.0.0.2 as the Security log has it.
fn filtered(host: &str, at: u32, pid: u32, direction: &str, port: u32) -> String {
    format!(
        r#"{{"Channel":"Security","EventID":5156,"Hostname":"{host}","TimeCreated":"{}Z","ProcessId":"{pid}","Direction":"{direction}","SourceAddress":"10.0.0.1","SourcePort":"50000","DestAddress":"10.0.0.2","DestPort":"{port}","Protocol":"6"}}"#,
        moment(at).replace(' ', "T")
    )
}

pub(super) fn tool_and_browser() -> Vec<String> {
    vec![
        start(10, 1, r"C:\t\tool.exe", EXPLORER, "tool"),
        start(11, 1, r"C:\t\browser.exe", EXPLORER, "browser"),
    ]
}

/// What starts in the session, two hours after nine.
fn remote() -> String {
    let line = start(30, 8, r"C:\t\remote.exe", r"C:\Windows\System32\wbem\WmiPrvSE.exe", "remote");
    let line = line.replace("\"ws1\"", "\"ws2\"").replace("2026-03-01 09:00:30", "2026-03-01 11:00:30");
    line.replace("\"EventID\":1", "\"LogonId\":\"0x5555\",\"EventID\":1")
}

/// The chain of a process after these lines, in this order and the other.
pub(super) fn both_ways(mut lines: Vec<String>, of: &str) -> Chain {
    let chain = after(&lines).chain(of, 0).unwrap();
    lines.reverse();
    let backward = after(&lines).chain(of, 0).unwrap();
    assert_eq!(edges(&chain), edges(&backward));
    chain
}

#[test]
fn a_connection_that_services_exe_accepted_is_its_next_childs_alone() {
    let services = (20, SERVICES);
    let lines = vec![
        start(10, 1, r"C:\t\tool.exe", EXPLORER, "tool"),
        start_at("ws2", 1_000, 20, (1, r"C:\Windows\System32\wininit.exe"), SERVICES),
        connection("ws1", 60_000, 10, true, 50_000, 49_726),
        connection("ws2", 60_100, 20, false, 50_000, 49_726),
        start_at("ws2", 61_000, 100, services, r"C:\Windows\evil.exe"),
        start_at("ws2", 100_000, 101, services, r"C:\Windows\System32\svchost.exe"),
        // At the very moment of a start: it is that start's.
        connection("ws1", 110_000, 10, true, 50_001, 49_726),
        connection("ws2", 110_000, 20, false, 50_001, 49_726),
        start_at("ws2", 110_000, 102, services, r"C:\Windows\other.exe"),
        start_at("ws2", 111_000, 103, services, r"C:\Windows\late.exe"),
    ];
    let expected = [100, 102].map(|child| (EdgeKind::Connected, id(10), on_ws2(child), 70));
    assert_eq!(edges(&both_ways(lines.clone(), &id(10))), expected);
    for (child, edge) in
        [(100, &expected[..1]), (101, &expected[..0]), (102, &expected[1..]), (103, &expected[..0])]
    {
        assert_eq!(edges(&both_ways(lines.clone(), &on_ws2(child))), edge, "{child}");
    }
}

#[test]
fn a_connection_for_winrm_is_the_next_shells_alone() {
    let spawner = (8, r"C:\Windows\System32\svchost.exe");
    let lines = vec![
        start(10, 1, r"C:\t\tool.exe", EXPLORER, "tool"),
        connection("ws1", 60_000, 10, true, 50_000, 5985),
        connection("ws2", 60_100, 4, false, 50_000, 5985),
        start_at("ws2", 61_000, 100, spawner, SHELL),
        start_at("ws2", 110_000, 101, spawner, SHELL),
        // Another host's takes nothing here.
        start_at("ws3", 60_500, 102, spawner, SHELL),
    ];
    let expected = [(EdgeKind::Connected, id(10), on_ws2(100), 70)];
    assert_eq!(edges(&both_ways(lines.clone(), &id(10))), expected);
    assert_eq!(edges(&both_ways(lines, &on_ws2(101))), []);
}

#[test]
fn whose_connection_made_a_logon_is_told_by_the_logons_time() {
    // The port is another process's for 8.8.8.8 seconds before the remote process starts.
    let mut lines = tool_and_browser();
    lines.extend([to("10.0.0.2", 445, 60_000, 10), logon(60_500), remote()]);
    lines.push(to("8.8.8.8", 443, 0, 11).replace("09:00:00.000", "11:00:28.000"));
    let expected = [(EdgeKind::Connected, id(10), on_ws2(30), 95)];
    assert_eq!(edges(&both_ways(lines.clone(), &on_ws2(30))), expected);
    assert_eq!(edges(&both_ways(lines.clone(), &id(10))), expected);
    assert_eq!(edges(&both_ways(lines, &id(11))), []);
}

#[test]
fn a_connection_to_another_machine_made_no_logon() {
    // 10.0.0.3 is ws3's by its own record; nobody inside has 8.8.8.8.
    let ws3 = connection("ws3", 30_000, 50, true, 40_000, 443).replace("10.0.0.1", "10.0.0.3");
    for address in ["8.8.8.8", "10.0.0.3"] {
        let mut lines = tool_and_browser();
        lines.extend([ws3.clone(), to(address, 443, 60_000, 11), logon(60_500), remote()]);
        assert_eq!(edges(&both_ways(lines, &on_ws2(30))), [], "{address}");
    }
    // Whose 10.0.0.9 is nobody says: it may be this one's.
    let mut lines = tool_and_browser();
    lines.extend([to("10.0.0.9", 445, 60_000, 11), logon(60_500), remote()]);
    assert_eq!(edges(&both_ways(lines, &on_ws2(30))), [(EdgeKind::Connected, id(11), on_ws2(30), 95)]);
}

#[test]
fn the_end_that_accepted_the_logons_connection_tells_which_it_was() {
    // One port to two ends of ws2 in one second: the record of ws2 says that it was port 445.
    let mut lines = tool_and_browser();
    lines.extend([
        to("10.0.0.2", 445, 60_000, 10),
        to("10.0.0.2", 8443, 60_400, 11),
        remote(),
        logon(60_500),
    ]);
    lines.push(filtered("ws2", 60_450, 4, "%%14592", 445));
    assert_eq!(edges(&both_ways(lines, &on_ws2(30))), [(EdgeKind::Connected, id(10), on_ws2(30), 95)]);
}

#[test]
fn of_two_kinds_of_log_that_of_the_accepting_end_tells_when_it_was_opened() {
    // Sysmon's clock on ws1 is a second behind ws2's; the Security log's record of the same connection lies nearer.
    let parent = (8, r"C:\Windows\System32\svchost.exe");
    let lines = vec![
        start(10, 1, r"C:\t\tool.exe", EXPLORER, "tool"),
        connection("ws1", 59_000, 10, true, 50_000, 5985),
        filtered("ws1", 60_700, 10, "%%14593", 5985),
        connection("ws2", 60_000, 4, false, 50_000, 5985),
        start_at("ws2", 61_000, 100, parent, SHELL),
    ];
    let chain = both_ways(lines, &id(10));
    assert_eq!(edges(&chain), [(EdgeKind::Connected, id(10), on_ws2(100), 70)]);
    let edge = chain.edges.iter().find(|edge| edge.kind == EdgeKind::Connected).unwrap();
    // 2026-03-01 09:00:59 UTC.
    assert_eq!(edge.time, Some(1_772_355_659_000));
}
