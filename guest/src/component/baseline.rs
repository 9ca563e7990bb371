//! `begat:siem/baseline`.

use std::cell::RefCell;

use super::begat::siem::types::Error;
use super::exports::begat::siem::baseline::{Guest, ImageRow, PackInfo, Share};
use super::scoring::image_row;
use super::{CHUNK, Component, ask, change, not_found};
use crate::engine::{self, Pack, PackKey};
use crate::error::Error as NativeError;

thread_local! {
    /// The pack that is kept, as bytes: rows would take several times as much.
    static KEPT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
    /// The chunks of a pack to merge, and of one to load.
    static TO_MERGE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static TO_LOAD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Guest for Component {
    fn build(key: Vec<u8>) -> Result<PackInfo, Error> {
        let pack = ask(|engine| engine.pack(&PackKey::new(&key)?))?;
        Ok(keep(&pack))
    }

    fn merge(chunk: Vec<u8>, last: bool) -> Result<Option<PackInfo>, Error> {
        TO_MERGE.with_borrow_mut(|given| given.extend_from_slice(&chunk));
        if !last {
            return Ok(None);
        }
        let given = Pack::read(&TO_MERGE.take())?;
        let merged = match kept()? {
            Some(kept) => kept.merge(given)?,
            None => given,
        };
        Ok(Some(keep(&merged)))
    }

    fn strip(share: Share) -> Result<(PackInfo, u64), Error> {
        let mut pack = kept()?.ok_or_else(|| not_found("pack", "that is kept"))?;
        let dropped = pack.strip(share.min_hosts);
        Ok((keep(&pack), dropped))
    }

    fn pack_chunk(index: u32) -> Result<Vec<u8>, Error> {
        KEPT.with_borrow(|kept| {
            let chunk = usize::try_from(index).ok().and_then(|i| kept.as_ref()?.chunks(CHUNK).nth(i));
            chunk.map(<[u8]>::to_vec).ok_or_else(|| not_found("pack chunk", &index.to_string()))
        })
    }

    fn load(chunk: Vec<u8>, last: bool) -> Result<Option<PackInfo>, Error> {
        TO_LOAD.with_borrow_mut(|given| given.extend_from_slice(&chunk));
        if !last {
            return Ok(None);
        }
        let given = TO_LOAD.take();
        change(|engine| engine.load_baseline(&given)).map(|loaded| Some(info(loaded)))
    }

    fn global_images(offset: u64, limit: u32) -> Result<Vec<ImageRow>, Error> {
        let rows = ask(|engine| Ok(engine.global_images(offset, limit)))?;
        Ok(rows.into_iter().map(image_row).collect())
    }
}

fn kept() -> Result<Option<Pack>, NativeError> {
    KEPT.with_borrow(|kept| kept.as_deref().map(Pack::read).transpose())
}

fn keep(pack: &Pack) -> PackInfo {
    let (bytes, written) = pack.write();
    KEPT.set(Some(bytes));
    info(written)
}

fn info(info: engine::PackInfo) -> PackInfo {
    PackInfo {
        version: info.version,
        key_id: info.key_id,
        executions: info.executions,
        hosts: info.hosts,
        estimated: info.estimated,
        images: info.images,
        rows: info.rows,
        size: info.size,
        chunks: u32::try_from(info.size.div_ceil(CHUNK as u64)).unwrap_or(u32::MAX),
        sha256: info.sha256,
    }
}
