//! Measures what begat's durable journal could rest on. `docs/store.md` is its report.
//!
//! ```text
//! cargo run --release -- all               everything but `cost`: the tables, as markdown
//! cargo run --release -- append damage     or only some of: machine append slow recover life damage cost
//!     --dir DIR       where to write, on the disk that is meant; else beside this program's source
//!     --rounds N      how often each candidate takes its turn
//!     --trials N      how often damage is done to each candidate
//! ```
//!
//! Every sample is a process of its own, which this program starts from itself: what the kernel counts for it
//! is the candidate's, and it can be killed.

mod candidate;
mod child;
mod measure;
mod records;
mod system;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

/// How much is measured, and where.
pub struct Plan {
    dir: PathBuf,
    rounds: u64,
    trials: u64,
}

const PARTS: [&str; 6] = ["machine", "append", "slow", "recover", "life", "damage"];

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == "child").is_some() {
        child::run(&arguments.collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    // Not the temporary directory, which may be memory.
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/begat-store-measurement");
    let mut plan = Plan { dir, rounds: 5, trials: 100 };
    let mut parts = Vec::new();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--dir" => plan.dir = PathBuf::from(value()?).join("begat-store-measurement"),
            "--rounds" => plan.rounds = value()?.parse()?,
            "--trials" => plan.trials = value()?.parse()?,
            "all" => parts.extend(PARTS.map(String::from)),
            part if PARTS.contains(&part) || part == "cost" => parts.push(part.into()),
            other => {
                bail!("{other} is none of: all {} cost --dir --rounds --trials", PARTS.join(" "))
            }
        }
    }
    if parts.is_empty() {
        bail!("name what to measure: all, or some of {} cost", PARTS.join(" "));
    }
    std::fs::create_dir_all(&plan.dir)?;
    let measured = parts.iter().try_for_each(|part| measure::part(part, &plan));
    std::fs::remove_dir_all(&plan.dir)?;
    measured.map(|()| ExitCode::SUCCESS)
}
