//! `begat backtest`: what another configuration would have ranked how.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::asked::Place;
use super::terminal;
use super::{TextOrJson, config, shifts};
use crate::clusters::compare::{self, Ranking, Shift};

/// Show how another configuration would rank the clusters, and change nothing
///
/// With --state its sources, tags and suppressions are tried on the alerts that are held. Filters, windows and
/// what joins are not: raw alerts are not kept. With --read the files are read twice, once under each
/// configuration, so that everything counts; clusters are then compared by the records of their alerts, and those
/// that vanish, appear, split or merge are told.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").args(["state", "read"]).required(true)))]
pub(super) struct Args {
    /// The configuration to try (TOML)
    #[arg(long, value_name = "NEW")]
    config: PathBuf,

    /// The configuration to compare with [default: begat's defaults; a state has its own]
    #[arg(long, value_name = "OLD", conflicts_with = "state")]
    against: Option<PathBuf>,

    /// How the answer is shown. The table has what changes, JSON all clusters
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,

    #[command(flatten)]
    from: Place,
}

pub(super) fn run(mut args: Args) -> anyhow::Result<ExitCode> {
    // One time for both readings.
    args.from.now = Some(args.from.clock());
    let (shifts, code) = if args.from.read.is_empty() { held(&args)? } else { replayed(&args)? };
    let text = match args.format {
        TextOrJson::Text => shifts::text(&shifts),
        TextOrJson::Json => serde_json::to_string(&shifts)? + "\n",
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(code)
}

/// Of the alerts that a state holds.
fn held(args: &Args) -> anyhow::Result<(Vec<Shift>, ExitCode)> {
    let mut asked = args.from.open(None, false)?;
    let moves = config::ask(&args.config, |json| asked.keeper.instance().backtest(json))?;
    terminal::say(
        "begat: sources, tags and suppressions were tried on the alerts held; --read FILE tries filters and \
         windows as well",
    );
    Ok((moves.into_iter().map(Shift::from).collect(), asked.end()))
}

/// Of files that are read under both configurations.
fn replayed(args: &Args) -> anyhow::Result<(Vec<Shift>, ExitCode)> {
    if args.from.read.iter().any(|file| file.as_os_str() == "-") {
        super::misused(&["backtest"], "stdin cannot be read twice: name files");
    }
    // One instance after the other: each may take all the memory that is allowed.
    let read = |config: Option<&Path>| -> anyhow::Result<(Ranking, ExitCode)> {
        let mut asked = args.from.open(config, false)?;
        Ok((Ranking::of(asked.keeper.instance())?, asked.end()))
    };
    let (after, code) = read(Some(&args.config))?;
    let (before, _) = read(args.against.as_deref())?;
    Ok((compare::compare(&before, &after), code))
}
