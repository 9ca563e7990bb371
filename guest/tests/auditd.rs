//! Linux audit records: events of several lines, whatever lies between them.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use begat_guest::engine::Row;
use begat_guest::{Batch, Emit, Engine, Outcome};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Two shells of two hosts start something at once, under one serial; curl goes to an address.
const STORY: &str = r#"
node=web1 type=SYSCALL msg=audit(1772366401.000:10): arch=c000003e syscall=59 success=yes exit=0 items=2 ppid=1 pid=100 auid=0 uid=0 comm="sshd" exe="/usr/sbin/sshd" key=(null)
node=web1 type=EXECVE msg=audit(1772366401.000:10): argc=2 a0="sshd" a1="-D"
node=web1 type=PROCTITLE msg=audit(1772366401.000:10): proctitle="sshd"
node=web1 type=SYSCALL msg=audit(1772366402.000:11): arch=c000003e syscall=59 success=yes exit=0 items=2 ppid=100 pid=200 auid=1000 uid=1000 comm="bash" exe="/usr/bin/bash" key=(null) ARCH=x86_64 SYSCALL=execve AUID="ann" UID="ann"
node=web2 type=SYSCALL msg=audit(1772366402.000:11): arch=c00000b7 syscall=221 success=yes exit=0 items=2 ppid=1 pid=900 auid=1000 uid=1000 comm="cron" exe="/usr/sbin/cron" key=(null)
node=web1 type=SYSCALL msg=audit(1772366402.000:12): arch=c000003e syscall=59 success=yes exit=0 items=2 ppid=200 pid=201 auid=1000 uid=1000 comm="curl" exe="/usr/bin/curl" key=(null)
node=web2 type=EXECVE msg=audit(1772366402.000:11): argc=2 a0="cron" a1="-f"
node=web1 type=EXECVE msg=audit(1772366402.000:12): argc=3 a0="curl" a1_len=11 a1[0]="http://"
node=web1 type=PROCTITLE msg=audit(1772366402.000:11): proctitle=62617368002D6C
node=web1 type=CWD msg=audit(1772366402.000:12): cwd="/root"
node=web1 type=EXECVE msg=audit(1772366402.000:12): a1[1]="evil" a2="-s"
node=web1 type=PROCTITLE msg=audit(1772366402.000:12): proctitle=6375726C
node=web1 type=SYSCALL msg=audit(1772366403.000:13): arch=c000003e syscall=42 success=no exit=-115 a0=3 ppid=200 pid=201 uid=1000 comm="curl" exe="/usr/bin/curl" key=(null)
node=web1 type=SOCKADDR msg=audit(1772366403.000:13): saddr=020001BBCB0071070000000000000000
node=web1 type=SYSCALL msg=audit(1772366404.000:14): arch=c000003e syscall=42 success=yes exit=0 a0=3 ppid=200 pid=201 uid=1000 comm="curl" exe="/usr/bin/curl" key=(null)
node=web1 type=SOCKADDR msg=audit(1772366404.000:14): saddr=01002F72756E2F6E73636400
node=web1 type=PROCTITLE msg=audit(1772366404.000:14): proctitle=6375726C
node=web1 type=SYSCALL msg=audit(1772366405.000:15): arch=c000003e syscall=231 a0=0 ppid=200 pid=201 uid=1000 comm="curl" exe="/usr/bin/curl" key=(null)
node=web1 type=SYSCALL msg=audit(1772366406.000:16): arch=c000003e syscall=59 success=no exit=-2 ppid=200 pid=202 uid=1000 comm="bash" exe="/usr/bin/bash" key=(null)
node=web1 type=EXECVE msg=audit(1772366406.000:16): argc=1 a0="nothing"
"#;

/// What each line is; nothing where it passes untouched.
const KINDS: [&str; 20] = [
    "process-start",
    "other",
    "other",
    "process-start",
    "process-start",
    "process-start",
    "other",
    "other",
    "other",
    "",
    "other",
    "other",
    "other",
    "network-connection",
    "other",
    "",
    "",
    "process-end",
    "",
    "",
];

fn lines() -> Vec<&'static str> {
    STORY.lines().filter(|line| !line.is_empty()).collect()
}

fn read(engine: &mut Engine, first_line: usize, text: &str) -> Outcome {
    let outcome = engine.ingest(&Batch {
        source: "audit.log",
        first_line: first_line as u64,
        received_at: 1_772_370_000_000,
        environment: None,
        emit: Emit::All,
        text,
    });
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    outcome
}

fn whole() -> (Engine, Outcome) {
    let mut engine = Engine::new().unwrap();
    let outcome = read(&mut engine, 1, &lines().join("\n"));
    (engine, outcome)
}

