//! One record of a journal on disk, and how records are found again where a disk has damaged some.
//!
//! ```text
//! magic 4 | length u32 | sequence u64 | crc32 of both and the body u32 | body: the command, zstd
//! ```
//!
//! Numbers are little-endian. A record stands for itself: behind a damaged one the next is found by its magic and
//! its checksum. What is found so must not be a line of somebody's that looks like one, in a body that its damaged header
//! no longer covers: a body begins with zstd's own mark, and no UTF-8 text has a byte 0xfd.

use std::io;

/// How a record begins.
const MAGIC: [u8; 4] = *b"\xb6gt\x02";

/// How its body does.
const ZSTD: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();

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
        append(out, sequence, command, self.0.compress(command)?)
    }
}

fn append(out: &mut Vec<u8>, sequence: u64, command: &[u8], body: Vec<u8>) -> io::Result<()> {
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= LONGEST && command.len() <= LARGEST);
    let length =
        length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a command of over 1 GiB"))?;
    let (length, sequence) = (length.to_le_bytes(), sequence.to_le_bytes());
    out.extend(MAGIC);
    out.extend(length);
    out.extend(sequence);
    out.extend(checksum(&length, &sequence, &body).to_le_bytes());
    out.extend(body);
    Ok(())
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
    (body.starts_with(&ZSTD) && checked == checksum(length, sequence, body).to_le_bytes())
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
        let command = zstd::stream::decode_all(body).ok()?;
        Some(Found::Record { sequence, command, end: at + HEADER + body.len() })
    }

    /// The next whole record from a place on.
    fn next_record(&self, from: usize) -> Option<usize> {
        let rest = self.bytes.get(from..)?;
        memchr::memmem::find_iter(rest, &MAGIC).map(|at| from + at).find(|&at| self.record(at).is_some())
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

    fn records(found: &[Found]) -> Vec<(u64, Vec<u8>)> {
        let record = |found: &Found| match found {
            Found::Record { sequence, command, .. } => Some((*sequence, command.clone())),
            _ => None,
        };
        found.iter().filter_map(record).collect()
    }

    fn commands() -> impl Strategy<Value = Vec<Vec<u8>>> {
        // Some hold what a record begins with.
        let piece = prop_oneof![Just(MAGIC.to_vec()), prop::collection::vec(any::<u8>(), 0..40)];
        prop::collection::vec(prop::collection::vec(piece, 0..6).prop_map(|parts| parts.concat()), 1..12)
    }

    /// A frame that zstd skips is ASCII and comes to nothing; the checksum is tried until it is ASCII too.
    #[test]
    fn a_text_that_looks_like_a_record_is_none() {
        let (length, sequence) = (16_u32.to_le_bytes(), 7_u64.to_le_bytes());
        let forged = |filler: u32| {
            let body = [b"P*M\x18", &8_u32.to_le_bytes()[..], format!("{filler:08}").as_bytes()].concat();
            let checksum = checksum(&length, &sequence, &body).to_le_bytes();
            String::from_utf8([b"\xc2", &MAGIC[..], &length, &sequence, &checksum, &body].concat()).ok()
        };
        let forged = (0..).find_map(forged).unwrap();
        assert!(zstd::stream::decode_all(&forged.as_bytes()[1 + HEADER..]).unwrap().is_empty());
        // As it would stand in the body of a record whose header is damaged.
        let bytes = [b"no header", forged.as_bytes()].concat();
        assert_eq!(Frames::of(&bytes, 0).collect::<Vec<_>>(), [Found::Torn { from: 0 }]);
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
