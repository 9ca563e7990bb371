//! One image's counts in one scope: how often it ran, and with which values.

use super::Contribution;
use crate::engine::strings::Sym;

/// The fields of a profile that are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub enum Field {
    /// The directory that it ran from.
    Path,
    /// Its parent's file name.
    Parent,
    /// Its grandparent's file name.
    Grandparent,
    /// Its executable's SHA-256.
    Sha256,
    /// Its executable's SHA-1.
    Sha1,
    /// Its executable's MD5.
    Md5,
}

/// How many fields there are.
pub const FIELDS: usize = 6;

impl Field {
    /// Every field, each at the place of its own number.
    pub const ALL: [Self; FIELDS] =
        [Self::Path, Self::Parent, Self::Grandparent, Self::Sha256, Self::Sha1, Self::Md5];

    /// The name in the contract's `field-score`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Parent => "parent",
            Self::Grandparent => "grandparent",
            Self::Sha256 | Self::Sha1 | Self::Md5 => "hash",
        }
    }
}

/// How often a value was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The value.
    pub value: Sym,
    /// Executions that had it.
    pub executions: u64,
    /// Distinct hosts on which it was seen.
    pub hosts: u32,
}

/// The counts of one image.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// How often it ran.
    pub executions: u64,
    /// Distinct hosts that ran it.
    pub hosts: u32,
    known: [u64; FIELDS],
    values: [Values; FIELDS],
}

/// A field's values. Most images have one value on most hosts, which then needs no memory of its own.
#[derive(Debug, Clone, Default)]
enum Values {
    #[default]
    None,
    One(Count),
    Many(Vec<Count>),
}

impl Values {
    fn as_slice(&self) -> &[Count] {
        match self {
            Self::None => &[],
            Self::One(count) => std::slice::from_ref(count),
            Self::Many(counts) => counts,
        }
    }

    fn as_mut_slice(&mut self) -> &mut [Count] {
        match self {
            Self::None => &mut [],
            Self::One(count) => std::slice::from_mut(count),
            Self::Many(counts) => counts,
        }
    }

    fn push(&mut self, count: Count) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(count),
            Self::One(first) => Self::Many(vec![first, count]),
            Self::Many(mut counts) => {
                counts.push(count);
                Self::Many(counts)
            }
        };
    }

    fn swap_remove(&mut self, at: usize) {
        match self {
            Self::Many(counts) => {
                counts.swap_remove(at);
            }
            _ => *self = Self::None,
        }
    }
}

/// What of a contribution was new to a host, or is now gone from it: larger scopes change their numbers
/// of distinct hosts by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edge {
    /// The image itself.
    pub image: bool,
    /// Its value in each field.
    pub values: [bool; FIELDS],
}

/// Whose counts are changed.
#[derive(Debug, Clone, Copy)]
pub enum Reach {
    /// One host's own: whatever is present is on one host.
    OneHost,
    /// A larger scope's, and what the change was on the host itself.
    Larger(Edge),
}

impl Reach {
    fn change(self, kept: u32, index: Option<usize>) -> u32 {
        match self {
            Self::OneHost => 1,
            Self::Larger(edge) => kept + u32::from(edge.at(index)),
        }
    }

    fn undo(self, kept: u32, index: Option<usize>) -> u32 {
        match self {
            Self::OneHost => kept,
            Self::Larger(edge) => kept.saturating_sub(u32::from(edge.at(index))),
        }
    }
}

impl Edge {
    /// Of a field's value, or of the image itself.
    fn at(self, index: Option<usize>) -> bool {
        match index {
            Some(index) => self.values.get(index).copied().unwrap_or(false),
            None => self.image,
        }
    }
}

impl Counts {
    /// Executions in which the field was known: the denominator.
    #[must_use]
    pub fn known(&self, field: Field) -> u64 {
        self.known.get(field as usize).copied().unwrap_or(0)
    }

    /// A field's values, in no particular order.
    #[must_use]
    pub fn values(&self, field: Field) -> &[Count] {
        self.values.get(field as usize).map_or(&[], Values::as_slice)
    }

    /// A value's count; zero for one never seen.
    #[must_use]
    pub fn count(&self, field: Field, value: Sym) -> Count {
        let never = Count { value, executions: 0, hosts: 0 };
        self.values(field).iter().find(|c| c.value == value).copied().unwrap_or(never)
    }

    /// Adds `times` equal executions. Returns what is new here, and how many values found no room.
    pub fn add(&mut self, added: &Contribution, times: u64, reach: Reach, room: usize) -> (Edge, u64) {
        let mut new = Edge { image: self.executions == 0, values: [false; FIELDS] };
        let mut turned_away = 0;
        self.executions += times;
        self.hosts = reach.change(self.hosts, None);
        for (index, &value) in added.values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
            let (Some(known), Some(values)) = (self.known.get_mut(index), self.values.get_mut(index)) else {
                continue;
            };
            *known += times;
            if let Some(count) = values.as_mut_slice().iter_mut().find(|c| c.value == value) {
                count.executions += times;
                count.hosts = reach.change(count.hosts, Some(index));
            } else if values.as_slice().len() < room {
                values.push(Count { value, executions: times, hosts: reach.change(0, Some(index)) });
                if let Some(flag) = new.values.get_mut(index) {
                    *flag = true;
                }
            } else {
                turned_away += times;
            }
        }
        (new, turned_away)
    }

    /// Takes one execution out again, exactly. Returns what is gone from here.
    pub fn remove(&mut self, removed: &Contribution, reach: Reach) -> Edge {
        self.executions = self.executions.saturating_sub(1);
        self.hosts = reach.undo(self.hosts, None);
        let mut gone = Edge { image: self.executions == 0, values: [false; FIELDS] };
        for (index, &value) in removed.values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
            let (Some(known), Some(values)) = (self.known.get_mut(index), self.values.get_mut(index)) else {
                continue;
            };
            *known = known.saturating_sub(1);
            let Some(at) = values.as_slice().iter().position(|c| c.value == value) else { continue };
            let Some(count) = values.as_mut_slice().get_mut(at) else { continue };
            count.executions = count.executions.saturating_sub(1);
            count.hosts = reach.undo(count.hosts, Some(index));
            if count.executions == 0 {
                values.swap_remove(at);
                if let Some(flag) = gone.values.get_mut(index) {
                    *flag = true;
                }
            }
        }
        gone
    }
}
