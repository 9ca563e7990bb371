//! Opens what the command line names, and counts what is read of it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::InputError;
use super::archive::{self, Member};

/// Where lines come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// A file in a zip archive.
    Member(Member),
    /// Standard input.
    Stdin,
}

impl Source {
    /// `-` is stdin, everything else a path.
    #[must_use]
    pub fn parse(argument: &Path) -> Self {
        if argument.as_os_str() == "-" { Self::Stdin } else { Self::File(argument.to_owned()) }
    }

    /// What an argument stands for: of a folder the logs in it by their names, of a zip archive the files in it. What
    /// cannot be looked at is left as it is: opening it says why.
    #[must_use]
    pub fn all(argument: &Path) -> Vec<Self> {
        let source = Self::parse(argument);
        let Self::File(path) = &source else { return vec![source] };
        let logs = logs(path);
        if !logs.is_empty() {
            return logs.iter().flat_map(|log| Self::of_file(log)).collect();
        }
        Self::of_file(path)
    }

    fn of_file(path: &Path) -> Vec<Self> {
        let members = if is_archive(path) { archive::members(path).unwrap_or_default() } else { Vec::new() };
        if members.is_empty() {
            return vec![Self::File(path.to_owned())];
        }
        members.into_iter().map(Self::Member).collect()
    }

    /// Its size, where that is known before reading.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::File(path) => {
                std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|m| m.len())
            }
            Self::Member(member) => Some(member.packed),
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
                if is_archive(path) {
                    // What can be read of one are its members.
                    archive::members(path)?;
                }
                let input = if metadata.is_file() { Input::File(file) } else { Input::Pipe(file) };
                Ok(Opened { input, read })
            }
            Self::Member(member) => {
                let counter = Arc::clone(&read);
                let unpacked = member.open(move |bytes| count(&counter, bytes))?;
                Ok(Opened { input: Input::Member(unpacked), read })
            }
            Self::Stdin => Ok(Opened { input: Input::Stdin(io::stdin()), read }),
        }
    }
}

/// Names of logs, each also packed.
const LOGS: [&str; 5] = ["json", "jsonl", "ndjson", "log", "evtx"];

/// The logs of a folder, by name; none where it is no folder.
fn logs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_log = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
        let unpacked = name.strip_suffix(".gz").or(name.strip_suffix(".zst")).unwrap_or(&name);
        let ending = unpacked.rsplit_once('.').map_or("", |(_, ending)| ending);
        (LOGS.contains(&ending) || name.ends_with(".zip")) && !name.starts_with('.') && path.is_file()
    };
    let mut logs: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_log).collect();
    logs.sort();
    logs
}

/// Whether a file begins like a zip archive.
fn is_archive(path: &Path) -> bool {
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let mut head = [0; 4];
    is_file
        && File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok())
        && begins_archive(&head)
}

/// A file's header, or the end of an archive that holds none.
pub(super) fn begins_archive(head: &[u8]) -> bool {
    matches!(head, [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..])
}

fn count(read: &AtomicU64, bytes: usize) {
    read.fetch_add(u64::try_from(bytes).unwrap_or(0), Ordering::Relaxed);
}

/// The name in origins and messages.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Member(member) => write!(f, "{}/{}", member.archive.display(), member.name),
            Self::Stdin => f.write_str("stdin"),
        }
    }
}

/// An open source.
pub struct Opened {
    input: Input,
    read: Arc<AtomicU64>,
}

enum Input {
    /// It can be read in any order.
    File(File),
    /// A pipe, a terminal, a device.
    Pipe(File),
    Stdin(io::Stdin),
    /// Counts what is read of the archive by itself.
    Member(Box<dyn Read + Send>),
}

impl Opened {
    /// Whether its writer may still be at work.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.input, Input::Pipe(_) | Input::Stdin(_))
    }

    /// The file from its beginning, where it is one that can be read in any order.
    pub(super) fn into_file(self) -> Result<io::Result<File>, Self> {
        match self.input {
            Input::File(mut file) => Ok(file.rewind().map(|()| file)),
            input => Err(Self { input, ..self }),
        }
    }
}

impl Read for Opened {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = match &mut self.input {
            Input::File(file) | Input::Pipe(file) => file.read(buf)?,
            Input::Stdin(stdin) => stdin.read(buf)?,
            Input::Member(unpacked) => return unpacked.read(buf),
        };
        count(&self.read, n);
        Ok(n)
    }
}
