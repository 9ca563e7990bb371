//! What is true of the story, as JSON: computed from its processes and facts, never from the events
//! that were written and never by begat.

mod chains;
pub(crate) mod check;
mod counts;
mod hierarchy;

use serde_json::{Value, json};

use crate::model::process::{Process, Record};
use crate::story::Story;

/// The ground truth: an object whose lists stand one entry a line, with a final newline.
pub(crate) fn write(story: &Story) -> String {
    let members = [
        ("lines", json!(story.hosts.iter().map(|h| h.events.len()).sum::<usize>())),
        ("hosts", hosts(story)),
        ("events", counts::events(story)),
        ("process_starts", counts::starts(story)),
        ("process_ends", counts::ends(story)),
        ("processes", chains::processes(story)),
        ("violations", hierarchy::violations(story)),
        ("remote_threads", chains::threads(story)),
        ("remote_starts", chains::arrivals(story)),
        ("connections_seen_at_both_ends", chains::links(story)),
        ("dropped_and_run", chains::drops(story)),
        ("twins", with_record(story, Record::Both)),
        ("only_4688", with_record(story, Record::Security)),
        ("never_recorded", with_record(story, Record::None)),
        ("shipped_after_their_children", counts::late(story)),
        ("pids_used_twice", counts::reused(story)),
    ];
    let members: Vec<String> =
        members.iter().map(|(key, value)| format!("  {}: {}", json!(key), rows(value))).collect();
    format!("{{\n{}\n}}\n", members.join(",\n"))
}

/// A member's value, with the entries of a list or of an object on lines of their own, keys in order.
fn rows(value: &Value) -> String {
    let value = &sorted(value);
    let (open, rows, close): (_, Vec<String>, _) = match value {
        Value::Array(list) => ('[', list.iter().map(Value::to_string).collect(), ']'),
        Value::Object(map) => ('{', map.iter().map(|(k, v)| format!("{}: {v}", json!(k))).collect(), '}'),
        _ => return value.to_string(),
    };
    format!("{open}\n    {}\n  {close}", rows.join(",\n    "))
}

/// Whether serde_json keeps the order of keys depends on what else is built beside it.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(sorted).collect(),
        Value::Object(map) => {
            let keys: std::collections::BTreeMap<_, _> =
                map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            Value::Object(keys.into_iter().collect())
        }
        scalar => scalar.clone(),
    }
}

/// A process as the truth names it.
fn name(process: &Process) -> Value {
    json!({
        "host": process.host,
        "pid": process.pid,
        "guid": process.guid,
        "image": process.image,
    })
}

fn hosts(story: &Story) -> Value {
    let rows = story.hosts.iter().map(|host| {
        let row = json!({ "address": host.address, "clock_ahead_ms": host.ahead_ms });
        (host.name.to_owned(), row)
    });
    Value::Object(rows.collect())
}

fn with_record(story: &Story, record: Record) -> Value {
    let processes = story.hosts.iter().flat_map(|host| &host.processes);
    processes.filter(|p| p.record == record).map(|p| name(p)).collect()
}
