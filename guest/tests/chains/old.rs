//! Events that are let go: those that are older than `causality.keep`, and the oldest where the limit is reached.

use begat_guest::Engine;
use begat_guest::engine::EdgeKind;

use super::lines::{EXPLORER, after, connection, did, edges, id, moved, start, take, thread};

/// x.exe begins a thread in notepad.exe, on 1 March 2026.
fn march() -> Vec<String> {
    vec![
        start(5, 1, r"C:\a\notepad.exe", EXPLORER, "notepad"),
        start(20, 1, r"C:\a\x.exe", EXPLORER, "x"),
        thread(30, 20, 5),
    ]
}

/// Something of another host, on 15 April: 30 days before it is 16 March.
fn april() -> String {
    start(40, 1, r"C:\a\y.exe", EXPLORER, "y")
        .replace("2026-03-01", "2026-04-15")
        .replace("\"ws1\"", "\"ws9\"")
}

#[test]
fn what_became_too_old_is_counted_and_so_is_what_comes_too_late() {
    let mut engine = after(&march());
    assert_eq!((engine.stats().events, engine.stats().aged_events), (3, 0));
    take(&mut engine, &[april()]);
    assert_eq!((engine.stats().events, engine.stats().aged_events), (1, 3));
    take(&mut engine, &[did(11, 31, 20, r#""TargetFilename":"C:\\a\\z.txt""#)]);
    assert_eq!((engine.stats().events, engine.stats().aged_events, engine.stats().evicted_events), (1, 4, 0));
    // The processes are known still, and nothing of what they did.
    assert_eq!(edges(&engine.chain(&id(5), 0).unwrap()), []);
    let mut restarted = Engine::new().unwrap();
    restarted.restore(&engine.snapshot()).unwrap();
    assert_eq!((restarted.stats().events, restarted.stats().aged_events), (1, 4));
    // The other way round each comes too late.
    let backward = after(&[vec![april()], march()].concat());
    assert_eq!((backward.stats().events, backward.stats().aged_events), (1, 3));
}

#[test]
fn what_is_kept_for_ever_never_ages() {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"causality": {"keep": "forever"}}"#).unwrap();
    take(&mut engine, &[march(), vec![april()]].concat());
    assert_eq!((engine.stats().events, engine.stats().aged_events), (4, 0));
    assert_eq!(edges(&engine.chain(&id(5), 0).unwrap()), [(EdgeKind::Injected, id(20), id(5), 100)]);
    let error = engine.configure(r#"{"causality": {"keep": "for ever"}}"#).unwrap_err().to_string();
    assert!(error.starts_with("causality.keep: "), "{error}");
}

/// Room for eight, six that claim to be of 2262, and ten of today: the third of these is one too many, and the six go.
/// Of nine that are left then the ninth makes the three oldest go.
#[test]
fn what_is_dated_later_than_it_can_be_goes_before_all_others() {
    let forged: Vec<String> = (0..6)
        .map(|n| connection("ws8", n * 1000, 80, true, 1000 + n, 443).replace("2026-03-01", "2262-03-01"))
        .collect();
    let real: Vec<String> = (0..10).map(|n| connection("ws1", n * 1000, 20, true, 50_000 + n, 443)).collect();
    for lines in
        [[forged.clone(), real.clone()].concat(), [real[..2].to_vec(), forged, real[2..].to_vec()].concat()]
    {
        let mut engine = Engine::new().unwrap();
        engine.configure(r#"{"limits": {"events": 8}, "causality": {"keep": "forever"}}"#).unwrap();
        take(&mut engine, &lines);
        let mut ports = |host: &str| -> Vec<String> {
            let query = format!("entity=network&attr=remote_port:443,local_port:{host}");
            let rows = engine.query(&query, 0, 0).unwrap();
            let port = |row: &begat_guest::engine::Row| {
                row.columns.iter().find(|(name, _)| name == "local_port").unwrap().1.clone()
            };
            rows.iter().map(port).collect()
        };
        assert_eq!(ports("10*"), [""; 0]);
        assert_eq!(ports("500*"), ["50003", "50004", "50005", "50006", "50007", "50008", "50009"]);
        assert_eq!((engine.stats().events, engine.stats().evicted_events), (7, 9));
    }
}

/// A host whose clock is half a day ahead of when its records were received is believed.
#[test]
fn what_is_dated_within_a_day_of_when_it_was_received_counts_as_the_newest() {
    // Received at 2027-01-15 08:00.
    let ahead =
        moved(&start(1, 0, r"C:\a\a.exe", EXPLORER, "a"), "ws1", 0).replace("2026-03-01 09", "2027-01-15 20");
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"events": 4}, "causality": {"keep": "366d"}}"#).unwrap();
    let lines: Vec<String> = (0..4).map(|n| connection("ws1", n * 1000, 20, true, 50_000 + n, 443)).collect();
    take(&mut engine, &[vec![ahead], lines].concat());
    assert_eq!(engine.query("entity=process&action=run&attr=file_name:a.exe", 0, 0).unwrap().len(), 1);
    // Of five the two oldest went.
    assert_eq!((engine.stats().events, engine.stats().evicted_events), (3, 2));
}
