//! Append-only files: a folder for each journal, a file for each stretch of it.
//!
//! ```text
//! NUMBER.TRY.journal    header, header, frame, frame, ...     NUMBER: that of its first record
//! header                "begatjnl", mark, NUMBER, checksum
//! frame                 mark, number, length, checksum, bytes
//! ```
//!
//! The mark is drawn for each file. Behind damage a reader looks for the next frame by it, and whoever writes
//! the lines that are journaled cannot know it: no line can pass for a frame. A flipped byte in the header
//! would lose the mark, so the header stands there twice. Nothing is ever written behind a tail that was torn:
//! a journal that was opened goes on in a new file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Entry, Found, Lane};
use crate::records::Random;

/// A file is left for a new one when it has this many bytes.
pub const SEGMENT: u64 = 4 * 1024 * 1024;

const MAGIC: &[u8; 8] = b"begatjnl";
const HEADER: usize = 28;
const FRAME: usize = 24;

pub struct Files {
    folder: PathBuf,
    /// Is written to: the file, its length, its mark.
    open: Option<(File, u64, u64)>,
    /// The number of the newest record, once it was written or read.
    newest: Option<u64>,
}

impl Files {
    pub fn open(folder: &Path) -> Result<Self> {
        Ok(Self { folder: folder.into(), open: None, newest: None })
    }

    /// Its files in their order, with the numbers of their first records.
    fn segments(&self) -> Result<Vec<(u64, u64, PathBuf)>> {
        let mut segments = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let numbers = name.strip_suffix(".journal").and_then(|name| name.split_once('.'));
            if let Some((first, nth)) = numbers {
                segments.push((first.parse()?, nth.parse()?, path));
            }
        }
        segments.sort();
        Ok(segments)
    }

    fn begin(&mut self, first: u64) -> Result<(File, u64, u64)> {
        let new = |nth: u64| {
            let path = self.folder.join(format!("{first:020}.{nth}.journal"));
            OpenOptions::new().append(true).create_new(true).open(path)
        };
        // Where there is a file already that begins with this number, no record in it is whole.
        let is_taken = |file: &io::Result<File>| {
            file.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists)
        };
        let mut file = (0..).map(new).find(|file| !is_taken(file)).context("no free name")??;
        // To be drawn at random where it matters; here every run is to be the same.
        let folder = crc32fast::hash(self.folder.as_os_str().as_encoded_bytes());
        let mark = Random(first << 32 ^ u64::from(folder)).next();
        let mut header = [&MAGIC[..], &mark.to_le_bytes(), &first.to_le_bytes()].concat();
        header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
        file.write_all(&header.repeat(2))?;
        file.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        Ok((file, 2 * HEADER as u64, mark))
    }
}

impl Lane for Files {
    fn commit(&mut self, entries: &[Entry]) -> Result<()> {
        let Some(first) = entries.first() else { return Ok(()) };
        // A file whose write or sync failed is not taken up again.
        let (mut file, length, mark) = match self.open.take() {
            Some(open) if open.1 < SEGMENT => open,
            _ => self.begin(first.seq)?,
        };
        let mut frames = Vec::with_capacity(entries.iter().map(|entry| FRAME + entry.body.len()).sum());
        for entry in entries {
            frame(mark, entry, &mut frames)?;
        }
        file.write_all(&frames)?;
        file.sync_data()?;
        self.open = Some((file, length + frames.len() as u64, mark));
        self.newest = entries.last().map(|entry| entry.seq);
        Ok(())
    }

