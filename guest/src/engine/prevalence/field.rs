//! The fields of a profile that are counted.

/// A field.
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
