//! From bytes to rows, refusing with its offset whatever contradicts itself.
//!
//! Rows go to a [`Sink`] one by one, so that a pack can become a scope without standing in memory as rows.

use super::check::Check;
use super::cursor::{Cursor, fault};
use super::encode::{ESTIMATED, KNOWN, OF_IMAGE, STRIPPED, VALUE};
use super::fields::{self, IMAGE};
use super::frame::{HEADER, check_frame};
use super::hosts::{OF_ALL, OF_ROW, estimate};
use super::info::{PackInfo, Summary};
use super::key::KeyId;
use super::rows::Place;
use crate::error::Error;

/// What stands before the rows.
#[derive(Debug)]
pub(super) struct Head<'b> {
    pub(super) key: Option<KeyId>,
    pub(super) was_estimated: bool,
    pub(super) texts: Vec<&'b str>,
    pub(super) hashes: Vec<u64>,
    pub(super) images: usize,
    /// With those of the fields' known executions.
    pub(super) rows: usize,
}

/// A count, as read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count<'r> {
    pub(super) executions: u64,
    /// As shown: exact or estimated, and never more than executions, or than what it is a part of.
    pub(super) hosts: u64,
    /// Places of the hashes, ascending; none in a stripped pack.
    pub(super) places: &'r [u32],
    /// There were more than the bound allows.
    pub(super) more: bool,
}

/// Takes what is read. What it took is thrown away where reading fails later.
pub(super) trait Sink {
    /// Before the rows; the count is of all images together.
    fn begin(&mut self, head: &Head<'_>, total: &Count<'_>);
    /// A row.
    fn row(&mut self, place: Place, count: &Count<'_>);
}

/// Reads a pack.
pub(super) fn read(bytes: &[u8], sink: &mut impl Sink) -> Result<(Option<KeyId>, PackInfo), Error> {
    let (framed, digests) = check_frame(bytes)?;
    let mut cursor = Cursor::at(framed, HEADER);
    let mut head = read_head(&mut cursor)?;
    let from = cursor.offset();
    let mut of_all = Vec::new();
    let (executions, hosts, more) = read_tally(&mut cursor, &head, OF_ALL, &mut of_all)?;
    let hosts = if head.key.is_some() { hosts.min(executions) } else { hosts };
    let total = Count { executions, hosts, places: &of_all, more };
    let mut check = Check::new(&head, &total, from)?;
    head.images = read_count(&mut cursor, 4, "the number of images")?;
    head.rows = read_count(&mut cursor, 4, "the number of rows")?;
    sink.begin(&head, &total);

    let (mut images, mut values, mut estimated) = (0, 0, head.was_estimated || more);
    let mut before: Option<Place> = None;
    let mut places = Vec::new();
    for _ in 0..head.rows {
        let from = cursor.offset();
        let place = read_place(&mut cursor, before, head.texts.len())?;
        let (executions, hosts, more) = read_tally(&mut cursor, &head, OF_ROW, &mut places)?;
        let count = Count { executions, hosts, places: &places, more };
        let hosts = check.row(place, &count).map_err(|what| fault(from, what))?;
        sink.row(place, &Count { hosts, ..count });
        images += u64::from(place.field == IMAGE);
        values += u64::from(place.value.is_some());
        estimated |= more;
        before = Some(place);
    }
    if cursor.left() > 0 {
        return Err(fault(cursor.offset(), format!("{} bytes too many", cursor.left())));
    }
    if images != head.images as u64 {
        let message = format!("there are {images} images, {} were announced", head.images);
        return Err(fault(cursor.offset(), message));
    }
    check.end().map_err(|what| fault(cursor.offset(), what))?;
    let (key, rows) = (head.key, images + values);
    let summary = Summary { key, executions, hosts, estimated, images, rows };
    Ok((key, summary.of(bytes, &digests)))
}

fn read_head<'b>(cursor: &mut Cursor<'b>) -> Result<Head<'b>, Error> {
    let from = cursor.offset();
    let flags = cursor.int("the flags")?;
    let (stripped, was_estimated) = (flags & STRIPPED != 0, flags & ESTIMATED != 0);
    if flags & !(STRIPPED | ESTIMATED) != 0 || (was_estimated && !stripped) {
        return Err(fault(from, format!("the flags {flags} are not known")));
    }
    let key = if stripped { None } else { Some(KeyId(cursor.array("the key's id")?)) };
    let count = read_count(cursor, 1, "the number of texts")?;
    let mut texts: Vec<&str> = Vec::with_capacity(count);
    for _ in 0..count {
        let from = cursor.offset();
        let length = cursor.int("the length of a text")?;
        let text = std::str::from_utf8(cursor.bytes(length, "a text")?)
            .map_err(|_| fault(from, "a text is not UTF-8"))?;
        if texts.last().is_some_and(|last| *last >= text) {
            return Err(fault(from, "the texts are not sorted"));
        }
        texts.push(text);
    }
    let mut hashes: Vec<u64> = Vec::new();
    if !stripped {
        let count = read_count(cursor, 8, "the number of hashes")?;
        hashes.reserve(count);
        for _ in 0..count {
            let from = cursor.offset();
            let hash = u64::from_le_bytes(cursor.array("a hash")?);
            if hashes.last().is_some_and(|&last| last >= hash) {
                return Err(fault(from, "the hashes are not sorted"));
            }
            hashes.push(hash);
        }
    }
    Ok(Head { key, was_estimated, texts, hashes, images: 0, rows: 0 })
}