    fn read(&mut self, _tenant: u32, take: &mut dyn FnMut(Found<'_>)) -> Result<()> {
        let mut last = None;
        for (first, _, path) in self.segments()? {
            let bytes = fs::read(&path)?;
            let mut say = |what: String| take(Found::Told(format!("{}: {what}", path.display())));
            let Some(mark) = mark(&bytes, first) else {
                say("no header is whole".into());
                continue;
            };
            if mark.damaged {
                say("a header is damaged".into());
            }
            let mut at = 2 * HEADER;
            while at < bytes.len() {
                let Some((number, body, end)) = unframe(&bytes, at, mark.mark) else {
                    let next = (at + 1..bytes.len())
                        .filter(|at| bytes[*at..].starts_with(&mark.mark.to_le_bytes()))
                        .find(|at| unframe(&bytes, *at, mark.mark).is_some());
                    let next = next.unwrap_or(bytes.len());
                    take(Found::Told(format!("{}: {} bytes at {at} are damaged", path.display(), next - at)));
                    at = next;
                    continue;
                };
                if last.is_none_or(|last| number > last) {
                    take(Found::Record(number, body));
                    last = Some(number);
                }
                at = end;
            }
        }
        self.newest = last;
        Ok(())
    }

    /// What the snapshot covers can be deleted as files, if the next record begins a new one.
    fn snapshot(&mut self) {
        self.open = None;
    }

    /// Files whose records all are older; the one that is written to is ended first, if it is one of them.
    fn cut(&mut self, _tenant: u32, below: u64) -> Result<()> {
        if self.newest.is_none() {
            self.read(0, &mut |_| {})?;
        }
        if self.newest < Some(below) {
            self.open = None;
        }
        let segments = self.segments()?;
        let next = self.newest.map_or(0, |newest| newest + 1);
        let ends = segments.iter().skip(1).map(|(first, _, _)| *first).chain([next]);
        for ((_, _, path), end) in segments.iter().zip(ends) {
            if end <= below {
                fs::remove_file(path)?;
            }
        }
        Ok(File::open(&self.folder)?.sync_all()?)
    }
}

fn frame(mark: u64, entry: &Entry, into: &mut Vec<u8>) -> Result<()> {
    let length = u32::try_from(entry.body.len())?;
    into.extend_from_slice(&mark.to_le_bytes());
    into.extend_from_slice(&entry.seq.to_le_bytes());
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(&sum(mark, entry.seq, &entry.body).to_le_bytes());
    into.extend_from_slice(&entry.body);
    Ok(())
}

/// The frame at a place: its number, its bytes, and where it ends.
fn unframe(bytes: &[u8], at: usize, mark: u64) -> Option<(u64, &[u8], usize)> {
    let (head, rest) = bytes.get(at..)?.split_first_chunk::<FRAME>()?;
    let number = |from: usize| Some(u64::from_le_bytes(*head.get(from..)?.first_chunk()?));
    let half = |from: usize| Some(u32::from_le_bytes(*head.get(from..)?.first_chunk()?));
    let (seq, length) = (number(8)?, half(16)? as usize);
    let body = rest.get(..length)?;
    (number(0)? == mark && half(20)? == sum(mark, seq, body)).then_some((seq, body, at + FRAME + length))
}

fn sum(mark: u64, seq: u64, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&mark.to_le_bytes());
    hasher.update(&seq.to_le_bytes());
    hasher.update(&(body.len() as u64).to_le_bytes());
    hasher.update(body);
    hasher.finalize()
}

/// What a file's header says.
struct Mark {
    mark: u64,
    /// One of the two headers is not whole.
    damaged: bool,
}

fn mark(bytes: &[u8], first: u64) -> Option<Mark> {
    let whole = |at: usize| {
        let (header, sum) = bytes.get(at..at + HEADER)?.split_last_chunk::<4>()?;
        let is_whole = header.starts_with(MAGIC)
            && header.ends_with(&first.to_le_bytes())
            && u32::from_le_bytes(*sum) == crc32fast::hash(header);
        let mark = header.get(8..)?.first_chunk()?;
        is_whole.then(|| u64::from_le_bytes(*mark))
    };
    match (whole(0), whole(HEADER)) {
        (Some(mark), Some(_)) => Some(Mark { mark, damaged: false }),
        (Some(mark), None) | (None, Some(mark)) => Some(Mark { mark, damaged: true }),
        (None, None) => None,
    }
}
