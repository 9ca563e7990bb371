//! A tenant's files through deaths, faults of the disk, and damage.

mod damage;
mod faults;
mod forgetting;
mod owners;
mod recovery;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::faulty::Faulty;
use super::*;

fn name() -> TenantName {
    "a".parse().unwrap()
}

fn syncer() -> Arc<Syncer> {
    Arc::new(Syncer::start(1).unwrap())
}

fn take(dir: &Path) -> (Owned, Held) {
    Owned::take(dir, &name(), &real(), &syncer()).unwrap()
}

fn command(sequence: u64) -> Vec<u8> {
    format!("command {sequence}").into_bytes()
}

fn append(owned: &Owned, sequences: std::ops::RangeInclusive<u64>) {
    sequences.for_each(|sequence| owned.append(sequence, command(sequence)).unwrap());
    owned.wait().unwrap();
}

fn snapshot(sequence: u64) -> Snapshot {
    let state = format!("state {sequence}").into_bytes();
    Snapshot { sequence, host: serde_json::json!({}), state, alone: false }
}

/// The sequences that are there, each with what was appended under it.
fn sequences(held: &Held) -> Vec<u64> {
    held.commands()
        .map(|(sequence, bytes)| {
            assert_eq!(bytes, command(sequence));
            sequence
        })
        .collect()
}

fn covered(held: &Held) -> u64 {
    held.snapshot.as_ref().map_or(0, |snapshot| {
        assert_eq!(snapshot.state, format!("state {}", snapshot.sequence).into_bytes());
        snapshot.sequence
    })
}

fn files(dir: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir.join("tenants/a")).unwrap().map(|entry| entry.unwrap().path());
    let begins = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(prefix);
    let mut files: Vec<PathBuf> = entries.filter(begins).collect();
    files.sort();
    files
}

/// The tenant's files and their bytes.
fn all(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    files(dir, "").into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn take_on(dir: &Path, disk: &Faulty) -> (Owned, Held) {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    Owned::take(dir, &name(), &disk, &syncer()).unwrap()
}
