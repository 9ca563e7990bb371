//! One cluster for people.

use std::fmt::Write;

use super::minute;
use crate::cli::summary::count;
use crate::cli::terminal::{harmless, listed, wrapped};
use crate::clusters::entities::{self, KINDS};
use crate::clusters::{Held, alert, reason, summary};
use crate::runtime::bindings::alerts::Alert;
use crate::runtime::bindings::correlation::Event;

/// Of each list so much is shown; `--format json` has all.
const SHOWN: usize = 20;

/// Its score, its alerts, why they are together, what they are about, what happened.
pub(super) fn of(held: &Held) -> String {
    let cluster = &held.cluster;
    let mut out = head(held);
    out += "\nalerts, the highest first\n";
    let ranked = held.ranked();
    for alert in ranked.iter().take(SHOWN) {
        out += &of_alert(alert);
    }
    left_off(&mut out, ranked.len());
    lines(&mut out, "why they belong together", cluster.links.iter().map(reason::of_link));
    lines(&mut out, "no longer joins", cluster.hubs.iter().map(reason::of_hub));
    out += "\nentities\n";
    out += &of_entities(held);
    out += "\ntimeline (UTC, as it came in)\n";
    out += &of_timeline(&cluster.timeline);
    left_off(&mut out, cluster.timeline.len());
    out
}

fn head(held: &Held) -> String {
    let of = &held.cluster.summary;
    let mut out = wrapped("", 2, format!("{}: {}", harmless(&of.id), harmless(&of.title)).split(' '));
    let mut fact = |name: &str, value: &str| {
        if !value.is_empty() {
            out += &wrapped(&format!("  {name:<9}"), 11, harmless(value).split(' '));
        }
    };
    fact("score", &held.sum());
    if of.distinct_score != of.score {
        fact("", &format!("{} with what repeats counted once", of.distinct_score));
    }
    fact("status", &summary::work(of));
    fact("hosts", &of.hosts.join(", "));
    fact("owner", of.owner.as_deref().unwrap_or_default());
    fact("tactics", &of.tactics.join(", "));
    let distinct = if of.distinct_alerts == of.alerts {
        String::new()
    } else {
        format!(", {} of them distinct", of.distinct_alerts)
    };
    fact("alerts", &format!("{}{distinct}, {} to {} UTC", of.alerts, minute(of.first), minute(of.last)));
    fact("merged", &held.cluster.merged.join(", "));
    out
}

fn of_alert(a: &Alert) -> String {
    let mut out = format!("  {}  {}\n", harmless(&a.id), harmless(&alert::product(a)));
    let widest = a.factors.iter().map(|factor| factor.value.len()).max().unwrap_or(0);
    for factor in &a.factors {
        let (name, value, source) = (harmless(&factor.name), &factor.value, harmless(&factor.source));
        let begin = format!("        {name:<6}  {value:<widest$}  ");
        out += &wrapped(&begin, 12, source.split(' '));
    }
    let severity = a.severity.as_ref().map(|severity| format!(", severity {severity}")).unwrap_or_default();
    let said = format!("{}: {}{severity}, action {}", a.source_system, a.alert_type, alert::action(a.action));
    out += &wrapped("      ", 8, harmless(&said).split(' '));
    for text in Some(&a.message).filter(|text| !text.is_empty()).into_iter().chain(&a.assumed) {
        out += &wrapped("      ", 8, harmless(text).split(' '));
    }
    if let Some(process) = &a.process {
        let _ = writeln!(out, "      process {}", harmless(process));
    }
    let again = if a.duplicates > 0 {
        format!(", came again {}", count(a.duplicates, "time"))
    } else {
        String::new()
    };
    let _ = writeln!(out, "      {}{again}", harmless(&alert::record(a)));
    out
}

