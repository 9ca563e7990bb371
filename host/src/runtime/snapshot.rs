//! A snapshot goes through the contract in chunks, since an answer has its limit; here it is whole.

use sha2::{Digest, Sha256};

use super::instance::Instance;
use super::outcome::{Failure, Refusal};

/// How much is given at once. Copies of a chunk are then small beside a state.
pub(super) const CHUNK: usize = 1 << 20;

impl Instance {
    /// `tenant.snapshot` and `tenant.snapshot-chunk`: the state as bytes, equal for equal states.
    pub fn snapshot(&mut self) -> Result<Vec<u8>, Failure> {
        let info = self.call(|a, store| a.begat_siem_tenant().call_snapshot(store))?;
        // It stands ready in the component's memory: a larger one is a lie that would cost ours.
        if info.size > self.limits.memory {
            return Err(not_as_announced());
        }
        let mut bytes = Vec::new();
        for index in 0..info.chunks {
            let chunk = self.call(|a, store| a.begat_siem_tenant().call_snapshot_chunk(store, index))?;
            bytes.extend(chunk);
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > info.size {
                return Err(not_as_announced());
            }
        }
        if sha256(&bytes) == info.sha256 { Ok(bytes) } else { Err(not_as_announced()) }
    }

    /// `tenant.restore`: replaces the state by a snapshot's; on an error the old one stays.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), Failure> {
        let mut rest = snapshot;
        loop {
            let (chunk, after) = rest.split_at(rest.len().min(CHUNK));
            let last = after.is_empty();
            self.call(|a, store| a.begat_siem_tenant().call_restore(store, chunk, last))?;
            if last {
                return Ok(());
            }
            rest = after;
        }
    }
}

fn not_as_announced() -> Failure {
    Refusal::Snapshot("the component gives other bytes than it has announced".into()).into()
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
