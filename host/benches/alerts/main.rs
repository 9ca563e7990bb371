//! What an alert costs while a million are held: a hundred thousand clusters of ten, and one address in a tenth
//! of all, which would make one cluster of them.
//!
//! `cargo bench -p begat --bench alerts` runs it; `BEGAT_BENCH_ALERTS` sets how many. Each tenth of the run is a
//! row: if the cost of an alert does not depend on how many are held, the rows are alike.
#![allow(missing_docs, clippy::unwrap_used, clippy::cast_precision_loss)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use begat::runtime::bindings::correlation::{Order, Selection};
use begat::runtime::bindings::ingest;
use begat::runtime::bindings::types::Page;
use begat::runtime::{CachePolicy, Component, EMBEDDED, Instance, Limits, Pool, Runtime};
use begat_guest::{Batch, Emit, Engine};

const BATCH: usize = 256 * 1024;
const NOW: i64 = 1_900_000_000_000;
const CONFIG: &str = r#"{"limits": {"alerts": 4000000, "hosts": 4000000}}"#;

/// Alerts of one cluster.
const TOGETHER: usize = 10;

fn main() {
    // Under `cargo test` a benchmark only proves that it runs.
    let testing = std::env::args().any(|argument| argument == "--test");
    let asked = std::env::var("BEGAT_BENCH_ALERTS").map(|alerts| alerts.parse().unwrap());
    let alerts: usize = asked.unwrap_or(if testing { 1000 } else { 1_000_000 });

    let mut engine = Engine::new().unwrap();
    engine.configure(CONFIG).unwrap();
    let before = resident();
    let native = tenths(alerts, |text, line| {
        let (source, environment, emit) = ("bench", None, Emit::Nothing);
        let batch = Batch { source, first_line: line, received_at: NOW, environment, emit, text };
        assert!(engine.ingest(&batch).rejected.is_empty());
    });
    let held = resident().saturating_sub(before);
    let wanted = begat_guest::engine::Selection::default();
    let begun = Instant::now();
    let top = engine.clusters(&wanted, 0, 20).unwrap();
    let listed = begun.elapsed();
    assert_eq!(engine.stats().alerts, alerts as u64);
    assert!(top.iter().all(|cluster| cluster.alerts <= 2 * TOGETHER as u64), "{top:?}");
    drop(engine);

    let runtime = Runtime::new(Pool::OnDemand, &CachePolicy::from_env()).unwrap();
    let prepared = Component::compile(&runtime, EMBEDDED).unwrap().prepare().unwrap();
    let limits = Limits { memory: 4 << 30, ..Limits::default() };
    let mut instance = prepared.instantiate(limits).unwrap();
    instance.configure(CONFIG).unwrap();
    let component = tenths(alerts, |text, line| take(&mut instance, text, line));
    let selection = Selection { order: Order::Score, min_score: None, entity: None, archived: false };
    let begun = Instant::now();
    instance.clusters(&selection, Page { offset: 0, limit: 20 }).unwrap();
    let component_listed = begun.elapsed();

    println!("{:>10} {:>14} {:>14}", "alerts", "native, ns", "component, ns");
    for (tenth, (native, component)) in native.iter().zip(&component).enumerate() {
        println!("{:>10} {native:>14.0} {component:>14.0}", alerts / 10 * (tenth + 1));
    }
    let growth = |tenths: &[f64]| tenths.last().unwrap() / tenths.get(1).unwrap();
    println!(
        "\nthe last tenth to the second: native {:.2}, component {:.2}",
        growth(&native),
        growth(&component)
    );
    println!(
        "the twenty highest of {} clusters: native {listed:.0?}, component {component_listed:.0?}",
        alerts / TOGETHER
    );
    println!("natively {:.0} bytes an alert", held as f64 / alerts as f64);
}

fn take(instance: &mut Instance, text: &str, line: u64) {
    let batch = ingest::Batch {
        source: "bench".into(),
        first_line: line,
        received_at: NOW,
        environment: None,
        emit: ingest::Emit::None,
        text: text.into(),
    };
    assert!(instance.ingest(&batch).unwrap().rejected.is_empty());
}

/// Nanoseconds an alert, for each tenth of a run; what makes the lines is left out.
fn tenths(alerts: usize, mut take: impl FnMut(&str, u64)) -> Vec<f64> {
    let tenth = alerts / 10;
    let mut text = String::with_capacity(BATCH + 2000);
    (0..10)
        .map(|part| {
            let (mut number, mut spent) = (part * tenth, Duration::ZERO);
            while number < (part + 1) * tenth {
                text.clear();
                let first = number;
                while number < (part + 1) * tenth && text.len() < BATCH {
                    push(&mut text, number, alerts);
                    number += 1;
                }
                let begun = Instant::now();
                take(&text, first as u64 + 1);
                spent += begun.elapsed();
            }
            spent.as_nanos() as f64 / tenth as f64
        })
        .collect()
}

/// One alert: those of a cluster share a domain and lie within hours, spread among those of others; a tenth comes
/// through one address.
fn push(text: &mut String, number: usize, alerts: usize) {
    // Of each thousand alerts a hundred clusters take turns.
    let cluster = number / 1000 * 100 + number % 100;
    let host = cluster % 5000;
    // Ten days.
    let time = 1_772_323_200_000 + i64::try_from(number * 864_000 / alerts).unwrap_or(0) * 1000;
    let time = begat_guest::text::time::to_text(time);
    let source =
        if number % 10 == 3 { "10.0.0.1".to_owned() } else { format!("10.{}.{}.9", host % 250, host / 250) };
    let _ = writeln!(
        text,
        "{{\"@timestamp\":\"{time}\",\"event\":{{\"kind\":\"alert\",\"severity\":\"high\",\"id\":\"v{number}\",\
         \"action\":\"detected\"}},\"observer\":{{\"vendor\":\"Acme\",\"product\":\"Sensor\"}},\
         \"rule\":{{\"name\":\"rule {}\"}},\"host\":{{\"name\":\"ws-{host}\"}},\"source\":{{\"ip\":\"{source}\"}},\
         \"url\":{{\"domain\":\"d{cluster}.example\"}}}}",
        number % 40
    );
}

/// What this process holds, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) * 1024
}
