//! The engine as a native library.

use begat_guest::engine::{self, Execution, Knowledge, ProcessInfo, Scope, sha256_hex};
use begat_guest::{Emit, Engine};
use serde_json::{Value, json};

use crate::subject::{Batch, Outcome, Subject, kinds, pages, text};

pub struct Native(pub Engine);

impl Native {
    pub fn new() -> Self {
        Self(Engine::new().unwrap())
    }
}

impl Subject for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn configure(&mut self, json: &str) {
        self.0.configure(json).unwrap();
    }

    fn ingest(&mut self, batch: &Batch<'_>) -> Outcome {
        let outcome = self.0.ingest(&engine::Batch {
            source: batch.source,
            first_line: batch.first_line,
            received_at: batch.received_at,
            environment: batch.environment,
            emit: Emit::All,
            text: batch.text,
        });
        Outcome {
            lines: outcome.lines,
            recognised: outcome.recognised,
            passed: outcome.passed,
            rejected: outcome.rejected.into_iter().map(|r| (r.line, r.column, r.message)).collect(),
            annotated: outcome.annotated,
        }
    }

    fn stats(&mut self) -> Value {
        let s = self.0.stats();
        json!({
            "lines": s.lines, "recognised": s.recognised, "passed": s.passed, "rejected": s.rejected,
            "twins": s.twins, "kinds": kinds(s.kinds),
            "hosts": s.hosts, "processes": s.processes, "evicted_processes": s.evicted_processes,
            "evicted_values": s.evicted_values, "sensor_gaps": s.sensor_gaps,
            "hierarchy": s.hierarchy, "now": s.now,
        })
    }

    fn images(&mut self) -> Value {
        let row = |r: engine::ImageRow| json!([r.image, r.executions, r.hosts, r.rank]);
        Value::Array(pages(|offset| self.0.images(offset, 0).into_iter().map(row).collect()))
    }

    fn score(&mut self, execution: &Value) -> Option<Value> {
        let score = self.0.score(&Execution {
            image: text(execution, "image").unwrap_or_default(),
            hostname: text(execution, "hostname"),
            parent_image: text(execution, "parent_image"),
            grandparent_image: text(execution, "grandparent_image"),
            hash: text(execution, "hash"),
            environment: text(execution, "environment"),
        });
        let score = score.ok()?;
        let mut answer = json!({ "echotrail_score": score.echotrail_score });
        for block in score.blocks {
            let scope = match block.scope {
                Scope::Customer => "customer",
                Scope::Environment => "environment",
                Scope::Host => "host",
            };
            let mut shown = json!({
                "rank": block.rank, "host_prev": block.host_prev, "overall_score": block.overall_score,
                "executions": block.executions, "hosts": block.hosts, "scope_hosts": block.scope_hosts,
                "images": block.images,
            });
            for f in block.fields {
                shown[f.field] = json!([f.score, f.count, f.known, f.hosts]);
            }
            answer[scope] = shown;
        }
        Some(answer)
    }

    fn violations(&mut self) -> Vec<Value> {
        let row = |f: engine::Finding| {
            json!({
                "process": f.process, "image": f.image, "started": f.started, "reason": f.reason,
                "observed": f.observed, "expected": f.expected, "origin": f.origin,
            })
        };
        pages(|offset| self.0.violations(offset, 0).into_iter().map(row).collect())
    }

    fn processes(&mut self) -> Vec<Value> {
        pages(|offset| self.0.processes(None, None, offset, 0).into_iter().map(process).collect())
    }

    fn ancestry(&mut self, id: &str) -> Option<Value> {
        let found = self.0.ancestry(id).ok()?;
        Some(json!({
            "process": process(found.process),
            "ancestors": found.ancestors.into_iter().map(process).collect::<Vec<_>>(),
            "owner": found.owner,
            "partial": found.partial,
        }))
    }

    fn snapshot_sha256(&mut self) -> String {
        sha256_hex(&self.0.snapshot())
    }
}

fn process(p: ProcessInfo) -> Value {
    let known = match p.known {
        Knowledge::Started => "started",
        Knowledge::Seen => "seen",
        Knowledge::NamedByChild => "named-by-child",
    };
    json!({
        "id": p.id, "host": p.host, "image": p.image, "pid": p.pid, "started": p.started,
        "ended": p.ended, "user": p.user, "known": known, "origin": p.origin,
    })
}
