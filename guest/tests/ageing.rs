//! Counts age in two generations of 30 days; when something was first seen is kept for longer.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use begat_guest::engine::{Execution, Scope, ScoreBlock, Stack, StackBy};
use begat_guest::{Batch, Emit, Engine};
use proptest::prelude::*;

const DAY: i64 = 24 * 60 * 60 * 1000;
/// The beginning of a generation: 660 of them after 1970, in March 2024.
const BEGIN: i64 = 660 * 30 * DAY;

fn record(engine: &mut Engine, image: &str, at: i64) {
    engine.record(&Execution { image, hostname: Some("h"), ..Execution::default() }, at, at).unwrap();
}

fn customer(engine: &Engine, image: &str) -> ScoreBlock {
    let score = engine.score(&Execution { image, ..Execution::default() }).unwrap();
    score.blocks.into_iter().find(|block| block.scope == Scope::Customer).unwrap()
}

#[test]
fn what_is_older_than_the_generation_before_is_not_counted() {
    let mut engine = Engine::new().unwrap();
    record(&mut engine, "a.exe", BEGIN + DAY);
    record(&mut engine, "a.exe", BEGIN + 29 * DAY);
    record(&mut engine, "a.exe", BEGIN + 31 * DAY);
    assert_eq!(customer(&engine, "a.exe").executions, 3, "this generation and the one before");
    record(&mut engine, "b.exe", BEGIN + 61 * DAY);
    assert_eq!(customer(&engine, "a.exe").executions, 1, "only that of day 31");
    assert_eq!(customer(&engine, "a.exe").hosts, 1);
    record(&mut engine, "b.exe", BEGIN + 91 * DAY);
    let gone = customer(&engine, "a.exe");
    assert_eq!((gone.rank, gone.executions, gone.hosts, gone.overall_score), (None, 0, 0, 0));
    // Counted no more, but known.
    assert_eq!((gone.first_seen, gone.last_seen), (Some(BEGIN + DAY), Some(BEGIN + 31 * DAY)));
    // b.exe on days 61 and 91.
    assert_eq!((customer(&engine, "b.exe").executions, customer(&engine, "b.exe").rank), (2, Some(1)));
}

#[test]
fn a_record_that_comes_too_late_is_seen_and_not_counted() {
    let mut engine = Engine::new().unwrap();
    record(&mut engine, "b.exe", BEGIN + 65 * DAY);
    record(&mut engine, "a.exe", BEGIN);
    let late = customer(&engine, "a.exe");
    assert_eq!((late.executions, late.first_seen), (0, Some(BEGIN)));
}

fn take(engine: &mut Engine, received_at: i64, text: &str) {
    let outcome = engine.ingest(&Batch {
        source: "t",
        first_line: 1,
        received_at,
        environment: None,
        emit: Emit::Nothing,
        text,
    });
    assert_eq!(outcome.recognised, 1, "{text}");
}

/// A start at a time, or without one.
fn a_start(guid: u32, at: Option<i64>) -> String {
    let at = at
        .map_or(String::new(), |at| format!("\"@timestamp\":\"{}\",", begat_guest::text::time::to_text(at)));
    format!(
        "{{{at}\"event\":{{\"kind\":\"event\",\"category\":[\"process\"],\"type\":[\"start\"]}},\"host\":{{\"name\":\"h\"}},\
         \"process\":{{\"entity_id\":\"e{guid}\",\"pid\":{guid},\"executable\":\"/a/a\"}}}}"
    )
}

const ALERT: &str = "CEF:0|Vendor|Product|1|100|Something|5|shost=h src=203.0.113.9";

