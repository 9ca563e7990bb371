//! Lines that end an instance: found, put aside, and never shown to one again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use begat::runtime::bindings::ingest::{Batch, Emit, Outcome};
use begat::runtime::{Failure, Prepared};
use begat::store::{Owned, Syncer, real};
use begat::tenants::{Durability, Fault};

use super::*;
use crate::hostile::guests::{VERSION_2, VERSION_2_BROKEN, hostile, prepare};

const LIMITS: Limits = Limits { memory: 32 << 20, call: Limits::CALL, answer: 8 << 20 };

fn own(dir: &Path, prepared: &Prepared, limits: Limits) -> Keeper {
    let birth = Birth::new(prepared.clone(), limits, "{}".into());
    let syncer = Arc::new(Syncer::start(1).unwrap());
    let taken = Owned::take(dir, &name(0), &real(), &syncer).unwrap();
    Keeper::own(birth, Durability::Journal, taken).unwrap()
}

fn batch(first_line: u64, text: &str) -> Batch {
    let (source, environment) = ("f".to_owned(), None);
    Batch { source, first_line, received_at: 7, environment, emit: Emit::All, text: text.to_owned() }
}

fn give(keeper: &mut Keeper, first_line: u64, text: &str) -> Outcome {
    keeper.ingest(&batch(first_line, text)).unwrap()
}

fn asking(word: &str) -> String {
    format!("{{\"hostile\":\"{word}\"}}\n")
}

/// What a tenant knows that was told these texts and nothing else.
fn knowing(texts: &[&str]) -> String {
    let birth = Birth::new(hostile().clone(), LIMITS, "{}".into());
    let mut keeper = Keeper::new(birth).unwrap();
    texts.iter().for_each(|text| drop(give(&mut keeper, 1, text)));
    hash(&mut keeper)
}

#[test]
fn a_line_that_ends_the_instance_is_put_aside_and_the_others_count() {
    let brief = Limits { call: Duration::from_millis(200), ..LIMITS };
    let cases = [
        ("panic", LIMITS, "the component panicked: hostile panic at line 12"),
        ("trap", LIMITS, "the component trapped: "),
        ("exit", LIMITS, "the component asked to exit"),
        ("recurse", LIMITS, "the component used up its call stack"),
        ("memory", LIMITS, "the component asked for "),
        ("huge:16777216", LIMITS, "the component's answer is larger than the 8388608 bytes that are allowed"),
        ("loop", brief, "the component ran longer than the 200ms that one call may take"),
    ];
    for (word, limits, cause) in cases {
        let dir = tempfile::tempdir().unwrap();
        let mut keeper = own(dir.path(), hostile(), limits);
        give(&mut keeper, 1, "{\"a\":0}\n");
        let outcome = give(&mut keeper, 10, &format!("{{\"a\":1}}\nx\n{}{{\"a\":2}}\n", asking(word)));
        let [rejected] = outcome.rejected.as_slice() else { panic!("{word}: {:?}", outcome.rejected) };
        assert_eq!((rejected.line, outcome.lines), (12, 4), "{word}");
        assert!(rejected.message.starts_with(&format!("in quarantine: {cause}")), "{}", rejected.message);
        let lines: Vec<serde_json::Value> =
            outcome.annotated.lines().map(|line| serde_json::from_str(line).unwrap_or_default()).collect();
        // The fifth: one of the batch before, two here, the blank one in the culprit's place, and itself.
        let numbers = (&lines[0]["begat"]["n"], &lines[3]["begat"]["n"]);
        assert_eq!((lines.len(), numbers), (4, (&2.into(), &5.into())));
        assert_eq!(lines[2]["begat"]["error"], rejected.message.as_str());

        // As if a blank line had come in its place; also for who comes after.
        let expected = knowing(&["{\"a\":0}\n", "{\"a\":1}\nx\n\n{\"a\":2}\n"]);
        assert_eq!(hash(&mut keeper), expected, "{word}");
        drop(keeper);
        let mut keeper = own(dir.path(), hostile(), limits);
        assert_eq!(
            (hash(&mut keeper), keeper.cost().traps),
            (expected, 0),
            "{word}: a replay never meets it"
        );
        let [held] = keeper.quarantine() else { panic!("{word}: {:?}", keeper.quarantine()) };
        assert_eq!((held.sequence, held.line, held.source.as_str()), (2, 12, "f"));
        assert_eq!(held.text.as_deref(), Some(asking(word).trim_end()));
        assert!(held.cause.starts_with(cause), "{}", held.cause);
    }
}

