//! One tenant's folder, as who reads it sees it, and as the one process that may change it does.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::{self, Checked};
use super::disk::{Disk, remove, stands_at, sync_folder};
use super::folder::{self, TENANTS, folders, is_tenant};
use super::held::Held;
use super::journal::{Done, Journal, JournalError, Syncer};
use super::layout::{self, Files};
use super::snapshots::Snapshot;
use super::{StoreError, TenantName, failed};

const LOCK: &str = "lock";

/// What is noted of a tenant and may be lost.
const NOTE: &str = "cost.json";

/// A tenant that is read: nothing on disk is touched.
#[derive(Debug, Clone)]
pub struct Tenant {
    folder: PathBuf,
}

impl Tenant {
    /// A tenant that is there.
    pub fn find(dir: &Path, name: &TenantName) -> Result<Self, StoreError> {
        folder::check(dir)?;
        let folder = dir.join(TENANTS).join(name.as_str());
        if is_tenant(&folder)? && folder::is_spelt(&folder)? {
            return Ok(Self { folder });
        }
        Err(no_tenant(dir, name)?)
    }

    /// Its folder, for what others keep beside its state.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was noted of it; nothing where nothing was.
    #[must_use]
    pub fn note(&self) -> Vec<u8> {
        fs::read(self.folder.join(NOTE)).unwrap_or_default()
    }

    /// Reads and checks its state.
    pub fn read(&self) -> Result<Held, StoreError> {
        Held::read(&self.folder)
    }

    /// How far it is, and how large.
    pub fn look(&self) -> Result<Checked, StoreError> {
        check::look(&self.folder)
    }

    /// Looks through everything that is there.
    pub fn check(&self) -> Result<Checked, StoreError> {
        check::check(&self.folder)
    }
}

/// A tenant that this process alone may change, until it is dropped.
pub struct Owned {
    tenant: Tenant,
    disk: Arc<dyn Disk>,
    syncer: Arc<Syncer>,
    journal: Journal,
    /// The newest whole snapshot's.
    covered: Option<u64>,
    /// Damaged snapshots that are to be set aside.
    damaged: Vec<PathBuf>,
    /// A snapshot that is to stand alone does not yet.
    owed: bool,
    /// Holds the lock; the system takes it back when the process dies.
    lock: File,
}

impl fmt::Debug for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Owned").field(&self.tenant.folder).finish_non_exhaustive()
    }
}

/// How what a folder holds is read.
type Reads = fn(&Path) -> Result<Held, StoreError>;

impl Owned {
    /// Takes a tenant, which is made when it is not there, as is the directory; and reads it.
    pub fn take(
        dir: &Path,
        name: &TenantName,
        disk: &Arc<dyn Disk>,
        syncer: &Arc<Syncer>,
    ) -> Result<(Self, Held), StoreError> {
        Self::begin(dir, name, disk, syncer, (true, Held::read))
    }

    /// The same of one that is there; none is made.
    pub fn take_known(
        dir: &Path,
        name: &TenantName,
        disk: &Arc<dyn Disk>,
        syncer: &Arc<Syncer>,
    ) -> Result<(Self, Held), StoreError> {
        Self::begin(dir, name, disk, syncer, (false, Held::read))
    }

    /// The same without reading it: to remove what cannot be read.
    pub fn take_unread(
        dir: &Path,
        name: &TenantName,
        disk: &Arc<dyn Disk>,
        syncer: &Arc<Syncer>,
    ) -> Result<(Self, Held), StoreError> {
        Self::begin(dir, name, disk, syncer, (true, Held::unread))
    }

    fn begin(
        dir: &Path,
        name: &TenantName,
        disk: &Arc<dyn Disk>,
        syncer: &Arc<Syncer>,
        (make, read): (bool, Reads),
    ) -> Result<(Self, Held), StoreError> {
        folder::make(dir)?;
        let folder = dir.join(TENANTS).join(name.as_str());
        // What was removed before must not be there when a tenant of the same name is removed.
        folder::clear(&folder::removed(&folder))?;
        if make {
            // Other tenants' is no reason not to work on this one. Who only wakes a tenant does not look around.
            let _ = folder::finish_removals(dir);
        }
        let lock = loop {
            if !make && !is_tenant(&folder)? {
                return Err(no_tenant(dir, name)?);
            }
            if !folder.is_dir() {
                let _making = folder::making(dir).map_err(failed("make", &folder))?;
                let alike =
                    |there: &String| there.eq_ignore_ascii_case(name.as_str()) && there != name.as_str();
                if let Some(there) = folders(dir)?.into_iter().find(alike) {
                    return Err(StoreError::Case { name: name.clone(), there });
                }
                folder::make_all(&folder).map_err(failed("make", &folder))?;
            }
            // None where the folder was removed meanwhile: whoever locks another file than the one that has the name
            // would be the second who changes the tenant.
            if let Some(lock) = lock(&folder, dir, name)? {
                break lock;
            }
        };
        // Of a process that died while it saved. What is forgotten must not stand there.
        for path in Files::of(&folder)?.unfinished {
            remove(&path).map_err(failed("remove", &path))?;
        }
        let mut held = read(&folder)?;
        held.finish(&folder)?;
        let (journal, damaged, covered) = go_on(&held, &folder, disk, syncer)?;
        let (tenant, disk, syncer) = (Tenant { folder }, Arc::clone(disk), Arc::clone(syncer));
        Ok((Self { tenant, disk, syncer, journal, covered, damaged, owed: false, lock }, held))
    }

