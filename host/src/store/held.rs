//! What a tenant's folder holds: the newest valid snapshot, the commands behind it, and what is damaged.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::frame::{Found, Frames};
use super::layout::Files;
use super::snapshots::Snapshot;
use super::{StoreError, failed};

/// Something on the disk that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// The bytes, and the place behind them; none for the whole file.
    pub bytes: Option<(u64, u64)>,
    /// What it means.
    pub what: String,
    /// Whether a crash in the middle of a write leaves this too: what was not acknowledged yet.
    pub torn: bool,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some((from, to)) = self.bytes {
            write!(f, ", bytes {from} to {to}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// See above.
#[derive(Debug, Default)]
pub struct Held {
    /// The newest that is whole.
    pub snapshot: Option<Snapshot>,
    /// What is damaged, in the order in which it was found.
    pub damage: Vec<Damage>,
    /// The last command that is there.
    pub last: u64,
    /// Commands behind the snapshot.
    pub commands: u64,
    /// Their bytes on the disk.
    pub bytes: u64,
    /// Something stood beside a snapshot that is to stand alone: a removal was cut short, and is complete now.
    pub completed: bool,
    segments: Vec<Segment>,
}

#[derive(Debug)]
struct Segment {
    path: PathBuf,
    bytes: Vec<u8>,
    /// Behind its last whole record.
    end: usize,
    /// The number of that record; 0 where there is none.
    last: u64,
}

/// How often a reader begins anew whose files were replaced under it.
const ATTEMPTS: usize = 20;

impl Held {
    /// Reads a tenant's folder.
    pub(super) fn read(folder: &Path) -> Result<Self, StoreError> {
        let mut attempts = ATTEMPTS;
        loop {
            match Self::try_read(folder) {
                Err(StoreError::Io { cause, .. })
                    if cause.kind() == io::ErrorKind::NotFound && attempts > 0 =>
                {
                    attempts -= 1;
                }
                result => return result,
            }
        }
    }

    /// Nothing of it but how far the names of its files say that it is.
    pub(super) fn unread(folder: &Path) -> Result<Self, StoreError> {
        let files = Files::of(folder)?;
        let last = files.snapshots.iter().chain(&files.segments).map(|(sequence, _)| *sequence).max();
        // A segment may hold any number of commands behind its first.
        let last = last.unwrap_or(0).saturating_add(1 << 32);
        Ok(Self { last, ..Self::default() })
    }

    fn try_read(folder: &Path) -> Result<Self, StoreError> {
        let files = Files::of(folder)?;
        let mut held = Self::default();
        for (sequence, path) in files.snapshots.iter().rev() {
            let bytes = fs::read(path).map_err(failed("read", path))?;
            // Of version 1; the component checks it.
            let read = if *sequence == 0 && path.ends_with("snapshot") {
                Ok(Snapshot { sequence: 0, host: serde_json::Value::Null, state: bytes, alone: false })
            } else {
                Snapshot::of_bytes(&bytes, path)
            };
            match read {
                Ok(snapshot) => {
                    held.last = snapshot.sequence;
                    held.snapshot = Some(snapshot);
                    break;
                }
                Err(StoreError::Snapshot { path, why }) => {
                    let what =
                        format!("the snapshot is damaged: {why}; the one before it and the journal are used");
                    held.damage.push(Damage { path, bytes: None, what, torn: false });
                }
                Err(error) => return Err(error),
            }
        }
        for (_, path) in files.behind(held.last) {
            let bytes = fs::read(path).map_err(failed("read", path))?;
            held.take(path.clone(), bytes);
        }
        // Of a tenant without a journal nothing stands behind the snapshot before.
        let newest = files.newest();
        if newest > held.last {
            let (path, what) =
                (folder.to_owned(), format!("commands {} to {newest} are lost", held.last + 1));
            held.damage.push(Damage { path, bytes: None, what, torn: false });
            held.last = newest;
        }
        Ok(held)
    }

    /// The last command that the snapshot holds; 0 where there is none.
    pub(super) fn covered(&self) -> u64 {
        self.snapshot.as_ref().map_or(0, |snapshot| snapshot.sequence)
    }

    /// Looks through a segment.
    fn take(&mut self, path: PathBuf, bytes: Vec<u8>) {
        let covered = self.covered();
        let (mut end, mut last) = (0, 0);
        let mut broken: Option<(usize, usize, bool)> = None;
        for found in Frames::of(&bytes, 0) {
            match found {
                Found::Record { sequence, command: _, end: behind } => {
                    if sequence > covered {
                        self.follow(&path, sequence, broken.take());
                        self.commands += 1;
                        self.bytes += (behind - end) as u64;
                    }
                    (end, last) = (behind, last.max(sequence));
                }
                Found::Damage { from, to } => broken = Some((from, to, false)),
                Found::Torn { from } => broken = Some((from, bytes.len(), true)),
            }
        }
        if let Some((from, to, torn)) = broken {
            let what = if torn {
                "no whole record: a write that was cut short before it was acknowledged, or damage to what stood last"
            } else {
                "damaged, and covered by the snapshot"
            };
            let (bytes, what) = (Some((from as u64, to as u64)), what.to_owned());
            self.damage.push(Damage { path: path.clone(), bytes, what, torn });
        }
        self.segments.push(Segment { path, bytes, end, last });
    }

    /// The next record is there; what should stand before it may not be.
    fn follow(&mut self, path: &Path, sequence: u64, broken: Option<(usize, usize, bool)>) {
        let expected = self.last.saturating_add(1);
        let bytes = broken.map(|(from, to, _)| (from as u64, to as u64));
        let mut damage = |what| self.damage.push(Damage { path: path.to_owned(), bytes, what, torn: false });
        if sequence > expected {
            damage(match sequence - expected {
                1 => format!("damaged: command {expected} is lost"),
                _ => format!("damaged: commands {expected} to {} are lost", sequence - 1),
            });
        } else if broken.is_some() {
            damage("damaged, but no command is missing".to_owned());
        }
        self.last = self.last.max(sequence);
    }

    /// The commands behind the snapshot, in their order.
    pub fn commands(&self) -> impl Iterator<Item = (u64, Vec<u8>)> + '_ {
        let covered = self.covered();
        let frames = self.segments.iter().flat_map(|segment| Frames::of(&segment.bytes, 0));
        frames.filter_map(move |found| match found {
            Found::Record { sequence, command, .. } if sequence > covered => Some((sequence, command)),
            _ => None,
        })
    }

    /// Removes what a death has left beside a snapshot that is to stand alone.
    ///
    /// Nothing that stands behind it is touched: it may be long ago that it was written. Newer snapshots that are
    /// damaged, and what was set aside of them, are no older than it.
    pub(super) fn finish(&mut self, folder: &Path) -> Result<(), StoreError> {
        let Some(alone) = self.snapshot.as_ref().filter(|snapshot| snapshot.alone) else { return Ok(()) };
        let covered = alone.sequence;
        self.segments.retain(|segment| segment.last > covered);
        let behind: Vec<&PathBuf> = self.segments.iter().map(|segment| &segment.path).collect();
        self.completed = Files::of(folder)?.leave_behind(covered, &behind)?;
        Ok(())
    }

    /// The segment that stands last: its path, its length and where its last whole record ends.
    pub(super) fn end(&self) -> Option<(&Path, &[u8], usize)> {
        self.segments.last().map(|segment| (segment.path.as_path(), segment.bytes.as_slice(), segment.end))
    }
}
