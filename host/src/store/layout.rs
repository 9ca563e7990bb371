//! Which files a tenant's folder holds, and what their names say.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::{remove, sync_folder};
use super::frame::is_whole;
use super::settings::is_unfinished;
use super::{StoreError, failed};

/// The snapshot of a store of version 1: the component's bytes alone.
const FIRST: &str = "snapshot";
const SNAPSHOT: &str = "snapshot-";
const JOURNAL: &str = "journal-";
const ASIDE: &str = "damaged-";

/// Of a sequence in a name.
const DIGITS: usize = 20;

/// Files of a folder, by the sequence in their names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    /// From the oldest on; that of version 1 has sequence 0.
    pub(super) snapshots: Vec<(u64, PathBuf)>,
    /// With the sequence of their first record.
    pub(super) segments: Vec<(u64, PathBuf)>,
    /// Damaged ones that were set aside, and what a death left half written.
    pub(super) aside: Vec<PathBuf>,
    pub(super) unfinished: Vec<PathBuf>,
}

impl Files {
    /// What is in a folder; nothing where there is none.
    pub(super) fn of(folder: &Path) -> Result<Self, StoreError> {
        let read = |error| failed("read", folder)(error);
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            entries => entries.map_err(read)?,
        };
        let mut files = Self::default();
        for entry in entries {
            let entry = entry.map_err(read)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = entry.path();
            if is_unfinished(&path) {
                // Who writes it holds another lock.
                continue;
            }
            if name.ends_with(".new") {
                files.unfinished.push(path);
            } else if name == FIRST {
                files.snapshots.push((0, path));
            } else if let Some(sequence) = number(&name, SNAPSHOT) {
                files.snapshots.push((sequence, path));
            } else if let Some(sequence) = number(&name, JOURNAL) {
                files.segments.push((sequence, path));
            } else if name.starts_with(ASIDE) {
                files.aside.push(path);
            }
        }
        files.snapshots.sort();
        files.segments.sort();
        files.aside.sort();
        Ok(files)
    }

    /// Segments that can hold records behind a sequence.
    pub(super) fn behind(&self, sequence: u64) -> impl Iterator<Item = &(u64, PathBuf)> {
        let nexts = self.segments.iter().skip(1).map(|(first, _)| Some(*first)).chain([None]);
        let covered = move |next: Option<u64>| next.is_some_and(|next| next <= sequence.saturating_add(1));
        self.segments.iter().zip(nexts).filter(move |(_, next)| !covered(*next)).map(|(segment, _)| segment)
    }

    /// The highest number that a snapshot was ever given, damaged or not: the one that a newer takes is above it.
    pub(super) fn newest(&self) -> u64 {
        let aside = self.aside.iter().filter_map(|path| number_aside(path, SNAPSHOT));
        self.snapshots.iter().map(|(sequence, _)| *sequence).chain(aside).max().unwrap_or(0)
    }

    /// Removes what two snapshots have made needless: of snapshots the newest two stay, so that a damaged one costs
    /// nothing, and the segments behind the older. Segments that are not whole are set aside instead. Damaged snapshots
    /// must not stand here any more.
    ///
    /// From the oldest on, so that a death leaves what is needed and some of what is not.
    pub(super) fn clean(&self) -> Result<(), StoreError> {
        let Some(before) = self.snapshots.len().checked_sub(2) else { return Ok(()) };
        let kept = self.snapshots.get(before).map_or(0, |(sequence, _)| *sequence);
        let needed: Vec<&PathBuf> = self.behind(kept).map(|(_, path)| path).collect();
        for (_, path) in self.snapshots.iter().take(before) {
            remove(path).map_err(failed("remove", path))?;
        }
        for (_, path) in self.segments.iter().filter(|(_, path)| !needed.contains(&path)) {
            if fs::read(path).is_ok_and(|bytes| is_whole(&bytes)) {
                remove(path).map_err(failed("remove", path))?;
            } else {
                set_aside(path).map_err(failed("rename", path))?;
            }
        }
        Ok(())
    }

    /// Removes what is older than the snapshot of a sequence, but for segments that are known to stand `behind` it. Says
    /// whether there was anything.
    pub(super) fn leave_behind(&self, sequence: u64, behind: &[&PathBuf]) -> Result<bool, StoreError> {
        let is_old = |(other, path): &&(u64, PathBuf)| *other <= sequence && !behind.contains(&path);
        let snapshots = self.snapshots.iter().filter(|(other, _)| *other < sequence).map(|(_, path)| path);
        let segments = self.segments.iter().filter(is_old).map(|(_, path)| path);
        let aside = self.aside.iter().filter(|path| {
            let number = number_aside(path, SNAPSHOT).or_else(|| number_aside(path, JOURNAL));
            number.unwrap_or(0) <= sequence
        });
        remove_all(snapshots.chain(segments).chain(aside))
    }

    /// Removes all but the snapshot of a sequence.
    pub(super) fn leave_only(&self, sequence: u64) -> Result<(), StoreError> {
        let snapshots = self.snapshots.iter().filter(|(other, _)| *other != sequence).map(|(_, path)| path);
        let segments = self.segments.iter().map(|(_, path)| path);
        remove_all(snapshots.chain(segments).chain(&self.aside).chain(&self.unfinished)).map(drop)
    }
}

