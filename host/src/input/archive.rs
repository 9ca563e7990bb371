//! Zip archives: each file in one is a source of its own. Recordings are passed on in them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ZipArchive};

use super::InputError;

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The archive.
    pub archive: PathBuf,
    /// Its name there.
    pub name: String,
    /// Bytes that it takes there.
    pub packed: u64,
    begin: u64,
    size: u64,
    crc: u32,
    method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Stored,
    Deflated,
    /// By its number.
    Other(u16),
    Encrypted,
}

/// What Apple's archiver adds beside every file.
const SHADOWS: &str = "__MACOSX/";

/// The files of an archive in its order.
pub(super) fn members(path: &Path) -> Result<Vec<Member>, InputError> {
    let damaged = |error: rawzip::Error| InputError::NoArchive(error.to_string());
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let archive = ZipArchive::from_file(File::open(path)?, &mut buffer).map_err(damaged)?;
    let mut entries = archive.entries(&mut buffer);
    let mut members = Vec::new();
    while let Some(entry) = entries.next_entry().map_err(damaged)? {
        let name = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
        if entry.is_dir() || name.starts_with(SHADOWS) {
            continue;
        }
        let method = match entry.compression_method() {
            _ if entry.flags().is_encrypted() => Method::Encrypted,
            CompressionMethod::STORE => Method::Stored,
            CompressionMethod::DEFLATE => Method::Deflated,
            other => Method::Other(other.as_u16()),
        };
        let (size, crc) = (entry.uncompressed_size_hint(), entry.crc32());
        let (begin, end) = archive.get_entry(entry.wayfinder()).map_err(damaged)?.compressed_data_range();
        let packed = end.saturating_sub(begin);
        members.push(Member { archive: path.to_owned(), name, packed, begin, size, crc, method });
    }
    if members.is_empty() { Err(InputError::NoArchive("there is no file in it".into())) } else { Ok(members) }
}

impl Member {
    /// Its text or log, unpacked; `count` is told how many packed bytes were read.
    pub(super) fn open(
        &self,
        count: impl FnMut(usize) + Send + 'static,
    ) -> Result<Box<dyn Read + Send>, InputError> {
        let mut file = File::open(&self.archive)?;
        file.seek(SeekFrom::Start(self.begin))?;
        let packed = Counted { inner: file.take(self.packed), count };
        let inner: Box<dyn Read + Send> = match self.method {
            Method::Stored => Box::new(packed),
            Method::Deflated => Box::new(flate2::read::DeflateDecoder::new(packed)),
            Method::Encrypted => return Err(InputError::Locked),
            Method::Other(number) => return Err(InputError::Method(number)),
        };
        Ok(Box::new(Checked { inner, crc: crc32fast::Hasher::new(), left: self.size, expected: self.crc }))
    }
}

struct Counted<R, F> {
    inner: R,
    count: F,
}

impl<R: Read, F: FnMut(usize)> Read for Counted<R, F> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        (self.count)(n);
        Ok(n)
    }
}

/// Says at the end whether what was read is what was packed.
struct Checked<R> {
    inner: R,
    crc: crc32fast::Hasher,
    left: u64,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let wrong = |error| Err(io::Error::new(io::ErrorKind::InvalidData, error));
        let damaged = |cause: &str| wrong(InputError::Damaged { format: "zip", cause: cause.into() });
        let n = match self.inner.read(buf) {
            Ok(n) => n,
            Err(error) if error.raw_os_error().is_some() => return Err(error),
            Err(error) => return damaged(&error.to_string()),
        };
        if n == 0 && !buf.is_empty() {
            return match (self.left, self.crc.clone().finalize() == self.expected) {
                (0, true) => Ok(0),
                (0, false) => wrong(InputError::Checksum),
                (left, _) => damaged(&format!("{left} bytes are missing")),
            };
        }
        let read = u64::try_from(n).unwrap_or(u64::MAX);
        let Some(left) = self.left.checked_sub(read) else { return damaged("there is more than it says") };
        self.left = left;
        self.crc.update(buf.get(..n).unwrap_or_default());
        Ok(n)
    }
}
