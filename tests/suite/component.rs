//! The component that is built into `begat`, on the runtime that `begat` runs it on.

use std::sync::OnceLock;

use begat::runtime::bindings::causality::{Knowledge, Process};
use begat::runtime::bindings::hierarchy::Finding;
use begat::runtime::bindings::ingest;
use begat::runtime::bindings::scoring::{Execution, ImageRow, Scope};
use begat::runtime::bindings::types::Page;
use begat::runtime::{CachePolicy, Component, EMBEDDED, Instance, Limits, Pool, Prepared, Runtime};
use serde_json::{Value, json};

use crate::shown;
use crate::subject::{Batch, Outcome, Subject, pages, ports, text, texts};

/// Where compiled components are kept between runs of the tests; the command line under test gets it too.
pub const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/component-cache");

pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new(Pool::OnDemand, &CachePolicy::Folder(CACHE.into())).unwrap())
}

pub fn compiled() -> &'static Component {
    static COMPONENT: OnceLock<Component> = OnceLock::new();
    COMPONENT.get_or_init(|| Component::compile(runtime(), EMBEDDED).unwrap())
}

pub struct InComponent(pub Instance);

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
        shown::outcome!(outcome.unwrap())
    }

    fn stats(&mut self) -> Value {
        shown::stats!(self.0.stats().unwrap())
    }

    fn images(&mut self) -> Value {
        let row = |row: ImageRow| shown::image!(row);
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
            children: texts(execution, "children"),
            network_ports: ports(execution),
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
            shown[scope] = shown::block!(block);
        }
        Some(shown)
    }

    fn violations(&mut self) -> Vec<Value> {
        let row = |f: Finding| {
            json!({
                "process": f.process, "image": f.image, "started": f.started, "reason": f.verdict.reason,
                "observed": f.verdict.observed, "expected": f.verdict.expected,
                "origin": (f.origin.source, f.origin.line), "corroborated_by": f.corroborated_by,
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
        Some(shown::ancestry!(self.0.ancestry(&id.to_owned()).ok()?, process))
    }

    fn snapshot(&mut self) -> Vec<u8> {
        self.0.snapshot().unwrap()
    }
}

fn process(process: Process) -> Value {
    let origin = process.origin.as_ref().map(|o| (&o.source, o.line));
    shown::process!(process, origin)
}
