//! Tenants' states on disk.
//!
//! ```text
//! DIR/begat-state                     the format and its version: what this directory is
//! DIR/lock                            held while a tenant is made
//! DIR/tenants/NAME/snapshot-SEQUENCE  the state after that command; the newest two are kept
//! DIR/tenants/NAME/journal-SEQUENCE   commands from that one on
//! DIR/tenants/NAME/settings.json      limits and keys
//! DIR/tenants/NAME/settings-lock      held while those are changed
//! DIR/tenants/NAME/cost.json          what it has cost so far; may be lost
//! DIR/tenants/NAME/damaged-...        what was found damaged, set aside
//! DIR/tenants/NAME/lock               held by the one process that may change it
//! DIR/tenants/NAME~                   a tenant that is removed, until nothing of it is left
//! ```
//!
//! A command is appended to the journal ([`journal`]) and acknowledged once it is on the disk. A state is the newest
//! whole snapshot and the commands behind it ([`held`]). Each tenant has files of its own: what one writes, forgets
//! or loses is no other's. Who reads needs no lock. Nothing here knows what a command or a snapshot says.

mod check;
mod disk;
mod folder;
mod frame;
mod held;
mod journal;
mod layout;
mod name;
mod settings;
mod snapshots;
mod tenant;

#[cfg(test)]
pub(crate) mod faulty;
#[cfg(test)]
mod tests;

pub use check::Checked;
pub use disk::{Disk, Tape, real};
pub use held::{Damage, Held};
pub use journal::{Done, JournalError, Syncer};
pub use name::{NameError, TenantName};
pub use settings::{Key, Settings};
pub use snapshots::Snapshot;
pub use tenant::{Owned, Tenant};

/// The names of the tenants that there are, sorted.
pub fn tenants(dir: &std::path::Path) -> Result<Vec<TenantName>, StoreError> {
    folder::check(dir)?;
    Ok(folder::known(dir)?.iter().filter_map(|name| name.parse().ok()).collect())
}

/// Goes on with removals that were cut short, and names the tenants that are gone.
pub fn finish_removals(dir: &std::path::Path) -> Result<Vec<TenantName>, StoreError> {
    folder::check(dir)?;
    folder::finish_removals(dir)
}

use std::io;
use std::path::PathBuf;

/// Why a state could not be found, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such directory.
    #[error("there is no state in {}: `begat run --state` makes one", .0.display())]
    Missing(PathBuf),
    /// The directory belongs to somebody else.
    #[error("{} holds other files and no begat-state: name an empty directory, or one that is not there yet", .0.display())]
    Foreign(PathBuf),
    /// The marker is not one.
    #[error("{} is damaged: it does not say which version this state has", .0.display())]
    Marker(PathBuf),
    /// A newer begat wrote it.
    #[error(
        "the state in {} has version {found}, this begat reads version {known}: use a newer one. If none ever wrote there, \
         begat-state in it is damaged and should say version {known}",
        .dir.display()
    )]
    Newer {
        /// The directory.
        dir: PathBuf,
        /// The version found.
        found: u32,
        /// The version that can be read.
        known: u32,
    },
    /// No such tenant, and those whose names are nearest.
    #[error("there is no tenant {name} in {}: {}", .dir.display(), listed(.near))]
    NoTenant {
        /// The directory.
        dir: PathBuf,
        /// The name that was asked for.
        name: TenantName,
        /// Names that there are, all or the nearest.
        near: Near,
    },
    /// A tenant whose name is told from another's by case alone.
    #[error("tenant {name} would differ from {there} only in case: some file systems cannot tell them apart")]
    Case {
        /// The name that was asked for.
        name: TenantName,
        /// The name that is there.
        there: String,
    },
    /// Another process is changing it.
    #[error("another process works on tenant {name} in {}: wait until it has ended", .dir.display())]
    Busy {
        /// The directory.
        dir: PathBuf,
        /// The tenant.
        name: TenantName,
    },
    /// A snapshot is not what was written.
    #[error("{} is damaged: {why}", .path.display())]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// A newer begat wrote a file.
    #[error("{} has version {found}, this begat reads version {known}: use a newer one", .path.display())]
    NewerFile {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u32,
        /// The version that can be read.
        known: u32,
    },
    /// A snapshot stands on the disk; what it makes needless stands beside it still, or the disk may forget its name.
    #[error("the snapshot is written, but: {0}")]
    Untidy(Box<StoreError>),
    /// A tenant's settings cannot be used.
    #[error("{}: {why}", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        why: String,
    },
    /// The process ends.
    #[error("begat is about to end and takes no more")]
    Closing,
    /// The journal takes nothing more.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The operating system says no.
    #[error("cannot {verb} {}: {cause}", .path.display())]
    Io {
        /// What was to be done.
        verb: &'static str,
        /// With what.
        path: PathBuf,
        /// The system's words.
        cause: io::Error,
    },
}

/// Names of tenants that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// The nearest first; sorted where they are all.
    pub names: Vec<String>,
    /// Whether there are no others.
    pub all: bool,
}

fn listed(near: &Near) -> String {
    let names = near.names.join(", ");
    match near {
        Near { names, .. } if names.is_empty() => "there is none".into(),
        Near { all: true, .. } => format!("there is {names}"),
        Near { all: false, .. } => format!("there are many, the nearest {names}"),
    }
}

/// What turns an error of the system's into one that names the file.
fn failed(verb: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |cause| StoreError::Io { verb, path, cause }
}
