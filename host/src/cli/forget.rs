//! `begat forget`: takes out of a state what it names, as if it had never been seen.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use super::kept::{Kept, StateArgs, Wants};
use super::summary::count;
use super::terminal::{self, harmless};
use super::values;
use crate::run::pages::pages;
use crate::runtime::bindings::tenant::Scope;
use crate::runtime::{Failure, Instance, Refusal};
use crate::tenants::Fault;

/// Remove a host, an environment or everything from a state, as if it had never been seen
///
/// Nothing of it stays on the disk. What is not held is an error, and the state stays as it was; after a command that
/// was killed, the same again completes it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    what: What,

    #[command(flatten)]
    kept: StateArgs,
}

/// What to forget, and how.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").args(["host", "environment", "all"]).required(true)))]
pub(super) struct What {
    /// This host, by any spelling of its name, in all environments
    #[arg(long, value_name = "NAME")]
    host: Option<String>,

    /// This environment and all its hosts
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,

    /// Everything but the configuration; asks first, or needs --yes where nobody can answer
    #[arg(long)]
    all: bool,

    /// The key of a state whose hosts are hashes: names the host as it is called
    #[arg(long, value_name = "KEYFILE")]
    pseudonymise: Option<PathBuf>,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    /// Memory that the component may take, at most 4G [default: the tenant's setting, else 1G]
    #[arg(long, value_name = "BYTES", value_parser = values::memory)]
    memory: Option<u64>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let Some(kept) = args.kept.kept() else {
        super::misused(&["forget"], "name the state with --state DIR");
    };
    forget(&args.what, kept)
}

/// Forgets, and says what.
pub(super) fn forget(args: &What, kept: Kept<'_>) -> anyhow::Result<()> {
    let (what, scope) = match (args.host.clone(), args.environment.clone()) {
        (Some(host), _) => (format!("host {}", harmless(&host)), Scope::Host(host)),
        (_, Some(environment)) => {
            (format!("environment {}", harmless(&environment)), Scope::Environment(environment))
        }
        (None, None) => (format!("everything of tenant {}", kept.name()), Scope::All),
    };
    kept.must_be_there()?;
    if matches!(scope, Scope::All) && !args.yes && !agreed(&kept)? {
        anyhow::bail!("nothing was forgotten");
    }
    let wants = Wants { pseudonymise: args.pseudonymise.as_deref(), memory: args.memory, ..Wants::default() };
    let mut keeper = match kept.own(wants) {
        // What cannot be read must be possible to delete.
        Err(error) if matches!(scope, Scope::All) => {
            let keeper = kept.own_unread(wants)?;
            terminal::say(&format!("begat: {error:#}; it is removed all the same, with its configuration"));
            keeper
        }
        owned => owned?,
    };
    let before = Held::by(keeper.instance())?;
    match keeper.forget(&scope) {
        Err(Fault::Failure(Failure::Refused(Refusal::NotFound(..)))) if keeper.completed() => {
            let text = format!("{what} is not held; what a command that was cut short had left is removed\n");
            return Ok(io::stdout().lock().write_all(text.as_bytes())?);
        }
        forgotten => forgotten.map_err(|fault| like(&kept, &scope, fault, keeper.instance()))?,
    }
    let after = Held::by(keeper.instance())?;
    let mut text = format!("forgotten: {what}\n");
    for (what, before, after) in [
        ("process instance", before.processes, after.processes),
        ("execution", before.executions, after.executions),
        ("host", before.hosts, after.hosts),
    ] {
        text += &format!("  {}, {after} stay\n", count(before.saturating_sub(after), what));
    }
    Ok(io::stdout().lock().write_all(text.as_bytes())?)
}

/// Names the hosts that were perhaps meant: a short name means none of those that are known by a longer one.
fn like(kept: &Kept<'_>, scope: &Scope, fault: Fault, instance: &mut Instance) -> anyhow::Error {
    let (Scope::Host(name), Fault::Failure(Failure::Refused(Refusal::NotFound(..)))) = (scope, &fault) else {
        return kept.advised(&fault);
    };
    let beginning = format!("{}.", name.to_lowercase());
    let hosts = instance.stats().map(|stats| stats.hosts).unwrap_or_default();
    let meant: Vec<String> = hosts
        .iter()
        .filter(|host| host.to_lowercase().starts_with(&beginning))
        .map(|host| harmless(host))
        .collect();
    if meant.is_empty() { fault.into() } else { anyhow::anyhow!("{fault}, but {}", meant.join(" and ")) }
}

/// Asks on the terminal.
fn agreed(kept: &Kept<'_>) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        super::misused(&["forget"], "--all needs --yes where nobody can be asked");
    }
    terminal::say(&format!("Forget everything of tenant {}? Write yes:", kept.name()));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

/// How much a state holds.
struct Held {
    processes: u64,
    executions: u64,
    hosts: u64,
}

impl Held {
    fn by(instance: &mut Instance) -> Result<Self, Failure> {
        let stats = instance.stats()?;
        let images = pages(|page| instance.images(page))?;
        Ok(Self {
            processes: stats.processes,
            executions: images.iter().map(|image| image.executions).sum(),
            hosts: u64::try_from(stats.hosts.len()).unwrap_or(u64::MAX),
        })
    }
}
