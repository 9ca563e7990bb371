//! A tenant's journal while it is written: appended to by one thread, synced by another.
//!
//! Who appends does not wait. A [`Syncer`] takes all that waits, compresses and writes it, syncs each journal once
//! and then tells everybody whose record is on the disk: one sync serves as many commands as came in during the one
//! before, up to a MiB. Journals that share a thread take turns, so that who brings much makes nobody else wait for all
//! of it. After a write or a sync has failed nobody knows what is on the disk, and asking again would not tell
//! (the kernel forgets a failed page): the journal is cut back to what was synced before and takes nothing more.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::disk::{Disk, Tape, sync_folder};
use super::frame::Press;

/// Told once: the record is on the disk, or why it is not.
pub type Done = Box<dyn FnOnce(Result<(), JournalError>) + Send>;

/// So many bytes of a journal wait for the disk at most; who appends more waits.
const WAITING: usize = 32 << 20;

/// So many bytes of one journal are written at once, and the record that goes beyond: some milliseconds of compressing
/// and writing.
const TURN: usize = 1 << 20;

/// Why a journal takes nothing more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot write {}: {cause}", .path.display())]
pub struct JournalError {
    /// The file.
    pub path: PathBuf,
    /// The system's words.
    pub cause: String,
}

/// See above.
pub(super) struct Journal {
    shared: Arc<Shared>,
    jobs: Sender<Job>,
}

/// What the appending and the syncing thread both see.
struct Shared {
    disk: Arc<dyn Disk>,
    tape: Mutex<Segment>,
    progress: Mutex<Progress>,
    changed: Condvar,
}

struct Segment {
    path: PathBuf,
    /// Opened with the first record.
    tape: Option<Box<dyn Tape>>,
    /// Bytes of it that are on the disk.
    synced: u64,
}

struct Progress {
    /// The last record that is on the disk.
    durable: u64,
    /// The last that was appended.
    last: u64,
    waiting: usize,
    failed: Option<JournalError>,
    told: Vec<(u64, Done)>,
}

/// A command and its number.
type Record = (u64, Vec<u8>);

struct Job {
    journal: Arc<Shared>,
    sequence: u64,
    command: Vec<u8>,
}

impl Journal {
    /// Goes on behind record `last`, with the segment at `path`, of which `synced` bytes are there.
    pub(super) fn open(disk: Arc<dyn Disk>, path: PathBuf, synced: u64, last: u64, syncer: &Syncer) -> Self {
        let progress = Progress { durable: last, last, waiting: 0, failed: None, told: Vec::new() };
        let tape = Segment { path, tape: None, synced };
        let lane = syncer.lane();
        let (tape, progress) = (Mutex::new(tape), Mutex::new(progress));
        Self { shared: Arc::new(Shared { disk, tape, progress, changed: Condvar::new() }), jobs: lane }
    }

