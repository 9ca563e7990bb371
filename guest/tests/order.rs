//! The final state follows from the set of records: any order of arrival, any cut into batches, and a
//! restart in between leave the same bytes.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::fmt::Write as _;

use begat_guest::{Batch, Emit, Engine};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const HOSTS: [&str; 4] = ["ws1", "WS1.a.example", "ws1.b.example", "srv"];
const IMAGES: [&str; 5] = [
    r"C:\\Windows\\System32\\svchost.exe",
    r"C:\\Windows\\System32\\cmd.exe",
    r"C:\\Windows\\explorer.exe",
    r"C:\\Users\\a\\x.exe",
    "-",
];

/// A record, of few hosts, ids, files and moments, so that records meet.
#[derive(Debug, Clone)]
enum Record {
    Sysmon {
        host: usize,
        guid: u32,
        pid: Option<u32>,
        at: u32,
        image: usize,
        parent: u32,
        parent_pid: u32,
        parent_image: usize,
    },
    Security {
        host: usize,
        pid: u32,
        at: u32,
        image: usize,
        parent_pid: u32,
        parent_image: Option<usize>,
    },
    End {
        host: usize,
        guid: u32,
        at: u32,
    },
    /// Of a process id alone.
    EndOfPid {
        host: usize,
        pid: u32,
        at: u32,
        image: Option<usize>,
    },
    Access {
        host: usize,
        guid: u32,
        at: u32,
        image: usize,
        target: u32,
        target_image: usize,
    },
    /// Into a process that is named by its id alone.
    Thread {
        host: usize,
        guid: u32,
        at: u32,
        target: u32,
        image: Option<usize>,
    },
    /// That a service was asked for (4697, or 7045, which names nobody).
    Service {
        host: usize,
        client: Option<u32>,
        at: u32,
        image: usize,
    },
    /// That a task was made or changed.
    Task {
        host: usize,
        client: u32,
        at: u32,
        image: usize,
        changed: bool,
    },
}