/// Removes files, and says whether there was one. Its name is gone from the disk too when this returns.
fn remove_all<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Result<bool, StoreError> {
    let mut folder = None;
    for path in paths {
        remove(path).map_err(failed("remove", path))?;
        folder = path.parent();
    }
    folder.map_or(Ok(()), |folder| sync_folder(folder).map_err(failed("sync", folder)))?;
    Ok(folder.is_some())
}

/// The number that a file had before it was set aside.
fn number_aside(path: &Path, before: &str) -> Option<u64> {
    let name = path.file_name()?.to_str()?.strip_prefix(ASIDE)?;
    number(name.get(..before.len() + DIGITS)?, before)
}

/// Sets a damaged file aside.
pub(super) fn set_aside(path: &Path) -> io::Result<()> {
    fs::rename(path, aside(path, None))
}

/// Whether a file's name is a snapshot's.
pub(super) fn is_snapshot(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| number(name, SNAPSHOT).is_some())
}

fn number(name: &str, before: &str) -> Option<u64> {
    let digits = name.strip_prefix(before)?;
    (digits.len() == DIGITS).then_some(digits)?.parse().ok()
}

/// The snapshot that covers all up to a sequence.
pub(super) fn snapshot(sequence: u64) -> String {
    format!("{SNAPSHOT}{sequence:020}")
}

/// The segment that begins with a sequence.
pub(super) fn segment(sequence: u64) -> String {
    format!("{JOURNAL}{sequence:020}")
}

/// Where a damaged file goes, or its bytes from a place on: to a name that is free, for nothing is thrown away.
pub(super) fn aside(path: &Path, from: Option<u64>) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let from = from.map(|from| format!("-{from}")).unwrap_or_default();
    let first = path.with_file_name(format!("{ASIDE}{name}{from}"));
    let others = (2_u64..).map(|number| path.with_file_name(format!("{ASIDE}{name}{from}.{number}")));
    std::iter::once(first.clone()).chain(others).find(|path| !path.exists()).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[(u64, PathBuf)]) -> Vec<u64> {
        paths.iter().map(|(sequence, _)| *sequence).collect()
    }

    fn folder(names: &[&str]) -> (tempfile::TempDir, Files) {
        let folder = tempfile::tempdir().unwrap();
        names.iter().for_each(|name| fs::write(folder.path().join(name), name).unwrap());
        let files = Files::of(folder.path()).unwrap();
        (folder, files)
    }

    #[test]
    fn names_say_what_files_are() {
        let (_folder, files) = folder(&[
            "snapshot",
            "snapshot-00000000000000000009",
            "snapshot-9",
            "journal-00000000000000000010",
            "journal-00000000000000000001",
            "snapshot-00000000000000000011.new",
            "settings.json.17-0.new",
            "damaged-journal-00000000000000000001",
            "lock",
        ]);
        assert_eq!((names(&files.snapshots), names(&files.segments)), (vec![0, 9], vec![1, 10]));
        assert_eq!((files.aside.len(), files.unfinished.len()), (1, 1));
    }

    #[test]
    fn the_newest_two_snapshots_stay_with_what_follows_them() {
        let snapshots = [3, 7, 12].map(snapshot);
        let segments = [1, 4, 8, 13].map(segment);
        let all: Vec<&str> = snapshots.iter().chain(&segments).map(String::as_str).collect();
        let (folder, files) = folder(&all);
        // Behind 7 stand the records from 8 on; segment 4 holds 4 to 7.
        assert_eq!(files.behind(7).map(|(first, _)| *first).collect::<Vec<_>>(), [8, 13]);
        assert_eq!(files.behind(6).map(|(first, _)| *first).collect::<Vec<_>>(), [4, 8, 13]);
        // Segment 1 is whole, as it is empty; segment 4 is not.
        fs::write(folder.path().join(segment(1)), "").unwrap();
        files.clean().unwrap();
        let files = Files::of(folder.path()).unwrap();
        assert_eq!((names(&files.snapshots), names(&files.segments)), (vec![7, 12], vec![8, 13]));
        let [aside] = files.aside.as_slice() else { panic!("{:?}", files.aside) };
        assert!(aside.ends_with("damaged-journal-00000000000000000004"));
        files.leave_only(12).unwrap();
        let files = Files::of(folder.path()).unwrap();
        assert_eq!((names(&files.snapshots), files.segments.len(), files.aside.len()), (vec![12], 0, 0));
    }

    #[test]
    fn what_is_set_aside_takes_no_name_that_is_taken() {
        let (folder, _) = folder(&[&snapshot(9)]);
        for name in ["damaged-snapshot-00000000000000000009", "damaged-snapshot-00000000000000000009.2"] {
            set_aside(&folder.path().join(snapshot(9))).unwrap();
            assert!(folder.path().join(name).exists(), "{name}");
            fs::write(folder.path().join(snapshot(9)), "again").unwrap();
        }
        fs::remove_file(folder.path().join(snapshot(9))).unwrap();
        assert_eq!(Files::of(folder.path()).unwrap().newest(), 9, "its number is not given again");
    }
}
