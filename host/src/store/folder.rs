//! The directory of a state: that it is one, and of a version that can be read.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::disk::sync_folder as sync;
use super::layout::Files;
use super::settings::SETTINGS;
use super::{Near, StoreError, TenantName, failed};

/// The layout of the directory; what a snapshot holds has a version of its own.
const VERSION: u32 = 2;

/// Below it each tenant has a folder.
pub(super) const TENANTS: &str = "tenants";

/// Held while a tenant is made.
const MAKING: &str = "lock";

/// Behind the name of a tenant that is removed.
const REMOVED: &str = "~";

/// How often what others remove at the same time is looked at again.
const ATTEMPTS: usize = 20;

const MARKER: &str = "begat-state";
const BEGINNING: &str = "begat state, version ";

/// Finds out whether this is a state that can be read.
pub(super) fn check(dir: &Path) -> Result<(), StoreError> {
    let marker = dir.join(MARKER);
    let text = match fs::read(&marker) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let is_other = dir.is_dir() && !is_free(dir)?;
            // Somebody may have made it meanwhile.
            if is_other && marker.exists() {
                return check(dir);
            }
            return Err(if is_other {
                StoreError::Foreign(dir.into())
            } else {
                StoreError::Missing(dir.into())
            });
        }
        Err(error) => return Err(failed("read", &marker)(error)),
    };
    let found = text.strip_prefix(BEGINNING).and_then(|version| version.trim_end().parse().ok());
    match found {
        Some(1..=VERSION) => Ok(()),
        Some(found) => Err(StoreError::Newer { dir: dir.into(), found, known: VERSION }),
        None => Err(StoreError::Marker(marker)),
    }
}

/// Makes a state of a directory that is not there or empty, and one of this version of an older one: what reads
/// only those must not write here any more.
pub(super) fn make(dir: &Path) -> Result<(), StoreError> {
    match check(dir) {
        Ok(()) if fs::read(dir.join(MARKER)).is_ok_and(|text| text == marker()) => return Ok(()),
        Ok(()) | Err(StoreError::Missing(_)) => {}
        result => return result,
    }
    make_all(dir).map_err(failed("make", dir))?;
    replace(dir, MARKER, &marker())
}

fn marker() -> Vec<u8> {
    format!("{BEGINNING}{VERSION}\n").into_bytes()
}

/// The tenants that there are, sorted: those that were made and have a state, or settings.
pub(super) fn known(dir: &Path) -> Result<Vec<String>, StoreError> {
    let mut known = Vec::new();
    for name in folders(dir)? {
        if is_tenant(&dir.join(TENANTS).join(&name))? {
            known.push(name);
        }
    }
    known.sort_unstable();
    Ok(known)
}

/// Whether a folder is a tenant's: one that was only tried to be taken is none.
pub(super) fn is_tenant(folder: &Path) -> Result<bool, StoreError> {
    let files = Files::of(folder)?;
    Ok(!files.snapshots.is_empty() || !files.segments.is_empty() || folder.join(SETTINGS).exists())
}

/// Whether a folder that is there has this very name: some file systems find it by another spelling. A link to a folder
/// elsewhere counts by its own name.
pub(super) fn is_spelt(folder: &Path) -> Result<bool, StoreError> {
    let read = failed("read", folder);
    let spelt = || {
        let is_link = fs::symlink_metadata(folder)?.is_symlink();
        Ok(is_link || fs::canonicalize(folder)?.file_name() == folder.file_name())
    };
    spelt().map_err(read)
}

/// So many names are told to who asks for one that there is not.
const NEAREST: usize = 8;

/// The names that are nearest to one that there is not. However many there are, few of their folders are looked at.
pub(super) fn near(dir: &Path, name: &TenantName) -> Result<Near, StoreError> {
    let mut names = folders(dir)?;
    let distance =
        |there: &String| strsim::osa_distance(&there.to_lowercase(), &name.as_str().to_lowercase());
    names.sort_by_cached_key(|there| (distance(there), there.clone()));
    let mut near = Near { names: Vec::new(), all: true };
    for name in names {
        if !is_tenant(&dir.join(TENANTS).join(&name))? {
            continue;
        }
        if near.names.len() == NEAREST {
            near.all = false;
            return Ok(near);
        }
        near.names.push(name);
    }
    near.names.sort_unstable();
    Ok(near)
}

/// A tenant's folder when it is removed. No tenant has such a name.
pub(super) fn removed(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(REMOVED);
    folder.with_file_name(name)
}

/// Held while a tenant's folder is made: of two names that differ in case alone only one may be. The system takes it
/// back when the process dies.
pub(super) fn making(dir: &Path) -> io::Result<File> {
    let file = File::options().write(true).create(true).truncate(false).open(dir.join(MAKING))?;
    file.lock().map(|()| file)
}

