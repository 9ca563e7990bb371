//! Packs of records that are counted by hand, in every split and order.

use proptest::prelude::*;

use super::{Pack, PackKey};
use crate::engine::{Batch, Emit, Engine, Execution, Scope};

mod bad;
mod scoring;
mod stripped;

/// A start: host, process, file, parent.
type Start = (u8, u8, &'static str, &'static str);

const DAY: u32 = 24 * 60;

fn line((host, process, image, parent): Start, minute: u32) -> String {
    let (month, day) = (1 + minute / (28 * DAY), 1 + minute / DAY % 28);
    let (hour, minute) = (minute % DAY / 60, minute % 60);
    format!(
        r#"{{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS{host}.example","UtcTime":"2026-{month:02}-{day:02} {hour:02}:{minute:02}:00.000","ProcessGuid":"{{00000000-0000-0000-0000-{host:06x}{process:06x}}}","Image":"{}","ParentImage":"{}"}}"#,
        image.replace('\\', "\\\\"),
        parent.replace('\\', "\\\\"),
    )
}

fn key() -> PackKey {
    PackKey::new(b"a key for tests!").unwrap()
}

fn engine_of(lines: &str) -> Engine {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"prevalence": {"ageing": false}}"#).unwrap();
    let outcome = engine.ingest(&Batch {
        source: "test",
        first_line: 1,
        received_at: 1_900_000_000_000,
        environment: None,
        emit: Emit::Nothing,
        text: lines,
    });
    assert_eq!(outcome.recognised, outcome.lines);
    engine
}

fn pack_of(starts: &[Start]) -> Pack {
    let lines: String = starts.iter().map(|&start| line(start, 0) + "\n").collect();
    engine_of(&lines).pack(&key()).unwrap()
}

const CMD: &str = r"C:\Windows\System32\cmd.exe";
const EXPLORER: &str = r"C:\Windows\explorer.exe";
const AGENT: &str = r"C:\Agent\agent.exe";

/// Three starts of cmd.exe on two hosts, one of agent.exe.
const STARTS: [Start; 4] =
    [(1, 1, CMD, EXPLORER), (1, 2, CMD, AGENT), (2, 1, CMD, EXPLORER), (2, 2, AGENT, "-")];

/// Every row: its texts, executions and hosts.
fn rows(pack: &Pack) -> Vec<(String, u8, Option<String>, u64, u64)> {
    let text = |place: u32| pack.texts[place as usize].to_string();
    let row = |(place, tally): &(super::rows::Place, super::rows::Tally)| {
        let hosts = tally.hosts.estimate();
        (text(place.image), place.field, place.value.map(text), tally.executions, hosts)
    };
    pack.rows.iter().map(row).collect()
}

#[test]
fn a_pack_holds_what_was_counted_and_no_hostname() {
    let pack = pack_of(&STARTS);
    let row = |image: &str, field, value: Option<&str>, executions, hosts| {
        (image.to_owned(), field, value.map(str::to_owned), executions, hosts)
    };
    // 1 is the path, 2 the parent, 7 and 8 are the children and ports, of which a sensor tells even where there
    // were none; the agent's parent is not known.
    let expected = [
        row("agent.exe", 0, None, 1, 1),
        row("agent.exe", 1, None, 1, 1),
        row("agent.exe", 1, Some(r"c:\agent"), 1, 1),
        row("agent.exe", 7, None, 1, 1),
        row("agent.exe", 8, None, 1, 1),
        row("cmd.exe", 0, None, 3, 2),
        row("cmd.exe", 1, None, 3, 2),
        row("cmd.exe", 1, Some(r"c:\windows\system32"), 3, 2),
        row("cmd.exe", 2, None, 3, 2),
        row("cmd.exe", 2, Some("agent.exe"), 1, 1),
        row("cmd.exe", 2, Some("explorer.exe"), 2, 2),
        row("cmd.exe", 7, None, 3, 2),
        row("cmd.exe", 8, None, 3, 2),
    ];
    assert_eq!(rows(&pack), expected);
    let (bytes, info) = pack.write();
    assert_eq!((info.executions, info.hosts, info.images, info.rows), (4, 2, 2, 6));
    assert_eq!((info.estimated, info.size, info.key_id.len()), (false, bytes.len() as u64, 32));
    let text = String::from_utf8_lossy(&bytes).to_lowercase();
    assert!(text.contains("explorer.exe") && !text.contains("ws1"), "{text}");
    assert_eq!(Pack::read(&bytes).unwrap(), pack);
}

#[test]
fn a_pack_does_not_age() {
    // The second start is 84 days after the first: a tenant would have forgotten that.
    let lines = [line(STARTS[0], 0), line(STARTS[1], 84 * DAY)].join("\n");
    let mut engine = engine_of(&lines);
    assert_eq!(engine.pack(&key()).unwrap(), pack_of(&STARTS[..2]));
    engine.restore(&engine.snapshot()).unwrap();
    assert_eq!(engine.pack(&key()).unwrap(), pack_of(&STARTS[..2]), "nor after a restart");
    engine.configure("{}").unwrap();
    assert_eq!(engine.pack(&key()).unwrap(), pack_of(&STARTS[1..2]), "what ages counts the second alone");
}

