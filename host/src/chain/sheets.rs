//! Timelines and rows as CSV: the first row has the names.

use crate::clusters::csv::row;
use crate::runtime::bindings::causality::{Row, Step};
use crate::runtime::bindings::types::Origin;
use crate::scoring::time;

/// What happened in a chain, by time, each row with its source record.
#[must_use]
pub fn timeline(steps: &[Step]) -> String {
    let names = ["datetime", "kind", "message", "process", "candidate", "file", "line"];
    let of = |step: &Step| {
        let [file, line] = record(step.origin.as_ref());
        let candidate = step.candidate.clone().unwrap_or_default();
        row([
            time(step.time),
            step.kind.clone(),
            step.what.clone(),
            step.process.clone(),
            candidate,
            file,
            line,
        ])
    };
    row(names) + &steps.iter().map(of).collect::<String>()
}

/// An answer to a query: every column that a row has.
#[must_use]
pub fn rows(rows: &[Row]) -> String {
    let columns = columns(rows);
    let names = ["datetime", "process"].into_iter().chain(columns.iter().copied()).chain(["file", "line"]);
    let of = |each: &Row| {
        let value = |name: &&str| value(each, name).unwrap_or_default().to_owned();
        let first = [each.time.map(time).unwrap_or_default(), each.process.clone()];
        row(first.into_iter().chain(columns.iter().map(value)).chain(record(each.origin.as_ref())))
    };
    row(names) + &rows.iter().map(of).collect::<String>()
}

/// The names of all columns, in the order in which they first stand.
#[must_use]
pub fn columns(rows: &[Row]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.columns) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// What a row has in a column.
#[must_use]
pub fn value<'a>(row: &'a Row, name: &str) -> Option<&'a str> {
    row.columns.iter().find(|(column, _)| column == name).map(|(_, value)| value.as_str())
}

fn record(origin: Option<&Origin>) -> [String; 2] {
    origin.map_or_else(Default::default, |origin| [origin.source.clone(), origin.line.to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::samples::NINE;

    #[test]
    fn rows_have_the_columns_of_all() {
        let of = |columns: &[(&str, &str)]| Row {
            time: Some(NINE),
            process: "w/1".into(),
            columns: columns.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            origin: Some(Origin { source: "a.ndjson".into(), line: 2 }),
        };
        let text =
            rows(&[of(&[("file_name", "a.exe"), ("pid", "7")]), of(&[("pid", "8"), ("cmd", "=cmd|' '!A0")])]);
        assert_eq!(
            text,
            "datetime,process,file_name,pid,cmd,file,line\r\n\
             2026-03-01T09:00:00.000Z,w/1,a.exe,7,,a.ndjson,2\r\n\
             2026-03-01T09:00:00.000Z,w/1,,8,'=cmd|' '!A0,a.ndjson,2\r\n"
        );
        assert_eq!(rows(&[]), "datetime,process,file,line\r\n");
    }

    #[test]
    fn a_step_is_a_row() {
        let step = Step {
            time: NINE,
            process: "w/1".into(),
            kind: "registry".into(),
            what: "HKLM\\a,b\r\n".into(),
            candidate: None,
            origin: None,
        };
        assert_eq!(
            timeline(&[step]),
            "datetime,kind,message,process,candidate,file,line\r\n\
             2026-03-01T09:00:00.000Z,registry,\"HKLM\\a,b\\r\\n\",w/1,,,\r\n"
        );
    }
}