    /// Reads it again, and goes on behind what is on the disk: after a journal has failed, or an instance has ended.
    pub fn reopen(&mut self) -> Result<Held, StoreError> {
        // What failed is told by what is on the disk.
        let _ = self.journal.wait();
        let mut held = Held::read(&self.tenant.folder)?;
        held.finish(&self.tenant.folder)?;
        self.owed = false;
        (self.journal, self.damaged, self.covered) =
            go_on(&held, &self.tenant.folder, &self.disk, &self.syncer)?;
        Ok(held)
    }

    /// What is read of it.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Whether a snapshot was ever written.
    #[must_use]
    pub fn covered(&self) -> Option<u64> {
        self.covered
    }

    /// Appends the next command. It is not on the disk yet: see [`Self::wait`] and [`Self::when_durable`].
    pub fn append(&self, sequence: u64, command: Vec<u8>) -> Result<(), JournalError> {
        self.journal.append(sequence, command)
    }

    /// Waits until everything that was appended is on the disk.
    pub fn wait(&self) -> Result<(), JournalError> {
        self.journal.wait()
    }

    /// The last command that is on the disk.
    pub fn durable(&self) -> Result<u64, JournalError> {
        self.journal.durable()
    }

    /// Calls back when a command is on the disk, or when it never will be.
    pub fn when_durable(&self, sequence: u64, done: Done) {
        self.journal.when_durable(sequence, done);
    }

    /// Writes a snapshot of all that was appended, and removes what it makes needless.
    ///
    /// It is whole on the disk before anything else is touched. Then damaged ones are set aside, one of which may have
    /// its name: a death behind that leaves what a death before it leaves, since nobody reads more of a damaged one than
    /// the number in its name, which it keeps. Only when the new one has its name is anything removed.
    ///
    /// One that is to stand alone says so itself, so that who comes after a death in the middle of the removals goes on
    /// with them ([`Held::finish`]). Where they failed, the next one says it too.
    ///
    /// Once the new one has its name it is what the next reader begins with, whatever fails then:
    /// [`StoreError::Untidy`].
    pub fn save(&mut self, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.journal.wait()?;
        let folder = &self.tenant.folder;
        let path = folder.join(layout::snapshot(snapshot.sequence));
        let new = path.with_extension("new");
        let alone = snapshot.alone || self.owed;
        let bytes = snapshot.to_bytes(alone).map_err(failed("write", &path))?;
        let written = self.disk.write(&new, &bytes);
        let aside = written.and_then(|()| set_aside(&mut self.damaged));
        let renamed = aside.and_then(|()| fs::rename(&new, &path));
        renamed.map_err(|error| {
            let _ = fs::remove_file(&new);
            failed("write", &path)(error)
        })?;
        self.tidy(snapshot.sequence, alone).map_err(|error| StoreError::Untidy(Box::new(error)))
    }

    /// Goes on behind a snapshot that has its name.
    fn tidy(&mut self, covered: u64, alone: bool) -> Result<(), StoreError> {
        let folder = &self.tenant.folder;
        sync_folder(folder).map_err(failed("sync", folder))?;
        (self.covered, self.owed) = (Some(covered), alone);
        let next = folder.join(layout::segment(covered.saturating_add(1)));
        self.journal.turn(next.clone());
        if alone {
            return self.leave_newest();
        }
        if !Files::of(folder)?.segments.is_empty() {
            // The name says where the segment before it ends, so that nobody reads that one for what may stand behind
            // the snapshot. Where it cannot be made, that costs time.
            let _ = self.disk.tape(&next);
        }
        Files::of(folder)?.clean()
    }

    /// Notes something beside its state. It is not synced, and where it cannot be written the old note stays.
    pub fn set_note(&self, bytes: &[u8]) {
        let path = self.tenant.folder.join(NOTE);
        let new = path.with_extension("new");
        if fs::write(&new, bytes).and_then(|()| fs::rename(&new, &path)).is_err() {
            let _ = fs::remove_file(&new);
        }
    }

    /// Removes all but the newest snapshot that is whole: what was forgotten must not stand in an older one, nor in a
    /// journal. All that was appended must stand in it.
    pub fn leave_newest(&mut self) -> Result<(), StoreError> {
        let Some(covered) = self.covered else { return Ok(()) };
        Files::of(&self.tenant.folder)?.leave_only(covered)?;
        self.owed = false;
        Ok(())
    }

