//! The members of one line that some format needs, borrowed from the line where they stand there as
//! they are.

use super::fields::{Slot, WORDS};
use super::reader::{Reader, Value};
use super::skim::skim;
use super::walk::walk;

/// The deepest nesting that is accepted, serde_json's own bound for values that it keeps: deeper lines
/// make trouble in whatever reads them next.
const DEPTH: usize = 128;

/// The members of a line that matter.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    line: &'a str,
    reader: &'a Reader,
}

/// Why a line is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// The column in bytes, from 1.
    pub column: Option<u32>,
    /// What is wrong there.
    pub message: String,
}

impl<'a> Record<'a> {
    /// Reads a line into the reader, which it keeps for as long as it lives.
    pub fn parse(line: &'a str, reader: &'a mut Reader) -> Result<Self, BadLine> {
        reader.clear();
        if skim(line, reader).is_none() {
            reader.clear();
            walk(line, reader).map_err(|error| BadLine::from_json(&error))?;
            check_depth(line)?;
        }
        Ok(Self { line, reader })
    }

    #[inline]
    fn value(&self, slot: Slot) -> Value {
        self.reader.value(slot)
    }

    /// A text, trimmed of nothing; absent and empty are the same.
    #[must_use]
    pub fn text(&self, slot: Slot) -> Option<&'a str> {
        let text = match self.value(slot) {
            Value::Text { start, end } => self.line.get(start..end)?,
            Value::Decoded { start, end } => self.reader.decoded(start, end)?,
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// A whole number, also from decimal text or hexadecimal text with `0x`.
    #[must_use]
    pub fn number(&self, slot: Slot) -> Option<i64> {
        match self.value(slot) {
            Value::Int(number) => Some(number),
            _ => parse_number(self.text(slot)?),
        }
    }

    /// A number of at most 32 bits: process ids and access masks.
    #[must_use]
    pub fn number32(&self, slot: Slot) -> Option<u32> {
        self.number(slot).and_then(|n| u32::try_from(n).ok())
    }

    /// A port.
    #[must_use]
    pub fn port(&self, slot: Slot) -> Option<u16> {
        self.number(slot).and_then(|n| u16::try_from(n).ok())
    }

    /// A truth value, also from text.
    #[must_use]
    pub fn truth(&self, slot: Slot) -> Option<bool> {
        match self.value(slot) {
            Value::Bool(truth) => Some(truth),
            _ => self.text(slot)?.to_ascii_lowercase().parse().ok(),
        }
    }

    /// Whether the member was there at all, even empty or of another type.
    #[must_use]
    #[inline]
    pub fn has(&self, slot: Slot) -> bool {
        self.reader.has(slot)
    }

    /// Whether `event.kind`, `event.category` or `event.type` holds this one of [`WORDS`].
    #[must_use]
    pub fn says(&self, word: &str) -> bool {
        WORDS.iter().position(|&w| w == word).is_some_and(|bit| self.reader.says(bit))
    }
}

fn parse_number(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Refuses nesting beyond [`DEPTH`] in a line that is JSON.
fn check_depth(line: &str) -> Result<(), BadLine> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (place, byte) in line.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            let column = u32::try_from(place + 1).ok();
            return Err(BadLine { column, message: format!("nested deeper than {DEPTH} levels") });
        }
    }
    Ok(())
}

impl BadLine {
    fn from_json(error: &serde_json::Error) -> Self {
        // serde_json appends " at line 1 column N"; the line is ours to name.
        let mut message = error.to_string();
        if let Some(at) = message.rfind(" at line ") {
            message.truncate(at);
        }
        let column = u32::try_from(error.column()).ok().filter(|&c| c > 0);
        Self { column, message: format!("not a JSON object: {message}") }
    }
}
