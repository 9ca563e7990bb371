//! The scores of the document, against tables worked out by hand.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use begat_guest::engine::{About, Execution, Scope, Score, ScoreBlock, Stack, StackBy};
use begat_guest::{Batch, Emit, Engine};
use proptest::prelude::*;

const NOON: i64 = 1_790_000_000_000;
const H1: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const H2: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn block(score: &Score, scope: Scope) -> &ScoreBlock {
    score.blocks.iter().find(|block| block.scope == scope).unwrap()
}

fn field(block: &ScoreBlock, name: &str) -> (u8, u64, u64, u64) {
    let field = block.fields.iter().find(|field| field.field == name).unwrap();
    (field.score, field.count, field.known, field.hosts)
}

/// | executions | host | image | path | parent | MD5 |
/// |---|---|---|---|---|---|
/// | 3 | A | cmd.exe | system32 | explorer.exe | H1 |
/// | 3 | A | cmd.exe | system32 | svc.exe | H1 |
/// | 2 | B | cmd.exe | system32 | explorer.exe | H1 |
/// | 2 | B | cmd.exe | system32 | explorer.exe | |
/// | 1 | C | cmd.exe | system32 | explorer.exe | H2 |
/// | 1 | C | cmd.exe | temp | explorer.exe | H2 |
/// | 2 | each of A, B, C, D | svc.exe | system32 | | |
///
/// 12 of cmd.exe and 8 of svc.exe: 20 executions on 4 hosts; A and B are the office.
fn twenty() -> Engine {
    let mut engine = Engine::new().unwrap();
    let (system, temp) = (r"C:\Windows\System32\cmd.exe", r"C:\temp\cmd.exe");
    let (explorer, svc) = (Some(r"C:\Windows\explorer.exe"), Some("SVC.exe"));
    let office = Some("office");
    let rows = [
        (3, "A", office, system, explorer, Some(H1)),
        (3, "A", office, system, svc, Some(H1)),
        (2, "B", office, system, explorer, Some(H1)),
        (2, "B", office, system, explorer, None),
        (1, "C", None, system, explorer, Some(H2)),
        (1, "C", None, temp, explorer, Some(H2)),
        (2, "A", office, r"C:\Windows\System32\svc.exe", None, None),
        (2, "B", office, r"C:\Windows\System32\svc.exe", None, None),
        (2, "C", None, r"C:\Windows\System32\svc.exe", None, None),
        (2, "D", None, r"C:\Windows\System32\svc.exe", None, None),
    ];
    for (times, host, environment, image, parent_image, hash) in rows {
        for _ in 0..times {
            let hostname = Some(host);
            let execution =
                Execution { image, hostname, parent_image, hash, environment, ..Execution::default() };
            engine.record(&execution, NOON, NOON).unwrap();
        }
    }
    engine
}

