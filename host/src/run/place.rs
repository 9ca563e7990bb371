//! Where a report goes: there whole, or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A place that was found writable before the work began. Dropped without [`Place::put`], it leaves
/// nothing behind and what was there before as it was.
#[derive(Debug)]
pub struct Place {
    shown: PathBuf,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Stdout,
    /// A device or a pipe: nothing to rename.
    Direct(File),
    /// A file beside its final name.
    Atomic {
        file: File,
        temporary: PathBuf,
        path: PathBuf,
    },
    Done,
}

impl Place {
    /// Opens the place: `-` is stdout.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { shown: path.to_owned(), inner: Inner::open(path)? })
    }

    /// The name as it was given.
    #[must_use]
    pub fn shown(&self) -> &Path {
        &self.shown
    }

    /// Writes the whole and makes it visible.
    pub fn put(mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.inner {
            Inner::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes)?;
                stdout.flush()
            }
            Inner::Direct(file) => file.write_all(bytes),
            Inner::Atomic { file, temporary, path } => {
                file.write_all(bytes)?;
                file.sync_all()?;
                fs::rename(&temporary, path)?;
                self.inner = Inner::Done;
                Ok(())
            }
            Inner::Done => Ok(()),
        }
    }
}

impl Inner {
    fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::Stdout);
        }
        // A link stays a link: what it points to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&path) {
            Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(there) if !there.is_file() => Ok(Self::Direct(OpenOptions::new().write(true).open(&path)?)),
            _ => Self::beside(path),
        }
    }

    fn beside(path: PathBuf) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(hidden);
        let file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        Ok(Self::Atomic { file, temporary, path })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Inner::Atomic { temporary, .. } = &self.inner {
            let _ = fs::remove_file(temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_stays_until_the_whole_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "old").unwrap();

        drop(Place::open(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");

        Place::open(&path).unwrap().put(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_found_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Place::open(&folder.path().join("no/such/folder.json")).is_err());
        assert!(Place::open(folder.path()).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error() {
        let error = Place::open(Path::new("/dev/full")).unwrap().put(b"x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
