//! A pack as bytes; equal packs give equal bytes.
//!
//! ```text
//! content  flags          1 stripped of hashes, 2 (stripped only) some numbers had been estimates
//!          key id         16 bytes, unless stripped
//!          texts          how many, then of each its length and its UTF-8 bytes; ascending
//!          hashes         how many, then each as 8 bytes, little endian; ascending; unless stripped
//!          all images     executions, hosts
//!          images, rows   how many
//!          rows           ascending; each is what it is, executions, hosts
//! row      0 gap          a value of the field before: its text
//!          1 field        a field of the image before, where it was known
//!          2 gap          an image: its text
//! hosts    length * 2, + 1 if there were more than the bound, then the gaps of its hashes' places;
//!          of a stripped pack how many
//! ```
//!
//! A gap is the distance from the place before, or from one before the first: never 0 in what ascends.
//! Integers are as in [`super::cursor`].

use super::cursor::push_int;
use super::fields::IMAGE;
use super::frame::{HEADER, put_frame};
use super::hosts::{Hosts, Sketch};
use super::info::PackInfo;
use super::rows::{Pack, Place, Tally};

pub(super) const STRIPPED: u64 = 1;
pub(super) const ESTIMATED: u64 = 2;

pub(super) const VALUE: u64 = 0;
pub(super) const KNOWN: u64 = 1;
pub(super) const OF_IMAGE: u64 = 2;

impl Pack {
    /// The pack as a file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write().0
    }

    /// The pack as a file, and what it says of itself.
    #[must_use]
    pub fn write(&self) -> (Vec<u8>, PackInfo) {
        let mut out = vec![0; HEADER];
        let summary = self.summary();
        let estimated = self.was_estimated && self.key.is_none();
        let stripped = self.key.is_none();
        let flags = if stripped { STRIPPED } else { 0 } | if estimated { ESTIMATED } else { 0 };
        push_int(&mut out, flags);
        out.extend(self.key.iter().flat_map(|key| key.0));
        push_int(&mut out, self.texts.len() as u64);
        for text in &self.texts {
            push_int(&mut out, text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
        let hashes = self.hashes();
        if !stripped {
            push_int(&mut out, hashes.len() as u64);
            hashes.iter().for_each(|hash| out.extend_from_slice(&hash.to_le_bytes()));
        }
        push_tally(&mut out, &self.total, &hashes);
        push_int(&mut out, summary.images);
        push_int(&mut out, self.rows.len() as u64);
        let mut before: Option<Place> = None;
        for (place, tally) in &self.rows {
            push_place(&mut out, before, *place);
            push_tally(&mut out, tally, &hashes);
            before = Some(*place);
        }
        let digests = put_frame(&mut out);
        let info = summary.of(&out, &digests);
        (out, info)
    }

    /// Every hash that some row keeps, sorted.
    fn hashes(&self) -> Vec<u64> {
        let mut hashes = Vec::new();
        let mut image_has_all = false;
        for (place, Tally { hosts, .. }) in &self.rows {
            let Hosts::Hashed(Sketch { hashes: own, more }) = hosts else { return Vec::new() };
            // A part of an image with few hosts has no others.
            if place.field != IMAGE && image_has_all {
                continue;
            }
            if place.field == IMAGE {
                image_has_all = !more;
            }
            hashes.extend_from_slice(own);
            // Most stand in many rows.
            if hashes.len() > 1 << 20 {
                hashes.sort_unstable();
                hashes.dedup();
            }
        }
        if let Hosts::Hashed(total) = &self.total.hosts {
            hashes.extend_from_slice(&total.hashes);
        }
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    }
}

fn push_place(out: &mut Vec<u8>, before: Option<Place>, place: Place) {
    match (place, before) {
        (Place { field: IMAGE, image, .. }, before) => {
            push_int(out, OF_IMAGE);
            push_gap(out, before.map(|before| before.image), image);
        }
        (Place { value: None, field, .. }, _) => {
            push_int(out, KNOWN);
            push_int(out, u64::from(field));
        }
        (Place { value: Some(value), .. }, before) => {
            push_int(out, VALUE);
            push_gap(out, before.and_then(|before| before.value), value);
        }
    }
}

fn push_gap(out: &mut Vec<u8>, before: Option<u32>, place: u32) {
    let from = before.map_or(0, |before| u64::from(before) + 1);
    push_int(out, (u64::from(place) + 1).saturating_sub(from));
}

fn push_tally(out: &mut Vec<u8>, tally: &Tally, hashes: &[u64]) {
    push_int(out, tally.executions);
    match &tally.hosts {
        Hosts::Counted(hosts) => push_int(out, *hosts),
        Hosts::Hashed(Sketch { hashes: own, more }) => {
            push_int(out, (own.len() as u64) << 1 | u64::from(*more));
            let mut before = None;
            for hash in own {
                let place = hashes.binary_search(hash).unwrap_or(0);
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                push_gap(out, before, place);
                before = Some(place);
            }
        }
    }
}
