//! `begat rescore`: scores the alerts of a state by its configuration, or by a new one.

use std::io::{self, Write};
use std::process::ExitCode;

use super::asked::Source;
use super::columns::{Column, columns};
use super::summary::count;
use super::terminal::harmless;
use super::{TextOrJson, shifts};
use crate::clusters::compare::{self, Shift};
use crate::clusters::held;
use crate::clusters::tables::RescoredView;
use crate::runtime::bindings::alerts::{RescoreOutcome, Rescored};

/// Score all alerts of a state anew, and show before and after
///
/// A changed configuration scores what comes from then on; what was scored before keeps its score until this
/// command. With --config that configuration becomes the state's. Filters and what joins are not tried again on
/// alerts that are held: raw alerts are not kept.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").args(["state"]).required(true)))]
pub(super) struct Args {
    /// Change nothing, only show what would
    #[arg(long)]
    dry_run: bool,

    /// Alerts that are shown as text, at most; JSON has the first 1000
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,

    /// How the answer is shown
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,

    #[command(flatten)]
    source: Source,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(kept) = args.source.from.kept.kept() {
        kept.must_be_there()?;
    }
    let mut asked = args.source.open(!args.dry_run)?;
    let before = held::all(asked.keeper.instance())?;
    // In memory also for --dry-run: the ranking after it is asked of the same component. It is not saved then.
    let outcome = asked.keeper.rescore(args.source.from.clock())?;
    let shifts = compare::rescored(&before, &held::all(asked.keeper.instance())?);
    if let Some(kept) = asked.kept.as_ref().filter(|_| !args.dry_run) {
        kept.settle(&mut asked.keeper)?;
    }
    let text = match args.format {
        TextOrJson::Text => text(args, &outcome, &shifts),
        TextOrJson::Json => object(args, &outcome, &shifts)?,
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(asked.end())
}

fn object(args: &Args, outcome: &RescoreOutcome, shifts: &[Shift]) -> serde_json::Result<String> {
    // Not by `json!`: a value of its own would round exact decimals.
    #[derive(serde::Serialize)]
    struct Object<'a> {
        applied: bool,
        alerts: u64,
        changed: u64,
        largest: Vec<RescoredView<'a>>,
        clusters: &'a [Shift],
    }
    let object = Object {
        applied: !args.dry_run,
        alerts: outcome.alerts,
        changed: outcome.changed,
        largest: outcome.largest.iter().map(RescoredView::from).collect(),
        clusters: shifts,
    };
    Ok(serde_json::to_string(&object)? + "\n")
}

fn text(args: &Args, outcome: &RescoreOutcome, shifts: &[Shift]) -> String {
    let would = if args.dry_run { "would change" } else { "changed" };
    let mut out = format!("{} held, {} {would}\n", count(outcome.alerts, "alert"), outcome.changed);
    if outcome.changed > 0 {
        let rows: Vec<&Rescored> = outcome.largest.iter().take(args.limit).collect();
        out += &columns(&[
            Column::text("alert", rows.iter().map(|row| harmless(&row.id))),
            Column::decimal("before", rows.iter().map(|row| row.before.clone())),
            Column::decimal("after", rows.iter().map(|row| row.after.clone())),
            Column::text("cluster", rows.iter().map(|row| harmless(row.cluster.as_deref().unwrap_or("-")))),
            Column::text("type", rows.iter().map(|row| harmless(&row.alert_type))),
        ]);
        let more = outcome.changed.saturating_sub(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        if more > 0 {
            out += &format!("and {more} more\n");
        }
    }
    out + "\n" + &shifts::text(shifts)
}
