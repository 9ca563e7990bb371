//! What is kept of an event.

use crate::engine::hosts::HostId;
use crate::engine::numbers::number;
use crate::engine::process::RowId;
use crate::engine::strings::Sym;
use crate::model::{Signature, Transport};

number! {
    /// A fact.
    FactId
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum FactKind {
    /// Texts: command line, logon session.
    Start,
    /// Texts: remote address, local address, remote name, country.
    Network,
    /// Texts of all about files: path, old path, [`hashes`].
    FileCreate,
    FileWrite,
    FileRead,
    FileDelete,
    FileRename,
    FileTouch,
    /// Texts of all about the registry: key, data or new name.
    RegistryWrite,
    RegistryRename,
    RegistryDelete,
    RegistryTouch,
    /// Texts: name, answers.
    Lookup,
    /// Texts: path, -, [`hashes`].
    Load,
    /// Its end.
    End,
    /// A thread in [`Told::other`]. Texts: function; of another that is known by its process id alone his path and
    /// that id.
    Thread,
    /// Texts: session, user, address, SID.
    Logon,
    /// Texts: session.
    Logoff,
    /// Texts: server, user.
    Credentials,
    /// Texts: name, command line, account, session of who asked.
    Service,
    /// Texts: name, command line, -, session of who asked.
    Task,
}

/// Which side opened a connection, and what became of it.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Direction {
    /// The record does not say.
    #[default]
    Unknown,
    Outgoing,
    Incoming,
    Failed,
}

/// What a fact tells: equal for two records of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Told {
    /// Milliseconds since 1970 UTC.
    pub time: i64,
    /// The host as the record names it.
    pub host: HostId,
    pub kind: FactKind,
    pub direction: Direction,
    pub transport: Option<Transport>,
    pub signature: Option<Signature>,
    /// Local and remote, 0 where there is none.
    pub ports: [u16; 2],
    /// Who did it, where the sensor has an id of its own for it.
    pub row: Option<RowId>,
    /// Who did it otherwise; 0 where that is not said.
    pub pid: u32,
    /// His path as the record has it, where `row` is none.
    pub image: Sym,
    /// To whom.
    pub other: Option<RowId>,
    /// The thread's id, the type of a logon, or 1 of a task that was there before.
    pub number: u32,
    /// See [`FactKind`].
    pub texts: [Sym; 4],
}

/// A connection from the side that opened it to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    pub ends: [Sym; 2],
    pub ports: [u16; 2],
    /// The other side recorded it.
    pub is_accepted: bool,
}

/// A fact and the record that told it.
#[derive(Debug, Clone, Copy)]
pub struct Fact {
    pub told: Told,
    /// In the events' own texts.
    pub source: Sym,
    pub line: u64,
}

impl Told {
    /// Of this kind, at this time, on this host, and nothing more.
    #[must_use]
    pub fn new(time: i64, host: HostId, kind: FactKind) -> Self {
        Self {
            time,
            host,
            kind,
            direction: Direction::Unknown,
            transport: None,
            signature: None,
            ports: [0; 2],
            row: None,
            pid: 0,
            image: Sym::EMPTY,
            other: None,
            number: 0,
            texts: [Sym::EMPTY; 4],
        }
    }

    /// Of a connection the ways in which it may have been opened: both where the record does not say which side
    /// that was.
    pub fn ways(&self) -> impl Iterator<Item = Way> + use<> {
        let (remote, local, [near, far]) = (self.text(0), self.text(1), self.ports);
        let outgoing = Way { ends: [local, remote], ports: [near, far], is_accepted: false };
        let incoming = Way { ends: [remote, local], ports: [far, near], is_accepted: true };
        let outgoing = (self.direction != Direction::Incoming).then_some(outgoing);
        outgoing.into_iter().chain((self.direction != Direction::Outgoing).then_some(incoming))
    }

    /// Whether it is a connection whose local end is surely its host's: the record says which end is local, and what
    /// came in need not have been sent to all.
    pub fn shows_own_address(&self) -> bool {
        self.kind == FactKind::Network
            && match self.direction {
                Direction::Outgoing => true,
                Direction::Incoming => self.transport == Some(Transport::Tcp),
                Direction::Failed | Direction::Unknown => false,
            }
    }

    /// Its text at a place of [`FactKind`]'s list.
    #[must_use]
    pub fn text(&self, place: usize) -> Sym {
        self.texts.get(place).copied().unwrap_or(Sym::EMPTY)
    }
}

impl Fact {
    /// Its texts.
    pub(super) fn syms(&self) -> impl Iterator<Item = Sym> + use<> {
        self.told.texts.into_iter().chain([self.told.image, self.source])
    }

    /// The same, to change.
    pub(super) fn syms_mut(&mut self) -> impl Iterator<Item = &mut Sym> {
        self.told.texts.iter_mut().chain([&mut self.told.image, &mut self.source])
    }
}

impl FactKind {
    /// As [`crate::model::Kind`] names it, and beyond.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "process-start",
            Self::Network => "network-connection",
            Self::FileCreate => "file-create",
            Self::FileWrite => "file-write",
            Self::FileRead => "file-read",
            Self::FileDelete => "file-delete",
            Self::FileRename => "file-rename",
            Self::FileTouch => "file-access",
            Self::RegistryWrite | Self::RegistryRename | Self::RegistryDelete | Self::RegistryTouch => {
                "registry"
            }
            Self::Lookup => "dns-query",
            Self::Load => "image-load",
            Self::End => "process-end",
            Self::Thread => "remote-thread",
            Self::Logon => "logon",
            Self::Logoff => "logoff",
            Self::Credentials => "explicit-credentials",
            Self::Service => "service-install",
            Self::Task => "scheduled-task",
        }
    }

    /// Whether it is about a file, and was not about loading it.
    #[must_use]
    pub fn is_file(self) -> bool {
        use FactKind::{FileCreate, FileDelete, FileRead, FileRename, FileTouch, FileWrite};
        matches!(self, FileCreate | FileWrite | FileRead | FileDelete | FileRename | FileTouch)
    }

    /// Whether a file has what the process put there from then on.
    #[must_use]
    pub fn is_write(self) -> bool {
        matches!(self, Self::FileCreate | Self::FileWrite | Self::FileRename)
    }

    /// Whether it is about the registry.
    #[must_use]
    pub fn is_registry(self) -> bool {
        use FactKind::{RegistryDelete, RegistryRename, RegistryTouch, RegistryWrite};
        matches!(self, RegistryWrite | RegistryRename | RegistryDelete | RegistryTouch)
    }
}

/// The hashes of a file's fact, the strongest first; of a text without any that text.
pub fn hashes(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ')
}
