//! How fast records become durable.

use anyhow::Result;

use super::{CANDIDATES, fresh, numbers, sample};
use crate::Plan;
use crate::candidate::Candidate;
use crate::table::{Numbers, markdown, short};

const SIZES: [u64; 2] = [4096, 262_144];
const GROUPS: [u64; 3] = [1, 8, 64];

/// Of what a sample reports: its name, a column's title, at which groups, and whether the range is shown too.
type Column = (&'static str, &'static str, &'static [u64], bool);

const SPEED: [Column; 4] = [
    ("records/s", "records/s", &GROUPS, true),
    ("MB/s", "MB/s", &[64], false),
    ("p50", "median ms", &[1], false),
    ("p99", "99th percentile ms", &GROUPS, true),
];

const COST: [Column; 3] = [
    ("written", "written per byte given", &GROUPS, false),
    ("syncs", "syncs per commit", &[8, 64], false),
    ("memory", "memory MB", &[64], false),
];

pub fn measure(plan: &Plan) -> Result<()> {
    let both: Vec<_> = CANDIDATES.iter().flat_map(|one| [*one, one.compressed()]).collect();
    for size in SIZES {
        let collected = collect(plan, &both, size, 0)?;
        println!("\nRecords of {} KiB, {} rounds:\n", size / 1024, plan.rounds);
        print(&both, &collected, &SPEED);
        print(&both, &collected, &COST);
    }
    Ok(())
}

/// On a disk whose flushes take longer: 3.7 ms are added to each sync.
pub fn measure_slow(plan: &Plan) -> Result<()> {
    let collected = collect(plan, &CANDIDATES, 4096, 3700)?;
    println!("\nRecords of 4 KiB where a sync takes 3.7 ms more, {} rounds:\n", plan.rounds);
    print(&CANDIDATES, &collected, &SPEED);
    Ok(())
}

/// For each candidate, what it reported with each group.
fn collect(plan: &Plan, candidates: &[Candidate], size: u64, delay_us: u64) -> Result<Vec<Vec<Numbers>>> {
    let mut collected = vec![vec![Numbers::default(); GROUPS.len()]; candidates.len()];
    for _ in 0..plan.rounds {
        for (nth, group) in GROUPS.iter().enumerate() {
            for (candidate, collected) in candidates.iter().zip(&mut collected) {
                let dir = fresh(plan, "append")?;
                collected[nth].take(&sample(
                    "append",
                    *candidate,
                    &dir,
                    &numbers(&[size, *group, delay_us]),
                )?);
            }
        }
    }
    Ok(collected)
}

fn print(candidates: &[Candidate], collected: &[Vec<Numbers>], columns: &[Column]) {
    let mut head = vec!["candidate".to_owned()];
    let mut rows: Vec<_> = candidates.iter().map(|candidate| vec![candidate.name()]).collect();
    for (name, title, groups, ranges) in columns {
        for (nth, group) in GROUPS.iter().enumerate().filter(|(_, group)| groups.contains(group)) {
            head.push(format!("{title}, {group} waiting"));
            for (row, collected) in rows.iter_mut().zip(collected) {
                let samples = collected[nth].of(name);
                row.push(if *ranges { samples.shown(short) } else { short(samples.median()) });
            }
        }
    }
    println!("{}", markdown(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows));
}
