//! Trees, worked out by hand from the chains of [`crate::chain::samples`].

use super::*;
use crate::chain::samples::{deep, story, traced, wide};
use crate::runtime::bindings::causality::Lead;
use crate::text::width;

#[test]
fn a_chain_tells_its_story() {
    // The times, names and marks are those of `samples::story`.
    assert_eq!(
        of(&story()),
        "\
chain of powershell.exe 4200, root winword.exe 4100
  2026-03-01 UTC, 41 processes on 2 hosts, 1 alert, 1 violation
  37 processes not shown each, counted at ⋯

09:00:00.000  winword.exe 4100 [root] @ws-anna HAZEL\\anna  winword.exe /n invoice.docm
09:00:12.000  ├─ powershell.exe 4200 [asked for]  powershell -enc SQBFAFgA
              │  │  ! A1 16.8  Device/New or Unusual Remote Command Execution
09:00:30.000  │  └─ ~> injected notepad.exe 4300, 100 %: remote thread
08:59:00.000  │     └─ notepad.exe 4300  notepad.exe todo.txt
09:01:34.000  │        └─ ~> connected svchost.exe 900 @srv-files, 85 %: both ends of 10.0.0.23:501…
09:01:35.000  │           └─ svchost.exe 900 @srv-files SYSTEM  svchost.exe
              │                 ! violation: unexpected-parent notepad.exe, expected services.exe
              │                 ? rare: ran once, on 1 % of hosts
              └─ ⋯ 37 more

touched
  hosts      ws-anna
  files      C:\\Users\\anna\\00.locked
             C:\\Users\\anna\\01.locked
             C:\\Users\\anna\\02.locked
             C:\\Users\\anna\\03.locked
             C:\\Users\\anna\\04.locked
             C:\\Users\\anna\\05.locked
             C:\\Users\\anna\\06.locked
             C:\\Users\\anna\\07.locked
             and 92 more
  addresses  203.0.113.7:443
  domains    evil.example

may have touched (85 %)
  hosts      srv-files
  users      SYSTEM

clocks
  srv-files runs 350 ms ahead of ws-anna, by 7 connections
"
    );
}

#[test]
fn what_led_here_from_outside_is_told_with_how_to_go_on() {
    let mut traced = story();
    let mut outside = traced.chain.nodes[3].process.clone();
    (outside.host, outside.id) = ("srv files".into(), "srv files/$(x)'/1".into());
    traced.chain.led_by = Some(Lead { process: outside, confidence: 85, edges: vec![] });
    traced.chain.nodes[0].confidence = 50;
    let text = of(&traced);
    let head: Vec<&str> = text.lines().take(4).collect();
    let expected = [
        "chain of powershell.exe 4200, root winword.exe 4100 (50 %)",
        "  2026-03-01 UTC, 41 processes on 2 hosts, 1 alert, 1 violation",
        "  what may have led here from outside: svchost.exe 900 @srv files, 85 %",
        r"    follow with: begat chain 'srv files/$(x)'\''/1' …",
    ];
    assert_eq!(head, expected);
    traced.chain.led_by.as_mut().unwrap().confidence = 100;
    assert!(of(&traced).contains("  what led here from outside: svchost.exe 900 @srv files, 100 %\n"));
}

#[test]
fn a_clock_that_is_late_runs_behind() {
    let mut traced = story();
    traced.chain.skews[0].milliseconds = -2784;
    let text = of(&traced);
    assert!(text.contains("\n  srv-files runs 2784 ms behind ws-anna, by 7 connections\n"), "{text}");
}

#[test]
fn a_chain_that_is_too_large_says_so() {
    let mut traced = story();
    traced.chain.unfollowed = 3;
    let text = of(&traced);
    assert!(
        text.contains("\n  too large to be followed whole: 3 processes reached and not followed\n"),
        "{text}"
    );
}

#[test]
fn what_is_alike_has_one_line() {
    let text = of(&traced(wide(12)));
    assert!(text.contains("\n09:00:01.000  └─ ⋯ conhost.exe x 12\n"), "{text}");
    assert!(text.contains("\n  12 processes not shown each"), "{text}");
}

#[test]
fn a_deep_chain_stays_within_100_columns() {
    for nodes in [20, 60, 2000] {
        let text = of(&traced(deep(nodes)));
        assert!(text.lines().all(|line| width(line) <= WIDTH), "{text}");
        assert!(text.lines().count() < 2 * LINES, "{nodes} nodes");
    }
    let text = of(&traced(deep(60)));
    assert!(text.contains("d7.exe") && text.contains("[59] d59.exe 4000  d59.exe /run"), "{text}");
}

#[test]
fn a_partial_chain_says_so_and_times_of_two_days_have_their_dates() {
    let mut traced = story();
    traced.chain.partial = true;
    traced.chain.nodes[3].process.started = Some(crate::chain::samples::NINE + 86_400_000);
    let text = of(&traced);
    assert!(text.starts_with(
        "chain of powershell.exe 4200, root winword.exe 4100\n  2026-03-01 to 2026-03-02 UTC, 41 processes"
    ));
    assert!(text.contains("\n2026-03-02 09:00:00.000  │  "), "{text}");
    assert!(text.contains("│  ? partial: what is above is not known\n"), "{text}");
}

#[test]
fn a_line_that_is_longer_than_is_followed_is_not_called_unknown() {
    let mut traced = story();
    traced.chain.partial = true;
    let mut above = deep(1).nodes.remove(0).process;
    traced.chain.above = Some(above.clone());
    let text = of(&traced);
    let said = "\n  partial: the root was started by d0.exe 4000; no more than 128 ancestors are followed\n";
    assert!(text.contains(said), "{text}");
    assert!(text.contains("│  ? partial: what is above is not followed\n"), "{text}");
    // Known by name alone it has no id.
    above.id.clear();
    traced.chain.above = Some(above);
    let said = "\n  partial: the root was started by d0.exe 4000, of which no more is known\n";
    assert!(of(&traced).contains(said));
}

#[test]
fn a_process_of_a_host_without_a_name_stands_at_none() {
    let mut traced = traced(deep(1));
    let of_host = |traced: &Traced| of(traced).lines().last().unwrap_or_default().to_owned();
    assert_eq!(
        of_host(&traced),
        "09:00:00.000  d0.exe 4000 [root, asked for] @ws-anna HAZEL\\anna  d0.exe /run"
    );
    traced.chain.nodes[0].process.host.clear();
    assert_eq!(of_host(&traced), "09:00:00.000  d0.exe 4000 [root, asked for] HAZEL\\anna  d0.exe /run");
}
