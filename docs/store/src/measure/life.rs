//! What is written and taken over a journal's life, in which snapshots let most of it be deleted.

use anyhow::Result;

use super::{CANDIDATES, fresh, numbers, sample};
use crate::Plan;
use crate::candidate::{Candidate, Kind, Layout};
use crate::records::TENANTS;
use crate::table::{Numbers, markdown, short};

const TOTAL: u64 = 200_000_000;
const SHAPES: [(u64, u64); 2] = [(4096, 8), (262_144, 1)];

pub fn measure(plan: &Plan) -> Result<()> {
    let mut candidates = CANDIDATES.to_vec();
    candidates.push(Candidate::new(Kind::Files, Layout::PerTenant).compressed());
    let mut collected = vec![vec![Numbers::default(); SHAPES.len()]; candidates.len()];
    for _ in 0..plan.rounds {
        for (nth, (size, each)) in SHAPES.iter().enumerate() {
            for (candidate, collected) in candidates.iter().zip(&mut collected) {
                let dir = fresh(plan, "life")?;
                let count = TOTAL / size / u64::from(TENANTS);
                collected[nth].take(&sample("life", *candidate, &dir, &numbers(&[*size, count, *each]))?);
            }
        }
    }
    let head = [
        "candidate",
        "records of",
        "written per byte given",
        "MB on disk at most",
        "at the end",
        "a deletion, ms",
    ];
    let mut rows = Vec::new();
    for (nth, (size, _)) in SHAPES.iter().enumerate() {
        for (candidate, collected) in candidates.iter().zip(&collected) {
            let of = |name: &str| collected[nth].of(name);
            rows.push(vec![
                candidate.name(),
                format!("{} KiB", size / 1024),
                of("written").shown(short),
                of("peak").shown(short),
                of("end").shown(short),
                of("cut").shown(short),
            ]);
        }
    }
    println!("\n200 MB, of which never more than the last tenth is needed, {} rounds:\n", plan.rounds);
    println!("{}", markdown(&head, &rows));
    Ok(())
}
