//! A tenant's files through deaths, faults of the disk, and damage.

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

#[test]
fn what_was_acknowledged_is_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let (owned, held) = take(dir.path());
    assert_eq!((covered(&held), held.last, held.commands), (0, 0, 0));
    append(&owned, 1..=5);
    drop(owned);
    let (owned, held) = take(dir.path());
    assert_eq!((sequences(&held), held.last), (vec![1, 2, 3, 4, 5], 5));
    append(&owned, 6..=7);
    // Who reads needs no lock.
    let held = Tenant::find(dir.path(), &name()).unwrap().read().unwrap();
    assert_eq!(sequences(&held), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(files(dir.path(), "journal-").len(), 1, "one journal goes on");
}

#[test]
fn a_snapshot_takes_the_place_of_what_it_covers() {
    let dir = tempfile::tempdir().unwrap();
    let (mut owned, _) = take(dir.path());
    for last in [3, 6, 9] {
        append(&owned, last - 2..=last);
        owned.save(&snapshot(last)).unwrap();
    }
    append(&owned, 10..=11);
    let names = |prefix| -> Vec<String> {
        files(dir.path(), prefix)
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into())
            .collect()
    };
    // The newest two; and the journal behind the older of them.
    assert_eq!(names("snapshot-"), ["snapshot-00000000000000000006", "snapshot-00000000000000000009"]);
    assert_eq!(names("journal-"), ["journal-00000000000000000007", "journal-00000000000000000010"]);
    drop(owned);
    let (mut owned, held) = take(dir.path());
    assert_eq!((covered(&held), sequences(&held)), (9, vec![10, 11]));
    owned.leave_newest().unwrap();
    assert_eq!((names("snapshot-").len(), names("journal-").len()), (1, 0));
}

#[test]
fn a_damaged_snapshot_costs_nothing_but_time() {
    let dir = tempfile::tempdir().unwrap();
    let (mut owned, _) = take(dir.path());
    append(&owned, 1..=3);
    owned.save(&snapshot(3)).unwrap();
    append(&owned, 4..=6);
    owned.save(&snapshot(6)).unwrap();
    append(&owned, 7..=8);
    drop(owned);
    let newest = files(dir.path(), "snapshot-").pop().unwrap();
    let whole = fs::read(&newest).unwrap();
    // The number of the version too: 2 becomes 3.
    let version = "begat-snapshot ".len();
    for place in [0, version, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&newest, bytes).unwrap();
        let held = Tenant::find(dir.path(), &name()).unwrap().read().unwrap();
        assert_eq!((covered(&held), sequences(&held)), (3, vec![4, 5, 6, 7, 8]));
        assert_eq!((held.damage.len(), &held.damage[0].path), (1, &newest), "{:?}", held.damage);
    }
    fs::remove_file(&newest).unwrap();
    let held = Tenant::find(dir.path(), &name()).unwrap().read().unwrap();
    assert_eq!((covered(&held), held.damage.len()), (3, 0), "nor does one that is gone");
}

#[test]
fn a_snapshot_takes_the_name_of_a_damaged_one_and_is_not_taken_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let (mut owned, _) = take(dir.path());
    append(&owned, 1..=3);
    owned.save(&snapshot(3)).unwrap();
    drop(owned);
    let path = files(dir.path(), "snapshot-").pop().unwrap();
    let whole = fs::read(&path).unwrap();
    let broken = [&whole[..whole.len() - 1], b"?"].concat();
    fs::write(&path, &broken).unwrap();

    let (mut owned, held) = take(dir.path());
    assert_eq!((covered(&held), sequences(&held)), (0, vec![1, 2, 3]));
    // Nothing has come since.
    owned.save(&snapshot(3)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), whole);
    let aside = files(dir.path(), "damaged-").pop().unwrap();
    assert_eq!(fs::read(aside).unwrap(), broken, "the damaged one, and not what took its name");
    owned.leave_newest().unwrap();
    drop(owned);
    let (_, held) = take(dir.path());
    assert_eq!((covered(&held), held.last, held.damage.len()), (3, 3, 0));
    assert_eq!((files(dir.path(), "damaged-").len(), files(dir.path(), "journal-").len()), (0, 0));
}