impl Record {
    fn line(&self) -> String {
        let mut line = String::new();
        let open = |line: &mut String, id: u32, host: usize, at: u32| {
            let (second, ms) = (at / 10, at % 10 * 100);
            let channel = match id {
                4688 | 4689 | 4697 | 4698 | 4702 => "Security",
                7045 => "System\",\"SourceName\":\"Service Control Manager",
                _ => "Microsoft-Windows-Sysmon/Operational",
            };
            let _ =
                write!(line, "{{\"EventID\":{id},\"Channel\":\"{channel}\",\"Hostname\":\"{}\"", HOSTS[host]);
            let _ = write!(line, ",\"TimeCreated\":\"2026-01-01T00:00:{second:02}.{ms:03}Z\"");
        };
        let guid = |g: u32| format!("{{00000000-0000-0000-0000-{g:012x}}}");
        match *self {
            Self::Sysmon { host, guid: own, pid, at, image, parent, parent_pid, parent_image } => {
                open(&mut line, 1, host, at);
                let _ = write!(line, ",\"ProcessGuid\":\"{}\",\"Image\":\"{}\"", guid(own), IMAGES[image]);
                if let Some(pid) = pid {
                    let _ = write!(line, ",\"ProcessId\":{pid}");
                }
                let _ = write!(
                    line,
                    ",\"ParentProcessGuid\":\"{}\",\"ParentProcessId\":{parent_pid},\"ParentImage\":\"{}\"",
                    guid(parent),
                    IMAGES[parent_image]
                );
            }
            Self::Security { host, pid, at, image, parent_pid, parent_image } => {
                open(&mut line, 4688, host, at);
                let _ =
                    write!(line, ",\"NewProcessId\":\"{pid:#x}\",\"NewProcessName\":\"{}\"", IMAGES[image]);
                let _ =
                    write!(line, ",\"ProcessId\":\"{parent_pid:#x}\",\"SubjectUserSid\":\"S-1-5-21-{pid}\"");
                if let Some(image) = parent_image {
                    let _ = write!(line, ",\"ParentProcessName\":\"{}\"", IMAGES[image]);
                }
            }
            Self::End { host, guid: own, at } => {
                open(&mut line, 5, host, at);
                let _ = write!(line, ",\"ProcessGuid\":\"{}\"", guid(own));
            }
            Self::EndOfPid { host, pid, at, image } => {
                open(&mut line, 4689, host, at);
                let _ = write!(line, ",\"ProcessId\":\"{pid:#x}\"");
                if let Some(image) = image {
                    let _ = write!(line, ",\"ProcessName\":\"{}\"", IMAGES[image]);
                }
            }
            Self::Access { host, guid: own, at, image, target, target_image } => {
                open(&mut line, 10, host, at);
                let _ = write!(
                    line,
                    ",\"SourceProcessGUID\":\"{}\",\"SourceImage\":\"{}\",\"TargetProcessGUID\":\"{}\",\"TargetImage\":\"{}\"",
                    guid(own),
                    IMAGES[image],
                    guid(target),
                    IMAGES[target_image]
                );
            }
            Self::Thread { host, guid: own, at, target, image } => {
                open(&mut line, 8, host, at);
                let _ = write!(line, ",\"SourceProcessGuid\":\"{}\",\"TargetProcessId\":{target}", guid(own));
                if let Some(image) = image {
                    let _ = write!(line, ",\"TargetImage\":\"{}\"", IMAGES[image]);
                }
            }
            Self::Service { host, client, at, image } => {
                open(&mut line, if client.is_some() { 4697 } else { 7045 }, host, at);
                let _ = write!(line, ",\"ServiceName\":\"s\",\"ImagePath\":\"{} -k\"", IMAGES[image]);
                if let Some(client) = client {
                    let _ = write!(line, ",\"SubjectLogonId\":\"0x3e7\",\"ClientProcessId\":\"{client}\"");
                }
            }
            Self::Task { host, client, at, image, changed } => {
                let (id, content) = if changed { (4702, "TaskContentNew") } else { (4698, "TaskContent") };
                open(&mut line, id, host, at);
                let _ = write!(
                    line,
                    ",\"TaskName\":\"\\\\t\",\"{content}\":\"<Exec><Command>{}</Command></Exec>\",\"ClientProcessId\":\"{client}\"",
                    IMAGES[image]
                );
            }
        }
        line.push('}');
        line
    }
}

fn record() -> impl Strategy<Value = Record> {
    let (host, guid, pid, at, image) = (0..HOSTS.len(), 0..6_u32, 4..8_u32, 0..40_u32, 0..IMAGES.len());
    prop_oneof![
        (
            host.clone(),
            guid.clone(),
            prop::option::of(pid.clone()),
            at.clone(),
            image.clone(),
            guid.clone(),
            pid.clone(),
            image.clone()
        )
            .prop_map(|(host, guid, pid, at, image, parent, parent_pid, parent_image)| {
                Record::Sysmon { host, guid, pid, at, image, parent, parent_pid, parent_image }
            }),
        (host.clone(), pid.clone(), at.clone(), prop::option::of(image.clone()))
            .prop_map(|(host, pid, at, image)| Record::EndOfPid { host, pid, at, image }),
        (host.clone(), pid.clone(), at.clone(), image.clone(), pid, prop::option::of(image.clone()))
            .prop_map(|(host, pid, at, image, parent_pid, parent_image)| Record::Security {
                host,
                pid,
                at,
                image,
                parent_pid,
                parent_image
            }),
        (host.clone(), guid.clone(), at.clone()).prop_map(|(host, guid, at)| Record::End { host, guid, at }),
        (host.clone(), guid.clone(), at.clone(), 4..8_u32, prop::option::of(image.clone()))
            .prop_map(|(host, guid, at, target, image)| Record::Thread { host, guid, at, target, image }),
        (host.clone(), prop::option::of(3..8_u32), at.clone(), image.clone())
            .prop_map(|(host, client, at, image)| Record::Service { host, client, at, image }),
        (host.clone(), 3..8_u32, at.clone(), image.clone(), any::<bool>())
            .prop_map(|(host, client, at, image, changed)| Record::Task { host, client, at, image, changed }),
        (host, guid.clone(), at, image.clone(), guid, image).prop_map(
            |(host, guid, at, image, target, target_image)| Record::Access {
                host,
                guid,
                at,
                image,
                target,
                target_image
            }
        ),
    ]
}

