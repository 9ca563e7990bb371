//! The measurements: which candidates, in which rounds, and the table that comes of it.

mod append;
mod cost;
mod damage;
mod life;
pub mod recover;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::Plan;
use crate::candidate::{Candidate, Kind, Layout};
use crate::system;
use crate::table::{Numbers, short};

/// Those that hold their own against one another everywhere.
const CANDIDATES: [Candidate; 8] = [
    Candidate::new(Kind::Redb, Layout::Shared),
    Candidate::new(Kind::Redb, Layout::PerTenant),
    Candidate::new(Kind::RedbQuick, Layout::PerTenant),
    Candidate::new(Kind::Fjall, Layout::Shared),
    Candidate::new(Kind::Fjall, Layout::PerTenant),
    Candidate::new(Kind::RaftEngine, Layout::Shared),
    Candidate::new(Kind::WalDb, Layout::PerTenant),
    Candidate::new(Kind::Files, Layout::PerTenant),
];

/// What a command line may name.
pub fn part(name: &str, plan: &Plan) -> Result<()> {
    let begun = Instant::now();
    match name {
        "machine" => machine(plan)?,
        "append" => append::measure(plan)?,
        "slow" => append::measure_slow(plan)?,
        "recover" => recover::measure(plan)?,
        "life" => life::measure(plan)?,
        "damage" => damage::measure(plan)?,
        _ => cost::measure(plan)?,
    }
    eprintln!("{name}: {:.0} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// Where it is measured, and what a sync takes there.
fn machine(plan: &Plan) -> Result<()> {
    println!("{}", system::machine(&plan.dir)?);
    let one = Candidate::new(Kind::Files, Layout::PerTenant);
    let mut latency = Numbers::default();
    for _ in 0..plan.rounds {
        latency.take(&sample("latency", one, &fresh(plan, "latency")?, &[])?);
    }
    for (size, at_once) in [(4096, 1), (262_144, 1), (4096, 8)] {
        println!(
            "| {} KiB appended and `fdatasync`{} | {} ms median, {} ms at the 99th percentile |",
            size / 1024,
            if at_once > 1 { ", 8 files at once" } else { "" },
            latency.of(&format!("{size}-{at_once}-50")).shown(short),
            latency.of(&format!("{size}-{at_once}-99")).shown(short),
        );
    }
    Ok(())
}

/// A sample's command: this program, as a child.
fn command(sample: &str, candidate: Candidate, dir: &Path, more: &[String]) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["child", sample, &candidate.name()]).arg(dir).args(more).stdin(Stdio::null());
    Ok(command)
}

/// Runs a sample to its end and gives what it printed.
fn sample(sample: &str, candidate: Candidate, dir: &Path, more: &[String]) -> Result<String> {
    let output = command(sample, candidate, dir, more)?.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{sample} of {} ended with {}", candidate.name(), output.status);
    String::from_utf8(output.stdout).context("a child's report")
}

/// An empty folder of a sample's own.
fn fresh(plan: &Plan, name: &str) -> Result<PathBuf> {
    let dir = plan.dir.join(name);
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

fn numbers(numbers: &[u64]) -> Vec<String> {
    numbers.iter().map(u64::to_string).collect()
}
