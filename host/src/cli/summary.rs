//! What a person wants to know at the end of a run, from the report.

use std::fmt::Write;
use std::time::Duration;

use super::terminal::{harmless, listed, wrapped};
use crate::run::Report;
use crate::run::report::{Evicted, Image};
use crate::runtime::bindings::tenant::Statistics;

/// How many images and clusters are named.
const TOP: usize = 5;

/// How much a state had read before this run.
#[derive(Debug)]
pub(super) struct Read {
    lines: u64,
    recognised: u64,
    passed: u64,
    repeated: u64,
}

impl Read {
    pub(super) fn of(stats: &Statistics) -> Self {
        Self {
            lines: stats.lines,
            recognised: stats.recognised,
            passed: stats.passed,
            repeated: stats.repeated,
        }
    }
}

/// Some lines for stderr. The first is about this run, the others about all that is known at its end.
pub(super) fn text(report: &Report, before: &Read, took: Duration, bytes: u64) -> String {
    let mut out = String::new();
    let seconds = took.as_secs_f64();
    let read = format!(
        "{} ({}) in {seconds:.1} s: {} recognised, {} passed untouched, {} rejected",
        count(report.lines.saturating_sub(before.lines), "line"),
        size(bytes),
        report.recognised.saturating_sub(before.recognised),
        report.passed.saturating_sub(before.passed),
        report.rejected_total
    );
    out += &wrapped("", 2, read.split(' '));
    let _ = writeln!(
        out,
        "{} on {}, {} held",
        count(report.kinds.count("process-start"), "process start"),
        count(u64::try_from(report.hosts.len()).unwrap_or(u64::MAX), "host"),
        count(report.processes, "process instance")
    );
    let again = report.repeated.saturating_sub(before.repeated);
    if again > 0 {
        let _ = writeln!(out, "{} of starts that were known already", count(again, "record"));
    }
    let verdicts = &report.hierarchy;
    let _ = writeln!(
        out,
        "parents: {} expected, {}, {} unknown",
        verdicts.expected,
        count(verdicts.violation, "violation"),
        verdicts.unknown
    );
    for violation in report.violations.iter().take(TOP) {
        // Each on its line: paths and ids are what one copies, and together they are never short.
        let reason = violation.reason.as_deref().unwrap_or("violation");
        let _ = writeln!(out, "  {reason}: {}", harmless(&violation.image));
        if !violation.corroborated_by.is_empty() {
            let _ = writeln!(out, "    suspicion: {}", violation.corroborated_by.join(", "));
        }
        if let Some(observed) = &violation.observed {
            let mut said = harmless(observed);
            if !violation.expected.is_empty() {
                let _ = write!(said, " where {} was expected", violation.expected.join(" or "));
            }
            out += &wrapped("    ", 6, said.split(' '));
        }
        let _ = writeln!(out, "    process {}", harmless(&violation.process));
        let _ = writeln!(out, "    {}:{}", harmless(&violation.file), violation.line);
    }
    if report.violations.len() > TOP {
        let _ = writeln!(out, "  and {} more", report.violations.len() - TOP);
    }
    images(&mut out, "most executed", report.prevalence.iter().take(TOP));
    if report.prevalence.len() > TOP {
        images(&mut out, "rarest", report.prevalence.iter().rev().take(TOP));
    }
    clusters(&mut out, report);
    if let Some(said) = dropped(&report.evicted) {
        out += &wrapped("", 2, said.split(' '));
    }
    out
}

/// `limits were reached: 3 hosts and 25 events dropped`, `7 events were older than causality.keep and dropped`, or
/// both; none where nothing was.
pub(super) fn dropped(evicted: &Evicted) -> Option<String> {
    let all = [
        (evicted.processes, "process instance"),
        (evicted.hosts, "host"),
        (evicted.values, "counted execution"),
        (evicted.alerts, "alert"),
        (evicted.events, "event"),
    ];
    let some = all.iter().filter(|(n, _)| *n > 0).map(|&(n, what)| count(n, what));
    let some: Vec<String> = some.collect();
    let limited = some.split_last().map(|(last, before)| {
        let and = if before.is_empty() { "" } else { " and " };
        format!("limits were reached: {}{and}{last} dropped", before.join(", "))
    });
    let aged = (evicted.aged_events > 0).then(|| {
        let were = if evicted.aged_events == 1 { "was" } else { "were" };
        format!("{} {were} older than causality.keep and dropped", count(evicted.aged_events, "event"))
    });
    let said: Vec<String> = limited.into_iter().chain(aged).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// The alerts, and what they form, from the highest score down.
fn clusters(out: &mut String, report: &Report) {
    let alerts = &report.alerts;
    if alerts.held + alerts.duplicates + alerts.dropped == 0 {
        return;
    }
    let suppressed = match alerts.suppressed {
        0 => String::new(),
        some => format!(" ({some} suppressed)"),
    };
    let _ = writeln!(
        out,
        "{} held{suppressed}, {}, {} dropped by filters",
        count(alerts.held, "alert"),
        count(alerts.duplicates, "duplicate"),
        alerts.dropped
    );
    let open: Vec<_> = report.clusters.iter().filter(|cluster| !cluster.summary.archived).collect();
    for cluster in open.iter().take(TOP) {
        let of = &cluster.summary;
        let mut said = format!("{}: {}", count(of.alerts, "alert"), harmless(&of.title));
        // A title names the owner, and the hosts where they are few.
        if let Some(owner) = of.owner.as_ref().filter(|owner| !of.title.contains(owner.as_str())) {
            let _ = write!(said, ", from {}", harmless(owner));
        }
        if of.hosts.iter().any(|host| !of.title.contains(host.as_str())) {
            let hosts: Vec<String> = of.hosts.iter().take(TOP).map(|host| harmless(host)).collect();
            let more = of.hosts.len() - hosts.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = write!(said, "; hosts {}{more}", hosts.join(", "));
        }
        *out += &wrapped(&format!("  {} scores {}: ", harmless(&of.id), of.score), 4, said.split(' '));
    }
    if open.len() > TOP {
        let _ = writeln!(out, "  and {} more clusters", open.len() - TOP);
    }
}

fn images<'a>(out: &mut String, title: &str, images: impl Iterator<Item = &'a Image>) {
    let list: Vec<String> = images
        .map(|i| format!("{} ({} on {})", harmless(&i.image), i.executions, count(i.hosts, "host")))
        .collect();
    if !list.is_empty() {
        *out += &wrapped(&format!("{title}: "), 2, listed(&list));
    }
}

/// `1 host`, `2 hosts`.
pub(super) fn count(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_limits_dropped_is_said_where_something_was() {
        let none = Evicted { processes: 0, hosts: 0, values: 0, alerts: 0, events: 0, aged_events: 0 };
        assert_eq!(dropped(&none), None);
        let said = "limits were reached: 1 event dropped";
        assert_eq!(dropped(&Evicted { events: 1, ..none }).as_deref(), Some(said));
        let aged = "1 event was older than causality.keep and dropped";
        assert_eq!(dropped(&Evicted { aged_events: 1, ..none }).as_deref(), Some(aged));
        let all = Evicted { processes: 1, hosts: 2, values: 3, alerts: 4, events: 5, aged_events: 6 };
        let said = "limits were reached: 1 process instance, 2 hosts, 3 counted executions, 4 alerts and 5 events \
                    dropped; 6 events were older than causality.keep and dropped";
        assert_eq!(dropped(&all).as_deref(), Some(said));
    }
}
