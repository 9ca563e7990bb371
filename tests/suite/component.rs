//! The component that is built into `begat`, on the runtime that `begat` runs it on.

use std::sync::OnceLock;

use begat::runtime::bindings::causality::{Knowledge, Process};
use begat::runtime::bindings::hierarchy::Finding;
use begat::runtime::bindings::scoring::{Execution, ImageRow, Scope};
use begat::runtime::bindings::types::Page;
use begat::runtime::bindings::{ingest, scoring};
use begat::runtime::{CachePolicy, Component, EMBEDDED, Instance, Limits, Pool, Prepared, Runtime};
use serde_json::{Value, json};

use crate::subject::{Batch, Outcome, Subject, kinds, pages, text};

/// Where compiled components are kept between runs of the tests; the command line under test gets it too.
pub const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/component-cache");

pub fn compiled() -> &'static Component {
    static COMPONENT: OnceLock<Component> = OnceLock::new();
    COMPONENT.get_or_init(|| {
        let runtime = Runtime::new(Pool::OnDemand, &CachePolicy::Folder(CACHE.into())).unwrap();
        Component::compile(&runtime, EMBEDDED).unwrap()
    })
}

pub struct InComponent(Instance);

impl InComponent {
    pub fn new() -> Self {
        static PREPARED: OnceLock<Prepared> = OnceLock::new();
        let prepared = PREPARED.get_or_init(|| compiled().prepare().unwrap());
        // Batches of any size are compared, so that a batch may be a whole recording.
        let limits = Limits { memory: 4 << 30, answer: 1 << 30, ..Limits::default() };
        Self(prepared.instantiate(limits).unwrap())
    }
}

impl Subject for InComponent {
    fn name(&self) -> &'static str {
        "component"
    }

    fn configure(&mut self, json: &str) {
        self.0.configure(json).unwrap();
    }

    fn ingest(&mut self, batch: &Batch<'_>) -> Outcome {
        let outcome = self.0.ingest(&ingest::Batch {
            source: batch.source.into(),
            first_line: batch.first_line,
            received_at: batch.received_at,
            environment: batch.environment.map(str::to_owned),
            emit: ingest::Emit::All,
            text: batch.text.into(),
        });
        let outcome = outcome.unwrap();
        Outcome {
            lines: outcome.lines,
            recognised: outcome.recognised,
            passed: outcome.passed,
            rejected: outcome.rejected.into_iter().map(|r| (r.line, r.column, r.message)).collect(),
            annotated: outcome.annotated,
        }
    }

    fn stats(&mut self) -> Value {
        let s = self.0.stats().unwrap();
        json!({
            "lines": s.lines, "recognised": s.recognised, "passed": s.passed, "rejected": s.rejected,
            "twins": s.twins, "kinds": kinds(s.kinds),
            "hosts": s.hosts, "processes": s.processes, "evicted_processes": s.evicted_processes,
            "evicted_values": s.evicted_values, "sensor_gaps": s.sensor_gaps,
            "hierarchy": s.hierarchy, "now": s.now,
        })
    }

    fn images(&mut self) -> Value {
        let row = |r: ImageRow| json!([r.image, r.executions, r.hosts, r.rank]);
        let page = |offset| self.0.images(Page { offset, limit: 0 }).unwrap().into_iter().map(row).collect();
        Value::Array(pages(page))
    }

    fn score(&mut self, execution: &Value) -> Option<Value> {
        let owned = |name| text(execution, name).map(str::to_owned);
        let answer = self.0.score(&Execution {
            image: owned("image").unwrap_or_default(),
            hostname: owned("hostname"),
            parent_image: owned("parent_image"),
            grandparent_image: owned("grandparent_image"),
            hash: owned("hash"),
            children: Vec::new(),
            network_ports: Vec::new(),
            environment: owned("environment"),
        });
        let answer = answer.ok()?;
        let mut shown = json!({ "echotrail_score": answer.echotrail_score });
        for block in answer.blocks {
            let scope = match block.scope {
                Scope::Global => "global",
                Scope::Customer => "customer",
                Scope::Environment => "environment",
                Scope::Host => "host",
            };
            shown[scope] = scored(block);
        }
        Some(shown)
    }

    fn violations(&mut self) -> Vec<Value> {
        let row = |f: Finding| {
            json!({
                "process": f.process, "image": f.image, "started": f.started, "reason": f.verdict.reason,
                "observed": f.verdict.observed, "expected": f.verdict.expected,
                "origin": (f.origin.source, f.origin.line),
            })
        };
        pages(|offset| self.0.violations(Page { offset, limit: 0 }).unwrap().into_iter().map(row).collect())
    }

    fn processes(&mut self) -> Vec<Value> {
        pages(|offset| {
            let page = self.0.processes(None, None, Page { offset, limit: 0 }).unwrap();
            page.into_iter().map(process).collect()
        })
    }

    fn ancestry(&mut self, id: &str) -> Option<Value> {
        let found = self.0.ancestry(&id.to_owned()).ok()?;
        Some(json!({
            "process": process(found.process),
            "ancestors": found.ancestors.into_iter().map(process).collect::<Vec<_>>(),
            "owner": found.owner,
            "partial": found.partial,
        }))
    }

    fn snapshot_sha256(&mut self) -> String {
        self.0.snapshot().unwrap().sha256
    }
}

fn scored(block: scoring::Block) -> Value {
    let mut shown = json!({
        "rank": block.rank, "host_prev": block.host_prev, "overall_score": block.overall_score,
        "executions": block.executions, "hosts": block.hosts, "scope_hosts": block.scope_hosts,
        "images": block.images,
    });
    for f in block.fields {
        shown[f.field.as_str()] = json!([f.score, f.count, f.known, f.hosts]);
    }
    shown
}

fn process(p: Process) -> Value {
    let known = match p.known {
        Knowledge::Started => "started",
        Knowledge::Seen => "seen",
        Knowledge::NamedByChild => "named-by-child",
    };
    json!({
        "id": p.id, "host": p.host, "image": p.image, "pid": p.pid, "started": p.started,
        "ended": p.ended, "user": p.user, "known": known, "origin": p.origin.map(|o| (o.source, o.line)),
    })
}