/// Records that claim one id, and what hangs below it by that id or by its process id.
fn claims() -> impl Strategy<Value = Record> {
    let (at, image, child) = (0..40_u32, 0..IMAGES.len(), 4..7_u32);
    let own = |guid, parent, (at, image, parent_image)| Record::Sysmon {
        host: 1,
        guid,
        pid: Some(4 + guid % 3),
        at,
        image,
        parent,
        parent_pid: 4,
        parent_image,
    };
    let some = (at.clone(), image.clone(), image.clone());
    prop_oneof![
        3 => (some.clone(), 2..4_u32).prop_map(move |(some, parent)| own(1, parent, some)),
        2 => (some.clone(), child, 1..5_u32).prop_map(move |(some, child, parent)| own(child, parent, some)),
        2 => (some, 4..8_u32, any::<bool>()).prop_map(|((at, image, parent), pid, named)| Record::Security {
            host: 1,
            pid,
            at,
            image,
            parent_pid: 4,
            parent_image: named.then_some(parent)
        }),
        1 => (at.clone(), image).prop_map(|(at, image)| Record::EndOfPid { host: 1, pid: 4, at, image: Some(image) }),
        1 => at.prop_map(|at| Record::End { host: 1, guid: 4, at }),
    ]
}

/// One file started again and again by one parent, every 300 ms, each start recorded by both sensors, and by
/// Sysmon without process id: every start could be the twin of six others.
fn cadence(starts: u32) -> Vec<Record> {
    let parent = |at: u32| (9, 4, at * 3);
    (0..starts)
        .flat_map(|number| {
            let (parent, parent_pid, at) = parent(number);
            let sysmon = Record::Sysmon {
                host: 0,
                guid: 100 + number,
                pid: None,
                at,
                image: 1,
                parent,
                parent_pid,
                parent_image: 0,
            };
            let security = Record::Security {
                host: 0,
                pid: 100 + number,
                at,
                image: 1,
                parent_pid,
                parent_image: Some(0),
            };
            [sysmon, security]
        })
        .collect()
}

/// A line and its number.
type Line = (u64, String);

/// Records with the line number that each keeps wherever it arrives.
fn shuffled() -> impl Strategy<Value = (Vec<Line>, Vec<Line>)> {
    in_two_orders(prop::collection::vec(record(), 1..24))
}

fn in_two_orders(
    records: impl Strategy<Value = Vec<Record>>,
) -> impl Strategy<Value = (Vec<Line>, Vec<Line>)> {
    records.prop_flat_map(|records| {
        let lines: Vec<Line> = (1..).zip(records.iter().map(Record::line)).collect();
        (Just(lines.clone()), Just(lines).prop_shuffle())
    })
}

/// What begat itself says of threads depends on what was known by then.
fn engine() -> Engine {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"detection": {"remote_thread": false}}"#).unwrap();
    engine
}

fn batch(first_line: u64, text: &str) -> Batch<'_> {
    Batch {
        source: "test",
        first_line,
        received_at: 1_800_000_000_000,
        environment: None,
        emit: Emit::All,
        text,
    }
}

fn take(engine: &mut Engine, first_line: u64, text: &str) -> String {
    engine.ingest(&batch(first_line, text)).annotated
}

fn state_after(lines: &[Line]) -> Engine {
    let mut engine = engine();
    for (number, line) in lines {
        take(&mut engine, *number, line);
    }
    engine
}

