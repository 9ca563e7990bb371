//! Puts lines together to batches, each of one source, valid UTF-8 and no larger than asked.

use std::io::{BufReader, Read};

use super::lines::{self, Line};
use super::unpack::{Content, unpack};
use super::{InputError, Opened, evtx};

/// What is read at once.
const BUFFER: usize = 256 << 10;

/// How lines are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a batch; a longer line makes a batch by itself.
    pub batch_bytes: usize,
    /// Lines of a batch.
    pub batch_lines: usize,
    /// Bytes of a line, its newline not counted.
    pub line_bytes: usize,
}

impl Limits {
    /// What `begat run` takes unless it is told otherwise.
    pub const DEFAULT: Self = Self { batch_bytes: 256 << 10, batch_lines: usize::MAX, line_bytes: 1 << 20 };
}

/// What comes out of a source, in its order.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Lines for the component.
    Batch(Batch),
    /// A line that the component is not shown.
    Bad {
        /// Its number in the source, from 1.
        line: u64,
        /// Its beginning, where there is one.
        text: String,
        /// What is wrong with it.
        message: String,
    },
}

/// Lines for the component.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The number of the first line in its source, from 1.
    pub first_line: u64,
    /// How many lines.
    pub lines: u64,
    /// The lines, each with its newline.
    pub text: String,
    /// Lines that were not UTF-8.
    pub repaired: Vec<Repair>,
}

/// A line whose bytes were not UTF-8: what was not is now U+FFFD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Its number in the source.
    pub line: u64,
    /// The byte at which it stopped being UTF-8, from 1.
    pub column: usize,
}

/// Reads a source to its end and gives each piece to `take`, until that returns `false`.
pub fn read(
    source: Opened,
    limits: Limits,
    take: &mut dyn FnMut(Piece) -> bool,
) -> Result<(), (u64, InputError)> {
    let mut builder = Builder { limits, next_line: 1, bytes: Vec::new(), lines: 0 };
    let result = match unpack(source).map_err(undo) {
        Ok(Content::Text { stream, live }) => builder.read_text(stream, live, take),
        Ok(Content::EvtxFile(file)) => {
            evtx::records_of_file(file, &mut |record| builder.record(record, take))
        }
        Ok(Content::EvtxBytes(bytes)) => {
            evtx::records_of_bytes(bytes, &mut |record| builder.record(record, take))
        }
        Err(error) => Err(error),
    };
    // What was read before an error is as good as it was.
    builder.flush(take);
    result.map_err(|error| (builder.next_line, error))
}

/// An error of ours that went through a `Read` comes back as itself.
fn undo(error: InputError) -> InputError {
    match error {
        InputError::Io(io) => match io.downcast::<InputError>() {
            Ok(ours) => ours,
            Err(io) => InputError::Io(io),
        },
        error => error,
    }
}

struct Builder {
    limits: Limits,
    /// The number of the line that comes next.
    next_line: u64,
    bytes: Vec<u8>,
    lines: usize,
}

impl Builder {
    fn read_text(
        &mut self,
        stream: impl Read,
        live: bool,
        take: &mut dyn FnMut(Piece) -> bool,
    ) -> Result<(), InputError> {
        let mut reader = BufReader::with_capacity(BUFFER, stream);
        let mut line = Vec::new();
        loop {
            line.clear();
            let found =
                lines::next(&mut reader, &mut line, self.limits.line_bytes).map_err(|e| undo(e.into()))?;
            let go_on = match found {
                None => return Ok(()),
                Some(Line::Whole) => self.push(&line, take),
                Some(Line::TooLong(length)) => {
                    let limit = self.limits.line_bytes;
                    let message = format!("line of {length} bytes is longer than the limit of {limit} bytes");
                    self.bad(&line, message, take)
                }
            };
            // Nothing more is there yet: what is, must not wait for a batch to fill.
            let paused = live && reader.buffer().is_empty();
            if !go_on || (paused && !self.flush(take)) {
                return Ok(());
            }
        }
    }

    fn record(&mut self, record: evtx::Record, take: &mut dyn FnMut(Piece) -> bool) -> bool {
        match record {
            Ok(json) if json.len() > self.limits.line_bytes => {
                let (length, limit) = (json.len(), self.limits.line_bytes);
                let message = format!("record of {length} bytes is longer than the limit of {limit} bytes");
                self.bad(json.as_bytes(), message, take)
            }
            Ok(mut json) => {
                json.push('\n');
                self.push(json.as_bytes(), take)
            }
            Err(message) => self.bad(b"", message, take),
        }
    }

    /// A line with its newline.
    fn push(&mut self, line: &[u8], take: &mut dyn FnMut(Piece) -> bool) -> bool {
        let full =
            self.lines >= self.limits.batch_lines || self.bytes.len() + line.len() > self.limits.batch_bytes;
        let go_on = !(full && self.lines > 0) || self.flush(take);
        self.bytes.extend_from_slice(line);
        self.lines += 1;
        self.next_line += 1;
        go_on
    }

    fn bad(&mut self, head: &[u8], message: String, take: &mut dyn FnMut(Piece) -> bool) -> bool {
        if !self.flush(take) {
            return false;
        }
        let line = self.next_line;
        self.next_line += 1;
        take(Piece::Bad { line, text: lossy_head(head), message })
    }

    fn flush(&mut self, take: &mut dyn FnMut(Piece) -> bool) -> bool {
        if self.lines == 0 {
            return true;
        }
        let lines = u64::try_from(self.lines).unwrap_or(u64::MAX);
        let first_line = self.next_line - lines;
        let (text, repaired) = utf8(std::mem::take(&mut self.bytes), first_line);
        self.lines = 0;
        take(Piece::Batch(Batch { first_line, lines, text, repaired }))
    }
}

/// The head of a line that is shown in place of it.
fn lossy_head(bytes: &[u8]) -> String {
    const HEAD: usize = 64 << 10;
    let (head, _) = bytes.split_at(bytes.len().min(HEAD));
    let mut text = String::from_utf8_lossy(head).into_owned();
    // U+FFFD is three bytes where there was one.
    while text.len() > HEAD {
        text.pop();
    }
    text
}

/// As UTF-8; where it is not, line by line, so that the lines can be named.
fn utf8(bytes: Vec<u8>, first_line: u64) -> (String, Vec<Repair>) {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return (text, Vec::new()),
        Err(error) => error.into_bytes(),
    };
    let mut text = String::with_capacity(bytes.len() + 64);
    let mut repaired = Vec::new();
    for (line, number) in bytes.split_inclusive(|b| *b == b'\n').zip(first_line..) {
        match std::str::from_utf8(line) {
            Ok(line) => text.push_str(line),
            Err(error) => {
                repaired.push(Repair { line: number, column: error.valid_up_to() + 1 });
                text.push_str(&String::from_utf8_lossy(line));
            }
        }
    }
    (text, repaired)
}