/// How many there are of what takes at least so many bytes each: what is announced is not believed.
fn read_count(cursor: &mut Cursor<'_>, each: usize, what: &str) -> Result<usize, Error> {
    let from = cursor.offset();
    let count = cursor.int(what)?;
    let most = cursor.left() / each;
    let fits = usize::try_from(count).ok().filter(|&count| count <= most);
    fits.ok_or_else(|| fault(from, format!("{what}, {count}, is more than the bytes that follow hold")))
}

/// The next place in something that ascends and has so many.
fn read_gap(cursor: &mut Cursor<'_>, before: Option<u32>, among: usize, what: &str) -> Result<u32, Error> {
    let from = cursor.offset();
    let gap = cursor.int(what)?;
    if gap == 0 {
        return Err(fault(from, format!("{what} is not sorted, or stands there twice")));
    }
    let first = before.map_or(0, |before| u64::from(before) + 1);
    let place = first.saturating_add(gap - 1);
    let held = u32::try_from(place).ok().filter(|&place| (place as usize) < among);
    held.ok_or_else(|| fault(from, format!("{what} names place {place}, of {among}")))
}

fn read_place(cursor: &mut Cursor<'_>, before: Option<Place>, texts: usize) -> Result<Place, Error> {
    let from = cursor.offset();
    let kind = cursor.int("a row")?;
    match (kind, before) {
        (OF_IMAGE, before) => {
            let image = read_gap(cursor, before.map(|before| before.image), texts, "an image")?;
            Ok(Place { image, field: IMAGE, value: None })
        }
        (KNOWN, Some(before)) => {
            let code = cursor.int("a field")?;
            let Some((field, _)) = fields::of_code(code) else {
                return Err(fault(from, format!("the field {code} is not known")));
            };
            if field <= before.field {
                return Err(fault(from, "a field is not sorted, or stands there twice"));
            }
            Ok(Place { image: before.image, field, value: None })
        }
        (VALUE, Some(before)) if before.field != IMAGE => {
            let value = read_gap(cursor, before.value, texts, "a value")?;
            Ok(Place { value: Some(value), ..before })
        }
        (VALUE | KNOWN, _) => Err(fault(from, "a row belongs to none before it")),
        _ => Err(fault(from, format!("the kind of row {kind} is not known"))),
    }
}

/// Executions, the number of hosts, and whether it is an estimate.
fn read_tally(
    cursor: &mut Cursor<'_>,
    head: &Head<'_>,
    bound: usize,
    places: &mut Vec<u32>,
) -> Result<(u64, u64, bool), Error> {
    let executions = cursor.int("the executions")?;
    let from = cursor.offset();
    let hosts = cursor.int("the hosts")?;
    places.clear();
    if head.key.is_none() {
        return Ok((executions, hosts, false));
    }
    let (length, more) = (hosts >> 1, hosts & 1 == 1);
    let allowed = if more { bound as u64..=bound as u64 } else { 0..=bound as u64 };
    if !allowed.contains(&length) {
        return Err(fault(from, format!("{length} hashes of hosts, where {bound} is the bound")));
    }
    for _ in 0..length {
        places.push(read_gap(cursor, places.last().copied(), head.hashes.len(), "a host")?);
    }
    let largest = places.last().and_then(|&place| head.hashes.get(place as usize)).copied().unwrap_or(0);
    Ok((executions, estimate(places.len(), largest, more), more))
}
