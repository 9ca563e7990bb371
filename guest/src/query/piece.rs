//! Pieces of a query that know where they stand in it.

use super::error::{Problem, QueryError};

/// Something wrong at a byte of the text.
#[derive(Debug)]
pub(super) struct Fault {
    at: usize,
    problem: Problem,
}

impl Fault {
    /// For people, who count characters.
    pub(super) fn in_text(self, text: &str) -> QueryError {
        let before = text.char_indices().take_while(|(at, _)| *at < self.at).count();
        QueryError { column: before + 1, problem: self.problem }
    }
}

/// A part of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    /// As it stands there.
    pub(super) text: &'a str,
    /// Its first byte.
    at: usize,
}

/// Escaped bytes cost three.
const ESCAPE: usize = 3;
const ESCAPED_BLANK: &str = "%20";

impl<'a> Piece<'a> {
    /// All of it.
    pub(super) fn whole(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Something wrong at its beginning.
    pub(super) fn fault(self, problem: Problem) -> Fault {
        Fault { at: self.at, problem }
    }

    /// Without its first bytes; empty where they are no whole characters.
    pub(super) fn skip(self, bytes: usize) -> Self {
        Self { text: self.text.get(bytes..).unwrap_or_default(), at: self.at + bytes }
    }

    /// Without its last character, if it is this one.
    pub(super) fn strip_end(self, last: char) -> Option<Self> {
        self.text.strip_suffix(last).map(|text| Self { text, ..self })
    }

    /// What is before the first such character, and what is behind it.
    pub(super) fn cut(self, separator: char) -> Option<(Self, Self)> {
        let (before, _) = self.text.split_once(separator)?;
        Some((Self { text: before, ..self }, self.skip(before.len() + separator.len_utf8())))
    }

    /// What is between such characters.
    pub(super) fn split(self, separator: char) -> impl Iterator<Item = Self> + use<'a> {
        let mut at = self.at;
        self.text.split(separator).map(move |text| {
            let piece = Self { text, at };
            at += text.len() + separator.len_utf8();
            piece
        })
    }

    /// Without blanks at its ends.
    pub(super) fn trim(self) -> Self {
        let trimmed = self.skip(self.text.len() - self.text.trim_start().len());
        Self { text: trimmed.text.trim_end(), ..trimmed }
    }

    /// Without blanks at its ends, escaped or not.
    pub(super) fn trim_escaped(self) -> Self {
        let mut piece = self.trim();
        loop {
            if piece.text.starts_with(ESCAPED_BLANK) {
                piece = piece.skip(ESCAPE).trim();
            } else if let Some(text) = piece.text.strip_suffix(ESCAPED_BLANK) {
                piece = Self { text, ..piece }.trim();
            } else {
                return piece;
            }
        }
    }

    /// Whether there are only blanks, escaped or not.
    pub(super) fn is_blank(self) -> bool {
        self.trim_escaped().text.is_empty()
    }

    /// What it says, decoded: the texts before, between and after its stars.
    pub(super) fn decode(self) -> Result<Vec<String>, Fault> {
        let mut parts = Vec::new();
        let mut part = String::new();
        let mut rest = self;
        while let Some((plain, _)) = rest.text.split_once(['*', '%']) {
            part.push_str(plain);
            rest = rest.skip(plain.len());
            if rest.text.starts_with('*') {
                parts.push(std::mem::take(&mut part));
                rest = rest.skip(1);
            } else {
                rest = rest.decode_escapes(&mut part)?;
            }
        }
        part.push_str(rest.text);
        parts.push(part);
        Ok(parts)
    }

    /// Decodes the escapes at its beginning, which stand for whole characters together, and gives what is
    /// behind them.
    fn decode_escapes(self, into: &mut String) -> Result<Self, Fault> {
        let mut bytes = Vec::new();
        let mut rest = self;
        while rest.text.starts_with('%') {
            let digits = rest.text.get(1..ESCAPE).filter(|two| two.bytes().all(|b| b.is_ascii_hexdigit()));
            let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
            bytes.push(byte.ok_or_else(|| rest.fault(Problem::Escape))?);
            rest = rest.skip(ESCAPE);
        }
        match str::from_utf8(&bytes) {
            Ok(text) => into.push_str(text),
            Err(error) => return Err(self.skip(ESCAPE * error.valid_up_to()).fault(Problem::NotUtf8)),
        }
        Ok(rest)
    }
}
