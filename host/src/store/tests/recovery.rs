//! What is there again after a process has ended, and which files that takes.

use super::*;

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
