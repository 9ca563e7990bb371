//! A pack's frame: what it is, of which version, how long, and a checksum.
//!
//! `BEGATPCK`, version (u32), length of the content (u64), content, SHA-256 of all before it; integers little
//! endian.

use sha2::{Digest, Sha256};

use super::PACK_VERSION;
use super::cursor::{Cursor, fault};
use crate::error::Error;

const MAGIC: &[u8; 8] = b"BEGATPCK";
const VERSION_AT: usize = MAGIC.len();
const LENGTH_AT: usize = VERSION_AT + 4;
/// What stands before the content.
pub(super) const HEADER: usize = LENGTH_AT + 8;
const CHECKSUM: usize = 32;

/// Checks a pack's frame; gives what stands before the checksum.
pub(super) fn check_frame(bytes: &[u8]) -> Result<(&[u8], Digests), Error> {
    if !bytes.starts_with(MAGIC) {
        return Err(fault(0, "this is no baseline pack"));
    }
    let mut cursor = Cursor::at(bytes, VERSION_AT);
    let version = u32::from_le_bytes(cursor.array("the header")?);
    if version > PACK_VERSION {
        let message =
            format!("version {version} is newer than this component reads, which is {PACK_VERSION}");
        return Err(fault(VERSION_AT, message));
    }
    if version == 0 {
        return Err(fault(VERSION_AT, "there is no version 0"));
    }
    let length = u64::from_le_bytes(cursor.array("the header")?);
    let expected = length.saturating_add(CHECKSUM as u64);
    let found = cursor.left() as u64;
    if found < expected {
        let message = format!("the pack ends here, {} bytes are missing", expected - found);
        return Err(fault(bytes.len(), message));
    }
    if found > expected {
        let message = format!("the content should have {length} bytes, and has {} more", found - expected);
        return Err(fault(LENGTH_AT, message));
    }
    let Some((framed, checksum)) = bytes.split_last_chunk::<CHECKSUM>() else {
        return Err(fault(bytes.len(), "the checksum is missing"));
    };
    let digests = Digests::of(framed);
    if digests.checksum != *checksum {
        return Err(fault(framed.len(), "the checksum does not fit what stands before it"));
    }
    Ok((framed, digests))
}

/// The frame, once the content stands behind an empty header.
pub(super) fn put_frame(out: &mut Vec<u8>) -> Digests {
    let length = out.len().saturating_sub(HEADER) as u64;
    let fields = [MAGIC.as_slice(), &PACK_VERSION.to_le_bytes(), &length.to_le_bytes()];
    out.iter_mut().zip(fields.into_iter().flatten()).for_each(|(to, from)| *to = *from);
    let digests = Digests::of(out);
    out.extend_from_slice(&digests.checksum);
    digests
}

/// The checksum that ends a pack, and the digest of the whole with it: taken in one pass over the
/// bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Digests {
    checksum: [u8; CHECKSUM],
    pub(super) whole: [u8; CHECKSUM],
}

impl Digests {
    /// Of a pack without its checksum.
    fn of(bytes: &[u8]) -> Self {
        let mut digest = Sha256::new_with_prefix(bytes);
        let checksum: [u8; CHECKSUM] = digest.clone().finalize().into();
        digest.update(checksum);
        Self { checksum, whole: digest.finalize().into() }
    }
}
