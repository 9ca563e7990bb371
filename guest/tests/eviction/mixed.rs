//! Records of all kinds, under limits that are met again and again.

use begat_guest::{Batch, Emit, Engine};
use proptest::prelude::*;

/// A record of few hosts, of which two are one, in an environment: a start by either sensor, an end, a connection, a
/// file, or an alert about a process or a file.
fn mixed() -> impl Strategy<Value = (usize, String)> {
    const HOSTS: [&str; 3] = ["ws1", "WS1.a.example", "srv"];
    (0..HOSTS.len(), 0..2_usize, 0..12_u32, 1..12_u32, 0..12_u32, 0..50_u32).prop_map(
        |(host, environment, kind, process, parent, at)| {
            let guid = |n: u32| format!("{{00000000-0000-0000-{:04x}-{n:012x}}}", host / 2);
            let head = format!(
                "\"Hostname\":\"{}\",\"UtcTime\":\"2026-01-01 00:00:{at:02}.000\",\"TimeCreated\":\"2026-01-01T00:00:{at:02}Z\"",
                HOSTS[host]
            );
            let sysmon = "\"Channel\":\"Microsoft-Windows-Sysmon/Operational\"";
            let text = match kind {
                0..=3 => format!(
                    "{{\"EventID\":1,{sysmon},{head},\"ProcessGuid\":\"{}\",\"ProcessId\":{process},\
                     \"Image\":\"C:\\\\x\\\\{process}.exe\",\"ParentProcessGuid\":\"{}\"}}\n",
                    guid(process),
                    guid(parent)
                ),
                4 | 5 => format!(
                    "{{\"EventID\":4688,\"Channel\":\"Security\",{head},\"NewProcessId\":\"{process:#x}\",\
                     \"NewProcessName\":\"C:\\\\x\\\\{process}.exe\",\"ProcessId\":\"{parent:#x}\"}}\n"
                ),
                6 | 7 => format!(
                    "{{\"EventID\":4689,\"Channel\":\"Security\",{head},\"ProcessId\":\"{process:#x}\",\
                     \"ProcessName\":\"C:\\\\x\\\\{process}.exe\"}}\n"
                ),
                8 | 9 => format!(
                    "{{\"EventID\":3,{sysmon},{head},\"ProcessGuid\":\"{}\",\"DestinationPort\":\"{}\"}}\n",
                    guid(process),
                    440 + parent
                ),
                10 => format!(
                    "{{\"EventID\":11,{sysmon},{head},\"ProcessGuid\":\"{}\",\"TargetFilename\":\"C:\\\\x\\\\{parent}.exe\"}}\n",
                    guid(process)
                ),
                _ => format!(
                    "{{\"@timestamp\":\"2026-01-01T00:00:{at:02}Z\",\"event\":{{\"kind\":\"alert\",\"id\":\"v{at}\"}},\
                     \"rule\":{{\"name\":\"r{parent}\"}},\"host\":{{\"name\":\"{}\"}},\
                     \"process\":{{\"pid\":{process}}},\"file\":{{\"path\":\"C:\\\\x\\\\{parent}.exe\"}}}}\n",
                    HOSTS[host]
                ),
            };
            (environment, text)
        },
    )
}

proptest! {
    /// What is taken out where it stands leaves what counting anew from a snapshot would make.
    #[test]
    fn a_restart_after_any_record_changes_nothing(
        lines in prop::collection::vec(mixed(), 0..60),
        limits in (4..20_u32, 6..40_u32),
    ) {
        let new = || {
            let mut engine = Engine::new().unwrap();
            let (processes, counts) = limits;
            engine
                .configure(&format!("{{\"limits\": {{\"processes\": {processes}, \"counts\": {counts}}}}}"))
                .unwrap();
            engine
        };
        let (mut one, mut two) = (new(), new());
        for (number, (environment, text)) in (1..).zip(&lines) {
            let (source, emit, received_at) = ("test", Emit::All, 1_800_000_000_000);
            let environment = [None, Some("office")][*environment];
            let batch = Batch { source, first_line: number, received_at, environment, emit, text };
            prop_assert_eq!(one.ingest(&batch).annotated, two.ingest(&batch).annotated);
            let snapshot = two.snapshot();
            prop_assert!(one.snapshot() == snapshot, "after line {}", number);
            two.restore(&snapshot).unwrap();
        }
        prop_assert_eq!(one.stats(), two.stats());
        prop_assert_eq!(one.images(0, 0), two.images(0, 0));
    }
}

/// What a list of lines leaves that is cut into batches at these places, and what it says.
fn read(lines: &[(usize, String)], limits: &str, cuts: &[bool]) -> (Engine, String) {
    let mut engine = Engine::new().unwrap();
    engine.configure(limits).unwrap();
    let (mut said, mut from) = (String::new(), 0);
    for to in 1..=lines.len() {
        // A batch is of one environment.
        let goes_on = lines.get(to).is_some_and(|(next, _)| *next == lines[from].0);
        if goes_on && !cuts[to % cuts.len()] {
            continue;
        }
        let text: String = lines[from..to].iter().map(|(_, text)| text.as_str()).collect();
        let environment = [None, Some("office")][lines[from].0];
        let (source, emit, received_at) = ("test", Emit::All, 1_800_000_000_000);
        let batch =
            Batch { source, first_line: from as u64 + 1, received_at, environment, emit, text: &text };
        said += &engine.ingest(&batch).annotated;
        from = to;
    }
    (engine, said)
}

proptest! {
    /// Limits are met in the middle of a batch as between two: where it is cut decides neither what goes nor what is said.
    /// Alerts are left out: links between their clusters are followed at the end of a batch, and when they were seen is
    /// part of a cluster's story.
    #[test]
    fn how_lines_are_cut_decides_nothing(
        lines in prop::collection::vec(mixed(), 0..60),
        limits in (4..20_u32, 6..40_u32, 1..4_u32, 3..20_u32),
        cuts in prop::collection::vec(any::<bool>(), 1..20),
    ) {
        let lines: Vec<_> = lines.into_iter().filter(|(_, text)| !text.contains("alert")).collect();
        let (processes, counts, hosts, events) = limits;
        let limits = format!(
            "{{\"limits\": {{\"processes\": {processes}, \"counts\": {counts}, \"hosts\": {hosts}, \
             \"events\": {events}}}}}"
        );
        let (one, said) = read(&lines, &limits, &cuts);
        let (two, said_by_line) = read(&lines, &limits, &[true]);
        prop_assert_eq!(said, said_by_line);
        prop_assert_eq!(one.stats(), two.stats());
        prop_assert!(one.snapshot() == two.snapshot());
    }
}
