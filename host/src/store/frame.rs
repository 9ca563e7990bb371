//! One record of a journal on disk, and how records are found again where a disk has damaged some.
//!
//! ```text
//! magic 4 | length u32 | sequence u64 | crc32 of both and the body u32 | body: the command, zstd, stuffed
//! ```
//!
//! Numbers are little-endian. A record stands for itself: behind a damaged one the next is found by its magic and
//! its checksum. A tenant's line may hold bytes that look like a record, and zstd leaves them as they are where they do
//! not repeat: so no body holds the magic ([`stuffed`]), and what is found behind damage is a record of begat's. (Nor
//! does one begin between a checksum and a body: a zstd frame begins with bytes of its own.)

use std::borrow::Cow;
use std::io;

use memchr::memmem::{Finder, find_iter};

/// How a record begins.
const MAGIC: [u8; 4] = *b"\xb6gt\x02";

/// The magic but for its last byte. In a body a zero follows it, which is taken out again.
const ALMOST: &[u8] = b"\xb6gt";

const HEADER: usize = 20;

/// The longest body. A command is a batch at most, and the host takes none beyond this.
const LONGEST: usize = 256 << 20;

/// A body before it is compressed, at most.
const LARGEST: usize = 1 << 30;

/// Level 1: the disk is spared nine tenths of a log's bytes for a few milliseconds a megabyte.
const LEVEL: i32 = 1;

/// Makes records. Its tables are used again for each.
pub(super) struct Press(zstd::bulk::Compressor<'static>);

impl Press {
    pub(super) fn new() -> io::Result<Self> {
        zstd::bulk::Compressor::new(LEVEL).map(Self)
    }

    /// Appends a record.
    pub(super) fn push(&mut self, out: &mut Vec<u8>, sequence: u64, command: &[u8]) -> io::Result<()> {
        append(out, sequence, command, &stuffed(&self.0.compress(command)?))
    }
}

fn append(out: &mut Vec<u8>, sequence: u64, command: &[u8], body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= LONGEST && command.len() <= LARGEST);
    let length =
        length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a command of over 1 GiB"))?;
    let (length, sequence) = (length.to_le_bytes(), sequence.to_le_bytes());
    out.extend(MAGIC);
    out.extend(length);
    out.extend(sequence);
    out.extend(checksum(&length, &sequence, body).to_le_bytes());
    out.extend(body);
    Ok(())
}

/// A body in which the magic does not stand.
fn stuffed(body: &[u8]) -> Cow<'_, [u8]> {
    changed(body, |out, part| {
        out.extend(part);
        out.push(0);
        0
    })
}

/// The body again; what followed the magic's beginning in it is left out.
fn unstuffed(body: &[u8]) -> Cow<'_, [u8]> {
    changed(body, |out, part| {
        out.extend(part);
        1
    })
}

/// Takes each part that ends with [`ALMOST`] over by `change`, which says how many bytes behind it are left out.
fn changed(body: &[u8], change: impl Fn(&mut Vec<u8>, &[u8]) -> usize) -> Cow<'_, [u8]> {
    let finder = Finder::new(ALMOST);
    let (mut out, mut rest) = (Vec::new(), body);
    while let Some(at) = finder.find(rest) {
        let (part, behind) = rest.split_at(at + ALMOST.len());
        let left_out = change(&mut out, part);
        rest = behind.get(left_out..).unwrap_or_default();
    }
    if rest.len() == body.len() {
        return Cow::Borrowed(body);
    }
    out.extend(rest);
    Cow::Owned(out)
}

fn checksum(length: &[u8], sequence: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    [length, sequence, body].iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}

/// The number and the body of the record that these bytes begin with, where its checksum fits.
fn body(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (header, rest) = bytes.split_at_checked(HEADER)?;
    let (magic, header) = header.split_first_chunk::<4>()?;
    let (length, header) = header.split_first_chunk::<4>()?;
    let (sequence, checked) = header.split_first_chunk::<8>()?;
    let size = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if *magic != MAGIC || size > LONGEST {
        return None;
    }
    let body = rest.get(..size)?;
    (checked == checksum(length, sequence, body).to_le_bytes())
        .then_some((u64::from_le_bytes(*sequence), body))
}

/// Whether a journal holds records and nothing else. Nothing is unpacked.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(behind) = body(rest).and_then(|(_, body)| rest.get(HEADER + body.len()..)) {
        rest = behind;
    }
    rest.is_empty()
}

/// What stands at a place of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// A whole record.
    Record {
        /// Its number.
        sequence: u64,
        /// The command.
        command: Vec<u8>,
        /// The place behind it.
        end: usize,
    },
    /// Bytes that are none, and another record behind them.
    Damage {
        /// Their place.
        from: usize,
        /// The place behind them.
        to: usize,
    },
    /// Bytes at the end that are none: a write that was cut short, or damage to what stood last.
    Torn {
        /// Their place.
        from: usize,
    },
}

/// Reads the records of a journal in their order.
pub(super) struct Frames<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Frames<'a> {
    /// From a place on.
    pub(super) fn of(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    fn record(&self, at: usize) -> Option<Found> {
        let (sequence, body) = body(self.bytes.get(at..)?)?;
        let command = zstd::stream::decode_all(&*unstuffed(body)).ok()?;
        Some(Found::Record { sequence, command, end: at + HEADER + body.len() })
    }

    /// The next whole record from a place on.
    fn next_record(&self, from: usize) -> Option<usize> {
        let rest = self.bytes.get(from..)?;
        find_iter(rest, &MAGIC).map(|at| from + at).find(|&at| self.record(at).is_some())
    }
}

