//! The fields of a profile that are counted.

/// A field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
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
    /// Its children's file names: a list.
    Children,
    /// The ports that it used: a list.
    NetworkPorts,
}

/// How many fields have one value.
pub const FIELDS: usize = 6;

/// How many fields are lists.
pub const LISTS: usize = 2;

/// How many fields there are.
pub const ALL_FIELDS: usize = FIELDS + LISTS;

impl Field {
    /// Every field that has one value, each at the place of its own number.
    pub const ALL: [Self; FIELDS] =
        [Self::Path, Self::Parent, Self::Grandparent, Self::Sha256, Self::Sha1, Self::Md5];

    /// Every list, in the order of their numbers, which follow the others'.
    pub const LISTS: [Self; LISTS] = [Self::Children, Self::NetworkPorts];

    /// The name in the contract's `field-score`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Parent => "parent",
            Self::Grandparent => "grandparent",
            Self::Sha256 | Self::Sha1 | Self::Md5 => "hash",
            Self::Children => "children",
            Self::NetworkPorts => "network_ports",
        }
    }
}
