//! One tenant's folder: its snapshot, and the lock of the process that may replace it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::folder::{self, replace, temporary};
use super::{StateError, TenantName, failed};

const TENANTS: &str = "tenants";
const SNAPSHOT: &str = "snapshot";
const LOCK: &str = "lock";

/// A tenant that is read: nothing on disk is touched.
#[derive(Debug)]
pub struct Tenant {
    folder: PathBuf,
}

impl Tenant {
    /// A tenant that has a state.
    pub fn find(dir: &Path, name: &TenantName) -> Result<Self, StateError> {
        folder::check(dir)?;
        let known = known(dir)?;
        if !known.iter().any(|there| there == name.as_str()) {
            return Err(StateError::NoTenant { dir: dir.into(), name: name.clone(), known });
        }
        Ok(Self { folder: dir.join(TENANTS).join(name.as_str()) })
    }

    /// The file that holds the state.
    #[must_use]
    pub fn snapshot(&self) -> PathBuf {
        self.folder.join(SNAPSHOT)
    }

    /// The state; none of a tenant that is new.
    pub fn load(&self) -> Result<Option<Vec<u8>>, StateError> {
        let path = self.snapshot();
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path)(error)),
        }
    }
}

/// A tenant that this process alone may change, until it is dropped.
#[derive(Debug)]
pub struct Owned {
    tenant: Tenant,
    /// Holds the lock; the system takes it back when the process dies.
    _lock: File,
}

impl Owned {
    /// Takes a tenant, which is made when it is not there, as is the directory.
    pub fn take(dir: &Path, name: &TenantName) -> Result<Self, StateError> {
        folder::make(dir)?;
        let alike = |there: &String| there.eq_ignore_ascii_case(name.as_str()) && there != name.as_str();
        if let Some(there) = folders(dir)?.into_iter().find(alike) {
            return Err(StateError::Case { name: name.clone(), there });
        }
        let folder = dir.join(TENANTS).join(name.as_str());
        folder::make_all(&folder).map_err(failed("make", &folder))?;
        let path = folder.join(LOCK);
        let open = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let lock = open.map_err(failed("open", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StateError::Busy { dir: dir.into(), name: name.clone() });
            }
            Err(TryLockError::Error(error)) => return Err(failed("lock", &path)(error)),
        }
        // Of a process that died while it saved. What is forgotten must not stand there.
        let _ = fs::remove_file(folder.join(temporary(SNAPSHOT)));
        Ok(Self { tenant: Tenant { folder }, _lock: lock })
    }

    /// What is read of it.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Replaces the state; on an error the old one stays.
    pub fn save(&self, snapshot: &[u8]) -> Result<(), StateError> {
        replace(&self.tenant.folder, SNAPSHOT, snapshot)
    }
}

/// The tenants that have a state, sorted.
fn known(dir: &Path) -> Result<Vec<String>, StateError> {
    let mut names = folders(dir)?;
    names.retain(|name| dir.join(TENANTS).join(name).join(SNAPSHOT).exists());
    names.sort_unstable();
    Ok(names)
}

fn folders(dir: &Path) -> Result<Vec<String>, StateError> {
    let path = dir.join(TENANTS);
    let entries: Vec<_> = match fs::read_dir(&path).and_then(Iterator::collect) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("read", &path)(error)),
    };
    let name = |entry: fs::DirEntry| entry.file_name().into_string().ok();
    Ok(entries.into_iter().filter_map(name).filter(|name| name.parse::<TenantName>().is_ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> TenantName {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_saved_is_loaded_and_replaced_whole() {
        let dir = tempfile::tempdir().unwrap();
        let owned = Owned::take(dir.path(), &name("default")).unwrap();
        assert_eq!(owned.tenant().load().unwrap(), None);
        for bytes in [&b"first"[..], b"2", b""] {
            owned.save(bytes).unwrap();
            let tenant = Tenant::find(dir.path(), &name("default")).unwrap();
            assert_eq!(tenant.load().unwrap().as_deref(), Some(bytes));
        }
        let folder = dir.path().join("tenants/default");
        assert_eq!(fs::read_dir(folder).unwrap().count(), 2, "snapshot and lock, nothing else");
    }

    #[test]
    fn a_second_owner_waits_and_a_reader_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let first = Owned::take(dir.path(), &name("a")).unwrap();
        first.save(b"state").unwrap();
        assert!(matches!(Owned::take(dir.path(), &name("a")), Err(StateError::Busy { .. })));
        Owned::take(dir.path(), &name("b")).unwrap();
        assert!(Tenant::find(dir.path(), &name("a")).unwrap().load().unwrap().is_some());
        drop(first);
        Owned::take(dir.path(), &name("a")).unwrap();
    }

    #[test]
    fn a_tenant_that_is_not_there_is_told_with_those_that_are() {
        let dir = tempfile::tempdir().unwrap();
        Owned::take(dir.path(), &name("b")).unwrap().save(b"state").unwrap();
        Owned::take(dir.path(), &name("a")).unwrap().save(b"state").unwrap();
        // Taken, and never saved.
        Owned::take(dir.path(), &name("c")).unwrap();
        let error = Tenant::find(dir.path(), &name("c")).unwrap_err().to_string();
        assert!(error.starts_with("there is no tenant c in "), "{error}");
        assert!(error.ends_with(": there is a, b"), "{error}");
    }

    #[test]
    fn names_that_differ_in_case_alone_are_not_both_made() {
        let dir = tempfile::tempdir().unwrap();
        drop(Owned::take(dir.path(), &name("Acme")).unwrap());
        let error = Owned::take(dir.path(), &name("ACME")).unwrap_err().to_string();
        assert!(error.starts_with("tenant ACME would differ from Acme only in case"), "{error}");
        Owned::take(dir.path(), &name("Acme")).unwrap();
    }

    #[test]
    fn what_a_death_left_is_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        drop(Owned::take(dir.path(), &name("a")).unwrap());
        let torn = dir.path().join("tenants/a/snapshot.new");
        fs::write(&torn, "half of a").unwrap();
        let owned = Owned::take(dir.path(), &name("a")).unwrap();
        assert!(!torn.exists());
        assert_eq!(owned.tenant().load().unwrap(), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_leaves_the_old_state() {
        let dir = tempfile::tempdir().unwrap();
        let owned = Owned::take(dir.path(), &name("a")).unwrap();
        owned.save(b"old").unwrap();
        std::os::unix::fs::symlink("/dev/full", dir.path().join("tenants/a/snapshot.new")).unwrap();
        let error = owned.save(b"new").unwrap_err();
        let StateError::Io { path, cause, .. } = &error else { panic!("{error}") };
        assert_eq!(cause.kind(), io::ErrorKind::StorageFull);
        assert!(path.ends_with("tenants/a/snapshot"), "{}", path.display());
        assert_eq!(owned.tenant().load().unwrap().as_deref(), Some(&b"old"[..]));
        assert!(!dir.path().join("tenants/a/snapshot.new").exists());
    }
}
