//! Lines that ended an instance: shown again, or thrown away.

use std::io::{self, Write};
use std::process::ExitCode;

use super::{Of, keeper};
use crate::cli::terminal::{self, harmless};
use crate::tenants::Keeper;

/// Which line.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// As `begat tenant show` names it: the command and the line, as in 17:4
    #[arg(value_name = "COMMAND:LINE", value_parser = place)]
    place: (u64, u64),
}

fn place(text: &str) -> Result<(u64, u64), String> {
    let parts =
        text.split_once(':').and_then(|(command, line)| Some((command.parse().ok()?, line.parse().ok()?)));
    parts.ok_or_else(|| "write the command and the line as 17:4".to_owned())
}

pub(super) fn retry(of: &Of, which: &Which) -> anyhow::Result<ExitCode> {
    let mut keeper = keeper(of)?;
    let (sequence, line) = which.place;
    let outcome = keeper.retry(sequence, line).map_err(|fault| of.kept().advised(&fault))?;
    settle(of, &mut keeper)?;
    io::stdout().lock().write_all(outcome.annotated.as_bytes())?;
    let Some(rejected) = outcome.rejected.first() else { return Ok(ExitCode::SUCCESS) };
    terminal::say(&format!("begat: {}", harmless(&rejected.message)));
    Ok(ExitCode::FAILURE)
}

pub(super) fn discard(of: &Of, which: &Which) -> anyhow::Result<String> {
    let mut keeper = keeper(of)?;
    let (sequence, line) = which.place;
    keeper.discard(sequence, line).map_err(|fault| of.kept().advised(&fault))?;
    settle(of, &mut keeper)?;
    Ok(format!("line {line} of command {sequence} is thrown away\n"))
}

fn settle(of: &Of, keeper: &mut Keeper) -> anyhow::Result<()> {
    of.kept().settle(keeper)
}