fn of_entities(held: &Held) -> String {
    let all = entities::of(held);
    let kinds = KINDS.iter().map(|kind| (kind, all.iter().filter(|e| e.kind == *kind).collect::<Vec<_>>()));
    let mut out = String::new();
    for (kind, entities) in kinds.filter(|(_, entities)| !entities.is_empty()) {
        let mut shown: Vec<String> = entities
            .iter()
            .take(SHOWN)
            .map(|e| {
                let hub = if e.hub { ", a hub" } else { "" };
                format!("{} ({}{hub})", harmless(e.value), count(e.alerts, "alert"))
            })
            .collect();
        if entities.len() > SHOWN {
            shown.push(format!("and {} more", entities.len() - SHOWN));
        }
        out += &wrapped(&format!("  {kind:<9}"), 11, listed(&shown));
    }
    out
}

/// As the component groups it: alerts that are alike and followed each other are one row.
fn of_timeline(events: &[Event]) -> String {
    let widest = events.iter().take(SHOWN).map(|event| event.kind.len()).max().unwrap_or(0);
    let row = |event: &Event| {
        let times = if event.count > 1 { format!(" ({} times)", event.count) } else { String::new() };
        let begin = format!("  {}  {:<widest$}  ", second(event.at), harmless(&event.kind));
        let said = harmless(&event.text) + &times;
        wrapped(&begin, 6, said.split(' '))
    };
    events.iter().take(SHOWN).map(row).collect()
}

/// `2026-03-01 09:12:00`
fn second(milliseconds: i64) -> String {
    crate::scoring::time(milliseconds).replacen('T', " ", 1).chars().take(19).collect()
}

fn lines(out: &mut String, title: &str, all: impl ExactSizeIterator<Item = String>) {
    if all.len() == 0 {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    let length = all.len();
    for line in all.take(SHOWN) {
        *out += &wrapped("  ", 4, harmless(&line).split(' '));
    }
    left_off(out, length);
}

fn left_off(out: &mut String, length: usize) {
    if length > SHOWN {
        let _ = writeln!(out, "  and {} more; --format json has them", length - SHOWN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples;

    #[test]
    fn a_cluster_tells_its_story() {
        let mut held = samples::held();
        held.alerts[1].message = "\u{1b}[2J\nforged".into();
        held.cluster.timeline[2].count = 3;
        assert_eq!(
            of(&held),
            "\
C1: Device/New or Unusual Remote Command Execution on ws-anna
  score    19.8 = 16.8 + 3
  status   new
  hosts    ws-anna
  tactics  TA0008
  alerts   2, 2026-03-01 09:00 to 2026-03-01 09:12 UTC
  merged   C2

alerts, the highest first
  A1  4 x 1 x 1.4 x 1 x 3 = 16.8
        base    4    darktrace severity 7
        source  1    sources.darktrace.multiplier
        action  1.4  sources.darktrace.action.unknown
        type    1    default
        tag     3    tags.server:remote access
      darktrace: Device/New or Unusual Remote Command Execution, severity 7,
        action unknown
      Remote command execution from 10.0.0.23
      alerts.ndjson:1
  A2  0.5 x 3 x 1 x 2 = 3
        base    0.5  fortinet fortigate low
        source  3    sources.fortinet fortigate.multiplier
        action  1    sources.fortinet fortigate.action.unknown
        type    2    sources.fortinet fortigate.alert_types
      fortinet fortigate:
        vBulletin.Routestring.widgetConfig.Remote.Code.Execution, severity low,
        action unknown
      \\u{1b}[2J\\nforged
      alerts.ndjson:2, came again 2 times

why they belong together
  A1 and A2 share address 10.0.0.23, 12 min apart

no longer joins
  address 203.0.113.7 on 2026-03-01: more than 100 alerts

entities
  host     ws-anna (1 alert)
  address  10.0.0.23 (2 alerts), 10.0.0.5 (1 alert),
           203.0.113.7 (1 alert, a hub)
  domain   evil.example (1 alert)
  url      http://evil.example/x?a=1 (1 alert)

timeline (UTC, as it came in)
  2026-03-01 09:00:00  created  created
  2026-03-01 09:00:00  alert    Device/New or Unusual Remote Command Execution
  2026-03-01 09:12:00  alert    vBulletin.Routestring.widgetConfig.Remote.Code.Execution
      (3 times)
  2026-03-01 10:00:00  note     seen by anna: asked the owner
"
        );
    }
}
