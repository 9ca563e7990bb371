//! The engine as a native library.

use begat_guest::engine::{self, Execution, Knowledge, ProcessInfo, Scope};
use begat_guest::{Emit, Engine};
use serde_json::{Value, json};

use crate::shown;
use crate::subject::{Batch, Outcome, Subject, pages, ports, text, texts};

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
        shown::outcome!(self.0.ingest(&engine::Batch {
            source: batch.source,
            first_line: batch.first_line,
            received_at: batch.received_at,
            environment: batch.environment,
            emit: Emit::All,
            text: batch.text,
        }))
    }

    fn stats(&mut self) -> Value {
        shown::stats!(self.0.stats())
    }

    fn images(&mut self) -> Value {
        let row = |row: engine::ImageRow| shown::image!(row);
        Value::Array(pages(|offset| self.0.images(offset, 0).into_iter().map(row).collect()))
    }

    fn score(&mut self, execution: &Value) -> Option<Value> {
        let score = self.0.score(&Execution {
            image: text(execution, "image").unwrap_or_default(),
            hostname: text(execution, "hostname"),
            parent_image: text(execution, "parent_image"),
            grandparent_image: text(execution, "grandparent_image"),
            hash: text(execution, "hash"),
            children: &texts(execution, "children"),
            network_ports: &ports(execution),
            environment: text(execution, "environment"),
        });
        let score = score.ok()?;
        let mut answer = json!({ "echotrail_score": score.echotrail_score });
        for block in score.blocks {
            let scope = match block.scope {
                Scope::Global => "global",
                Scope::Customer => "customer",
                Scope::Environment => "environment",
                Scope::Host => "host",
            };
            answer[scope] = shown::block!(block);
        }
        Some(answer)
    }

    fn violations(&mut self) -> Vec<Value> {
        let row = |f: engine::Finding| {
            json!({
                "process": f.process, "image": f.image, "started": f.started, "reason": f.reason,
                "observed": f.observed, "expected": f.expected, "origin": f.origin,
                "corroborated_by": f.corroborated_by,
            })
        };
        pages(|offset| self.0.violations(offset, 0).into_iter().map(row).collect())
    }

    fn processes(&mut self) -> Vec<Value> {
        pages(|offset| self.0.processes(None, None, offset, 0).into_iter().map(process).collect())
    }

    fn ancestry(&mut self, id: &str) -> Option<Value> {
        Some(shown::ancestry!(self.0.ancestry(id).ok()?, process))
    }

    fn snapshot(&mut self) -> Vec<u8> {
        self.0.snapshot()
    }
}

fn process(process: ProcessInfo) -> Value {
    shown::process!(process, process.origin)
}
