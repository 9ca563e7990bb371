//! What went wrong with which line, for the report and for stderr.

use serde::Serialize;

/// The lists in a report end here: a gigabyte of broken lines must not become a gigabyte of report.
/// The totals beside them count on.
const CAP: usize = 10_000;

/// Something that people should know, as soon as it is known.
#[derive(Debug, Clone, Copy)]
pub enum Notice<'a> {
    /// A line was not accepted.
    Rejected(&'a Noted),
    /// A line was read with replaced bytes.
    Repaired(&'a Noted),
    /// A source, or the rest of one, could not be read.
    Unread(&'a Unread),
}

/// A line, and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// The source's name.
    pub file: String,
    /// The line's number, from 1.
    pub line: u64,
    /// What is to be said.
    pub message: String,
}

/// A source that could not be read from this line on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// The source's name.
    pub file: String,
    /// The first line that is missing.
    pub line: u64,
    /// Why.
    pub message: String,
}

/// Lists with an end, and the totals.
#[derive(Debug, Default)]
pub struct Tally {
    /// The first lines that were not accepted.
    pub rejected: Vec<Noted>,
    /// All that were not.
    pub rejected_total: u64,
    /// The first lines that were read with replaced bytes.
    pub repaired: Vec<Noted>,
    /// All that were.
    pub repaired_total: u64,
    /// Sources that could not be read whole.
    pub unread: Vec<Unread>,
    /// Lines that the component was not shown.
    pub withheld: u64,
}

impl Tally {
    /// Counts a line that was not accepted.
    pub fn reject(&mut self, noted: Noted, tell: &mut dyn FnMut(Notice<'_>)) {
        tell(Notice::Rejected(&noted));
        self.rejected_total += 1;
        if self.rejected.len() < CAP {
            self.rejected.push(noted);
        }
    }

    /// Counts a line that was read with replaced bytes.
    pub fn repair(&mut self, noted: Noted, tell: &mut dyn FnMut(Notice<'_>)) {
        tell(Notice::Repaired(&noted));
        self.repaired_total += 1;
        if self.repaired.len() < CAP {
            self.repaired.push(noted);
        }
    }

    /// Notes a source that could not be read whole.
    pub fn unread(&mut self, unread: Unread, tell: &mut dyn FnMut(Notice<'_>)) {
        tell(Notice::Unread(&unread));
        self.unread.push(unread);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end_and_totals_do_not() {
        let mut tally = Tally::default();
        let mut told = 0;
        for line in 1..=10_001 {
            tally.reject(Noted { file: "f".into(), line, message: "m".into() }, &mut |_| told += 1);
        }
        assert_eq!((tally.rejected.len(), tally.rejected_total, told), (10_000, 10_001, 10_001));
    }
}
