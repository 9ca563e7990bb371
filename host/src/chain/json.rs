//! Chains, timelines, matches and rows as JSON: the contract's names, by `_` for `-`. Names are a contract:
//! members are added, never renamed.

use serde_json::{Map, Value, json};

use super::Traced;
use super::words;
use crate::runtime::bindings::causality::{
    Candidate, Chain, Damage, Edge, Knowledge, Lead, Matching, Node, PossibleDamage, Process, Row, Skew, Step,
};
use crate::runtime::bindings::hierarchy::{Outcome, Verdict};
use crate::runtime::bindings::types::Origin;
use crate::scoring::time;

/// A chain whole.
#[must_use]
pub fn chain(traced: &Traced) -> Value {
    let Chain { subject, root, led_by, above, partial, nodes, edges, damage, possible, .. } = &traced.chain;
    let Chain { skews, truncated, unfollowed, .. } = &traced.chain;
    json!({
        "subject": subject,
        "root": root,
        "led_by": led_by.as_ref().map(lead),
        "above": above.as_ref().map(process),
        "partial": partial,
        "nodes": nodes.iter().map(|each| node(traced, each)).collect::<Vec<_>>(),
        "edges": edges.iter().map(edge).collect::<Vec<_>>(),
        "damage": self::damage(damage),
        "possible_damage": possible.iter().map(self::possible).collect::<Vec<_>>(),
        "skews": skews.iter().map(skew).collect::<Vec<_>>(),
        "truncated": truncated,
        "unfollowed": unfollowed,
    })
}

fn lead(lead: &Lead) -> Value {
    let mut object = process(&lead.process);
    put(&mut object, "confidence", lead.confidence);
    put(&mut object, "edges", lead.edges.iter().map(edge).collect::<Vec<_>>());
    record(object, lead.process.origin.as_ref())
}

fn damage(damage: &Damage) -> Value {
    let left: Map<String, Value> =
        damage.truncated.iter().map(|(list, count)| (list.clone(), (*count).into())).collect();
    json!({
        "hosts": damage.hosts,
        "users": damage.users,
        "files": damage.files,
        "registry": damage.registry,
        "addresses": damage.addresses,
        "domains": damage.domains,
        "truncated": left,
    })
}

/// The lists, and how sure they are.
fn possible(possible: &PossibleDamage) -> Value {
    let mut object = damage(&possible.damage);
    put(&mut object, "confidence", possible.confidence);
    object
}

/// What happened, in the order of time.
#[must_use]
pub fn timeline(steps: &[Step]) -> Value {
    let step = |step: &Step| {
        let mut object = json!({
            "time": time(step.time), "process": step.process, "kind": step.kind, "what": step.what,
        });
        put(&mut object, "candidate", step.candidate.as_deref());
        record(object, step.origin.as_ref())
    };
    steps.iter().map(step).collect()
}

/// Which processes an alert may be about.
#[must_use]
pub fn matching(matching: &Matching) -> Value {
    let candidate = |candidate: &Candidate| {
        let object = json!({
            "process": candidate.process, "rank": candidate.rank, "apart_ms": candidate.apart,
            "reason": candidate.reason,
        });
        record(object, candidate.origin.as_ref())
    };
    json!({
        "candidates": matching.candidates.iter().map(candidate).collect::<Vec<_>>(),
        "misses": matching.misses.iter().map(candidate).collect::<Vec<_>>(),
        "reason": matching.reason,
    })
}

/// Rows of an answer to a query: an object each, with the columns by their names.
#[must_use]
pub fn rows(rows: &[Row]) -> Value {
    let row = |row: &Row| {
        let columns: Map<String, Value> =
            row.columns.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let process = (!row.process.is_empty()).then_some(&row.process);
        let object = json!({ "time": row.time.map(time), "process": process, "columns": columns });
        record(object, row.origin.as_ref())
    };
    rows.iter().map(row).collect()
}

fn node(traced: &Traced, node: &Node) -> Value {
    let alerts: Vec<Value> = node.alerts.iter().map(|id| alert(traced, id)).collect();
    let mut object = process(&node.process);
    put(&mut object, "command_line", node.command_line.as_deref());
    put(&mut object, "verdict", verdict(&node.verdict));
    let prevalence = node
        .prevalence
        .map(|(percent, executions)| json!({ "host_prev": percent, "executions": executions }));
    put(&mut object, "prevalence", prevalence);
    put(&mut object, "alerts", alerts);
    put(&mut object, "injected_by", node.injected_by.clone());
    put(&mut object, "folded", node.folded);
    put(&mut object, "confidence", node.confidence);
    record(object, node.process.origin.as_ref())
}

fn process(process: &Process) -> Value {
    json!({
        "id": process.id,
        "host": process.host,
        "image": process.image,
        "pid": process.pid,
        "started": process.started.map(time),
        "ended": process.ended.map(time),
        "user": process.user,
        "known": match process.known {
            Knowledge::Started => "started",
            Knowledge::Seen => "seen",
            Knowledge::NamedByChild => "named-by-child",
        },
    })
}

