//! What investigating costs while a million events of mixed kinds are held: bytes an event, a chain of depth ten, a
//! query by an exact value, one by a wildcard over command lines.
//!
//! `cargo bench -p begat --bench investigation` runs it; `BEGAT_BENCH_EVENTS` sets how many. msticpy's 308 ms per
//! ancestor query at 100,000 events are the figure that others are measured by.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use begat::runtime::bindings::ingest;
use begat::runtime::bindings::types::Page;
use begat::runtime::{CachePolicy, Component, EMBEDDED, Instance, Limits, Pool, Runtime};
use begat_guest::{Batch, Emit, Engine};

const BATCH: usize = 256 * 1024;
const NOW: i64 = 1_900_000_000_000;
const START: u64 = 1_790_000_000_000;
const CONFIG: &str = r#"{"limits": {"events": 4000000}}"#;
const HOSTS: u64 = 500;

/// So long a line of processes, each started by the one before.
const DEPTH: u64 = 10;

fn main() {
    // Under `cargo test` a benchmark only proves that it runs.
    let testing = std::env::args().any(|argument| argument == "--test");
    let asked = std::env::var("BEGAT_BENCH_EVENTS").map(|events| events.parse().unwrap());
    let events: u64 = asked.unwrap_or(if testing { 4000 } else { 1_000_000 });
    let calls = if testing { 1 } else { 201 };

    let mut engine = Engine::new().unwrap();
    engine.configure(CONFIG).unwrap();
    let before = resident();
    let begun = Instant::now();
    each_batch(events, |text, line| {
        let (source, environment, emit) = ("bench", None, Emit::Nothing);
        let batch = Batch { source, first_line: line, received_at: NOW, environment, emit, text };
        assert!(engine.ingest(&batch).rejected.is_empty());
    });
    let taken = begun.elapsed();
    let held = resident().saturating_sub(before);
    let stats = engine.stats();
    let subject = deepest(events);
    let begun = Instant::now();
    let chain = engine.chain(&subject, 0).unwrap();
    let indexed = begun.elapsed();
    let whole = resident().saturating_sub(before);
    assert!(chain.nodes.len() as u64 >= DEPTH, "{}", chain.nodes.len());
    let native = [
        median(calls, |_| engine.chain(&subject, 0).unwrap().nodes.len() as u64),
        median(calls, |which| engine.query(EXACT[which], 0, 100).unwrap().len() as u64),
        median(calls, |which| engine.query(NAMED[which], 0, 100).unwrap().len() as u64),
        median(calls.min(21), |which| engine.query(WILD[which], 0, 100).unwrap().len() as u64),
    ];
    drop(engine);

    let runtime = Runtime::new(Pool::OnDemand, &CachePolicy::from_env()).unwrap();
    let prepared = Component::compile(&runtime, EMBEDDED).unwrap().prepare().unwrap();
    let limits = Limits { memory: 4 << 30, ..Limits::default() };
    let mut instance = prepared.instantiate(limits).unwrap();
    instance.configure(CONFIG).unwrap();
    each_batch(events, |text, line| take(&mut instance, text, line));
    let page = Page { offset: 0, limit: 100 };
    let begun = Instant::now();
    instance.chain(&subject, 0).unwrap();
    let component_indexed = begun.elapsed();
    let component = [
        median(calls, |_| instance.chain(&subject, 0).unwrap().nodes.len() as u64),
        median(calls, |which| instance.query(EXACT[which], page).unwrap().len() as u64),
        median(calls, |which| instance.query(NAMED[which], page).unwrap().len() as u64),
        median(calls.min(21), |which| instance.query(WILD[which], page).unwrap().len() as u64),
    ];

    let events = events as f64;
    println!("{} events read, {} held, {} processes", events, stats.events, stats.processes);
    println!(
        "taking in: {:.2} us an event natively, generating the lines included",
        taken.as_secs_f64() * 1e6 / events
    );
    println!(
        "bytes an event, natively: {:.0} held, {:.0} with the index; processes and counts included",
        held as f64 / events,
        whole as f64 / events
    );
    println!(
        "the first question, which builds the index: native {indexed:.0?}, component {component_indexed:.0?}"
    );
    println!("{:<44} {:>14} {:>14}", "median of a call", "native", "component");
    let names = [
        format!("chain of depth {DEPTH}"),
        format!("exact, {}", EXACT[0]),
        format!("exact, {}", NAMED[0]),
        format!("wildcard, {}", WILD[0]),
    ];
    for (name, (native, component)) in names.iter().zip(native.iter().zip(&component)) {
        println!("{name:<44}\n{:<44} {native:>14.1?} {component:>14.1?}", "");
    }
}

const EXACT: [&str; 2] =
    ["entity=network&attr=remote_ip:203.0.113.77", "entity=network&attr=remote_ip:203.0.113.78"];
