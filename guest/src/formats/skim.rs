//! Most lines, read without serde_json: one pass that stops only at what some format needs.
//!
//! It exists beside serde_json for speed. With the time in which serde_json only checks a line (420 ns
//! for 860 bytes) as 1, serde_json's walk to the members that matter takes 2.1, this 1.2. The walk pays
//! for a loop over every string, two copies of every escaped one, and a hash and calls for every name;
//! here a string's end is found by its bits ([`super::quotes`]), escapes are decoded once and by words
//! ([`super::escapes`]), and a name is looked up by two loads and a comparison ([`super::paths`]).
//!
//! It knows only common JSON and is sure of what it knows: for anything else it gives up with `None`,
//! and [`super::walk`] reads the line again and decides. So it never decides that a line is bad, and
//! what it accepts it reads exactly as serde_json would; the tests below compare the two.

use super::fields::Slot;
use super::paths::{Context, Node, Paths, ROOT, paths};
use super::quotes::Quotes;
use super::reader::{Reader, Value};

/// How deep values may be nested here. serde_json's own limit is 128.
const DEPTH: u8 = 32;

/// Integers of so many digits are never too large for [`i64`].
const DIGITS: usize = 18;

/// Reads a line into a cleared reader, which is of no use if this gives up.
pub(super) fn skim(line: &str, reader: &mut Reader) -> Option<()> {
    let line = line.trim_end_matches([' ', '\r']);
    let mut quotes = reader.take_quotes();
    let read = quotes.of(line.as_bytes()).and_then(|()| Skimmer::read(line, &mut quotes, reader));
    reader.give_back(quotes);
    read
}

struct Skimmer<'l, 'r> {
    line: &'l str,
    bytes: &'l [u8],
    /// What is read next. Never inside a string.
    at: usize,
    /// The quotes from there on.
    quotes: &'r mut Quotes,
    paths: &'static Paths,
    reader: &'r mut Reader,
}

/// A string without its quotes.
#[derive(Clone, Copy)]
struct Text {
    start: usize,
    end: usize,
    escaped: bool,
}

impl<'l, 'r> Skimmer<'l, 'r> {
    fn read(line: &'l str, quotes: &'r mut Quotes, reader: &'r mut Reader) -> Option<()> {
        let bytes = line.as_bytes();
        let mut skimmer = Self { line, bytes, at: 0, quotes, paths: paths(), reader };
        skimmer.take(b'{')?;
        skimmer.members(Some(ROOT), DEPTH)?;
        (skimmer.at == bytes.len()).then_some(())
    }

    /// An object's members after its `{`, and its `}`. Without a context none of them matters.
    fn members(&mut self, context: Option<Context>, depth: u8) -> Option<()> {
        if self.peek()? == b'}' {
            return self.take(b'}');
        }
        loop {
            self.peek()?;
            let name = self.string()?;
            if name.escaped {
                return None;
            }
            self.take(b':')?;
            let node = match context {
                Some(context) => {
                    self.paths.find_in(context, self.bytes.get(name.start..)?, name.end - name.start)
                }
                None => Node::default(),
            };
            self.value(node, depth)?;
            if self.comma_or(b'}')? {
                return Some(());
            }
        }
    }

    /// A list's items after its `[`, and its `]`. Of a list the first item counts, of words all do.
    fn items(&mut self, node: Node, depth: u8) -> Option<()> {
        if self.peek()? == b']' {
            return self.take(b']');
        }
        let mut wanted = Node { inside: None, ..node };
        loop {
            // What is nested in a list that matters is for serde_json.
            if !wanted.is_nothing() && matches!(self.peek()?, b'{' | b'[') {
                return None;
            }
            self.value(wanted, depth)?;
            if self.comma_or(b']')? {
                return Some(());
            }
            if !wanted.holds_words() {
                wanted = Node::default();
            }
        }
    }

    #[inline(always)]
    fn value(&mut self, node: Node, depth: u8) -> Option<()> {
        let node = if node.slot == Some(Slot::Ours) {
            self.reader.put(node, Value::Bool(true));
            Node::default()
        } else {
            node
        };
        let byte = self.peek()?;
        if byte == b'"' {
            let text = self.string()?;
            if text.escaped {
                return self.decode(node, text);
            }
            self.reader.put_text(node, self.line, text.start, text.end);
            return Some(());
        }
        match byte {
            b'{' => {
                self.at += 1;
                self.members(node.inside, depth.checked_sub(1)?)
            }
            b'[' => {
                self.at += 1;
                self.items(node, depth.checked_sub(1)?)
            }
            b'-' | b'0'..=b'9' => self.number(node),
            b't' => self.literal(b"true", node, Value::Bool(true)),
            b'f' => self.literal(b"false", node, Value::Bool(false)),
            b'n' => self.literal(b"null", node, Value::None),
            _ => None,
        }
    }

    /// Decodes a text even if nobody needs it, because its escapes have to be right.
    fn decode(&mut self, node: Node, text: Text) -> Option<()> {
        let decoded = self.reader.decoded_mut();
        let start = decoded.end();
        decoded.decode(self.bytes.get(text.start..)?, text.end - text.start)?;
        if node.is_nothing() {
            decoded.forget_since(start);
        } else {
            self.reader.put_decoded_since(node, start);
        }
        Some(())
    }

    /// An integer, or a number that nobody needs. Others round, or are too large, in serde_json's way.
    fn number(&mut self, node: Node) -> Option<()> {
        let start = self.at;
        let negative = self.bytes.get(start) == Some(&b'-');
        self.at += usize::from(negative);
        let (first, integer) = (self.at, self.digits()?);
        let length = self.at - first;
        if length > 1 && self.bytes.get(first) == Some(&b'0') {
            return None;
        }
        let whole = match self.bytes.get(self.at) {
            Some(b'.') => {
                self.at += 1;
                self.digits()?;
                false
            }
            _ => true,
        };
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            return None;
        }
        if node.is_nothing() {
            return Some(());
        }
        // `-0` is a float.
        if !whole || length > DIGITS || negative && integer == 0 {
            return None;
        }
        self.reader.put(node, Value::Int(if negative { -integer } else { integer }));
        Some(())
    }

    /// One digit or more; their value is wrong if there are more than [`DIGITS`].
    fn digits(&mut self) -> Option<i64> {
        let start = self.at;
        let mut value = 0_i64;
        while let Some(&digit @ b'0'..=b'9') = self.bytes.get(self.at) {
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            self.at += 1;
        }
        (self.at > start).then_some(value)
    }

    fn literal(&mut self, literal: &[u8], node: Node, value: Value) -> Option<()> {
        self.bytes.get(self.at..)?.strip_prefix(literal)?;
        self.at += literal.len();
        self.reader.put(node, value);
        Some(())
    }

    /// The string that begins here. If the next quote is not here, this is none.
    #[inline(always)]
    fn string(&mut self) -> Option<Text> {
        if self.quotes.next()? != self.at {
            return None;
        }
        let start = self.at + 1;
        let end = self.quotes.next()?;
        self.at = end + 1;
        Some(Text { start, end, escaped: self.quotes.backslash_between(start, end) })
    }

    /// Whether this is the end and not a comma.
    fn comma_or(&mut self, end: u8) -> Option<bool> {
        let byte = self.peek()?;
        self.at += 1;
        (byte == end || byte == b',').then_some(byte == end)
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        while *self.bytes.get(self.at)? == b' ' {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests;
