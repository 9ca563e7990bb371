//! Timelines and matches for people.

use std::collections::HashMap;

use crate::cli::columns::{Column, columns};
use crate::cli::terminal::harmless;
use crate::runtime::bindings::causality::{Candidate, Matching, Step};
use crate::runtime::bindings::types::Origin;
use crate::scoring;

/// Names of processes by their ids; where one is missing the id stands for it.
type Names = HashMap<String, String>;

pub(super) fn timeline(steps: &[Step], names: &Names) -> String {
    let mut all = vec![
        Column::text("time (UTC)", steps.iter().map(|step| time(step.time))),
        Column::text("process", steps.iter().map(|step| name(names, &step.process))),
        Column::text("kind", steps.iter().map(|step| harmless(&step.kind))),
        Column::text("what", steps.iter().map(|step| harmless(&step.what))),
    ];
    if steps.iter().any(|step| step.candidate.is_some()) {
        let candidate = |step: &Step| step.candidate.as_deref().map(harmless).unwrap_or_default();
        all.push(Column::text("candidate", steps.iter().map(candidate)));
    }
    all.push(Column::text("record", steps.iter().map(|step| record(step.origin.as_ref()))));
    columns(&all)
}

pub(super) fn matching(found: &Matching, names: &Names) -> String {
    if !found.candidates.is_empty() {
        return candidates(&found.candidates, names);
    }
    let reason = found.reason.as_deref().map(|reason| format!(": {}", harmless(reason))).unwrap_or_default();
    let mut text = format!("unmatched{reason}\n");
    if !found.misses.is_empty() {
        text += "\nnearest misses\n";
        text += &candidates(&found.misses, names);
    }
    text
}

fn candidates(rows: &[Candidate], names: &Names) -> String {
    columns(&[
        Column::number("rank", rows.iter().map(|row| row.rank.into())),
        Column::text("process", rows.iter().map(|row| name(names, &row.process))),
        Column::decimal("apart", rows.iter().map(|row| apart(row.apart))),
        Column::text("reason", rows.iter().map(|row| harmless(&row.reason))),
        Column::text("record", rows.iter().map(|row| record(row.origin.as_ref()))),
        Column::text("id", rows.iter().map(|row| harmless(&row.process))),
    ])
}

fn apart(milliseconds: u64) -> String {
    format!("{}.{:03} s", milliseconds / 1000, milliseconds % 1000)
}

fn name(names: &Names, id: &str) -> String {
    names.get(id).cloned().unwrap_or_else(|| harmless(id))
}

/// `2026-03-01 09:12:03.120`
pub(in crate::cli) fn time(milliseconds: i64) -> String {
    scoring::time(milliseconds).replacen('T', " ", 1).trim_end_matches('Z').to_owned()
}

/// `file:line`
pub(in crate::cli) fn record(origin: Option<&Origin>) -> String {
    origin.map_or_else(String::new, |origin| harmless(&format!("{}:{}", origin.source, origin.line)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::samples::NINE;

    fn origin() -> Option<Origin> {
        Some(Origin { source: "a.evtx".into(), line: 3 })
    }

    #[test]
    fn a_timeline_is_a_table() {
        let step = |process: &str, what: &str| Step {
            time: NINE + 1,
            process: process.into(),
            kind: "file-create".into(),
            what: what.into(),
            candidate: None,
            origin: origin(),
        };
        let names = Names::from([("w/1".to_owned(), "winword.exe 4100".to_owned())]);
        assert_eq!(
            timeline(&[step("w/1", "c:\\a.txt"), step("w/2", "\u{1b}[2J")], &names),
            "\
time (UTC)               process           kind         what       record
2026-03-01 09:00:00.001  winword.exe 4100  file-create  c:\\a.txt   a.evtx:3
2026-03-01 09:00:00.001  w/2               file-create  \\u{1b}[2J  a.evtx:3
"
        );
    }

    #[test]
    fn without_a_match_the_nearest_are_shown() {
        let near = Candidate {
            process: "w/1".into(),
            rank: 1,
            apart: 180_020,
            reason: "same connection, 60.020 s too far".into(),
            origin: origin(),
        };
        let mut found = Matching { candidates: vec![], misses: vec![near], reason: None };
        let names = Names::from([("w/1".to_owned(), "winword.exe 4100".to_owned())]);
        assert_eq!(
            matching(&found, &names),
            "\
unmatched

nearest misses
rank  process               apart  reason                             record    id
   1  winword.exe 4100  180.020 s  same connection, 60.020 s too far  a.evtx:3  w/1
"
        );
        found.misses.clear();
        found.reason = Some("the alert names no connection and no file".into());
        assert_eq!(matching(&found, &names), "unmatched: the alert names no connection and no file\n");
    }
}
