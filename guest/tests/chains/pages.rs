//! Pages of timelines and queries: of one list, as long as nothing changes.

use begat_guest::Engine;
use begat_guest::engine::Step;

use super::lines::{EXPLORER, after, did, id, start, take};

const QUERY: &str = "entity=file&action=create_file&attr=file_path:*.txt";

/// A process that writes thirty files, three in each second.
fn thirty() -> Vec<String> {
    let mut lines = vec![start(10, 1, r"C:\a\x.exe", EXPLORER, "x")];
    lines.extend((0..30).map(|n| file(20 + n / 3, n)));
    lines
}

fn file(second: u32, number: u32) -> String {
    did(11, second, 10, &format!(r#""TargetFilename":"C:\\p\\{number:02}.txt""#))
}

fn paths(steps: &[Step]) -> Vec<&str> {
    steps.iter().filter(|step| step.kind == "file-create").map(|step| step.what.as_str()).collect()
}

fn queried(engine: &mut Engine, offset: u64, limit: u32) -> Vec<String> {
    let rows = engine.query(QUERY, offset, limit).unwrap();
    let path = |row: &begat_guest::engine::Row| {
        row.columns.iter().find(|(name, _)| name == "file_path").map(|(_, path)| path.clone())
    };
    rows.iter().filter_map(path).collect()
}

#[test]
fn pages_join_to_the_whole_in_whatever_order_they_are_asked_for() {
    let mut engine = after(&thirty());
    let whole = engine.timeline(&id(10), 0, 0).unwrap();
    // The start, and a file for each number: in one second by their names.
    let expected: Vec<String> = (0..30).map(|n| format!(r"C:\p\{n:02}.txt")).collect();
    assert_eq!((whole.len(), paths(&whole)), (31, expected.iter().map(String::as_str).collect()));
    for offset in [0, 20, 10, 30, 40, 5] {
        let page: Vec<Step> = whole.iter().skip(offset).take(10).cloned().collect();
        assert_eq!(engine.timeline(&id(10), offset as u64, 10).unwrap(), page);
        // Rows of one moment stand by their records, which are in the order of the numbers too.
        let page: Vec<String> = expected.iter().skip(offset).take(10).cloned().collect();
        assert_eq!(queried(&mut engine, offset as u64, 10), page);
    }
}

#[test]
fn what_is_taken_in_or_forgotten_between_two_pages_is_seen() {
    let mut engine = after(&thirty());
    assert_eq!(queried(&mut engine, 25, 10).len(), 5);
    take(&mut engine, &[file(15, 77)]);
    // It happened before all others.
    assert_eq!(queried(&mut engine, 0, 1), [r"C:\p\77.txt"]);
    assert_eq!(queried(&mut engine, 25, 10).len(), 6);
    assert_eq!(engine.timeline(&id(10), 25, 10).unwrap().len(), 7);
    take(&mut engine, &[file(16, 78)]);
    assert_eq!(engine.timeline(&id(10), 25, 10).unwrap().len(), 8);
    let before = engine.snapshot();
    let steps = engine.timeline(&id(10), 0, 0).unwrap();
    assert_eq!(engine.snapshot(), before, "what was found is no part of the state");
    let mut restarted = Engine::new().unwrap();
    restarted.restore(&before).unwrap();
    assert_eq!(restarted.timeline(&id(10), 0, 0).unwrap(), steps);
    engine.forget_host("ws1").unwrap();
    assert!(engine.timeline(&id(10), 0, 0).is_err());
    assert_eq!(queried(&mut engine, 0, 10), [""; 0]);
}
