//! What prevalence costs as it grows: starts per second at one and at ten million starts, bytes for what is
//! kept, and how long a host waits for a score.
//!
//! `cargo bench -p begat --bench prevalence` runs it. `BEGAT_BENCH_STARTS` sets the smaller number of starts,
//! `BEGAT_BENCH_IMAGES` chooses one of the two shapes by its number of images.
//! Each line of the table is one run from an empty state, so that the machine's moods show in the ratio of
//! the larger to the smaller run: run it on a quiet one.
//!
//! A run's cost is shown twice: the mean of all its starts, in which those of the smaller run count that came
//! before anything had to be evicted, and that of its last tenth, which is what a start costs when so many have
//! been taken. `x small` is the same of the larger run by that of the smaller.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss
)]

#[path = "../ingest/telemetry.rs"]
#[allow(dead_code, reason = "only starts are wanted here")]
mod telemetry;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use begat::runtime::bindings::{ingest, scoring};
use begat::runtime::{CachePolicy, Component, EMBEDDED, Instance, Limits, Pool, Prepared, Runtime};
use begat_guest::{Batch, Emit, Engine};
use telemetry::{Shape, Telemetry};

const BATCH: usize = 256 * 1024;
const NOW: i64 = 1_900_000_000_000;

/// Counts what is allocated and not yet freed.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);

#[allow(unsafe_code, reason = "passes everything to the system's allocator unchanged")]
// SAFETY: every call is the system allocator's own, with the arguments that came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    // Under `cargo test` a benchmark only proves that it runs.
    let testing = std::env::args().any(|argument| argument == "--test");
    let asked = std::env::var("BEGAT_BENCH_STARTS").map(|starts| starts.parse().unwrap());
    let starts: usize = asked.unwrap_or(if testing { 500 } else { 1_000_000 });
    let runtime = Runtime::new(Pool::OnDemand, &CachePolicy::from_env()).unwrap();
    let prepared = Component::compile(&runtime, EMBEDDED).unwrap().prepare().unwrap();
    growth(&prepared, starts);
    sizes(starts / 10);
    waits(&prepared, starts.min(200_000), if testing { 20 } else { 20_000 });
}

/// Nanoseconds per start.
#[derive(Clone, Copy, Default)]
struct Cost {
    mean: f64,
    last_tenth: f64,
}

fn growth(prepared: &Prepared, starts: usize) {
    println!("{:>10} {:>7} {:>7} {:>10} {:>9}", "starts", "images", "hosts", "", "starts/s");
    let wanted = std::env::var("BEGAT_BENCH_IMAGES").ok();
    for (images, hosts) in [(2_000, 500), (20_000, 10_000)] {
        if wanted.as_ref().is_some_and(|wanted| *wanted != images.to_string()) {
            continue;
        }
        let mut small = [Cost::default(); 2];
        for events in [starts, starts * 10] {
            let shape = Shape { events, images, hosts };
            let show = |name: &str, cost: Cost, small: Cost| {
                println!(
                    "{events:>10} {images:>7} {hosts:>7} {name:>10} {:>9.0}   {:>6.0} ns each, {:.2} x small; \
                     the last tenth {:>6.0} ns, {:.2} x small",
                    1e9 / cost.mean,
                    cost.mean,
                    cost.mean / small.mean,
                    cost.last_tenth,
                    cost.last_tenth / small.last_tenth
                );
            };
            let mut engine = Engine::new().unwrap();
            let native = per_start(shape, |text, line| {
                let (source, environment, emit) = ("bench", None, Emit::Nothing);
                let batch = Batch { source, first_line: line, received_at: NOW, environment, emit, text };
                assert!(engine.ingest(&batch).rejected.is_empty());
            });
            drop(engine);
            if events == starts {
                small[0] = native;
            }
            show("native", native, small[0]);
            let mut instance = instance(prepared);
            let component = per_start(shape, |text, line| take(&mut instance, text, line));
            if events == starts {
                small[1] = component;
            }
            show("component", component, small[1]);
        }
    }
}

