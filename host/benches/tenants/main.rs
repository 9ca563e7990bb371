//! What durability and company cost: a run with a journal beside one without, instances made, tenants woken, and
//! thousands of tenants in one process.
//!
//! `cargo bench -p begat --bench tenants` runs it; `BEGAT_BENCH_EVENTS`, `BEGAT_BENCH_ROUNDS` and
//! `BEGAT_BENCH_TENANTS` change the size. The journal lies where `TMPDIR` says.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

#[path = "../ingest/telemetry.rs"]
mod telemetry;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use begat::input;
use begat::run::{self, Job, Output, Taker, job};
use begat::runtime::bindings::ingest::{Batch, Emit};
use begat::runtime::{CachePolicy, Component, EMBEDDED, Limits, Pool, Prepared, Runtime};
use begat::store::{self, Owned, Settings, Syncer, TenantName};
use begat::tenants::{Birth, Config, Durability, Keeper, Tenants, Ticket, seed};

const NOW: i64 = 1_900_000_000_000;

fn main() {
    // Under `cargo test` a benchmark only proves that it runs.
    let testing = std::env::args().any(|argument| argument == "--test");
    let setting = |name: &str, default| std::env::var(name).map_or(default, |v| v.parse().unwrap());
    let events = setting("BEGAT_BENCH_EVENTS", if testing { 2_000 } else { 200_000 });
    let rounds = setting("BEGAT_BENCH_ROUNDS", if testing { 1 } else { 7 });
    let tenants = setting("BEGAT_BENCH_TENANTS", if testing { 200 } else { 5_000 });
    let awake = (tenants / 5).max(1);

    let cache = CachePolicy::from_env();
    let runtime = Runtime::new(Pool::Slots(awake as u32 + 16), &cache).unwrap();
    let prepared = Component::compile(&runtime, EMBEDDED).unwrap().prepare().unwrap();
    instances(&prepared, if testing { 10 } else { 1_000 });
    journal(&prepared, events, rounds);
    many(&prepared, tenants, awake);
}

/// Birth and death of an instance.
fn instances(prepared: &Prepared, count: usize) {
    let mut births: Vec<Duration> = Vec::new();
    let mut first: Vec<Duration> = Vec::new();
    for _ in 0..count {
        let begun = Instant::now();
        let mut instance = prepared.instantiate(Limits::default()).unwrap();
        births.push(begun.elapsed());
        instance.stats().unwrap();
        first.push(begun.elapsed());
    }
    println!("instance made: {}; and its first call answered: {}", spread(&mut births), spread(&mut first));
}

/// The same run without and with a journal.
fn journal(prepared: &Prepared, events: usize, rounds: usize) {
    let text = telemetry::generate(telemetry::Shape { events, images: 2000, hosts: 500 }, 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("telemetry.ndjson");
    std::fs::write(&file, &text).unwrap();
    let job = Job {
        sources: job::sources(&[file]),
        limits: input::Limits::DEFAULT,
        emit: Emit::All,
        received_at: NOW,
        environment: None,
        finish: true,
    };
    let (mut without, mut with) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for _ in 0..rounds {
        let mut keeper = Keeper::new(birth(prepared)).unwrap();
        without.push(timed(&job, &mut keeper));
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = own(prepared, folder.path());
        with.push(timed(&job, &mut keeper));
        bytes = size(folder.path());
    }
    let (without, with) = (median(&mut without), median(&mut with));
    println!(
        "run of {:.0} MB in batches of 256 KiB: {:.0} MB/s without a journal, {:.0} MB/s with one: {:.2}; {:.1} MB of journal",
        text.len() as f64 / 1e6,
        text.len() as f64 / 1e6 / without.as_secs_f64(),
        text.len() as f64 / 1e6 / with.as_secs_f64(),
        without.as_secs_f64() / with.as_secs_f64(),
        bytes as f64 / 1e6,
    );
}

fn birth(prepared: &Prepared) -> Birth {
    Birth::new(prepared.clone(), Limits::default(), seed())
}

fn own(prepared: &Prepared, dir: &Path) -> Keeper {
    let syncer = Arc::new(Syncer::start(1).unwrap());
    let taken = Owned::take(dir, &"default".parse().unwrap(), &store::real(), &syncer).unwrap();
    Keeper::own(birth(prepared), Durability::Journal, taken).unwrap()
}

fn timed(job: &Job, taker: &mut dyn Taker) -> Duration {
    let begun = Instant::now();
    let tally =
        run::run(job, taker, Output::to(io::sink()), &Arc::new(AtomicU64::new(0)), &mut |_| ()).unwrap();
    assert!(tally.unread.is_empty());
    begun.elapsed()
}

/// Bytes of the files below a folder.
fn size(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { size(&path) } else { path.metadata().unwrap().len() }).sum()
}