/// Removes a folder and all that is in it. Others may do so too, and before.
pub(super) fn clear(folder: &Path) -> Result<(), StoreError> {
    for _ in 0..ATTEMPTS {
        match fs::remove_dir_all(folder) {
            Ok(()) => break,
            // Something in it was gone already, or the next of its name has come to its place.
            Err(error)
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) =>
            {
                if !folder.exists() {
                    break;
                }
            }
            Err(error) => return Err(failed("remove", folder)(error)),
        }
    }
    Ok(())
}

/// Goes on with removals that were cut short, and names the tenants that are gone.
pub(super) fn finish_removals(dir: &Path) -> Result<Vec<TenantName>, StoreError> {
    let mut gone = Vec::new();
    for name in names(dir)? {
        if let Some(tenant) = name.strip_suffix(REMOVED).and_then(|tenant| tenant.parse().ok()) {
            clear(&dir.join(TENANTS).join(&name))?;
            gone.push(tenant);
        }
    }
    Ok(gone)
}

/// The names of tenants' folders.
pub(super) fn folders(dir: &Path) -> Result<Vec<String>, StoreError> {
    Ok(names(dir)?.into_iter().filter(|name| name.parse::<TenantName>().is_ok()).collect())
}

/// All names beside them.
fn names(dir: &Path) -> Result<Vec<String>, StoreError> {
    let path = dir.join(TENANTS);
    let entries: Vec<_> = match fs::read_dir(&path).and_then(Iterator::collect) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("read", &path)(error)),
    };
    let name = |entry: fs::DirEntry| entry.file_name().into_string().ok();
    Ok(entries.into_iter().filter_map(name).collect())
}

/// Nothing is in it but what a file system puts there itself, or what a death in [`make`] has left.
fn is_free(dir: &Path) -> Result<bool, StoreError> {
    let read = failed("read", dir);
    let names: Vec<_> = match fs::read_dir(dir).and_then(Iterator::collect) {
        Ok(names) => names,
        Err(error) => return Err(read(error)),
    };
    let is_ours = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name == "lost+found" || (name.starts_with(MARKER) && name.ends_with(".new"))
    };
    Ok(names.iter().all(is_ours))
}

/// Replaces a file: after a crash there is the old or the new one, whole. Who does so at the same time writes another
/// file first.
pub(super) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(name);
    let new = folder.join(format!("{name}.{}-{number}.new", std::process::id()));
    let written = write(&new, bytes).and_then(|()| fs::rename(&new, &path)).and_then(|()| sync(folder));
    written.map_err(|error| {
        let _ = fs::remove_file(&new);
        failed("write", &path)(error)
    })
}

fn write(path: &PathBuf, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A folder and those above it that are missing, each known to the one above.
pub(super) fn make_all(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    above.map_or(Ok(()), make_all)?;
    let mut builder = fs::DirBuilder::new();
    // What tenants have told is nobody else's, and a lock that others can open they can hold.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        result => result,
    }?;
    sync(above.unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_directory_and_none_become_a_state() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        for dir in [folder.path(), &deep] {
            assert!(matches!(check(dir), Err(StoreError::Missing(_))));
            make(dir).unwrap();
            check(dir).unwrap();
            make(dir).unwrap();
        }
        let text = fs::read_to_string(deep.join("begat-state")).unwrap();
        assert_eq!(text, "begat state, version 2\n");
        assert_eq!(fs::read_dir(deep).unwrap().count(), 1, "nothing else is left");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_looks_into_what_is_made() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let tenant = folder.path().join("state/tenants/a");
        make_all(&tenant).unwrap();
        for made in [tenant.as_path(), tenant.parent().unwrap(), &folder.path().join("state")] {
            assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700, "{}", made.display());
        }
    }

    #[test]
    fn many_make_one_at_once() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| make(folder.path()).unwrap());
            }
        });
        check(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_death_before_the_marker_had_its_name_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("begat-state.17-0.new"), "beg").unwrap();
        make(folder.path()).unwrap();
        check(folder.path()).unwrap();
    }

    #[test]
    fn a_directory_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        for result in [check(folder.path()), make(folder.path())] {
            assert!(matches!(result, Err(StoreError::Foreign(_))), "{result:?}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let file = make(&folder.path().join("notes.txt")).unwrap_err().to_string();
        assert!(file.contains("notes.txt"), "{file}");
    }

    #[test]
    fn a_newer_state_and_a_damaged_marker_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let says = |text: &str| {
            fs::write(folder.path().join("begat-state"), text).unwrap();
            make(folder.path()).unwrap_err().to_string()
        };
        let dir = folder.path().display();
        assert_eq!(
            says("begat state, version 3\nand more\n").replace(&dir.to_string(), "DIR"),
            "DIR/begat-state is damaged: it does not say which version this state has"
        );
        assert_eq!(
            says("begat state, version 3\n").replace(&dir.to_string(), "DIR"),
            "the state in DIR has version 3, this begat reads version 2: use a newer one. If none ever wrote there, \
             begat-state in it is damaged and should say version 2"
        );
        for damaged in ["", "begat", "begat state, version ", "begat state, version x", "\0\0\0"] {
            assert!(says(damaged).contains("damaged"), "{damaged:?}");
        }
    }
}
