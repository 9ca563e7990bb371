//! Recognises what a stream is by its first bytes, and takes off compression.
//!
//! Names lie (`logs.json` that logrotate has packed), magic bytes rarely do.

use std::io::{self, BufReader, Cursor, Read};

use super::InputError;
use super::source::{Opened, begins_archive};

/// What is read at once: large enough that a system call does not count.
const BUFFER: usize = 256 << 10;

/// The longest of the magic bytes.
const HEAD: usize = 8;

/// The formats, and the commands that unpack them.
const GZIP: &str = "gzip";
const ZSTD: &str = "zstd";
const ZIP: &str = "zip";

/// A stream after its first bytes were looked at and put back.
type Peeked<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// What a stream holds, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Gzip,
    Zstd,
    Evtx,
    Utf16,
    Zip,
}

impl Kind {
    fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or a frame to skip with which a multi-frame file may begin.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'E', b'l', b'f', b'F', b'i', b'l', b'e', 0, ..] => Self::Evtx,
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Self::Utf16,
            _ if begins_archive(head) => Self::Zip,
            _ => Self::Text,
        }
    }
}

/// What a source turned out to be.
pub(super) enum Content {
    /// Text, unpacked. `live` when it comes from a pipe, whose writer may pause for as long as it
    /// likes.
    Text { stream: Box<dyn Read + Send>, live: bool },
    /// An event log in a file.
    EvtxFile(std::fs::File),
    /// An event log that was read whole.
    EvtxBytes(Vec<u8>),
}

/// An event log that cannot be read in any order is held in memory; this is how much of one.
const EVTX_IN_MEMORY: u64 = 1 << 30;

/// Looks at a source and takes off one layer of compression.
pub(super) fn unpack(source: Opened) -> Result<Content, InputError> {
    let live = source.is_live();
    let (kind, head, source) = look(source)?;
    let (outer, packed): (_, Box<dyn Read + Send>) = match kind {
        Kind::Text => return Ok(Content::Text { stream: text(head, source), live }),
        Kind::Utf16 => return Err(InputError::Utf16),
        // Of a file that is one the files in it are sources.
        Kind::Zip if live => return Err(InputError::ArchiveOnPipe),
        Kind::Zip => return Err(InputError::ArchiveInArchive),
        Kind::Evtx => {
            return match source.into_file() {
                Ok(file) => Ok(Content::EvtxFile(file?)),
                Err(source) => whole(Cursor::new(head).chain(source)),
            };
        }
        Kind::Gzip => (GZIP, Box::new(Damage { format: GZIP, inner: gzip(Cursor::new(head).chain(source)) })),
        Kind::Zstd => {
            (ZSTD, Box::new(Damage { format: ZSTD, inner: zstd(Cursor::new(head).chain(source))? }))
        }
    };
    let (kind, head, unpacked) = look(packed)?;
    match kind {
        Kind::Evtx => whole(Cursor::new(head).chain(unpacked)),
        Kind::Utf16 => Err(InputError::Utf16),
        Kind::Gzip => Err(InputError::PackedTwice { outer, inner: GZIP }),
        Kind::Zstd => Err(InputError::PackedTwice { outer, inner: ZSTD }),
        Kind::Zip => Err(InputError::PackedTwice { outer, inner: ZIP }),
        Kind::Text => Ok(Content::Text { stream: text(head, unpacked), live: false }),
    }
}

/// Reads the first bytes; what came is given back.
fn look<R: Read>(mut stream: R) -> io::Result<(Kind, Vec<u8>, R)> {
    let mut head = Vec::with_capacity(HEAD);
    let wanted = u64::try_from(HEAD).unwrap_or(u64::MAX);
    stream.by_ref().take(wanted).read_to_end(&mut head)?;
    Ok((Kind::of(&head), head, stream))
}

/// Text without its byte order mark.
fn text<R: Read + Send + 'static>(head: Vec<u8>, stream: R) -> Box<dyn Read + Send> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(head);
    Box::new(Cursor::new(head).chain(stream))
}

/// All members: rotated logs are often put together with `cat`.
fn gzip<R: Read>(stream: Peeked<R>) -> impl Read {
    flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(BUFFER, stream))
}

fn zstd<R: Read>(stream: Peeked<R>) -> io::Result<impl Read> {
    zstd::stream::read::Decoder::with_buffer(BufReader::with_capacity(BUFFER, stream))
}

fn whole(stream: impl Read) -> Result<Content, InputError> {
    let mut bytes = Vec::new();
    stream.take(EVTX_IN_MEMORY + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > EVTX_IN_MEMORY {
        return Err(InputError::EvtxTooLarge { allowed: EVTX_IN_MEMORY });
    }
    Ok(Content::EvtxBytes(bytes))
}

/// Says which format's data was damaged: the decoders only say what they missed.
struct Damage<R> {
    format: &'static str,
    inner: R,
}

impl<R: Read> Read for Damage<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buf).map_err(|error| {
            if error.raw_os_error().is_some() {
                return error;
            }
            let cause = error.to_string();
            io::Error::new(error.kind(), InputError::Damaged { format: self.format, cause })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_what_it_is() {
        assert_eq!(Kind::of(b"{\"a\":1}"), Kind::Text);
        assert_eq!(Kind::of(b""), Kind::Text);
        assert_eq!(Kind::of(b"ElfFile"), Kind::Text);
        assert_eq!(Kind::of(b"ElfFile\0"), Kind::Evtx);
        assert_eq!(Kind::of(&[0x1f, 0x8b, 8]), Kind::Gzip);
        assert_eq!(Kind::of(&[0x28, 0xb5, 0x2f, 0xfd]), Kind::Zstd);
        assert_eq!(Kind::of(&[0xff, 0xfe, b'{', 0]), Kind::Utf16);
        assert_eq!(Kind::of(b"PK\x03\x04\x14"), Kind::Zip);
    }
}
