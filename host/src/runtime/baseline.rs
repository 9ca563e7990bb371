//! Packs go through the contract in chunks, as snapshots do; here they are whole.

use super::bindings::baseline::{PackInfo, Share};
use super::bindings::scoring::ImageRow;
use super::bindings::types::Page;
use super::instance::Instance;
use super::outcome::{Failure, Refusal};
use super::snapshot::{CHUNK, sha256};

impl Instance {
    /// `baseline.build`: makes a pack of what was counted, and keeps it.
    pub fn build_pack(&mut self, key: &[u8]) -> Result<PackInfo, Failure> {
        self.call(|a, store| a.begat_siem_baseline().call_build(store, key))
    }

    /// `baseline.merge`: adds a pack to the one that is kept, or keeps it.
    pub fn merge_pack(&mut self, pack: &[u8]) -> Result<PackInfo, Failure> {
        self.give(pack, |instance, chunk, last| {
            instance.call(|a, store| a.begat_siem_baseline().call_merge(store, chunk, last))
        })
    }

    /// `baseline.load`: loads a pack as the global scope; on an error what was loaded before stays.
    pub fn load_baseline(&mut self, pack: &[u8]) -> Result<PackInfo, Failure> {
        self.give(pack, |instance, chunk, last| {
            instance.call(|a, store| a.begat_siem_baseline().call_load(store, chunk, last))
        })
    }

    /// `baseline.strip`: takes hashes, and what few hosts did, out of the pack that is kept. Returns how many
    /// images and values that were.
    pub fn strip_pack(&mut self, share: Share) -> Result<(PackInfo, u64), Failure> {
        self.call(|a, store| a.begat_siem_baseline().call_strip(store, share))
    }

    /// `baseline.pack-chunk`: the pack that is kept, as it was announced.
    pub fn pack(&mut self, info: &PackInfo) -> Result<Vec<u8>, Failure> {
        if info.size > self.limits.memory {
            return Err(not_as_announced());
        }
        let mut bytes = Vec::new();
        for index in 0..info.chunks {
            bytes.extend(self.call(|a, store| a.begat_siem_baseline().call_pack_chunk(store, index))?);
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > info.size {
                return Err(not_as_announced());
            }
        }
        if sha256(&bytes) == info.sha256 { Ok(bytes) } else { Err(not_as_announced()) }
    }

    /// `baseline.global-images`: the global scope's images by rank, then by name.
    pub fn global_images(&mut self, page: Page) -> Result<Vec<ImageRow>, Failure> {
        self.call(|a, store| a.begat_siem_baseline().call_global_images(store, page.offset, page.limit))
    }

    /// Gives a pack in chunks, the last of which is answered.
    fn give(
        &mut self,
        pack: &[u8],
        mut give: impl FnMut(&mut Self, &[u8], bool) -> Result<Option<PackInfo>, Failure>,
    ) -> Result<PackInfo, Failure> {
        let mut rest = pack;
        loop {
            let (chunk, after) = rest.split_at(rest.len().min(CHUNK));
            let answer = give(self, chunk, after.is_empty())?;
            if after.is_empty() {
                return answer.ok_or_else(not_as_announced);
            }
            rest = after;
        }
    }
}

fn not_as_announced() -> Failure {
    let message = "the component gives another one than it has announced";
    Refusal::Other("pack".into(), message.into()).into()
}
