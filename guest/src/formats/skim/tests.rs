//! The skimmer against serde_json's walk: it agrees or it gives up.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::fields::{ECS, ENVELOPE, EVENT_DATA, SLOTS, WORDS};
use super::super::walk::walk;
use super::*;

/// All that a record can be asked: by slot what it holds, with its text, and its words.
type Answers = (Vec<Option<(Value, Option<String>)>>, u32);

fn answers(line: &str, reader: &Reader) -> Answers {
    let slots = EVENT_DATA.iter().chain(ENVELOPE).chain(ECS).map(|&(_, slot)| slot);
    let mut values = vec![None; SLOTS];
    for slot in slots {
        let (value, text) = match reader.value(slot) {
            Value::Text { start, end } => (Value::None, line.get(start..end).map(str::to_owned)),
            Value::Decoded { start, end } => (Value::None, reader.decoded(start, end).map(str::to_owned)),
            value => (value, None),
        };
        values[slot as usize] = reader.has(slot).then_some((value, text));
    }
    let words = (0..WORDS.len()).map(|word| u32::from(reader.says(word)) << word).sum();
    (values, words)
}

/// Whether the skimmer read the line, which serde_json then reads in the same way.
fn skims(line: &str) -> bool {
    // What an earlier line left behind must not show.
    let mut reader = Reader::default();
    let used =
        r#"{"Image":"C:\\x","event":{"kind":"al\u0065rt","category":["process"]},"begat":1,"User":"a"}"#;
    skim(used, &mut reader).unwrap();
    reader.clear();
    if skim(line, &mut reader).is_none() {
        return false;
    }
    let mut judge = Reader::default();
    if let Err(error) = walk(line, &mut judge) {
        panic!("read what serde_json refuses ({error}): {line}");
    }
    assert_eq!(answers(line, &reader), answers(line, &judge), "{line}");
    true
}

#[test]
fn common_lines_are_skimmed() {
    for line in [
        r#"{"EventID":1,"Keywords":-9223372036854775808,"Image":"C:\\Windows\\x.exe","a":null,"Initiated":true}"#,
        "{\"EventID\": 10, \"User\": \"NT AUTHORITY\\\\SYSTEM\", \"GrantedAccess\": \"0x1f\"}\r",
        r#"{"event":{"kind":"event","category":["process","file"],"type":[]},"process":{"pid":4,"args":["a"]}}"#,
        r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"x"}},"EventID":{"#text":4688}}},"d":1.5}"##,
        r#"{"Message":"two\r\nlines, \u00e4, \ud83d\ude00","CommandLine":"\u0022q\u0022 \ud83d\ude00ö"}"#,
        r#"{}"#,
        r#"{ "a" : [ { } , [ ] ] }  "#,
    ] {
        assert!(skims(line), "{line}");
    }
}

