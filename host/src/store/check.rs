//! Everything that a tenant's folder holds, looked through: also what no recovery would read.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::frame::{Found, Frames};
use super::held::Damage;
use super::layout::Files;
use super::snapshots::Snapshot;
use super::{Held, StoreError, failed};

/// What was found.
#[derive(Debug, Default, Serialize)]
pub struct Checked {
    /// Snapshots, whole or not.
    pub snapshots: u64,
    /// Segments of the journal.
    pub segments: u64,
    /// Whole commands in them.
    pub commands: u64,
    /// Of those the ones behind the newest whole snapshot.
    pub behind: u64,
    /// The last command.
    pub last: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Damaged files that were set aside earlier.
    pub aside: Vec<String>,
    /// What is damaged now.
    #[serde(skip)]
    pub damage: Vec<Damage>,
}

/// How far a tenant is, and how large; what no recovery would read is not looked through.
pub(super) fn look(folder: &Path) -> Result<Checked, StoreError> {
    let held = Held::read(folder)?;
    let files = Files::of(folder)?;
    // Who works on it may replace a file meanwhile.
    let size = |(_, path): &(u64, PathBuf)| fs::metadata(path).map_or(0, |data| data.len());
    Ok(Checked {
        snapshots: files.snapshots.len() as u64,
        segments: files.segments.len() as u64,
        behind: held.commands,
        last: held.last,
        bytes: files.snapshots.iter().chain(&files.segments).map(size).sum(),
        ..Checked::default()
    })
}

pub(super) fn check(folder: &Path) -> Result<Checked, StoreError> {
    let held = Held::read(folder)?;
    let files = Files::of(folder)?;
    let mut checked =
        Checked { behind: held.commands, last: held.last, damage: held.damage, ..Checked::default() };
    let mut tell = |damage: Damage| {
        if !checked.damage.iter().any(|known| known.path == damage.path) {
            checked.damage.push(damage);
        }
    };
    for (_, path) in &files.snapshots {
        let bytes = fs::read(path).map_err(failed("read", path))?;
        checked.snapshots += 1;
        checked.bytes += bytes.len() as u64;
        if path.ends_with("snapshot") {
            continue;
        }
        if let Err(error) = Snapshot::of_bytes(&bytes, path) {
            let (path, what) = (path.clone(), error.to_string());
            tell(Damage { path, bytes: None, what, torn: false });
        }
    }
    for (_, path) in &files.segments {
        let bytes = fs::read(path).map_err(failed("read", path))?;
        checked.segments += 1;
        checked.bytes += bytes.len() as u64;
        for found in Frames::of(&bytes, 0) {
            let (from, to, torn) = match found {
                Found::Record { .. } => {
                    checked.commands += 1;
                    continue;
                }
                Found::Damage { from, to } => (from, to, false),
                Found::Torn { from } => (from, bytes.len(), true),
            };
            let what = "no whole record; the snapshot covers what stood here".to_owned();
            let (path, bytes) = (path.clone(), Some((from as u64, to as u64)));
            tell(Damage { path, bytes, what, torn });
        }
    }
    checked.aside = files.aside.iter().map(|path| path.display().to_string()).collect();
    Ok(checked)
}
