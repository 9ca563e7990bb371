//! The component against the same code natively, and batches of one size against another: the same bytes.

use crate::batches::{Cut, feed};
use crate::component::InComponent;
use crate::data::{Recording, example, real};
use crate::native::Native;
use crate::subject::{Batch, Outcome, Subject};

/// Tells where two texts part, rather than printing both.
fn assert_same_lines(one: &str, other: &str, what: &str) {
    if one == other {
        return;
    }
    for (number, (a, b)) in (1..).zip(one.lines().zip(other.lines())) {
        assert_eq!(a, b, "{what}: line {number}");
    }
    panic!("{what}: {} and {} lines", one.lines().count(), other.lines().count());
}

fn whole(subject: &mut dyn Subject, text: &str, cut: Cut) -> (Outcome, Vec<u8>) {
    let outcome = feed(subject, text, cut);
    (outcome, subject.snapshot())
}

/// Natively in one batch is the measure; everything else must say the same.
fn compare(name: &str, text: &str) {
    let (expected, state) = whole(&mut Native::new(), text, Cut::Whole);
    assert_eq!(expected.lines, text.lines().count() as u64, "{name}: lines read");
    assert_eq!(expected.annotated.lines().count(), text.lines().count(), "{name}: lines out");
    let compare = |subject: &mut dyn Subject, cut: Cut| {
        let (outcome, snapshot) = whole(subject, text, cut);
        let what = format!("{name}, {}, {cut:?}", subject.name());
        assert_same_lines(&outcome.annotated, &expected.annotated, &what);
        assert_eq!(outcome, expected, "{what}");
        assert!(snapshot == state, "{what}: snapshots differ");
    };
    for cut in Cut::ALL {
        compare(&mut InComponent::new(), cut);
    }
    compare(&mut Native::new(), Cut::Lines(7));
}

#[test]
fn the_example_recording() {
    compare("example", &example());
}

/// Lines that are no records, among some that are.
#[test]
fn a_text_full_of_mistakes() {
    let example = example();
    let bad = [
        "",
        "{",
        "{\"half\":",
        "<13>a raw line",
        "[1]",
        "{\"a\":1}}",
        "\u{0}",
        "\u{feff}{}",
        "{\"b\":\"\u{fffd}\"}\r",
    ];
    let mut text = String::new();
    for (line, bad) in example.lines().take(400).zip(bad.iter().cycle()) {
        text.push_str(&format!("{line}\n{bad}\n"));
    }
    // The last line has no newline.
    compare("mistakes", text.trim_end());
}

#[test]
fn two_real_recordings() {
    let Some(folder) = real() else { return };
    for name in ["psh_cmstp_execution_bypassuac", "purplesharp_ad_playbook_I"] {
        compare(name, &Recording::named(&folder, name).text());
    }
}

/// Alerts of many vendors, as they come from the wire, and telemetry that raises some.
#[test]
fn real_alerts_and_what_telemetry_raises() {
    let Some(folder) = real() else { return };
    let mut text = std::fs::read_to_string(folder.join("aecid_alerts/ossec_insect.ndjson")).unwrap();
    for (set, member) in [("vendor_alerts_sc4s", "raw"), ("vendor_alerts_panther", "log")] {
        let mut files: Vec<_> =
            std::fs::read_dir(folder.join(set)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|e| e == "ndjson"));
        files.sort();
        for line in files.iter().flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        }) {
            let row: serde_json::Value = serde_json::from_str(&line).unwrap();
            let raw = row[member].as_str().map_or_else(|| row[member].to_string(), str::to_owned);
            text.push_str(&raw.replace('\n', " "));
            text.push('\n');
        }
    }
    compare("vendors", &text);
    for name in ["psh_mavinject_dll_notepad", "psh_lsass_memory_dump_comsvcs"] {
        compare(name, &Recording::named(&folder, name).text());
    }
}

/// Every line with one byte taken out, doubled or replaced: what is left of it is read alike, and harms nobody.
#[test]
fn lines_with_a_byte_wrong() {
    const WRONG: &[u8] = b"{}[]\",:\\0-e\0 ";
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |n: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % n as u64).unwrap()
    };
    let mut text = String::new();
    for line in example().lines() {
        let mut bytes = line.as_bytes().to_vec();
        let at = below(bytes.len());
        match below(4) {
            0 => drop(bytes.remove(at)),
            1 => bytes.insert(at, bytes[at]),
            2 => bytes.truncate(at),
            _ => bytes[at] = WRONG[below(WRONG.len())],
        }
        text.push_str(&String::from_utf8_lossy(&bytes).replace('\n', " "));
        text.push('\n');
    }
    compare("a byte wrong", &text);
}

/// It scatters tables, and nobody can tell which one was in use, not even from what was evicted.
#[test]
fn no_answer_and_no_snapshot_depends_on_the_hash_seed() {
    let text = example();
    for limit in [500_000, 50] {
        let said_under = |seed: &str| {
            let mut native = Native::new();
            native.configure(&format!("{{\"limits\": {{\"processes\": {limit}}}{seed}}}"));
            let said = feed(&mut native, &text, Cut::Lines(7));
            let answers =
                [native.stats(), native.images(), native.processes().into(), native.violations().into()];
            (said, answers, native.0.snapshot())
        };
        let expected = said_under("");
        for seed in [", \"hash_seed\": 1", ", \"hash_seed\": 18446744073709551615"] {
            assert!(said_under(seed) == expected, "{limit} processes{seed}");
        }
    }
}

/// Lines in another order, each with the number that it has in its file.
fn state_after(lines: &[(u64, &str)]) -> Native {
    let mut native = Native::new();
    // What begat itself raises an alert for depends on what was known by then, as any alert does on who raised it.
    let off = "\"unexpected_parent\": false, \"rare_execution\": false, \"remote_thread\": false, \"lsass_access\": false";
    native.configure(&format!("{{\"detection\": {{{off}}}}}"));
    for &(first_line, text) in lines {
        native.ingest(&Batch { first_line, ..Batch::of(text) });
    }
    native
}

/// Complaint 4: the final state is the same for any order of arrival.
fn assert_any_order_ends_alike(name: &str, text: &str) {
    let lines: Vec<(u64, &str)> = (1..).zip(text.lines()).collect();
    let mut expected = state_after(&lines);
    let backward: Vec<_> = lines.iter().rev().copied().collect();
    // By the last digit of the line's number: as if ten sources had been read after each other.
    let mut dealt = lines.clone();
    dealt.sort_by_key(|(number, _)| number % 10);
    for (order, lines) in [("backward", backward), ("dealt", dealt)] {
        let mut native = state_after(&lines);
        let what = format!("{name} {order}");
        assert_eq!(native.stats(), expected.stats(), "{what}: stats");
        assert_eq!(native.images(), expected.images(), "{what}: images");
        for (found, expected) in native.processes().iter().zip(&expected.processes()) {
            assert_eq!(found, expected, "{what}: processes");
        }
        assert!(native.snapshot() == expected.snapshot(), "{what}: snapshots");
    }
}

#[test]
fn the_example_recording_in_any_order() {
    assert_any_order_ends_alike("example", &example());
}

#[test]
fn a_real_recording_in_any_order() {
    let Some(folder) = real() else { return };
    for name in ["psh_cmstp_execution_bypassuac", "covenant_sharpwmi_create_dcerpc_wmi"] {
        assert_any_order_ends_alike(name, &Recording::named(&folder, name).text());
    }
}
