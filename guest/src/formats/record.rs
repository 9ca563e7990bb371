//! One line, read in one pass: the members that some format needs, borrowed from the line.
//!
//! serde_json does the reading and so decides what is JSON; this file only says what to keep.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::fields::{SLOTS, Slot, WORDS};
use super::paths::{Context, Node, ROOT, paths};

/// A scalar of the line. Text that held escapes stands decoded in the scratch.
#[derive(Debug, Clone, Copy, Default)]
enum Value<'a> {
    #[default]
    None,
    Text(&'a str),
    Decoded {
        start: usize,
        end: usize,
    },
    Int(i64),
    Bool(bool),
}

/// The members of a line that matter.
#[derive(Debug)]
pub struct Record<'a> {
    values: [Value<'a>; SLOTS],
    words: u32,
    decoded: &'a str,
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
    /// Reads a line. `scratch` is cleared and holds decoded text for as long as the record lives.
    pub fn parse(line: &'a str, scratch: &'a mut String) -> Result<Self, BadLine> {
        scratch.clear();
        let mut draft = Draft { values: [Value::None; SLOTS], words: 0, decoded: scratch };
        let mut json = serde_json::Deserializer::from_str(line);
        Object { draft: &mut draft, context: ROOT }
            .deserialize(&mut json)
            .and_then(|()| json.end())
            .map_err(|error| BadLine::from_json(&error))?;
        let Draft { values, words, decoded } = draft;
        Ok(Self { values, words, decoded: decoded.as_str() })
    }

    /// A text, trimmed of nothing; absent and empty are the same.
    #[must_use]
    pub fn text(&self, slot: Slot) -> Option<&str> {
        let text = match *self.values.get(slot as usize)? {
            Value::Text(text) => text,
            Value::Decoded { start, end } => self.decoded.get(start..end)?,
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// A whole number, also from decimal text or hexadecimal text with `0x`.
    #[must_use]
    pub fn number(&self, slot: Slot) -> Option<i64> {
        match *self.values.get(slot as usize)? {
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
        match *self.values.get(slot as usize)? {
            Value::Bool(truth) => Some(truth),
            _ => self.text(slot)?.to_ascii_lowercase().parse().ok(),
        }
    }

    /// Whether the member was there at all, even empty or of another type.
    #[must_use]
    pub fn has(&self, slot: Slot) -> bool {
        !matches!(self.values.get(slot as usize), None | Some(Value::None))
    }

    /// Whether `event.kind`, `event.category` or `event.type` holds this one of [`WORDS`].
    #[must_use]
    pub fn says(&self, word: &str) -> bool {
        WORDS.iter().position(|&w| w == word).is_some_and(|bit| self.words >> bit & 1 == 1)
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

struct Draft<'a, 's> {
    values: [Value<'a>; SLOTS],
    words: u32,
    decoded: &'s mut String,
}

impl<'a> Draft<'a, '_> {
    fn put(&mut self, node: Node, value: Value<'a>) {
        if let Some(place) = node.slot.and_then(|slot| self.values.get_mut(slot as usize)) {
            *place = value;
        }
    }

    fn put_borrowed(&mut self, node: Node, text: &'a str) {
        self.note_word(node, text);
        self.put(node, Value::Text(text));
    }

    fn put_decoded(&mut self, node: Node, text: &str) {
        self.note_word(node, text);
        let start = self.decoded.len();
        self.decoded.push_str(text);
        self.put(node, Value::Decoded { start, end: self.decoded.len() });
    }

    fn note_word(&mut self, node: Node, text: &str) {
        if let Some(Slot::EcsKind | Slot::EcsCategory | Slot::EcsType) = node.slot
            && let Some(bit) = WORDS.iter().position(|w| w.eq_ignore_ascii_case(text))
        {
            self.words |= 1 << bit;
        }
    }
}

/// An object whose members matter.
struct Object<'d, 'a, 's> {
    draft: &'d mut Draft<'a, 's>,
    context: Context,
}

impl<'a> DeserializeSeed<'a> for Object<'_, 'a, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Object<'_, 'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(node) = map.next_key_seed(Member { context: self.context })? {
            if node.slot == Some(Slot::Ours) {
                self.draft.put(node, Value::Bool(true));
                map.next_value::<IgnoredAny>()?;
            } else if node.is_nothing() {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(Scalar { draft: self.draft, node })?;
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
struct Scalar<'d, 'a, 's> {
    draft: &'d mut Draft<'a, 's>,
    node: Node,
}

impl<'a> DeserializeSeed<'a> for Scalar<'_, 'a, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Scalar<'_, 'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'a str) -> Result<(), E> {
        self.draft.put_borrowed(self.node, text);
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.draft.put_decoded(self.node, text);
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.draft.put(self.node, Value::Int(number));
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        // Beyond i64 no id, port or mask exists: not known.
        self.draft.put(self.node, i64::try_from(number).map_or(Value::None, Value::Int));
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.draft.put(self.node, Value::None);
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<(), E> {
        self.draft.put(self.node, Value::Bool(truth));
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
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
    fn visit_seq<S: SeqAccess<'a>>(self, mut items: S) -> Result<(), S::Error> {
        let node = Node { inside: None, ..self.node };
        let mut first = true;
        while items.next_element_seed(Item { draft: self.draft, node, first })?.is_some() {
            first = false;
        }
        Ok(())
    }
}

struct Item<'d, 'a, 's> {
    draft: &'d mut Draft<'a, 's>,
    node: Node,
    first: bool,
}

impl<'a> DeserializeSeed<'a> for Item<'_, 'a, '_> {
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
