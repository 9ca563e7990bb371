//! Which process an alert is about, and which it may be about, follow from the set of records: any order of telemetry
//! and alerts, any batching, and restarts in between give the same.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeMap;

use begat_guest::{Batch, Emit, Engine};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// `ws1` means the only one that begins with it, as long as there is only one.
const HOSTS: [&str; 4] = ["ws1", "WS1.a.example", "ws1.b.example", "srv"];
const FILES: [&str; 3] = [r"C:\\a\\x.exe", r"C:\\Windows\\System32\\services.exe", r"C:\\a\\y.exe"];
/// The first two belong to machines; whose they are changes.
const ADDRESSES: [&str; 3] = ["10.0.0.1", "10.0.0.2", "203.0.113.7"];

/// What a connection's record and an alert say of the transport: mostly nothing.
const TRANSPORTS: [&str; 4] = ["", "", "tcp", "udp"];

/// A record by its kind and a few small numbers, so that records meet.
#[derive(Debug, Clone)]
struct Made {
    kind: u32,
    environment: Option<&'static str>,
    host: usize,
    process: u32,
    other: u32,
    at: u32,
    file: usize,
    from: usize,
    to: usize,
    port: u32,
    transport: usize,
}

fn made() -> impl Strategy<Value = Made> {
    let small = (0..29_u32, 0..HOSTS.len(), 1..4_u32, 1..4_u32, 0..8_u32);
    let more = (0..FILES.len(), 0..ADDRESSES.len(), 0..ADDRESSES.len(), 0..3_u32, 0..TRANSPORTS.len());
    let environment = prop_oneof![3 => Just(None), 1 => Just(Some("plant"))];
    (small, more, environment).prop_map(
        |((kind, host, process, other, at), (file, from, to, port, transport), environment)| Made {
            kind,
            environment,
            host,
            process,
            other,
            at,
            file,
            from,
            to,
            port,
            transport,
        },
    )
}

