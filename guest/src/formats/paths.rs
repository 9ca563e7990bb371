//! The tables of [`super::fields`] as a tree that a parser can walk: in this object, what does this
//! member lead to?

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
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self.slot.is_none() && self.inside.is_none()
    }
}

/// The tree, as one open-addressed table of (object, member) pairs.
///
/// Of our own because it is probed for every member of every line: two loads and a comparison, no
/// hashing of whole keys. The members of a line are chosen by others, but only these few are stored.
pub struct Paths {
    table: Vec<Option<Entry>>,
}

struct Entry {
    context: Context,
    name: &'static str,
    node: Node,
}

/// Twice as many as there are entries, so that a probe for an absent member ends soon.
const TABLE: usize = 1024;

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
        let mut at = place(context, name);
        while let Some(Some(entry)) = self.table.get(at) {
            if entry.context == context && entry.name == name {
                return entry.node;
            }
            at = (at + 1) % TABLE;
        }
        Node::default()
    }

    fn build() -> Self {
        let mut paths = Self { table: (0..TABLE).map(|_| None).collect() };
        let mut contexts = vec![""];
        for root in EVENT_DATA_ROOTS {
            for &(name, slot) in EVENT_DATA {
                let inside = paths.enter_all(&mut contexts, root);
                paths.node(inside, name).slot = Some(slot);
            }
        }
        for &(path, slot) in ENVELOPE.iter().chain(ECS) {
            let cut = path.rfind('.').map_or(0, |at| at + 1);
            let (root, name) = path.split_at(cut);
            let inside = paths.enter_all(&mut contexts, root);
            paths.node(inside, name).slot = Some(slot);
        }
        // The same names with their dots, at the top.
        for &(path, slot) in ECS {
            paths.node(ROOT, path).slot = Some(slot);
        }
        paths
    }

    /// The object at `root` (`winlog.event_data.`), made where it is missing.
    fn enter_all(&mut self, contexts: &mut Vec<&'static str>, root: &'static str) -> Context {
        let mut context = ROOT;
        for (at, _) in root.match_indices('.') {
            let path = root.get(..at).unwrap_or_default();
            let name = path.rsplit('.').next().unwrap_or_default();
            let known = contexts.iter().position(|&c| c == path).unwrap_or_else(|| {
                contexts.push(path);
                contexts.len() - 1
            });
            let inside = Context::try_from(known).unwrap_or(ROOT);
            self.node(context, name).inside = Some(inside);
            context = inside;
        }
        context
    }

    fn node(&mut self, context: Context, name: &'static str) -> &mut Node {
        let mut at = place(context, name);
        while let Some(Some(entry)) = self.table.get(at) {
            if entry.context == context && entry.name == name {
                break;
            }
            at = (at + 1) % TABLE;
        }
        #[allow(clippy::indexing_slicing, reason = "`at` is taken modulo the table's length")]
        let entry = &mut self.table[at];
        &mut entry.get_or_insert(Entry { context, name, node: Node::default() }).node
    }
}

/// Where a pair is looked for first: its two ends and its length, mixed.
fn place(context: Context, name: &str) -> usize {
    let bytes = name.as_bytes();
    let (first, last) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => (bytes.iter().fold(0, |all, &b| all << 8 | u64::from(b)), 0),
    };
    let mixed = (first ^ u64::from(context) << 56)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(last ^ bytes.len() as u64)
        .wrapping_mul(0xD6E8_FEB8_6659_FD93);
    usize::try_from(mixed >> 54).unwrap_or(0) % TABLE
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
    fn ecs_is_found_nested_and_dotted() {
        let paths = paths();
        assert_eq!(paths.find(ROOT, "process.parent.pid").slot, Some(Slot::EcsParentPid));
        let process = paths.find(ROOT, "process").inside.unwrap();
        let parent = paths.find(process, "parent").inside.unwrap();
        assert_eq!(paths.find(parent, "pid").slot, Some(Slot::EcsParentPid));
    }

    #[test]
    fn other_members_lead_nowhere() {
        assert!(paths().find(ROOT, "Message").is_nothing());
        assert!(paths().find(ROOT, "").is_nothing());
    }
}
