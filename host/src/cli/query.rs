//! `begat query`: SECDO's investigation queries, which the component reads and answers.

use std::path::PathBuf;
use std::process::ExitCode;

use super::asked::Source;
use super::chain::{Output, times};
use super::columns::{Column, columns};
use super::terminal::{self, harmless};
use super::{instance, misused};
use crate::chain::{defang, json, sheets};
use crate::run::pages::first;
use crate::runtime::bindings::causality::Row;
use crate::runtime::bindings::types::Page;
use crate::runtime::{Failure, Limits, Refusal};

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
    asked.tell_dropped()?;
    let limit = if args.limit == 0 { usize::MAX } else { usize::try_from(args.limit)? };
    // One more tells whether there are more.
    let asking = |page| asked.keeper.instance().query(&args.query, page);
    let mut rows = acceptable(first(limit.saturating_add(1), asking))?;
    if rows.len() > limit {
        rows.truncate(limit);
        terminal::say(&format!("begat: there are more than these {limit}; --limit shows them"));
    }
    if rows.is_empty() {
        terminal::say("begat: nothing that is held fits");
    }
    if args.defang {
        defang::rows(&mut rows);
    }
    output.put(&match args.format {
        Format::Table => {
            let (text, left) = table(&rows);
            if left > 0 {
                let columns = if left == 1 { "column" } else { "columns" };
                terminal::say(&format!("begat: --format json has {left} more {columns}"));
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

/// Columns that no table has: they are long, or rarely what is looked for.
const LEFT: [&str; 10] = [
    "process_hash",
    "file_hash",
    "remote_host_from",
    "access_type",
    "local_ip",
    "local_port",
    "signed",
    "CGN",
    "instanceId",
    "other_instanceId",
];

/// The columns that people look for, where they hold something; and how many are left out.
fn table(rows: &[Row]) -> (String, usize) {
    let value = |row: &Row, name: &str| sheets::value(row, name).map(harmless).unwrap_or_default();
    let held = |name: &&str| rows.iter().any(|row| !value(row, name).is_empty());
    let names: Vec<&str> = sheets::columns(rows).into_iter().filter(held).collect();
    // Of a process its command line says where it is, of a file its path what it is called.
    let has = |name| names.contains(&name);
    let Some(first) = rows.first() else { return (String::new(), 0) };
    let said = |name: &str| match name {
        "file_path" => has("cmd"),
        "file_name" => has("file_path") && !has("cmd"),
        // It stands in front.
        "host_name" => has("action"),
        // Of one action it was asked for.
        "action" => rows.iter().all(|row| value(row, name) == value(first, name)),
        name => LEFT.contains(&name),
    };
    let shown: Vec<&str> = names.iter().copied().filter(|name| !said(name)).collect();
    let mut all = vec![times(rows.iter().map(|row| row.time))];
    if rows.iter().any(|row| !row.process.is_empty()) || (has("action") && has("host_name")) {
        // Short: in a network most names end alike.
        let host = |row: &Row| {
            let named = sheets::value(row, "host_name").unwrap_or_default();
            let host = row.process.split_once('/').map_or(named, |(host, _)| host);
            let is_address = host.parse::<std::net::IpAddr>().is_ok();
            host.split('.').next().filter(|_| !is_address).unwrap_or(host).to_owned()
        };
        all.push(Column::text("host", rows.iter().map(|row| harmless(&host(row)))));
    }
    for name in &shown {
        let cells = rows.iter().map(|row| value(row, name));
        all.push(match *name {
            "pid" => Column::decimal("pid", cells),
            // Cut, an address is none, and the action is what tells rows apart.
            "remote_ip" | "action" => Column::whole(harmless(name), cells),
            "remote_port" => Column::decimal("remote_port", cells),
            name => Column::text(harmless(name), cells),
        });
    }
    // The host of one without a process stands in a column of its own.
    let left = names.iter().filter(|name| said(name) && **name != "host_name").count();
    (columns(&all), left)
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
    fn a_table_has_the_columns_that_people_look_for() {
        let rows = [
            row(&[
                ("file_name", "cmd.exe"),
                ("file_path", "c:\\cmd.exe"),
                ("pid", "7"),
                ("cmd", "cmd /c a"),
                ("signed", ""),
            ]),
            row(&[
                ("file_name", "\u{1b}c"),
                ("file_path", "c:\\x"),
                ("pid", "4200"),
                ("cmd", ""),
                ("signed", ""),
            ]),
        ];
        assert_eq!(
            table(&rows),
            (
                [
                    "2026-03-01 UTC  host     file_name   pid  cmd\n",
                    "09:00:00.000    ws-anna  cmd.exe       7  cmd /c a\n",
                    "09:00:00.000    ws-anna  \\u{1b}c    4200\n",
                ]
                .concat(),
                1
            )
        );
        assert_eq!(table(&[]), (String::new(), 0), "no header stands alone");
    }

    #[test]
    fn what_nobody_is_known_for_has_a_host_too() {
        let nobody = Row {
            process: String::new(),
            ..row(&[
                ("action", "outgoing_network"),
                ("remote_ip", "203.0.113.129"),
                ("host_name", "ws9.example.org"),
            ])
        };
        let somebody = row(&[("action", "incoming_network"), ("remote_ip", "2001:db8::1")]);
        assert_eq!(
            table(&[nobody, somebody]).0,
            [
                "2026-03-01 UTC  host     action            remote_ip\n",
                "09:00:00.000    ws9      outgoing_network  203.0.113.129\n",
                "09:00:00.000    ws-anna  incoming_network  2001:db8::1\n",
            ]
            .concat()
        );
    }

    #[test]
    fn a_line_has_at_most_100_columns() {
        let wide = "本".repeat(200);
        let (text, left) =
            table(&[row(&[("action", "run"), ("file_path", &wide), ("process_name", &wide), ("pid", "1")])]);
        assert!(text.lines().all(|line| crate::text::width(line) <= 100), "{text}");
        // The action, which all rows have.
        assert_eq!(left, 1);
    }
}
