//! The component's face: the contract's calls on the one engine of this instance.
//!
//! The only module that knows wit-bindgen. It converts types and holds no logic; a file an interface, the
//! small ones here.
#![allow(unsafe_code, reason = "generated glue of wit-bindgen")]
#![allow(missing_docs, unreachable_pub, reason = "generated; the documentation stands in wit/")]

mod alerts;
mod baseline;
mod causality;
mod correlation;
mod hierarchy;
mod scoring;

use std::cell::RefCell;

use crate::engine::{self, Engine};
use crate::error::{Error as NativeError, SnapshotError as NativeSnapshotError};

wit_bindgen::generate!({ path: "../wit", world: "analytics" });

use begat::siem::types::{Error, FieldError, LimitError, Origin, Page, SnapshotError, Timestamp};
use exports::begat::siem::{ingest, tenant};

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

/// Asks what has to bring its indexes up to date first: the state stays what it is.
fn look<T>(call: impl FnOnce(&mut Engine) -> Result<T, NativeError>) -> Result<T, Error> {
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
            engine.check_key()?;
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
            repeated: stats.repeated,
            kinds: stats.kinds,
            hosts: stats.hosts,
            processes: stats.processes,
            evicted_processes: stats.evicted_processes,
            evicted_hosts: stats.evicted_hosts,
            evicted_values: stats.evicted_values,
            alerts: stats.alerts,
            suppressed_alerts: stats.suppressed_alerts,
            duplicate_alerts: stats.duplicate_alerts,
            dropped_alerts: stats.dropped_alerts,
            evicted_alerts: stats.evicted_alerts,
            events: stats.events,
            evicted_events: stats.evicted_events,
            aged_events: stats.aged_events,
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
        change(|engine| match &scope {
            tenant::Scope::All => engine.forget_all(),
            tenant::Scope::Host(name) => engine.forget_host(name),
            tenant::Scope::Environment(name) => engine.forget_environment(name),
        })
    }
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
