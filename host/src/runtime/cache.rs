//! Where compiled components are kept between starts.
//!
//! What lies there is native code, and is executed: it must be what was written, and written by us. Against accidents
//! each file has a checksum, against others the folder and the file must be such that nobody else can write to them.
//! What does not fit is compiled anew. wasmtime's own cache asks for neither: a flipped bit in it ends the process.

mod file;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) use file::{Code, Name};

/// Whether and where to cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CachePolicy {
    /// Compile on every start.
    Off,
    /// Keep compiled components in this folder.
    Folder(PathBuf),
}

impl CachePolicy {
    /// `BEGAT_CACHE` when set (`off`, or a folder), else `begat` in the user's cache folder, else off.
    #[must_use]
    pub fn from_env() -> Self {
        Self::choose(env::var_os("BEGAT_CACHE"), user_cache())
    }

    fn choose(wish: Option<OsString>, user: Option<PathBuf>) -> Self {
        match wish {
            Some(wish) if wish == "off" => Self::Off,
            Some(wish) if !wish.is_empty() => std::path::absolute(wish).map_or(Self::Off, Self::Folder),
            _ => user.map_or(Self::Off, |folder| Self::Folder(folder.join("begat"))),
        }
    }
}

/// A folder of compiled components, if there is one that may be used.
#[derive(Debug, Default)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
    refused: Option<String>,
}

impl Cache {
    /// That there can be none is no error: it costs the compile time.
    pub(super) fn open(policy: &CachePolicy) -> Self {
        let CachePolicy::Folder(folder) = policy else { return Self::default() };
        let Ok(about) = make(folder).and_then(|()| fs::metadata(folder)) else { return Self::default() };
        match file::objection(&about) {
            None => Self { folder: Some(folder.clone()), refused: None },
            Some(why) => {
                let refused = format!("{} is not used for compiled components: {why}", folder.display());
                Self { folder: None, refused: Some(refused) }
            }
        }
    }

    /// Why a folder that is there is not used.
    pub(super) fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// What was kept under a name, where it is whole.
    pub(super) fn read(&self, name: &Name) -> Option<Code> {
        file::read(self.folder.as_deref()?, name)
    }

    /// Keeps something, where that is possible.
    pub(super) fn write(&self, name: &Name, code: &[u8]) {
        if let Some(folder) = &self.folder {
            file::write(folder, name, code);
        }
    }
}

/// Makes a folder for its user alone.
fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// The folder that the platform has for this. Not every start has a home: daemons, containers.
fn user_cache() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        absolute("HOME").map(|home| home.join("Library/Caches"))
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
    }
}

#[cfg(test)]
mod tests;