/// Of a tenant without a journal, whose commands nobody can replay.
#[test]
fn a_death_while_a_damaged_snapshot_is_replaced_gives_no_number_twice() {
    let dir = tempfile::tempdir().unwrap();
    let (mut owned, _) = take(dir.path());
    owned.save(&snapshot(3)).unwrap();
    owned.save(&snapshot(6)).unwrap();
    drop(owned);
    let path = files(dir.path(), "snapshot-").pop().unwrap();
    fs::write(&path, "?").unwrap();
    let read = || Tenant::find(dir.path(), &name()).unwrap().read().unwrap();
    let told = |held: &Held| held.damage.last().unwrap().what.clone();
    let before = read();
    assert_eq!((covered(&before), before.last, told(&before).as_str()), (3, 6, "commands 4 to 6 are lost"));
    // Between the two renames.
    super::layout::set_aside(&path).unwrap();
    let between = read();
    assert_eq!((covered(&between), between.last, told(&between)), (3, 6, told(&before)));
    let (mut owned, held) = take(dir.path());
    assert_eq!(held.last, 6);
    owned.save(&snapshot(6)).unwrap();
    assert_eq!((covered(&read()), read().damage.len()), (6, 0));
}

/// Each process does some work, and leaves a snapshot.
#[test]
fn what_snapshots_cover_is_removed_from_one_process_to_the_next_and_not_read() {
    let dir = tempfile::tempdir().unwrap();
    for last in [3, 6, 9] {
        let (mut owned, held) = take(dir.path());
        assert_eq!((covered(&held), held.last, held.commands), (last - 3, last - 3, 0));
        append(&owned, last - 2..=last);
        owned.save(&snapshot(last)).unwrap();
    }
    // Behind 6 stand 7 to 9; and a name says that behind 9 stands nothing.
    assert_eq!(files(dir.path(), "snapshot-").len(), 2);
    let journals = files(dir.path(), "journal-");
    let [seven, ten] = journals.as_slice() else { panic!("{journals:?}") };
    assert!(seven.ends_with("journal-00000000000000000007") && ten.ends_with("journal-00000000000000000010"));
    assert_eq!(fs::metadata(ten).unwrap().len(), 0);
    // Nobody looks at what is covered, damaged or not.
    fs::write(seven, "?").unwrap();
    assert_eq!(take(dir.path()).1.damage, []);
    // It is set aside when it is needless, and not removed.
    for last in [10, 11] {
        let (mut owned, _) = take(dir.path());
        append(&owned, last..=last);
        owned.save(&snapshot(last)).unwrap();
    }
    assert_eq!(fs::read(files(dir.path(), "damaged-").pop().unwrap()).unwrap(), b"?");
}

/// As a begat before this one left it: one segment, all of it covered.
#[test]
fn a_journal_that_is_covered_is_not_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    let (mut owned, _) = take(dir.path());
    append(&owned, 1..=3);
    owned.save(&snapshot(3)).unwrap();
    drop(owned);
    fs::remove_file(files(dir.path(), "journal-").pop().unwrap()).unwrap();
    for last in [4, 5] {
        let (mut owned, held) = take(dir.path());
        assert_eq!((covered(&held), held.last), (last - 1, last - 1));
        append(&owned, last..=last);
        assert_eq!(sequences(&Tenant::find(dir.path(), &name()).unwrap().read().unwrap()), [last]);
        owned.save(&snapshot(last)).unwrap();
    }
    let first = files(dir.path(), "journal-").remove(0);
    assert!(first.ends_with("journal-00000000000000000005"), "{}", first.display());
}