#[test]
fn other_keys_and_what_was_evicted_are_refused() {
    let pack = pack_of(&STARTS);
    let other = engine_of(&line(STARTS[0], 0)).pack(&PackKey::new(&[7; 32]).unwrap()).unwrap();
    let error = pack.merge(other).unwrap_err().to_string();
    assert!(error.starts_with("key-id: the hosts are hashed with another key"), "{error}");

    let mut engine = engine_of("");
    engine.configure(r#"{"limits": {"processes": 8}}"#).unwrap();
    let text: String = (0..40).map(|process| line((1, process, CMD, EXPLORER), 0) + "\n").collect();
    let batch = Batch {
        source: "",
        first_line: 1,
        received_at: 0,
        environment: None,
        emit: Emit::Nothing,
        text: &text,
    };
    engine.ingest(&batch);
    let error = engine.pack(&key()).unwrap_err().to_string();
    assert!(error.starts_with("limits.processes: was reached, and "), "{error}");
}

#[test]
fn an_environment_is_part_of_a_host() {
    let pack = |environment| {
        let mut engine = Engine::new().unwrap();
        let text = line(STARTS[0], 0);
        let batch = Batch {
            source: "",
            first_line: 1,
            received_at: 1_900_000_000_000,
            environment,
            emit: Emit::Nothing,
            text: &text,
        };
        engine.ingest(&batch);
        engine.pack(&key()).unwrap()
    };
    let both = pack(Some("office")).merge(pack(Some("plant"))).unwrap();
    assert_eq!(both.write().1.hosts, 2);
}

fn starts() -> impl Strategy<Value = Vec<Start>> {
    let image = prop::sample::select(vec![CMD, EXPLORER, AGENT, r"D:\x.exe", "y.exe"]);
    let parent = prop::sample::select(vec![CMD, EXPLORER, AGENT, "-"]);
    prop::collection::vec((0..12_u8, 0..40_u8, image, parent), 0..60).prop_map(|mut starts| {
        // One process, one start.
        starts.sort_by_key(|&(host, process, ..)| (host, process));
        starts.dedup_by_key(|&mut (host, process, ..)| (host, process));
        starts
    })
}

proptest! {
    /// However records are split, by host or into files, and in whatever order the packs are merged.
    #[test]
    fn merging_parts_is_building_the_whole(
        starts in starts(),
        part_of_host in prop::collection::vec(0..4_usize, 12),
        order in Just([0, 1, 2, 3]).prop_shuffle(),
        right_first: bool,
    ) {
        let whole = pack_of(&starts).to_bytes();
        let parts: Vec<Vec<Start>> = (0..4)
            .map(|part| starts.iter().copied().filter(|s| part_of_host[s.0 as usize] == part).collect())
            .collect();
        let [a, b, c, d] = order.map(|part: usize| pack_of(&parts[part]));
        let merged = if right_first {
            a.merge(b.merge(c.merge(d).unwrap()).unwrap())
        } else {
            a.merge(b).unwrap().merge(c).unwrap().merge(d)
        };
        prop_assert!(merged.unwrap().to_bytes() == whole);
    }

    /// The parts of one host's records, each counted by itself: here no start leads to another.
    #[test]
    fn files_of_overlapping_hosts_merge_in_any_order(
        files in prop::collection::vec(starts(), 1..4),
        rotated in 0..4_usize,
    ) {
        let merge = |packs: Vec<Pack>| packs.into_iter().reduce(|a, b| a.merge(b).unwrap()).unwrap().to_bytes();
        let mut packs: Vec<Pack> = files.iter().map(|starts| pack_of(starts)).collect();
        let expected = merge(packs.clone());
        packs.rotate_left(rotated % files.len());
        prop_assert!(merge(packs.clone()) == expected);
        packs.reverse();
        prop_assert!(merge(packs) == expected);
    }

    #[test]
    fn what_is_written_is_read(starts in starts()) {
        let pack = pack_of(&starts);
        let bytes = pack.to_bytes();
        let read = Pack::read(&bytes).unwrap();
        prop_assert_eq!(&read, &pack);
        prop_assert!(read.to_bytes() == bytes);
    }
}

/// 5000 hosts: beyond every bound, in two overlapping halves.
#[test]
fn sketches_merge_exactly_too() {
    let pack = |hosts: std::ops::Range<u32>| {
        let lines: String = hosts
            .map(|host| {
                let parent = if host % 3 == 0 { EXPLORER } else { AGENT };
                line((1, 1, CMD, parent), 0).replace("WS1.example", &format!("ws{host}.example")) + "\n"
            })
            .collect();
        engine_of(&lines).pack(&key()).unwrap()
    };
    let whole = pack(0..5000);
    let (bytes, info) = whole.write();
    assert!(pack(2500..5000).merge(pack(0..2500)).unwrap().to_bytes() == bytes);
    assert_eq!(Pack::read(&bytes).unwrap(), whole);
    assert!(info.estimated);
    // 1.6 % and 6.3 % are one standard error; the hashes never change, so these stay as they are.
    assert!((4700..5300).contains(&info.hosts), "{}", info.hosts);
    let of_explorer = rows(&whole).into_iter().find(|row| row.2.as_deref() == Some("explorer.exe")).unwrap();
    assert_eq!(of_explorer.3, 1667);
    assert!((1350..=1980).contains(&of_explorer.4), "{}", of_explorer.4);
}
