//! Disks that are full, and syncs that fail or wait.

use super::*;

#[test]
fn a_full_disk_is_told_and_what_was_acknowledged_stays() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Faulty::new();
    let (mut owned, _) = take_on(dir.path(), &disk);
    append(&owned, 1..=3);
    owned.save(&snapshot(3)).unwrap();
    append(&owned, 4..=4);
    // A part of the next record still fits.
    disk.room.store(10, Ordering::SeqCst);
    owned.append(5, command(5)).unwrap();
    let error = owned.wait().unwrap_err();
    assert!(error.to_string().contains("journal-00000000000000000004: "), "{error}");
    assert!(owned.append(6, command(6)).is_err(), "it takes nothing more");
    assert!(matches!(owned.save(&snapshot(4)), Err(StoreError::Journal(_))));

    let held = owned.reopen().unwrap();
    assert_eq!((covered(&held), sequences(&held), held.damage.len()), (3, vec![4], 0));
    disk.room.store(10, Ordering::SeqCst);
    let error = owned.save(&snapshot(4)).unwrap_err();
    let StoreError::Io { path, cause, .. } = &error else { panic!("{error}") };
    assert_eq!(
        (path.file_name().unwrap().to_str().unwrap(), cause.kind()),
        ("snapshot-00000000000000000004", io::ErrorKind::StorageFull)
    );
    disk.room.store(i64::MAX, Ordering::SeqCst);
    append(&owned, 5..=5);
    drop(owned);
    let (_, held) = take(dir.path());
    assert_eq!((covered(&held), sequences(&held), held.damage.len()), (3, vec![4, 5], 0));
}

#[test]
fn a_sync_that_fails_is_not_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Faulty::new();
    let (mut owned, _) = take_on(dir.path(), &disk);
    append(&owned, 1..=2);
    disk.broken.store(true, Ordering::SeqCst);
    let (told, heard) = std::sync::mpsc::channel();
    owned.append(3, command(3)).unwrap();
    owned.when_durable(3, Box::new(move |result| told.send(result).unwrap()));
    assert!(heard.recv().unwrap().unwrap_err().cause.contains("Input/output error"));
    disk.broken.store(false, Ordering::SeqCst);
    assert!(owned.append(4, command(4)).is_err());
    // What was never synced is gone, so that nothing acknowledged later stands behind a hole.
    let held = owned.reopen().unwrap();
    assert_eq!(sequences(&held), [1, 2]);
    append(&owned, 3..=3);
    assert_eq!(sequences(&owned.reopen().unwrap()), [1, 2, 3]);
}

#[test]
fn all_that_waits_shares_one_sync() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Faulty::new();
    let (owned, _) = take_on(dir.path(), &disk);
    append(&owned, 1..=1);
    disk.open(false);
    let (told, heard) = std::sync::mpsc::channel();
    for sequence in 2..=100 {
        owned.append(sequence, command(sequence)).unwrap();
        let told = told.clone();
        owned.when_durable(sequence, Box::new(move |result| told.send(result.map(|()| sequence)).unwrap()));
    }
    assert!(heard.try_recv().is_err(), "nothing is acknowledged before it is on the disk");
    disk.open(true);
    let mut all: Vec<u64> = heard.iter().take(99).map(Result::unwrap).collect();
    all.sort_unstable();
    assert_eq!(all, (2..=100).collect::<Vec<_>>());
    // One for the first, one for what the writer had taken when the gate closed, one for the rest.
    assert!(disk.syncs.load(Ordering::SeqCst) <= 3, "{:?}", disk.syncs);
}

/// Two tenants on one thread of the syncer. While its disk waits with the first record of `a`, six of 1 MiB come for `a`
/// and then one for `b`: that one waits for a turn of `a`, and not for all six.
#[test]
fn who_brings_much_makes_nobody_wait_for_all_of_it() {
    let (dir, disk, syncer) = (tempfile::tempdir().unwrap(), Faulty::new(), syncer());
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let take = |name: &str| Owned::take(dir.path(), &name.parse().unwrap(), &shared, &syncer).unwrap().0;
    let (a, b) = (take("a"), take("b"));
    let (told, heard) = std::sync::mpsc::channel();
    let append = |name: &'static str, owned: &Owned, sequence: u64, bytes: usize| {
        owned.append(sequence, vec![b'x'; bytes]).unwrap();
        let told = told.clone();
        owned.when_durable(sequence, Box::new(move |result| told.send((name, sequence, result)).unwrap()));
    };
    disk.open(false);
    append("a", &a, 1, 1);
    while disk.room.load(Ordering::SeqCst) == i64::MAX {
        std::thread::yield_now();
    }
    (2..8).for_each(|sequence| append("a", &a, sequence, 1 << 20));
    append("b", &b, 1, 1);
    disk.open(true);
    let order: Vec<_> = heard.iter().take(8).collect();
    let expected = [("a", 1), ("a", 2), ("b", 1), ("a", 3), ("a", 4), ("a", 5), ("a", 6), ("a", 7)];
    assert_eq!(order, expected.map(|(name, sequence)| (name, sequence, Ok(()))));
}