#[test]
fn the_recording_is_skimmed() {
    let recording = include_str!("../../../../examples/data/recording.ndjson");
    let left: Vec<_> = recording.lines().filter(|line| !skims(line)).collect();
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn what_is_not_certain_is_left_to_serde_json() {
    let deep = |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(skims(&deep(DEPTH.into())));
    for line in [
        &deep(usize::from(DEPTH) + 1),
        &deep(200),
        "",
        "{",
        "[]",
        "{}{}",
        "{} x",
        r#"{"a":1,}"#,
        r#"{"a" 1}"#,
        r#"{"a":01}"#,
        r#"{"a":1.}"#,
        r#"{"a":-}"#,
        r#"{"a":+1}"#,
        r#"{"a":.5}"#,
        r#"{"a":tru}"#,
        r#"{"a":truex}"#,
        r#"{"a":"\x"}"#,
        r#"{"a":"\u12g4"}"#,
        r#"{"a":"b}"#,
        r#"{"a":"b\"}"#,
        r#"{"Image":"\ud800"}"#,
        r#"{"EventID":-0}"#,
        r#"{"EventID":1e999}"#,
        r#"{"EventID":12345678901234567890}"#,
        r#"{\"a":1}"#,
        r#"{"a"\:1}"#,
        "{\"a\":\"\u{1}\"}",
        "{\"a\":\t1}",
    ] {
        assert!(!skims(line), "{line}");
    }
}

#[test]
fn runs_of_backslashes_end_strings_wherever_blocks_of_the_line_meet() {
    for before in 0..140 {
        for run in 0..70 {
            let line = format!(r#"{{"{}":"{}","Image":"{}"}}"#, "k".repeat(before), r"\".repeat(run), "i");
            assert_eq!(skims(&line), run % 2 == 0, "{line}");
            let quoted = format!(r#"{{"{}":"{}\"","Image":"x"}}"#, "k".repeat(before), r"\\".repeat(run));
            assert!(skims(&quoted), "{quoted}");
        }
    }
}

/// Names that matter, in their objects and out of them, and such that do not.
fn name() -> impl Strategy<Value = String> {
    let known: Vec<&str> = EVENT_DATA.iter().chain(ENVELOPE).chain(ECS).map(|&(name, _)| name).collect();
    let parts = ["Event", "EventData", "System", "event_data", "winlog", "#text", "#attributes", "begat"];
    let ecs = ["event", "kind", "category", "type", "process", "parent", "pid", "host", "name", "hash"];
    prop_oneof![
        4 => select(known).prop_map(str::to_owned),
        3 => select([parts.as_slice(), ecs.as_slice()].concat()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// A string's content as it is written: plain text, escapes of all sorts, mostly right ones.
fn content() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[ -!#-\\[\\]-~]{0,24}".prop_map(|text| text),
        3 => select(vec!["\\\\", "\\\"", "\\/", "\\b", "\\n", "\\r", "\\t", "\\f", "ä", "€", "😀"])
            .prop_map(str::to_owned),
        2 => any::<char>().prop_map(|c| {
            c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
        }),
        2 => select(WORDS).prop_map(str::to_owned),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn number() -> impl Strategy<Value = String> {
    let odd = vec![
        "-0",
        "0",
        "-1",
        "1e5",
        "1E+5",
        "1e-5",
        "1.5",
        "-0.0",
        "1e999",
        "01",
        "1.",
        "-",
        "1e",
        ".5",
        "+1",
        "999999999999999999",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "18446744073709551616",
        "1.7976931348623157e309",
        "0x10",
        "NaN",
    ];
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        "-?[0-9]{1,25}",
        select(odd).prop_map(str::to_owned)
    ]
}

/// A value of any shape, in any format.
fn value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        4 => content().prop_map(|text| format!("\"{text}\"")),
        2 => any::<i32>().prop_map(|n| n.to_string()),
        1 => number(),
        1 => select(vec!["true", "false", "null"]).prop_map(str::to_owned),
    ];
    scalar.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            1 => (vec(inner.clone(), 0..4), blanks()).prop_map(|(items, blank)| {
                format!("[{blank}{}{blank}]", items.join(&format!("{blank},{blank}")))
            }),
            3 => object(inner),
        ]
    })
}

fn object(value: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = String> {
    (vec((name(), value), 0..6), blanks()).prop_map(|(members, blank)| {
        let members: Vec<_> = members
            .iter()
            .map(|(name, value)| format!("{}{blank}:{blank}{value}", serde_json::to_string(name).unwrap()))
            .collect();
        format!("{{{blank}{}{blank}}}", members.join(&format!(",{blank}")))
    })
}

fn blanks() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just(String::new()), 2 => Just(" ".to_owned()), 1 => "[ \t\r\n]{0,3}"]
}

fn line() -> impl Strategy<Value = String> {
    object(value().boxed())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_object_is_read_as_serde_json_reads_it(line in line()) {
        skims(&line);
    }

    #[test]
    fn a_damaged_object_is_read_as_serde_json_reads_it(
        line in line(),
        damages in vec((any::<Index>(), any::<Index>(), 0..4, select(b"\"\\{}[]:,0-e.u \n\x00a".to_vec())), 1..4),
    ) {
        let mut bytes = line.into_bytes();
        for (place, other, how, byte) in damages {
            if bytes.is_empty() {
                break;
            }
            let (at, other) = (place.index(bytes.len()), other.index(bytes.len()));
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.drain(at.min(other)..at.max(other).min(at.min(other) + 20))),
                _ => bytes[at] ^= 1 << (other % 8),
            }
        }
        skims(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_text_is_read_as_serde_json_reads_it(text in any::<String>(), dense in "[\"\\\\{}:, \\[\\]u0-9a-e\\-.]{0,200}") {
        skims(&text);
        skims(&dense);
        skims(&format!("{{\"Image\":\"{dense}\"}}"));
        skims(&format!("{{\"Image\":{dense}}}"));
    }
}
