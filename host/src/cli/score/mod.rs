//! `begat score`: how ordinary an execution is.

mod answers;
mod profiles;
mod text;

use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use super::asked::{Asked, Source};
use super::terminal::{self, harmless};
use super::{JsonOrText, values};
use crate::runtime::bindings::scoring::Answer;
use crate::scoring::{Answered, Profile, ProfileError};
use crate::tenants::Fault;
use answers::{Answers, on_disk};
use profiles::{Place, Profiles};

/// Score the profile of a process execution: 0 was never seen, 100 is the most common
///
/// The answer rests on what --state has kept, or on the files that --read names, or on nothing: then every
/// score is 0. Only the fields that a profile has are scored. Its fields are image (required), hostname,
/// parent_image, grandparent_image, hash, children, network_ports, environment, record_execution.
///
/// On stdin there may be many profiles, one a line. Each gets its line; one that is not acceptable gets
/// {"message": ...}, is named on stderr, and makes the exit code 1.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The profile, as in '{"image": "C:\\Windows\\System32\\cmd.exe"}'; `-` reads stdin
    #[arg(value_name = "JSON|-")]
    profile: String,

    /// Also count each execution, after it was scored: as if every profile had record_execution. Needs
    /// --state
    #[arg(long)]
    record: bool,

    /// When the recorded executions ran, as RFC 3339 or milliseconds since 1970 [default: --now]
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    at: Option<i64>,

    /// Also tell what each score rests on: counts, hosts, weights, intervals, times
    #[arg(long)]
    detail: bool,

    /// How the answer is shown
    #[arg(long, value_enum, default_value_t = JsonOrText::Json)]
    format: JsonOrText,

    #[command(flatten)]
    source: Source,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.record && args.source.from.kept.state.is_none() {
        super::misused(&["score"], "--record needs --state DIR: nothing else would keep what is recorded");
    }
    let stdin = args.profile == "-";
    if stdin && args.source.from.read.iter().any(|file| file.as_os_str() == "-") {
        super::misused(&["score"], "the profile and a file cannot both be read from stdin");
    }
    let mut profiles = Profiles::of(&args.profile).peekable();
    // A state that does not exist yet is made only for something to record.
    let records = |profile: &Profile| args.record || profile.record;
    let recorded = match profiles.peek() {
        Some((_, Ok(profile))) => args.source.from.kept.state.is_some() && records(profile),
        Some((_, Err(error))) if !stdin => return Err(error.clone().into()),
        _ => false,
    };
    let mut asked = args.source.open(recorded)?;
    let answers = Answers::start().context("no thread can be started")?;
    let answered = answer_all(args, profiles, &mut asked, &answers);
    let written = answers.end();
    let complete =
        answered.and_then(|complete| written.map(|()| complete)).map_err(|error| match &asked.kept {
            // Of one profile nothing was kept, and it says so itself.
            Some(kept) if stdin && asked.keeper.store().is_some() && !super::is_closed_pipe(&error) => {
                error.context(kept.acknowledged())
            }
            _ => error,
        })?;
    Ok(if complete && asked.complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether every profile has an answer.
fn answer_all(
    args: &Args,
    profiles: impl Iterator<Item = (Place, Result<Profile, ProfileError>)>,
    asked: &mut Asked<'_>,
    answers: &Answers,
) -> anyhow::Result<bool> {
    let mut complete = true;
    // Where a snapshot keeps what is recorded, nothing is on the disk before the end.
    let mut held = Vec::new();
    for (place, profile) in profiles {
        let answered = profile.map_err(anyhow::Error::from).and_then(|profile| {
            let answer = answer(args, asked, &profile)?;
            Ok(shown(args, &profile, &answer)?)
        });
        let text = match answered {
            Ok(text) => text,
            // Without an instance nothing else can be answered, nor saved.
            Err(error) if args.profile != "-" || !asked.keeper.instance().is_alive() => return Err(error),
            Err(error) => {
                complete = false;
                let message = format!("{error:#}");
                terminal::say(&harmless(&format!("{place}: {message}")));
                match args.format {
                    JsonOrText::Json => json!({ "message": message }).to_string(),
                    JsonOrText::Text => harmless(&message),
                }
            }
        };
        if asked.keeper.waits_for_snapshots() {
            held.push(text);
        } else if answers.push(text, Some(on_disk(&asked.keeper))) {
            asked.keeper.save_if_due()?;
        } else {
            return Ok(complete);
        }
    }
    if let Some(kept) = &asked.kept {
        kept.settle(&mut asked.keeper)?;
    }
    for text in held {
        if !answers.push(text, None) {
            break;
        }
    }
    Ok(complete)
}

fn answer(args: &Args, asked: &mut Asked<'_>, profile: &Profile) -> anyhow::Result<Answer> {
    let execution = &profile.execution;
    let result = if args.record || profile.record {
        if asked.kept.is_none() {
            anyhow::bail!("record_execution: needs --state DIR, nothing else would keep what is recorded");
        }
        args.source.own(asked)?;
        let now = args.source.from.clock();
        asked.keeper.record(execution, args.at.unwrap_or(now), now)
    } else {
        asked.keeper.instance().score(execution).map_err(Fault::from)
    };
    result.map_err(|fault| match &asked.kept {
        Some(kept) if !asked.keeper.is_well() => {
            anyhow::anyhow!("{fault}\n{}", kept.unchanged())
        }
        _ => fault.into(),
    })
}

fn shown(args: &Args, profile: &Profile, answer: &Answer) -> serde_json::Result<String> {
    Ok(match args.format {
        JsonOrText::Json => serde_json::to_string(&Answered { answer, detail: args.detail })?,
        JsonOrText::Text => text::of(&profile.execution.image, answer, args.detail).trim_end().to_owned(),
    })
}