fn verdict(verdict: &Verdict) -> Value {
    let outcome = match verdict.outcome {
        Outcome::Expected => "expected",
        Outcome::Violation => "violation",
        Outcome::Unknown => "unknown",
    };
    json!({
        "verdict": outcome,
        "reason": verdict.reason,
        "observed": verdict.observed,
        "expected": verdict.expected,
        "source": verdict.source,
    })
}

/// With its score and its type, where they are known.
fn alert(traced: &Traced, id: &str) -> Value {
    let alert = traced.alerts.get(id);
    let score =
        alert.map(|alert| serde_json::from_str::<Value>(&alert.score).unwrap_or_else(|_| json!(alert.score)));
    json!({ "id": id, "score": score, "type": alert.map(|alert| &alert.alert_type) })
}

fn edge(edge: &Edge) -> Value {
    let object = json!({
        "cause": edge.cause,
        "effect": edge.effect,
        "kind": words::kind(&edge.kind),
        "confidence": edge.confidence,
        "time": edge.time.map(time),
        "reason": edge.reason,
    });
    record(object, edge.origin.as_ref())
}

fn skew(skew: &Skew) -> Value {
    json!({
        "host": skew.host, "behind": skew.behind, "milliseconds": skew.milliseconds,
        "connections": skew.connections,
    })
}

/// Adds where the record stands, as other answers have it.
fn record(mut object: Value, origin: Option<&Origin>) -> Value {
    put(&mut object, "file", origin.map(|origin| origin.source.as_str()));
    put(&mut object, "line", origin.map(|origin| origin.line));
    object
}

fn put(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::samples::{NINE, story};

    #[test]
    fn a_chain_has_the_names_of_the_contract() {
        let json = chain(&story());
        assert_eq!(json["root"], "w/1");
        assert_eq!(json["truncated"], 37);
        assert_eq!(json["unfollowed"], 0);
        assert_eq!(
            json["nodes"][3],
            json!({
                "id": "s/1", "host": "srv-files", "image": "C:\\Users\\Public\\svchost.exe", "pid": 900,
                "started": "2026-03-01T09:01:35.000Z", "ended": null, "user": "SYSTEM", "known": "started",
                "command_line": "svchost.exe",
                "verdict": {"verdict": "violation", "reason": "unexpected-parent", "observed": "notepad.exe",
                    "expected": ["services.exe"], "source": "modern"},
                "prevalence": {"host_prev": 1, "executions": 1}, "alerts": [], "injected_by": [], "folded": 0,
                "confidence": 85,
                "file": "sysmon.ndjson", "line": 7,
            })
        );
        assert_eq!(
            json["nodes"][1]["alerts"],
            json!([{"id": "A1", "score": 16.8, "type": "Device/New or Unusual Remote Command Execution"}])
        );
        assert_eq!(
            json["edges"][2],
            json!({"cause": "w/3", "effect": "s/1", "kind": "connected", "confidence": 85,
                "time": "2026-03-01T09:01:34.000Z", "reason": "both ends of 10.0.0.23:50123 to 10.0.0.9:445",
                "file": null, "line": null})
        );
        assert_eq!(json["damage"]["truncated"], json!({"files": 88}));
        assert_eq!(
            json["possible_damage"],
            json!([{"confidence": 85, "hosts": ["srv-files"], "users": ["SYSTEM"], "files": [], "registry": [],
                "addresses": [], "domains": [], "truncated": {}}])
        );
        assert_eq!(json["skews"][0]["milliseconds"], 350);
    }

    #[test]
    fn steps_candidates_and_rows_have_their_records() {
        let origin = Some(Origin { source: "a.evtx".into(), line: 3 });
        let step = Step {
            time: NINE,
            process: "w/3".into(),
            kind: "file-create".into(),
            what: "c:\\a.txt".into(),
            candidate: Some("thread unknown".into()),
            origin: origin.clone(),
        };
        assert_eq!(
            timeline(&[step]),
            json!([{"time": "2026-03-01T09:00:00.000Z", "process": "w/3", "kind": "file-create",
                "what": "c:\\a.txt", "candidate": "thread unknown", "file": "a.evtx", "line": 3}])
        );
        let candidate =
            Candidate { process: "w/3".into(), rank: 1, apart: 120, reason: "5-tuple".into(), origin };
        let found = Matching { candidates: vec![candidate], misses: vec![], reason: None };
        assert_eq!(
            matching(&found),
            json!({"candidates": [{"process": "w/3", "rank": 1, "apart_ms": 120, "reason": "5-tuple",
                "file": "a.evtx", "line": 3}], "misses": [], "reason": null})
        );
        let row = Row {
            time: None,
            process: String::new(),
            columns: vec![("host_name".into(), "ws-anna".into())],
            origin: None,
        };
        assert_eq!(
            rows(&[row]),
            json!([{"time": null, "process": null, "columns": {"host_name": "ws-anna"}, "file": null,
                "line": null}])
        );
    }
}
