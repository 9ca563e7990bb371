//! Who has a tenant to change, who waits for it, and what a removal leaves.

use super::*;

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
fn of_names_that_differ_in_case_alone_and_are_made_at_once_one_is_made() {
    for _ in 0..20 {
        let dir = tempfile::tempdir().unwrap();
        let take = |name: &str| {
            let taken = Owned::take(dir.path(), &name.parse().unwrap(), &real(), &syncer());
            assert!(matches!(taken, Ok(_) | Err(StoreError::Case { .. })), "{taken:?}");
            // Held until all have tried: of one in which nothing stands its name is free again.
            taken.ok()
        };
        let made = std::thread::scope(|scope| {
            ["acme", "ACME", "Acme", "aCME"]
                .map(|name| scope.spawn(move || take(name)))
                .map(|thread| thread.join().unwrap())
        });
        assert_eq!(made.iter().flatten().count(), 1);
    }
}

#[test]
fn names_near_one_that_is_not_there_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let syncer = syncer();
    let make = |name: &str| {
        let (owned, _) = Owned::take(dir.path(), &name.parse().unwrap(), &real(), &syncer).unwrap();
        Settings::default().save(owned.tenant().folder()).unwrap();
    };
    let told = |name: &str| {
        let missing = Tenant::find(dir.path(), &name.parse().unwrap()).unwrap_err().to_string();
        missing.split_once(": ").unwrap().1.to_owned()
    };
    ["zeta", "acme", "bcme"].into_iter().for_each(make);
    assert_eq!(told("acm"), "there is acme, bcme, zeta");
    (0..7).for_each(|n| make(&format!("other-tenant-{n}")));
    // One letter more; one more and one other; seven and more: those by name.
    assert_eq!(
        told("ACM"),
        "there are many, the nearest acme, bcme, zeta, other-tenant-0, other-tenant-1, other-tenant-2, \
         other-tenant-3, other-tenant-4"
    );
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
