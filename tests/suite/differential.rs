//! The component against the same code natively, and batches of one size against another: the same bytes.

use crate::batches::{Cut, feed};
use crate::component::InComponent;
use crate::data::{Recording, example, real};
use crate::native::Native;
use crate::subject::{Outcome, Subject};

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

fn whole(subject: &mut dyn Subject, text: &str, cut: Cut) -> (Outcome, String) {
    let outcome = feed(subject, text, cut);
    (outcome, subject.snapshot_sha256())
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
        assert_eq!(snapshot, state, "{what}: snapshots differ");
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