/// The tenant's files and their bytes.
fn all(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    files(dir, "").into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn a_death_in_the_middle_of_forgetting_is_made_good_by_who_comes_next() {
    let dir = tempfile::tempdir().unwrap();
    let (mut owned, _) = take(dir.path());
    append(&owned, 1..=3);
    owned.save(&snapshot(3)).unwrap();
    append(&owned, 4..=6);
    fs::write(dir.path().join("tenants/a/damaged-journal-00000000000000000004-7"), "?").unwrap();
    let before = all(dir.path());
    owned.save(&Snapshot { alone: true, ..snapshot(6) }).unwrap();
    let after = all(dir.path());
    drop(owned);
    let put_back =
        |gone: usize| before.iter().skip(gone).for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    assert!(before.len() > after.len());
    // Any number of them was removed before the death.
    for gone in 0..before.len() {
        put_back(gone);
        drop(take(dir.path()));
        assert_eq!(all(dir.path()), after, "{gone} removed");
    }
    // What comes behind it stays, however often it is opened: in a segment of its own, or in one that was damaged.
    let (owned, _) = take(dir.path());
    append(&owned, 7..=8);
    drop(owned);
    let segment = files(dir.path(), "journal-").pop().unwrap();
    let whole = fs::read(&segment).unwrap();
    fs::write(&segment, [&whole[..], b"cut short"].concat()).unwrap();
    put_back(0);
    for _ in 0..2 {
        assert_eq!(sequences(&take(dir.path()).1), [7, 8]);
    }
    let names: Vec<_> =
        files(dir.path(), "").iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    let aside = format!("damaged-journal-00000000000000000007-{}", whole.len());
    assert_eq!(names, [&aside, "journal-00000000000000000007", "lock", "snapshot-00000000000000000006"]);
}

/// Of a process that lives on, the next snapshot stands alone too.
#[cfg(unix)]
#[test]
fn a_removal_that_failed_is_owed_by_the_next_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let (mut owned, _) = take(dir.path());
    append(&owned, 1..=3);
    // A folder cannot be removed as a file.
    let obstacle = dir.path().join("tenants/a/damaged-journal-00000000000000000001-9");
    fs::create_dir(&obstacle).unwrap();
    owned.save(&Snapshot { alone: true, ..snapshot(3) }).unwrap_err();
    append(&owned, 4..=6);
    owned.save(&snapshot(6)).unwrap_err();
    let held = Tenant::find(dir.path(), &name()).unwrap().read().unwrap();
    assert_eq!((covered(&held), held.snapshot.unwrap().alone), (6, true));
    fs::remove_dir(&obstacle).unwrap();
    append(&owned, 7..=7);
    owned.save(&snapshot(7)).unwrap();
    assert_eq!((files(dir.path(), "snapshot-").len(), files(dir.path(), "journal-").len()), (1, 0));
    append(&owned, 8..=8);
    owned.save(&snapshot(8)).unwrap();
    assert_eq!(files(dir.path(), "snapshot-").len(), 2, "and the one behind it has one beside it again");
}

#[test]
fn a_flipped_byte_of_the_journal_is_named_and_costs_its_command() {
    let dir = tempfile::tempdir().unwrap();
    let (owned, _) = take(dir.path());
    append(&owned, 1..=5);
    drop(owned);
    let journal = files(dir.path(), "journal-").pop().unwrap();
    let whole = fs::read(&journal).unwrap();
    // Each record: a header of 20 bytes, and its command, compressed.
    let length = whole.len() / 5;
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        fs::write(&journal, bytes).unwrap();
        let held = Tenant::find(dir.path(), &name()).unwrap().read().unwrap();
        let hit = (place / length) as u64 + 1;
        let rest: Vec<u64> = (1..=5).filter(|sequence| *sequence != hit).collect();
        assert_eq!(sequences(&held), rest, "byte {place}");
        let [damage] = held.damage.as_slice() else { panic!("{:?}", held.damage) };
        let from = (hit - 1) * length as u64;
        assert_eq!(damage.bytes, Some((from, from + length as u64)));
        let lost = format!("damaged: command {hit} is lost");
        assert_eq!(damage.torn, hit == 5);
        assert!(damage.torn || damage.what == lost, "{damage}");
    }
}

#[test]
fn a_write_that_was_cut_short_is_set_aside_and_the_journal_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (owned, _) = take(dir.path());
    append(&owned, 1..=2);
    drop(owned);
    let journal = files(dir.path(), "journal-").pop().unwrap();
    let whole = fs::read(&journal).unwrap();
    fs::write(&journal, [&whole[..], &whole[..30]].concat()).unwrap();
    let (owned, held) = take(dir.path());
    assert_eq!((sequences(&held), held.damage.len(), held.damage[0].torn), (vec![1, 2], 1, true));
    append(&owned, 3..=3);
    drop(owned);
    let (_, held) = take(dir.path());
    assert_eq!((sequences(&held), held.damage.len()), (vec![1, 2, 3], 0));
    let aside = files(dir.path(), "damaged-").pop().unwrap();
    assert_eq!(fs::read(aside).unwrap(), whole[..30], "nothing is thrown away");
}

