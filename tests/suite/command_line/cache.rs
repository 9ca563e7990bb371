//! The file of compiled code, damaged between two starts: what lies there is executed, and must be what was written.

use super::*;

/// Runs with a cache of its own; the one file in it, if it is there then.
fn answer(cache: &Path) -> (Ended, Option<PathBuf>) {
    let mut command =
        command(&["hierarchy", "check", "--parent", "explorer.exe", "svchost.exe", "--format", "json"]);
    let ended = Ended::from(command.env("BEGAT_CACHE", cache).output().unwrap());
    let mut files = std::fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path());
    let file = files.next();
    assert_eq!(files.next(), None);
    (ended, file)
}

#[test]
fn damaged_code_is_never_executed() {
    let folder = Folder::new();
    let cache = folder.path("cache");
    let (first, file) = answer(&cache);
    let (first, file) = (first.with(0), file.unwrap());
    assert_eq!(first.json()["verdict"], "violation");
    let whole = std::fs::read(&file).unwrap();
    let half = whole.len() / 2;
    // As a bad sector would, and a file system that was cut off.
    let mut flipped = whole.clone();
    flipped[half..half + 512].iter_mut().for_each(|byte| *byte ^= 0x55);
    for damaged in [&flipped[..], &whole[..half]] {
        std::fs::write(&file, damaged).unwrap();
        let (ended, again) = answer(&cache);
        assert_eq!((ended.code, &ended.stdout, &ended.stderr), (Some(0), &first.stdout, &first.stderr));
        assert_eq!(again.as_ref(), Some(&file));
        assert!(std::fs::read(&file).unwrap() != damaged, "it is written anew");
    }
}
