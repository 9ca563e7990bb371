//! Opens what the command line names, and counts what is read of it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::InputError;

/// Where lines come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Source {
    /// `-` is stdin, everything else a path.
    #[must_use]
    pub fn parse(argument: &Path) -> Self {
        if argument.as_os_str() == "-" { Self::Stdin } else { Self::File(argument.to_owned()) }
    }

    /// Its size, where that is known before reading.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::File(path) => {
                std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|m| m.len())
            }
            Self::Stdin => None,
        }
    }

    /// Opens it. What is read is added to `read`.
    pub fn open(&self, read: &Arc<AtomicU64>) -> Result<Opened, InputError> {
        let read = Arc::clone(read);
        match self {
            Self::File(path) => {
                let file = File::open(path)?;
                let metadata = file.metadata()?;
                // Opening a folder succeeds, reading it fails with an error that helps nobody.
                if metadata.is_dir() {
                    return Err(InputError::Folder);
                }
                let seekable = metadata.is_file();
                Ok(Opened { input: Input::File(file), seekable, read })
            }
            Self::Stdin => Ok(Opened { input: Input::Stdin(io::stdin()), seekable: false, read }),
        }
    }
}

/// The name in origins and messages.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("stdin"),
        }
    }
}

/// An open source.
#[derive(Debug)]
pub struct Opened {
    input: Input,
    seekable: bool,
    read: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Input {
    File(File),
    Stdin(io::Stdin),
}

impl Opened {
    /// Whether its writer may still be at work: a pipe, a terminal, a device.
    pub(super) fn is_live(&self) -> bool {
        !self.seekable
    }

    /// The file from its beginning, where it is one that can be read in any order.
    pub(super) fn into_file(self) -> Result<io::Result<File>, Self> {
        match self.input {
            Input::File(mut file) if self.seekable => Ok(file.rewind().map(|()| file)),
            input => Err(Self { input, ..self }),
        }
    }
}

impl Read for Opened {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = match &mut self.input {
            Input::File(file) => file.read(buf)?,
            Input::Stdin(stdin) => stdin.read(buf)?,
        };
        self.read.fetch_add(u64::try_from(n).unwrap_or(0), Ordering::Relaxed);
        Ok(n)
    }
}
