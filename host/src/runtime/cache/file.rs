//! One compiled component as a file.
//!
//! ```text
//! "begat-code 1\n" | SHA-256 of the name and the code | the code, as wasmtime serialised it
//! ```
//!
//! Written under another name and renamed, so that who reads meets the whole or nothing. It is not synced: what a power
//! failure leaves of it does not pass its checksum.

use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use wasmtime::Engine;

const MAGIC: &[u8] = b"begat-code 1\n";

/// With the checksum behind it.
const HEADER: usize = MAGIC.len() + 32;

const FINISHED: &str = ".code";
const UNFINISHED: &str = ".new";

/// Files that are kept, those that were used last: some versions of begat, and settings of the engine. Each is as
/// large as the component's code, some megabytes.
const KEPT: usize = 16;

/// When what was used was used is noted no finer than that: it costs a write.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A file that is unfinished for so long is nobody's any more.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What compiled code is kept under: the digest of the component, and of all that code depends on beside it (version,
/// target, settings of the engine).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::runtime) struct Name(String);

impl Name {
    pub(in crate::runtime) fn of(engine: &Engine, component: &[u8]) -> Self {
        let mut digest = Digested(Sha256::new_with_prefix(Sha256::digest(component)));
        engine.precompile_compatibility_hash().hash(&mut digest);
        Self(digest.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// What is hashed, digested.
struct Digested(Sha256);

impl Hasher for Digested {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Nobody asks.
    fn finish(&self) -> u64 {
        0
    }
}

/// Code that came out of a file whole: it is what was written there, under this name.
pub(in crate::runtime) struct Code(Vec<u8>);

impl Code {
    /// Of a whole file.
    fn of_file(name: &Name, file: Vec<u8>) -> Option<Self> {
        let (checksum, code) = file.strip_prefix(MAGIC)?.split_first_chunk::<32>()?;
        (*checksum == seal(name, code)).then_some(Self(file))
    }

    pub(in crate::runtime) fn bytes(&self) -> &[u8] {
        self.0.get(HEADER..).unwrap_or_default()
    }
}

fn seal(name: &Name, code: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix(&name.0).chain_update(code).finalize().into()
}

pub(super) fn path(folder: &Path, name: &Name) -> PathBuf {
    folder.join(format!("{}{FINISHED}", name.0))
}

pub(super) fn read(folder: &Path, name: &Name) -> Option<Code> {
    let mut file = File::open(path(folder, name)).ok()?;
    let about = file.metadata().ok().filter(|about| about.is_file() && objection(about).is_none())?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    let code = Code::of_file(name, bytes)?;
    if is_older(&about, DAY) {
        let _ = file.set_modified(SystemTime::now());
    }
    Some(code)
}

pub(super) fn write(folder: &Path, name: &Name, code: &[u8]) {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let new = folder.join(format!(".{}.{}-{number}{UNFINISHED}", name.0, std::process::id()));
    if write_new(&new, name, code).and_then(|()| fs::rename(&new, path(folder, name))).is_err() {
        let _ = fs::remove_file(&new);
    }
    tidy(folder);
}

fn write_new(path: &Path, name: &Name, code: &[u8]) -> io::Result<()> {
    // Of a process that had this number and died.
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create_new(true).open(path)?;
    file.write_all(MAGIC)?;
    file.write_all(&seal(name, code))?;
    file.write_all(code)
}

/// Removes what was not used for longest, and what deaths have left unfinished. Other files are not touched: the folder
/// may be anybody's.
fn tidy(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut finished = Vec::new();
    for entry in entries.flatten() {
        let (path, file) = (entry.path(), entry.file_name());
        let (Some(file), Ok(about)) = (file.to_str(), entry.metadata()) else { continue };
        if is_named(file, FINISHED) {
            finished.push((about.modified().unwrap_or(SystemTime::UNIX_EPOCH), path));
        } else if file.strip_prefix('.').is_some_and(|file| is_named(file, UNFINISHED))
            && is_older(&about, HOUR)
        {
            let _ = fs::remove_file(path);
        }
    }
    finished.sort();
    let needless = finished.len().saturating_sub(KEPT);
    finished.iter().take(needless).for_each(|(_, path)| drop(fs::remove_file(path)));
}

/// Whether a file is called like one of these.
fn is_named(file: &str, end: &str) -> bool {
    file.ends_with(end) && file.bytes().take_while(u8::is_ascii_hexdigit).count() == 64
}

fn is_older(about: &Metadata, age: Duration) -> bool {
    about.modified().is_ok_and(|at| at.elapsed().is_ok_and(|passed| passed > age))
}

/// Why code must not be taken from a folder or a file: somebody else can put it there. Root can do that anywhere.
#[cfg(unix)]
pub(super) fn objection(about: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    if about.uid() != user && about.uid() != 0 {
        return Some(format!("it belongs to user {}, and this is user {user}", about.uid()));
    }
    let rights = about.mode() & 0o7777;
    (rights & 0o022 != 0).then(|| format!("others than its owner may write to it (mode {rights:o})"))
}

/// Elsewhere the user's folders are the user's.
#[cfg(not(unix))]
pub(super) fn objection(_: &Metadata) -> Option<String> {
    None
}
