//! One line, read in one pass: the members that some format needs, borrowed from the line.
//!
//! serde_json does the reading and so decides what is JSON; this file only says what to keep.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::fields::{SLOTS, Slot, WORDS};
use super::paths::{Context, Node, ROOT, paths};

/// A scalar of the line, by its place there; text that held escapes stands decoded in the reader.
#[derive(Debug, Clone, Copy)]
enum Value {
    None,
    Text { start: usize, end: usize },
    Decoded { start: usize, end: usize },
    Int(i64),
    Bool(bool),
}

/// What a line is read into, kept from line to line: clearing or moving it would cost more than filling
/// it.
#[derive(Debug)]
pub struct Reader {
    values: [Value; SLOTS],
    /// Which values are of this line, by bit.
    present: u128,
    /// Which of [`WORDS`] the line says, by bit.
    words: u32,
    decoded: String,
}

const _: () = assert!(SLOTS <= 128, "every slot needs a bit");

impl Default for Reader {
    fn default() -> Self {
        Self { values: [Value::None; SLOTS], present: 0, words: 0, decoded: String::new() }
    }
}

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
        reader.present = 0;
        reader.words = 0;
        reader.decoded.clear();
        let mut json = serde_json::Deserializer::from_str(line);
        Object { draft: Draft { line, reader }, context: ROOT }
            .deserialize(&mut json)
            .and_then(|()| json.end())
            .map_err(|error| BadLine::from_json(&error))?;
        Ok(Self { line, reader })
    }

    fn value(&self, slot: Slot) -> Value {
        match self.reader.values.get(slot as usize) {
            Some(&value) if self.has(slot) => value,
            _ => Value::None,
        }
    }

    /// A text, trimmed of nothing; absent and empty are the same.
    #[must_use]
    pub fn text(&self, slot: Slot) -> Option<&'a str> {
        let text = match self.value(slot) {
            Value::Text { start, end } => self.line.get(start..end)?,
            Value::Decoded { start, end } => self.reader.decoded.get(start..end)?,
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
    pub fn has(&self, slot: Slot) -> bool {
        self.reader.present >> (slot as u32) & 1 == 1
    }

    /// Whether `event.kind`, `event.category` or `event.type` holds this one of [`WORDS`].
    #[must_use]
    pub fn says(&self, word: &str) -> bool {
        WORDS.iter().position(|&w| w == word).is_some_and(|bit| self.reader.words >> bit & 1 == 1)
    }
}

fn parse_number(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

impl BadLine {
    fn from_json(error: &serde_json::Error) -> Self {
        // serde_json appends " at line 1 column N"; the line is ours to name.
        let mut message = error.to_string();
        if let Some(at) = message.rfind(" at line ") {
            message.truncate(at);
        }
        Self { column: u32::try_from(error.column()).ok().filter(|&c| c > 0), message }
    }
}

/// The line that is being read, and what of it is kept.
struct Draft<'d> {
    line: &'d str,
    reader: &'d mut Reader,
}

impl Draft<'_> {
    fn again(&mut self) -> Draft<'_> {
        Draft { line: self.line, reader: self.reader }
    }

    fn put(&mut self, node: Node, value: Value) {
        if let Some(slot) = node.slot
            && let Some(place) = self.reader.values.get_mut(slot as usize)
        {
            *place = value;
            self.reader.present |= 1 << (slot as u32);
        }
    }

    /// `text` is a piece of the line.
    fn put_borrowed(&mut self, node: Node, text: &str) {
        self.note_word(node, text);
        let start = (text.as_ptr() as usize).wrapping_sub(self.line.as_ptr() as usize);
        self.put(node, Value::Text { start, end: start.wrapping_add(text.len()) });
    }

    fn put_decoded(&mut self, node: Node, text: &str) {
        self.note_word(node, text);
        let start = self.reader.decoded.len();
        self.reader.decoded.push_str(text);
        self.put(node, Value::Decoded { start, end: self.reader.decoded.len() });
    }

    fn note_word(&mut self, node: Node, text: &str) {
        if let Some(Slot::EcsKind | Slot::EcsCategory | Slot::EcsType) = node.slot
            && let Some(bit) = WORDS.iter().position(|w| w.eq_ignore_ascii_case(text))
        {
            self.reader.words |= 1 << bit;
        }
    }
}

/// An object whose members matter.
struct Object<'d> {
    draft: Draft<'d>,
    context: Context,
}

impl<'a> DeserializeSeed<'a> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'a>>(mut self, mut map: M) -> Result<(), M::Error> {
        while let Some(node) = map.next_key_seed(Member { context: self.context })? {
            if node.slot == Some(Slot::Ours) {
                self.draft.put(node, Value::Bool(true));
                map.next_value::<IgnoredAny>()?;
            } else if node.is_nothing() {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(Scalar { draft: self.draft.again(), node })?;
            }
        }
        Ok(())
    }
}

/// A member's name, looked up.
struct Member {
    context: Context,
}

impl<'a> DeserializeSeed<'a> for Member {
    type Value = Node;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Member {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Node, E> {
        Ok(paths().find(self.context, name))
    }
}

/// A member's value: kept if it is a scalar, walked into if it is an object that matters.
struct Scalar<'d> {
    draft: Draft<'d>,
    node: Node,
}

impl<'a> DeserializeSeed<'a> for Scalar<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Scalar<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E: serde::de::Error>(mut self, text: &'a str) -> Result<(), E> {
        self.draft.put_borrowed(self.node, text);
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(mut self, text: &str) -> Result<(), E> {
        self.draft.put_decoded(self.node, text);
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(mut self, number: i64) -> Result<(), E> {
        self.draft.put(self.node, Value::Int(number));
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(mut self, number: u64) -> Result<(), E> {
        // Beyond i64 no id, port or mask exists: not known.
        self.draft.put(self.node, i64::try_from(number).map_or(Value::None, Value::Int));
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(mut self, _: f64) -> Result<(), E> {
        self.draft.put(self.node, Value::None);
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(mut self, truth: bool) -> Result<(), E> {
        self.draft.put(self.node, Value::Bool(truth));
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(mut self) -> Result<(), E> {
        self.draft.put(self.node, Value::None);
        Ok(())
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        if let Some(context) = self.node.inside {
            return Object { draft: self.draft, context }.visit_map(map);
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    /// Of a list the first text counts; of words all do.
    fn visit_seq<S: SeqAccess<'a>>(mut self, mut items: S) -> Result<(), S::Error> {
        let node = Node { inside: None, ..self.node };
        let mut first = true;
        while items.next_element_seed(Item { draft: self.draft.again(), node, first })?.is_some() {
            first = false;
        }
        Ok(())
    }
}

struct Item<'d> {
    draft: Draft<'d>,
    node: Node,
    first: bool,
}

impl<'a> DeserializeSeed<'a> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        let words = matches!(self.node.slot, Some(Slot::EcsKind | Slot::EcsCategory | Slot::EcsType));
        if self.first || words {
            Scalar { draft: self.draft, node: self.node }.deserialize(deserializer)
        } else {
            deserializer.deserialize_ignored_any(IgnoredAny).map(|_| ()).map_err(D::Error::custom)
        }
    }
}
