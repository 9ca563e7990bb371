//! Files of compiled code that are damaged, strangers', or cannot be written: what is called is always what was compiled.

use super::*;
use crate::runtime::{Component, Pool, Runtime};

#[test]
fn the_environment_decides_then_the_user() {
    let user = || Some(PathBuf::from("/home/u/.cache"));
    assert_eq!(CachePolicy::choose(Some("off".into()), user()), CachePolicy::Off);
    assert_eq!(CachePolicy::choose(Some("/c".into()), user()), CachePolicy::Folder("/c".into()));
    assert_eq!(CachePolicy::choose(None, user()), CachePolicy::Folder("/home/u/.cache/begat".into()));
    assert_eq!(CachePolicy::choose(None, None), CachePolicy::Off);
}

#[test]
fn a_folder_that_cannot_be_made_means_no_cache() {
    let cache = Cache::open(&CachePolicy::Folder("/dev/null/begat".into()));
    assert!(cache.folder.is_none() && cache.refused().is_none());
}

/// A folder, and a runtime that caches in it.
struct Cached(tempfile::TempDir, Runtime);

impl Cached {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::new(Pool::OnDemand, &CachePolicy::Folder(folder.path().into())).unwrap();
        Self(folder, runtime)
    }

    /// Compiles a component of one function that gives a number, or takes it from the cache.
    fn compile(&self, number: u32) -> Component {
        Component::compile(&self.1, &source(number)).unwrap()
    }

    fn name(&self, number: u32) -> Name {
        Name::of(self.1.engine(), &source(number))
    }

    fn file(&self, number: u32) -> PathBuf {
        file::path(self.0.path(), &self.name(number))
    }

    fn is_whole(&self, number: u32) -> bool {
        file::read(self.0.path(), &self.name(number)).is_some()
    }
}

fn source(number: u32) -> Vec<u8> {
    let core = format!(r#"(core module $m (func (export "f") (result i32) i32.const {number}))"#);
    let component = format!(
        r#"(component {core} (core instance $i (instantiate $m))
            (func (export "f") (result u32) (canon lift (core func $i "f"))))"#
    );
    wat::parse_str(component).unwrap()
}

/// What its function gives.
fn gives(component: &Component) -> u32 {
    let engine = component.compiled.engine();
    let mut store = wasmtime::Store::new(engine, ());
    store.set_epoch_deadline(1000);
    let linker = wasmtime::component::Linker::new(engine);
    let instance = linker.instantiate(&mut store, &component.compiled).unwrap();
    let function = instance.get_typed_func::<(), (u32,)>(&mut store, "f").unwrap();
    function.call(&mut store, ()).unwrap().0
}

#[test]
fn what_was_compiled_once_is_read() {
    let cached = Cached::new();
    assert_eq!(gives(&cached.compile(7)), 7);
    let whole = std::fs::read(cached.file(7)).unwrap();
    assert_eq!(gives(&cached.compile(7)), 7);
    assert_eq!(std::fs::read(cached.file(7)).unwrap(), whole);
    // Nothing else is left, and another setting of the engine has a name of its own.
    assert_eq!(std::fs::read_dir(cached.0.path()).unwrap().count(), 1);
    let other = Runtime::without_deadlines(Pool::OnDemand, &CachePolicy::Off).unwrap();
    assert_ne!(Name::of(other.engine(), &source(7)), cached.name(7));
}

#[test]
fn every_flipped_bit_is_seen() {
    let cached = Cached::new();
    cached.compile(7);
    let whole = std::fs::read(cached.file(7)).unwrap();
    // All of the header, and every hundredth byte of the rest.
    for place in (0..45).chain((45..whole.len()).step_by(101)) {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << bit;
            std::fs::write(cached.file(7), bytes).unwrap();
            assert!(!cached.is_whole(7), "bit {bit} of byte {place}");
        }
    }
}

