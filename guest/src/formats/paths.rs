//! The tables of [`super::fields`] as a tree that a parser can walk: in this object, what does this
//! member lead to?
//!
//! Exports flatten some objects or all, so any names that follow each other on a path may be one name with
//! dots: `winlog.event_data.Image` at the top is the same as `event_data.Image` in `winlog`.

use std::sync::LazyLock;

use super::fields::{ECS, ENVELOPE, EVENT_DATA, EVENT_DATA_ROOTS, Slot};

/// An object of the tree; the line itself is [`ROOT`].
pub type Context = u8;

/// The line.
pub const ROOT: Context = 0;

/// What a member leads to: a slot if it is a scalar, an object to go into if it is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Node {
    /// Where a scalar goes.
    pub slot: Option<Slot>,
    /// Which members of an object matter.
    pub inside: Option<Context>,
}

impl Node {
    /// Whether nothing of the member is needed.
    #[inline]
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self.slot.is_none() && self.inside.is_none()
    }

    /// Whether its texts are compared with [`super::fields::WORDS`].
    #[inline]
    #[must_use]
    pub fn holds_words(self) -> bool {
        matches!(self.slot, Some(Slot::EcsKind | Slot::EcsCategory | Slot::EcsType))
    }
}

/// The tree, as one open-addressed table of (object, member) pairs.
///
/// Of our own because it is probed for every member of every line: a multiplication and a comparison of
/// two words, no hashing of whole keys. The members of a line are chosen by others, but only these few
/// are stored.
pub struct Paths {
    table: Vec<Option<Entry>>,
    /// The names of the entries, which few comparisons need.
    names: Vec<Box<str>>,
}

struct Entry {
    key: Key,
    node: Node,
}

/// A pair, by the ends of its name: all of it where the name has at most 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    /// The first eight bytes, zeros where there are fewer.
    first: u64,
    /// The last eight bytes; of a shorter name the same as `first`.
    last: u64,
    length: u8,
    context: Context,
}

/// More than three times as many as there are entries, so that a probe for an absent member ends soon. A
/// power of two.
const TABLE: usize = 4096;

static PATHS: LazyLock<Paths> = LazyLock::new(Paths::build);

/// The one tree there is.
#[must_use]
pub fn paths() -> &'static Paths {
    &PATHS
}

impl Paths {
    /// What `name` leads to in `context`.
    #[must_use]
    pub fn find(&self, context: Context, name: &str) -> Node {
        self.find_in(context, name.as_bytes(), name.len())
    }

    /// What the name of `length` bytes leads to that `text` begins with. To know what follows it helps:
    /// a short name is then read with one load.
    #[inline(always)]
    pub(super) fn find_in(&self, context: Context, text: &[u8], length: usize) -> Node {
        let Some(key) = Key::new(context, text, length) else { return Node::default() };
        let mut at = key.place();
        while let Some(Some(entry)) = self.table.get(at) {
            if entry.key == key && (length <= 16 || self.is_named(at, text.get(..length))) {
                return entry.node;
            }
            at = (at + 1) % TABLE;
        }
        Node::default()
    }

    fn is_named(&self, at: usize, name: Option<&[u8]>) -> bool {
        self.names.get(at).map(|own| own.as_bytes()) == name
    }

    fn build() -> Self {
        let mut paths =
            Self { table: (0..TABLE).map(|_| None).collect(), names: vec![Box::default(); TABLE] };
        let mut contexts = vec![String::new()];
        for root in EVENT_DATA_ROOTS {
            for (name, slot) in EVENT_DATA {
                paths.enter(&mut contexts, &format!("{root}{name}"), *slot);
            }
        }
        for (path, slot) in ENVELOPE.iter().chain(ECS) {
            paths.enter(&mut contexts, path, *slot);
        }
        paths
    }

    /// Every way to the end of `path`: from each object on it to each further one, and to the slot.
    fn enter(&mut self, contexts: &mut Vec<String>, path: &str, slot: Slot) {
        let dots = || path.match_indices('.').map(|(at, _)| at);
        let starts =
            [(0, "")].into_iter().chain(dots().map(|at| (at + 1, path.get(..at).unwrap_or_default())));
        for (start, object) in starts {
            let from = context(contexts, object);
            for end in dots().filter(|&end| end > start) {
                let inside = context(contexts, path.get(..end).unwrap_or_default());
                self.node(from, path.get(start..end).unwrap_or_default()).inside = Some(inside);
            }
            self.node(from, path.get(start..).unwrap_or_default()).slot = Some(slot);
        }
    }

    #[allow(clippy::indexing_slicing, reason = "`at` is taken modulo the length of both")]
    #[allow(clippy::expect_used, reason = "the names are those of `super::fields`")]
    fn node(&mut self, context: Context, name: &str) -> &mut Node {
        let key = Key::new(context, name.as_bytes(), name.len()).expect("no name is this long");
        let mut at = key.place();
        while self.table[at].as_ref().is_some_and(|entry| entry.key != key || *self.names[at] != *name) {
            at = (at + 1) % TABLE;
        }
        self.names[at] = name.into();
        &mut self.table[at].get_or_insert(Entry { key, node: Node::default() }).node
    }
}

