//! kill -9 in the middle of everything: what was acknowledged is there, and nothing that nobody asked for.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::*;

const TENANTS: usize = 8;

/// Commands of each tenant, before its store begins anew.
const LAST: u64 = 120;

#[test]
fn a_kill_at_any_point_loses_nothing_that_was_acknowledged() {
    let kills = if full() { 200 } else { 20 };
    let script = script();
    let recording = crate::data::root().join("examples/data/recording.ndjson");
    let expected: Vec<Vec<String>> =
        (0..TENANTS as u64).map(|tenant| undisturbed(&script, tenant, LAST)).collect();
    let mut random = 0x5eed;
    let mut folder = tempfile::tempdir().unwrap();
    // Told so far; and found on the disk after the kill before.
    let (mut acknowledged, mut had) = ([0; TENANTS], [0; TENANTS]);
    let (mut torn, mut most) = (0, 0);
    let start = Instant::now();
    for kill in 0..kills {
        let mut child = Command::new(env!("CARGO_BIN_EXE_begat-tenants-under-test"))
            .arg(folder.path())
            .arg(&recording)
            .args([TENANTS.to_string(), LAST.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // After so many acknowledgements, and somewhere in the milliseconds behind them.
        let heard = next(&mut random) % 200;
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut at = 0;
        for line in lines.map_while(Result::ok) {
            let (tenant, number) = line.split_once(' ').unwrap();
            acknowledged[tenant.parse::<usize>().unwrap()] = number.parse().unwrap();
            at += 1;
            if at == heard {
                std::thread::sleep(Duration::from_micros(next(&mut random) % 8000));
                child.kill().unwrap();
            }
        }
        let ended = child.wait().unwrap();
        assert!(at >= heard || ended.success(), "kill {kill}: it ended by itself: {ended}");
        let mut done = true;
        for (place, tenant) in (0..TENANTS).zip(0..) {
            let Ok(found) = begat::store::Tenant::find(folder.path(), &name(tenant)) else {
                assert_eq!(acknowledged[place], 0, "kill {kill}: tenant {tenant} is gone");
                done = false;
                continue;
            };
            let damage = found.read().unwrap().damage;
            assert!(damage.iter().all(|damage| damage.torn), "kill {kill}: {damage:?}");
            torn += damage.len();
            let (last, hash) = recovered(folder.path(), tenant);
            let acknowledged = acknowledged[place];
            assert!(last >= acknowledged, "kill {kill}: tenant {tenant} has {last} of {acknowledged}");
            // A death may come between the disk and the acknowledgement: of the two that are on their way, and one
            // process after the other may die so.
            let most_asked = acknowledged.max(had[place]) + 2;
            assert!(last <= most_asked, "kill {kill}: tenant {tenant} has {last} of {most_asked}");
            had[place] = last;
            assert_eq!(hash, expected[place][usize::try_from(last).unwrap()], "kill {kill}");
            done &= last == LAST;
            most = most.max(last);
        }
        if done {
            folder = tempfile::tempdir().unwrap();
            acknowledged.fill(0);
            had.fill(0);
        }
    }
    eprintln!("{kills} kills in {:?}, {torn} records cut short, up to command {most}", start.elapsed());
    assert!(most > 1, "nothing was ever done");
}
