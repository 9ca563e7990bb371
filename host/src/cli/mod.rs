//! The command line. One file for each subcommand; this one knows which there are and how they end.
//!
//! stdout is data, stderr is for people. Exit codes: 0 fine, 1 the job could not be done, 2 usage.

use std::env;
use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

mod asked;
mod backtest;
mod baseline;
mod chain;
mod clusters;
mod columns;
mod component;
mod config;
mod filters;
mod forget;
mod hierarchy;
mod insights;
mod instance;
mod kept;
mod key;
mod notices;
mod progress;
mod query;
mod rare;
mod rescore;
mod risk;
mod run;
mod score;
mod shifts;
mod sources;
mod store;
mod summary;
mod tenant;
mod terminal;
mod values;

/// Security analytics in a sandbox: annotates Sysmon, Windows, ECS and alert records with how ordinary
/// they are, what started them, and whether that is expected.
///
/// All analysis happens in one WebAssembly component that is built into this binary and has no access
/// to files, network, clock or environment.
#[derive(Debug, Parser)]
#[command(name = "begat", version, max_term_width = 100)]
#[command(after_help = "\
Exit codes: 0 fine, 1 the job could not be done, 2 wrong usage.
Environment: BEGAT_CACHE names the folder for the compiled component; `off` compiles on every start.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Score(score::Args),
    Insights(insights::Args),
    Rare(rare::Args),
    Forget(forget::Args),
    Clusters(clusters::Args),
    Chain(chain::Args),
    Query(query::Args),
    Sources(sources::Args),
    Risk(risk::Args),
    Rescore(rescore::Args),
    Backtest(backtest::Args),
    Filters(filters::Args),
    Hierarchy(hierarchy::Args),
    Baseline(baseline::Args),
    Tenant(tenant::Args),
    Store(store::Args),
    Component(component::Args),
}

/// Characters of an argument that a message about it shows.
const MOST_SHOWN: usize = 120;

/// Parses the arguments, does what they say, and says on stderr what went wrong.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| refuse(error));
    let result = match cli.command {
        Command::Run(args) => run::run(args),
        Command::Score(args) => score::run(&args),
        Command::Insights(args) => insights::run(&args),
        Command::Rare(args) => rare::run(&args),
        Command::Forget(args) => forget::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Clusters(args) => clusters::run(&args),
        Command::Chain(args) => chain::run(args),
        Command::Query(args) => query::run(args),
        Command::Sources(args) => sources::run(&args),
        Command::Risk(args) => risk::run(&args),
        Command::Rescore(args) => rescore::run(&args),
        Command::Backtest(args) => backtest::run(args),
        Command::Filters(args) => filters::run(args),
        Command::Hierarchy(args) => hierarchy::run(args).map(|()| ExitCode::SUCCESS),
        Command::Baseline(args) => baseline::run(args),
        Command::Tenant(args) => tenant::run(args),
        Command::Store(args) => store::run(&args),
        Command::Component(args) => component::run(&args).map(|()| ExitCode::SUCCESS),
    };
    match result {
        Ok(code) => code,
        // `begat hierarchy list | head` is no error.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::say(&format!("begat: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Shows the help that was asked for, or what is wrong with the arguments. clap shows them as they are, and
/// one may be the name of a file that begins like an option, or very long: so it is shown what is harmless of them.
fn refuse(error: clap::Error) -> ! {
    let shown = |argument: OsString| {
        let text = terminal::harmless(&argument.to_string_lossy());
        match text.char_indices().nth(MOST_SHOWN) {
            Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "...",
            None => text,
        }
    };
    let arguments = env::args_os().map(shown);
    Cli::try_parse_from(arguments).err().unwrap_or(error).exit()
}

/// Wrong usage that clap cannot see, in clap's words and with its exit code.
fn misused(command: &[&str], message: &str) -> ! {
    let mut cli = Cli::command();
    cli.build();
    let command = command.iter().try_fold(&cli, |command, name| command.find_subcommand(name));
    command.unwrap_or(&cli).clone().error(ErrorKind::ArgumentConflict, message).exit()
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// How an answer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TextOrJson {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How an answer is shown that other programs ask for more often than people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum JsonOrText {
    /// For programs.
    Json,
    /// For people.
    Text,
}

/// How a table is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TableOrJson {
    /// For people
    Table,
    /// For programs
    Json,
}

/// How a table is shown that other programs ask for more often than people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum JsonOrTable {
    /// For programs
    Json,
    /// For people
    Table,
}
