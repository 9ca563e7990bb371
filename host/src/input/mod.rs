//! From a name on the command line to batches of lines.
//!
//! [`source`] opens a file or stdin, [`unpack`] takes off gzip and zstd by their magic bytes, [`lines`]
//! finds the lines and holds them to a length, [`evtx`] turns a Windows event log into lines, and
//! [`batches`] puts lines together. A [`Piece`] is what comes out. Nothing here knows the component.

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
    #[error("this is a folder: name the files in it")]
    Folder,
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
