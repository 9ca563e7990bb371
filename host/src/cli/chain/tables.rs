//! Timelines and matches for people.

use std::collections::{BTreeSet, HashMap};

use crate::cli::columns::{Column, columns};
use crate::cli::terminal::{harmless, wrapped};
use crate::runtime::bindings::causality::{Candidate, Matching, Step};
use crate::runtime::bindings::types::Origin;
use crate::scoring;

/// Names of processes by their ids; where one is missing the id stands for it.
type Names = HashMap<String, String>;

/// A candidate's mark, which a line below the table explains.
const MARK: &str = "?";

/// Before what stands below a row: as wide as the rank.
const BELOW: &str = "      ";

/// What all steps have in common stands once: their day, the file of their records, why some are candidates.
pub(super) fn timeline(steps: &[Step], names: &Names) -> String {
    let kind = |step: &Step| match step.candidate {
        Some(_) => format!("{MARK} {}", harmless(&step.kind)),
        None => harmless(&step.kind),
    };
    let mut all = vec![
        times(steps.iter().map(|step| Some(step.time))),
        Column::text("process", steps.iter().map(|step| name(names, &step.process))),
        Column::text("kind", steps.iter().map(kind)),
        Column::text("what", steps.iter().map(|step| harmless(&step.what))),
    ];
    let source = common(steps.iter().map(|step| step.origin.as_ref().map(|origin| origin.source.as_str())));
    all.push(match source {
        Some(_) => Column::number("line", steps.iter().filter_map(|step| Some(step.origin.as_ref()?.line))),
        None => Column::text("record", steps.iter().map(|step| record(step.origin.as_ref()))),
    });
    let mut text = columns(&all);
    let mut why: Vec<String> =
        steps.iter().filter_map(|step| step.candidate.as_deref().map(harmless)).collect();
    let mut known = BTreeSet::new();
    why.retain(|why| known.insert(why.clone()));
    let notes = source.map(|source| format!("lines of {}", harmless(source))).into_iter();
    let notes = notes.chain(why.iter().map(|why| format!("{MARK} candidate: {why}")));
    for (place, note) in notes.enumerate() {
        text += &format!("{}{note}\n", if place == 0 { "\n" } else { "" });
    }
    text
}

/// When each row was; of one day the day stands once, in the title.
pub(in crate::cli) fn times(of: impl Iterator<Item = Option<i64>>) -> Column {
    let all: Vec<String> = of.map(|at| at.map(time).unwrap_or_default()).collect();
    match common(all.iter().map(|time| Some(time.split_once(' ')?.0))) {
        Some(day) => {
            let clock = |time: &String| time.split_once(' ').map_or("", |(_, clock)| clock).to_owned();
            Column::whole(format!("{day} UTC"), all.iter().map(clock))
        }
        None => Column::whole("time (UTC)", all.into_iter()),
    }
}

/// What all of several are, of more than one.
fn common<'t>(mut texts: impl Iterator<Item = Option<&'t str>>) -> Option<&'t str> {
    let first = texts.next()??;
    let mut more = 0;
    let all = texts.inspect(|_| more += 1).all(|text| text == Some(first));
    (all && more > 0).then_some(first)
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

/// Why, and by which id it is asked for next, stand below each, whole.
fn candidates(rows: &[Candidate], names: &Names) -> String {
    let table = columns(&[
        Column::number("rank", rows.iter().map(|row| row.rank.into())),
        Column::text("process", rows.iter().map(|row| name(names, &row.process))),
        Column::decimal("apart", rows.iter().map(|row| apart(row.apart))),
        Column::text("record", rows.iter().map(|row| record(row.origin.as_ref()))),
    ]);
    let mut lines = table.lines();
    let mut text = lines.next().map(|titles| format!("{titles}\n")).unwrap_or_default();
    for (line, row) in lines.zip(rows) {
        let reason = harmless(&row.reason);
        text += &format!("{line}\n{}", wrapped(BELOW, BELOW.len(), reason.split_whitespace()));
        text += &format!("{BELOW}{}\n", harmless(&row.process));
    }
    text
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
        let one = step("w/1", "c:\\a.txt");
        let other = Step { candidate: Some("thread unknown".into()), ..step("w/2", "\u{1b}[2J") };
        assert_eq!(
            timeline(&[one.clone(), other.clone()], &names),
            "\
2026-03-01 UTC  process           kind           what       line
09:00:00.001    winword.exe 4100  file-create    c:\\a.txt      3
09:00:00.001    w/2               ? file-create  \\u{1b}[2J     3

lines of a.evtx
? candidate: thread unknown
"
        );
        // Of another day, of which no record tells.
        let later = Step { time: NINE + 86_400_000, candidate: None, origin: None, ..other };
        assert_eq!(
            timeline(&[one, later], &names),
            "\
time (UTC)               process           kind         what       record
2026-03-01 09:00:00.001  winword.exe 4100  file-create  c:\\a.txt   a.evtx:3
2026-03-02 09:00:00.000  w/2               file-create  \\u{1b}[2J
"
        );
    }

    #[test]
    fn reasons_and_ids_are_whole() {
        let id = "WS-ANNA.hazel.example/7c4e19a2-0c3a-6aa9-8400-000000000400";
        let one = Candidate {
            process: id.into(),
            rank: 1,
            apart: 0,
            reason: "runs the file, 45.000 s before the alert, on the host that had the alert's destination address \
                     192.168.52.131 \u{1b}"
                .into(),
            origin: None,
        };
        let found = Matching { candidates: vec![one], misses: vec![], reason: None };
        let names = Names::from([(id.to_owned(), "a.exe 4".to_owned())]);
        assert_eq!(
            matching(&found, &names),
            "\
rank  process    apart  record
   1  a.exe 4  0.000 s
      runs the file, 45.000 s before the alert, on the host that had the alert's
      destination address 192.168.52.131 \\u{1b}
      WS-ANNA.hazel.example/7c4e19a2-0c3a-6aa9-8400-000000000400
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
rank  process               apart  record
   1  winword.exe 4100  180.020 s  a.evtx:3
      same connection, 60.020 s too far
      w/1
"
        );
        found.misses.clear();
        found.reason = Some("the alert names no connection and no file".into());
        assert_eq!(matching(&found, &names), "unmatched: the alert names no connection and no file\n");
    }
}