#[test]
fn a_line_can_be_tried_again_and_thrown_away() {
    let dir = tempfile::tempdir().unwrap();
    let mut keeper = own(dir.path(), hostile(), LIMITS);
    give(&mut keeper, 1, &format!("{}{}", asking("panic"), asking("trap")));
    let places = |keeper: &Keeper| -> Vec<(u64, u64)> {
        keeper.quarantine().iter().map(|held| (held.sequence, held.line)).collect()
    };
    // Command 1 is the batch, command 2 its quarantine.
    assert_eq!((places(&keeper), keeper.sequence()), (vec![(1, 1), (1, 2)], 2));
    let again = keeper.retry(1, 1).unwrap();
    assert_eq!(again.rejected.len(), 1, "it does it again");
    assert_eq!(places(&keeper), [(1, 2), (3, 1)]);
    keeper.discard(1, 2).unwrap();
    assert!(matches!(keeper.discard(1, 2), Err(Fault::NotHeld { sequence: 1, line: 2 })));
    assert!(matches!(keeper.retry(9, 9), Err(Fault::NotHeld { .. })));
    keeper.save().unwrap();
    drop(keeper);
    let keeper = own(dir.path(), hostile(), LIMITS);
    assert_eq!(places(&keeper), [(3, 1)], "a snapshot keeps it");
}

#[test]
fn a_batch_of_nothing_but_bad_lines_is_refused_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut keeper = own(dir.path(), hostile(), LIMITS);
    give(&mut keeper, 1, "{}\n");
    let before = (hash(&mut keeper), keeper.sequence());
    let text = "{}\n".to_owned() + &asking("panic").repeat(20);
    let fault = keeper.ingest(&batch(1, &text)).unwrap_err();
    assert!(matches!(&fault, Fault::Failure(Failure::Panic { .. })), "{fault}");
    assert_eq!((hash(&mut keeper), keeper.sequence(), keeper.quarantine().len()), (before.0, before.1, 0));
    give(&mut keeper, 1, "{}\n");
}

/// What one machine has time for another may not have: the replay puts the line aside, and so does every later one.
#[test]
fn a_replay_that_a_line_ends_puts_it_aside_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let mut keeper = own(dir.path(), hostile(), LIMITS);
    give(&mut keeper, 1, "{\"a\":1}\n");
    // Some hundred milliseconds; nothing but the clock minds.
    let outcome = give(&mut keeper, 2, &format!("{{\"a\":2}}\n{}{{\"a\":3}}\n", asking("spin:1000000000")));
    assert_eq!(outcome.rejected.len(), 0);
    drop(keeper);
    let brief = Limits { call: Duration::from_millis(50), ..LIMITS };
    let mut keeper = own(dir.path(), hostile(), brief);
    let [held] = keeper.quarantine() else { panic!("{:?}", keeper.quarantine()) };
    assert_eq!((held.sequence, held.line), (2, 3));
    let expected = knowing(&["{\"a\":1}\n", "{\"a\":2}\n\n{\"a\":3}\n"]);
    assert_eq!(hash(&mut keeper), expected);
    drop(keeper);
    let mut keeper = own(dir.path(), hostile(), LIMITS);
    assert_eq!((hash(&mut keeper), keeper.quarantine().len()), (expected, 1));
}

#[test]
fn another_component_takes_over_or_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut keeper = own(dir.path(), hostile(), LIMITS);
    give(&mut keeper, 1, "{\"a\":1}\nx\n");
    let before = hash(&mut keeper);
    let broken = prepare(VERSION_2_BROKEN).unwrap();
    let refused = keeper.upgrade(&broken).unwrap_err();
    assert!(matches!(refused, Fault::Upgrade { step: "it takes the state", .. }), "{refused}");
    assert_eq!(hash(&mut keeper), before, "the old one stays");
    give(&mut keeper, 3, "{\"a\":2}\n");

    let next = prepare(VERSION_2).unwrap();
    keeper.upgrade(&next).unwrap();
    let outcome = give(&mut keeper, 4, "{\"a\":3}\n");
    assert!(outcome.annotated.contains("\"n\":4"), "nothing is lost: {}", outcome.annotated);
    let after = hash(&mut keeper);
    drop(keeper);
    let mut keeper = own(dir.path(), &next, LIMITS);
    assert_eq!(hash(&mut keeper), after, "and it goes on from there");
}