/// Many tenants, a fifth of them awake.
fn many(prepared: &Prepared, count: usize, awake: usize) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { awake, writers: 16, ..Config::new(folder.path().into()) };
    let tenants = Tenants::start(prepared.clone(), config).unwrap();
    let names: Vec<TenantName> = (0..count).map(|tenant| format!("t{tenant}").parse().unwrap()).collect();
    let before = resident();
    let begun = Instant::now();
    for name in &names {
        tenants.add(name, &Settings::default()).unwrap();
    }
    let added = begun.elapsed();
    let text = telemetry::generate(telemetry::Shape { events: 200, images: 200, hosts: 20 }, 7);
    let begun = Instant::now();
    ask(&tenants, &names, &text);
    let filled = begun.elapsed();
    let held = resident().saturating_sub(before);
    println!(
        "{count} tenants, {awake} awake: made in {added:.1?}, each given 200 events in {filled:.1?}; {:.2} MB of memory for each that is awake",
        held as f64 / 1e6 / awake as f64
    );

    // Those that are asleep: the first, since each took the place of the one that was used the longest ago.
    let sleeping = &names[..(count - awake).min(500)];
    let mut wakes: Vec<Duration> = Vec::new();
    for name in sleeping {
        let begun = Instant::now();
        tenants.call(name, 0, |keeper| Ok(keeper.instance().stats()?.lines)).unwrap();
        wakes.push(begun.elapsed());
    }
    println!("waking one, another put to sleep for it: {}", spread(&mut wakes));

    let hot = &sleeping[..sleeping.len().min(awake)];
    let short: String = text.split_inclusive('\n').take(20).collect();
    for (what, names) in [("awake", hot), ("of all", &names[..])] {
        let begun = Instant::now();
        ask(&tenants, names, &short);
        let took = begun.elapsed();
        println!(
            "{:.0} durable batches of 20 events a second, tenants {what}",
            names.len() as f64 / took.as_secs_f64()
        );
    }
    assert!(tenants.close().is_empty());
}

/// A batch for each tenant, 256 on their way at once.
fn ask(tenants: &Tenants, names: &[TenantName], text: &str) {
    let mut waiting: std::collections::VecDeque<Ticket<u64>> = std::collections::VecDeque::new();
    for name in names {
        let batch = Batch {
            source: "bench".into(),
            first_line: 1,
            received_at: NOW,
            environment: None,
            emit: Emit::All,
            text: text.to_owned(),
        };
        let take = move |keeper: &mut Keeper| Ok(keeper.ingest(&batch)?.lines);
        waiting.push_back(tenants.submit(name, text.len(), take).unwrap());
        if waiting.len() > 256 {
            assert!(waiting.pop_front().unwrap().wait().unwrap() > 0);
        }
    }
    waiting.into_iter().for_each(|ticket| assert!(ticket.wait().unwrap() > 0));
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).map_or(0, |pages| pages * 4096)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The median, and what 99 of 100 stay below.
fn spread(times: &mut [Duration]) -> String {
    let middle = median(times);
    format!("median {middle:.1?}, 99 % below {:.1?}", times[(times.len() * 99 / 100).min(times.len() - 1)])
}