const NAMED: [&str; 2] = [
    "entity=process&action=run&attr=file_name:image77.exe",
    "entity=process&action=run&attr=file_name:image78.exe",
];
const WILD: [&str; 2] =
    ["entity=process&action=run&attr=cmd:*needle 4711*", "entity=process&action=run&attr=cmd:*needle 4712*"];

/// The id of the process at the end of the last line of processes that is whole.
fn deepest(events: u64) -> String {
    let number = (events / 10 / DEPTH - 1) * DEPTH + DEPTH - 1;
    format!("ws{}.example.org/{}", number / DEPTH % HOSTS, plain(guid(number)))
}

/// Calls in turn one of two questions: what was found last is kept for the next page, so the same question again
/// would measure no search.
fn median(calls: usize, mut call: impl FnMut(usize) -> u64) -> Duration {
    let mut times: Vec<Duration> = (0..calls)
        .map(|number| {
            let begun = Instant::now();
            std::hint::black_box(call(number % 2));
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
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

fn each_batch(events: u64, mut take: impl FnMut(&str, u64)) {
    let mut text = String::with_capacity(BATCH + 2000);
    let mut number = 0;
    while number < events {
        text.clear();
        let first = number;
        while number < events && text.len() < BATCH {
            push(&mut text, number);
            number += 1;
        }
        take(&text, first + 1);
    }
}

fn guid(process: u64) -> String {
    format!("{{00000000-0000-0000-0000-{process:012x}}}")
}

fn plain(guid: String) -> String {
    guid.trim_matches(['{', '}']).to_owned()
}

/// One event. Of each ten one is a start, and what follows is that process's: three registry values, two images
/// loaded, two files, a connection, a look-up. Each tenth process is explorer.exe's, the others are the one before's.
fn push(text: &mut String, number: u64) {
    let process = number / 10;
    let (host, step) = (process / DEPTH % HOSTS, process % DEPTH);
    let millis = i64::try_from(START + number * 7).unwrap();
    let time = begat_guest::text::time::to_text(millis).replace('T', " ");
    let time = time.trim_end_matches('Z');
    let image = format!(r"C:\\Program Files\\Vendor{}\\image{}.exe", process % 300, process % 2000);
    let _ = write!(
        text,
        r#"{{"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"ws{host}.example.org","UtcTime":"{time}","ProcessGuid":"{}","ProcessId":{},"Image":"{image}","#,
        guid(process),
        process % 60_000 + 100
    );
    let _ = match number % 10 {
        0 => {
            let (parent, parent_image) = match step {
                0 => (0xf000_0000_0000 + host, r"C:\\Windows\\explorer.exe".to_owned()),
                _ => (
                    process - 1,
                    format!(
                        r"C:\\Program Files\\Vendor{}\\image{}.exe",
                        (process - 1) % 300,
                        (process - 1) % 2000
                    ),
                ),
            };
            writeln!(
                text,
                r#""EventID":1,"CommandLine":"\"{image}\" --run job {process} --needle {}","User":"CORP\\user{host}","ParentProcessGuid":"{}","ParentProcessId":77,"ParentImage":"{parent_image}","Hashes":"SHA256={:064x}"}}"#,
                process % 5000,
                guid(parent),
                process % 2000
            )
        }
        1 | 4 | 7 => writeln!(
            text,
            r#""EventID":13,"EventType":"SetValue","TargetObject":"HKLM\\SOFTWARE\\Vendor{}\\Key{}\\Value{}","Details":"DWORD (0x{:08x})"}}"#,
            process % 300,
            number % 700,
            number % 11,
            number % 97
        ),
        2 | 5 => writeln!(
            text,
            r#""EventID":7,"ImageLoaded":"C:\\Windows\\System32\\lib{}.dll","Signed":"true","SignatureStatus":"Valid","Hashes":"SHA256={:064x}"}}"#,
            number % 900,
            number % 900
        ),
        3 | 6 => writeln!(
            text,
            r#""EventID":11,"TargetFilename":"C:\\Users\\user{host}\\AppData\\Local\\Temp\\file{number}.tmp"}}"#
        ),
        8 => writeln!(
            text,
            r#""EventID":3,"Initiated":"true","Protocol":"tcp","SourceIp":"10.0.{}.{}","SourcePort":{},"DestinationIp":"203.0.113.{}","DestinationPort":443}}"#,
            host / 250,
            host % 250 + 1,
            number % 16_000 + 49_152,
            process % 250 + 1
        ),
        _ => writeln!(
            text,
            r#""EventID":22,"QueryName":"host{}.example.com","QueryResults":"203.0.113.{};"}}"#,
            process % 3000,
            process % 250 + 1
        ),
    };
}

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}