impl Iterator for Frames<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        let at = self.at;
        if at >= self.bytes.len() {
            return None;
        }
        if let Some(Found::Record { sequence, command, end }) = self.record(at) {
            self.at = end;
            return Some(Found::Record { sequence, command, end });
        }
        let Some(to) = self.next_record(at + 1) else {
            self.at = self.bytes.len();
            return Some(Found::Torn { from: at });
        };
        self.at = to;
        Some(Found::Damage { from: at, to })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn journal(commands: &[Vec<u8>]) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends, mut press) = (Vec::new(), vec![0], Press::new().unwrap());
        for (sequence, command) in (1..).zip(commands) {
            press.push(&mut bytes, sequence, command).unwrap();
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    /// A record as somebody else would make it.
    fn forged(sequence: u64) -> Vec<u8> {
        let (mut bytes, command) = (Vec::new(), b"{}");
        append(&mut bytes, sequence, command, &zstd::bulk::compress(command, LEVEL).unwrap()).unwrap();
        bytes
    }

    #[test]
    fn a_record_within_a_command_is_none_of_the_journal_s() {
        let (forged, mut press, mut bytes) = (forged(1_048_648), Press::new().unwrap(), Vec::new());
        assert_eq!(Frames::of(&forged, 0).count(), 1);
        press.push(&mut bytes, 1, &[b"before ", &forged[..], b" behind"].concat()).unwrap();
        assert!(
            zstd::bulk::compress(&forged, LEVEL).unwrap().windows(4).any(|four| four == MAGIC),
            "it is left as it is"
        );
        let length = bytes.len();
        press.push(&mut bytes, 2, b"{}").unwrap();
        bytes[HEADER + 2] ^= 1;
        let found: Vec<Found> = Frames::of(&bytes, 0).collect();
        assert_eq!(found[0], Found::Damage { from: 0, to: length });
        assert_eq!(records(&found), [(2, b"{}".to_vec())]);
        // The same of a write that was cut short.
        assert_eq!(Frames::of(&bytes[1..length - 5], 0).collect::<Vec<_>>(), [Found::Torn { from: 0 }]);
    }

    proptest! {
        #[test]
        fn what_is_stuffed_holds_no_magic_and_comes_back(
            pieces in prop::collection::vec(prop_oneof![
                Just(ALMOST.to_vec()), Just(MAGIC.to_vec()), prop::collection::vec(prop::sample::select(b"\xb6gt\x02\0".to_vec()), 0..8)
            ], 0..8),
        ) {
            let body = pieces.concat();
            let stuffed = stuffed(&body);
            prop_assert!(find_iter(&stuffed, &MAGIC).next().is_none());
            prop_assert_eq!(unstuffed(&stuffed), &body[..]);
        }
    }

    fn records(found: &[Found]) -> Vec<(u64, Vec<u8>)> {
        let record = |found: &Found| match found {
            Found::Record { sequence, command, .. } => Some((*sequence, command.clone())),
            _ => None,
        };
        found.iter().filter_map(record).collect()
    }

    fn commands() -> impl Strategy<Value = Vec<Vec<u8>>> {
        // Some hold what a record begins with, and whole records.
        let piece = prop_oneof![
            Just(MAGIC.to_vec()),
            Just(ALMOST.to_vec()),
            (0..40_u64).prop_map(forged),
            prop::collection::vec(any::<u8>(), 0..40)
        ];
        prop::collection::vec(prop::collection::vec(piece, 0..6).prop_map(|parts| parts.concat()), 1..12)
    }

    proptest! {
        #[test]
        fn what_was_pushed_is_found(commands in commands()) {
            let (bytes, _) = journal(&commands);
            let found: Vec<Found> = Frames::of(&bytes, 0).collect();
            let expected: Vec<(u64, Vec<u8>)> = (1..).zip(commands).collect();
            prop_assert_eq!(records(&found), expected.clone());
            prop_assert!(is_whole(&bytes));
            prop_assert_eq!(found.len(), expected.len());
        }

        #[test]
        fn one_changed_byte_costs_the_record_that_it_stands_in(
            commands in commands(), place in any::<prop::sample::Index>(), flip in 1_u8..,
        ) {
            let (mut bytes, ends) = journal(&commands);
            let place = place.index(bytes.len());
            bytes[place] ^= flip;
            prop_assert!(!is_whole(&bytes));
            let hit = ends.iter().filter(|&&end| end <= place).count();
            let found: Vec<Found> = Frames::of(&bytes, 0).collect();
            let kept = (1..).zip(commands.clone()).filter(|(sequence, _)| *sequence != hit as u64);
            prop_assert_eq!(records(&found), kept.collect::<Vec<_>>());
            let told = found.iter().find(|found| !matches!(found, Found::Record { .. }));
            let expected = if hit == commands.len() {
                Found::Torn { from: ends[hit - 1] }
            } else {
                Found::Damage { from: ends[hit - 1], to: ends[hit] }
            };
            prop_assert_eq!(told, Some(&expected));
        }

        #[test]
        fn a_cut_costs_what_was_cut(commands in commands(), length in any::<prop::sample::Index>()) {
            let (bytes, ends) = journal(&commands);
            let length = length.index(bytes.len());
            let whole = ends.iter().filter(|&&end| end <= length).count() - 1;
            let found: Vec<Found> = Frames::of(&bytes[..length], 0).collect();
            prop_assert_eq!(records(&found).len(), whole);
            let torn = (length > ends[whole]).then_some(Found::Torn { from: ends[whole] });
            prop_assert_eq!(found.get(whole), torn.as_ref());
        }

        #[test]
        fn any_bytes_are_read_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let found: Vec<Found> = Frames::of(&bytes, 0).collect();
            prop_assert_eq!(found.is_empty(), bytes.is_empty());
        }
    }
}
