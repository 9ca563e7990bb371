//! Where compiled components are kept between starts.
//!
//! wasmtime's own cache: keyed by its version, its configuration and the component's SHA-256, written
//! atomically, cleaned up by itself. What lies there is native code that is executed, so it must be a
//! folder that only the user can write to: the user's own cache folder, and never /tmp.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

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

    /// The cache, if there can be one. That it cannot be written to is no error: it costs the compile
    /// time, which is shorter than the message would take to read.
    pub(super) fn open(&self) -> Option<wasmtime::Cache> {
        let Self::Folder(folder) = self else { return None };
        if !writable(folder) {
            return None;
        }
        let mut config = wasmtime::CacheConfig::new();
        config.with_directory(folder);
        wasmtime::Cache::new(config).ok()
    }
}

fn writable(folder: &Path) -> bool {
    if std::fs::create_dir_all(folder).is_err() {
        return false;
    }
    let probe = folder.join(format!(".probe-{}", std::process::id()));
    let written = std::fs::write(&probe, b"").is_ok();
    let _ = std::fs::remove_file(&probe);
    written
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
mod tests {
    use super::*;

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
        assert!(CachePolicy::Folder("/dev/null/begat".into()).open().is_none());
    }
}
