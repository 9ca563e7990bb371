//! What a line is read into, kept from line to line: clearing or moving it would cost more than filling
//! it.

use super::escapes::Decoded;
use super::fields::{SLOTS, Slot, WORDS};
use super::paths::Node;
use super::quotes::Quotes;

/// A scalar of the line, by its place there; text that held escapes stands decoded in the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    None,
    Text { start: usize, end: usize },
    Decoded { start: usize, end: usize },
    Int(i64),
    Bool(bool),
}

/// The values of one line, by slot.
#[derive(Debug)]
pub struct Reader {
    values: [Value; SLOTS],
    /// Which values are of this line, by bit.
    present: [u64; 2],
    /// Which of [`WORDS`] the line says, by bit.
    words: u32,
    decoded: Decoded,
    quotes: Quotes,
}

const _: () = assert!(SLOTS <= 128 && WORDS.len() <= 32, "every slot and every word needs a bit");

impl Default for Reader {
    fn default() -> Self {
        Self {
            values: [Value::None; SLOTS],
            present: [0; 2],
            words: 0,
            decoded: Decoded::default(),
            quotes: Quotes::default(),
        }
    }
}

impl Reader {
    /// Makes it ready for a line.
    pub(super) fn clear(&mut self) {
        self.present = [0; 2];
        self.words = 0;
        self.decoded.clear();
    }

    #[inline]
    pub(super) fn has(&self, slot: Slot) -> bool {
        let bit = slot as usize;
        self.present.get(bit / 64).is_some_and(|present| present >> (bit % 64) & 1 == 1)
    }

    /// Whether the line says this one of [`WORDS`].
    pub(super) fn says(&self, word: usize) -> bool {
        self.words >> word & 1 == 1
    }

    #[inline]
    pub(super) fn value(&self, slot: Slot) -> Value {
        match self.values.get(slot as usize) {
            Some(&value) if self.has(slot) => value,
            _ => Value::None,
        }
    }

    /// The text of a [`Value::Decoded`].
    #[inline]
    pub(super) fn decoded(&self, start: usize, end: usize) -> Option<&str> {
        self.decoded.text(start, end)
    }

    /// Where escapes are decoded to.
    #[inline]
    pub(super) fn decoded_mut(&mut self) -> &mut Decoded {
        &mut self.decoded
    }

    /// The skimmer's quotes, whose memory lasts longer than a line.
    pub(super) fn take_quotes(&mut self) -> Quotes {
        std::mem::take(&mut self.quotes)
    }

    pub(super) fn give_back(&mut self, quotes: Quotes) {
        self.quotes = quotes;
    }

    #[inline(always)]
    pub(super) fn put(&mut self, node: Node, value: Value) {
        if let Some(slot) = node.slot
            && let bit = slot as usize
            && let Some(place) = self.values.get_mut(bit)
            && let Some(present) = self.present.get_mut(bit / 64)
        {
            *place = value;
            *present |= 1 << (bit % 64);
        }
    }

    /// A piece of the line, free of escapes.
    #[inline(always)]
    pub(super) fn put_text(&mut self, node: Node, line: &str, start: usize, end: usize) {
        if node.holds_words() {
            self.words |= line.get(start..end).map_or(0, word_bit);
        }
        self.put(node, Value::Text { start, end });
    }

    /// A text that is no piece of the line.
    pub(super) fn put_decoded(&mut self, node: Node, text: &str) {
        let start = self.decoded.end();
        self.decoded.push(text);
        self.put_decoded_since(node, start);
    }

    /// The text that was decoded since this was the end.
    #[inline]
    pub(super) fn put_decoded_since(&mut self, node: Node, start: usize) {
        let end = self.decoded.end();
        if node.holds_words() {
            self.words |= self.decoded(start, end).map_or(0, word_bit);
        }
        self.put(node, Value::Decoded { start, end });
    }
}

/// The bit of one of [`WORDS`]; none for any other text.
fn word_bit(text: &str) -> u32 {
    WORDS.iter().position(|word| word.eq_ignore_ascii_case(text)).map_or(0, |bit| 1 << bit)
}
