//! What a question is asked of: a state that was kept, or files that are read first.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::kept::{Kept, StateArgs, Wants};
use super::notices::Shown;
use super::progress::Progress;
use super::summary::dropped;
use super::{baseline, config, terminal, values};
use crate::input;
use crate::run::report::Evicted;
use crate::run::{self, Job, Output, job};
use crate::runtime::Failure;
use crate::runtime::bindings::ingest::Emit;
use crate::tenants::Keeper;

/// Where the answer comes from, and the configuration that it is given by.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    #[command(flatten)]
    pub(super) from: Place,

    /// Configuration of the analysis (TOML) [default: the state's]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Where the answer comes from.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    #[command(flatten)]
    pub(super) kept: StateArgs,

    /// Files to read first, as `begat run` reads them; they are not kept
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "state")]
    pub(super) read: Vec<PathBuf>,

    /// The key of a state whose hosts and users are hashes: asks for them by their names
    #[arg(long, value_name = "KEYFILE")]
    pseudonymise: Option<PathBuf>,

    /// A pack of `begat baseline build`; adds the scope `global` of prevalence
    #[arg(long, value_name = "PACK")]
    baseline: Option<PathBuf>,

    /// The clock that the analysis is told, as RFC 3339 or milliseconds since 1970 [default: the time of
    /// the start]
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(super) now: Option<i64>,

    /// Memory that the component may take, at most 4G [default: the tenant's setting, else 1G]
    #[arg(long, value_name = "BYTES", value_parser = values::memory)]
    memory: Option<u64>,
}

/// A tenant that knows what was read.
pub(super) struct Asked<'a> {
    pub(super) keeper: Keeper,
    pub(super) kept: Option<Kept<'a>>,
    /// Every file was read to its end.
    pub(super) complete: bool,
}

impl Asked<'_> {
    /// Says what limits took of that on which an answer rests.
    pub(super) fn tell_dropped(&mut self) -> Result<(), Failure> {
        if let Some(said) = dropped(&Evicted::of(&self.keeper.instance().stats()?)) {
            terminal::say(&format!("begat: {said}; what they told is missing here"));
        }
        Ok(())
    }

    /// The exit code after an answer: a file that could not be read makes it 1.
    pub(super) fn end(&self) -> ExitCode {
        if self.complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl Source {
    /// Reads what is to be asked; `change` where the state is to be saved afterwards.
    pub(super) fn open(&self, change: bool) -> anyhow::Result<Asked<'_>> {
        self.from.open(self.config.as_deref(), change)
    }

    /// Makes the state one that may be changed, where it was opened to be read.
    pub(super) fn own(&self, asked: &mut Asked<'_>) -> anyhow::Result<()> {
        let Some(kept) = &asked.kept else { return Ok(()) };
        if asked.keeper.store().is_none() {
            asked.keeper = kept.own(self.from.wants())?;
            if let Some(path) = &self.config {
                config::ask(path, |json| asked.keeper.configure(json))?;
            }
            self.from.load_baseline(&mut asked.keeper)?;
        }
        Ok(())
    }
}

impl Place {
    /// Reads what is to be asked, under a configuration; `change` where the state is to be saved afterwards.
    pub(super) fn open(&self, config: Option<&Path>, change: bool) -> anyhow::Result<Asked<'_>> {
        let kept = self.kept.kept();
        let wants = self.wants();
        let mut keeper = match &kept {
            Some(kept) if change => kept.own(wants)?,
            Some(kept) => kept.read(wants)?,
            None => wants.alone()?,
        };
        match (config, &kept) {
            (Some(path), Some(_)) => drop(config::ask(path, |json| keeper.configure(json))?),
            (Some(path), None) => drop(config::ask_for_files(path, |json| keeper.configure(json))?),
            (None, _) => {}
        }
        self.load_baseline(&mut keeper)?;
        let complete = self.read.is_empty() || self.ingest(&mut keeper)?;
        Ok(Asked { keeper, kept, complete })
    }

    fn wants(&self) -> Wants<'_> {
        let pseudonymise = self.pseudonymise.as_deref();
        Wants { pseudonymise, memory: self.memory, all_events: true, ..Wants::default() }
    }

    fn load_baseline(&self, keeper: &mut Keeper) -> anyhow::Result<()> {
        if let Some(pack) = &self.baseline {
            baseline::give(pack, keeper)?;
        }
        Ok(())
    }

    /// The clock that the analysis is told.
    pub(super) fn clock(&self) -> i64 {
        self.now.unwrap_or_else(values::clock)
    }

    fn ingest(&self, keeper: &mut Keeper) -> anyhow::Result<bool> {
        let job = Job {
            sources: job::sources(&self.read),
            limits: input::Limits::DEFAULT,
            emit: Emit::None,
            received_at: self.clock(),
            environment: None,
            finish: true,
        };
        let progress = Progress::new(&job.sources, false, false);
        let mut shown = Shown::default();
        let done = run::run(&job, keeper, Output::none(), &progress.counter(), &mut |notice| {
            progress.update();
            shown.show(notice, &progress, false);
        });
        progress.finish();
        shown.rest();
        Ok(done?.unread.is_empty())
    }
}