impl Made {
    fn line(&self, number: usize) -> String {
        let &Self { kind, host, process, other, at, file, from, to, port, .. } = self;
        let (file, from, to) = (FILES[file], ADDRESSES[from], ADDRESSES[to]);
        let transport = TRANSPORTS[self.transport];
        // Where it is empty nothing is said.
        let protocol = format!("\"Protocol\":\"{transport}\"");
        // Half a minute apart, so that some lie within the tolerance of two minutes and some do not.
        let time = format!("2026-03-01T12:{:02}:{:02}.{:03}Z", at / 2, at % 2 * 30, port * 100);
        let guid = |n: u32| format!("{{00000000-0000-0000-0000-{n:012x}}}");
        let own = guid(process);
        let head = format!("\"Hostname\":\"{}\",\"TimeCreated\":\"{time}\"", HOSTS[host]);
        let sysmon = format!("\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",{head}");
        let security = format!("\"Channel\":\"Security\",{head}");
        let alert = |rest: &str| {
            format!(
                "{{\"@timestamp\":\"{time}\",\"event\":{{\"kind\":\"alert\",\"id\":\"v{number}\"}},\
                 \"observer\":{{\"vendor\":\"Acme\"}},\"rule\":{{\"name\":\"r\"}},{rest}}}"
            )
        };
        let hash = format!("{:064x}", other + 1);
        let both = |port: &str| {
            let service = if other == 1 { String::new() } else { ",\"port\":443".to_owned() };
            format!(
                "\"source\":{{\"ip\":\"{from}\"{port}}},\"destination\":{{\"ip\":\"{to}\"{service}}},\
                 \"network\":{{\"transport\":\"{transport}\"}}"
            )
        };
        let named = format!("\"host\":{{\"name\":\"{}\"}}", HOSTS[host]);
        match kind {
            0..=2 => format!(
                "{{\"EventID\":1,{sysmon},\"ProcessGuid\":\"{own}\",\"ProcessId\":{},\"Image\":\"{file}\",\
                 \"ParentProcessGuid\":\"{}\",\"ParentProcessId\":{other},\"Hashes\":\"SHA256={hash}\"}}",
                4 * process,
                guid(other)
            ),
            3..=5 => format!(
                "{{\"EventID\":4688,{security},\"NewProcessId\":\"{:#x}\",\"NewProcessName\":\"{file}\",\
                 \"ProcessId\":\"{:#x}\"}}",
                4 * process,
                4 * other
            ),
            6 => {
                format!("{{\"EventID\":5,{sysmon},\"ProcessGuid\":\"{own}\",\"ProcessId\":{}}}", 4 * process)
            }
            7..=9 => format!(
                "{{\"EventID\":3,{sysmon},{protocol},\"ProcessGuid\":\"{own}\",\"Image\":\"{file}\",\"Initiated\":\"{}\",\
                 \"SourceIp\":\"{from}\",\"SourcePort\":{},\"DestinationIp\":\"{to}\",\"DestinationPort\":443}}",
                other != 3,
                50_000 + port
            ),
            10..=12 => format!(
                "{{\"EventID\":5156,{security},{protocol},\"ProcessID\":\"{}\",\"Application\":\"{}\",\"Direction\":\"%%14593\",\
                 \"SourceAddress\":\"{from}\",\"SourcePort\":\"{}\",\"DestAddress\":\"{to}\",\"DestPort\":\"443\"}}",
                4 * process,
                if other == 1 { "-" } else { file },
                50_000 + port
            ),
            13 => format!(
                "{{\"EventID\":11,{sysmon},\"ProcessGuid\":\"{own}\",\"ProcessId\":{},\"TargetFilename\":\"{file}\"}}",
                4 * process
            ),
            14 => format!(
                "{{\"EventID\":4663,{security},\"ObjectType\":\"File\",\"ObjectName\":\"{file}\",\
                 \"AccessMask\":\"0x2\",\"ProcessId\":\"{:#x}\",\"ProcessName\":\"{}\"}}",
                4 * process,
                FILES[port as usize]
            ),
            15 => format!(
                "{{\"EventID\":10,{sysmon},\"SourceProcessGUID\":\"{own}\",\"SourceImage\":\"{file}\",\
                 \"TargetProcessGUID\":\"{}\",\"TargetProcessId\":{}}}",
                guid(other),
                4 * port
            ),
            23 | 24 => format!(
                "{{\"EventID\":4689,{security},\"ProcessId\":\"{:#x}\",\"ProcessName\":\"{}\"}}",
                4 * process,
                if other == 1 { "-" } else { file }
            ),
            // Without the own end, and alerts that name the host, with both ends and with one.
            25 => format!(
                "{{\"EventID\":3,{sysmon},{protocol},\"ProcessGuid\":\"{own}\",\"Image\":\"{file}\",\"Initiated\":\"{}\",\
                 \"DestinationIp\":\"{to}\",\"DestinationPort\":443}}",
                other != 3
            ),
            26 => format!(
                "{{\"EventID\":5156,{security},{protocol},\"ProcessID\":\"{}\",\"Application\":\"{file}\",\"Direction\":\"%%14593\",\
                 \"DestAddress\":\"{to}\",\"DestPort\":\"443\"}}",
                4 * process
            ),
            27 => alert(&format!("{named},{}", both(""))),
            28 => alert(&format!("{named},\"destination\":{{\"ip\":\"{to}\"}}")),
            16 | 17 => alert(&both(&format!(",\"port\":{}", 50_000 + port))),
            18 => alert(&both("")),
            19 => alert(&format!("{named},\"file\":{{\"path\":\"{file}\"}}")),
            20 if other == 1 => alert(&format!("{named},\"file\":{{\"hash\":{{\"sha256\":\"{hash}\"}}}}")),
            20 => alert(&format!("{},\"file\":{{\"path\":\"{file}\"}}", both(""))),
            21 => alert(&format!("{named},\"process\":{{\"pid\":{}}}", 4 * process)),
            _ => alert(&format!("{named},\"process\":{{\"entity_id\":\"{own}\"}}")),
        }
    }
}

fn take(engine: &mut Engine, made: &[Made], lines: &[(usize, &str)]) {
    // Each line keeps its number, so that origins do not depend on the order.
    for &(number, text) in lines {
        engine.ingest(&Batch { environment: made[number].environment, ..batch(number, text) });
    }
}

fn batch(number: usize, text: &str) -> Batch<'_> {
    Batch {
        source: "x",
        first_line: number as u64,
        received_at: 1_780_000_000_000,
        environment: None,
        emit: Emit::Nothing,
        text,
    }
}

/// Of each alert, by its own id: its process and what it may be about.
type Told = BTreeMap<String, (Option<String>, Vec<String>)>;

fn told(engine: &mut Engine) -> Told {
    let mut told = Told::new();
    for alert in engine.alerts(None, 0, 0).unwrap() {
        let found = engine.matches(&alert.id).unwrap();
        let candidates = found.candidates.iter().map(|c| format!("{} {} {}", c.rank, c.process, c.reason));
        let mut fits: Vec<String> = candidates.collect();
        // The one that is told is the only best one.
        let best: Vec<&str> =
            found.candidates.iter().filter(|c| c.rank == 1).map(|c| c.process.as_str()).collect();
        assert_eq!(alert.process.as_deref(), if let [one] = best[..] { Some(one) } else { None }, "{fits:?}");
        fits.extend(found.misses.iter().map(|c| format!("not {} {}", c.process, c.reason)));
        told.insert(alert.vendor_id.unwrap(), (alert.process, fits));
    }
    told
}

fn cases() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = ProptestConfig { cases: asked.unwrap_or(600), ..ProptestConfig::default() };
    ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..config }
}

/// Minutes after midnight at which addresses are shown, files start and alerts come: within an hour and a day of each
/// other, and not.
const MINUTES: [u32; 12] = [0, 30, 60, 75, 120, 210, 1200, 1440, 1470, 1515, 2940, 3000];

