//! Parents that records name by their process id alone, as the Security log of Windows 7 does.

use begat_guest::Engine;
use begat_guest::engine::Chain;

use super::lines::after;

/// A start on a day of March, at an hour and minute.
fn start(day: u32, time: &str, pid: u32, name: &str, parent: u32) -> String {
    format!(
        r#"{{"EventID":4688,"Channel":"Security","Hostname":"w7","TimeCreated":"2026-03-{day:02}T{time}:00.000Z","NewProcessId":"{pid:#x}","NewProcessName":"C:\\t\\{name}","ProcessId":"{parent:#x}"}}"#
    )
}

/// mal.exe has process id 500 since 1 March 09:00, and no record tells of its end.
fn lines() -> Vec<String> {
    vec![
        start(1, "09:00", 500, "mal.exe", 400),
        start(1, "10:00", 601, "hour.exe", 500),
        start(1, "10:01", 602, "later.exe", 500),
        start(2, "09:00", 603, "day.exe", 500),
        start(2, "09:01", 604, "days.exe", 500),
        start(8, "09:01", 605, "week.exe", 500),
        start(11, "09:00", 606, "innocent.exe", 500),
    ]
}

fn chain(engine: &mut Engine, name: &str) -> Chain {
    let found = engine.processes(None, Some(name), 0, 0);
    engine.chain(&found[0].id, 0).unwrap()
}

fn name(chain: &Chain, id: &str) -> String {
    let node = chain.nodes.iter().find(|node| node.process.id == id).unwrap();
    node.process.image.as_ref().unwrap().rsplit('\\').next().unwrap().to_owned()
}

/// The children of mal.exe, how surely each is that, and why.
fn children(engine: &mut Engine) -> Vec<(String, u8, String)> {
    let chain = chain(engine, "mal.exe");
    chain
        .edges
        .iter()
        .map(|edge| (name(&chain, &edge.effect), edge.confidence, edge.reason.clone()))
        .collect()
}

fn told<const N: usize>(expected: [(&str, u8, &str); N]) -> Vec<(String, u8, String)> {
    expected.map(|(name, confidence, reason)| (name.to_owned(), confidence, reason.to_owned())).to_vec()
}

#[test]
fn a_process_id_alone_names_a_parent_less_surely_as_time_goes_by() {
    let expected = told([
        ("hour.exe", 100, "started by it"),
        ("later.exe", 90, "named by process id alone, which it got 1 h before"),
        ("day.exe", 90, "named by process id alone, which it got 24 h before"),
        ("days.exe", 70, "named by process id alone, which it got 24 h before"),
        ("week.exe", 50, "named by process id alone, which it got 7 d before"),
        ("innocent.exe", 50, "named by process id alone, which it got 10 d before"),
    ]);
    let mut backward = lines();
    backward.reverse();
    for lines in [lines(), backward] {
        let mut engine = after(&lines);
        assert_eq!(children(&mut engine), expected);
        // Asked for the child, its root is of its chain as surely as that.
        let chain = chain(&mut engine, "innocent.exe");
        let sure: Vec<_> =
            chain.nodes.iter().map(|node| (name(&chain, &node.process.id), node.confidence)).collect();
        assert!(
            sure.contains(&("mal.exe".into(), 50)) && sure.contains(&("innocent.exe".into(), 100)),
            "{sure:?}"
        );
        assert!(sure.contains(&("hour.exe".into(), 50)), "{sure:?}");
        assert_eq!(name(&chain, &chain.root), "mal.exe");
    }
}

#[test]
fn where_ends_are_told_who_has_none_is_likely_to_be_there() {
    let mut lines = lines();
    lines.push(
        r#"{"EventID":4689,"Channel":"Security","Hostname":"w7","TimeCreated":"2026-03-01T11:00:00.000Z","ProcessId":"0x259","ProcessName":"C:\\t\\hour.exe"}"#
            .to_owned(),
    );
    let sure: Vec<u8> = children(&mut after(&lines)).into_iter().map(|(_, sure, _)| sure).collect();
    assert_eq!(sure, [100, 90, 90, 90, 90, 90]);
}

#[test]
fn a_parent_that_a_record_names_is_a_fact_whenever_it_started() {
    let named = |line: String| {
        line.replace("\"ProcessId\":\"0x1f4\"", r#""ProcessId":"0x1f4","ParentProcessName":"C:\\t\\mal.exe""#)
    };
    let sure: Vec<u8> = children(&mut after(&lines().into_iter().map(named).collect::<Vec<_>>()))
        .into_iter()
        .map(|(_, sure, _)| sure)
        .collect();
    assert_eq!(sure, [100; 6]);
}
