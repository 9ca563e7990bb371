//! From a name on the command line to batches of lines.
//!
//! [`source`] opens a file or stdin, [`archive`] a file of a zip archive, [`unpack`] takes off gzip and zstd by their
//! magic bytes, [`lines`] finds the lines and holds them to a length, [`evtx`] turns a Windows event log into lines, and
//! [`batches`] puts lines together. A [`Piece`] is what comes out. Nothing here knows the component.

pub mod archive;
pub mod batches;
pub mod evtx;
pub mod lines;
pub mod source;
pub mod unpack;

#[cfg(test)]
pub(crate) mod evtx_sample;
#[cfg(test)]
mod tests;

pub use batches::{Batch, Limits, Piece, Repair, read};
pub use source::{Opened, Source};

/// Why a source, or the rest of it, could not be read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The operating system says no.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It is a folder.
    #[error(
        "there are no logs in this folder (*.json, *.jsonl, *.ndjson, *.log, *.evtx, *.zip): name the files"
    )]
    Folder,
    /// It begins like a zip archive and is none, or an empty one.
    #[error("this zip archive cannot be read: {0}")]
    NoArchive(String),
    /// A zip archive's table stands at its end.
    #[error(
        "a zip archive cannot be read from a pipe: save it as a file, or unpack it, as in `unzip -p FILE | begat run`"
    )]
    ArchiveOnPipe,
    /// A zip archive inside another.
    #[error("this is a zip archive inside another: unpack the outer one")]
    ArchiveInArchive,
    /// A file whose damage shows only at its end.
    #[error("this file was damaged in its zip archive, nobody knows where: its checksum is another")]
    Checksum,
    /// A file that is encrypted.
    #[error("this is encrypted in its zip archive: unpack it with its password first")]
    Locked,
    /// A file that is packed by a method that nobody reads here.
    #[error("this is packed by method {0}, of which only 0 and 8 (deflate) are read: unpack it first")]
    Method(u16),
    /// Compressed data that is damaged or ends too early.
    #[error("the {format} data is damaged from here on ({cause}): what comes after is lost")]
    Damaged {
        /// `gzip` or `zstd`.
        format: &'static str,
        /// The decoder's words.
        cause: String,
    },
    /// Packed twice, which is always a mistake.
    #[error("this is {inner} inside {outer}: take the outer one off, as in `{outer} -dc FILE | begat run`")]
    PackedTwice {
        /// `gzip` or `zstd`.
        outer: &'static str,
        /// `gzip` or `zstd`.
        inner: &'static str,
    },
    /// A text that is not UTF-8 and would be read as nonsense.
    #[error("this is UTF-16 text: convert it, for example with `iconv -f UTF-16 -t UTF-8`")]
    Utf16,
    /// It begins like an event log and is none.
    #[error("this event log cannot be read: {0}")]
    Evtx(String),
    /// An event log that is not a file must be held in memory, and this one is too large for that.
    #[error("an event log that is compressed or on stdin may have {allowed} bytes: save it as a file first")]
    EvtxTooLarge {
        /// Bytes allowed.
        allowed: u64,
    },
}
