//! The contract's calls, and what they do when a line asks for worse.
#![allow(unsafe_code, reason = "generated glue of wit-bindgen")]
#![allow(missing_docs, unreachable_pub, reason = "generated; the documentation stands in wit/")]

mod deeds;
mod elsewhere;

use std::cell::{Cell, RefCell};
use std::mem;

use crate::misdeed::Misdeed;
use crate::snapshot;
use crate::state::{Line, State};

wit_bindgen::generate!({ path: "../../wit", world: "analytics" });

use begat::siem::types::{Error, FieldError, SnapshotError};
use exports::begat::siem::{ingest, tenant};

/// The longest chunk of a snapshot.
const CHUNK: usize = 1 << 20;

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State::default());
    /// The snapshot that stands ready, until the state changes.
    static TAKEN: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
    /// The chunks of a restore that has begun.
    static GIVEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// Whether the next snapshot is announced with a wrong checksum.
    static LIES: Cell<bool> = const { Cell::new(false) };
}

/// A call that fails leaves the state as it was.
fn change<T>(call: impl FnOnce(&mut State) -> Result<T, Error>) -> Result<T, Error> {
    TAKEN.set(None);
    STATE.with_borrow_mut(|state| {
        let mut next = state.clone();
        let answer = call(&mut next)?;
        *state = next;
        Ok(answer)
    })
}

struct Component;
export!(Component);

impl ingest::Guest for Component {
    fn ingest(batch: ingest::Batch) -> Result<ingest::Outcome, Error> {
        let (outcome, lies) = change(|state| {
            let mut taking = Taking::new(state, batch.emit);
            let lines = batch.text.split_inclusive('\n');
            for (line, number) in lines.zip(batch.first_line..) {
                taking.take(line.strip_suffix('\n').unwrap_or(line), number)?;
            }
            Ok((taking.outcome, taking.lies))
        })?;
        LIES.set(LIES.get() || lies);
        Ok(outcome)
    }
}

/// A batch that is being taken.
struct Taking<'a> {
    state: &'a mut State,
    emits: bool,
    outcome: ingest::Outcome,
    lies: bool,
}

impl<'a> Taking<'a> {
    fn new(state: &'a mut State, emit: ingest::Emit) -> Self {
        let outcome = ingest::Outcome {
            lines: 0,
            recognised: 0,
            passed: 0,
            rejected: Vec::new(),
            annotated: String::new(),
        };
        Self { state, emits: matches!(emit, ingest::Emit::All), outcome, lies: false }
    }

    /// Takes the line that has this number in its source.
    fn take(&mut self, line: &str, number: u64) -> Result<(), Error> {
        self.outcome.lines += 1;
        match self.state.take(line) {
            Line::Blank => self.emit(line),
            Line::Text => {
                self.outcome.passed += 1;
                self.emit(line);
            }
            Line::Broken { column } => {
                self.outcome.rejected.push(ingest::Rejection {
                    line: number,
                    column: u32::try_from(column).ok(),
                    message: "not a JSON object".into(),
                });
                self.emit(line);
            }
            Line::Object { hostile } => {
                self.outcome.recognised += 1;
                let misdeed = hostile.map(|word| word.parse::<Misdeed>()).transpose();
                match misdeed.map_err(|message| invalid("hostile", &message))? {
                    Some(Misdeed::Huge(bytes)) => self.emit_blanks(bytes),
                    misdeed => {
                        misdeed.map_or(Ok(()), |misdeed| self.commit(misdeed, number))?;
                        self.emit(&annotated(line, self.state.lines));
                    }
                }
            }
        }
        if self.state.is_doomed() {
            deeds::panic_at(number);
        }
        Ok(())
    }

    fn commit(&mut self, misdeed: Misdeed, number: u64) -> Result<(), Error> {
        match misdeed {
            Misdeed::Loop => deeds::run_forever(),
            Misdeed::Recurse => deeds::use_up_the_stack(),
            Misdeed::Memory => deeds::use_up_the_memory(),
            Misdeed::Panic => deeds::panic_at(number),
            Misdeed::Exit => std::process::exit(1),
            Misdeed::Trap => deeds::trap(),
            Misdeed::Refuse => {
                return Err(invalid("hostile", &format!("line {number} asks to refuse its batch")));
            }
            Misdeed::Spin(turns) => deeds::spin(turns),
            Misdeed::PanicAfter(lines) => self.state.panic_after = Some(lines),
            Misdeed::BadRestore => self.state.bad_restore = true,
            Misdeed::BadSnapshot => self.lies = true,
            // Is an answer: see `take`.
            Misdeed::Huge(_) => {}
        }
        Ok(())
    }

