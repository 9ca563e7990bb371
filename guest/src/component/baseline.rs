//! `begat:siem/baseline`.

use super::begat::siem::types::Error;
use super::exports::begat::siem::baseline::{Guest, ImageRow, PackInfo, Share};
use super::{Component, unsupported};

impl Guest for Component {
    fn build(_key: Vec<u8>) -> Result<PackInfo, Error> {
        unsupported("baseline.build")
    }

    fn merge(_chunk: Vec<u8>, _last: bool) -> Result<Option<PackInfo>, Error> {
        unsupported("baseline.merge")
    }

    fn strip(_share: Share) -> Result<(PackInfo, u64), Error> {
        unsupported("baseline.strip")
    }

    fn pack_chunk(_index: u32) -> Result<Vec<u8>, Error> {
        unsupported("baseline.pack-chunk")
    }

    fn load(_chunk: Vec<u8>, _last: bool) -> Result<Option<PackInfo>, Error> {
        unsupported("baseline.load")
    }

    fn global_images(_offset: u64, _limit: u32) -> Result<Vec<ImageRow>, Error> {
        unsupported("baseline.global-images")
    }
}
