//! Drives batches through an instance, in order.
//!
//! One thread reads, unpacks and cuts; this one calls the component and writes. More would not help:
//! an instance is one tenant, and a tenant's lines have an order. What a tenant keeps is written behind it: lines come
//! out when their batch is on the disk, and the next batch does not wait for that.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::output::Output;
use super::tally::{Noted, Notice, Tally, Unread};
use crate::input::{self, Batch, InputError, Piece, Source};
use crate::runtime::Instance;
use crate::runtime::bindings::ingest::{self, Emit};
use crate::tenants::{Fault, Keeper};

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
    #[error("{file}:{first}-{last}: {fault}")]
    Component {
        /// The batch's source.
        file: String,
        /// Its first line.
        first: u64,
        /// Its last line.
        last: u64,
        /// What happened.
        fault: Fault,
    },
    /// What was taken is not on the disk.
    #[error("what was read could not be kept: {0}")]
    Kept(Fault),
    /// The output cannot be written.
    #[error("cannot write the output")]
    Output(#[source] io::Error),
    /// No thread, or it ended before its work.
    #[error("cannot read the input: {0}")]
    Reader(String),
}

/// Who takes batches.
pub trait Taker {
    /// Takes one.
    fn take(&mut self, batch: &ingest::Batch) -> Result<ingest::Outcome, Fault>;

    /// Numbers what was taken until now.
    fn taken(&self) -> u64;

    /// Up to where it is kept; all of it, where `wait`.
    fn kept(&self, wait: bool) -> Result<u64, Fault>;

    /// Calls back when what was taken up to a number is kept, or never will be.
    fn when_kept(&self, taken: u64, done: Box<dyn FnOnce() + Send>);
}

impl Taker for Instance {
    fn take(&mut self, batch: &ingest::Batch) -> Result<ingest::Outcome, Fault> {
        Ok(self.ingest(batch)?)
    }

    fn taken(&self) -> u64 {
        0
    }

    fn kept(&self, _: bool) -> Result<u64, Fault> {
        Ok(0)
    }

    fn when_kept(&self, _: u64, done: Box<dyn FnOnce() + Send>) {
        done();
    }
}

impl Taker for Keeper {
    fn take(&mut self, batch: &ingest::Batch) -> Result<ingest::Outcome, Fault> {
        let outcome = self.ingest(batch)?;
        self.save_if_due()?;
        Ok(outcome)
    }

    fn taken(&self) -> u64 {
        self.sequence()
    }

    fn kept(&self, wait: bool) -> Result<u64, Fault> {
        if wait {
            self.wait()?;
        }
        self.durable()
    }

    fn when_kept(&self, taken: u64, done: Box<dyn FnOnce() + Send>) {
        self.when_durable(taken, Box::new(move |_| done()));
    }
}

/// Lines that are out of the component and may not come out before their batch is kept.
#[derive(Default)]
struct Behind {
    lines: VecDeque<(u64, String)>,
    bytes: usize,
}

/// So many bytes of lines wait for the disk.
const BEHIND: usize = 32 << 20;

impl Behind {
    fn push(&mut self, taken: u64, lines: String) {
        self.bytes += lines.len();
        self.lines.push_back((taken, lines));
    }

    /// Writes what is kept by now; where `wait`, or where too much waits, all of it.
    fn settle(&mut self, taker: &dyn Taker, output: &mut Output<'_>, wait: bool) -> Result<(), JobError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let kept = taker.kept(wait || self.bytes > BEHIND).map_err(JobError::Kept)?;
        while let Some((_, lines)) = self.lines.pop_front_if(|(taken, _)| *taken <= kept) {
            self.bytes -= lines.len();
            output.write(&lines).map_err(JobError::Output)?;
        }
        Ok(())
    }
}

/// What the reading thread says, and what the disk does.
enum Message {
    Piece(usize, Piece),
    Unread(usize, u64, InputError),
    Done,
    /// The reading thread has ended before its work, which it cannot by itself.
    Broken,
    /// Some of the lines that wait may come out.
    Kept,
}

