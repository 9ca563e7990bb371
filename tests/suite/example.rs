//! The example recording against `truth.json`, which its generator wrote from its own model of the story.

use std::collections::BTreeMap;
use std::fs;
use std::sync::OnceLock;

use serde_json::Value;

use crate::batches::{Cut, feed};
use crate::component::InComponent;
use crate::data::{example, root};
use crate::subject::{Subject, folded_name};

/// Everything that begat says of the recording.
struct Answers {
    truth: Value,
    /// The lines that came out.
    lines: Vec<Value>,
    stats: Value,
    /// By id.
    processes: BTreeMap<String, Value>,
    /// Of every started process, by id.
    ancestries: BTreeMap<String, Value>,
}

fn answers() -> &'static Answers {
    static ANSWERS: OnceLock<Answers> = OnceLock::new();
    ANSWERS.get_or_init(|| {
        let truth = fs::read_to_string(root().join("examples/data/truth.json")).unwrap();
        let mut component = InComponent::new();
        let outcome = feed(&mut component, &example(), Cut::Bytes(64 << 10));
        let processes: BTreeMap<String, Value> =
            component.processes().into_iter().map(|p| (p["id"].as_str().unwrap().to_owned(), p)).collect();
        let ancestries = processes
            .values()
            .filter(|p| p["known"] == "started")
            .map(|p| p["id"].as_str().unwrap().to_owned())
            .map(|id| (id.clone(), component.ancestry(&id).unwrap()))
            .collect();
        Answers {
            truth: serde_json::from_str(&truth).unwrap(),
            lines: outcome.annotated.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
            stats: component.stats(),
            processes,
            ancestries,
        }
    })
}

impl Answers {
    /// The id of a process of the truth: by its GUID, or where no Sysmon record told of it by what 4688 has.
    fn id(&self, process: &Value) -> String {
        let (host, guid) = (process["host"].as_str().unwrap(), process["guid"].as_str().unwrap());
        let id = format!("{host}/{}", guid.trim_matches(['{', '}']).to_lowercase());
        if self.processes.contains_key(&id) {
            return id;
        }
        let same = |p: &&Value| ["host", "pid", "image"].iter().all(|m| p[m] == process[m]);
        let mut found = self.processes.values().filter(same);
        let id = found.next().unwrap_or_else(|| panic!("not held: {process}"))["id"].as_str().unwrap();
        assert!(found.next().is_none(), "more than one: {process}");
        id.to_owned()
    }

    /// The annotated line of a start, by the process's id; of twins the Sysmon one.
    fn line_of_start(&self, id: &str) -> &Value {
        let is_start = |line: &&Value| {
            let begat = &line["begat"];
            begat["kind"] == "process-start" && begat["twin"].is_null() && begat["causality"]["process"] == id
        };
        self.lines.iter().find(is_start).unwrap_or_else(|| panic!("no start of {id}"))
    }
}

fn list<'v>(value: &'v Value, name: &str) -> &'v Vec<Value> {
    value[name].as_array().unwrap_or_else(|| panic!("no list {name}"))
}

#[test]
fn every_line_is_there_and_every_host() {
    let a = answers();
    assert_eq!(a.stats["lines"], a.truth["lines"]);
    assert_eq!(a.lines.len() as u64, a.truth["lines"].as_u64().unwrap());
    assert_eq!(a.stats["rejected"], 0);
    let hosts: Vec<&String> = a.truth["hosts"].as_object().unwrap().keys().collect();
    assert_eq!(a.stats["hosts"], serde_json::json!(hosts));
}

#[test]
fn events_have_their_kinds() {
    // The kinds of DESIGN, "Command line"; 4624 is of no format, and of 4688 only those without a twin count.
    let kind = |event: &str| match event {
        "1" => "process-start",
        "3" => "network-connection",
        "5" => "process-end",
        "7" => "image-load",
        "8" => "remote-thread",
        "10" => "process-access",
        "11" => "file-create",
        "12" | "13" => "registry",
        "17" | "18" => "pipe",
        "22" => "dns-query",
        // 4624 is a logon, for which there is no kind.
        "4" | "16" | "255" | "4624" => "other",
        other => panic!("a new event in the recording: {other}"),
    };
    let a = answers();
    let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
    let mut gaps = 0;
    for events in a.truth["events"].as_object().unwrap().values() {
        for (event, count) in events.as_object().unwrap().iter().filter(|(e, _)| *e != "4688") {
            *expected.entry(kind(event)).or_default() += count.as_u64().unwrap();
            gaps += if ["4", "16", "255"].contains(&event.as_str()) { count.as_u64().unwrap() } else { 0 };
        }
    }
    *expected.get_mut("process-start").unwrap() += list(&a.truth, "only_4688").len() as u64;
    assert_eq!(a.stats["kinds"], serde_json::json!(expected));
    assert_eq!(a.stats["sensor_gaps"], gaps);
    assert_eq!(a.stats["twins"], list(&a.truth, "twins").len());
}

#[test]
fn every_start_and_end_is_known_by_host_and_program() {
    let a = answers();
    for (member, list) in [("started", "process_starts"), ("ended", "process_ends")] {
        let mut found: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for process in a.processes.values().filter(|p| !p[member].is_null()) {
            *found
                .entry((process["host"].as_str().unwrap(), process["image"].as_str().unwrap()))
                .or_default() += 1;
        }
        let mut expected: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for (host, programs) in a.truth[list].as_object().unwrap() {
            for (program, count) in programs.as_object().unwrap() {
                expected.insert((host.as_str(), program.as_str()), count.as_u64().unwrap());
            }
        }
        assert_eq!(found, expected, "{list}");
    }
}

