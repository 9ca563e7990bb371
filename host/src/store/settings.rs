//! What an operator sets for one tenant: limits, and the keys that its users come with.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::disk::{remove, stands_at};
use super::folder::replace;
use super::{StoreError, failed};
use crate::runtime::Limits;

/// The file in a tenant's folder.
pub(super) const SETTINGS: &str = "settings.json";

/// Held while they are changed.
const LOCK: &str = "settings-lock";

/// Limits of one tenant; what is not set is the host's default. None may be 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Bytes in all memories and tables of its instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// Milliseconds that one call may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<u64>,
    /// Bytes of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<usize>,
    /// Bytes of a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<usize>,
    /// Bytes of commands that wait; who brings more waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<usize>,
    /// Of keys only what proves them is kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Key>,
}

/// A key: 256 random bits, of which only the hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// To name it by.
    pub id: String,
    /// SHA-256 of the key, in hexadecimal.
    pub sha256: String,
    /// Milliseconds since 1970.
    pub made: i64,
}

/// A command is a batch of at most 16 MiB, or a line of at most 64 MiB.
const INPUT: usize = 64 << 20;

/// Some hundred batches of the usual size.
const QUEUE: usize = 64 << 20;

impl Settings {
    /// Reads a tenant's; the default where there are none.
    pub fn load(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(SETTINGS);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed("read", &path)(error)),
        };
        let settings: Self = serde_json::from_slice(&bytes)
            .map_err(|error| StoreError::Settings { path: path.clone(), why: error.to_string() })?;
        settings.check().map_err(|why| StoreError::Settings { path, why })?;
        Ok(settings)
    }

    /// Replaces a tenant's.
    pub fn save(&self, folder: &Path) -> Result<(), StoreError> {
        let _lock = lock(folder)?;
        self.write(folder)
    }

    /// Changes a tenant's: who else changes them waits, so that no change is lost. What cannot be read stays.
    ///
    /// The lock is another than the tenant's: who runs the tenant has that one for long, and reads its settings when it
    /// wakes. Who reads needs none: there is the old file or the new one.
    pub fn change<T>(folder: &Path, change: impl FnOnce(&mut Self) -> T) -> Result<(Self, T), StoreError> {
        let _lock = lock(folder)?;
        let mut settings = Self::load(folder)?;
        let told = change(&mut settings);
        settings.write(folder)?;
        Ok((settings, told))
    }

    /// The lock must be held.
    fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let why = |why: String| StoreError::Settings { path: folder.join(SETTINGS), why };
        self.check().map_err(why)?;
        let text = serde_json::to_string_pretty(self).map_err(|error| why(error.to_string()))?;
        remove_unfinished(folder)?;
        replace(folder, SETTINGS, (text + "\n").as_bytes())
    }

    fn check(&self) -> Result<(), String> {
        let values = [
            ("memory", self.memory),
            ("call", self.call),
            ("output", self.output.map(wide)),
            ("input", self.input.map(wide)),
            ("queue", self.queue.map(wide)),
        ];
        match values.iter().find(|(_, value)| *value == Some(0)) {
            Some((name, _)) => Err(format!("{name}: a limit of 0 allows nothing")),
            None if self.memory.is_some_and(|memory| memory > 4 << 30) => {
                Err("memory: WebAssembly ends at 4 GiB".to_owned())
            }
            None => Ok(()),
        }
    }

    /// What one call may take.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits {
            memory: self.memory.unwrap_or(default.memory),
            call: self.call.map_or(default.call, Duration::from_millis),
            answer: self.output.unwrap_or(default.answer),
        }
    }

    /// Bytes of a command.
    #[must_use]
    pub fn input(&self) -> usize {
        self.input.unwrap_or(INPUT)
    }

    /// Bytes of commands that wait.
    #[must_use]
    pub fn queue(&self) -> usize {
        self.queue.unwrap_or(QUEUE)
    }
}

/// Waits for the others who change a tenant's settings: for as long as it takes to write a file.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join(LOCK);
    loop {
        let open = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let lock = open.map_err(failed("open", &path))?;
        lock.lock().map_err(failed("lock", &path))?;
        // Else the tenant was removed meanwhile, and one of its name may be there.
        if stands_at(&lock, &path).map_err(failed("open", &path))? {
            return Ok(lock);
        }
    }
}

/// What deaths have left half written. Nobody else writes while the lock is held.
fn remove_unfinished(folder: &Path) -> Result<(), StoreError> {
    let read = |error| failed("read", folder)(error);
    for entry in fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if is_unfinished(&path) {
            remove(&path).map_err(failed("remove", &path))?;
        }
    }
    Ok(())
}

/// Whether a file is one that settings are written to first. It is no concern of who has the tenant's lock alone.
pub(super) fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with(SETTINGS) && name.ends_with(".new")
}

fn wide(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded_and_what_is_silent_is_the_default() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Settings::load(folder.path()).unwrap(), Settings::default());
        let settings = Settings { memory: Some(64 << 20), call: Some(250), ..Settings::default() };
        settings.save(folder.path()).unwrap();
        assert_eq!(Settings::load(folder.path()).unwrap(), settings);
        assert_eq!(settings.limits().call, Duration::from_millis(250));
        assert_eq!(settings.limits().answer, Limits::ANSWER);
    }

    #[test]
    fn a_limit_of_nothing_and_a_file_of_something_else_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let none = Settings { queue: Some(0), ..Settings::default() };
        let error = none.save(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("settings.json: queue: a limit of 0 allows nothing"), "{error}");
        fs::write(folder.path().join(SETTINGS), "{\"memroy\": 1}").unwrap();
        let error = Settings::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains("unknown field `memroy`"), "{error}");
    }

    #[test]
    fn who_changes_them_at_once_changes_what_the_other_has_left() {
        let folder = tempfile::tempdir().unwrap();
        let key = |id: usize| Key { id: id.to_string(), sha256: String::new(), made: 0 };
        std::thread::scope(|scope| {
            for id in 0..20 {
                let folder = folder.path();
                scope
                    .spawn(move || Settings::change(folder, |settings| settings.keys.push(key(id))).unwrap());
            }
        });
        let mut ids: Vec<usize> =
            Settings::load(folder.path()).unwrap().keys.iter().map(|key| key.id.parse().unwrap()).collect();
        ids.sort_unstable();
        assert_eq!(ids, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn what_a_death_has_left_half_written_goes_with_the_next_change() {
        let folder = tempfile::tempdir().unwrap();
        let unfinished = folder.path().join("settings.json.17-0.new");
        fs::write(&unfinished, "{").unwrap();
        Settings::change(folder.path(), |settings| settings.queue = Some(1)).unwrap();
        assert!(!unfinished.exists());
        assert_eq!(Settings::load(folder.path()).unwrap().queue, Some(1));
    }
}
