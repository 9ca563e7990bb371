//! `begat tenant retry` and `discard`.

use std::sync::Arc;

use begat::store::{Owned, Syncer, TenantName, real};
use begat::tenants::{Command, Quarantined};

use super::states::with_state;
use super::*;

/// A line of that number in the second command.
fn held(line: u64, text: Option<String>) -> Quarantined {
    let (source, cause) = ("old.log".into(), "it was another component".into());
    Quarantined { sequence: 2, line, source, environment: None, received_at: 1, cause, text }
}

/// Puts lines in quarantine that the component would take.
fn put_aside(state: &str, lines: Vec<Quarantined>) {
    let (default, syncer): (TenantName, _) = ("default".parse().unwrap(), Syncer::start(1).unwrap());
    let (owned, held) = Owned::take(Path::new(state), &default, &real(), &Arc::new(syncer)).unwrap();
    owned.append(held.last + 1, Command::Quarantine(lines).to_bytes().unwrap()).unwrap();
    owned.wait().unwrap();
}

#[test]
fn all_lines_are_tried_again_or_thrown_away() {
    let (_folder, state) = with_state();
    put_aside(&state, vec![held(1, Some(start(77))), held(2, None), held(3, Some(start(78)))]);
    let ended = begat(&["tenant", "retry", "default", "--state", &state, "--all"]).with(1);
    let pids: Vec<Value> = ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["ProcessId"].clone())
        .collect();
    assert_eq!(pids, [77, 78]);
    assert_eq!(ended.stderr, "begat: 2:2: line 2 of command 2 was forgotten\n2 of 3 lines were taken in\n");
    let ended = begat(&["tenant", "discard", "default", "--state", &state, "--all"]).with(0);
    assert_eq!(ended.stdout, "1 line is thrown away\n");
    let shown = begat(&["tenant", "show", "default", "--state", &state, "--format", "json"]).with(0).json();
    assert_eq!((&shown["lines"], &shown["quarantine"]), (&4.into(), &Value::Array(Vec::new())));
}

#[test]
fn which_lines_must_be_said_once() {
    let (_folder, state) = with_state();
    let ended = begat(&["tenant", "retry", "default", "--state", &state, "--all"]).with(0);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", "0 of 0 lines were taken in\n"));
    let one = begat(&["tenant", "discard", "default", "--state", &state, "17:4"]).with(1);
    assert!(one.stderr.contains("line 4 of command 17 is not in quarantine"), "{}", one.stderr);
    for places in [&["17:4", "--all"][..], &[]] {
        begat(&[&["tenant", "retry", "default", "--state", &state], places].concat()).with(2);
    }
}
