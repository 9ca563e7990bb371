//! The file of a key.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, bail};

use crate::cli::terminal;

/// How many random bytes a new key has.
const LENGTH: usize = 32;

/// Reads a key that is there.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let shown = terminal::path(path);
    let key = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    checked(key, &shown)
}

fn checked(key: Vec<u8>, shown: &str) -> anyhow::Result<Vec<u8>> {
    if !(16..=64).contains(&key.len()) {
        bail!("{shown} is no key: it has {} bytes, and a key has 16 to 64", key.len());
    }
    Ok(key)
}

/// Reads a key; where there is no file, one is made. Returns whether that was so.
pub(super) fn open(path: &Path) -> anyhow::Result<(Vec<u8>, bool)> {
    let shown = terminal::path(path);
    match std::fs::read(path) {
        Ok(key) => Ok((checked(key, &shown)?, false)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = create(path).with_context(|| format!("cannot write {shown}"))?;
            Ok((key, true))
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {shown}")),
    }
}

fn create(path: &Path) -> io::Result<Vec<u8>> {
    let mut key = vec![0; LENGTH];
    getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
    let mut file = new_file(path)?;
    file.write_all(&key)?;
    file.sync_all()?;
    Ok(key)
}

/// For its owner's eyes, where the system knows such a thing.
fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let (key, made) = open(&path).unwrap();
        assert!(made && key.len() == LENGTH && key != [0; LENGTH]);
        assert_eq!(open(&path).unwrap(), (key, false));
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        open(&path).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for length in [0, 15, 65] {
            std::fs::write(&path, vec![1; length]).unwrap();
            let error = open(&path).unwrap_err().to_string();
            assert!(error.ends_with(&format!("it has {length} bytes, and a key has 16 to 64")), "{error}");
        }
    }
}
