//! `begat chain`: what led to a process or an alert, and all that came of it.

mod subject;
mod tables;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use super::asked::{Asked, Source};
use super::{misused, terminal};
use crate::chain::{Traced, defang, dot, json, sheets, svg, text, words};
use crate::run::Place;
use crate::run::pages::first;
use crate::runtime::bindings::alerts::Alert;
use crate::runtime::bindings::causality::{Chain, Matching, Step};
use crate::runtime::{Failure, Instance, Refusal};
use subject::Subject;
pub(super) use tables::times;

/// The component's own bound of a chain.
const MOST: u32 = 10_000;

/// Alerts that are asked for their scores, and processes for their names.
const ASKED: usize = 1000;

/// Show the chain through an alert or a process: up to its root cause, down through all that came of it
///
/// SUBJECT is an alert (A17), a cluster (C1: its highest alert that is about a process), a process instance as
/// other answers print it, or a file name, alone or with its host (WS-ANNA/notepad.exe). Where several processes
/// have that name they are listed, and none is picked.
///
/// The answer rests on what --state has kept, or on the FILEs, which are read first.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").args(["state", "read", "files"]).required(true)))]
#[command(override_usage = "begat chain [OPTIONS] <SUBJECT> <FILE...|--state <DIR>>")]
pub(super) struct Args {
    /// An alert, a cluster, a process instance, or a file name
    #[arg(value_name = "SUBJECT")]
    subject: String,

    /// Files to read first, as `begat run` reads them; they are not kept. The same as --read
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// SUBJECT is a file name, and this the host
    #[arg(long, value_name = "HOST")]
    host: Option<String>,

    /// Instead: what happened in the chain, in the order of time
    #[arg(long)]
    timeline: bool,

    /// Instead: which processes an alert may be about, and why
    #[arg(long, conflicts_with_all = ["timeline", "defang"])]
    matches: bool,

    /// At most so many processes, or steps of a timeline; 0 is all (of processes 10,000)
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: u32,

    /// How it is shown. CSV is for a timeline, dot and SVG for a chain
    #[arg(long, value_enum, default_value_t = Format::Text)]
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
    /// For people: a tree, or a table
    #[value(alias = "table")]
    Text,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
}

pub(super) fn run(mut args: Args) -> anyhow::Result<ExitCode> {
    let subject = Subject::of(&args.subject, args.host.as_deref());
    match (args.format, args.timeline, args.matches) {
        (Format::Csv, false, _) => misused(&["chain"], "--format csv needs --timeline"),
        (Format::Dot | Format::Svg, true, _) => misused(&["chain"], "a timeline is text, json or csv"),
        (Format::Dot | Format::Svg, _, true) => misused(&["chain"], "--matches is text or json"),
        (_, _, true) if !matches!(subject, Subject::Alert(_)) => {
            misused(&["chain"], "--matches needs an alert, such as A17")
        }
        _ => {}
    }
    let place = Output::open(args.output.as_deref())?;
    args.source.from.read.append(&mut args.files);
    let mut asked = args.source.open(false)?;
    asked.tell_dropped()?;
    let text = if args.matches { matches(&args, &mut asked)? } else { answer(&args, &subject, &mut asked)? };
    place.put(&text)?;
    Ok(asked.end())
}

fn answer(args: &Args, subject: &Subject<'_>, asked: &mut Asked<'_>) -> anyhow::Result<String> {
    let instance = asked.keeper.instance();
    let subject = subject.resolve(instance)?;
    if args.timeline {
        return timeline(args, &subject, instance);
    }
    let limit = if args.limit == 0 { MOST } else { args.limit.min(MOST) };
    let chain = instance.chain(&subject, limit)?;
    let alerts = alerts(&chain, instance)?;
    let mut traced = Traced { chain, alerts };
    if args.defang {
        defang::chain(&mut traced);
    }
    if traced.chain.truncated > 0 && args.format != Format::Text {
        let left = words::count(traced.chain.truncated, "process");
        terminal::say(&format!("begat: {left} beyond --limit {limit}"));
    }
    Ok(match args.format {
        Format::Text | Format::Csv => text::of(&traced),
        Format::Json => json::chain(&traced).to_string() + "\n",
        Format::Dot => dot::of(&traced),
        Format::Svg => svg::of(&traced),
    })
}

/// The alerts on a chain, for their scores.
fn alerts(chain: &Chain, instance: &mut Instance) -> Result<BTreeMap<String, Alert>, Failure> {
    let mut alerts = BTreeMap::new();
    for id in chain.nodes.iter().flat_map(|node| &node.alerts).take(ASKED) {
        match instance.alert(id) {
            Ok(alert) => drop(alerts.insert(id.clone(), alert)),
            Err(Failure::Refused(Refusal::NotFound(..))) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(alerts)
}

fn timeline(args: &Args, subject: &str, instance: &mut Instance) -> anyhow::Result<String> {
    let limit = if args.limit == 0 { usize::MAX } else { usize::try_from(args.limit)? };
    // One more tells whether there are more.
    let mut steps = first(limit.saturating_add(1), |page| instance.timeline(subject, page))?;
    if steps.len() > limit {
        steps.truncate(limit);
        terminal::say(&format!("begat: there are more than these {limit}; --limit shows them"));
    }
    let chain = instance.chain(subject, MOST)?;
    if args.defang {
        defang::steps(&defang::known(&chain), &mut steps);
    }
    Ok(match args.format {
        Format::Json => json::timeline(&steps).to_string() + "\n",
        Format::Csv => sheets::timeline(&steps),
        _ => tables::timeline(&steps, &named(&chain, &steps)),
    })
}

/// What people call the processes of steps.
fn named(chain: &Chain, steps: &[Step]) -> HashMap<String, String> {
    let nodes: HashMap<&str, _> =
        chain.nodes.iter().map(|node| (node.process.id.as_str(), &node.process)).collect();
    let name = |step: &Step| {
        let process = nodes.get(step.process.as_str())?;
        Some((step.process.clone(), words::name_and_pid(process)))
    };
    steps.iter().filter_map(name).collect()
}

fn matches(args: &Args, asked: &mut Asked<'_>) -> anyhow::Result<String> {
    let instance = asked.keeper.instance();
    let found = instance.matches(&args.subject)?;
    if args.format == Format::Json {
        return Ok(json::matching(&found).to_string() + "\n");
    }
    let names = candidates(&found, instance)?;
    Ok(tables::matching(&found, &names))
}

fn candidates(found: &Matching, instance: &mut Instance) -> Result<HashMap<String, String>, Failure> {
    let mut names = HashMap::new();
    for candidate in found.candidates.iter().chain(&found.misses).take(ASKED) {
        match instance.ancestry(&candidate.process) {
            Ok(found) => drop(names.insert(candidate.process.clone(), words::name_and_pid(&found.process))),
            Err(Failure::Refused(Refusal::NotFound(..))) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(names)
}

/// Where an answer goes.
pub(super) struct Output {
    place: Option<Place>,
}

impl Output {
    /// Finds out at once whether a file can be written.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let open = |path| Place::open(path).with_context(|| format!("cannot write {}", terminal::path(path)));
        Ok(Self { place: path.map(open).transpose()? })
    }

    pub(super) fn put(self, text: &str) -> anyhow::Result<()> {
        let Some(place) = self.place else { return Ok(io::stdout().lock().write_all(text.as_bytes())?) };
        let shown = terminal::path(place.shown());
        match place.put(text.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(error.into()),
            result => result.with_context(|| format!("cannot write {shown}")),
        }
    }
}
