//! The key of a pack's hosts: who does not have it cannot tell which hosts were counted, nor try names.

use sha2::{Digest, Sha256};

use crate::error::Error;

/// SHA-256's block.
const BLOCK: usize = 64;

/// A key of 16 to 64 bytes.
#[derive(Clone)]
pub struct PackKey {
    /// Filled up with zeros, as HMAC wants it.
    block: [u8; BLOCK],
}

/// Names a key without telling it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyId(pub(super) [u8; KeyId::LENGTH]);

impl KeyId {
    /// In bytes.
    pub(super) const LENGTH: usize = 16;
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Never shown.
impl std::fmt::Debug for PackKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PackKey({})", self.id())
    }
}

impl PackKey {
    /// Checks the length.
    pub fn new(key: &[u8]) -> Result<Self, Error> {
        if !(16..=BLOCK).contains(&key.len()) {
            let message = format!("must have 16 to {BLOCK} bytes, not {}", key.len());
            return Err(Error::invalid("key", message));
        }
        let mut block = [0; BLOCK];
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        Ok(Self { block })
    }

    /// What names it.
    pub(super) fn id(&self) -> KeyId {
        KeyId(first(self.hmac(&[b"id of a begat pack's key"])))
    }

    /// The same as text.
    pub(in crate::engine) fn id_text(&self) -> String {
        self.id().to_string()
    }

    /// A name of some kind: 64 bits.
    pub(in crate::engine) fn name(&self, kind: &str, text: &str) -> u64 {
        u64::from_be_bytes(first(self.hmac(&[b"name", kind.as_bytes(), b":", text.as_bytes()])))
    }

    /// A host of an environment, its name folded: the first 64 bits of the HMAC, so that two of 100,000 hosts are
    /// one with a probability of one to four billion.
    pub(super) fn host(&self, environment: &str, name: &str) -> u64 {
        let length = (environment.len() as u64).to_le_bytes();
        u64::from_be_bytes(first(self.hmac(&[b"host", &length, environment.as_bytes(), name.as_bytes()])))
    }

    /// HMAC-SHA-256 (RFC 2104) of the parts after each other. The crate for it would ask for a feature of
    /// `digest` that the host does not, and be built twice.
    fn hmac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut inner = Sha256::new();
        inner.update(self.block.map(|byte| byte ^ 0x36));
        parts.iter().for_each(|part| inner.update(part));
        let mut outer = Sha256::new();
        outer.update(self.block.map(|byte| byte ^ 0x5c));
        outer.update(inner.finalize());
        outer.finalize().into()
    }
}

fn first<const N: usize>(digest: [u8; 32]) -> [u8; N] {
    digest.first_chunk().copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// RFC 4231, test cases 1 and 3: keys of 20 bytes.
    #[test]
    fn it_is_hmac_sha_256() {
        let key = |byte: u8| PackKey::new(&[byte; 20]).unwrap();
        assert_eq!(
            hex(&key(0x0b).hmac(&[b"Hi ", b"There"])),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(&key(0xaa).hmac(&[&[0xdd; 50]])),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        );
    }

    #[test]
    fn a_key_is_long_enough_and_not_cut_off() {
        for (length, good) in [(0, false), (15, false), (16, true), (64, true), (65, false)] {
            assert_eq!(PackKey::new(&vec![7; length]).is_ok(), good, "{length}");
        }
        let error = PackKey::new(b"short").unwrap_err();
        assert_eq!(error.to_string(), "key: must have 16 to 64 bytes, not 5");
    }

    #[test]
    fn a_host_is_known_by_its_key_and_environment() {
        let key = PackKey::new(&[1; 16]).unwrap();
        let other = PackKey::new(&[2; 16]).unwrap();
        assert_eq!(key.host("", "ws1"), key.host("", "ws1"));
        assert_ne!(key.host("", "ws1"), other.host("", "ws1"));
        assert_ne!(key.host("a", "bc"), key.host("ab", "c"));
        assert_ne!(key.id(), other.id());
        assert!(!format!("{key:?}").contains("1, 1"), "a key is never shown");
    }
}