/// What a start costs; what makes the lines is left out.
fn per_start(shape: Shape, mut take: impl FnMut(&str, u64)) -> Cost {
    let mut telemetry = Telemetry::new(shape, 1);
    let mut text = String::with_capacity(BATCH + 2000);
    let (mut done, mut spent) = (0, Duration::ZERO);
    let (mut at_last, mut spent_at_last) = (0, Duration::ZERO);
    while done < shape.events {
        text.clear();
        let first = done;
        if first < shape.events / 10 * 9 || first == 0 {
            (at_last, spent_at_last) = (first, spent);
        }
        while done < shape.events && text.len() < BATCH {
            telemetry.start(&mut text);
            done += 1;
        }
        let begun = Instant::now();
        take(&text, first as u64 + 1);
        spent += begun.elapsed();
    }
    let each = |spent: Duration, starts: usize| spent.as_nanos() as f64 / starts as f64;
    let last_tenth = each(spent - spent_at_last, shape.events - at_last);
    Cost { mean: each(spent, shape.events), last_tenth }
}

/// Bytes that are held for each process, each image on a host, and each host, natively.
fn sizes(many: usize) {
    let row = "start of a held process";
    let image = "distinct image on a host, its process evicted";
    let host = "host with one image, its process evicted";
    let measure = |limits: &str, line: &dyn Fn(usize) -> (usize, usize)| {
        let before = HELD.load(Ordering::Relaxed);
        let mut engine = Engine::new().unwrap();
        engine.configure(limits).unwrap();
        for number in 0..many {
            let (image, host) = line(number);
            let text = start(number, image, host);
            let (source, environment, emit) = ("bench", None, Emit::Nothing);
            let batch = Batch { source, first_line: 1, received_at: NOW, environment, emit, text: &text };
            engine.ingest(&batch);
        }
        (HELD.load(Ordering::Relaxed) - before) as f64 / many as f64
    };
    let wide = r#"{"limits": {"hosts": 4000000000, "counts": 4000000000}}"#;
    let narrow = r#"{"limits": {"hosts": 4000000000, "counts": 4000000000, "processes": 100}}"#;
    println!("\nbytes for each, of {many}:");
    println!("{:>8.0}  {row}", measure(wide, &|_| (0, 0)));
    println!("{:>8.0}  {image}", measure(narrow, &|number| (number, 0)));
    println!("{:>8.0}  {host}", measure(narrow, &|number| (0, number)));
}

fn start(number: usize, image: usize, host: usize) -> String {
    let mut line = String::new();
    let (minute, second) = (number / 60 % 60, number % 60);
    let _ = write!(
        line,
        "{{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"ws-{host}\",\
         \"UtcTime\":\"2026-09-01 {:02}:{minute:02}:{second:02}.000\",\"User\":\"CORP\\\\u\",\
         \"ProcessGuid\":\"{{00000000-0000-0000-0000-{:012x}}}\",\"Image\":\"C:\\\\x\\\\app-{image}.exe\",\
         \"ParentProcessGuid\":\"{{00000000-0000-0000-0000-ffffffffffff}}\",\"ParentImage\":\"C:\\\\p.exe\",\
         \"Hashes\":\"SHA256={:064x}\"}}",
        number / 3600 % 24,
        number + 1,
        image + 1
    );
    line
}

/// How long a host waits for a score.
fn waits(prepared: &Prepared, starts: usize, calls: usize) {
    let mut instance = instance(prepared);
    let shape = Shape { events: starts, images: 2_000, hosts: 500 };
    per_start(shape, |text, line| take(&mut instance, text, line));
    let profile = scoring::Execution {
        image: r"C:\Windows\System32\cmd.exe".into(),
        hostname: Some("WS-0001.corp.example".into()),
        parent_image: Some(r"C:\Windows\System32\svchost.exe".into()),
        grandparent_image: Some("svchost.exe".into()),
        hash: Some("0".repeat(64)),
        children: Vec::new(),
        network_ports: vec![443],
        environment: None,
    };
    let mut times: Vec<Duration> = (0..calls)
        .map(|_| {
            let begun = Instant::now();
            instance.score(&profile).unwrap();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!(
        "\na score call from the host after {starts} starts: median {:.1} us, 99 % within {:.1} us",
        times[calls / 2].as_secs_f64() * 1e6,
        times[calls * 99 / 100].as_secs_f64() * 1e6
    );
}

fn instance(prepared: &Prepared) -> Instance {
    prepared.instantiate(Limits { memory: 4 << 30, ..Limits::default() }).unwrap()
}

fn take(instance: &mut Instance, text: &str, line: u64) {
    let batch = ingest::Batch {
        source: "bench".into(),
        first_line: line,
        received_at: NOW,
        environment: None,
        emit: ingest::Emit::None,
        text: text.to_owned(),
    };
    assert!(instance.ingest(&batch).unwrap().rejected.is_empty());
}