/// A host shows an address, runs a file, or an alert names an address.
fn addressed() -> impl Strategy<Value = Vec<String>> {
    let made = (0..6_u32, 0..HOSTS.len(), 0..3_usize, 0..MINUTES.len());
    prop::collection::vec(made, 0..16).prop_map(|made| {
        let line = |(number, (kind, host, address, at)): (usize, (u32, usize, usize, usize))| {
            let (host, address) = (HOSTS[host], ["10.0.0.1", "10.0.0.2", "2001:db8::7"][address]);
            let minutes = MINUTES[at];
            let (day, hours, minutes) = (1 + minutes / 1440, minutes / 60 % 24, minutes % 60);
            let time = format!("2026-03-{day:02} {hours:02}:{minutes:02}:00.000");
            let sysmon = format!(
                "\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"{host}\",\"UtcTime\":\"{time}\""
            );
            let guid = format!("{{00000000-0000-0000-0000-{number:012x}}}");
            match kind {
                0..=2 => format!(
                    "{{\"EventID\":3,{sysmon},\"ProcessGuid\":\"{guid}\",\"Image\":\"C:\\\\a.exe\",\"Initiated\":\"{}\",\
                     \"Protocol\":\"{}\",\"SourceIp\":\"{address}\",\"SourcePort\":50000,\"DestinationIp\":\"10.9.9.9\",\
                     \"DestinationPort\":443}}",
                    number % 4 != 0,
                    if number % 3 == 0 { "udp" } else { "tcp" }
                ),
                3 => format!(
                    "{{\"EventID\":1,{sysmon},\"ProcessGuid\":\"{guid}\",\"ProcessId\":{number},\"Image\":\"C:\\\\x.exe\"}}"
                ),
                _ => format!(
                    "{{\"@timestamp\":\"{}Z\",\"event\":{{\"kind\":\"alert\",\"id\":\"v{number}\"}},\
                     \"observer\":{{\"vendor\":\"Acme\"}},\"rule\":{{\"name\":\"r\"}},\
                     \"source\":{{\"ip\":\"{address}\"}},\"file\":{{\"path\":\"{}\"}}}}",
                    time.replace(' ', "T"),
                    if number % 2 == 0 { r"C:\\x.exe" } else { r"\\Device\\HarddiskVolume2\\x.exe" }
                ),
            }
        };
        made.into_iter().enumerate().map(line).collect()
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn in_any_order_addresses_were_the_same_machines(
        (lines, orders) in addressed().prop_flat_map(|lines| {
            let order: Vec<usize> = (0..lines.len()).collect();
            (Just(lines), prop::collection::vec(Just(order).prop_shuffle(), 2))
        }),
    ) {
        let mut expected: Option<Told> = None;
        for order in orders {
            let mut engine = Engine::new().unwrap();
            for &number in &order {
                engine.ingest(&batch(number, &lines[number]));
            }
            let told = told(&mut engine);
            let expected = expected.get_or_insert_with(|| told.clone());
            prop_assert_eq!(&*expected, &told, "{:?} {}", order, lines.join("\n"));
        }
    }

    #[test]
    fn in_any_order_alerts_are_about_the_same_processes(
        (made, orders) in prop::collection::vec(made(), 0..24).prop_flat_map(|made| {
            let order: Vec<usize> = (0..made.len()).collect();
            (Just(made), prop::collection::vec(Just(order).prop_shuffle(), 3))
        }),
        restarts in any::<u32>(),
    ) {
        let lines: Vec<String> = made.iter().enumerate().map(|(number, made)| made.line(number)).collect();
        let mut expected: Option<Told> = None;
        for (round, order) in orders.iter().enumerate() {
            let mut engine = Engine::new().unwrap();
            for (place, &number) in order.iter().enumerate() {
                take(&mut engine, &made, &[(number, &lines[number])]);
                // Questions in between change nothing, nor does a restart.
                if round == 1 {
                    told(&mut engine);
                }
                if round == 2 && restarts >> (place % 32) & 1 == 1 {
                    let snapshot = engine.snapshot();
                    engine = Engine::new().unwrap();
                    engine.restore(&snapshot).unwrap();
                    prop_assert!(engine.snapshot() == snapshot);
                }
            }
            let told = told(&mut engine);
            let expected = expected.get_or_insert_with(|| told.clone());
            prop_assert_eq!(&*expected, &told, "{:?} {}", order, lines.join("\n"));
        }
    }

    #[test]
    fn what_is_left_of_alerts_after_forgetting_a_host_is_as_if_it_had_never_been(
        made in prop::collection::vec(made(), 0..24),
    ) {
        let lines: Vec<String> = made.iter().enumerate().map(|(number, made)| made.line(number)).collect();
        let all: Vec<(usize, &str)> = lines.iter().map(String::as_str).enumerate().collect();
        let kept: Vec<(usize, &str)> = all.iter().copied().filter(|(_, line)| !line.contains("\"srv\"")).collect();
        let (mut engine, mut without) = (Engine::new().unwrap(), Engine::new().unwrap());
        take(&mut engine, &made, &all);
        take(&mut without, &made, &kept);
        prop_assert_eq!(engine.forget_host("srv").is_ok(), kept.len() < all.len());
        prop_assert_eq!(told(&mut engine), told(&mut without), "{}", lines.join("\n"));
    }
}
