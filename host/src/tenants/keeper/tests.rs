//! Tenants on a disk that fails, at the moment that a test chooses.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::*;
use crate::runtime::Limits;
use crate::runtime::bindings::ingest::{Batch, Emit};
use crate::runtime::tests::embedded;
use crate::store::faulty::Faulty;
use crate::store::{Settings, StoreError, Syncer, TenantName};
use crate::tenants::{Config, Tenants};

fn name() -> TenantName {
    "a".parse().unwrap()
}

fn birth(memory: u64) -> Birth {
    let limits = Limits { memory, ..Limits::default() };
    Birth::new(embedded().clone(), limits, "{}".into())
}

fn own(dir: &Path, disk: &Faulty, memory: u64) -> Keeper {
    let syncer = Arc::new(Syncer::start(1).unwrap());
    let disk: Arc<dyn crate::store::Disk> = Arc::new(disk.clone());
    Keeper::own(birth(memory), Durability::Journal, Owned::take(dir, &name(), &disk, &syncer).unwrap())
        .unwrap()
}

fn batch(text: &str) -> Batch {
    let (source, environment) = ("f".into(), None);
    Batch { source, first_line: 1, received_at: 0, environment, emit: Emit::None, text: text.into() }
}

fn lines(keeper: &mut Keeper) -> u64 {
    keeper.instance().stats().unwrap().lines
}

fn is_of_the_disk<T>(result: Result<T, Fault>) -> bool {
    matches!(result.map(drop), Err(Fault::Store(StoreError::Journal(_))))
}

/// Takes lines that no disk takes: they are appended, and then their sync fails.
fn lose(keeper: &mut Keeper, disk: &Faulty) {
    disk.open(false);
    for _ in 0..2 {
        keeper.ingest(&batch("{}\n")).unwrap();
    }
    disk.broken.store(true, Ordering::SeqCst);
    disk.open(true);
    while keeper.durable().is_ok() {
        std::thread::yield_now();
    }
    disk.broken.store(false, Ordering::SeqCst);
}

#[test]
fn a_question_after_a_failure_of_the_disk_is_answered_from_what_is_there() {
    let (dir, disk) = (tempfile::tempdir().unwrap(), Faulty::new());
    let config = Config { disk: Arc::new(disk.clone()), ..Config::new(dir.path().into()) };
    let tenants = Tenants::start(embedded().clone(), config).unwrap();
    tenants.add(&name(), &Settings::default()).unwrap();
    let change = || tenants.call(&name(), 0, |keeper| keeper.ingest(&batch("{}\n")).map(drop));
    let ask = || tenants.call(&name(), 0, |keeper| Ok((keeper.sequence(), lines(keeper))));
    change().unwrap();
    disk.broken.store(true, Ordering::SeqCst);
    assert!(is_of_the_disk(change()), "it was not acknowledged");
    // Still broken: what is asked needs no writing.
    assert_eq!((ask().unwrap(), ask().unwrap()), ((1, 1), (1, 1)));
    assert!(is_of_the_disk(change()));
    tenants.sleep(&name()).unwrap();
    assert_eq!(tenants.awake(), 0);
    assert_eq!(ask().unwrap(), (1, 1));
    assert!(is_of_the_disk(change()));
    disk.broken.store(false, Ordering::SeqCst);
    change().unwrap();
    assert_eq!(ask().unwrap(), (2, 2));
    assert!(tenants.close().is_empty());
}

/// As `begat run` does it: batches are on their way, and what is durable is counted by their numbers.
#[test]
fn who_has_changes_on_their_way_is_told_once_that_they_are_lost() {
    let (dir, disk) = (tempfile::tempdir().unwrap(), Faulty::new());
    let mut keeper = own(dir.path(), &disk, Limits::MEMORY);
    keeper.ingest(&batch("{}\n")).unwrap();
    keeper.wait().unwrap();
    lose(&mut keeper, &disk);
    assert!(!keeper.is_well());
    assert!(is_of_the_disk(keeper.ingest(&batch("{}\n"))));
    keeper.ingest(&batch("{}\n{}\n")).unwrap();
    keeper.wait().unwrap();
    assert_eq!((keeper.sequence(), keeper.durable().unwrap(), lines(&mut keeper)), (2, 2, 3));
    // Nor is a snapshot taken for one of all that came before.
    lose(&mut keeper, &disk);
    assert!(is_of_the_disk(keeper.compact()));
    keeper.compact().unwrap();
    assert_eq!((keeper.sequence(), lines(&mut keeper)), (2, 3));
}

/// Bringing a tenant back after a trap must not hide that the disk has not taken what came before.
#[test]
fn a_trap_behind_changes_that_are_lost_is_not_what_is_told() {
    let (dir, disk) = (tempfile::tempdir().unwrap(), Faulty::new());
    // Enough to start and for a line, and no more: the large batch does not fit.
    let mut keeper = own(dir.path(), &disk, 8 << 20);
    let large = batch(&"x\n".repeat(8 << 20));
    keeper.ingest(&batch("{}\n")).unwrap();
    keeper.wait().unwrap();
    disk.open(false);
    keeper.ingest(&batch("{}\n")).unwrap();
    disk.broken.store(true, Ordering::SeqCst);
    let opens = std::thread::spawn({
        let disk = disk.clone();
        move || disk.open(true)
    });
    assert!(is_of_the_disk(keeper.ingest(&large)));
    opens.join().unwrap();
    disk.broken.store(false, Ordering::SeqCst);
    keeper.ingest(&batch("{}\n")).unwrap();
    keeper.wait().unwrap();
    assert_eq!((keeper.sequence(), lines(&mut keeper)), (2, 2));
}