/// Three starts on a day, and then three months later an alert that does not say when it was.
#[test]
fn what_tells_no_time_moves_none() {
    let lines = [
        (BEGIN, a_start(1, Some(BEGIN))),
        (BEGIN, a_start(2, Some(BEGIN + 1000))),
        (BEGIN + DAY, a_start(3, Some(BEGIN + DAY))),
        (BEGIN + 91 * DAY, ALERT.to_owned()),
    ];
    let mut snapshots = Vec::new();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0]] {
        let mut engine = Engine::new().unwrap();
        for place in order {
            let (received_at, line) = &lines[place];
            take(&mut engine, *received_at, line);
        }
        for _ in 0..2 {
            let stats = engine.stats();
            assert_eq!((stats.now, stats.events, stats.aged_events, stats.alerts), (BEGIN + DAY, 3, 0, 1));
            assert_eq!(customer(&engine, "a").executions, 3);
            let snapshot = engine.snapshot();
            engine = Engine::new().unwrap();
            engine.restore(&snapshot).unwrap();
            snapshots.push(snapshot);
        }
    }
    snapshots.dedup();
    assert_eq!(snapshots.len(), 1, "whatever the order, and after a restart");
}

/// Where no record says when it was, all that is known is when they were received.
#[test]
fn of_records_that_all_tell_no_time_it_is_when_they_were_received() {
    let mut engine = Engine::new().unwrap();
    take(&mut engine, BEGIN + DAY, ALERT);
    take(&mut engine, BEGIN, &ALERT.replace("Something", "Something else"));
    assert_eq!(engine.stats().now, BEGIN + DAY);
    let mut restarted = Engine::new().unwrap();
    restarted.restore(&engine.snapshot()).unwrap();
    assert_eq!(restarted.stats().now, BEGIN + DAY);
    // A start has to be counted somewhere: in the month in which it was received, which is the latest then.
    take(&mut engine, BEGIN + 31 * DAY, &a_start(1, None));
    take(&mut engine, BEGIN + 31 * DAY, &a_start(2, Some(BEGIN)));
    assert_eq!((engine.stats().now, customer(&engine, "a").executions), (BEGIN, 2));
    restarted.restore(&engine.snapshot()).unwrap();
    assert_eq!((restarted.stats().now, customer(&restarted, "a").executions), (BEGIN, 2));
}

#[test]
fn after_400_days_nothing_is_known_of_it() {
    let mut engine = Engine::new().unwrap();
    record(&mut engine, "a.exe", BEGIN);
    // Day 390 begins a generation, and so does day 420: only then 400 days have passed.
    record(&mut engine, "b.exe", BEGIN + 390 * DAY);
    assert_eq!(customer(&engine, "a.exe").first_seen, Some(BEGIN));
    record(&mut engine, "b.exe", BEGIN + 420 * DAY);
    assert_eq!(customer(&engine, "a.exe").first_seen, None);
}

#[test]
fn a_profile_cannot_come_from_the_future() {
    let mut engine = Engine::new().unwrap();
    record(&mut engine, "a.exe", BEGIN);
    let later = Execution { image: "b.exe", ..Execution::default() };
    let error = engine.record(&later, BEGIN + 2 * DAY, BEGIN).unwrap_err().to_string();
    assert!(error.starts_with("at: ") && error.ends_with("the host's clock"), "{error}");
    assert_eq!(customer(&engine, "a.exe").executions, 1);
}

#[test]
fn forgetting_a_host_does_not_turn_time_back() {
    let mut engine = Engine::new().unwrap();
    let mut at = |host: &str, day: i64| {
        let execution = Execution { image: "a.exe", hostname: Some(host), ..Execution::default() };
        engine.record(&execution, BEGIN + day * DAY, BEGIN + day * DAY).unwrap();
    };
    at("h1", 1);
    at("h1", 31);
    at("h2", 61);
    // Day 61 is of the third generation: of h1 only day 31 is counted, with or without h2.
    assert_eq!(customer(&engine, "a.exe").executions, 2);
    engine.forget_host("h2").unwrap();
    assert_eq!(customer(&engine, "a.exe").executions, 1);
    let snapshot = engine.snapshot();
    engine.restore(&snapshot).unwrap();
    assert_eq!(customer(&engine, "a.exe").executions, 1);
    let rare = engine.rare(&Stack { by: StackBy::Image, max_hosts: 9, since: None }, 0, 0);
    assert_eq!((rare[0].first_seen, rare[0].last_seen), (BEGIN + DAY, BEGIN + 31 * DAY));
}