#[test]
fn labelled_processes_have_their_ancestors_and_owner() {
    let a = answers();
    for labelled in list(&a.truth, "processes") {
        let label = labelled["label"].as_str().unwrap();
        let id = a.id(&labelled["process"]);
        let ancestry = &a.ancestries[&id];
        let host = labelled["process"]["host"].as_str().unwrap();
        let known = |guid: &Value| {
            format!("{host}/{}", guid.as_str().unwrap().trim_matches(['{', '}']).to_lowercase())
        };

        let expected: Vec<(String, &Value)> = list(labelled, "ancestors")
            .iter()
            .map(|above| (known(&above["guid"]), &above["image"]))
            .collect();
        let found: Vec<(String, &Value)> = list(ancestry, "ancestors")
            .iter()
            .zip(&expected)
            // What only a 4688 names has no GUID.
            .map(|(above, expected)| match above["id"].as_str().unwrap() {
                "" => (expected.0.clone(), &above["image"]),
                id => (id.to_owned(), &above["image"]),
            })
            .collect();
        assert_eq!(found, expected, "ancestors of {label} ({id})");
        assert_eq!(list(ancestry, "ancestors").len(), expected.len(), "ancestors of {label} ({id})");
        assert_eq!(ancestry["partial"], labelled["partial"], "{label} ({id}) is partial");

        let owner = match ancestry["owner"].as_u64() {
            None => &Value::Null,
            Some(0) => &ancestry["process"]["image"],
            Some(place) => &ancestry["ancestors"][usize::try_from(place).unwrap() - 1]["image"],
        };
        assert_eq!(owner, &labelled["owner"]["image"], "owner of {label} ({id})");
    }
}

#[test]
fn verdicts_are_the_truth_s() {
    let a = answers();
    for labelled in list(&a.truth, "processes") {
        let label = labelled["label"].as_str().unwrap();
        let verdict =
            a.line_of_start(&a.id(&labelled["process"]))["begat"]["hierarchy"]["verdict"].as_str().unwrap();
        match labelled["verdict"].as_str().unwrap() {
            "not a violation" => assert_ne!(verdict, "violation", "{label}"),
            expected => assert_eq!(verdict, expected, "{label}"),
        }
    }
    let starts: u64 = a.stats["hierarchy"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(starts, a.ancestries.len() as u64, "every start has one final verdict");
    assert_eq!(a.stats["hierarchy"][1], list(&a.truth, "violations").len(), "violations of all starts");
}

#[test]
fn the_one_violation_names_one_of_its_reasons() {
    let a = answers();
    for violation in list(&a.truth, "violations") {
        let hierarchy = &a.line_of_start(&a.id(&violation["process"]))["begat"]["hierarchy"];
        assert_eq!(hierarchy["verdict"], "violation");
        assert!(list(violation, "reasons").contains(&hierarchy["reason"]), "{hierarchy}");
        assert_eq!(hierarchy["observed"], folded_name(violation["parent"]["image"].as_str().unwrap()));
    }
}

#[test]
fn twins_are_one_process_and_only_4688_is_one_too() {
    let a = answers();
    for twin in list(&a.truth, "twins") {
        let id = a.id(twin);
        let records: Vec<&Value> = a
            .lines
            .iter()
            .map(|line| &line["begat"])
            .filter(|begat| begat["kind"] == "process-start" && begat["causality"]["process"] == id.as_str())
            .collect();
        assert_eq!(records.len(), 2, "{id}");
        assert_eq!(records.iter().filter(|begat| begat["twin"] == true).count(), 1, "{id}");
    }
    for alone in list(&a.truth, "only_4688") {
        assert!(a.line_of_start(&a.id(alone))["begat"]["twin"].is_null());
    }
}

#[test]
fn what_was_never_recorded_is_known_by_name_and_never_started() {
    let a = answers();
    for process in list(&a.truth, "never_recorded") {
        let known = &a.processes[&a.id(process)];
        assert_ne!(known["known"], "started", "{process}");
        assert_eq!(known["image"], process["image"]);
    }
}

#[test]
fn a_process_id_that_was_used_twice_is_two_processes() {
    let a = answers();
    for pair in list(&a.truth, "pids_used_twice") {
        let (first, then) = (a.id(&pair["first"]), a.id(&pair["then"]));
        assert_ne!(first, then);
        assert_eq!(a.processes[&first]["pid"], a.processes[&then]["pid"]);
    }
}

#[test]
fn a_start_that_came_after_its_children_is_complete_in_the_end() {
    let a = answers();
    for late in list(&a.truth, "shipped_after_their_children") {
        let id = a.id(late);
        assert_eq!(a.processes[&id]["known"], "started");
        let below = a.ancestries.values().filter(|ancestry| ancestry["ancestors"][0]["id"] == id.as_str());
        let above = list(&a.ancestries[&id], "ancestors").len();
        let mut children = 0;
        for child in below {
            assert_eq!(list(child, "ancestors").len(), above + 1, "{}", child["process"]["id"]);
            children += 1;
        }
        assert!(children > 0, "{id} has children");
    }
}