#[test]
fn what_is_damaged_is_compiled_and_written_anew() {
    let cached = Cached::new();
    for number in [7, 8] {
        cached.compile(number);
    }
    let (whole, other) = (std::fs::read(cached.file(7)).unwrap(), std::fs::read(cached.file(8)).unwrap());
    let half = whole.len() / 2;
    let flipped = [&whole[..half], &[whole[half] ^ 1], &whole[half + 1..]].concat();
    let longer = [&whole[..], b"x"].concat();
    // The last of them is another component's, whole, under this one's name.
    for bytes in [&b""[..], &whole[..45], &whole[..half], &flipped, &longer, b"\x7fELF", &other] {
        std::fs::write(cached.file(7), bytes).unwrap();
        assert!(!cached.is_whole(7));
        assert_eq!(gives(&cached.compile(7)), 7);
        assert!(cached.is_whole(7), "it is written anew");
    }
    std::fs::remove_file(cached.file(7)).unwrap();
    std::fs::create_dir(cached.file(7)).unwrap();
    assert_eq!(gives(&cached.compile(7)), 7, "nothing can be read or written there");
}

#[test]
fn code_that_no_wasmtime_wrote_is_compiled_anew_though_it_is_whole() {
    let cached = Cached::new();
    cached.compile(7);
    for code in [&b""[..], b"\x7fELF", &[0; 4096]] {
        file::write(cached.0.path(), &cached.name(7), code);
        assert!(cached.is_whole(7));
        assert_eq!(gives(&cached.compile(7)), 7);
        assert_ne!(file::read(cached.0.path(), &cached.name(7)).unwrap().bytes(), code);
    }
}

#[test]
fn those_that_were_used_last_stay_and_what_is_not_ours() {
    let cached = Cached::new();
    let ago = |path: &Path, hours: u64| {
        let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(hours * 3600))
            .unwrap();
    };
    let unfinished = |number| {
        let name = cached.file(number).file_stem().unwrap().to_str().unwrap().to_owned();
        cached.0.path().join(format!(".{name}.1-0.new"))
    };
    let strangers = ["notes.txt", "x.code", ".x.new"].map(|name| cached.0.path().join(name));
    for path in strangers.iter().chain(&[unfinished(1), unfinished(2)]) {
        std::fs::write(path, "?").unwrap();
        ago(path, 30);
    }
    ago(&unfinished(2), 0);
    // The higher the number, the longer ago.
    for number in 0..17 {
        file::write(cached.0.path(), &cached.name(number), b"code");
        ago(&cached.file(number), 30 + u64::from(number));
    }
    assert!(!cached.file(15).exists(), "of 16 that are kept it was used longest ago");
    file::write(cached.0.path(), &cached.name(16), b"code");
    ago(&cached.file(16), 60);
    assert!(cached.is_whole(16));
    file::write(cached.0.path(), &cached.name(17), b"code");
    let stays: Vec<u32> = (0..18).filter(|number| cached.file(*number).exists()).collect();
    assert_eq!(stays, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17]);
    assert!(strangers.iter().all(|path| path.exists()));
    assert_eq!((unfinished(1).exists(), unfinished(2).exists()), (false, true));
}

#[cfg(unix)]
#[test]
fn who_else_can_write_there_is_not_trusted() {
    use std::os::unix::fs::PermissionsExt;
    let rights = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b");
    let open = || Cache::open(&CachePolicy::Folder(path.clone()));
    assert!(open().refused().is_none());
    assert_eq!((rights(&path), rights(&folder.path().join("a"))), (0o700, 0o700));
    // That others may read it is no danger.
    set(&path, 0o755);
    assert!(open().refused().is_none());
    for mode in [0o770, 0o702, 0o1777] {
        set(&path, mode);
        let says = format!(
            "{} is not used for compiled components: others than its owner may write to it (mode {mode:o})",
            path.display()
        );
        assert_eq!(open().refused(), Some(says.as_str()));
    }
    let cached = Cached::new();
    cached.compile(7);
    assert_eq!(rights(&cached.file(7)), 0o600);
    set(&cached.file(7), 0o666);
    assert!(!cached.is_whole(7));
    cached.compile(7);
    assert_eq!(rights(&cached.file(7)), 0o600, "it is another file");
}
