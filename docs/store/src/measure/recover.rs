//! Two hundred megabytes, a kill, and what is left of them; then what deleting them leaves.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::{CANDIDATES, command, fresh, numbers, sample};
use crate::Plan;
use crate::candidate::{Candidate, Kind, Layout};
use crate::records::{TENANTS, named_in};
use crate::system;
use crate::table::{Numbers, markdown, short};

const TOTAL: u64 = 200_000_000;

/// Records of a size, and how many of each tenant's make a commit.
const SHAPES: [(u64, u64); 2] = [(4096, 64), (262_144, 1)];

/// How long a process goes on until it is killed, in milliseconds.
const GOES_ON: u64 = 20;

pub fn measure(plan: &Plan) -> Result<()> {
    let mut candidates = CANDIDATES.to_vec();
    candidates.insert(2, Candidate::new(Kind::RedbChecked, Layout::PerTenant));
    candidates.push(Candidate::new(Kind::Files, Layout::PerTenant).compressed());
    for (size, each) in SHAPES {
        let mut collected = vec![Numbers::default(); candidates.len()];
        for _ in 0..plan.rounds {
            for (candidate, collected) in candidates.iter().zip(&mut collected) {
                round(plan, *candidate, size, each, collected)?;
            }
        }
        println!("\n200 MB in records of {} KiB, {} rounds:\n", size / 1024, plan.rounds);
        print(&candidates, &collected);
    }
    Ok(())
}

fn round(plan: &Plan, candidate: Candidate, size: u64, each: u64, into: &mut Numbers) -> Result<()> {
    let dir = fresh(plan, "recover")?;
    let count = TOTAL / size / u64::from(TENANTS);
    let acknowledged = kill_full(candidate, &dir, size, count, each)?;
    into.take(&format!("full {}", system::taken(&dir)? as f64 / 1e6));
    system::evict(&dir)?;
    into.take(&sample("recover", candidate, &dir, &[size.to_string(), acknowledged])?);

    into.take(&sample("cut", candidate, &dir, &numbers(&[covered(count, each) + 1]))?);
    into.take(&format!("kept {}", system::taken(&dir)? as f64 / 1e6));
    into.take(&sample("tidy", candidate, &dir, &[])?);
    into.take(&format!("tidied {}", system::taken(&dir)? as f64 / 1e6));

    into.take(&sample("forget", candidate, &dir, &["deleted".into()])?);
    into.take(&format!("left-deleted {}", left(&dir)?));
    into.take(&sample("forget", candidate, &dir, &["tidied".into()])?);
    into.take(&format!("left-tidied {}", left(&dir)?));
    if candidate.layout == Layout::PerTenant {
        into.take(&sample("forget", candidate, &dir, &["folder".into()])?);
        into.take(&format!("left-folder {}", left(&dir)?));
    }
    Ok(())
}

/// The last record of each tenant that a snapshot covers: that of the commit in which nine tenths are reached.
pub fn covered(count: u64, each: u64) -> u64 {
    ((count - count / 10) / each + 1) * each
}

/// Fills it, lets it go on, kills it while it does, and gives what it had acknowledged by then.
fn kill_full(candidate: Candidate, dir: &Path, size: u64, count: u64, each: u64) -> Result<String> {
    let arguments = [numbers(&[size, count, each]), vec!["go on".into()]].concat();
    let mut child = command("fill", candidate, dir, &arguments)?.stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    let mut last = lines.next().context("it ended early")??;
    let killer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(GOES_ON));
        child.kill().and_then(|()| child.wait())
    });
    for line in lines {
        let line = line?;
        // The line that it was writing when it was killed may be torn; its length tells.
        if line.matches(',').count() == TENANTS as usize - 1 && line.len() >= last.len() {
            last = line;
        }
    }
    killer.join().map_err(|_| anyhow::anyhow!("panicked"))??;
    last.strip_prefix("acknowledged ").map(String::from).context("no acknowledgement")
}

/// Records of the tenant that was forgotten that some file still holds.
fn left(dir: &Path) -> Result<usize> {
    let mut left = Vec::new();
    for path in system::files(dir)? {
        left.extend(named_in(&fs::read(path)?).into_iter().filter(|(tenant, _)| *tenant == 3));
    }
    left.sort_unstable();
    left.dedup();
    Ok(left.len())
}

fn print(candidates: &[Candidate], collected: &[Numbers]) {
    let rows = candidates.iter().zip(collected).map(|(candidate, numbers)| {
        let of = |name: &str| numbers.of(name);
        vec![
            candidate.name(),
            short(of("full").median()),
            of("open").shown(short),
            of("read").shown(short),
            short(of("memory").median()),
            of("lost").worst().to_string(),
            of("wrong").worst().to_string(),
        ]
    });
    let head = [
        "candidate",
        "MB on disk",
        "open, ms",
        "open and read all, ms",
        "memory, MB",
        "acknowledged and lost",
        "wrong",
    ];
    println!("{}", markdown(&head, &rows.collect::<Vec<_>>()));

    let rows = candidates.iter().zip(collected).map(|(candidate, numbers)| {
        let of = |name: &str| numbers.of(name);
        vec![
            candidate.name(),
            of("cut").shown(short),
            short(of("kept").median()),
            short(of("tidied").median()),
            of("left-deleted").shown(short),
            of("left-tidied").shown(short),
            of("left-folder").shown(short),
        ]
    });
    let head = [
        "candidate",
        "deleting all but the last 10 %, ms",
        "MB on disk then",
        "MB when tidied up",
        "still readable of a tenant whose records are deleted",
        "and tidied up",
        "or whose folder is removed",
    ];
    println!("Of these 200 MB:\n\n{}", markdown(&head, &rows.collect::<Vec<_>>()));
}
