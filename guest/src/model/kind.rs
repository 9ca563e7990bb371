//! What kind of thing a record tells of.

/// The kinds of the contract, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kind {
    ProcessStart,
    ProcessEnd,
    NetworkConnection,
    DriverLoad,
    ImageLoad,
    RemoteThread,
    RawRead,
    ProcessAccess,
    FileCreate,
    FileTime,
    FileStream,
    FileDelete,
    Registry,
    Pipe,
    Wmi,
    DnsQuery,
    ProcessTampering,
    Alert,
    Other,
}

impl Kind {
    /// Every kind, each at the place of its own number.
    pub const ALL: [Self; 19] = [
        Self::ProcessStart,
        Self::ProcessEnd,
        Self::NetworkConnection,
        Self::DriverLoad,
        Self::ImageLoad,
        Self::RemoteThread,
        Self::RawRead,
        Self::ProcessAccess,
        Self::FileCreate,
        Self::FileTime,
        Self::FileStream,
        Self::FileDelete,
        Self::Registry,
        Self::Pipe,
        Self::Wmi,
        Self::DnsQuery,
        Self::ProcessTampering,
        Self::Alert,
        Self::Other,
    ];

    /// The name in annotations and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProcessStart => "process-start",
            Self::ProcessEnd => "process-end",
            Self::NetworkConnection => "network-connection",
            Self::DriverLoad => "driver-load",
            Self::ImageLoad => "image-load",
            Self::RemoteThread => "remote-thread",
            Self::RawRead => "raw-read",
            Self::ProcessAccess => "process-access",
            Self::FileCreate => "file-create",
            Self::FileTime => "file-time",
            Self::FileStream => "file-stream",
            Self::FileDelete => "file-delete",
            Self::Registry => "registry",
            Self::Pipe => "pipe",
            Self::Wmi => "wmi",
            Self::DnsQuery => "dns-query",
            Self::ProcessTampering => "process-tampering",
            Self::Alert => "alert",
            Self::Other => "other",
        }
    }
}
