//! A snapshot's frame: what it is, of which version, how long, and a checksum.
//!
//! `BEGATSNP`, version (u32), length (u64), SHA-256 of the content, content; integers little endian.

use sha2::{Digest, Sha256};

use super::saved::Saved;
use super::state::State;
use crate::error::{Error, SnapshotError};

/// The format that this component writes. It reads this one and all before it.
pub const SNAPSHOT_VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"BEGATSNP";
const HEADER: usize = 8 + 4 + 8 + 32;

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// The state as bytes.
pub(super) fn write(state: &State) -> Vec<u8> {
    // Plain data always encodes; an empty content would be refused by `read`.
    let content = postcard::to_allocvec(&state.save()).unwrap_or_default();
    let mut bytes = Vec::with_capacity(HEADER + content.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&SNAPSHOT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&Sha256::digest(&content));
    bytes.extend_from_slice(&content);
    bytes
}

/// The state that these bytes hold, with what they do not hold of the state that it replaces: seed and key.
pub(super) fn read(bytes: &[u8], into: &State) -> Result<State, Error> {
    if !bytes.starts_with(MAGIC) {
        return Err(SnapshotError::NotASnapshot.into());
    }
    let found = bytes.len() as u64;
    let header = bytes.get(MAGIC.len()..HEADER).unwrap_or_default();
    let Some((version, rest)) = header.split_first_chunk::<4>() else {
        return Err(SnapshotError::WrongLength { expected: HEADER as u64, found }.into());
    };
    let version = u32::from_le_bytes(*version);
    if version != SNAPSHOT_VERSION {
        return Err(SnapshotError::NewerVersion(version).into());
    }
    let (length, checksum) = rest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    let content = bytes.get(HEADER..).unwrap_or_default();
    let expected = u64::from_le_bytes(*length).saturating_add(HEADER as u64);
    if found != expected {
        return Err(SnapshotError::WrongLength { expected, found }.into());
    }
    if Sha256::digest(content).as_slice() != checksum {
        return Err(SnapshotError::WrongChecksum.into());
    }
    let saved: Saved =
        postcard::from_bytes(content).map_err(|e| SnapshotError::Inconsistent(e.to_string()))?;
    into.check_key_of(&saved.config()?, !saved.hosts.is_empty())?;
    State::load(&saved, into.config.secrets())
}
