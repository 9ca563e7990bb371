//! `begat query`: SECDO's investigation queries, which the component reads and answers.

use std::path::PathBuf;
use std::process::ExitCode;

use super::asked::Source;
use super::chain::{Output, record, time};
use super::columns::{Column, columns};
use super::terminal::{self, harmless};
use super::{instance, misused};
use crate::chain::{defang, json, sheets};
use crate::run::pages::first;
use crate::runtime::bindings::causality::Row;
use crate::runtime::bindings::types::Page;
use crate::runtime::{Failure, Limits, Refusal};

/// Columns of an answer that fit beside time, process and record.
const COLUMNS: usize = 5;

/// Ask for processes, registry keys, files, connections or hosts: entity=E&action=A1,A2&attr=name:value
///
/// The entities are process, registry, file, network and host. Between values `|` is OR and `*` matches any text;
/// `,` is AND between attributes and OR between actions. A URL that holds a query is taken as it is. What is not
/// acceptable is told with its place and with what would be.
///
/// The answer rests on what --state has kept, or on the FILEs, which are read first.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").args(["state", "read", "files"]).required(true)))]
#[command(override_usage = "begat query [OPTIONS] <QUERY> <FILE...|--state <DIR>>")]
pub(super) struct Args {
    /// The query, or a URL that holds it, as in 'entity=process&action=run&attr=file_name:cmd.exe|powershell.exe'
    #[arg(value_name = "QUERY")]
    query: String,

    /// Files to read first, as `begat run` reads them; they are not kept. The same as --read
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// At most so many rows; 0 is all
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: u32,

    /// How they are shown. The table has the columns that fit, JSON and CSV all
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Make addresses, domains and URLs unclickable: hxxp://evil[.]example
    #[arg(long)]
    defang: bool,

    /// Write to a file; `-` is stdout
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    #[value(alias = "text")]
    Table,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

pub(super) fn run(mut args: Args) -> anyhow::Result<ExitCode> {
    // Before files are read, which may take long: an instance that knows nothing can tell a wrong query.
    let one = Page { offset: 0, limit: 1 };
    acceptable(instance::start(Limits::default())?.query(&args.query, one))?;
    let output = Output::open(args.output.as_deref())?;
    args.source.from.read.append(&mut args.files);
    let mut asked = args.source.open(false)?;
    let limit = if args.limit == 0 { usize::MAX } else { usize::try_from(args.limit)? };
    // One more tells whether there are more.
    let asking = |page| asked.instance.query(&args.query, page);
    let mut rows = acceptable(first(limit.saturating_add(1), asking))?;
    if rows.len() > limit {
        rows.truncate(limit);
        terminal::say(&format!("begat: there are more than these {limit}; --limit shows them"));
    }
    if args.defang {
        defang::rows(&mut rows);
    }
    output.put(&match args.format {
        Format::Table => {
            let (text, left) = table(&rows);
            if left > 0 {
                terminal::say(&format!("begat: --format json has {left} more columns"));
            }
            text
        }
        Format::Json => json::rows(&rows).to_string() + "\n",
        Format::Csv => sheets::rows(&rows),
    })?;
    Ok(asked.end())
}

/// A query that the component does not accept is wrong usage.
fn acceptable<T>(answer: Result<T, Failure>) -> Result<T, Failure> {
    match answer {
        Err(Failure::Refused(refusal @ Refusal::Invalid(..))) => {
            misused(&["query"], &harmless(&refusal.to_string()))
        }
        answer => answer,
    }
}

/// The columns that hold something, as many as fit; and how many do not.
fn table(rows: &[Row]) -> (String, usize) {
    let held =
        |name: &&str| rows.iter().any(|row| sheets::value(row, name).is_some_and(|value| !value.is_empty()));
    // The instance stands in a column of every answer.
    let own = |name: &&str| !rows.iter().all(|row| sheets::value(row, name) == Some(row.process.as_str()));
    let names: Vec<&str> = sheets::columns(rows).into_iter().filter(held).filter(own).collect();
    let mut all =
        vec![Column::text("time (UTC)", rows.iter().map(|row| row.time.map(time).unwrap_or_default()))];
    all.extend(names.iter().take(COLUMNS).map(|name| {
        let value = |row: &Row| sheets::value(row, name).map(harmless).unwrap_or_default();
        Column::text(harmless(name), rows.iter().map(value))
    }));
    if rows.iter().any(|row| !row.process.is_empty()) {
        all.push(Column::text("process", rows.iter().map(|row| harmless(&row.process))));
    }
    all.push(Column::text("record", rows.iter().map(|row| record(row.origin.as_ref()))));
    (columns(&all), names.len().saturating_sub(COLUMNS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::samples::NINE;
    use crate::runtime::bindings::types::Origin;

    fn row(columns: &[(&str, &str)]) -> Row {
        Row {
            time: Some(NINE),
            process: "ws-anna/1".into(),
            columns: columns.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            origin: Some(Origin { source: "a.evtx".into(), line: 3 }),
        }
    }

    #[test]
    fn a_table_has_the_columns_that_hold_something() {
        let rows = [
            row(&[("file_name", "cmd.exe"), ("signed", ""), ("instanceId", "ws-anna/1")]),
            row(&[("file_name", "\u{1b}c"), ("signed", ""), ("instanceId", "ws-anna/1")]),
        ];
        assert_eq!(
            table(&rows),
            (
                "\
time (UTC)               file_name  process    record
2026-03-01 09:00:00.000  cmd.exe    ws-anna/1  a.evtx:3
2026-03-01 09:00:00.000  \\u{1b}c    ws-anna/1  a.evtx:3
"
                .to_owned(),
                0
            )
        );
        assert_eq!(table(&[]).0, "time (UTC)  record\n");
    }

    #[test]
    fn a_line_has_at_most_100_columns() {
        let names: Vec<String> = (0..9).map(|n| format!("column_{n}")).collect();
        let wide = "本".repeat(200);
        let columns: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), wide.as_str())).collect();
        let (text, left) = table(&[row(&columns)]);
        assert!(text.lines().all(|line| crate::text::width(line) <= 100), "{text}");
        assert_eq!(left, 4);
    }
}
