//! The operating system's spawners: where a causality group ends (SPEC section 4).
//!
//! Which names they are is configured. Whether one runs from its own directory is judged by one table,
//! `data/spawners.json`, and not by the profile in force: a profile need not know directories.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::data::File;
use super::hierarchy::{Expected, Place, place};
use crate::text::path::split;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the file explains itself")]
struct Row {
    name: String,
    /// By source. None at all: no program with a directory is this one.
    directories: BTreeMap<String, Vec<String>>,
    note: Option<String>,
}

/// The directories by a name in lower case without `.exe`. A file that does not parse would make every
/// directory a spawner's own; a test sees to it that this cannot be.
static OWN: LazyLock<BTreeMap<String, Vec<Expected>>> = LazyLock::new(|| {
    let own = |row: Row| {
        let directories = row.directories.values().flatten().filter_map(|text| Expected::parse(text));
        (row.name, directories.collect())
    };
    parse().map(|file| file.rows).unwrap_or_default().into_iter().map(own).collect()
});

fn parse() -> Result<File<Row>, serde_json::Error> {
    serde_json::from_str(include_str!("../../data/spawners.json"))
}

/// Whether a path is that of a spawner: by its name, which `configured` has with or without `.exe`, in its
/// own directory. `name` is its folded file name.
///
/// Where no directory is known the name has to do, and a name that the table does not have counts from any
/// directory: the tenant knows more of it than we.
pub(super) fn is_spawner(configured: &[String], name: &str, path: &str) -> bool {
    let bare = name.strip_suffix(".exe").unwrap_or(name);
    if !configured.iter().any(|spawner| spawner == name || spawner == bare) {
        return false;
    }
    match (OWN.get(bare), split(path).0) {
        (None, _) | (_, None) => true,
        // On another drive it may be the system's: which that is no record says.
        (Some(own), directory) => {
            matches!(place(directory, own.iter()), Place::Right | Place::OtherDrive)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Config;
    use crate::text::path::{file_name, fold};

    fn is_default_spawner(path: &str) -> bool {
        is_spawner(&Config::default().causality.spawners, &fold(file_name(path)), path)
    }

    #[test]
    fn every_default_spawner_has_its_row_with_sources_that_are_explained() {
        let file = parse().unwrap();
        let names: Vec<&str> = file.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, Config::default().causality.spawners);
        for row in &file.rows {
            assert!(row.directories.keys().all(|source| file.sources.contains_key(source)), "{}", row.name);
            let listed: usize = row.directories.values().map(Vec::len).sum();
            assert_eq!(OWN[&row.name].len(), listed, "{}", row.name);
        }
    }

    #[test]
    fn a_spawner_counts_from_its_own_directory_however_it_is_written() {
        for path in [
            r"C:\Windows\System32\svchost.exe",
            r"\Device\HarddiskVolume2\WINDOWS\system32\SVCHOST.EXE",
            r"\SystemRoot\System32\smss.exe",
            r"C:\Windows\explorer.exe",
            r"C:\Windows\System32\wbem\WmiPrvSE.exe",
            r"C:\Windows\System32\taskeng.exe",
            // A system on another drive.
            r"D:\Windows\System32\services.exe",
            "/usr/lib/systemd/systemd",
            "/sbin/init",
            "/usr/sbin/sshd",
            "/usr/sbin/crond",
            "/usr/bin/containerd-shim-runc-v2",
            "/usr/local/bin/containerd-shim-runc-v2",
            "/sbin/launchd",
            // Nothing but the name is known.
            "System",
            "svchost.exe",
            "systemd",
        ] {
            assert!(is_default_spawner(path), "{path}");
        }
    }

    #[test]
    fn a_spawners_name_in_another_directory_is_nobody() {
        for path in [
            r"C:\Temp\svchost.exe",
            r"C:\Windows\explorer\explorer.exe",
            r"C:\Windows\System32\explorer.exe",
            r"C:\Windows\System32\wmiprvse.exe",
            r"C:\ProgramData\taskeng.exe",
            r"C:\Users\ann\sihost.exe",
            r"C:\WINDOW~1\System32\svchost.exe",
            r"C:\Windows\System32\system.exe",
            r"Temp\svchost.exe",
            r"\svchost.exe",
            "/tmp/systemd",
            "/tmp/crond",
            "/sshd",
            "/usr/sbin/../../tmp/sshd",
            "/USR/SBIN/sshd",
            r"C:\usr\sbin\sshd.exe",
            r"\usr\sbin\sshd",
            "/Windows/System32/svchost.exe",
        ] {
            assert!(!is_default_spawner(path), "{path}");
        }
    }

    #[test]
    fn a_tenants_own_spawner_counts_from_any_directory() {
        let configured = ["agent".to_owned(), "svchost.exe".to_owned()];
        assert!(is_spawner(&configured, "agent.exe", r"C:\Program Files\agent.exe"));
        assert!(is_spawner(&configured, "agent", "/opt/agent"));
        assert!(!is_spawner(&configured, "explorer.exe", r"C:\Windows\explorer.exe"));
        // Known to the table, however the name is written.
        assert!(is_spawner(&configured, "svchost.exe", r"C:\Windows\System32\svchost.exe"));
        assert!(!is_spawner(&configured, "svchost.exe", r"C:\Temp\svchost.exe"));
    }
}
