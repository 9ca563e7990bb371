//! Cutting a text into batches.

use crate::subject::{Batch, Outcome, Subject};

/// How lines are put together.
#[derive(Debug, Clone, Copy)]
pub enum Cut {
    Lines(usize),
    Bytes(usize),
    Whole,
}

impl Cut {
    /// Of the sizes that every test of batches goes through.
    pub const ALL: [Self; 4] = [Self::Lines(1), Self::Lines(7), Self::Bytes(64 << 10), Self::Whole];

    /// Pieces that end with their lines.
    pub fn pieces(self, text: &str) -> Vec<&str> {
        let mut pieces = Vec::new();
        let (mut start, mut at, mut lines) = (0, 0, 0);
        for line in text.split_inclusive('\n') {
            let full = match self {
                Self::Lines(most) => lines == most,
                Self::Bytes(most) => lines > 0 && at - start + line.len() > most,
                Self::Whole => false,
            };
            if full {
                pieces.push(&text[start..at]);
                (start, lines) = (at, 0);
            }
            at += line.len();
            lines += 1;
        }
        pieces.push(&text[start..]);
        pieces
    }
}

/// Feeds a text piece by piece; `first` is its batch but for text and line.
pub fn feed_from(subject: &mut dyn Subject, first: &Batch<'_>, cut: Cut) -> Outcome {
    let mut all = Outcome::default();
    for text in cut.pieces(first.text) {
        let first_line = first.first_line + all.lines;
        all.append(subject.ingest(&Batch { text, first_line, ..*first }));
    }
    all
}

/// Feeds a text piece by piece.
pub fn feed(subject: &mut dyn Subject, text: &str, cut: Cut) -> Outcome {
    feed_from(subject, &Batch::of(text), cut)
}

#[test]
fn pieces_are_the_text() {
    let text = "a\nbb\n\nccc\nd";
    for cut in [Cut::Lines(1), Cut::Lines(2), Cut::Bytes(1), Cut::Bytes(5), Cut::Whole] {
        assert_eq!(cut.pieces(text).concat(), text, "{cut:?}");
    }
    assert_eq!(Cut::Bytes(5).pieces(text), ["a\nbb\n", "\nccc\n", "d"]);
}
