//! `begat run`: lines in, annotated lines out, a report.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::ValueEnum;

use super::kept::{Kept, StateArgs, Wants};
use super::notices::Shown;
use super::progress::Progress;
use super::summary::Read;
use super::terminal::{self, harmless};
use super::{baseline, config, key, summary, values};
use crate::input;
use crate::run::{self, Job, JobError, Output, Place, Report, job};
use crate::runtime::Failure;
use crate::runtime::bindings::ingest::Emit;
use crate::tenants::Fault;

/// Annotate records: NDJSON or EVTX in, annotated NDJSON out
///
/// Reads the FILEs in their order, or stdin without any. gzip, zstd, zip and Windows event logs
/// (EVTX) are recognised by their content, whatever their names. Each line comes out as it went in, with one more
/// member, `begat`; what is not recognised passes untouched.
///
/// A line that cannot be used is named on stderr, listed in the report, and harms no other. A file that
/// cannot be read is named, the others are read, and the exit code is 1.
///
/// With --state the analysis goes on where the last run ended, and keeps what it knows at the end. Report
/// and summary then tell of the whole state, but for the lists of bad lines and files, which are this run's.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files to read; `-` is stdin, of a folder its logs are read, of a zip archive its files
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Which lines come out
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Only::All)]
    only: Only,

    /// Write a report (one JSON object) when the input has ended; `-` is stdout and needs `--only none`
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// The clock that the analysis is told, as RFC 3339 or milliseconds since 1970. The same input with
    /// the same clock gives the same output [default: the time of the start]
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    now: Option<i64>,

    /// The environment that these records belong to; adds its own scope of prevalence
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,

    #[command(flatten)]
    kept: StateArgs,

    /// Replaces hosts and users in state and report by hashes under the key in this file, which is made where
    /// it is not there; needs `--only none`
    #[arg(long, value_name = "KEYFILE")]
    pseudonymise: Option<PathBuf>,

    /// A pack of `begat baseline build`; adds the scope `global` of prevalence
    #[arg(long, value_name = "PACK")]
    baseline: Option<PathBuf>,

    /// Configuration of the analysis (TOML) [default: the state's]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Bytes that are analysed at once. Changes the speed, never the result
    #[arg(long, value_name = "BYTES", default_value = "256K", value_parser = batch_size)]
    batch_size: usize,

    /// Lines that are analysed at once, at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    batch_lines: Option<u32>,

    /// The longest line that is analysed. A longer one is replaced by its beginning and reported
    // One event's record is at most 64 KiB in Windows itself; alerts that carry whole e-mails or scripts
    // stay below 1 MiB, and at 1 MiB a guest's copies of it are still small beside its state.
    #[arg(long, value_name = "BYTES", default_value = "1M", value_parser = max_line)]
    max_line: usize,

    /// Memory that the component may take, at most 4G [default: the tenant's setting, else 1G]
    #[arg(long, value_name = "BYTES", value_parser = values::memory)]
    memory: Option<u64>,

    /// How long the component may work on one batch [default: the tenant's setting, else 30s]
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    timeout: Option<Duration>,

    /// No progress bar, no summary, and of bad lines only how many there were
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    /// Every line
    All,
    /// Alerts of other products, and the lines in which begat itself detected something
    Alerts,
    /// No line: only the report and the summary are wanted
    None,
}

impl From<Only> for Emit {
    fn from(only: Only) -> Self {
        match only {
            Only::All => Self::All,
            Only::Alerts => Self::Alerts,
            Only::None => Self::None,
        }
    }
}

/// A batch is held several times at once: queued, copied into the component, annotated.
const MAX_BATCH: usize = 16 << 20;
const MAX_LINE: usize = 64 << 20;

fn batch_size(text: &str) -> Result<usize, String> {
    values::at_most(values::length(text)?, MAX_BATCH, "16M")
}

