//! What was forgotten stands in no file, whatever cuts the removals short.

use super::*;

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