/// These columns of each row, with a bar between them.
fn shown(engine: &mut Engine, query: &str, columns: &[&str]) -> Vec<String> {
    let rows = engine.query(query, 0, 0).unwrap();
    let get = |row: &Row, column: &str| {
        row.columns.iter().find(|(name, _)| name == column).map_or(String::new(), |(_, text)| text.clone())
    };
    let show = |row: &Row| columns.iter().map(|column| get(row, column)).collect::<Vec<_>>().join("|");
    rows.iter().map(show).collect()
}

/// Starts and connections, as queries show them.
fn told(engine: &mut Engine) -> (Vec<String>, Vec<String>) {
    let starts = "entity=process&action=run&attr=file_name:*";
    let connections =
        "entity=network&action=outgoing_network,incoming_network,failed_network&attr=remote_ip:*";
    (
        shown(engine, starts, &["file_name", "pid", "username", "cmd"]),
        shown(engine, connections, &["action", "remote_ip", "remote_port", "file_name", "pid"]),
    )
}

/// By hand from the records.
fn truth() -> (Vec<String>, Vec<String>) {
    let starts = [
        "sshd|100|root|sshd -D",
        "bash|200|ann|bash -l",
        "curl|201||curl http://evil -s",
        "cron|900||cron -f",
    ];
    let connections = ["outgoing_network|203.0.113.7|443|curl|201"];
    (starts.map(str::to_owned).to_vec(), connections.map(str::to_owned).to_vec())
}

#[test]
fn each_line_is_annotated_as_what_it_tells() {
    let (_, outcome) = whole();
    let annotated: Vec<&str> = outcome.annotated.lines().collect();
    for ((line, &out), kind) in lines().into_iter().zip(&annotated).zip(KINDS) {
        if kind.is_empty() {
            assert_eq!(out, line);
        } else {
            let value: Value = serde_json::from_str(out).unwrap();
            assert_eq!((&value["message"], &value["begat"]["kind"]), (&json!(line), &json!(kind)));
        }
    }
    assert_eq!((outcome.lines, outcome.recognised, outcome.passed), (20, 15, 5));
}

#[test]
fn processes_have_parents_users_and_ends() {
    let (mut engine, outcome) = whole();
    let processes = engine.processes(None, None, 0, 10);
    let chain = engine.chain(&processes[1].id, 0).unwrap();
    assert_eq!(chain.damage.users, ["ann"]);
    assert_eq!(chain.nodes[0].process.user.as_deref(), Some("ann"), "as it is shown in a tree");
    let said: Vec<String> = processes
        .iter()
        .map(|p| {
            format!("{} {} {}", p.host, p.image.as_deref().unwrap_or("-"), p.user.as_deref().unwrap_or("-"))
        })
        .collect();
    assert_eq!(
        said,
        [
            "web1 /usr/sbin/sshd root",
            "web1 /usr/bin/bash ann",
            "web1 /usr/bin/curl -",
            "web2 /usr/sbin/cron -",
        ]
    );
    let curl: Value = serde_json::from_str(outcome.annotated.lines().nth(5).unwrap()).unwrap();
    let causality = &curl["begat"]["causality"];
    assert_eq!(causality["process"], "web1/201/2026-03-01T12:00:02.000Z");
    assert_eq!(causality["ancestors"], json!(["bash", "sshd"]));
    // What completes the start is about the same process.
    let more: Value = serde_json::from_str(outcome.annotated.lines().nth(7).unwrap()).unwrap();
    assert_eq!(more["begat"]["causality"]["process"], causality["process"]);
}

#[test]
fn command_lines_and_addresses_come_from_the_records_after() {
    assert_eq!(told(&mut whole().0), truth());
}

#[test]
fn a_batch_may_end_anywhere_and_an_instance_too() {
    let (engine, outcome) = whole();
    let lines = lines();
    for cut in 0..lines.len() {
        let mut first = Engine::new().unwrap();
        let annotated = read(&mut first, 1, &lines[..cut].join("\n")).annotated;
        // What was asked before is found again.
        told(&mut first);
        let mut second = Engine::new().unwrap();
        second.restore(&first.snapshot()).unwrap();
        for instance in [&mut first, &mut second] {
            let rest = read(instance, cut + 1, &lines[cut..].join("\n")).annotated;
            assert_eq!(format!("{annotated}{rest}"), outcome.annotated, "cut before line {}", cut + 1);
            assert_eq!(told(instance), truth(), "cut before line {}", cut + 1);
            assert_eq!(instance.snapshot(), engine.snapshot(), "cut before line {}", cut + 1);
        }
    }
}

#[test]
fn the_same_records_again_tell_nothing_new() {
    let mut engine = whole().0;
    read(&mut engine, 1, &lines().join("\r\n"));
    assert_eq!(told(&mut engine), truth());
    // A copy under a smaller name takes the origin over, and nothing else.
    engine.ingest(&Batch {
        source: "a.log",
        first_line: 1,
        received_at: 1_772_370_000_000,
        environment: None,
        emit: Emit::Nothing,
        text: &lines().join("\n"),
    });
    assert_eq!(told(&mut engine), truth());
}