fn max_line(text: &str) -> Result<usize, String> {
    values::at_most(values::length(text)?, MAX_LINE, "64M")
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let report_to_stdout = args.report.as_deref() == Some(Path::new("-"));
    if report_to_stdout && args.only != Only::None {
        super::misused(
            &["run"],
            "the report and the lines would both go to stdout: add `--only none`, or name a file",
        );
    }
    if args.pseudonymise.is_some() && args.only != Only::None {
        super::misused(
            &["run"],
            "annotated lines hold hosts and users in clear: with --pseudonymise add `--only none`",
        );
    }
    let start = Instant::now();
    if let Some(path) = &args.pseudonymise {
        new_key(path)?;
    }
    let place = args.report.as_deref().map(open_place).transpose()?;
    let kept = args.kept.kept();
    let wants = wants(&args);
    let mut keeper = kept.map_or_else(|| wants.alone(), |kept| kept.own(wants))?;
    if let Some(path) = &args.config {
        config::ask(path, |json| keeper.configure(json))?;
    }
    if let Some(pack) = &args.baseline {
        baseline::give(pack, &mut keeper)?;
    }
    let before = Read::of(&keeper.instance().stats()?);

    let job = job(&args, keeper.input());
    let progress = Progress::new(&job.sources, args.only != Only::None, args.quiet);
    let mut shown = Shown::default();
    let output = match args.only {
        Only::None => Output::none(),
        Only::All | Only::Alerts => Output::to(io::stdout().lock()),
    };
    let done = run::run(&job, &mut keeper, output, &progress.counter(), &mut |notice| {
        progress.update();
        shown.show(notice, &progress, args.quiet);
    });
    let bytes = progress.finish();
    shown.rest();
    let tally = done.map_err(|error| advise(error, kept))?;

    let complete = tally.unread.is_empty();
    let report = Report::of(keeper.instance(), tally).context("the component's state cannot be read")?;
    // Before the report is written: one that cannot be can be asked for again. And a state that was not saved is no
    // reason to tell nothing: its journal has what the report tells.
    let saved = kept.map_or(Ok(()), |kept| kept.save(&mut keeper));
    if let Some(place) = place {
        let shown = terminal::path(place.shown());
        place.put(&report.to_json()?).with_context(|| format!("cannot write the report to {shown}"))?;
    }
    let wanted = io::stderr().is_terminal() || (args.only == Only::None && !report_to_stdout);
    if wanted && !args.quiet {
        terminal::say(summary::text(&report, &before, start.elapsed(), bytes).trim_end());
    }
    saved?;
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The key of pseudonyms, made where there is none yet.
fn new_key(path: &Path) -> anyhow::Result<()> {
    let (_, is_new) = key::open(path)?;
    if is_new {
        let shown = terminal::path(path);
        terminal::say(&format!("begat: {shown} is a new key; without it nobody finds a host by its name"));
    }
    Ok(())
}

/// What to do after the work has ended in its middle.
fn advise(error: JobError, kept: Option<Kept<'_>>) -> anyhow::Error {
    let JobError::Component { file, first, last, fault } = &error else {
        return match kept {
            Some(kept) => anyhow::Error::from(error).context(kept.acknowledged()),
            None => error.into(),
        };
    };
    let stands = kept.map(|kept| format!("; {}", kept.acknowledged())).unwrap_or_default();
    let advice = match fault {
        Fault::Failure(Failure::Deadline { .. }) => "; --timeout allows more",
        Fault::Failure(Failure::Memory { .. }) => "; --memory allows more",
        Fault::Failure(Failure::Refused(_)) => "; the lines before were taken",
        Fault::Failure(Failure::AnswerTooLarge { .. }) if kept.is_some() => {
            "; `begat tenant set --output` allows more"
        }
        Fault::Failure(Failure::Machine { .. }) => "",
        Fault::Failure(_) if kept.is_none() => "; with --batch-lines 1 the line is named that does it",
        _ => "",
    };
    let file = harmless(file);
    let fault = harmless(&fault.to_string());
    anyhow::anyhow!(
        "{file}:{first}-{last}: {fault}\nThe rest was not read and no report is written{stands}{advice}."
    )
}

fn open_place(path: &Path) -> anyhow::Result<Place> {
    Place::open(path).with_context(|| format!("cannot write the report to {}", terminal::path(path)))
}

/// No batch is larger than the tenant takes, its newline and what stands for bytes that are not UTF-8 (three for one)
/// included.
fn job(args: &Args, input: usize) -> Job {
    Job {
        sources: job::sources(&args.files),
        limits: input::Limits {
            batch_bytes: args.batch_size.min(input / 3),
            batch_lines: args.batch_lines.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX),
            line_bytes: args.max_line.min(input.saturating_sub(1)),
        },
        emit: args.only.into(),
        received_at: args.now.unwrap_or_else(values::clock),
        environment: args.environment.clone(),
        finish: args.report.is_some() || args.kept.state.is_some(),
    }
}

fn wants(args: &Args) -> Wants<'_> {
    // An answer grows with its batch: as much larger as the default is than the default batch.
    let answer = args.batch_size.max(args.max_line).saturating_mul(512);
    let (pseudonymise, memory, timeout) = (args.pseudonymise.as_deref(), args.memory, args.timeout);
    Wants { pseudonymise, memory, timeout, answer, all_events: false }
}
