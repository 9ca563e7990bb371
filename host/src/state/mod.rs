//! Tenants' states on disk.
//!
//! ```text
//! DIR/begat-state                the format and its version: what this directory is
//! DIR/tenants/NAME/snapshot      the state, as the component wrote it
//! DIR/tenants/NAME/lock          held by the one process that may change it
//! ```
//!
//! A snapshot is replaced whole, so that who reads needs no lock and finds the old state or the new one.
//! Nothing here knows what is in a snapshot: its frame has a checksum, and the component checks it.

mod folder;
mod name;
mod tenant;

pub use name::{NameError, TenantName};
pub use tenant::{Owned, Tenant};

use std::io;
use std::path::PathBuf;

/// Why a state could not be found, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
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
    #[error("the state in {} has version {found}, this begat reads version {known}: use a newer one", .dir.display())]
    Newer {
        /// The directory.
        dir: PathBuf,
        /// The version found.
        found: u32,
        /// The version that can be read.
        known: u32,
    },
    /// No such tenant, and those that there are.
    #[error("there is no tenant {name} in {}: there is {}", .dir.display(), listed(.known))]
    NoTenant {
        /// The directory.
        dir: PathBuf,
        /// The name that was asked for.
        name: TenantName,
        /// The names that there are.
        known: Vec<String>,
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

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

/// What turns an error of the system's into one that names the file.
fn failed(verb: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> StateError {
    let path = path.to_owned();
    move |cause| StateError::Io { verb, path, cause }
}
