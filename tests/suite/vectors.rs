//! Runs `tests/vectors/*.json`: each case natively and through the component, against what it states and
//! against each other. What the files mean stands in `tests/vectors/README.md`.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Map, Value};

use crate::batches::{Cut, feed_from};
use crate::component::InComponent;
use crate::data::root;
use crate::native::Native;
use crate::subject::{self, Batch, NOW, Subject};

/// One case of a file.
struct Case<'v> {
    case: &'v Map<String, Value>,
    lines: Vec<String>,
}

const MEMBERS: [&str; 15] = [
    "rule",
    "source",
    "why",
    "config",
    "environment",
    "received_at",
    "defaults",
    "lines",
    "expect",
    "stats",
    "processes",
    "lineage",
    "images",
    "scores",
    "violations",
];

impl<'v> Case<'v> {
    fn read(file: &'v Value, case: &'v Value) -> Self {
        let case = case.as_object().unwrap();
        for name in case.keys() {
            assert!(MEMBERS.contains(&name.as_str()) || name == "any_order", "unknown member {name:?}");
        }
        for name in ["rule", "source", "why"] {
            assert!(case.get(name).is_some_and(Value::is_string), "a case needs {name:?}");
        }
        let defaults = [file.get("defaults"), case.get("defaults")];
        let lines = case["lines"].as_array().unwrap().iter().map(|line| match line {
            Value::String(raw) => raw.clone(),
            line => {
                let mut whole = Map::new();
                let own = case.get("defaults").is_none_or(|d| !d.is_null());
                for part in defaults.iter().filter(|_| own).flatten().chain([&line]) {
                    whole.extend(part.as_object().unwrap().clone());
                }
                whole.retain(|_, value| !value.is_null());
                Value::Object(whole).to_string()
            }
        });
        Self { case, lines: lines.collect() }
    }

    fn rule(&self) -> &str {
        self.case["rule"].as_str().unwrap()
    }

    fn start(&self, subject: &mut dyn Subject) {
        if let Some(config) = self.case.get("config") {
            subject.configure(&config.to_string());
        }
    }

    /// Feeds the lines in an order, as if each stood where it stands in the case.
    fn feed(&self, subject: &mut dyn Subject, order: impl Iterator<Item = usize>) -> Vec<String> {
        let environment = self.case.get("environment").and_then(Value::as_str);
        let received_at = self.case.get("received_at").map_or(NOW, |at| at.as_i64().unwrap());
        let batch = Batch { received_at, environment, ..Batch::of("") };
        order
            .map(|at| {
                let text = format!("{}\n", self.lines[at]);
                let first_line = at as u64 + 1;
                let outcome = feed_from(subject, &Batch { text: &text, first_line, ..batch }, Cut::Whole);
                outcome.annotated.strip_suffix('\n').unwrap().to_owned()
            })
            .collect()
    }

    /// What each line must say.
    fn check_lines(&self, outs: &[String]) {
        let Some(expect) = self.case.get("expect").and_then(Value::as_array) else { return };
        assert_eq!(expect.len(), self.lines.len(), "one expectation for each line");
        for (index, (expected, (line, out))) in expect.iter().zip(self.lines.iter().zip(outs)).enumerate() {
            let place = format!("line {}", index + 1);
            match expected {
                Value::Null => {}
                Value::String(word) if word == "untouched" => assert_eq!(out, line, "{place}"),
                Value::Object(members) => {
                    let out: Value =
                        serde_json::from_str(out).unwrap_or_else(|e| panic!("{place}: {e}: {out}"));
                    let begat = &out["begat"];
                    assert_eq!(members_named_begat(&outs[index]), 1, "{place}: members named begat");
                    if members.contains_key("error") {
                        assert_eq!(out["message"], *line, "{place}: message");
                    } else {
                        self.check_the_rest(&out, line, &place);
                    }
                    assert_subset(expected, begat, &place);
                }
                other => panic!("{place}: {other} is no expectation"),
            }
        }
    }

    /// Nothing but `begat` was added, changed or taken.
    fn check_the_rest(&self, out: &Value, line: &str, place: &str) {
        let mut before: Value = serde_json::from_str(line).unwrap();
        let mut after = out.clone();
        before.as_object_mut().unwrap().remove("begat");
        after.as_object_mut().unwrap().remove("begat");
        assert_eq!(after, before, "{place}: the record itself");
    }

