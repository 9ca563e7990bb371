//! What a pack says of itself.

use super::PACK_VERSION;
use super::frame::Digests;
use super::key::KeyId;

/// What a pack says of itself, as in the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackInfo {
    /// The format's version.
    pub version: u32,
    /// Names the key of its hosts' hashes; empty for a stripped pack.
    pub key_id: String,
    /// Starts counted.
    pub executions: u64,
    /// Distinct hosts.
    pub hosts: u64,
    /// Whether that number, or any in it, is an estimate.
    pub estimated: bool,
    /// Distinct images.
    pub images: u64,
    /// Images, and their values by field.
    pub rows: u64,
    /// Length in bytes.
    pub size: u64,
    /// SHA-256 of the whole, in hexadecimal.
    pub sha256: String,
}

/// The same of its content alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) key: Option<KeyId>,
    pub(super) executions: u64,
    pub(super) hosts: u64,
    pub(super) estimated: bool,
    pub(super) images: u64,
    pub(super) rows: u64,
}

impl Summary {
    /// With what its bytes say.
    pub(super) fn of(self, bytes: &[u8], digests: &Digests) -> PackInfo {
        PackInfo {
            version: PACK_VERSION,
            key_id: self.key.map(|id| id.to_string()).unwrap_or_default(),
            executions: self.executions,
            hosts: self.hosts,
            estimated: self.estimated,
            images: self.images,
            rows: self.rows,
            size: bytes.len() as u64,
            sha256: digests.whole.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}