    /// Appends the next record. It is not on the disk yet.
    pub(super) fn append(&self, sequence: u64, command: Vec<u8>) -> Result<(), JournalError> {
        let mut progress = self.shared.progress();
        while progress.waiting > WAITING && progress.failed.is_none() {
            progress = self.shared.changed.wait(progress).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(error) = &progress.failed {
            return Err(error.clone());
        }
        progress.waiting += command.len();
        progress.last = sequence;
        drop(progress);
        let journal = Arc::clone(&self.shared);
        let sent = self.jobs.send(Job { journal, sequence, command });
        sent.map_err(|_| self.shared.fail("its writer has ended, which is a defect of begat"))
    }

    /// Calls back when a record is on the disk; at once where it is.
    pub(super) fn when_durable(&self, sequence: u64, done: Done) {
        let mut progress = self.shared.progress();
        if progress.durable < sequence && progress.failed.is_none() {
            progress.told.push((sequence, done));
            return;
        }
        let result = progress.result(sequence);
        drop(progress);
        done(result);
    }

    /// The last record that is on the disk.
    pub(super) fn durable(&self) -> Result<u64, JournalError> {
        let progress = self.shared.progress();
        match &progress.failed {
            Some(error) => Err(error.clone()),
            None => Ok(progress.durable),
        }
    }

    /// Waits until all that was appended is on the disk.
    pub(super) fn wait(&self) -> Result<(), JournalError> {
        let mut progress = self.shared.progress();
        while progress.durable < progress.last && progress.failed.is_none() {
            progress = self.shared.changed.wait(progress).unwrap_or_else(PoisonError::into_inner);
        }
        progress.result(progress.last)
    }

    /// Goes on in another segment. All that was appended must be on the disk.
    pub(super) fn turn(&self, path: PathBuf) {
        *self.shared.tape() = Segment { path, tape: None, synced: 0 };
    }
}

impl Progress {
    fn result(&self, sequence: u64) -> Result<(), JournalError> {
        match &self.failed {
            Some(error) if self.durable < sequence => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Those whose record is on the disk, or will never be.
    fn ready(&mut self) -> Vec<(Done, Result<(), JournalError>)> {
        let (durable, failed) = (self.durable, self.failed.is_some());
        let (ready, told): (Vec<_>, Vec<_>) =
            self.told.drain(..).partition(|(sequence, _)| failed || *sequence <= durable);
        self.told = told;
        ready.into_iter().map(|(sequence, done)| (done, self.result(sequence))).collect()
    }
}

impl Shared {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tape(&self) -> MutexGuard<'_, Segment> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, cause: &str) -> JournalError {
        let error = JournalError { path: self.tape().path.clone(), cause: cause.to_owned() };
        self.settle(0, |progress| progress.failed = Some(error.clone()));
        error
    }

    /// Changes what is known, wakes who waits, and tells who asked to be.
    fn settle(&self, written: usize, change: impl FnOnce(&mut Progress)) {
        let mut progress = self.progress();
        progress.waiting = progress.waiting.saturating_sub(written);
        change(&mut progress);
        let ready = progress.ready();
        drop(progress);
        self.changed.notify_all();
        ready.into_iter().for_each(|(done, result)| done(result));
    }

    /// Writes records and syncs them.
    fn write(&self, records: &[Record], press: &mut Press) {
        let written = records.iter().map(|(_, command)| command.len()).sum();
        let Some(&(last, _)) = records.last() else { return };
        if self.progress().failed.is_some() {
            return self.settle(written, |_| ());
        }
        match self.try_write(records, press) {
            Ok(()) => self.settle(written, |progress| progress.durable = last),
            Err(error) => {
                self.settle(written, |_| ());
                self.fail(&error.to_string());
            }
        }
    }

    fn try_write(&self, records: &[Record], press: &mut Press) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        for (sequence, command) in records {
            press.push(&mut bytes, *sequence, command)?;
        }
        let mut segment = self.tape();
        let Segment { path, tape, synced } = &mut *segment;
        let tape = match tape {
            Some(tape) => tape,
            None => {
                let opened = tape.insert(self.disk.tape(path)?);
                sync_folder(path.parent().unwrap_or(Path::new(".")))?;
                opened
            }
        };
        match tape.append(&bytes).and_then(|()| tape.sync()) {
            Ok(()) => {
                *synced += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                Ok(())
            }
            Err(error) => {
                // Where that fails too, who opens the journal next finds the torn record.
                let _ = tape.cut(*synced);
                Err(error)
            }
        }
    }
}

/// Threads that write and sync for all journals of a process. They end when it and the last journal have gone.
pub struct Syncer {
    lanes: Vec<Sender<Job>>,
    /// Counts journals, to give each the next lane: two that share one wait for each other's syncs.
    journals: AtomicUsize,
}

impl Syncer {
    /// With so many threads: a journal is always written by the same one, until it is opened again.
    pub fn start(threads: usize) -> std::io::Result<Self> {
        let mut lanes = Vec::new();
        for _ in 0..threads.max(1) {
            let ((send, receive), press) = (channel(), Press::new()?);
            thread::Builder::new().name("begat-journal".into()).spawn(move || serve(&receive, press))?;
            lanes.push(send);
        }
        Ok(Self { lanes, journals: AtomicUsize::new(0) })
    }

    fn lane(&self) -> Sender<Job> {
        let place = self.journals.fetch_add(1, Ordering::Relaxed) % self.lanes.len().max(1);
        self.lanes.get(place).cloned().unwrap_or_else(|| channel().0)
    }
}

fn serve(jobs: &Receiver<Job>, mut press: Press) {
    let mut lane = Lane::default();
    loop {
        if lane.is_empty() {
            let Ok(first) = jobs.recv() else { return };
            lane.take(first);
        }
        jobs.try_iter().for_each(|job| lane.take(job));
        if let Some((journal, records)) = lane.next() {
            journal.write(&records, &mut press);
        }
    }
}

/// What waits for one thread.
#[derive(Default)]
struct Lane {
    /// By journal.
    records: HashMap<usize, VecDeque<Record>>,
    /// Those that have some, the next first.
    order: VecDeque<Arc<Shared>>,
}

impl Lane {
    fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    fn take(&mut self, Job { journal, sequence, command }: Job) {
        let records = self.records.entry(Arc::as_ptr(&journal).addr()).or_default();
        if records.is_empty() {
            self.order.push_back(journal);
        }
        records.push_back((sequence, command));
    }

    /// A turn of the next journal.
    fn next(&mut self) -> Option<(Arc<Shared>, Vec<Record>)> {
        let journal = self.order.pop_front()?;
        let place = Arc::as_ptr(&journal).addr();
        let waiting = self.records.get_mut(&place)?;
        let mut bytes = 0;
        let mut goes_on = |(_, command): &Record| {
            let fits = bytes < TURN;
            bytes += command.len();
            fits
        };
        let count = waiting.iter().take_while(|record| goes_on(record)).count();
        let records = waiting.drain(..count).collect();
        if waiting.is_empty() {
            self.records.remove(&place);
        } else {
            self.order.push_back(Arc::clone(&journal));
        }
        Some((journal, records))
    }
}