    fn emit(&mut self, line: &str) {
        if self.emits {
            self.outcome.annotated.push_str(line);
            self.outcome.annotated.push('\n');
        }
    }

    /// Emits a line of blanks, in no more memory than it takes.
    fn emit_blanks(&mut self, bytes: usize) {
        if self.emits {
            let some = " ".repeat(4096);
            self.outcome.annotated.reserve_exact(bytes + 1);
            for _ in 0..bytes / some.len() {
                self.outcome.annotated.push_str(&some);
            }
            self.emit(&" ".repeat(bytes % some.len()));
        }
    }
}

/// A JSON object with `"begat":{"n":COUNT}` as its last member.
fn annotated(line: &str, count: u64) -> String {
    let Some((members, after)) = line.rsplit_once('}') else { return line.to_owned() };
    let comma = if members.trim_end().ends_with('{') { "" } else { "," };
    format!("{members}{comma}\"begat\":{{\"n\":{count}}}}}{after}")
}

impl tenant::Guest for Component {
    fn configure(json: String) -> Result<u64, Error> {
        change(|state| state.configure(&json).map_err(|message| invalid("configuration", &message)))
    }

    fn stats() -> Result<tenant::Statistics, Error> {
        Ok(STATE.with_borrow(|state| tenant::Statistics {
            lines: state.lines,
            recognised: state.recognised,
            passed: state.passed,
            rejected: state.rejected,
            twins: 0,
            repeated: 0,
            kinds: Vec::new(),
            hosts: Vec::new(),
            processes: 0,
            evicted_processes: 0,
            evicted_hosts: 0,
            evicted_values: 0,
            alerts: 0,
            suppressed_alerts: 0,
            duplicate_alerts: 0,
            dropped_alerts: 0,
            evicted_alerts: 0,
            events: 0,
            evicted_events: 0,
            aged_events: 0,
            sensor_gaps: 0,
            hierarchy: (0, 0, 0),
            now: 0,
        }))
    }

    fn snapshot() -> Result<tenant::SnapshotInfo, Error> {
        let bytes = STATE.with_borrow(snapshot::write);
        let announced: &[u8] = if LIES.replace(false) { b"something else" } else { &bytes };
        let info = tenant::SnapshotInfo {
            version: snapshot::VERSION,
            size: bytes.len() as u64,
            chunks: u32::try_from(bytes.len().div_ceil(CHUNK)).unwrap_or(u32::MAX),
            sha256: snapshot::sha256(announced),
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
        if !last {
            return Ok(());
        }
        let given = GIVEN.with_borrow_mut(mem::take);
        if cfg!(feature = "version2-broken") && snapshot::version(&given) == Some(1) {
            deeds::trap();
        }
        let restored = snapshot::read(&given).map_err(|error| Error::Snapshot(error.into()))?;
        if restored.bad_restore {
            deeds::trap();
        }
        change(|state| {
            *state = restored;
            Ok(())
        })
    }

    fn forget(scope: tenant::Scope) -> Result<(), Error> {
        change(|state| match &scope {
            tenant::Scope::All => {
                state.forget();
                Ok(())
            }
            tenant::Scope::Host(name) => Err(not_found("host", name)),
            tenant::Scope::Environment(name) => Err(not_found("environment", name)),
        })
    }
}

fn invalid(field: &str, message: &str) -> Error {
    Error::Invalid(FieldError { field: field.into(), message: message.into() })
}

fn not_found(kind: &str, name: &str) -> Error {
    Error::NotFound(FieldError { field: kind.into(), message: name.into() })
}

impl From<snapshot::Error> for SnapshotError {
    fn from(error: snapshot::Error) -> Self {
        match error {
            snapshot::Error::NotASnapshot => Self::NotASnapshot,
            snapshot::Error::NewerVersion(version) => Self::NewerVersion(version),
            snapshot::Error::WrongLength { expected, found } => Self::WrongLength((expected, found)),
            snapshot::Error::WrongChecksum => Self::WrongChecksum,
            snapshot::Error::Inconsistent(what) => Self::Inconsistent(what.into()),
        }
    }
}
