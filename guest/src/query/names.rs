//! The names of the language: what can be asked for, what it can have done, and what can be known of it.
//!
//! Source: the table of SECDO Integrations v1.1, "URL Parameters", in the reading of SPEC section 4, and
//! what the actions mean from there.

use std::fmt;

/// Enums whose variants have names in the language.
macro_rules! names {
    ($(#[$about:meta])* $kind:ident { $($(#[$doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $kind { $($(#[$doc])* $variant,)* }

        impl $kind {
            /// Its name, as the document writes it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

names! {
    /// What a query asks for.
    Entity {
        /// Processes.
        Process = "process",
        /// Registry keys and values.
        Registry = "registry",
        /// Files.
        File = "file",
        /// Connections.
        Network = "network",
        /// Machines.
        Host = "host",
    }
}

names! {
    /// What an entity did, or what was done to it.
    Action {
        /// The process started.
        Run = "run",
        /// The process started another.
        Parent = "parent",
        /// Another started the process.
        Child = "child",
        /// The process was injected into.
        Injection = "injection",
        /// The process injected.
        Injector = "injector",
        /// The file or registry key is there.
        Exists = "exists",
        /// A registry value was set.
        WriteRegistry = "write_registry",
        /// A registry key or value was renamed.
        RenameRegistry = "rename_registry",
        /// A registry key or value was deleted.
        DeleteRegistry = "delete_registry",
        /// A file was created.
        CreateFile = "create_file",
        /// A file was written.
        WriteFile = "write_file",
        /// A file was read.
        ReadFile = "read_file",
        /// A file was deleted.
        DeleteFile = "delete_file",
        /// A file was renamed.
        RenameFile = "rename_file",
        /// A connection that the machine opened.
        OutgoingNetwork = "outgoing_network",
        /// A connection that the machine took.
        IncomingNetwork = "incoming_network",
        /// A connection that failed.
        FailedNetwork = "failed_network",
    }
}

names! {
    /// What can be known of an entity.
    AttributeName {
        /// The file's name without its directory; of a process that of its image.
        FileName = "file_name",
        /// The file's name with its directory; of a process that of its image.
        FilePath = "file_path",
        /// A hash of the process's image.
        ProcessHash = "process_hash",
        /// The process's number.
        Pid = "pid",
        /// The thread's number.
        ThreadId = "thread_id",
        /// Whose process it is.
        Username = "username",
        /// The command line.
        Cmd = "cmd",
        /// The name of the causality group's owner.
        Cgn = "CGN",
        /// The image's signature: one of three values.
        Signed = "signed",
        /// The process instance.
        InstanceId = "instanceId",
        /// The registry key.
        KeyName = "key_name",
        /// What the registry value holds.
        KeyValue = "key_value",
        /// A hash of the file.
        FileHash = "file_hash",
        /// Where the file was before it was renamed.
        OldFilePath = "old_file_path",
        /// The other end's address.
        RemoteIp = "remote_ip",
        /// The other end's port.
        RemotePort = "remote_port",
        /// The other end's name.
        RemoteHost = "remote_host",
        /// The other end's country.
        Country = "country",
        /// The protocol: one of two values.
        AccessType = "access_type",
        /// The machine's own address.
        LocalIp = "local_ip",
        /// The machine's own port.
        LocalPort = "local_port",
        /// The machine's name.
        HostName = "host_name",
        /// The machine's address.
        HostIp = "host_ip",
    }
}

/// What can be asked about one entity.
struct Legal {
    actions: &'static [Action],
    attributes: &'static [AttributeName],
}

impl Entity {
    /// Every entity, in the document's order.
    pub const ALL: [Self; 5] = [Self::Process, Self::Registry, Self::File, Self::Network, Self::Host];

    /// What it can have done, in the document's order.
    #[must_use]
    pub const fn actions(self) -> &'static [Action] {
        self.legal().actions
    }

    /// What can be known of it, in the document's order.
    #[must_use]
    pub const fn attributes(self) -> &'static [AttributeName] {
        self.legal().attributes
    }

    const fn legal(self) -> Legal {
        use Action as A;
        use AttributeName as N;
        match self {
            Self::Process => Legal {
                actions: &[A::Run, A::Parent, A::Child, A::Injection, A::Injector],
                attributes: &[
                    N::FileName,
                    N::FilePath,
                    N::ProcessHash,
                    N::Pid,
                    N::ThreadId,
                    N::Username,
                    N::Cmd,
                    N::Cgn,
                    N::Signed,
                    N::InstanceId,
                ],
            },
            Self::Registry => Legal {
                actions: &[A::Exists, A::WriteRegistry, A::RenameRegistry, A::DeleteRegistry],
                attributes: &[N::KeyName, N::KeyValue, N::ThreadId, N::InstanceId],
            },
            Self::File => Legal {
                actions: &[A::Exists, A::CreateFile, A::WriteFile, A::ReadFile, A::DeleteFile, A::RenameFile],
                attributes: &[
                    N::FileName,
                    N::FilePath,
                    N::FileHash,
                    N::OldFilePath,
                    N::ThreadId,
                    N::InstanceId,
                ],
            },
            Self::Network => Legal {
                actions: &[A::OutgoingNetwork, A::IncomingNetwork, A::FailedNetwork],
                attributes: &[
                    N::RemoteIp,
                    N::RemotePort,
                    N::RemoteHost,
                    N::Country,
                    N::AccessType,
                    N::LocalIp,
                    N::LocalPort,
                    N::ThreadId,
                    N::InstanceId,
                ],
            },
            Self::Host => Legal { actions: &[], attributes: &[N::HostName, N::HostIp] },
        }
    }
}

impl AttributeName {
    /// The only values that it has, each with its meaning; empty where any text may be.
    #[must_use]
    pub const fn choices(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Signed => &[("0", "signed"), ("1", "unsigned"), ("2", "invalid signature")],
            Self::AccessType => &[("tcp", "TCP"), ("udp", "UDP")],
            _ => &[],
        }
    }

    /// The greatest number that it has; `None` where it has none.
    pub(super) const fn greatest(self) -> Option<u32> {
        match self {
            Self::Pid | Self::ThreadId => Some(u32::MAX),
            Self::RemotePort | Self::LocalPort => Some(65_535),
            _ => None,
        }
    }

    /// Whether its values are IP addresses.
    pub(super) const fn is_address(self) -> bool {
        matches!(self, Self::RemoteIp | Self::LocalIp | Self::HostIp)
    }
}
