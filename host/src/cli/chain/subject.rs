//! What a chain is asked for by, and which process or alert is meant.

use std::fmt::Write;

use anyhow::{anyhow, bail};

use crate::cli::columns::{Column, columns};
use crate::cli::terminal::{self, harmless};
use crate::clusters::Held;
use crate::run::pages::first;
use crate::runtime::bindings::causality::Process;
use crate::runtime::{Failure, Instance, Refusal};
use crate::scoring::time;
use crate::text::width;

/// Of processes that may be meant so many are listed.
const LISTED: usize = 20;

/// So many are asked for: enough to say that there are more.
const MANY: usize = 1000;

/// As it was written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Subject<'a> {
    /// `A17`
    Alert(&'a str),
    /// `C1`
    Cluster(&'a str),
    /// An instance, or a host and a file name.
    Process(&'a str),
    /// A file name on a host, or on any.
    Name(&'a str, Option<&'a str>),
}

impl<'a> Subject<'a> {
    /// With a host it is a file name, whatever it looks like.
    pub(super) fn of(text: &'a str, host: Option<&'a str>) -> Self {
        let (letter, number) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
        let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        match letter {
            _ if host.is_some() => Self::Name(text, host),
            "A" | "a" if numbered => Self::Alert(text),
            "C" | "c" if numbered => Self::Cluster(text),
            _ if text.contains('/') => Self::Process(text),
            _ => Self::Name(text, None),
        }
    }

    /// The instance or the alert that the component knows it by.
    pub(super) fn resolve(&self, instance: &mut Instance) -> anyhow::Result<String> {
        match *self {
            Self::Alert(id) => Ok(id.to_owned()),
            Self::Cluster(id) => highest(id, instance),
            Self::Name(name, host) => named(name, host, instance),
            Self::Process(text) => match instance.ancestry(&text.to_owned()) {
                Ok(found) => Ok(found.process.id),
                Err(Failure::Refused(Refusal::NotFound(..))) => match text.split_once('/') {
                    Some((host, name)) if !host.is_empty() => named(name, Some(host), instance),
                    _ => named(text, None, instance),
                },
                Err(failure) => Err(failure.into()),
            },
        }
    }
}

/// The highest alert of a cluster that is about a process; of none the highest.
fn highest(id: &str, instance: &mut Instance) -> anyhow::Result<String> {
    let held = Held::of(instance, id)?;
    let ranked = held.ranked();
    let about = ranked.iter().find(|alert| alert.process.is_some()).or(ranked.first());
    let alert = about.ok_or_else(|| anyhow!("cluster {} has no alert", harmless(id)))?;
    let said =
        format!("begat: the highest alert of {} about a process is {}", held.cluster.summary.id, alert.id);
    if alert.process.is_some() {
        terminal::say(&harmless(&said));
    }
    Ok(alert.id.clone())
}

fn is_short_for(short: &str, host: &str) -> bool {
    host.split_once('.').is_some_and(|(label, _)| label.eq_ignore_ascii_case(short))
}

fn named(name: &str, host: Option<&str>, instance: &mut Instance) -> anyhow::Result<String> {
    let mut found = first(MANY, |page| instance.processes(host, Some(name), page))?;
    if let Some(short) = host
        && found.is_empty()
    {
        // A short name that no record has: the hosts that begin with it.
        found = first(MANY, |page| instance.processes(None, Some(name), page))?;
        found.retain(|process| is_short_for(short, &process.host));
    }
    let on = host.map_or_else(String::new, |host| format!(" on {}", harmless(host)));
    match found.as_slice() {
        [] => bail!("there is no process {}{on}", harmless(name)),
        [one] => Ok(one.id.clone()),
        several => bail!("{}", candidates(&format!("{}{on}", harmless(name)), several)),
    }
}

/// Says that several are called so, and how each is asked for.
fn candidates(name: &str, found: &[Process]) -> String {
    let more = if found.len() < MANY { "" } else { " and more" };
    let mut text = format!(
        "{}{more} processes are called {name}; ask for one by its id, or narrow by --host\n",
        found.len()
    );
    let shown = || found.iter().take(LISTED);
    let pid = |process: &Process| process.pid.map_or_else(|| "-".into(), |pid| pid.to_string());
    let start = |process: &Process| process.started.map_or_else(|| "-".into(), time);
    let table = columns(&[
        Column::text("host", shown().map(|process| harmless(&process.host))),
        Column::decimal("pid", shown().map(pid)),
        Column::text("start", shown().map(start)),
    ]);
    // Ids stand behind the table: what is asked for next is never cut.
    let ids = std::iter::once("id".to_owned()).chain(shown().map(|process| harmless(&process.id)));
    let widest = table.lines().map(width).max().unwrap_or(0);
    for (line, id) in table.lines().zip(ids) {
        let _ = writeln!(text, "{line}{:1$}  {id}", "", widest - width(line));
    }
    if found.len() > LISTED {
        let _ = writeln!(text, "and {} more", found.len() - LISTED);
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::samples::node;

    #[test]
    fn a_subject_is_known_by_its_looks() {
        for (text, expected) in [
            ("A17", Subject::Alert("A17")),
            ("c1", Subject::Cluster("c1")),
            ("A", Subject::Name("A", None)),
            ("a1.exe", Subject::Name("a1.exe", None)),
            ("ws-anna/notepad.exe", Subject::Process("ws-anna/notepad.exe")),
            ("C:\\a.exe", Subject::Name("C:\\a.exe", None)),
            ("ä1", Subject::Name("ä1", None)),
            ("", Subject::Name("", None)),
        ] {
            assert_eq!(Subject::of(text, None), expected);
        }
        assert_eq!(Subject::of("A17", Some("ws-anna")), Subject::Name("A17", Some("ws-anna")));
    }

    #[test]
    fn a_short_name_is_a_host_s_first_label() {
        assert!(is_short_for("ws-anna", "WS-ANNA.hazel.example"));
        assert!(!is_short_for("ws", "WS-ANNA.hazel.example") && !is_short_for("ws-anna", "ws-anna"));
    }

    #[test]
    fn candidates_are_listed_up_to_twenty() {
        let found: Vec<Process> = (0..23).map(|n| node(&format!("ws/{n}\u{1b}"), n).process).collect();
        let text = candidates("notepad.exe", &found);
        assert!(text.starts_with("23 processes are called notepad.exe; ask for one by its id"), "{text}");
        assert!(text.contains("\nws-anna  4000  2026-03-01T09:00:07.000Z  ws/7\\u{1b}\n"), "{text}");
        assert!(text.contains("\nhost      pid  start                     id\n"), "{text}");
        assert!(text.ends_with("\nand 3 more"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }
}