#[test]
fn twenty_executions_on_four_hosts() {
    let profile = Execution {
        image: r"c:\windows\SYSTEM32\CMD.EXE",
        hostname: Some("A"),
        parent_image: Some("Explorer.exe"),
        hash: Some(H1),
        environment: Some("office"),
        ..Execution::default()
    };
    let score = twenty().score(&profile).unwrap();

    // Customer: rank 1 of 2 (12 against 8), on 3 of 4 hosts: 75. Prevalence 0.7 * 75 + 0.3 * 100 = 82.5.
    // Path 11 of 12 = 91.67, parent 9 of 12 = 75, hash 8 of the 10 whose MD5 is known = 80.
    // Overall (82.5 + 91.67 + 75 + 80) / 4 = 82.29.
    let customer = block(&score, Scope::Customer);
    assert_eq!((customer.rank, customer.host_prev, customer.overall_score), (Some(1), 75, 82));
    assert_eq!((customer.executions, customer.hosts, customer.scope_hosts, customer.images), (12, 3, 4, 2));
    assert_eq!(field(customer, "path"), (92, 11, 12, 3));
    assert_eq!(field(customer, "parent"), (75, 9, 12, 3));
    assert_eq!(field(customer, "hash"), (80, 8, 10, 2));
    assert!((customer.prevalence - 82.5).abs() < 1e-9);
    assert_eq!((customer.first_seen, customer.last_seen), (Some(NOON), Some(NOON)));

    // Office, A and B: 10 of cmd.exe against 4 of svc.exe, on both hosts: prevalence 100. Path 10 of 10,
    // parent 7 of 10 = 70, hash 8 of 8. Overall (100 + 100 + 70 + 100) / 4 = 92.5, rounded half up.
    let office = block(&score, Scope::Environment);
    assert_eq!((office.rank, office.host_prev, office.overall_score), (Some(1), 100, 93));
    assert_eq!(field(office, "path"), (100, 10, 10, 2));
    assert_eq!(field(office, "parent"), (70, 7, 10, 2));
    assert_eq!(field(office, "hash"), (100, 8, 8, 2));

    // Host A: 6 of cmd.exe against 2 of svc.exe. Path 6 of 6, parent 3 of 6 = 50, hash 6 of 6.
    // Overall (100 + 100 + 50 + 100) / 4 = 87.5.
    let host = block(&score, Scope::Host);
    assert_eq!((host.rank, host.host_prev, host.overall_score), (Some(1), 100, 88));
    assert_eq!(field(host, "path"), (100, 6, 6, 1));
    assert_eq!(field(host, "parent"), (50, 3, 6, 1));
    assert_eq!(field(host, "hash"), (100, 6, 6, 1));

    // (82.29 + 92.5 + 87.5) / 3 = 87.43
    assert_eq!(score.echotrail_score, 87);
}

#[test]
fn the_rarer_image_on_a_host_that_never_ran_it() {
    let profile = Execution {
        image: r"C:\temp\cmd.exe",
        hostname: Some("D"),
        parent_image: Some("winword.exe"),
        ..Execution::default()
    };
    let score = twenty().score(&profile).unwrap();
    // Customer: prevalence 82.5 as above, path 1 of 12 = 8.33, parent never: (82.5 + 8.33 + 0) / 3 = 30.28.
    let customer = block(&score, Scope::Customer);
    assert_eq!(customer.overall_score, 30);
    assert_eq!(field(customer, "path"), (8, 1, 12, 1));
    assert_eq!(field(customer, "parent"), (0, 0, 12, 0));
    // D ran svc.exe alone: cmd.exe is unseen there, everything is 0.
    let host = block(&score, Scope::Host);
    assert_eq!((host.rank, host.host_prev, host.overall_score), (None, 0, 0));
    assert_eq!(field(host, "path"), (0, 0, 0, 0));
    // (30.28 + 0) / 2 = 15.14
    assert_eq!(score.echotrail_score, 15);
}