/// Version 1 had one file: the component's bytes.
#[test]
fn a_store_of_the_version_before_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("tenants/a")).unwrap();
    fs::write(dir.path().join("begat-state"), "begat state, version 1\n").unwrap();
    fs::write(dir.path().join("tenants/a/snapshot"), "as the component wrote it").unwrap();
    let held = Tenant::find(dir.path(), &name()).unwrap().read().unwrap();
    assert_eq!(held.snapshot.unwrap().state, b"as the component wrote it");
    assert_eq!(fs::read_to_string(dir.path().join("begat-state")).unwrap(), "begat state, version 1\n");

    let (mut owned, held) = take(dir.path());
    assert_eq!((held.snapshot.unwrap().state, held.last), (b"as the component wrote it".to_vec(), 0));
    // Who reads only version 1 must not write here any more.
    assert_eq!(fs::read_to_string(dir.path().join("begat-state")).unwrap(), "begat state, version 2\n");
    append(&owned, 1..=2);
    owned.save(&snapshot(2)).unwrap();
    append(&owned, 3..=3);
    owned.save(&snapshot(3)).unwrap();
    assert!(!dir.path().join("tenants/a/snapshot").exists());
}

#[test]
fn a_second_owner_waits_and_names_that_differ_in_case_alone_are_not_both_made() {
    let dir = tempfile::tempdir().unwrap();
    let (owned, _) = take(dir.path());
    let again = Owned::take(dir.path(), &name(), &real(), &syncer());
    assert!(matches!(again, Err(StoreError::Busy { .. })));
    let case = Owned::take(dir.path(), &"A".parse().unwrap(), &real(), &syncer()).unwrap_err().to_string();
    assert_eq!(case, "tenant A would differ from a only in case: some file systems cannot tell them apart");
    drop(owned);
    take(dir.path());
    // Taken, and nothing ever kept.
    let missing = Tenant::find(dir.path(), &name()).unwrap_err().to_string();
    assert!(missing.ends_with(": there is none"), "{missing}");
}

#[test]
fn who_lets_go_of_a_tenant_has_written_all_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Faulty::new();
    let (owned, _) = take_on(dir.path(), &disk);
    disk.open(false);
    owned.append(1, command(1)).unwrap();
    let other = disk.clone();
    let opens = std::thread::spawn(move || other.open(true));
    drop(owned);
    opens.join().unwrap();
    assert_eq!(sequences(&take(dir.path()).1), [1]);
}

fn take_on(dir: &Path, disk: &Faulty) -> (Owned, Held) {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    Owned::take(dir, &name(), &disk, &syncer()).unwrap()
}

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

#[test]
fn a_removal_that_was_cut_short_leaves_no_tenant_and_is_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    let (mut owned, _) = take(dir.path());
    append(&owned, 1..=3);
    owned.save(&snapshot(3)).unwrap();
    let kept = all(dir.path());
    owned.remove().unwrap();
    let tenants_dir = dir.path().join("tenants");
    let left = || fs::read_dir(&tenants_dir).unwrap().count();
    assert_eq!((left(), tenants(dir.path()).unwrap().len()), (0, 0));
    // As a death at its first file leaves it, and at its last.
    let removed = tenants_dir.join("a~");
    for files in [&kept[..], &kept[..1]] {
        fs::create_dir(&removed).unwrap();
        let put =
            |(path, bytes): &(PathBuf, Vec<u8>)| fs::write(removed.join(path.file_name().unwrap()), bytes);
        files.iter().for_each(|file| put(file).unwrap());
        assert_eq!(tenants(dir.path()).unwrap(), []);
        assert!(matches!(Tenant::find(dir.path(), &name()), Err(StoreError::NoTenant { .. })));
        assert_eq!(finish_removals(dir.path()).unwrap(), [name()]);
        let known = Owned::take_known(dir.path(), &name(), &real(), &syncer());
        assert!(matches!(known, Err(StoreError::NoTenant { .. })));
        assert_eq!(left(), 0);
    }
    // And a new tenant of that name is new, and is removed in its turn.
    fs::create_dir(&removed).unwrap();
    fs::write(removed.join("snapshot"), "old").unwrap();
    let (owned, held) = take(dir.path());
    assert_eq!((covered(&held), held.last, left()), (0, 0, 1));
    append(&owned, 1..=1);
    owned.remove().unwrap();
    assert_eq!(left(), 0);
}

/// Who has opened the lock of a tenant that is removed has locked nothing.
#[cfg(unix)]
#[test]
fn of_a_removal_and_those_who_take_the_tenant_meanwhile_nobody_stands_on_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let syncer = syncer();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    match Owned::take(dir.path(), &name(), &real(), &syncer) {
                        Ok((owned, held)) => {
                            assert_eq!(held.last, 0, "a tenant that was removed is not there");
                            append(&owned, 1..=1);
                            assert_eq!(sequences(&owned.tenant().read().unwrap()), [1]);
                            owned.remove().unwrap();
                        }
                        Err(StoreError::Busy { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    assert_eq!(tenants(dir.path()).unwrap(), []);
}
