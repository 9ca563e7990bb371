//! `begat rare`: what few hosts did, the hunter's daily stack.

use std::io::{self, Write};
use std::process::ExitCode;

use super::TableOrJson;
use super::asked::{Asked, Source};
use super::columns::{Column, columns};
use super::terminal::{self, harmless};
use super::values::{self, Since};
use crate::run::pages::first;
use crate::runtime::bindings::scoring::{Rarity, Stack, StackBy};
use crate::scoring::{Rare, time};

/// List what few hosts did: the fewest hosts first, then the fewest executions
///
/// The answer rests on what --state has kept, or on the files that --read names.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").args(["state", "read"]).required(true)))]
pub(super) struct Args {
    /// What is counted
    #[arg(long, value_enum, default_value_t = By::Image)]
    by: By,

    /// Only what at most so many hosts did
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    max_hosts: u32,

    /// Only what was seen since: 7d, 12h, a day or a time. Back from --now, or else from the newest record
    #[arg(long, value_name = "TIME", value_parser = values::since)]
    since: Option<Since>,

    /// At most so many rows
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,

    /// How they are shown. The table has days and short lists, JSON everything
    #[arg(long, value_enum, default_value_t = TableOrJson::Table)]
    format: TableOrJson,

    #[command(flatten)]
    source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// File names
    Image,
    /// File names with their parents
    ParentChild,
    /// File names with the folders they ran from
    Path,
    /// File names with their hashes
    Hash,
}

impl By {
    /// The title of the second column.
    fn title(self) -> Option<&'static str> {
        match self {
            Self::Image => None,
            Self::ParentChild => Some("parent"),
            Self::Path => Some("path"),
            Self::Hash => Some("hash"),
        }
    }
}

impl From<By> for StackBy {
    fn from(by: By) -> Self {
        match by {
            By::Image => Self::Image,
            By::ParentChild => Self::ParentChild,
            By::Path => Self::Path,
            By::Hash => Self::Hash,
        }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut asked = args.source.open(false)?;
    let stack = Stack { by: args.by.into(), max_hosts: args.max_hosts, since: since(args, &mut asked)? };
    let limit = usize::try_from(args.limit)?;
    // One more tells whether there are more.
    let mut rows = first(limit.saturating_add(1), |page| asked.keeper.instance().rare(stack, page))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let text = match args.format {
        TableOrJson::Table => table(args.by, &rows),
        TableOrJson::Json => serde_json::to_string(&rows.iter().map(Rare::from).collect::<Vec<_>>())?,
    };
    writeln!(io::stdout().lock(), "{}", text.trim_end())?;
    if more {
        terminal::say(&format!("begat: there are more than these {limit}; --limit shows them"));
    }
    Ok(asked.end())
}

fn since(args: &Args, asked: &mut Asked<'_>) -> anyhow::Result<Option<i64>> {
    Ok(match args.since {
        None => None,
        Some(Since::At(time)) => Some(time),
        Some(Since::Ago(span)) => {
            let now = match args.source.from.now {
                Some(now) => now,
                None => asked.keeper.instance().stats()?.now,
            };
            Some(now.saturating_sub(span))
        }
    })
}

fn table(by: By, rows: &[Rarity]) -> String {
    let mut all = vec![Column::text("image", rows.iter().map(|row| harmless(&row.image)))];
    if let Some(title) = by.title() {
        all.push(Column::text(title, rows.iter().map(|row| harmless(row.value.as_deref().unwrap_or("-")))));
    }
    all.push(Column::list(
        "hosts",
        rows.iter().map(|row| row.hosts.iter().map(|host| harmless(host)).collect()),
    ));
    all.push(Column::number("executions", rows.iter().map(|row| row.executions)));
    all.push(Column::text("first seen", rows.iter().map(|row| day(row.first_seen))));
    all.push(Column::text("last seen", rows.iter().map(|row| day(row.last_seen))));
    columns(&all)
}

/// The day of a time.
fn day(milliseconds: i64) -> String {
    time(milliseconds).chars().take(10).collect()
}