#[test]
fn an_end_after_two_generations_is_scored_by_the_others() {
    let mut engine = Engine::new().unwrap();
    let end = format!(
        "{{\"EventID\":5,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"h0\",\
         \"@timestamp\":\"{}\",\"ProcessGuid\":\"{{00000000-0000-0000-0000-000000000001}}\"}}",
        begat_guest::text::time::to_text(BEGIN + 91 * DAY)
    );
    let text = [line(1, (0, 0, 0)), line(2, (90, 0, 0)), end].join("\n");
    let (source, environment, emit) = ("test", None, Emit::All);
    let received_at = BEGIN + 1000 * DAY;
    let outcome =
        engine.ingest(&Batch { source, first_line: 1, received_at, environment, emit, text: &text });
    let last: serde_json::Value = serde_json::from_str(outcome.annotated.lines().last().unwrap()).unwrap();
    // The first start aged out: the second, of the same path, is all that is counted.
    let customer = &last["begat"]["prevalence"]["customer"];
    assert_eq!((&customer["rank"], &customer["path_score"]), (&1.into(), &100.into()));
}

#[test]
fn what_is_rare_lately_is_asked_by_when_it_was_done() {
    let mut engine = Engine::new().unwrap();
    // One image: on day 1 with one parent, on day 20 with another.
    let with_parent = |number: usize, day: i64, parent: &str| {
        line(number, (day, 0, 0))
            .replace("\"Image\"", &format!("\"ParentImage\":\"C:\\\\{parent}\",\"Image\""))
    };
    let text = [with_parent(1, 1, "odd.exe"), with_parent(2, 20, "usual.exe")].join("\n");
    let (source, environment, emit) = ("test", None, Emit::Nothing);
    let received_at = BEGIN + 1000 * DAY;
    engine.ingest(&Batch { source, first_line: 1, received_at, environment, emit, text: &text });
    let since = Some(BEGIN + 10 * DAY);
    let rare = engine.rare(&Stack { by: StackBy::ParentChild, max_hosts: 1, since }, 0, 0);
    let parents: Vec<Option<&str>> = rare.iter().map(|row| row.value.as_deref()).collect();
    assert_eq!(parents, [Some("usual.exe")]);
}

/// A start on a day, of one of a few images and hosts, below one of a few parents.
fn line(number: usize, (day, image, host): (i64, u8, u8)) -> String {
    let millis = BEGIN + day * DAY;
    format!(
        "{{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"h{host}\",\
         \"@timestamp\":\"{}\",\"ProcessGuid\":\"{{00000000-0000-0000-{host:04x}-{number:012x}}}\",\
         \"Image\":\"C:\\\\x\\\\{image}.exe\",\"ParentProcessGuid\":\"{{00000000-0000-0000-{host:04x}-{:012x}}}\"}}",
        begat_guest::text::time::to_text(millis),
        number / 2,
    )
}

fn state_after(lines: &[(usize, String)]) -> Engine {
    let mut engine = Engine::new().unwrap();
    for (number, line) in lines {
        engine.ingest(&Batch {
            source: "test",
            first_line: *number as u64,
            received_at: BEGIN + 1000 * DAY,
            environment: None,
            emit: Emit::Nothing,
            text: line,
        });
    }
    engine
}

type Lines = Vec<(usize, String)>;

fn in_two_orders() -> impl Strategy<Value = (Lines, Lines)> {
    prop::collection::vec((0..600_i64, 0..3_u8, 0..2_u8), 1..30).prop_flat_map(|starts| {
        let lines: Lines =
            starts.into_iter().enumerate().map(|(n, start)| (n + 1, line(n + 1, start))).collect();
        (Just(lines.clone()), Just(lines).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_ages_alike((lines, other) in in_two_orders()) {
        let (one, two) = (state_after(&lines), state_after(&other));
        prop_assert_eq!(one.images(0, 0), two.images(0, 0));
        prop_assert!(one.snapshot() == two.snapshot(), "snapshots differ");
        let mut restored = Engine::new().unwrap();
        restored.restore(&one.snapshot()).unwrap();
        prop_assert_eq!(one.images(0, 0), restored.images(0, 0));
    }
}