    /// Removes the tenant.
    ///
    /// Its folder is given a name that is no tenant's, so that it is whole or gone wherever a death comes; that name is
    /// on the disk before the first file goes. What a death leaves then is removed by who next takes a tenant of this
    /// name, and by [`super::finish_removals`]. The lock is held until all is gone, and who waits for it finds that it
    /// has lost its name.
    pub fn remove(self) -> Result<(), StoreError> {
        let folder = &self.tenant.folder;
        if fs::symlink_metadata(folder).is_ok_and(|found| found.is_symlink()) {
            let cause = Error::other("it is a link: remove what it leads to, and then the link");
            return Err(failed("remove", folder)(cause));
        }
        let removed = folder::removed(folder);
        // Nothing may come to the folder any more.
        let _ = self.journal.wait();
        folder::clear(&removed)?;
        fs::rename(folder, &removed).map_err(failed("remove", folder))?;
        let above = folder.parent().unwrap_or(folder);
        sync_folder(above).map_err(failed("sync", above))?;
        folder::clear(&removed)
    }
}

impl Drop for Owned {
    /// Before the lock is given back: whoever takes the tenant next must not meet a journal that still grows.
    ///
    /// A tenant that was made and in which nothing was ever kept is none, and its folder goes.
    fn drop(&mut self) {
        let _ = self.journal.wait();
        let folder = &self.tenant.folder;
        if matches!(is_tenant(folder), Ok(false))
            && matches!(stands_at(&self.lock, &folder.join(LOCK)), Ok(true))
        {
            // Where somebody has put something there meanwhile it stays, and who has opened the lock finds that it has
            // lost its name.
            let _ = remove(&folder.join(LOCK));
            let _ = fs::remove_dir(folder);
        }
    }
}

fn no_tenant(dir: &Path, name: &TenantName) -> Result<StoreError, StoreError> {
    Ok(StoreError::NoTenant { dir: dir.into(), name: name.clone(), near: folder::near(dir, name)? })
}

/// The lock of a tenant; none where its folder is not there any more.
fn lock(folder: &Path, dir: &Path, name: &TenantName) -> Result<Option<File>, StoreError> {
    let path = folder.join(LOCK);
    let lock = match OpenOptions::new().write(true).create(true).truncate(false).open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        open => open.map_err(failed("open", &path))?,
    };
    match lock.try_lock() {
        Ok(()) => Ok(stands_at(&lock, &path).map_err(failed("open", &path))?.then_some(lock)),
        Err(TryLockError::WouldBlock) => Err(StoreError::Busy { dir: dir.into(), name: name.clone() }),
        Err(TryLockError::Error(error)) => Err(failed("lock", &path)(error)),
    }
}

/// Sets damaged snapshots aside. One that is not there any more was set aside before.
fn set_aside(damaged: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for path in damaged.iter().filter(|path| path.exists()) {
        layout::set_aside(path)?;
    }
    damaged.clear();
    Ok(())
}

/// The journal behind what is held, the damaged snapshots, and what the newest snapshot covers.
fn go_on(
    held: &Held,
    folder: &Path,
    disk: &Arc<dyn Disk>,
    syncer: &Syncer,
) -> Result<(Journal, Vec<PathBuf>, Option<u64>), StoreError> {
    let (path, synced) = next_segment(held, folder)?;
    let journal = Journal::open(Arc::clone(disk), path, synced, held.last, syncer);
    let damaged = held.damage.iter().map(|damage| damage.path.clone());
    let damaged = damaged.filter(|path| layout::is_snapshot(path)).collect();
    Ok((journal, damaged, held.snapshot.as_ref().map(|snapshot| snapshot.sequence)))
}

/// The segment that the next command goes to, and its length. What a cut write left at its end is set aside.
///
/// One whose commands the snapshot holds is not gone on with: it could never be removed.
fn next_segment(held: &Held, folder: &Path) -> Result<(PathBuf, u64), StoreError> {
    let next = folder.join(layout::segment(held.last.saturating_add(1)));
    let goes_on = |path: &Path| held.last > held.covered() || path == next;
    let Some((path, bytes, end)) = held.end().filter(|(path, ..)| goes_on(path)) else {
        return Ok((next, 0));
    };
    let Some(torn) = bytes.get(end..).filter(|torn| !torn.is_empty()) else {
        return Ok((path.to_owned(), end as u64));
    };
    let aside = layout::aside(path, Some(end as u64));
    fs::write(&aside, torn).map_err(failed("write", &aside))?;
    let cut = OpenOptions::new().write(true).open(path).and_then(|file| {
        file.set_len(end as u64)?;
        file.sync_all()
    });
    cut.map_err(failed("cut", path))?;
    Ok((path.to_owned(), end as u64))
}
