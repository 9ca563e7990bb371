//! What the store does to a file system, so that tests can make each of it fail.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// A file that grows at its end.
pub trait Tape: Send {
    /// Appends all of it, or fails having appended some.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when what was appended is on the disk.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts it to a length.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// Where files are written.
pub trait Disk: Send + Sync {
    /// Opens a file at its end; makes it where it is not there.
    fn tape(&self, path: &Path) -> io::Result<Box<dyn Tape>>;

    /// Writes a new file, on the disk when this returns.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
}

/// The file system itself.
#[must_use]
pub fn real() -> Arc<dyn Disk> {
    Arc::new(Real)
}

struct Real;

impl Disk for Real {
    fn tape(&self, path: &Path) -> io::Result<Box<dyn Tape>> {
        Ok(Box::new(OpenOptions::new().append(true).create(true).open(path)?))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }
}

impl Tape for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.sync_all()
    }
}

/// A folder's names: without it a new one may be gone after a power failure.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Whether a file that is open still has its name: its folder may have been removed meanwhile.
pub(super) fn stands_at(file: &File, path: &Path) -> io::Result<bool> {
    let there = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        there => there?,
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let open = file.metadata()?;
        Ok((there.dev(), there.ino()) == (open.dev(), open.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = (file, there);
        Ok(true)
    }
}

/// Removes a file; that it is not there is fine.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