/// The number of the object at `path`, which gets one if it has none.
fn context(contexts: &mut Vec<String>, path: &str) -> Context {
    let known = contexts.iter().position(|known| known == path).unwrap_or_else(|| {
        contexts.push(path.to_owned());
        contexts.len() - 1
    });
    Context::try_from(known).unwrap_or(ROOT)
}

impl Key {
    /// Of the name of `length` bytes that `text` begins with; `None` if it is longer than any that
    /// matters.
    #[inline]
    fn new(context: Context, text: &[u8], length: usize) -> Option<Self> {
        let word = |from: &[u8]| from.first_chunk().copied().map(u64::from_le_bytes);
        let first = word(text)
            .unwrap_or_else(|| text.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)));
        let (first, last) = match length.checked_sub(8) {
            Some(before) => (first, word(text.get(before..)?)?),
            None => {
                let first = first & !(u64::MAX << (length * 8));
                (first, first)
            }
        };
        Some(Self { first, last, length: u8::try_from(length).ok()?, context })
    }

    /// Where the pair is looked for first.
    #[inline]
    fn place(self) -> usize {
        let rest = u64::from(self.context) << 8 | u64::from(self.length);
        let mixed = (self.first ^ self.last.rotate_left(29) ^ rest).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        usize::try_from(mixed >> (u64::BITS - TABLE.ilog2())).unwrap_or(0) % TABLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_sysmon_is_found_in_every_shape() {
        let paths = paths();
        assert_eq!(paths.find(ROOT, "ParentImage").slot, Some(Slot::ParentImage));
        let winlog = paths.find(ROOT, "winlog").inside.unwrap();
        let data = paths.find(winlog, "event_data").inside.unwrap();
        assert_eq!(paths.find(data, "ParentImage").slot, Some(Slot::ParentImage));
        let event = paths.find(ROOT, "Event").inside.unwrap();
        let system = paths.find(event, "System").inside.unwrap();
        let id = paths.find(system, "EventID");
        assert_eq!(id.slot, Some(Slot::EventId));
        assert_eq!(paths.find(id.inside.unwrap(), "#text").slot, Some(Slot::EventId));
    }

    #[test]
    fn names_that_follow_each_other_may_be_one_with_dots() {
        let paths = paths();
        let reach = |names: &[&str]| {
            let (last, objects) = names.split_last().unwrap();
            let inside = objects.iter().fold(ROOT, |at, name| paths.find(at, name).inside.unwrap());
            paths.find(inside, last).slot
        };
        for names in [
            vec!["process", "parent", "pid"],
            vec!["process.parent", "pid"],
            vec!["process", "parent.pid"],
            vec!["process.parent.pid"],
        ] {
            assert_eq!(reach(&names), Some(Slot::EcsParentPid), "{names:?}");
        }
        for names in [
            vec!["winlog", "event_data", "Image"],
            vec!["winlog.event_data", "Image"],
            vec!["winlog", "event_data.Image"],
            vec!["winlog.event_data.Image"],
            vec!["event_data.Image"],
        ] {
            assert_eq!(reach(&names), Some(Slot::Image), "{names:?}");
        }
        // The two have the same ends and length.
        assert_eq!(reach(&["winlog.event_data.SourceProcessId"]), Some(Slot::SourceProcessId));
        assert_eq!(reach(&["winlog.event_data.TargetProcessId"]), Some(Slot::TargetProcessId));
        assert_eq!(reach(&["winlog.computer_name"]), Some(Slot::Host));
    }

    #[test]
    fn other_members_lead_nowhere() {
        assert!(paths().find(ROOT, "Message").is_nothing());
        assert!(paths().find(ROOT, "").is_nothing());
        assert!(paths().find(ROOT, "winlog.event_data.Message").is_nothing());
        assert!(paths().find(ROOT, "data.Image").is_nothing());
    }

    #[test]
    fn a_member_is_found_at_the_first_looks() {
        let paths = paths();
        let entries = paths.table.iter().enumerate().filter_map(|(at, e)| Some((at, e.as_ref()?)));
        let steps: Vec<_> = entries.map(|(at, entry)| (at + TABLE - entry.key.place()) % TABLE).collect();
        let total: usize = steps.iter().sum();
        assert!(total < steps.len() / 2, "{total} steps beyond the first for {} members", steps.len());
        assert!(steps.iter().all(|&steps| steps < 8), "{steps:?}");
        assert!(steps.len() * 3 < TABLE, "{} members", steps.len());
    }

    #[test]
    fn a_name_is_told_from_one_with_the_same_ends() {
        assert_eq!(paths().find(ROOT, "ParentProcessGuid").slot, Some(Slot::ParentProcessGuid));
        assert!(paths().find(ROOT, "ParentPr_cessGuid").is_nothing());
        assert!(paths().find(ROOT, "ParentPrXocessGuid").is_nothing());
        assert!(paths().find(ROOT, &"Image".repeat(100)).is_nothing());
    }
}
