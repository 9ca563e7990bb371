//! Within its limit: what was silent longest goes, is counted, and takes no count with it.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use begat_guest::engine::Execution;
use begat_guest::{Batch, Emit, Engine};

mod mixed;

/// A start on one of three hosts, a child of the start before it on that host, one second later each.
fn start(number: u64) -> String {
    let guid = |n: u64| format!("{{00000000-0000-0000-0000-{n:012x}}}");
    let (minute, second) = (number / 60 % 60, number % 60);
    format!(
        "{{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"ws{}\",\
         \"UtcTime\":\"2026-01-01 {:02}:{minute:02}:{second:02}.000\",\"ProcessGuid\":\"{}\",\"ProcessId\":{number},\
         \"Image\":\"C:\\\\x\\\\app{}.exe\",\"ParentProcessGuid\":\"{}\",\"ParentImage\":\"C:\\\\x\\\\app{}.exe\"}}\n",
        number % 3,
        number / 3600,
        guid(number),
        number % 7,
        guid(number - 3),
        (number - 3) % 7
    )
}

fn take(engine: &mut Engine, numbers: std::ops::Range<u64>) {
    let text: String = numbers.clone().map(start).collect();
    engine.ingest(&Batch {
        source: "test",
        first_line: numbers.start,
        received_at: 1_800_000_000_000,
        environment: None,
        emit: Emit::Nothing,
        text: &text,
    });
}

fn limited() -> Engine {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"processes": 100}}"#).unwrap();
    engine
}

#[test]
fn the_limit_holds_and_counts_stay() {
    let mut engine = limited();
    take(&mut engine, 3..1003);
    let stats = engine.stats();
    assert!(stats.processes <= 100, "{}", stats.processes);
    // Every instance is held or evicted: 1000 starts, and the parents 1 and 2 that the first of them name; the
    // id 0 is the nil GUID and names nobody.
    assert_eq!(stats.processes + stats.evicted_processes, 1002);
    let (expected, violation, unknown) = stats.hierarchy;
    assert_eq!(expected + violation + unknown, 1000, "every start was judged, held or not");
    let images = engine.images(0, 0);
    assert_eq!(images.iter().map(|i| i.executions).sum::<u64>(), 1000);
    assert_eq!(images.len(), 7);
    assert!(images.iter().all(|i| i.hosts == 3));
}

#[test]
fn the_youngest_stay_and_name_those_above_them() {
    let mut engine = limited();
    take(&mut engine, 3..1003);
    let id = format!("ws{}/00000000-0000-0000-0000-{:012x}", 1002 % 3, 1002);
    let ancestry = engine.ancestry(&id).unwrap();
    let parent = ancestry.ancestors.first().unwrap();
    assert_eq!(parent.image.as_deref(), Some(format!("C:\\x\\app{}.exe", 999 % 7).as_str()));
    assert!(ancestry.partial);
}

#[test]
fn a_restart_between_evictions_changes_nothing() {
    restarts_change_nothing(limited, 3, take);
}

/// One engine takes all, another is restarted after every fifty.
fn restarts_change_nothing(new: fn() -> Engine, first: u64, take: fn(&mut Engine, std::ops::Range<u64>)) {
    let (mut one, mut two) = (new(), new());
    for at in (first..first + 1000).step_by(50) {
        take(&mut one, at..at + 50);
        take(&mut two, at..at + 50);
        let snapshot = two.snapshot();
        two = Engine::new().unwrap();
        two.restore(&snapshot).unwrap();
        assert!(two.snapshot() == snapshot, "after {at}");
    }
    assert_eq!(one.stats(), two.stats());
    assert!(one.snapshot() == two.snapshot(), "snapshots differ");
}

#[test]
fn a_new_configuration_keeps_what_is_held() {
    let mut engine = Engine::new().unwrap();
    take(&mut engine, 3..103);
    let before = (engine.stats(), engine.images(0, 0));
    engine.configure(r#"{"prevalence": {"weights": {"path": 2}}}"#).unwrap();
    assert_eq!((engine.stats(), engine.images(0, 0)), before);
}

#[test]
fn the_smallest_limit_works() {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"processes": 1}}"#).unwrap();
    take(&mut engine, 3..50);
    assert!(engine.stats().processes <= 2);
    assert_eq!(engine.images(0, 0).iter().map(|i| i.executions).sum::<u64>(), 47);
}

/// A start of an image of its own on a host of its own.
fn stranger(number: u64) -> String {
    format!(
        "{{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"host-{number}\",\
         \"UtcTime\":\"2026-01-01 {:02}:{:02}:{:02}.000\",\"ProcessGuid\":\"{{00000000-0000-0000-0000-{:012x}}}\",\
         \"Image\":\"C:\\\\x\\\\app-{number}.exe\"}}\n",
        number / 3600,
        number / 60 % 60,
        number % 60,
        number + 1
    )
}

fn take_strangers(engine: &mut Engine, numbers: std::ops::Range<u64>) {
    let text: String = numbers.clone().map(stranger).collect();
    let received_at = 1_800_000_000_000;
    let (source, environment, emit) = ("test", None, Emit::Nothing);
    engine.ingest(&Batch {
        source,
        first_line: numbers.start + 1,
        received_at,
        environment,
        emit,
        text: &text,
    });
}

