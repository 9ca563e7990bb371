//! The block `global`.

use super::*;

fn with_baseline() -> Engine {
    let mut engine = Engine::new().unwrap();
    let info = engine.load_baseline(&pack_of(&STARTS).to_bytes()).unwrap();
    assert_eq!((info.executions, info.images), (4, 2));
    engine
}

fn profile() -> Execution<'static> {
    Execution { image: CMD, parent_image: Some(EXPLORER), ..Execution::default() }
}

/// Of cmd.exe: rank 1 of 2 images on 2 of 2 hosts gives 0.7 * 100 + 0.3 * 100 = 100; its path 3 of 3 = 100;
/// its parent 2 of 3 = 67. Their mean is 88.9.
fn assert_scored(engine: &Engine) {
    let score = engine.score(&profile()).unwrap();
    let block = &score.blocks[0];
    assert_eq!((block.scope, block.rank, block.host_prev), (Scope::Global, Some(1), 100));
    assert_eq!((block.executions, block.hosts, block.scope_hosts, block.images), (3, 2, 2, 2));
    let fields: Vec<_> = block.fields.iter().map(|f| (f.field, f.score, f.count, f.known, f.hosts)).collect();
    assert_eq!(fields, [("path", 100, 3, 3, 2), ("parent", 67, 2, 3, 2)]);
    assert_eq!(block.overall_score, 89);
    // The customer has seen nothing: (88.9 + 0) / 2 = 44.4.
    assert_eq!((score.blocks.len(), score.echotrail_score), (2, 44));
}

#[test]
fn a_profile_is_scored_against_the_baseline_first() {
    assert_scored(&with_baseline());
    let engine = Engine::new().unwrap();
    assert_eq!(engine.score(&profile()).unwrap().blocks[0].scope, Scope::Customer);
}

#[test]
fn a_start_is_scored_against_the_baseline() {
    let mut engine = with_baseline();
    // The same start twice: the second finds its place in the baseline ready.
    let lines = [line((9, 1, CMD, EXPLORER), 0), line((9, 2, CMD, EXPLORER), 0)].join("\n");
    for text in [lines.as_str(), &line((9, 3, r"C:\new.exe", CMD), 0)] {
        let outcome = engine.ingest(&Batch {
            source: "",
            first_line: 1,
            received_at: 1_900_000_000_000,
            environment: None,
            emit: Emit::All,
            text,
        });
        let global =
            r#""global":{"rank":1,"host_prev":100,"overall_score":89,"path_score":100,"parent_score":67}"#;
        let unseen =
            r#""global":{"rank":null,"host_prev":0,"overall_score":0,"path_score":0,"parent_score":0}"#;
        for annotated in outcome.annotated.lines() {
            let expected = if annotated.contains("new.exe") { unseen } else { global };
            assert!(annotated.contains(expected), "{annotated}");
        }
    }
}

#[test]
fn it_survives_whatever_replaces_the_state() {
    let mut engine = with_baseline();
    let snapshot = engine.snapshot();
    assert_eq!(snapshot, Engine::new().unwrap().snapshot(), "it is no part of snapshots");
    engine.restore(&snapshot).unwrap();
    assert_scored(&engine);
    engine.configure(r#"{"hash_seed": 7}"#).unwrap();
    assert_scored(&engine);
    engine.forget_all().unwrap();
    assert_scored(&engine);
}

#[test]
fn a_pack_that_is_refused_leaves_the_one_before() {
    let mut engine = with_baseline();
    engine.load_baseline(b"no pack").unwrap_err();
    let mut bytes = pack_of(&STARTS[..1]).to_bytes();
    bytes.pop();
    engine.load_baseline(&bytes).unwrap_err();
    assert_scored(&engine);
    engine.load_baseline(&pack_of(&STARTS[..1]).to_bytes()).unwrap();
    assert_eq!(engine.score(&profile()).unwrap().blocks[0].executions, 1, "the other one took its place");
}

#[test]
fn images_stand_by_rank_then_by_name() {
    let mut engine = Engine::new().unwrap();
    assert_eq!(engine.global_images(0, 0), []);
    let twice = |process, image| [(1, process, image, "-"), (2, process, image, "-")];
    let starts = [twice(1, "b.exe"), twice(2, "a.exe"), twice(3, "c.exe")].concat();
    let starts = [&starts, &[(3, 1, "c.exe", "-"), (3, 2, "d.exe", "-")][..]].concat();
    engine.load_baseline(&pack_of(&starts).to_bytes()).unwrap();
    let rows = |offset, limit| -> Vec<(String, u64, u64, u32)> {
        let rows = engine.global_images(offset, limit).into_iter();
        rows.map(|row| (row.image, row.executions, row.hosts, row.rank)).collect()
    };
    let row = |image: &str, executions, hosts, rank| (image.to_owned(), executions, hosts, rank);
    let all = [row("c.exe", 3, 3, 1), row("a.exe", 2, 2, 2), row("b.exe", 2, 2, 2), row("d.exe", 1, 1, 4)];
    assert_eq!(rows(0, 0), all);
    assert_eq!(rows(1, 2), all[1..3]);
}
