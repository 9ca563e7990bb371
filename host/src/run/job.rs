//! Drives batches through an instance, in order.
//!
//! One thread reads, unpacks and cuts; this one calls the component and writes. More would not help:
//! an instance is one tenant, and a tenant's lines have an order.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;

use super::output::Output;
use super::tally::{Noted, Notice, Tally, Unread};
use crate::input::{self, Batch, InputError, Piece, Source};
use crate::runtime::bindings::ingest::{self, Emit};
use crate::runtime::{Failure, Instance};

/// How many batches wait for the component. Enough that a slow disk and a busy component do not wait
/// for each other in turn, and little memory.
const WAITING: usize = 4;

/// What to do.
#[derive(Debug, Clone)]
pub struct Job {
    /// In this order.
    pub sources: Vec<Source>,
    /// How lines are put together.
    pub limits: input::Limits,
    /// Which lines come back.
    pub emit: Emit,
    /// The clock that the component is told, in milliseconds since 1970 UTC.
    pub received_at: i64,
    /// The environment that the lines belong to.
    pub environment: Option<String>,
    /// Go on when nobody reads the output any more, because a report is wanted.
    pub finish: bool,
}

/// Why the job could not be done. What was written until then stands.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The component did not survive a batch.
    #[error("{file}:{first}-{last}: {failure}")]
    Component {
        /// The batch's source.
        file: String,
        /// Its first line.
        first: u64,
        /// Its last line.
        last: u64,
        /// What happened.
        failure: Failure,
    },
    /// The output cannot be written.
    #[error("cannot write the output")]
    Output(#[source] io::Error),
    /// No thread, or it ended before its work.
    #[error("cannot read the input: {0}")]
    Reader(String),
}

/// What the reading thread says.
enum Message {
    Piece(usize, Piece),
    Unread(usize, u64, InputError),
    Done,
}

/// Runs the job. `read` counts bytes of the sources, `tell` is told what people should know.
pub fn run(
    job: &Job,
    instance: &mut Instance,
    mut output: Output<'_>,
    read: &Arc<AtomicU64>,
    tell: &mut dyn FnMut(Notice<'_>),
) -> Result<Tally, JobError> {
    let messages = start_reader(job, read)?;
    let names: Vec<String> = job.sources.iter().map(Source::to_string).collect();
    let name = |source: usize| names.get(source).cloned().unwrap_or_default();
    let mut tally = Tally::default();
    loop {
        let message = next(&messages, &mut output)?;
        match message {
            Message::Done => break,
            Message::Unread(source, line, error) => {
                tally.unread(Unread { file: name(source), line, message: error.to_string() }, tell);
            }
            Message::Piece(source, Piece::Bad { line, text, message }) => {
                if output.is_open() && job.emit == Emit::All {
                    output.write(&in_its_place(&text, &message)).map_err(JobError::Output)?;
                }
                tally.withheld += 1;
                tally.reject(Noted { file: name(source), line, message }, tell);
            }
            Message::Piece(source, Piece::Batch(batch)) => {
                let emit = if output.is_open() { job.emit } else { Emit::None };
                let annotated = ingest(job, instance, name(source), batch, emit, &mut tally, tell)?;
                output.write(&annotated).map_err(JobError::Output)?;
            }
        }
        if !output.is_open() && job.emit != Emit::None && !job.finish {
            break;
        }
    }
    output.flush().map_err(JobError::Output)?;
    Ok(tally)
}

/// The next message. While none is there, what was written is handed on: a pipe's reader should not
/// wait for the next batch to see the last.
fn next(messages: &Receiver<Message>, output: &mut Output<'_>) -> Result<Message, JobError> {
    match messages.try_recv() {
        Ok(message) => return Ok(message),
        Err(TryRecvError::Empty) => output.flush().map_err(JobError::Output)?,
        Err(TryRecvError::Disconnected) => {}
    }
    messages.recv().map_err(|_| JobError::Reader("its thread ended early, which is a defect of begat".into()))
}

fn ingest(
    job: &Job,
    instance: &mut Instance,
    file: String,
    batch: Batch,
    emit: Emit,
    tally: &mut Tally,
    tell: &mut dyn FnMut(Notice<'_>),
) -> Result<String, JobError> {
    for repair in &batch.repaired {
        let message = format!("invalid UTF-8 from byte {} on: replaced by U+FFFD", repair.column);
        tally.repair(Noted { file: file.clone(), line: repair.line, message }, tell);
    }
    let call = ingest::Batch {
        source: file,
        first_line: batch.first_line,
        received_at: job.received_at,
        environment: job.environment.clone(),
        emit,
        text: batch.text,
    };
    match instance.ingest(&call) {
        Ok(outcome) => {
            for rejection in outcome.rejected {
                let message = match rejection.column {
                    Some(column) => format!("{} (byte {column})", rejection.message),
                    None => rejection.message,
                };
                tally.reject(Noted { file: call.source.clone(), line: rejection.line, message }, tell);
            }
            Ok(outcome.annotated)
        }
        Err(failure) => {
            let last = batch.first_line + batch.lines.saturating_sub(1);
            Err(JobError::Component { file: call.source, first: batch.first_line, last, failure })
        }
    }
}

/// What stands in the output for a line that the component was not shown.
fn in_its_place(text: &str, error: &str) -> String {
    let mut line = serde_json::json!({ "message": text, "begat": { "error": error } }).to_string();
    line.push('\n');
    line
}

/// Starts the reading thread. It is not waited for: it may sit in a read of stdin for ever.
fn start_reader(job: &Job, read: &Arc<AtomicU64>) -> Result<Receiver<Message>, JobError> {
    let (send, receive) = sync_channel(WAITING);
    let (sources, limits, read) = (job.sources.clone(), job.limits, Arc::clone(read));
    thread::Builder::new()
        .name("begat-reader".into())
        .spawn(move || read_all(&sources, limits, &read, &send))
        .map_err(|error| JobError::Reader(error.to_string()))?;
    Ok(receive)
}

fn read_all(sources: &[Source], limits: input::Limits, read: &Arc<AtomicU64>, send: &SyncSender<Message>) {
    for (number, source) in sources.iter().enumerate() {
        let mut take = |piece| send.send(Message::Piece(number, piece)).is_ok();
        let result = source
            .open(read)
            .map_err(|error| (1, error))
            .and_then(|opened| input::read(opened, limits, &mut take));
        if let Err((line, error)) = result
            && send.send(Message::Unread(number, line, error)).is_err()
        {
            return;
        }
    }
    let _ = send.send(Message::Done);
}

/// Sources for arguments: none means stdin.
#[must_use]
pub fn sources(arguments: &[PathBuf]) -> Vec<Source> {
    if arguments.is_empty() {
        return vec![Source::Stdin];
    }
    arguments.iter().map(|argument| Source::parse(argument)).collect()
}