    /// What is held when all lines were read.
    fn check_state(&self, subject: &mut dyn Subject) {
        if let Some(expected) = self.case.get("stats") {
            assert_subset(expected, &subject.stats(), "stats");
        }
        if let Some(expected) = self.case.get("images") {
            assert_eq!(subject.images(), *expected, "images");
        }
        if let Some(expected) = self.case.get("processes").and_then(Value::as_array) {
            let found = subject.processes();
            assert_eq!(found.len(), expected.len(), "processes held: {found:#?}");
            for (expected, found) in expected.iter().zip(&found) {
                assert_subset(expected, found, "processes");
            }
        }
        if let Some(expected) = self.case.get("violations").and_then(Value::as_array) {
            let found = subject.violations();
            assert_eq!(found.len(), expected.len(), "violations: {found:#?}");
            for (expected, found) in expected.iter().zip(&found) {
                assert_subset(expected, found, "violations");
            }
        }
        for (id, expected) in self.case.get("lineage").and_then(Value::as_object).into_iter().flatten() {
            let ancestry = subject.ancestry(id).unwrap_or_else(|| panic!("{id} is not held"));
            let (ancestors, owner, partial) = subject::lineage(&ancestry);
            let found = serde_json::json!({ "ancestors": ancestors, "owner": owner, "partial": partial });
            assert_subset(expected, &found, &format!("lineage of {id}"));
        }
        for score in self.case.get("scores").and_then(Value::as_array).into_iter().flatten() {
            let found = subject.score(&score["of"]).unwrap_or(Value::Null);
            assert_subset(&score["is"], &found, &format!("score of {}", score["of"]));
        }
    }

    fn run(&self) {
        let forward = || 0..self.lines.len();
        let (mut native, mut component) = (Native::new(), InComponent::new());
        self.start(&mut native);
        self.start(&mut component);
        let said = self.feed(&mut native, forward());
        assert_eq!(
            self.feed(&mut component, forward()),
            said,
            "component (left) and native say different things"
        );
        self.check_lines(&said);
        self.check_state(&mut native);
        self.check_state(&mut component);
        assert!(component.snapshot() == native.snapshot(), "states of component and native");

        // What is held at the end does not depend on the order of arrival.
        if self.case.get("any_order").is_none_or(|any| any == true) {
            let mut backward = Native::new();
            self.start(&mut backward);
            self.feed(&mut backward, forward().rev());
            self.check_state(&mut backward);
        }
    }
}

/// Whether `found` holds all that `expected` states: objects may have more members, everything else is
/// equal. `"<absent>"` is a member that must not be there, `"<any>"` one that must.
fn assert_subset(expected: &Value, found: &Value, place: &str) {
    match (expected, found) {
        (Value::Object(members), Value::Object(found)) => {
            for (name, expected) in members {
                let place = format!("{place}.{name}");
                match (expected.as_str(), found.get(name)) {
                    (Some("<absent>"), None) | (Some("<any>"), Some(_)) => {}
                    (Some("<absent>"), Some(found)) => panic!("{place} is there: {found}"),
                    (_, None) => panic!("{place} is missing in {found:?}"),
                    (_, Some(found)) => assert_subset(expected, found, &place),
                }
            }
        }
        _ => assert_eq!(found, expected, "{place} (left: found, right: stated)"),
    }
}

/// How many members of an object are named `begat`: which of two a reader takes is his choice, so that a
/// second one would let a record annotate itself.
fn members_named_begat(object: &str) -> usize {
    struct Members(usize);
    impl<'de> serde::Deserialize<'de> for Members {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(Count)
        }
    }
    struct Count;
    impl<'de> serde::de::Visitor<'de> for Count {
        type Value = Members;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<M: serde::de::MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
            let mut count = 0;
            while let Some((name, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                count += usize::from(name == "begat");
            }
            Ok(Members(count))
        }
    }
    serde_json::from_str::<Members>(object).unwrap().0
}

fn run_file(name: &str) {
    let path = root().join("tests/vectors").join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut failed = Vec::new();
    for case in file["cases"].as_array().unwrap() {
        let result = std::panic::catch_unwind(|| Case::read(&file, case).run());
        if result.is_err() {
            let case = Case::read(&file, case);
            failed.push(format!("  {} ({})", case.rule(), case.case["source"].as_str().unwrap()));
        }
    }
    assert!(failed.is_empty(), "{name}.json, what failed stands above:\n{}", failed.join("\n"));
}

/// One test for each file, by its name.
macro_rules! files {
    ($($name:ident),* $(,)?) => {
        $(#[test] fn $name() { run_file(stringify!($name)); })*

        #[test]
        fn every_file_is_run() {
            let named: BTreeSet<String> = [$(concat!(stringify!($name), ".json").to_owned()),*].into();
            let entries = fs::read_dir(root().join("tests/vectors")).unwrap();
            let found: BTreeSet<String> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name.ends_with(".json"))
                .collect();
            assert_eq!(found, named);
        }
    };
}

files!(hierarchy, hosts, kinds, lines, lineage, parents, prevalence, shapes, times, twins);
