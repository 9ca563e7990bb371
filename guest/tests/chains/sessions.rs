//! Logon sessions have a beginning and an end: only what started in between was in them.

use begat_guest::engine::EdgeKind;
use proptest::prelude::*;

use super::lines::{EXPLORER, after, edges, id, start};
use super::remote::{both_ways, on_ws2, to, tool_and_browser};

/// A logon of session 0x5555 on ws2, from 10.0.0.1:50000 or at its own keyboard.
fn logon(time: &str, is_remote: bool) -> String {
    let from = if is_remote { r#","IpAddress":"10.0.0.1","IpPort":"50000""# } else { "" };
    format!(
        r#"{{"Channel":"Security","EventID":4624,"Hostname":"ws2","TimeCreated":"{time}","TargetLogonId":"0x5555","LogonType":"3"{from}}}"#
    )
}

fn logoff(time: &str) -> String {
    format!(
        r#"{{"Channel":"Security","EventID":4634,"Hostname":"ws2","TimeCreated":"{time}","TargetLogonId":"0x5555","LogonType":"3"}}"#
    )
}

/// A start in that session, at a time of Sysmon's.
fn carries(time: &str) -> String {
    let line = start(30, 8, r"C:\t\remote.exe", EXPLORER, "remote").replace("\"ws1\"", "\"ws2\"");
    line.replace("2026-03-01 09:00:30.000", time)
        .replace("\"EventID\":1", "\"LogonId\":\"0x5555\",\"EventID\":1")
}

/// Who connected from 10.0.0.1:50000 at 9:01.
fn opened() -> Vec<String> {
    let mut lines = tool_and_browser();
    lines.push(to("10.0.0.2", 445, 60_000, 10));
    lines
}

/// Whether the connection is what led to the start.
fn is_tied(lines: &[String]) -> bool {
    let mut all = opened();
    all.extend_from_slice(lines);
    let found = edges(&both_ways(all, &on_ws2(30)));
    assert!(found.is_empty() || found == [(EdgeKind::Connected, id(10), on_ws2(30), 95)], "{found:?}");
    !found.is_empty()
}

#[test]
fn a_logon_after_the_start_made_nothing() {
    let started = |time: &str| carries(&format!("2026-03-01 {time}"));
    let logon = logon("2026-03-01T09:01:00.500Z", true);
    // Two logs of a host may tell of one moment ten seconds apart.
    for (time, expected) in [("07:31:00.000", false), ("09:00:50.499", false), ("09:00:50.500", true)] {
        assert_eq!(is_tied(&[started(time), logon.clone()]), expected, "{time}");
    }
}

#[test]
fn what_starts_after_a_sessions_end_was_not_in_it() {
    let logon = logon("2026-03-01T09:01:00.500Z", true);
    for (end, started, expected) in [
        ("2026-03-01T09:05:00Z", "2026-03-01 09:04:59.000", true),
        ("2026-03-01T09:05:00Z", "2026-03-01 09:05:09.000", true),
        ("2026-03-01T09:05:00Z", "2026-03-01 09:05:10.000", false),
        ("2026-03-01T09:05:00Z", "2026-03-20 10:00:00.000", false),
        // The end of an earlier session of that number.
        ("2026-03-01T08:00:00Z", "2026-03-01 09:04:59.000", true),
    ] {
        assert_eq!(is_tied(&[carries(started), logon.clone(), logoff(end)]), expected, "{started}");
    }
}

/// After the host was started anew somebody at its keyboard had the same number.
#[test]
fn of_two_logons_of_one_number_the_last_before_the_start_made_the_session() {
    let remote = logon("2026-03-01T09:01:00.500Z", true);
    let local = logon("2026-03-02T08:00:00Z", false);
    for (started, expected) in [("2026-03-01 12:00:00.000", true), ("2026-03-02 08:10:00.000", false)] {
        assert_eq!(is_tied(&[carries(started), remote.clone(), local.clone()]), expected, "{started}");
    }
}

/// The Security log of ws2 is four hours behind its Sysmon, which the two records of a start tell.
#[test]
fn a_logon_is_compared_on_the_clock_of_its_log() {
    // The same start by both: 13:00:30 is 9:00:30.
    let twins = |process: u32, time: &str| {
        let sysmon = start(process, 8, r"C:\t\remote.exe", EXPLORER, "remote").replace("\"ws1\"", "\"ws2\"");
        let sysmon = sysmon.replace("2026-03-01 09:00:", "2026-03-01 13:00:");
        let sysmon = sysmon.replace("\"EventID\":1", "\"LogonId\":\"0x5555\",\"EventID\":1");
        [
            sysmon.replacen('{', &format!("{{\"TimeCreated\":\"{time}\","), 1),
            format!(
                r#"{{"Channel":"Security","EventID":4688,"Hostname":"ws2","TimeCreated":"{time}","NewProcessId":"{process:#x}","NewProcessName":"C:\\t\\remote.exe","ProcessId":"0x8"}}"#
            ),
        ]
    };
    let own = twins(30, "2026-03-01T09:00:30Z");
    // Another start, at 13:00:31, is recorded by both; this one by Sysmon alone.
    let [other, its] = twins(31, "2026-03-01T09:00:31Z");
    let other = other.replace(",\"LogonId\":\"0x5555\"", "").replace("\"LogonId\":\"0x5555\",", "");
    let one = [carries("2026-03-01 13:00:30.000"), other, its];
    for lines in [&own[..], &one[..]] {
        for (began, ended, expected) in [
            ("2026-03-01T09:00:29Z", "2026-03-01T09:05:00Z", true),
            ("2026-03-01T09:00:10Z", "2026-03-01T09:00:19Z", false),
            // A minute after the start, though four hours earlier by what stands there.
            ("2026-03-01T09:01:30Z", "2026-03-01T09:05:00Z", false),
        ] {
            let mut lines = lines.to_vec();
            lines.extend([logon(began, true), logoff(ended)]);
            assert_eq!(is_tied(&lines), expected, "{began} {ended} {lines:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Sessions that begin and end again and again, some from elsewhere: the same in any order.
    #[test]
    fn in_any_order_the_same_connections_made_sessions(
        (lines, other) in prop::collection::vec((0..3_u32, 0..12_u32), 1..10).prop_flat_map(|made| {
            let times = made.into_iter().map(|(kind, at)| (kind, format!("2026-03-01T09:{:02}:{:02}Z", at / 2, at % 2 * 30)));
            let lines = times.map(|(kind, time)| match kind {
                0 => logoff(&time),
                kind => logon(&time, kind == 1),
            });
            let mut lines: Vec<String> = opened().into_iter().chain(lines).collect();
            lines.push(carries("2026-03-01 09:03:00.000"));
            (Just(lines.clone()), Just(lines).prop_shuffle())
        })
    ) {
        let found = [lines, other].map(|lines| edges(&after(&lines).chain(&on_ws2(30), 0).unwrap()));
        prop_assert_eq!(&found[0], &found[1]);
    }
}
