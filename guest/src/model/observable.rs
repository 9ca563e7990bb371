//! What an alert is about: hosts, users, addresses, ... each in one form, so that equal things are equal.

use crate::text::{address, digest, domain, path, user};

/// The kinds, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ObservableKind {
    Host,
    User,
    Address,
    Domain,
    Url,
    Hash,
    File,
    Email,
}

impl ObservableKind {
    /// Every kind.
    pub const ALL: [Self; 8] =
        [Self::Host, Self::User, Self::Address, Self::Domain, Self::Url, Self::Hash, Self::File, Self::Email];

    /// The name in answers and options.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::User => "user",
            Self::Address => "address",
            Self::Domain => "domain",
            Self::Url => "url",
            Self::Hash => "hash",
            Self::File => "file",
            Self::Email => "email",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Something that an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Observable {
    /// What it is.
    pub kind: ObservableKind,
    /// In its one form; never empty.
    pub value: String,
    /// What it is to the alert.
    pub role: Role,
}

/// What an observable is to its alert.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Role {
    /// Where it came from.
    Source,
    /// Where it went, or what was attacked.
    Destination,
    /// The alert does not say.
    #[default]
    Related,
}

impl Role {
    /// The name in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Related => "related",
        }
    }
}

impl Observable {
    /// What people call it for short: `dc01` is `dc01.corp.example`, and `anna` is `corp\anna`.
    #[must_use]
    pub fn short(&self) -> Option<&str> {
        match self.kind {
            ObservableKind::Host => self.value.split_once('.').map(|(short, _)| short),
            ObservableKind::User => self.value.rsplit_once('\\').map(|(_, name)| name),
            _ => None,
        }
    }

    /// Brings a text to the one form of its kind. `None` for what never names anything (SPEC section 0):
    /// placeholders, loopback and link-local addresses, built-in accounts, the empty file's hashes, bare file
    /// names, and what is no value of this kind at all.
    #[must_use]
    pub fn new(kind: ObservableKind, text: &str, role: Role) -> Option<Self> {
        let text = text.trim();
        // What stands for no file is a user's SID.
        if kind != ObservableKind::User && path::is_placeholder(text) {
            return None;
        }
        let value = match kind {
            ObservableKind::Host => domain::host(text)?,
            ObservableKind::User => user::canonical(text)?,
            ObservableKind::Address => address::canonical(text)?,
            ObservableKind::Domain => domain::canonical(text)?,
            ObservableKind::Url => domain::url(text)?,
            ObservableKind::Hash => digest::canonical(text)?,
            ObservableKind::File => path::whole(text)?,
            ObservableKind::Email => user::email(text)?,
        };
        Some(Self { kind, value, role })
    }
}