/// One agent on one host starts 2401 of 2450 cmd.exe, explorer.exe one on each of the 49 others.
#[test]
fn a_noisy_agent_does_not_own_the_baseline_on_the_basis_of_hosts() {
    let parent_score = |basis: &str| {
        let mut engine = Engine::new().unwrap();
        engine.configure(&format!(r#"{{"prevalence": {{"basis": "{basis}"}}}}"#)).unwrap();
        let mut record = |host: &str, parent: &str| {
            let parent_image = Some(parent);
            let execution =
                Execution { image: "cmd.exe", hostname: Some(host), parent_image, ..Execution::default() };
            engine.record(&execution, NOON, NOON).unwrap();
        };
        (0..2401).for_each(|_| record("host-0", "agent.exe"));
        (1..50).for_each(|host| record(&format!("host-{host}"), "explorer.exe"));
        let parent_image = Some("explorer.exe");
        let score = engine.score(&Execution { image: "cmd.exe", parent_image, ..Execution::default() });
        field(block(&score.unwrap(), Scope::Customer), "parent").0
    };
    // 49 of 2450 executions = 2 %; 49 of 50 hosts = 98 %.
    assert_eq!(parent_score("executions"), 2);
    assert_eq!(parent_score("hosts"), 98);
}

#[test]
fn a_list_is_the_mean_of_its_elements() {
    let mut engine = Engine::new().unwrap();
    let known = |children: &[&str]| children.iter().map(|c| (*c).to_owned()).collect::<Vec<String>>();
    for children in [&["a.exe", "b.exe"][..], &["a.exe"], &["A.EXE", "a.exe"], &["c.exe"], &[]] {
        let children = known(children);
        let hostname = Some("h");
        engine
            .record(
                &Execution { image: "p.exe", hostname, children: &children, ..Execution::default() },
                NOON,
                NOON,
            )
            .unwrap();
    }
    // Children are known of 4 executions; 3 had a.exe, 1 had b.exe: (75 + 25 + 0) / 3 = 33.3.
    let children = known(&["a.exe", "b.exe", "never.exe"]);
    let score =
        engine.score(&Execution { image: "p.exe", children: &children, ..Execution::default() }).unwrap();
    let list = block(&score, Scope::Customer).fields.iter().find(|f| f.field == "children").unwrap();
    assert_eq!((list.score, list.minimum), (33, Some(0)));
    let elements: Vec<(&str, u8, u64, u64)> =
        list.elements.iter().map(|e| (e.value.as_str(), e.score, e.count, e.known)).collect();
    assert_eq!(elements, [("a.exe", 75, 3, 4), ("b.exe", 25, 1, 4), ("never.exe", 0, 0, 4)]);
    // The rarest element stands for the list.
    assert_eq!((list.count, list.known), (0, 4));
}

#[test]
fn first_sight_scores_0_and_the_second_knows_the_first() {
    let mut engine = Engine::new().unwrap();
    let profile = Execution { image: r"C:\x\a.exe", hostname: Some("h"), ..Execution::default() };
    let first = engine.record(&profile, NOON, NOON).unwrap();
    assert_eq!(first.echotrail_score, 0);
    assert!(first.blocks.iter().all(|b| b.rank.is_none() && b.overall_score == 0 && b.first_seen.is_none()));
    // Rank 1 on every host, always this path.
    assert_eq!(engine.record(&profile, NOON + 1, NOON).unwrap().echotrail_score, 100);
    assert_eq!(block(&engine.score(&profile).unwrap(), Scope::Customer).executions, 2);
}

#[test]
fn what_is_wrong_with_a_profile_is_named_and_changes_nothing() {
    let mut engine = twenty();
    let before = engine.snapshot();
    let long = "x".repeat(65_536);
    let thousand: Vec<String> = (0..1001).map(|n| format!("{n}.exe")).collect();
    let none = Execution::default();
    let wrong = [
        (Execution { image: "", ..none }, "image"),
        (Execution { image: r"C:\folder\", ..none }, "image"),
        (Execution { image: &long, ..none }, "image"),
        (Execution { image: "a.exe", parent_image: Some(r"C:\folder\"), ..none }, "parent_image"),
        (Execution { image: "a.exe", hostname: Some(&long), ..none }, "hostname"),
        (Execution { image: "a.exe", hash: Some("12"), ..none }, "hash"),
        (Execution { image: "a.exe", hash: Some(&"g".repeat(32)), ..none }, "hash"),
        (Execution { image: "a.exe", children: &thousand, ..none }, "children"),
        (Execution { image: "a.exe", children: &[String::new()], ..none }, "children[0]"),
    ];
    for (execution, name) in wrong {
        let error = engine.record(&execution, NOON, NOON).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name}: ")), "{name}: {error}");
    }
    assert!(engine.snapshot() == before);
}

fn start(guid: u32, image: &str, parent: u32, second: u32) -> String {
    format!(
        "{{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"h\",\
         \"UtcTime\":\"2026-01-01 00:00:{second:02}.000\",\"ProcessGuid\":\"{{00000000-0000-0000-0000-{guid:012x}}}\",\
         \"Image\":\"C:\\\\x\\\\{image}\",\"ParentProcessGuid\":\"{{00000000-0000-0000-0000-{parent:012x}}}\"}}\n"
    )
}

fn other(id: u32, guid: u32, second: u32, more: &str) -> String {
    format!(
        "{{\"EventID\":{id},\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"h\",\
         \"UtcTime\":\"2026-01-01 00:00:{second:02}.000\",\"ProcessGuid\":\"{{00000000-0000-0000-0000-{guid:012x}}}\"{more}}}\n"
    )
}

#[test]
fn the_line_of_an_end_scores_the_whole_profile_without_itself() {
    let port = ",\"Initiated\":\"true\",\"DestinationPort\":\"443\"";
    let text = [
        start(1, "p.exe", 9, 1),
        start(2, "a.exe", 1, 2),
        other(3, 1, 3, port),
        other(5, 1, 4, ""),
        start(3, "p.exe", 9, 5),
        start(4, "a.exe", 3, 6),
        start(5, "b.exe", 3, 7),
        other(3, 3, 8, port),
        other(3, 3, 8, port),
        other(5, 3, 9, ""),
    ]
    .concat();
    let mut engine = Engine::new().unwrap();
    let outcome = engine.ingest(&Batch {
        source: "test",
        first_line: 1,
        received_at: NOON,
        environment: None,
        emit: Emit::All,
        text: &text,
    });
    let said: Vec<serde_json::Value> = outcome
        .annotated
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["begat"].take())
        .collect();
    // The first p.exe is the only one there was: without itself nothing is left.
    let first = &said[3]["prevalence"]["customer"];
    assert_eq!(first["rank"], serde_json::Value::Null);
    assert_eq!((&first["overall_score"], &first["children_score"]), (&0.into(), &0.into()));
    // Of the second, the first remains: 1 execution, path and children and ports known. It had a.exe, not
    // b.exe: (100 + 0) / 2 = 50; it used port 443: 100. The images are then p.exe, a.exe (twice), b.exe:
    // p.exe has rank 2, with b.exe, of 3; on the one host. Prevalence 0.7 * 100 + 0.3 * 100 * (1 - 1/3) = 90.
    let second = &said[9]["prevalence"]["customer"];
    assert_eq!(second["rank"], 2);
    assert_eq!(second["children_score"], 50);
    assert_eq!(second["network_ports_score"], 100);
    assert_eq!(second["path_score"], 100);
    // (90 + 100 + 50 + 100) / 4 = 85
    assert_eq!(second["overall_score"], 85);
    // Lines of starts have no lists: nothing is known of them yet.
    assert!(said[4]["prevalence"]["customer"].get("children_score").is_none());
}

prop_compose! {
    fn execution()(image in 0..4_u8, host in 0..4_u8, parent in prop::option::of(0..3_u8), hash in prop::option::of(0..2_u8)) -> (u8, u8, Option<u8>, Option<u8>) {
        (image, host, parent, hash)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_documents_rules(recorded in prop::collection::vec(execution(), 0..40), asked in execution()) {
        let mut engine = Engine::new().unwrap();
        let texts = |(image, host, parent, hash): (u8, u8, Option<u8>, Option<u8>)| {
            (format!(r"C:\x\{image}.exe"), format!("h{host}"), parent.map(|p| format!("p{p}.exe")), hash.map(|h| if h == 0 { H1 } else { H2 }))
        };
        for &one in &recorded {
            let (image, host, parent, hash) = texts(one);
            let execution = Execution { image: &image, hostname: Some(&host), parent_image: parent.as_deref(), hash, ..Execution::default() };
            engine.record(&execution, NOON, NOON).unwrap();
        }
        let (image, host, parent, hash) = texts(asked);
        let profile = Execution { image: &image, parent_image: parent.as_deref(), hash, ..Execution::default() };
        let alone = engine.score(&profile).unwrap();
        prop_assert_eq!(alone.echotrail_score, alone.blocks[0].overall_score, "one block: they are equal");
        let both = engine.score(&Execution { hostname: Some(&host), ..profile }).unwrap();
        let overall = || both.blocks.iter().map(|b| b.overall_score);
        prop_assert!(overall().min().unwrap() <= both.echotrail_score);
        prop_assert!(both.echotrail_score <= overall().max().unwrap());
        for block in &both.blocks {
            let fields: Vec<&str> = block.fields.iter().map(|f| f.field).collect();
            let sent = [Some("path"), parent.as_ref().map(|_| "parent"), hash.map(|_| "hash")];
            prop_assert_eq!(fields, sent.into_iter().flatten().collect::<Vec<_>>(), "what is absent leaves no trace");
            let seen = block.executions > 0;
            prop_assert_eq!(block.rank.is_some(), seen);
            prop_assert!(seen || (block.overall_score, block.host_prev) == (0, 0), "unseen: everything is 0");
            for field in &block.fields {
                prop_assert_eq!(field.score == 100, field.known > 0 && field.count == field.known, "100 is always");
                prop_assert_eq!(field.score == 0, field.count == 0, "0 is never");
            }
            let always = block.fields.iter().all(|f| f.score == 100);
            let first_everywhere = block.rank == Some(1) && block.hosts == block.scope_hosts;
            prop_assert_eq!(block.overall_score == 100, seen && always && first_everywhere);
        }
    }
}

/// Where a record names no host, nobody knows whether the next one is of the same: it counts as an execution on
/// a host that is not known, and no block speaks of that host.
#[test]
fn a_start_without_a_host_name_has_no_host_block_and_its_host_is_shown_as_unknown() {
    let mut engine = Engine::new().unwrap();
    let line = |n: u32, host: &str| {
        format!(
            "{{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",{host}\
             \"UtcTime\":\"2026-01-01 00:00:0{n}.000\",\"ProcessGuid\":\"{{00000000-0000-0000-0000-{n:012x}}}\",\
             \"Image\":\"C:\\\\x\\\\a.exe\"}}\n"
        )
    };
    let text = [line(1, ""), line(2, ""), line(3, "\"Hostname\":\"ws1\",")].concat();
    let (source, environment, emit, received_at) = ("test", None, Emit::All, 1_800_000_000_000);
    let outcome =
        engine.ingest(&Batch { source, first_line: 1, received_at, environment, emit, text: &text });
    let said: Vec<serde_json::Value> =
        outcome.annotated.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let block = |n: usize, scope: &str| said[n]["begat"]["prevalence"][scope].is_object();
    assert_eq!([0, 1, 2].map(|n| block(n, "customer")), [true; 3]);
    assert_eq!([0, 1, 2].map(|n| block(n, "host")), [false, false, true]);
    let stack = Stack { by: StackBy::Image, max_hosts: 5, since: None };
    let [row] = engine.rare(&stack, 0, 0).try_into().unwrap();
    assert_eq!((row.executions, row.hosts), (3, vec!["(unknown)".to_owned(), "ws1".to_owned()]));
}

/// A directory of Windows is asked for in any case, one of Unix in its own.
#[test]
fn insights_into_a_path_find_it_as_it_is_kept() {
    let mut engine = Engine::new().unwrap();
    for image in [r"C:\Tools\foo", "/opt/Tools/foo"] {
        engine.record(&Execution { image, ..Execution::default() }, NOON, NOON).unwrap();
    }
    for (asked, found) in [(r"C:\TOOLS", true), ("/opt/Tools", true), ("/opt/tools", false)] {
        let About::Seen(insight) = engine.insights("foo", Some("paths"), Some(asked)).unwrap() else {
            panic!("foo was seen");
        };
        // Each is one of two executions.
        let values: Vec<_> = insight.fields.iter().flat_map(|field| &field.values).collect();
        assert_eq!(values.len(), usize::from(found), "{asked}: {values:?}");
    }
}