#[test]
fn counts_stay_within_their_limit_and_the_oldest_go() {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"counts": 100}}"#).unwrap();
    take_strangers(&mut engine, 0..1000);
    let images = engine.images(0, 0);
    // An image that ran once holds a cell and a sighting: 50 fit, and three quarters of the limit hold 37.
    assert!((37..=50).contains(&images.len()), "{}", images.len());
    // Each image ran once: those that stay are the last ones.
    assert!(images.iter().any(|row| row.image == "app-999.exe"));
    assert!(!images.iter().any(|row| row.image == "app-0.exe"));
    let stats = engine.stats();
    assert_eq!(stats.evicted_values, 1000 - images.len() as u64, "what is not counted is told");
    assert_eq!((stats.processes, stats.evicted_processes), (1000, 0));
}

#[test]
fn hosts_stay_within_their_limit_and_the_totals_keep_the_rest() {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"hosts": 100}}"#).unwrap();
    take_strangers(&mut engine, 0..1000);
    let stats = engine.stats();
    assert!((75..=100).contains(&stats.hosts.len()), "{}", stats.hosts.len());
    assert!(stats.hosts.contains(&"host-999".to_owned()) && !stats.hosts.contains(&"host-0".to_owned()));
    assert_eq!(stats.hosts.len() as u64 + stats.evicted_hosts, 1000);
    assert_eq!(stats.processes + stats.evicted_processes, 1000);
    assert_eq!((stats.lines, stats.recognised), (1000, 1000));
    assert_eq!(stats.kinds, [("process-start".to_owned(), 1000)]);
    let (expected, violation, unknown) = stats.hierarchy;
    assert_eq!(expected + violation + unknown, 1000);
}

#[test]
fn a_restart_between_evictions_of_hosts_and_counts_changes_nothing() {
    let narrow = || {
        let mut engine = Engine::new().unwrap();
        engine.configure(r#"{"limits": {"hosts": 90, "counts": 60, "processes": 80}}"#).unwrap();
        engine
    };
    restarts_change_nothing(narrow, 0, take_strangers);
}

#[test]
fn recorded_profiles_stay_within_the_limits_too() {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"hosts": 100, "counts": 200}}"#).unwrap();
    for number in 0..1000 {
        let (image, host) = (format!("app-{number}.exe"), format!("host-{number}"));
        let execution = Execution { image: &image, hostname: Some(&host), ..Execution::default() };
        engine.record(&execution, 1_790_000_000_000 + number, 1_800_000_000_000).unwrap();
    }
    let hosts = engine.stats().hosts;
    assert!((75..=100).contains(&hosts.len()) && hosts.contains(&"host-999".to_owned()), "{}", hosts.len());
}

#[test]
fn what_finds_no_room_is_still_scored_by_all_that_it_shows() {
    // One way to look may be counted; the others differ by their hash alone.
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"values": 1}}"#).unwrap();
    let text: String = (1..=5)
        .map(|n| {
            format!(
                "{{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"ws1\",\
                 \"UtcTime\":\"2026-01-01 00:00:0{n}.000\",\"ProcessGuid\":\"{{00000000-0000-0000-0000-{n:012x}}}\",\
                 \"Image\":\"C:\\\\x\\\\a.exe\",\"ParentImage\":\"C:\\\\p.exe\",\"Hashes\":\"MD5={n:032x}\"}}\n"
            )
        })
        .collect();
    let (source, environment, emit) = ("test", None, Emit::All);
    let batch =
        Batch { source, first_line: 1, received_at: 1_800_000_000_000, environment, emit, text: &text };
    let outcome = engine.ingest(&batch);
    let last = outcome.annotated.lines().last().unwrap();
    let said: serde_json::Value = serde_json::from_str(last).unwrap();
    // The first was counted with path and parent, the three after it by their image alone: of the one
    // execution whose path is known it had this path.
    let customer = &said["begat"]["prevalence"]["customer"];
    assert_eq!((&customer["path_score"], &customer["parent_score"]), (&100.into(), &100.into()));
    assert_eq!(engine.stats().evicted_values, 4);
    assert_eq!(engine.images(0, 0)[0].executions, 5);
}

/// Twenty hosts of which eight are held: texts are numbered anew while a batch is read, and its later lines belong to
/// the environment and the file that it says all the same.
#[test]
fn lines_after_an_eviction_are_of_the_batch_s_environment_and_file() {
    let line = |number: u64| start(number).replace("\"ws", &format!("\"host{}-", number % 20));
    let lines: Vec<String> = (3..203).map(line).collect();
    let read = |limits: &str, size: usize| {
        let mut engine = Engine::new().unwrap();
        engine.configure(limits).unwrap();
        let mut said = String::new();
        for (place, lines) in lines.chunks(size).enumerate() {
            let (text, first_line) = (lines.concat(), (place * size) as u64 + 1);
            let (environment, emit, received_at) = (Some("lab"), Emit::All, 1_800_000_000_000);
            let batch = Batch { source: "file", first_line, received_at, environment, emit, text: &text };
            said += &engine.ingest(&batch).annotated;
        }
        (engine, said)
    };
    let [hosts, processes] = [r#"{"limits": {"hosts": 8}}"#, r#"{"limits": {"processes": 60}}"#];
    for limits in [hosts, processes] {
        let (whole, said) = read(limits, 200);
        let (single, said_by_line) = read(limits, 1);
        assert_eq!(said, said_by_line, "{limits}");
        assert!(whole.snapshot() == single.snapshot(), "{limits}: how lines are cut decides");
    }
    let mut whole = read(hosts, 200).0;
    let processes = whole.processes(None, None, 0, 0);
    assert!(!processes.is_empty());
    assert!(
        processes.iter().all(|process| process.origin.as_ref().is_none_or(|(file, _)| file == "file")),
        "{processes:?}"
    );
    whole.forget_environment("lab").unwrap();
    assert_eq!(whole.stats().processes, 0);
}
