//! What a process did, or what its host recorded of it.

use super::{Actor, Hashes};

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<'r> {
    /// It started.
    Start {
        /// What started it.
        parent: Actor<'r>,
        /// Its command line.
        command_line: Option<&'r str>,
        /// Its parent's command line.
        parent_command_line: Option<&'r str>,
        /// Whether the record's user is surely the one that it runs as, and not perhaps who started it.
        runs_as_user: bool,
        /// Its executable's hashes.
        hashes: Hashes<'r>,
        /// The logon session that it belongs to, `0x3e7`.
        logon: Option<&'r str>,
        /// Whether its executable is signed.
        signature: Option<Signature>,
    },
    /// It ended.
    End,
    /// It made or accepted a connection.
    Connect(Connection<'r>),
    /// It started a thread in another process.
    RemoteThread {
        /// The other process.
        target: Actor<'r>,
        /// Where the thread began.
        function: Option<&'r str>,
        /// The new thread's id.
        thread: Option<u32>,
    },
    /// It opened another process.
    Access {
        /// The other process.
        target: Actor<'r>,
        /// The rights it was granted.
        mask: Option<u32>,
    },
    /// It did something to a file.
    File {
        /// What.
        change: FileChange,
        /// The file; of a renamed one its new path.
        path: Option<&'r str>,
        /// The path of before.
        old_path: Option<&'r str>,
        /// The file's hashes.
        hashes: Hashes<'r>,
    },
    /// It did something to the registry.
    Registry {
        /// What.
        change: RegistryChange,
        /// Key, or key and value name.
        key: Option<&'r str>,
        /// What was written, or the new name.
        data: Option<&'r str>,
    },
    /// It asked for a name.
    Lookup {
        /// The name.
        name: Option<&'r str>,
        /// The answer as the sensor has it.
        answer: Option<&'r str>,
    },
    /// It loaded a library, or its own executable.
    ImageLoad {
        /// The file.
        path: Option<&'r str>,
        /// Its hashes.
        hashes: Hashes<'r>,
        /// Whether it is signed.
        signature: Option<Signature>,
    },
    /// Somebody logged on.
    Logon(Logon<'r>),
    /// A logon session ended.
    Logoff {
        /// The session.
        id: Option<&'r str>,
    },
    /// It used other credentials than its own.
    Credentials {
        /// Where.
        server: Option<&'r str>,
        /// Whose.
        user: Option<(&'r str, &'r str)>,
    },
    /// A service was installed.
    Service {
        /// Its name.
        name: Option<&'r str>,
        /// Its command line.
        command: Option<&'r str>,
        /// The account that it runs under.
        account: Option<&'r str>,
        /// The logon session that asked for it.
        logon: Option<&'r str>,
    },
    /// A scheduled task was created or changed.
    Task {
        /// Its path among the tasks.
        name: Option<&'r str>,
        /// Its definition, XML.
        content: Option<&'r str>,
        /// It was there before.
        changed: bool,
        /// The logon session that asked for it.
        logon: Option<&'r str>,
    },
    /// The sensor itself stopped, changed or failed: what it missed is not known.
    SensorGap,
    /// Something that the model does not look into.
    Other,
}

/// A connection, from the side that recorded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Connection<'r> {
    /// Local end.
    pub local: (Option<&'r str>, Option<u16>),
    /// Remote end.
    pub remote: (Option<&'r str>, Option<u16>),
    /// Whether this side opened it.
    pub initiated: Option<bool>,
    /// It did not come about: refused or blocked.
    pub failed: bool,
    /// TCP or UDP.
    pub transport: Option<Transport>,
    /// What the sensor calls the other side.
    pub remote_name: Option<&'r str>,
    /// The other side's country, as the record has it.
    pub country: Option<&'r str>,
}

/// `access_type` of the query language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Transport {
    Tcp,
    Udp,
}

impl Transport {
    /// The transport of a name, or of its number in IP.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "6" => Some(Self::Tcp),
            "17" => Some(Self::Udp),
            _ if text.eq_ignore_ascii_case("tcp") => Some(Self::Tcp),
            _ if text.eq_ignore_ascii_case("udp") => Some(Self::Udp),
            _ => None,
        }
    }
}

/// What is known of an executable's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Signature {
    /// Signed, and the signature holds.
    Valid,
    /// Not signed.
    None,
    /// Signed, and the signature does not hold.
    Invalid,
}

/// What was done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum FileChange {
    Create,
    Write,
    Read,
    Delete,
    Rename,
    /// The record does not say.
    Touch,
}

/// What was done to a key or a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum RegistryChange {
    /// A key was created or a value set.
    Write,
    Rename,
    Delete,
    /// The record does not say, or it was only read.
    Touch,
}

/// A logon session that began (Windows Security 4624).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Logon<'r> {
    /// The session, `0xca4210`.
    pub id: Option<&'r str>,
    /// The type: 2 interactive, 3 network, 5 service, 10 remote interactive.
    pub kind: Option<u32>,
    /// Who.
    pub user: Option<(&'r str, &'r str)>,
    /// His SID.
    pub sid: Option<&'r str>,
    /// From where.
    pub address: Option<&'r str>,
    /// And from which port.
    pub port: Option<u16>,
}
