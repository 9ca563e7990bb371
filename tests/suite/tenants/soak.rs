//! Many tenants at random, their instances ended at random: every answer is that of a plain run in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use begat::store::Settings;
use begat::tenants::{Config, Tenants, Ticket};

use super::*;

/// Bytes that this process has in memory.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    text.split_whitespace().nth(1)?.parse::<u64>().ok().map(|pages| pages * 4096)
}

#[test]
fn answers_under_restarts_and_sleep_are_those_of_a_plain_run() {
    let (count, lasts) =
        if full() { (100, Duration::from_secs(20 * 60)) } else { (100, Duration::from_secs(soak_seconds())) };
    let script = Arc::new(script());
    let folder = tempfile::tempdir().unwrap();
    // A fifth of them can be awake.
    let config = Config { awake: 20, ..Config::new(folder.path().into()) };
    let tenants = Tenants::start(prepared().clone(), config).unwrap();
    let mut plain: BTreeMap<u64, (Keeper, u64)> = BTreeMap::new();
    let mut random = 0x50a4;
    let mut commands = 0_u64;
    let (mut restarts, mut memory) = (0_u64, Vec::new());
    let start = Instant::now();
    while start.elapsed() < lasts {
        // A round: a few commands of a few tenants, all on their way at once.
        let mut asked: Vec<(u64, u64, Ticket<String>)> = Vec::new();
        for _ in 0..16 {
            let tenant = next(&mut random) % count;
            let (_, done) = plain.entry(tenant).or_insert_with(|| {
                tenants.add(&name(tenant), &Settings::default()).unwrap();
                (Keeper::new(birth()).unwrap(), 0)
            });
            for _ in 0..=next(&mut random) % 3 {
                *done += 1;
                let (number, script) = (*done, Arc::clone(&script));
                let dies = next(&mut random).is_multiple_of(20);
                restarts += u64::from(dies);
                let play = move |keeper: &mut Keeper| {
                    if dies {
                        keeper.restart();
                    }
                    keeper.ready()?;
                    script.play(tenant, number, keeper)
                };
                asked.push((tenant, number, tenants.submit(&name(tenant), 0, play).unwrap()));
            }
        }
        for (tenant, number, ticket) in asked {
            let answer = ticket.wait().unwrap();
            let keeper = &mut plain.get_mut(&tenant).unwrap().0;
            let expected = script.play(tenant, number, keeper).unwrap();
            assert!(answer == expected, "tenant {tenant}, command {number}: {answer}\nnot {expected}");
            commands += 1;
        }
        memory.extend(resident());
    }
    for (tenant, (keeper, done)) in &mut plain {
        let expected = hash(keeper);
        let found = tenants.call(&name(*tenant), 0, |keeper| Ok((keeper.sequence(), hash(keeper)))).unwrap();
        assert_eq!(found, (*done, expected), "tenant {tenant}");
    }
    let costs = tenants.costs();
    let wakes: u64 = costs.iter().map(|(_, cost)| cost.wakes).sum();
    assert!(tenants.close().is_empty());
    let half = memory.len() / 2;
    let peak = |part: &[u64]| part.iter().max().map_or(0, |bytes| bytes >> 20);
    eprintln!(
        "{commands} commands of {} tenants in {:?}: {restarts} restarts, {wakes} wakes; at most {} MiB in the \
         first half and {} MiB in the second, the plain run's instances included",
        plain.len(),
        start.elapsed(),
        peak(&memory[..half]),
        peak(&memory[half..]),
    );
    assert!(wakes > plain.len() as u64, "nobody slept");
}

/// How long the small soak takes: a minute, or what `BEGAT_SOAK` says.
fn soak_seconds() -> u64 {
    std::env::var("BEGAT_SOAK").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(60)
}
