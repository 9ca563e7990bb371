//! `begat tenant`: the tenants of a state, their limits, keys and quarantines.

mod keys;
mod quarantine;
mod shown;

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::forget;
use super::kept::{Kept, Wants, told};
use super::{TableOrJson, TextOrJson, terminal, values};
use crate::store::{self, Owned, Settings, Syncer, Tenant, TenantName};

/// The tenants of a state: their limits, their keys, their quarantines
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

/// One of them.
#[derive(Debug, clap::Args)]
struct Of {
    /// Its name
    #[arg(value_name = "NAME")]
    name: TenantName,

    /// The directory of the state
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
}

impl Of {
    fn kept(&self) -> Kept<'_> {
        Kept { dir: &self.state, name: &self.name }
    }

    fn tenant(&self) -> anyhow::Result<Tenant> {
        Tenant::find(&self.state, &self.name).map_err(told)
    }
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a tenant. `begat run --state` makes one by itself, with the default limits
    Add {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        limits: LimitArgs,
    },
    /// Change a tenant's limits. They hold from its next waking on
    Set {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        limits: LimitArgs,
    },
    /// List the tenants
    List {
        /// The directory of the state
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
        /// How they are shown
        #[arg(long, value_enum, default_value_t = TableOrJson::Table)]
        format: TableOrJson,
    },
    /// Show one: its limits, what it holds, its keys, and the lines that ended an instance
    Show {
        #[command(flatten)]
        of: Of,
        /// How it is shown
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
    },
    /// Remove a tenant and everything of it; asks first, or needs --yes where nobody can answer
    Remove {
        #[command(flatten)]
        of: Of,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Remove a host, an environment or everything from its state, as if it had never been seen
    Forget {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        what: forget::What,
    },
    /// Make a key, and show it this once; or list or revoke keys
    Key {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        wish: keys::Wish,
    },
    /// Show a line in quarantine, or all, to the component again: after an update, or with other limits
    Retry {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        which: quarantine::Which,
    },
    /// Throw a line in quarantine away, or all
    Discard {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        which: quarantine::Which,
    },
}

/// Limits of one tenant; what is not named stays as it is.
#[derive(Debug, clap::Args)]
struct LimitArgs {
    /// Memory that its instance may take, at most 4G [default: 1G]
    #[arg(long, value_name = "BYTES", value_parser = values::memory)]
    memory: Option<u64>,

    /// How long one call may take [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    timeout: Option<Duration>,

    /// The largest command that it may bring [default: 64M]
    #[arg(long, value_name = "BYTES", value_parser = values::length)]
    input: Option<usize>,

    /// The largest answer [default: 128M]
    #[arg(long, value_name = "BYTES", value_parser = values::length)]
    output: Option<usize>,

    /// Bytes of commands that wait; who brings more waits too [default: 64M]
    #[arg(long, value_name = "BYTES", value_parser = values::length)]
    queue: Option<usize>,
}

impl LimitArgs {
    fn over(&self, settings: Settings) -> Settings {
        let call = self.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
        Settings {
            memory: self.memory.or(settings.memory),
            call: call.or(settings.call),
            input: self.input.or(settings.input),
            output: self.output.or(settings.output),
            queue: self.queue.or(settings.queue),
            keys: settings.keys,
        }
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let text = match args.command {
        Command::Add { of, limits } => add(&of, &limits)?,
        Command::Set { of, limits } => set(&of, &limits)?,
        Command::List { state, format } => return shown::list(&state, format),
        Command::Show { of, format } => shown::one(&of, format)?,
        Command::Remove { of, yes } => remove(&of, yes)?,
        Command::Forget { of, what } => {
            forget::forget(&what, of.kept())?;
            String::new()
        }
        Command::Key { of, wish } => keys::run(&of, &wish)?,
        Command::Retry { of, which } => return quarantine::retry(&of, &which),
        Command::Discard { of, which } => quarantine::discard(&of, &which)?,
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Whatever stands in it.
fn own(of: &Of) -> anyhow::Result<Owned> {
    let syncer = Arc::new(Syncer::start(1)?);
    Ok(Owned::take_unread(&of.state, &of.name, &store::real(), &syncer).map_err(told)?.0)
}

fn add(of: &Of, limits: &LimitArgs) -> anyhow::Result<String> {
    let owned = own(of)?;
    if of.tenant().is_ok() {
        anyhow::bail!("tenant {} is there already; `begat tenant set` changes its limits", of.name);
    }
    limits.over(Settings::default()).save(owned.tenant().folder()).map_err(told)?;
    Ok(format!("tenant {} is made\n", of.name))
}

/// Without the tenant's lock: who runs the tenant reads its settings when it wakes.
fn set(of: &Of, limits: &LimitArgs) -> anyhow::Result<String> {
    let tenant = of.tenant()?;
    let change = |settings: &mut Settings| *settings = limits.over(std::mem::take(settings));
    let (settings, ()) = Settings::change(tenant.folder(), change).map_err(told)?;
    Ok(shown::limits(&settings))
}

fn remove(of: &Of, yes: bool) -> anyhow::Result<String> {
    let finished = store::finish_removals(&of.state).map_err(told)?;
    let removed = format!("tenant {} is removed\n", of.name);
    match of.tenant() {
        Err(_) if finished.contains(&of.name) => return Ok(removed),
        tenant => tenant?,
    };
    if !yes {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            super::misused(&["tenant", "remove"], "it needs --yes where nobody can be asked");
        }
        terminal::say(&format!("Remove tenant {} and everything of it? Write yes:", of.name));
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        anyhow::ensure!(answer.trim().eq_ignore_ascii_case("yes"), "nothing was removed");
    }
    own(of)?.remove().map_err(told)?;
    Ok(removed)
}

/// The tenant, to be changed.
fn keeper(of: &Of) -> anyhow::Result<crate::tenants::Keeper> {
    of.tenant()?;
    of.kept().own(Wants::default())
}
