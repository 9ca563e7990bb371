//! What ingest costs, side by side on the same bytes: reading JSON at all, the engine natively, the
//! component without and with deadlines, and two tenants on two threads.
//!
//! `cargo bench -p begat` runs it. Its own loop instead of a benchmark harness: timings drift on a busy
//! machine, so every round runs every contestant once and the table gives medians and their ratios.
//! `BEGAT_BENCH_EVENTS` and `BEGAT_BENCH_ROUNDS` change the size.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss
)]

mod telemetry;

use std::hint::black_box;
use std::time::{Duration, Instant};

use begat::runtime::bindings::ingest;
use begat::runtime::{CachePolicy, Component, EMBEDDED, Instance, Limits, Pool, Prepared, Runtime};
use begat_guest::{Batch, Emit, Engine};

const BATCH: usize = 256 * 1024;
const NOW: i64 = 1_900_000_000_000;

fn main() {
    // Under `cargo test` a benchmark only proves that it runs.
    let testing = std::env::args().any(|argument| argument == "--test");
    let setting = |name: &str, default| std::env::var(name).map_or(default, |v| v.parse().unwrap());
    let events = setting("BEGAT_BENCH_EVENTS", if testing { 2_000 } else { 200_000 });
    let rounds = setting("BEGAT_BENCH_ROUNDS", if testing { 1 } else { 7 });
    let text = telemetry::generate(telemetry::Shape { events, images: 2000, hosts: 500 }, 1);
    let batches = batches(&text);
    println!(
        "{events} events, {:.0} bytes a line, {} batches of at most 256 KiB, {rounds} rounds",
        text.len() as f64 / events as f64,
        batches.len()
    );

    let cache = CachePolicy::from_env();
    let plain = prepare(&Runtime::without_deadlines(Pool::OnDemand, &cache).unwrap());
    let guarded = prepare(&Runtime::new(Pool::OnDemand, &cache).unwrap());
    let all = ingest::Emit::All;
    let mut contestants: Vec<Contestant> = vec![
        Contestant::new("parse floor (IgnoredAny)", 1, || floor(&text)),
        Contestant::new("native, nothing out", 1, || native(&batches, Emit::Nothing)),
        Contestant::new("native, all lines out", 1, || native(&batches, Emit::All)),
        Contestant::new("component without deadline", 1, || component(&plain, &batches, all)),
        Contestant::new("component with deadline", 1, || component(&guarded, &batches, all)),
        Contestant::new("component with deadline, nothing out", 1, || {
            component(&guarded, &batches, ingest::Emit::None);
        }),
        Contestant::new("1 tenant on each of 2 threads", 2, || {
            std::thread::scope(|threads| {
                for _ in 0..2 {
                    threads.spawn(|| component(&guarded, &batches, all));
                }
            });
        }),
    ];
    for _ in 0..rounds {
        for contestant in &mut contestants {
            let begun = Instant::now();
            (contestant.run)();
            contestant.times.push(begun.elapsed());
        }
    }
    report(&mut contestants, events, text.len());
}

struct Contestant<'a> {
    name: &'static str,
    /// How often it does the whole work.
    shares: usize,
    run: Box<dyn FnMut() + 'a>,
    times: Vec<Duration>,
}

impl<'a> Contestant<'a> {
    fn new(name: &'static str, shares: usize, run: impl FnMut() + 'a) -> Self {
        Self { name, shares, run: Box::new(run), times: Vec::new() }
    }
}

fn report(contestants: &mut [Contestant<'_>], events: usize, bytes: usize) {
    println!(
        "\n{:<38} {:>10} {:>8} {:>9} {:>9} {:>10}",
        "median of rounds", "events/s", "MB/s", "ns/event", "x floor", "of native"
    );
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    };
    let floor = median(&mut contestants[0].times);
    let native = median(&mut contestants[2].times);
    for contestant in contestants {
        let seconds = median(&mut contestant.times) / contestant.shares as f64;
        println!(
            "{:<38} {:>10.0} {:>8.0} {:>9.0} {:>9.2} {:>10.2}",
            contestant.name,
            events as f64 / seconds,
            bytes as f64 / seconds / 1e6,
            seconds * 1e9 / events as f64,
            seconds / floor,
            native / seconds
        );
    }
}

fn batches(text: &str) -> Vec<&str> {
    let mut rest = text;
    let mut batches = Vec::new();
    while !rest.is_empty() {
        let end = rest[..rest.len().min(BATCH)].rfind('\n').map_or(rest.len(), |at| at + 1);
        let (batch, after) = rest.split_at(end);
        batches.push(batch);
        rest = after;
    }
    batches
}

fn prepare(runtime: &Runtime) -> Prepared {
    Component::compile(runtime, EMBEDDED).unwrap().prepare().unwrap()
}

fn floor(text: &str) {
    for line in text.lines() {
        black_box(serde_json::from_str::<serde::de::IgnoredAny>(line).unwrap());
    }
}

fn native(batches: &[&str], emit: Emit) {
    let mut engine = Engine::new().unwrap();
    let mut line = 1;
    for text in batches {
        let outcome = engine.ingest(&Batch {
            source: "bench",
            first_line: line,
            received_at: NOW,
            environment: None,
            emit,
            text,
        });
        line += outcome.lines;
        assert!(outcome.rejected.is_empty());
        black_box(outcome);
    }
}

fn component(prepared: &Prepared, batches: &[&str], emit: ingest::Emit) {
    let mut instance: Instance = prepared.instantiate(Limits::default()).unwrap();
    let mut line = 1;
    for text in batches {
        let outcome = instance
            .ingest(&ingest::Batch {
                source: "bench".into(),
                first_line: line,
                received_at: NOW,
                environment: None,
                emit,
                text: (*text).to_owned(),
            })
            .unwrap();
        line += outcome.lines;
        assert!(outcome.rejected.is_empty());
        black_box(outcome);
    }
}
