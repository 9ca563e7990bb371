//! Who descends from whom, and what joins processes beside parentage: threads, connections, logons,
//! files.

use std::rc::Rc;

use serde_json::{Value, json};

use super::{hierarchy, name};
use crate::model::process::{Process, Record};
use crate::story::Story;

/// Every process with a label, its ancestors up to System, its children, the owner of its causality
/// group, and the verdict on its start.
pub(super) fn processes(story: &Story) -> Value {
    let mut rows = Vec::new();
    for host in &story.hosts {
        for process in host.processes.iter().filter(|p| p.label.is_some()) {
            let is_child = |p: &&Rc<Process>| {
                p.record != Record::None && p.parent.as_ref().is_some_and(|q| Rc::ptr_eq(q, process))
            };
            let children = host.processes.iter().filter(is_child);
            let (owner, partial) = owner(process);
            rows.push(json!({
                "label": process.label,
                "process": name(process),
                "utc": host.clock(process.start).sysmon(),
                "user": process.logon.qualified(),
                "recorded_by": process.record.name(),
                "ancestors": process.ancestors().iter().map(|p| brief(p)).collect::<Vec<_>>(),
                "children": children.map(|p| brief(p)).collect::<Vec<_>>(),
                "owner": owner.as_ref().map(|p| brief(p)),
                "partial": partial,
                "verdict": hierarchy::verdict(process).name(),
            }));
        }
    }
    Value::Array(rows)
}

/// A process of the row's own host.
fn brief(process: &Process) -> Value {
    json!({ "pid": process.pid, "guid": process.guid, "image": process.image })
}

/// The first process, from this one upwards, whose parent is a spawner; where the chain breaks off before
/// one comes, the topmost that is known, if only by name, and true. Spawners and what has none above it own no group here: none.
fn owner(process: &Rc<Process>) -> (Option<Rc<Process>>, bool) {
    if hierarchy::is_spawner(process) || process.record == Record::None {
        return (None, false);
    }
    let mut first = Rc::clone(process);
    while let Some(parent) = first.parent.clone() {
        if hierarchy::is_spawner(&parent) {
            return (Some(first), false);
        }
        if parent.record == Record::None {
            return (Some(parent), true);
        }
        first = parent;
    }
    (Some(first), true)
}

/// Every remote thread. One is the injection; the others are Windows' own.
pub(super) fn threads(story: &Story) -> Value {
    let row = |thread: &crate::story::Thread| {
        json!({
            "source": name(&thread.source),
            "target": name(&thread.target),
            "new_thread_id": thread.thread,
            "injection": thread.harmless.is_none(),
            "harmless_because": thread.harmless,
        })
    };
    story.facts.threads.iter().map(row).collect()
}

/// Processes that a logon from another host started.
pub(super) fn arrivals(story: &Story) -> Value {
    let row = |arrival: &crate::story::Arrival| {
        json!({
            "process": name(&arrival.process),
            "user": arrival.user,
            "logon_id": format!("{:#x}", arrival.logon_id),
            "client_address": arrival.client.0,
            "client_port": arrival.client.1,
        })
    };
    story.facts.arrivals.iter().map(row).collect()
}

/// Connections with an event 3 at either end; the median of their offsets is the hosts' skew.
pub(super) fn links(story: &Story) -> Value {
    let row = |link: &crate::model::network::Link| {
        json!({
            "label": link.label,
            "from": { "host": link.from.0, "pid": link.from.1, "guid": link.from.2 },
            "to": { "host": link.to.0, "pid": link.to.1, "guid": link.to.2 },
            "source_port": link.ports.0,
            "destination_port": link.ports.1,
            "utc_from": link.utc.0,
            "utc_to": link.utc.1,
            "offset_ms": link.offset_ms,
        })
    };
    story.facts.links.iter().map(row).collect()
}

/// Files that one process wrote and another ran.
pub(super) fn drops(story: &Story) -> Value {
    let row = |(writer, path, runner): &(Rc<Process>, &str, Rc<Process>)| json!({ "written_by": name(writer), "path": path, "run_by": name(runner) });
    story.facts.drops.iter().map(row).collect()
}
