//! The component's face: the contract's calls on the one engine of this instance.
//!
//! The only file that knows wit-bindgen. It converts types and holds no logic.
#![allow(unsafe_code, reason = "generated glue of wit-bindgen")]
#![allow(missing_docs, unreachable_pub, reason = "generated; the documentation stands in wit/")]

use std::cell::RefCell;

use crate::engine::hierarchy::{Observation, Outcome, Parent, Profile};
use crate::engine::{self, Engine};
use crate::error::{Error as NativeError, SnapshotError as NativeSnapshotError};

wit_bindgen::generate!({ path: "../wit", world: "analytics" });

use begat::siem::types::{Error, FieldError, InstanceId, LimitError, Origin, Page, SnapshotError, Timestamp};
use exports::begat::siem::{causality, correlation, hierarchy, ingest, scoring, tenant};

/// The longest chunk of a snapshot.
const CHUNK: usize = 1 << 20;

thread_local! {
    static ENGINE: RefCell<Option<Engine>> = const { RefCell::new(None) };
    /// The snapshot that stands ready, until the state changes.
    static TAKEN: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
    /// The chunks of a restore that has begun.
    static GIVEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Every instance works from birth: the first call finds the engine made with its defaults.
fn change<T>(call: impl FnOnce(&mut Engine) -> Result<T, NativeError>) -> Result<T, Error> {
    TAKEN.set(None);
    with_engine(call)
}

fn ask<T>(call: impl FnOnce(&Engine) -> Result<T, NativeError>) -> Result<T, Error> {
    with_engine(|engine| call(engine))
}

fn with_engine<T>(call: impl FnOnce(&mut Engine) -> Result<T, NativeError>) -> Result<T, Error> {
    ENGINE.with_borrow_mut(|slot| {
        let engine = match slot {
            Some(engine) => engine,
            None => slot.insert(Engine::new()?),
        };
        Ok(call(engine)?)
    })
}

struct Component;
export!(Component);

impl ingest::Guest for Component {
    fn ingest(batch: ingest::Batch) -> Result<ingest::Outcome, Error> {
        let outcome = change(|engine| {
            Ok(engine.ingest(&engine::Batch {
                source: &batch.source,
                first_line: batch.first_line,
                received_at: batch.received_at,
                environment: batch.environment.as_deref(),
                emit: match batch.emit {
                    ingest::Emit::All => engine::Emit::All,
                    ingest::Emit::Alerts => engine::Emit::Alerts,
                    ingest::Emit::None => engine::Emit::Nothing,
                },
                text: &batch.text,
            }))
        })?;
        Ok(ingest::Outcome {
            lines: outcome.lines,
            recognised: outcome.recognised,
            passed: outcome.passed,
            rejected: outcome
                .rejected
                .into_iter()
                .map(|r| ingest::Rejection { line: r.line, column: r.column, message: r.message })
                .collect(),
            annotated: outcome.annotated,
        })
    }
}

impl scoring::Guest for Component {
    fn score(execution: scoring::Execution) -> Result<scoring::Answer, Error> {
        let score = ask(|engine| {
            engine.score(&engine::Execution {
                image: &execution.image,
                hostname: execution.hostname.as_deref(),
                parent_image: execution.parent_image.as_deref(),
                grandparent_image: execution.grandparent_image.as_deref(),
                hash: execution.hash.as_deref(),
                environment: execution.environment.as_deref(),
            })
        })?;
        Ok(scoring::Answer {
            echotrail_score: score.echotrail_score,
            blocks: score.blocks.into_iter().map(block).collect(),
        })
    }

    fn images(offset: u64, limit: u32) -> Result<Vec<scoring::ImageRow>, Error> {
        let rows = ask(|engine| Ok(engine.images(offset, limit)))?;
        Ok(rows
            .into_iter()
            .map(|r| scoring::ImageRow {
                image: r.image,
                executions: r.executions,
                hosts: r.hosts,
                rank: r.rank,
            })
            .collect())
    }
}

fn block(block: engine::ScoreBlock) -> scoring::Block {
    scoring::Block {
        scope: match block.scope {
            engine::Scope::Customer => scoring::Scope::Customer,
            engine::Scope::Environment => scoring::Scope::Environment,
            engine::Scope::Host => scoring::Scope::Host,
        },
        rank: block.rank,
        host_prev: block.host_prev,
        overall_score: block.overall_score,
        executions: block.executions,
        hosts: block.hosts,
        scope_hosts: block.scope_hosts,
        images: block.images,
        fields: block
            .fields
            .into_iter()
            .map(|f| scoring::FieldScore {
                field: f.field.into(),
                score: f.score,
                count: f.count,
                known: f.known,
                hosts: f.hosts,
            })
            .collect(),
    }
}

impl correlation::Guest for Component {
    fn list_clusters(_page: Page) -> Result<Vec<correlation::Summary>, Error> {
        unsupported("correlation.list-clusters")
    }

    fn show_cluster(_id: String) -> Result<correlation::Cluster, Error> {
        unsupported("correlation.show-cluster")
    }

    fn set_status(_id: String, _status: correlation::Status) -> Result<(), Error> {
        unsupported("correlation.set-status")
    }

    fn note(_id: String, _at: Timestamp, _text: String) -> Result<(), Error> {
        unsupported("correlation.note")
    }
}

impl causality::Guest for Component {
    fn processes(
        host: Option<String>,
        name: Option<String>,
        page: Page,
    ) -> Result<Vec<causality::Process>, Error> {
        let found =
            ask(|engine| Ok(engine.processes(host.as_deref(), name.as_deref(), page.offset, page.limit)))?;
        Ok(found.into_iter().map(process).collect())
    }

    fn ancestry_of(id: InstanceId) -> Result<causality::Ancestry, Error> {
        let found = ask(|engine| engine.ancestry(&id))?;
        Ok(causality::Ancestry {
            process: process(found.process),
            ancestors: found.ancestors.into_iter().map(process).collect(),
            owner: found.owner,
            partial: found.partial,
        })
    }

    fn chain_of(_process: InstanceId) -> Result<causality::Chain, Error> {
        unsupported("causality.chain-of")
    }

    fn query(_query: String, _page: Page) -> Result<Vec<causality::Row>, Error> {
        unsupported("causality.query")
    }
}

fn process(p: engine::ProcessInfo) -> causality::Process {
    causality::Process {
        id: p.id,
        host: p.host,
        image: p.image,
        pid: p.pid,
        started: p.started,
        ended: p.ended,
        user: p.user,
        known: match p.known {
            engine::Knowledge::Started => causality::Knowledge::Started,
            engine::Knowledge::Seen => causality::Knowledge::Seen,
            engine::Knowledge::NamedByChild => causality::Knowledge::NamedByChild,
        },
        origin: p.origin.map(|(source, line)| Origin { source, line }),
    }
}

impl tenant::Guest for Component {
    fn configure(json: String) -> Result<u64, Error> {
        change(|engine| engine.configure(&json))
    }

    fn stats() -> Result<tenant::Statistics, Error> {
        let stats = ask(|engine| Ok(engine.stats()))?;
        Ok(tenant::Statistics {
            lines: stats.lines,
            recognised: stats.recognised,
            passed: stats.passed,
            rejected: stats.rejected,
            twins: stats.twins,
            kinds: stats.kinds,
            hosts: stats.hosts,
            processes: stats.processes,
            evicted_processes: stats.evicted_processes,
            evicted_values: stats.evicted_values,
            sensor_gaps: stats.sensor_gaps,
            hierarchy: stats.hierarchy,
            now: stats.now,
        })
    }

    fn snapshot() -> Result<tenant::SnapshotInfo, Error> {
        let bytes = ask(|engine| Ok(engine.snapshot()))?;
        let info = tenant::SnapshotInfo {
            version: engine::SNAPSHOT_VERSION,
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            chunks: u32::try_from(bytes.len().div_ceil(CHUNK)).unwrap_or(u32::MAX),
            sha256: engine::sha256_hex(&bytes),
        };
        TAKEN.set(Some(bytes));
        Ok(info)
    }

    fn snapshot_chunk(index: u32) -> Result<Vec<u8>, Error> {
        TAKEN.with_borrow(|taken| {
            let chunk = usize::try_from(index).ok().and_then(|i| taken.as_ref()?.chunks(CHUNK).nth(i));
            chunk.map(<[u8]>::to_vec).ok_or_else(|| not_found("snapshot chunk", &index.to_string()))
        })
    }

    fn restore(chunk: Vec<u8>, last: bool) -> Result<(), Error> {
        GIVEN.with_borrow_mut(|given| given.extend_from_slice(&chunk));
        if last {
            let given = GIVEN.take();
            change(|engine| engine.restore(&given))?;
        }
        Ok(())
    }

    fn forget(scope: tenant::Scope) -> Result<(), Error> {
        match scope {
            tenant::Scope::All => change(Engine::forget_all),
            tenant::Scope::Host(_) => unsupported("tenant.forget of a host"),
            tenant::Scope::Environment(_) => unsupported("tenant.forget of an environment"),
        }
    }
}

fn unsupported<T>(function: &str) -> Result<T, Error> {
    Err(Error::Unsupported(function.into()))
}

fn not_found(kind: &str, name: &str) -> Error {
    Error::NotFound(FieldError { field: kind.into(), message: name.into() })
}

impl From<NativeError> for Error {
    fn from(error: NativeError) -> Self {
        match error {
            NativeError::Invalid { field, message } => Self::Invalid(FieldError { field, message }),
            NativeError::NotFound { kind, name } => not_found(&kind, &name),
            NativeError::Limit { limit, asked, allowed } => Self::Limit(LimitError { limit, asked, allowed }),
            NativeError::Snapshot(error) => Self::Snapshot(error.into()),
            NativeError::Unsupported(function) => Self::Unsupported(function),
        }
    }
}

impl From<NativeSnapshotError> for SnapshotError {
    fn from(error: NativeSnapshotError) -> Self {
        match error {
            NativeSnapshotError::NotASnapshot => Self::NotASnapshot,
            NativeSnapshotError::NewerVersion(version) => Self::NewerVersion(version),
            NativeSnapshotError::WrongLength { expected, found } => Self::WrongLength((expected, found)),
            NativeSnapshotError::WrongChecksum => Self::WrongChecksum,
            NativeSnapshotError::Inconsistent(what) => Self::Inconsistent(what),
        }
    }
}

impl hierarchy::Guest for Component {
    fn profiles() -> Result<Vec<hierarchy::ProfileInfo>, Error> {
        let active = ask(|engine| Ok(engine.profile().name()))?;
        let info = |profile: &Profile| hierarchy::ProfileInfo {
            name: profile.name().into(),
            description: profile.description().into(),
            last_upload: profile.last_upload(),
            active: profile.name() == active,
            sources: profile.sources().iter().map(|(code, text)| (code.clone(), text.clone())).collect(),
        };
        Ok(Profile::built_in().iter().map(info).collect())
    }

    fn expectations(profile: Option<String>) -> Result<Vec<hierarchy::Expectation>, Error> {
        let rows = find_profile(profile.as_deref())?.rows();
        Ok(rows
            .iter()
            .map(|row| hierarchy::Expectation {
                name: row.name().into(),
                parents: row.parents().to_vec(),
                tolerated: row.tolerated().to_vec(),
                unusual: row.unusual().to_vec(),
                children: row.children().to_vec(),
                directories: row.directories().to_vec(),
                sources: row.sources().to_vec(),
            })
            .collect())
    }

    fn violations(page: Page) -> Result<Vec<hierarchy::Finding>, Error> {
        let found = ask(|engine| Ok(engine.violations(page.offset, page.limit)))?;
        Ok(found
            .into_iter()
            .map(|f| hierarchy::Finding {
                process: f.process,
                image: f.image,
                started: f.started,
                verdict: hierarchy::Verdict {
                    outcome: hierarchy::Outcome::Violation,
                    reason: f.reason.map(str::to_owned),
                    observed: f.observed,
                    expected: f.expected,
                    source: f.source,
                },
                origin: Origin { source: f.origin.0, line: f.origin.1 },
            })
            .collect())
    }

    fn check(
        profile: Option<String>,
        observation: hierarchy::Observation,
    ) -> Result<hierarchy::Verdict, Error> {
        let verdict = find_profile(profile.as_deref())?.judge(&Observation {
            image: &observation.image,
            pid: observation.pid,
            parent: observation.parent.as_deref().map_or(Parent::Missing, Parent::Image),
            parent_pid: observation.parent_pid,
            command_line: observation.command_line.as_deref(),
            parent_command_line: observation.parent_command_line.as_deref(),
        });
        Ok(hierarchy::Verdict {
            outcome: match verdict.outcome {
                Outcome::Expected => hierarchy::Outcome::Expected,
                Outcome::Violation => hierarchy::Outcome::Violation,
                Outcome::Unknown => hierarchy::Outcome::Unknown,
            },
            reason: verdict.reason.map(|reason| reason.as_str().into()),
            observed: verdict.observed.map(str::to_owned),
            expected: verdict.expected.to_vec(),
            source: verdict.source.map(str::to_owned),
        })
    }
}

fn find_profile(name: Option<&str>) -> Result<&'static Profile, Error> {
    match name {
        None => ask(|engine| Ok(engine.profile())),
        Some(name) => Profile::find(name).ok_or_else(|| not_found("profile", name)),
    }
}
