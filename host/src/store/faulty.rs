//! A disk as tests want it.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use super::{Disk, Tape, real};

/// A disk that takes so many bytes, or whose syncs fail, or wait.
#[derive(Clone)]
pub(crate) struct Faulty {
    /// Bytes that it takes.
    pub(crate) room: Arc<AtomicI64>,
    /// Its syncs fail.
    pub(crate) broken: Arc<AtomicBool>,
    /// How many there were.
    pub(crate) syncs: Arc<AtomicU64>,
    gate: Arc<(Mutex<bool>, Condvar)>,
}

struct FaultyTape(Faulty, Box<dyn Tape>);

impl Faulty {
    pub(crate) fn new() -> Self {
        Self {
            room: Arc::new(AtomicI64::new(i64::MAX)),
            broken: Arc::default(),
            syncs: Arc::default(),
            gate: Arc::new((Mutex::new(true), Condvar::new())),
        }
    }

    /// Whether syncs go on, or wait.
    pub(crate) fn open(&self, is_open: bool) {
        *self.gate.0.lock().unwrap() = is_open;
        self.gate.1.notify_all();
    }

    fn write(&self, bytes: &[u8]) -> Result<(), usize> {
        let length = i64::try_from(bytes.len()).unwrap();
        let before = self.room.fetch_sub(length, Ordering::SeqCst);
        if before >= length { Ok(()) } else { Err(usize::try_from(before.max(0)).unwrap()) }
    }
}

fn full() -> io::Error {
    io::Error::from(io::ErrorKind::StorageFull)
}

impl Disk for Faulty {
    fn tape(&self, path: &Path) -> io::Result<Box<dyn Tape>> {
        Ok(Box::new(FaultyTape(self.clone(), real().tape(path)?)))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes).map_err(|_| full())?;
        real().write(path, bytes)
    }
}

impl Tape for FaultyTape {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.0.write(bytes) {
            Ok(()) => self.1.append(bytes),
            Err(some) => {
                self.1.append(&bytes[..some])?;
                Err(full())
            }
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut open = self.0.gate.0.lock().unwrap();
        while !*open {
            open = self.0.gate.1.wait(open).unwrap();
        }
        drop(open);
        self.0.syncs.fetch_add(1, Ordering::SeqCst);
        if self.0.broken.load(Ordering::SeqCst) {
            return Err(io::Error::other("Input/output error"));
        }
        self.1.sync()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.1.cut(length)
    }
}
