//! A line read by serde_json: the judge of what is JSON, of what a line's members are and of what is
//! wrong with it.
//!
//! [`super::skim`] reads most lines faster, but it only ever anticipates this walk: what it is not sure
//! of comes here, and the tests hold it to the same answers.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::fields::Slot;
use super::paths::{Context, Node, ROOT, paths};
use super::reader::{Reader, Value};

/// Reads a line into a cleared reader.
pub(super) fn walk(line: &str, reader: &mut Reader) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(line);
    Object { draft: Draft { line, reader }, context: ROOT }.deserialize(&mut json)?;
    json.end()
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

    /// `text` is a piece of the line.
    fn put_borrowed(&mut self, node: Node, text: &str) {
        let start = (text.as_ptr() as usize).wrapping_sub(self.line.as_ptr() as usize);
        self.reader.put_text(node, self.line, start, start.wrapping_add(text.len()));
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
                self.draft.reader.put(node, Value::Bool(true));
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

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.draft.reader.put_decoded(self.node, text);
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.draft.reader.put(self.node, Value::Int(number));
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        // Beyond i64 no id, port or mask exists: not known.
        self.draft.reader.put(self.node, i64::try_from(number).map_or(Value::None, Value::Int));
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.draft.reader.put(self.node, Value::None);
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<(), E> {
        self.draft.reader.put(self.node, Value::Bool(truth));
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.draft.reader.put(self.node, Value::None);
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
        let words = self.node.holds_words();
        if self.first || words {
            Scalar { draft: self.draft, node: self.node }.deserialize(deserializer)
        } else {
            deserializer.deserialize_ignored_any(IgnoredAny).map(|_| ()).map_err(D::Error::custom)
        }
    }
}
