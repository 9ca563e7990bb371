//! Lines that ended an instance: shown again, or thrown away.

use std::io::{self, Write};
use std::process::ExitCode;

use super::{Of, keeper};
use crate::cli::terminal::{self, harmless};
use crate::tenants::{Fault, Keeper};

/// Which lines.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Which {
    /// As `begat tenant show` names it: the command and the line, as in 17:4
    #[arg(value_name = "COMMAND:LINE", value_parser = place)]
    place: Option<(u64, u64)>,

    /// All of them
    #[arg(long)]
    all: bool,
}

impl Which {
    /// The places of the lines.
    fn places(&self, keeper: &Keeper) -> Vec<(u64, u64)> {
        match self.place {
            Some(place) => vec![place],
            None => keeper.quarantine().iter().map(|held| (held.sequence, held.line)).collect(),
        }
    }
}

fn place(text: &str) -> Result<(u64, u64), String> {
    let parts =
        text.split_once(':').and_then(|(command, line)| Some((command.parse().ok()?, line.parse().ok()?)));
    parts.ok_or_else(|| "write the command and the line as 17:4".to_owned())
}

pub(super) fn retry(of: &Of, which: &Which) -> anyhow::Result<ExitCode> {
    let mut keeper = keeper(of)?;
    let places = which.places(&keeper);
    let (mut annotated, mut kept) = (String::new(), 0);
    for (sequence, line) in &places {
        let said = match keeper.retry(*sequence, *line) {
            Ok(outcome) => {
                annotated += &outcome.annotated;
                outcome.rejected.into_iter().next().map(|rejected| rejected.message)
            }
            // With the others it is gone on.
            Err(fault @ (Fault::Forgotten { .. } | Fault::QuarantineFull)) if which.all => {
                Some(fault.to_string())
            }
            Err(fault) => return Err(of.kept().advised(&fault)),
        };
        if let Some(said) = said {
            kept += 1;
            terminal::say(&format!("begat: {sequence}:{line}: {}", harmless(&said)));
        }
    }
    of.kept().settle(&mut keeper)?;
    io::stdout().lock().write_all(annotated.as_bytes())?;
    if which.all {
        terminal::say(&format!("{} of {} lines were taken in", places.len() - kept, places.len()));
    }
    Ok(if kept == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(super) fn discard(of: &Of, which: &Which) -> anyhow::Result<String> {
    let mut keeper = keeper(of)?;
    let places = which.places(&keeper);
    for (sequence, line) in &places {
        keeper.discard(*sequence, *line).map_err(|fault| of.kept().advised(&fault))?;
    }
    of.kept().settle(&mut keeper)?;
    Ok(match (which.place, places.len()) {
        (Some((sequence, line)), _) => format!("line {line} of command {sequence} is thrown away\n"),
        (None, 1) => "1 line is thrown away\n".into(),
        (None, lines) => format!("{lines} lines are thrown away\n"),
    })
}
