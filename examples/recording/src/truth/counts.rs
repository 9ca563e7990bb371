//! How much there is of what: events by id, starts by host and program, late and doubled ones.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::name;
use crate::model::process::Record;
use crate::story::Story;

type Table = BTreeMap<String, BTreeMap<String, u64>>;

/// Host, then event id, then how many lines.
pub(super) fn events(story: &Story) -> Value {
    let mut table = Table::new();
    for host in &story.hosts {
        for event in &host.events {
            add(&mut table, host.name, &event.id.to_string());
        }
    }
    json!(table)
}

/// Host, then path of the program, then how many instances: a pair of twins is one start, and a
/// start that only 4688 tells of is one too.
pub(super) fn starts(story: &Story) -> Value {
    let mut table = Table::new();
    for process in story.hosts.iter().flat_map(|host| &host.processes) {
        if process.record != Record::None {
            add(&mut table, process.host, &process.image);
        }
    }
    json!(table)
}

/// Host, then path of the program, then how many ends were recorded.
pub(super) fn ends(story: &Story) -> Value {
    let mut table = Table::new();
    for process in story.hosts.iter().flat_map(|host| &host.processes) {
        let sysmon = matches!(process.record, Record::Sysmon | Record::Both);
        if sysmon && process.end.get().is_some() {
            add(&mut table, process.host, &process.image);
        }
    }
    json!(table)
}

fn add(table: &mut Table, host: &str, key: &str) {
    *table.entry(host.to_owned()).or_default().entry(key.to_owned()).or_default() += 1;
}

/// Processes whose own start stands in the file after that of a child.
pub(super) fn late(story: &Story) -> Value {
    let processes = story.hosts.iter().flat_map(|host| &host.processes);
    processes.filter(|p| p.late).map(|p| name(p)).collect()
}

/// Process ids that two instances had, one after the other.
pub(super) fn reused(story: &Story) -> Value {
    let mut rows = Vec::new();
    for host in &story.hosts {
        for (index, second) in host.processes.iter().enumerate() {
            let before = host.processes.iter().take(index).find(|p| p.pid == second.pid);
            rows.extend(before.map(|first| json!({ "first": name(first), "then": name(second) })));
        }
    }
    Value::Array(rows)
}