/// The same records every time, unless more or others are asked for: what a change breaks shows at once,
/// and a search with `PROPTEST_CASES=100000` is for those who look for more.
fn seed() -> RngSeed {
    let asked =
        std::env::var_os("PROPTEST_CASES").is_some() || std::env::var_os("PROPTEST_RNG_SEED").is_some();
    if asked { ProptestConfig::default().rng_seed } else { RngSeed::Fixed(1) }
}

/// Many, since only rare meetings of records are hard; `PROPTEST_CASES` sets another number.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), rng_seed: seed(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_leaves_the_same_state((lines, other) in shuffled()) {
        let (one, two) = (state_after(&lines), state_after(&other));
        prop_assert_eq!(one.stats(), two.stats());
        prop_assert_eq!(one.images(0, 0), two.images(0, 0));
        prop_assert_eq!(one.processes(None, None, 0, 0), two.processes(None, None, 0, 0));
        prop_assert!(one.snapshot() == two.snapshot(), "snapshots differ");
    }

    #[test]
    fn batches_of_any_size_say_the_same((lines, _) in shuffled(), size in 1_usize..24) {
        let whole: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
        let mut one = engine();
        let said = take(&mut one, 1, &whole);
        let mut two = engine();
        let mut again = String::new();
        for batch in lines.chunks(size) {
            let text: String = batch.iter().map(|(_, line)| format!("{line}\n")).collect();
            again += &take(&mut two, batch[0].0, &text);
        }
        prop_assert_eq!(said, again);
        prop_assert!(one.snapshot() == two.snapshot(), "snapshots differ");
    }

    /// What hangs below an id that many records claim is counted anew once for all of them, which no line shows.
    #[test]
    fn a_flood_of_claims_says_the_same_in_one_batch_and_in_many(
        (lines, other) in in_two_orders(prop::collection::vec(claims(), 1..30))
    ) {
        let whole: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
        let (mut one, mut two) = (engine(), engine());
        let said = take(&mut one, 1, &whole);
        let again: String = lines.iter().map(|(number, line)| take(&mut two, *number, line)).collect();
        prop_assert_eq!(said, again);
        prop_assert!(one.snapshot() == two.snapshot(), "snapshots differ");
        prop_assert!(one.snapshot() == state_after(&other).snapshot(), "another order");
        // Where no line comes back less is read on the way.
        let mut three = engine();
        let silent = Batch { emit: Emit::Nothing, ..batch(1, &whole) };
        three.ingest(&silent);
        prop_assert!(one.snapshot() == three.snapshot(), "silently");
    }

    #[test]
    fn restarts_change_nothing((lines, _) in shuffled()) {
        let mut one = engine();
        let mut two = engine();
        for (number, line) in &lines {
            let snapshot = two.snapshot();
            two = engine();
            two.restore(&snapshot).unwrap();
            prop_assert!(two.snapshot() == snapshot, "a restored state saves other bytes");
            prop_assert_eq!(take(&mut one, *number, line), take(&mut two, *number, line));
            prop_assert_eq!(one.stats(), two.stats());
        }
        prop_assert!(one.snapshot() == two.snapshot(), "snapshots differ");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases() / 40, rng_seed: seed(), failure_persistence: None, ..ProptestConfig::default() })]

    /// However many could be each other's twins: every 4688 has a Sysmon record of the same moment, so there
    /// are as many starts as moments.
    #[test]
    fn a_flood_of_twins_is_matched_in_any_order(
        (lines, other) in in_two_orders((1_u32..190).prop_map(cadence))
    ) {
        let (one, two) = (state_after(&lines), state_after(&other));
        prop_assert_eq!(one.stats().kinds, [("process-start".to_owned(), lines.len() as u64 / 2)]);
        prop_assert_eq!(one.stats(), two.stats());
        prop_assert!(one.snapshot() == two.snapshot(), "snapshots differ");
    }
}