/// Runs the job. `read` counts bytes of the sources, `tell` is told what people should know.
pub fn run(
    job: &Job,
    taker: &mut dyn Taker,
    mut output: Output<'_>,
    read: &Arc<AtomicU64>,
    tell: &mut dyn FnMut(Notice<'_>),
) -> Result<Tally, JobError> {
    let (send, messages) = sync_channel(WAITING);
    start_reader(job, read, &send)?;
    let names: Vec<String> = job.sources.iter().map(Source::to_string).collect();
    let name = |source: usize| names.get(source).cloned().unwrap_or_default();
    let mut tally = Tally::default();
    let mut behind = Behind::default();
    loop {
        behind.settle(taker, &mut output, false)?;
        match next(&messages, &send, taker, &behind, &mut output)? {
            Message::Kept => {}
            Message::Done => break,
            Message::Broken => return Err(broken()),
            Message::Unread(source, line, error) => {
                tally.unread(Unread { file: name(source), line, message: error.to_string() }, tell);
            }
            Message::Piece(source, Piece::Bad { line, text, message }) => {
                if output.is_open() && job.emit == Emit::All {
                    behind.push(taker.taken(), in_its_place(&text, &message));
                }
                tally.withheld += 1;
                tally.reject(Noted { file: name(source), line, message }, tell);
            }
            Message::Piece(source, Piece::Batch(batch)) => {
                let emit = if output.is_open() { job.emit } else { Emit::None };
                match ingest(job, taker, name(source), batch, emit, &mut tally, tell) {
                    Ok(annotated) => behind.push(taker.taken(), annotated),
                    Err(error) => {
                        // What came before it is well.
                        behind.settle(taker, &mut output, true)?;
                        output.flush().map_err(JobError::Output)?;
                        return Err(error);
                    }
                }
            }
        }
        if !output.is_open() && job.emit != Emit::None && !job.finish {
            break;
        }
    }
    behind.settle(taker, &mut output, true)?;
    output.flush().map_err(JobError::Output)?;
    Ok(tally)
}

/// The next message. While none is there, what was written is handed on: a pipe's reader should not
/// wait for the next batch to see the last.
fn next(
    messages: &Receiver<Message>,
    send: &SyncSender<Message>,
    taker: &dyn Taker,
    behind: &Behind,
    output: &mut Output<'_>,
) -> Result<Message, JobError> {
    if let Ok(message) = messages.try_recv() {
        return Ok(message);
    }
    output.flush().map_err(JobError::Output)?;
    if let Some((first, _)) = behind.lines.front() {
        // Where the channel is full there is a batch to take, and lines are looked at after it anyway.
        let send = send.clone();
        taker.when_kept(*first, Box::new(move || drop(send.try_send(Message::Kept))));
    }
    messages.recv().map_err(|_| broken())
}

fn broken() -> JobError {
    JobError::Reader("its thread ended early, which is a defect of begat".into())
}

fn ingest(
    job: &Job,
    taker: &mut dyn Taker,
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
    match taker.take(&call) {
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
        // A line that was not UTF-8 has grown when that was mended.
        Err(fault @ Fault::TooLarge { .. }) if batch.lines == 1 => {
            let message = fault.to_string();
            tally.withheld += 1;
            let line = if emit == Emit::All { in_its_place(&call.text, &message) } else { String::new() };
            tally.reject(Noted { file: call.source, line: batch.first_line, message }, tell);
            Ok(line)
        }
        Err(fault) => {
            let last = batch.first_line + batch.lines.saturating_sub(1);
            Err(JobError::Component { file: call.source, first: batch.first_line, last, fault })
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
fn start_reader(job: &Job, read: &Arc<AtomicU64>, send: &SyncSender<Message>) -> Result<(), JobError> {
    let (sources, limits, read) = (job.sources.clone(), job.limits, Arc::clone(read));
    let ends = Ends(send.clone());
    thread::Builder::new()
        .name("begat-reader".into())
        .spawn(move || read_all(&sources, limits, &read, &ends.0))
        .map_err(|error| JobError::Reader(error.to_string()))?;
    Ok(())
}

/// Says it when its thread panics: the channel stays open, since the disk speaks through it too.
struct Ends(SyncSender<Message>);

impl Drop for Ends {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.0.send(Message::Broken);
        }
    }
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

/// Sources for arguments: none means stdin, a folder the logs in it, a zip archive the files in it.
#[must_use]
pub fn sources(arguments: &[PathBuf]) -> Vec<Source> {
    if arguments.is_empty() {
        return vec![Source::Stdin];
    }
    arguments.iter().flat_map(|argument| Source::all(argument)).collect()
}
