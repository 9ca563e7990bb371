//! `begat baseline build`: records in, a pack out.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Takes, beside, place, put, refuse, sentence};
use crate::cli::notices::Shown;
use crate::cli::progress::Progress;
use crate::cli::terminal::{self, harmless};
use crate::cli::values::clock;
use crate::cli::{config, instance, key};
use crate::input::{self, Source};
use crate::run::{self, Job, JobError, Output, job};
use crate::runtime::bindings::baseline::PackInfo;
use crate::runtime::bindings::ingest::Emit;
use crate::runtime::{Failure, Instance, Limits, Prepared};
use crate::tenants::Fault;

/// Count records into a pack
///
/// Reads FILEs as `begat run` does. Each is counted by itself and the counts are added, so that a pack of
/// many files is exactly the packs of each of them merged: put what belongs together (a host's records of a
/// time) into one file. Nothing is evicted, and counts do not age.
///
/// Hosts are counted by a keyed hash of their name and environment. Packs of one key can be merged.
///
/// A file that cannot be read is named, the others are counted, and the exit code is 1.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files to read; `-` is stdin, of a folder its logs are read, of a zip archive its files
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Write the pack here; `-` is stdout and needs --key-file
    #[arg(long, short, value_name = "PACK")]
    output: PathBuf,

    /// The key of the hosts' hashes, 16 to 64 bytes. Where there is no such file it is made, of random
    /// bytes [default: PACK.key]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,

    /// The environment that these records belong to: the same name in two environments is two hosts
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,

    /// Configuration of the analysis (TOML). Its limits, and ageing, do not apply
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    takes: Takes,

    /// No progress bar, no summary, and of bad lines only how many there were
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.output == Path::new("-") && args.key_file.is_none() {
        refuse("build", "a pack on stdout has no file to put a key beside: name one with --key-file");
    }
    let place = place(&args.output)?;
    let key_file = args.key_file.clone().unwrap_or_else(|| beside(&args.output));
    let (key, is_new) = key::open(&key_file)?;
    if is_new {
        let shown = terminal::path(&key_file);
        terminal::say(&format!("begat: {shown} is a new key; only packs of one key can be merged"));
    }
    let sources = job::sources(&args.files);
    let mut counting = Counting {
        args,
        prepared: instance::component()?.prepare()?,
        progress: Progress::new(&sources, false, args.quiet),
        shown: Shown::default(),
        complete: true,
    };
    let (pack, info) = counting.all(&sources, &key)?;
    counting.progress.finish();
    counting.shown.rest();
    put(place, &pack)?;
    if !args.quiet {
        terminal::say(&format!("{}: {}", terminal::path(&args.output), sentence(&info)));
    }
    Ok(if counting.complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Counting<'a> {
    args: &'a Args,
    prepared: Prepared,
    progress: Progress,
    shown: Shown,
    complete: bool,
}

impl Counting<'_> {
    /// The packs of all sources as one.
    fn all(&mut self, sources: &[Source], key: &[u8]) -> anyhow::Result<(Vec<u8>, PackInfo)> {
        let Some((first, others)) = sources.split_first() else { anyhow::bail!("there is nothing to read") };
        let (mut counted, mut info) = self.one(first, key)?;
        if others.is_empty() {
            return Ok((counted.pack(&info)?, info));
        }
        // An instance that counts nothing keeps the sum.
        let mut sum = self.instance()?;
        info = sum.merge_pack(&counted.pack(&info)?)?;
        for source in others {
            drop(counted);
            let (next, of_next) = self.one(source, key)?;
            counted = next;
            info = sum.merge_pack(&counted.pack(&of_next)?)?;
        }
        Ok((sum.pack(&info)?, info))
    }

    /// A source, counted by an instance of its own, which keeps its pack.
    fn one(&mut self, source: &Source, key: &[u8]) -> anyhow::Result<(Instance, PackInfo)> {
        let mut instance = self.instance()?;
        config::for_counting(self.args.config.as_deref(), &mut instance)?;
        let job = Job {
            sources: vec![source.clone()],
            limits: input::Limits { batch_bytes: 256 << 10, batch_lines: usize::MAX, line_bytes: 1 << 20 },
            emit: Emit::None,
            received_at: clock(),
            environment: self.args.environment.clone(),
            finish: true,
        };
        let Self { args, progress, shown, .. } = self;
        let tally = run::run(&job, &mut instance, Output::none(), &progress.counter(), &mut |notice| {
            progress.update();
            shown.show(notice, progress, args.quiet);
        });
        self.complete &= tally.map_err(advise)?.unread.is_empty();
        let info = instance.build_pack(key)?;
        Ok((instance, info))
    }

    fn instance(&self) -> anyhow::Result<Instance> {
        Ok(self.prepared.instantiate(Limits::from(&self.args.takes))?)
    }
}

/// What to do after the component has ended in the middle of the work.
fn advise(error: JobError) -> anyhow::Error {
    let advice = match &error {
        JobError::Component { fault: Fault::Failure(Failure::Deadline { .. }), .. } => {
            "; --timeout allows more"
        }
        JobError::Component { fault: Fault::Failure(Failure::Memory { .. }), .. } => "; --memory allows more",
        _ => "",
    };
    anyhow::anyhow!("{}\nNo pack is written{advice}.", harmless(&error.to_string()))
}
