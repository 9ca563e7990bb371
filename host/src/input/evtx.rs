//! Windows event logs: each record becomes one line of JSON, `{"Event": ...}`.
//!
//! The format is made of chunks that stand for themselves, and logs that were copied from a running
//! machine are rarely clean, so damage costs the records that it hit and no others.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use evtx::{EvtxParser, ParserSettings};

use super::InputError;

/// One record, or why it could not be read.
pub(super) type Record = Result<String, String>;

/// Calls `take` with each record of the log in its order, until it returns `false`.
pub(super) fn records_of_file(file: File, take: &mut dyn FnMut(Record) -> bool) -> Result<(), InputError> {
    records(file, take)
}

/// As [`records_of_file`], for a log in memory.
pub(super) fn records_of_bytes(
    bytes: Vec<u8>,
    take: &mut dyn FnMut(Record) -> bool,
) -> Result<(), InputError> {
    records(Cursor::new(bytes), take)
}

fn records<R: Read + Seek>(log: R, take: &mut dyn FnMut(Record) -> bool) -> Result<(), InputError> {
    let log = Padded::new(log)?;
    let (present, missing) = (log.chunks(), log.padding());
    let settings = ParserSettings::new().indent(false).num_threads(1);
    let parser = EvtxParser::from_read_seek(log).map_err(|error| InputError::Evtx(causes(&error)))?;
    let named = u64::from(parser.header().chunk_count);
    let mut parser = parser.with_configuration(settings);
    let mut all = || -> bool {
        parser
            .records_json()
            .map(|record| record.map(|r| one_line(r.data)).map_err(|error| causes(&error)))
            .all(&mut *take)
    };
    // The parser is fuzzed by its authors; should a crafted file get through nevertheless, it costs
    // the rest of that file and not the job.
    let go_on = catch_unwind(AssertUnwindSafe(&mut all))
        .map_err(|_| InputError::Evtx("its parser gave up".into()))?;
    if go_on && (missing > 0 || named > present) {
        take(Err(cut(present, named, missing)));
    }
    Ok(())
}

fn cut(present: u64, named: u64, missing: u64) -> String {
    let mut text = format!("the event log is cut short: {present} of {} chunks are here", named.max(present));
    if missing > 0 {
        text += &format!(", the last one without its last {missing} bytes");
    }
    text + "; what was in the rest is lost"
}

/// A log with zeros up to the end of its last chunk. The parser takes whole chunks only, and would
/// drop all records of one that was cut.
struct Padded<R> {
    log: R,
    length: u64,
    at: u64,
}

const FILE_HEADER: u64 = 4096;
const CHUNK: u64 = 65536;

impl<R: Read + Seek> Padded<R> {
    fn new(mut log: R) -> io::Result<Self> {
        let length = log.seek(SeekFrom::End(0))?;
        log.rewind()?;
        Ok(Self { log, length, at: 0 })
    }

    fn chunks(&self) -> u64 {
        self.length.saturating_sub(FILE_HEADER).div_ceil(CHUNK)
    }

    fn padding(&self) -> u64 {
        // Cut in its header, it is no log.
        (FILE_HEADER + self.chunks() * CHUNK).saturating_sub(self.length.max(FILE_HEADER))
    }

    fn end(&self) -> u64 {
        self.length + self.padding()
    }
}

impl<R: Read + Seek> Read for Padded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = if self.at < self.length {
            self.log.read(buf)?
        } else {
            let left = usize::try_from(self.end().saturating_sub(self.at)).unwrap_or(usize::MAX);
            let n = left.min(buf.len());
            buf.iter_mut().take(n).for_each(|byte| *byte = 0);
            n
        };
        self.at += u64::try_from(n).unwrap_or(0);
        Ok(n)
    }
}

impl<R: Read + Seek> Seek for Padded<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.end().checked_add_signed(by),
        };
        self.at = target.ok_or(io::ErrorKind::InvalidInput)?;
        self.log.seek(SeekFrom::Start(self.at.min(self.length)))?;
        Ok(self.at)
    }
}

/// JSON strings hold no raw newline, so one could only stand between tokens.
fn one_line(mut json: String) -> String {
    if json.contains(['\n', '\r']) {
        json = json.replace(['\n', '\r'], " ");
    }
    json
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text.replace(['\n', '\r'], " ")
}