#[test]
fn what_completes_nothing_passes() {
    let mut engine = Engine::new().unwrap();
    let lines = lines();
    let outcome = read(&mut engine, 1, &[lines[1], lines[13], lines[2]].join("\n"));
    assert_eq!((outcome.recognised, outcome.passed), (0, 3));
    // A start without the records after it is a start without a command line.
    read(&mut engine, 4, lines[0]);
    assert_eq!(told(&mut engine).0, ["sshd|100|root|"]);
}

#[test]
fn a_flood_of_begun_events_is_bounded() {
    let mut engine = Engine::new().unwrap();
    let connect = |serial: u32| {
        format!(
            "type=SYSCALL msg=audit(1772366403.000:{serial}): arch=c000003e syscall=42 success=yes exit=0 pid=7 exe=\"/x\""
        )
    };
    let address = |serial: u32| {
        format!("type=SOCKADDR msg=audit(1772366403.000:{serial}): saddr=020001BBCB0071070000000000000000")
    };
    // 256 are waited for: of 257 the first is let go.
    let begun: Vec<String> = (1..=257).map(connect).collect();
    read(&mut engine, 1, &begun.join("\n"));
    assert_eq!(read(&mut engine, 258, &address(1)).passed, 1);
    assert_eq!(read(&mut engine, 259, &address(2)).recognised, 1);
    assert_eq!(read(&mut engine, 260, &address(257)).recognised, 1);
}

/// A command line comes in pieces, and between them what other processes did; up to 4,096 bytes of it are kept.
#[test]
fn pieces_of_a_command_line_may_come_behind_much_else() {
    let piece =
        |number: u8, text: &str| format!("type=EXECVE msg=audit(1772366401.000:10): a{number}=\"{text}\"");
    let start = |pid: u32| {
        format!(
            "type=SYSCALL msg=audit(1772366401.000:{pid}): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid={pid} exe=\"/x{pid}\""
        )
    };
    let mut lines = vec![start(10)];
    let mut expected = Vec::new();
    for number in 0..10 {
        // 499 letters, and a blank between two pieces: eight and 96 letters of the ninth are kept.
        let text = char::from(b'a' + number).to_string().repeat(499);
        lines.push(piece(number, &text));
        expected.push(text);
        // More starts than are waited for would let this one go.
        lines.extend((0..25).map(|other| start(1000 + u32::from(number) * 25 + other)));
    }
    let kept: String = expected.join(" ").chars().take(4096).collect();
    for restarts in [false, true] {
        let mut engine = Engine::new().unwrap();
        for (place, line) in lines.iter().enumerate() {
            read(&mut engine, place + 1, line);
            if restarts && place % 40 == 0 {
                told(&mut engine);
                let snapshot = engine.snapshot();
                engine = Engine::new().unwrap();
                engine.restore(&snapshot).unwrap();
            }
        }
        let starts = shown(&mut engine, "entity=process&action=run&attr=file_name:*", &["pid", "cmd"]);
        assert_eq!(starts.len(), 251);
        assert!(starts.contains(&format!("10|{kept}")));
        assert_eq!(starts.iter().filter(|start| start.ends_with('|')).count(), 250, "the others have none");
    }
}

#[test]
fn a_forgotten_host_takes_along_what_it_began() {
    let lines = lines();
    let mut engine = Engine::new().unwrap();
    read(&mut engine, 1, &lines[..6].join("\n"));
    engine.forget_host("web1").unwrap();
    let outcome = read(&mut engine, 7, &lines[6..9].join("\n"));
    assert_eq!((outcome.recognised, outcome.passed), (1, 2));
    assert_eq!(told(&mut engine).0, ["cron|900||cron -f"]);
}

proptest! {
    /// Whatever lines come, in whatever order and however often: batches make no difference, and none panics.
    #[test]
    fn batches_make_no_difference(
        picked in prop::collection::vec((0_usize..20, any::<bool>()), 0..40),
    ) {
        let lines = lines();
        let text: Vec<&str> = picked.iter().map(|&(place, _)| lines[place]).collect();
        let mut whole = Engine::new().unwrap();
        let annotated = read(&mut whole, 1, &text.join("\n")).annotated;
        let mut cut = Engine::new().unwrap();
        let mut pieces = String::new();
        for (at, (line, &(_, restarts))) in text.iter().zip(&picked).enumerate() {
            pieces.push_str(&read(&mut cut, at + 1, line).annotated);
            if restarts {
                let snapshot = cut.snapshot();
                cut = Engine::new().unwrap();
                cut.restore(&snapshot).unwrap();
            }
        }
        prop_assert_eq!(pieces, annotated);
        prop_assert_eq!(cut.snapshot(), whole.snapshot());
    }
}
