//! What is forgotten leaves the state as if it had never been seen.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use begat_guest::{Batch, Emit, Engine};
use proptest::prelude::*;

const HOSTS: [&str; 4] = ["ws1", "WS1.a.example", "srv", "dc.b.example"];
const ENVIRONMENTS: [Option<&str>; 3] = [None, Some("office"), Some("plant")];

/// A line of a host in an environment: a start by either sensor, an end, a connection, or none that is known.
#[derive(Debug, Clone)]
struct Line {
    host: usize,
    environment: usize,
    text: String,
}

fn line() -> impl Strategy<Value = Line> {
    (0..HOSTS.len(), 0..ENVIRONMENTS.len(), 0..9_u32, 1..6_u32, 0..5_u32, 0..50_u32).prop_map(
        |(host, environment, kind, process, parent, at)| {
            let guid = |n: u32| format!("{{00000000-0000-0000-{host:04x}-{n:012x}}}");
            let head = format!(
                "\"Hostname\":\"{}\",\"TimeCreated\":\"2026-{:02}-{:02}T00:00:00Z\"",
                HOSTS[host],
                1 + at / 28,
                1 + at % 28
            );
            let sysmon = "\"Channel\":\"Microsoft-Windows-Sysmon/Operational\"";
            let text = match kind {
                0..=3 => format!(
                    "{{\"EventID\":1,{sysmon},{head},\"ProcessGuid\":\"{}\",\"ProcessId\":{process},\
                     \"Image\":\"C:\\\\x\\\\{process}.exe\",\"ParentProcessGuid\":\"{}\"}}",
                    guid(process),
                    guid(parent)
                ),
                4 | 5 => format!(
                    "{{\"EventID\":4688,\"Channel\":\"Security\",{head},\"NewProcessId\":\"{process:#x}\",\
                     \"NewProcessName\":\"C:\\\\x\\\\{process}.exe\",\"ProcessId\":\"{parent:#x}\"}}"
                ),
                6 => format!(
                    "{{\"EventID\":3,{sysmon},{head},\"ProcessGuid\":\"{}\",\"DestinationPort\":\"{}\"}}",
                    guid(process),
                    440 + parent
                ),
                7 => format!(
                    "{{\"EventID\":4689,\"Channel\":\"Security\",{head},\"ProcessId\":\"{process:#x}\",\
                     \"ProcessName\":\"C:\\\\x\\\\{process}.exe\"}}"
                ),
                _ => "{\"what\":\"nobody knows\"}".to_owned(),
            };
            Line { host, environment, text }
        },
    )
}

/// A line of either name of the first host, in every environment.
fn both_names() -> Vec<Line> {
    (0..ENVIRONMENTS.len())
        .flat_map(|environment| {
            [0, 1].map(|host| Line {
                host,
                environment,
                text: format!(
                    "{{\"EventID\":4,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"{}\"}}",
                    HOSTS[host]
                ),
            })
        })
        .collect()
}

fn state_after<'l>(lines: impl Iterator<Item = (usize, &'l Line)>) -> Engine {
    let mut engine = Engine::new().unwrap();
    // What time let go because of a forgotten host stays gone.
    engine.configure(r#"{"causality": {"keep": "366d"}}"#).unwrap();
    for (number, line) in lines {
        engine.ingest(&Batch {
            source: "test",
            first_line: number as u64 + 1,
            received_at: 1_780_000_000_000,
            environment: ENVIRONMENTS[line.environment],
            emit: Emit::Nothing,
            text: &line.text,
        });
    }
    engine
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_host_leaves_no_trace(lines in prop::collection::vec(line(), 1..40), host in 2..HOSTS.len()) {
        let known = |line: &Line| !line.text.contains("nobody");
        let mut engine = state_after(lines.iter().enumerate());
        let without = state_after(lines.iter().enumerate().filter(|(_, l)| l.host != host || !known(l)));
        let was_there = lines.iter().any(|l| l.host == host && known(l));
        prop_assert_eq!(engine.forget_host(HOSTS[host]).is_ok(), was_there);
        prop_assert_eq!(engine.stats(), without.stats());
        prop_assert_eq!(engine.images(0, 0), without.images(0, 0));
        prop_assert!(engine.snapshot() == without.snapshot(), "snapshots differ");
    }

    /// With its other name: `ws1` means `WS1.a.example` where both are known, as here they are.
    #[test]
    fn a_host_goes_with_all_its_names(lines in prop::collection::vec(line(), 1..40)) {
        let lines: Vec<Line> = both_names().into_iter().chain(lines).collect();
        let known = |line: &Line| !line.text.contains("nobody");
        let mut engine = state_after(lines.iter().enumerate());
        let without = state_after(lines.iter().enumerate().filter(|(_, l)| l.host > 1 || !known(l)));
        engine.forget_host("ws1").unwrap();
        prop_assert_eq!(engine.stats(), without.stats());
        prop_assert!(engine.snapshot() == without.snapshot(), "snapshots differ");
    }

    #[test]
    fn an_environment_leaves_no_trace(lines in prop::collection::vec(line(), 1..40), gone in 1..ENVIRONMENTS.len()) {
        let mut engine = state_after(lines.iter().enumerate());
        let without = state_after(lines.iter().enumerate().filter(|(_, l)| l.environment != gone));
        let was_there = lines.iter().any(|l| l.environment == gone);
        prop_assert_eq!(engine.forget_environment(ENVIRONMENTS[gone].unwrap()).is_ok(), was_there);
        prop_assert_eq!(engine.stats(), without.stats());
        prop_assert!(engine.snapshot() == without.snapshot(), "snapshots differ");
    }
}
