//! `begat clusters`: which alerts belong together, which group comes first, and what is done about it.

mod change;
mod text;

use std::io::{self, Write};
use std::process::ExitCode;

use super::asked::Source;
use super::columns::{Column, columns};
use super::terminal::{self, harmless};
use super::values;
use crate::clusters::summary::{SummaryView, work};
use crate::clusters::whole::Whole;
use crate::clusters::{Held, defang, markdown, sheets, timesketch};
use crate::run::pages::first;
use crate::runtime::bindings::correlation::{self, Selection, Summary};
use crate::scoring::time;
use change::Changes;

/// List clusters of alerts from the highest score down, show one, or say what became of it
///
/// The answer rests on what --state has kept, or on the files that --read names. With --id one cluster is
/// shown: its score as a sum, its alerts with what multiplies to theirs, why they belong together, what they
/// are about, and what happened. An id that was merged into another shows that one.
///
/// What changes a cluster needs --state. Several changes of one command are made in the order of this help, and
/// all of them or none.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").args(["state", "read"]).required(true)))]
pub(super) struct Args {
    /// Only this cluster, whole
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// Only clusters of at least this score
    #[arg(long, value_name = "SCORE", value_parser = values::decimal, conflicts_with = "id")]
    min_score: Option<String>,

    /// Only clusters whose alerts name this host, user, address, ...
    #[arg(long, value_name = "VALUE", conflicts_with = "id")]
    entity: Option<String>,

    /// What comes first
    #[arg(long, value_enum, default_value_t = Order::Score, conflicts_with = "id")]
    order: Order,

    /// Also those that are archived
    #[arg(long, conflicts_with = "id")]
    archived: bool,

    /// At most so many clusters
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "id")]
    limit: u32,

    /// How they are shown. CSV of one cluster has a row for each alert; Markdown needs --id
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Only what happened, each row with its source record: as CSV, or as JSONL for Timesketch
    #[arg(long, value_enum, value_name = "FORMAT", requires = "id", conflicts_with = "format")]
    timeline: Option<Timeline>,

    /// Make addresses, domains, URLs and e-mails unclickable: hxxp://evil[.]example
    #[arg(long, requires = "id")]
    defang: bool,

    #[command(flatten)]
    changes: Changes,

    #[command(flatten)]
    source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Order {
    /// The sum of the alerts' scores
    Score,
    /// The same with one alert for each source, type and entities: what repeats counts once
    DistinctScore,
    /// The highest alert
    Highest,
    /// The last alert
    Newest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    #[value(alias = "table")]
    Text,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
    /// For tickets
    #[value(alias = "markdown")]
    Md,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Timeline {
    /// For spreadsheets
    Csv,
    /// For Timesketch: JSONL
    Timesketch,
}

impl From<Order> for correlation::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::Score => Self::Score,
            Order::DistinctScore => Self::DistinctScore,
            Order::Highest => Self::Highest,
            Order::Newest => Self::Newest,
        }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.id {
        Some(_) if args.changes.idle() => {
            super::misused(&["clusters"], "--by says who changes a cluster: say what is changed")
        }
        Some(id) if args.changes.any() => change::run(args, id),
        Some(id) => one(args, id),
        None if args.format == Format::Md => super::misused(&["clusters"], "--format md needs --id ID"),
        None => list(args),
    }
}

fn list(args: &Args) -> anyhow::Result<ExitCode> {
    let mut asked = args.source.open(false)?;
    let selection = Selection {
        order: args.order.into(),
        min_score: args.min_score.clone(),
        entity: args.entity.clone(),
        archived: args.archived,
    };
    let limit = usize::try_from(args.limit)?;
    // One more tells whether there are more.
    let mut rows = first(limit.saturating_add(1), |page| asked.keeper.instance().clusters(&selection, page))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    match args.format {
        Format::Json => {
            let rows = rows.iter().map(SummaryView::from).collect::<Vec<_>>();
            print(&(serde_json::to_string(&rows)? + "\n"))?;
        }
        Format::Csv => print(&sheets::clusters(&rows))?,
        Format::Text | Format::Md => print(&table(args.order, &rows))?,
    }
    if more {
        terminal::say(&format!("begat: there are more than these {limit}; --limit shows them"));
    }
    Ok(asked.end())
}

fn one(args: &Args, id: &str) -> anyhow::Result<ExitCode> {
    let mut asked = args.source.open(false)?;
    let mut held = Held::of(asked.keeper.instance(), id)?;
    told_if_merged(id, &held.cluster.summary);
    if args.defang {
        defang::held(&mut held);
    }
    print(&match (args.timeline, args.format) {
        (Some(Timeline::Csv), _) => sheets::timeline(&held),
        (Some(Timeline::Timesketch), _) => timesketch::lines(&held)?,
        (None, Format::Text) => text::of(&held),
        (None, Format::Json) => serde_json::to_string(&Whole::from(&held))? + "\n",
        (None, Format::Csv) => sheets::alerts(&held),
        (None, Format::Md) => markdown::document(&held),
    })?;
    Ok(asked.end())
}

fn told_if_merged(id: &str, summary: &Summary) {
    if !summary.id.eq_ignore_ascii_case(id) {
        terminal::say(&harmless(&format!("begat: {id} was merged into {}", summary.id)));
    }
}

fn print(text: &str) -> io::Result<()> {
    io::stdout().lock().write_all(text.as_bytes())
}

/// Hosts and owner stand in the title; JSON and CSV have them by themselves.
fn table(order: Order, rows: &[Summary]) -> String {
    let mut all = vec![
        Column::text("id", rows.iter().map(|row| harmless(&row.id))),
        Column::decimal("score", rows.iter().map(|row| row.score.clone())),
    ];
    match order {
        Order::DistinctScore => {
            all.push(Column::decimal("distinct", rows.iter().map(|row| row.distinct_score.clone())));
        }
        Order::Highest => all.push(Column::decimal("highest", rows.iter().map(|row| row.highest.clone()))),
        Order::Score | Order::Newest => {}
    }
    all.extend([
        Column::number("alerts", rows.iter().map(|row| row.alerts)),
        Column::text("title", rows.iter().map(|row| harmless(&row.title))),
        Column::text("last (UTC)", rows.iter().map(|row| minute(row.last))),
        Column::text("status", rows.iter().map(|row| harmless(&work(row)))),
    ]);
    columns(&all)
}

/// `2026-03-01 09:12`
fn minute(milliseconds: i64) -> String {
    time(milliseconds).replacen('T', " ", 1).chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples::summary;

    #[test]
    fn a_list_has_a_row_for_each_cluster() {
        let mut rows = [summary("C1", "19.8"), summary("C2", "3")];
        rows[0].title = "short".into();
        rows[1].title = "\u{1b}[2J".into();
        assert_eq!(
            table(Order::Score, &rows),
            concat!(
                "id  score  alerts  title      last (UTC)        status\n",
                "C1   19.8       2  short      2026-03-01 09:12  new\n",
                "C2      3       2  \\u{1b}[2J  2026-03-01 09:12  new\n",
            )
        );
    }
}
