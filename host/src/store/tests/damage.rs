//! Bytes that are not what was written: named, and everything else is there.

use super::*;

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
