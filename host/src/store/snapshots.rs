//! A snapshot's file: what it covers, what the host knows beside it, and the component's state.
//!
//! ```text
//! "begat-snapshot 2\n" | length of the header u32 | its crc32 u32 | header, JSON | state, zstd
//! ```
//!
//! The checksums do not cover the version. A later version takes its number into them, so that no file of its passes
//! those of this one: where another number stands before a rest that does, the number is what is damaged.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::StoreError;

const MAGIC: &[u8] = b"begat-snapshot ";
const VERSION: u32 = 2;
const LEVEL: i32 = 1;

/// A state, and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last command that it holds; 0 for none.
    pub sequence: u64,
    /// What the host keeps for this tenant; the store does not look into it.
    pub host: serde_json::Value,
    /// As the component wrote it.
    pub state: Vec<u8>,
    /// Nothing older may stay beside it. A death can leave some: who takes the tenant next removes that first.
    pub alone: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    sequence: u64,
    size: u64,
    sha256: String,
    /// Of the state as it is stored.
    crc32: u32,
    host: serde_json::Value,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    alone: bool,
}

impl Snapshot {
    /// As a file. Equal snapshots are equal files.
    pub(super) fn to_bytes(&self, alone: bool) -> std::io::Result<Vec<u8>> {
        let stored = zstd::bulk::compress(&self.state, LEVEL)?;
        let header = Header {
            sequence: self.sequence,
            size: u64::try_from(self.state.len()).unwrap_or(u64::MAX),
            sha256: sha256(&self.state),
            crc32: crc32fast::hash(&stored),
            host: self.host.clone(),
            alone,
        };
        let header = serde_json::to_vec(&header)?;
        let length =
            u32::try_from(header.len()).map_err(|_| std::io::Error::other("a header of over 4 GiB"))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(format!("{VERSION}\n").bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(crc32fast::hash(&header).to_le_bytes());
        bytes.extend(header);
        bytes.extend(stored);
        Ok(bytes)
    }

    /// Reads one, and checks all of it.
    pub(super) fn of_bytes(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        let damaged = |why: &str| StoreError::Snapshot { path: path.to_owned(), why: why.to_owned() };
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| damaged("it does not begin like one"))?;
        let line = rest.iter().take(12).position(|&byte| byte == b'\n');
        let (version, rest) = line
            .and_then(|end| {
                Some((std::str::from_utf8(rest.get(..end)?).ok()?.parse::<u32>().ok()?, rest.get(end + 1..)?))
            })
            .ok_or_else(|| damaged("its version cannot be read"))?;
        let read = Self::of_rest(rest, damaged);
        match (version, &read) {
            (VERSION, _) => read,
            (_, Ok(_)) => Err(damaged("the number of its version is another one's")),
            (VERSION.., _) => {
                Err(StoreError::NewerFile { path: path.to_owned(), found: version, known: VERSION })
            }
            _ => Err(damaged("there was no such version")),
        }
    }

    /// What stands behind the version.
    fn of_rest(rest: &[u8], damaged: impl Fn(&str) -> StoreError) -> Result<Self, StoreError> {
        let short = || damaged("it is cut short");
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(short)?;
        let (checksum, rest) = rest.split_first_chunk::<4>().ok_or_else(short)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (header, state) = rest.split_at_checked(length).ok_or_else(short)?;
        if crc32fast::hash(header) != u32::from_le_bytes(*checksum) {
            return Err(damaged("the checksum of its header does not fit"));
        }
        let header: Header = serde_json::from_slice(header).map_err(|error| damaged(&error.to_string()))?;
        let misfit = || damaged("the checksum of its state does not fit");
        if crc32fast::hash(state) != header.crc32 {
            return Err(misfit());
        }
        let size = usize::try_from(header.size).unwrap_or(usize::MAX);
        let state = zstd::stream::decode_all(state).map_err(|error| damaged(&error.to_string()))?;
        if state.len() != size || sha256(&state) != header.sha256 {
            return Err(misfit());
        }
        Ok(Self { sequence: header.sequence, host: header.host, state, alone: header.alone })
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn snapshot(sequence: u64, state: Vec<u8>) -> Snapshot {
        Snapshot { sequence, host: serde_json::json!({"a": [1]}), state, alone: sequence.is_multiple_of(2) }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(sequence: u64, state in prop::collection::vec(any::<u8>(), 0..300)) {
            let written = snapshot(sequence, state);
            let bytes = written.to_bytes(written.alone).unwrap();
            prop_assert_eq!(Snapshot::of_bytes(&bytes, Path::new("s")).unwrap(), written);
        }

        #[test]
        fn a_changed_byte_is_seen_wherever_it_stands(
            state in prop::collection::vec(any::<u8>(), 0..300), place in any::<prop::sample::Index>(), flip in 1_u8..,
        ) {
            let mut bytes = snapshot(7, state).to_bytes(false).unwrap();
            let place = place.index(bytes.len());
            bytes[place] ^= flip;
            let read = Snapshot::of_bytes(&bytes, Path::new("s"));
            prop_assert!(matches!(&read, Err(StoreError::Snapshot { .. })), "{:?}", read);
        }

        #[test]
        fn a_cut_is_seen(state in prop::collection::vec(any::<u8>(), 0..300), length in any::<prop::sample::Index>()) {
            let bytes = snapshot(7, state).to_bytes(false).unwrap();
            let length = length.index(bytes.len());
            let read = Snapshot::of_bytes(&bytes[..length], Path::new("s"));
            prop_assert!(matches!(&read, Err(StoreError::Snapshot { .. })), "{:?}", read);
        }
    }
}
