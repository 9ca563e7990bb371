//! What stands at the processes and edges of a chain, in words. What others wrote is harmless in them.

use super::Traced;
use crate::runtime::bindings::causality::{Chain, Edge, EdgeKind, Knowledge, Node, Process};
use crate::runtime::bindings::hierarchy::{Outcome, Verdict};
use crate::scoring;
use crate::text::{cut, harmless};

/// A program that at most so many of a hundred hosts ran is rare,
const RARE_HOSTS: u8 = 1;

/// The file name of its image.
#[must_use]
pub fn name(process: &Process) -> String {
    let image = process.image.as_deref().unwrap_or_default();
    match image.rsplit(['\\', '/']).find(|part| !part.is_empty()) {
        Some(name) => harmless(name),
        None => "(unknown)".into(),
    }
}

/// A name is cut to so many columns where it stands with others.
const COLUMNS: usize = 34;

/// `notepad.exe 4211`; of a long name the end is cut, of a pid nothing.
#[must_use]
pub fn name_and_pid(process: &Process) -> String {
    let name = cut(&name(process), COLUMNS);
    match process.pid {
        Some(pid) => format!("{name} {pid}"),
        None => name,
    }
}

/// The same of a chain's process by its id; of one that the chain leaves out the id.
#[must_use]
pub fn named(chain: &Chain, id: &str) -> String {
    let node = chain.nodes.iter().find(|node| node.process.id == id);
    node.map_or_else(|| cut(&harmless(id), COLUMNS), |node| name_and_pid(&node.process))
}

/// The word of an edge.
#[must_use]
pub fn kind(kind: &EdgeKind) -> String {
    match kind {
        EdgeKind::Started => "started".into(),
        EdgeKind::Injected => "injected".into(),
        EdgeKind::Dropped => "dropped".into(),
        EdgeKind::Service => "service".into(),
        EdgeKind::Task => "task".into(),
        EdgeKind::Wmi => "wmi".into(),
        EdgeKind::Connected => "connected".into(),
        EdgeKind::Other(name) => harmless(name),
    }
}

/// `injected`; of a candidate with how sure it is: `connected 85 %`.
#[must_use]
pub fn edge(edge: &Edge) -> String {
    let kind = kind(&edge.kind);
    if edge.confidence < 100 { format!("{kind} {} %", edge.confidence) } else { kind }
}

/// Whether the effect was started by the cause, and a record says so.
#[must_use]
pub fn is_start(edge: &Edge) -> bool {
    matches!(edge.kind, EdgeKind::Started) && edge.confidence >= 100
}

/// `unexpected-parent explorer.exe, expected services.exe`; none where it is no violation.
#[must_use]
pub fn violation(verdict: &Verdict) -> Option<String> {
    if verdict.outcome != Outcome::Violation {
        return None;
    }
    let mut text = verdict.reason.as_deref().unwrap_or("unexpected").to_owned();
    if let Some(observed) = &verdict.observed {
        text += &format!(" {observed}");
    }
    if !verdict.expected.is_empty() {
        text += &format!(", expected {}", verdict.expected.join(" or "));
    }
    Some(harmless(&text))
}

/// `rare: ran once, on 1 % of hosts`; none where its image is not rare, or nothing is known of it.
#[must_use]
pub fn rarity(node: &Node) -> Option<String> {
    let (hosts, runs) = node.prevalence?;
    let times = if runs == 1 { "once".to_owned() } else { format!("{runs} times") };
    (hosts <= RARE_HOSTS).then(|| format!("rare: ran {times}, on {hosts} % of hosts"))
}

/// What is not known of a process.
#[must_use]
pub fn knowledge(process: &Process) -> Option<&'static str> {
    match process.known {
        Knowledge::Started => None,
        Knowledge::Seen => Some("its start was not recorded"),
        Knowledge::NamedByChild => Some("known by name only"),
    }
}

/// `A3 16.8`, and its type where that is known.
#[must_use]
pub fn alert(traced: &Traced, id: &str) -> (String, String) {
    match traced.alerts.get(id) {
        Some(alert) => (harmless(&format!("{id} {}", alert.score)), harmless(&alert.alert_type)),
        None => (harmless(id), String::new()),
    }
}

/// `s`, where it is not one.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix("process")) {
        (1, _) => format!("1 {noun}"),
        (_, Some(_)) => format!("{number} {noun}es"),
        _ => format!("{number} {noun}s"),
    }
}

/// `2026-03-01`
#[must_use]
pub fn date(milliseconds: i64) -> String {
    scoring::time(milliseconds).chars().take(10).collect()
}

/// `09:12:03.120`
#[must_use]
pub fn clock(milliseconds: i64) -> String {
    scoring::time(milliseconds).chars().skip(11).take(12).collect()
}

/// A span of time in its two largest units: `2 h 13 min`.
#[must_use]
pub fn span(milliseconds: i64) -> String {
    let seconds = milliseconds / 1000;
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut parts = units.iter().map(|(length, unit)| {
        let number = rest / length;
        rest %= length;
        (number, unit)
    });
    let Some((number, unit)) = parts.by_ref().find(|(number, _)| *number > 0) else {
        return format!("{milliseconds} ms");
    };
    match parts.next() {
        Some((more, next)) if more > 0 => format!("{number} {unit} {more} {next}"),
        _ => format!("{number} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::samples::{NINE, node, story};

    #[test]
    fn names_are_those_of_files() {
        let mut process = node("a", 0).process;
        for (image, expected) in [
            ("C:\\Windows\\System32\\cmd.exe", "cmd.exe"),
            ("/usr/bin/bash", "bash"),
            ("System", "System"),
            ("C:\\a\\", "a"),
            ("", "(unknown)"),
            ("a\u{1b}[2J", "a\\u{1b}[2J"),
        ] {
            process.image = Some(image.into());
            assert_eq!(name(&process), expected);
        }
        process.image = Some("x".repeat(50));
        assert_eq!(name_and_pid(&process), "x".repeat(33) + "… 4000");
        process.image = None;
        assert_eq!(name_and_pid(&process), "(unknown) 4000");
    }

    #[test]
    fn a_violation_says_what_would_have_been_right() {
        let traced = story();
        let said = violation(&traced.chain.nodes[3].verdict);
        assert_eq!(said.as_deref(), Some("unexpected-parent notepad.exe, expected services.exe"));
        assert_eq!(violation(&traced.chain.nodes[0].verdict), None);
    }

    #[test]
    fn rare_is_what_few_hosts_ran() {
        let mut node = node("a", 0);
        for (prevalence, expected) in [
            (Some((1, 900)), Some("rare: ran 900 times, on 1 % of hosts")),
            (Some((1, 1)), Some("rare: ran once, on 1 % of hosts")),
            // Of three hosts one is no estate to be rare in.
            (Some((33, 1)), None),
            (Some((2, 4)), None),
            (None, None),
        ] {
            node.prevalence = prevalence;
            assert_eq!(rarity(&node).as_deref(), expected);
        }
    }

    #[test]
    fn alerts_have_their_score() {
        let traced = story();
        assert_eq!(alert(&traced, "A1").0, "A1 16.8");
        assert_eq!(alert(&traced, "A9"), ("A9".into(), String::new()));
    }

    #[test]
    fn times_and_spans() {
        assert_eq!((date(NINE), clock(NINE + 1)), ("2026-03-01".into(), "09:00:00.001".into()));
        for (milliseconds, expected) in [
            (999, "999 ms"),
            (5_000, "5 s"),
            (65_000, "1 min 5 s"),
            (7_980_000, "2 h 13 min"),
            (7_200_000, "2 h"),
            (90_000_000, "1 d 1 h"),
        ] {
            assert_eq!(span(milliseconds), expected);
        }
        assert_eq!(count(1, "process"), "1 process");
        assert_eq!(count(2, "process"), "2 processes");
        assert_eq!(count(2, "alert"), "2 alerts");
    }
}
