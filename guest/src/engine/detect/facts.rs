//! What is known of Windows beforehand: `data/detections.json`, read once and ready to look up.

use std::sync::LazyLock;

use super::place::{Place, Top};
use super::table::{File, ReaderRow, ThreadRow, parse};
use crate::engine::hierarchy::{self, Expected, place};
use crate::text::path::split;

/// A program in directories of its own.
#[derive(Debug)]
struct Program {
    names: Vec<String>,
    directories: Vec<Expected>,
}

impl Program {
    /// Whether a path is its: where no directory is known the name has to do, as with spawners.
    fn is(&self, name: &str, path: &str) -> bool {
        use hierarchy::Place::{NotGiven, OtherDrive, Right};
        if !self.names.iter().any(|own| own == name) {
            return false;
        }
        // As the table has it, nearly always: then the path need not be taken apart.
        let directory = split(path).0.map(|directory| directory.trim_end_matches('\\'));
        matches!(place(directory, self.directories.iter()), Right | OtherDrive | NotGiven)
    }
}

/// A remote thread that is how the system works.
#[derive(Debug)]
struct Thread {
    program: Program,
    /// Into these; into any if there are none.
    targets: Vec<String>,
    /// Only with this function.
    function: Option<String>,
}

/// A program that ordinarily reads lsass.exe.
#[derive(Debug)]
struct Reader {
    program: Program,
    /// With no rights beyond these.
    rights: u32,
}

/// What is looked up. Names are folded.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) places: Vec<Top>,
    starters: Vec<(String, String)>,
    sensitive: Vec<String>,
    threads: Vec<Thread>,
    readers: Vec<Reader>,
}

/// The table. One that does not parse would be empty; a test sees to it that this cannot be.
pub(super) fn facts() -> &'static Facts {
    static FACTS: LazyLock<Facts> = LazyLock::new(|| parse().map(Facts::of).unwrap_or_default());
    &FACTS
}

impl Facts {
    fn of(file: File) -> Self {
        let expected =
            |directories: &[String]| directories.iter().filter_map(|d| Expected::parse(d)).collect();
        let places = file.places.iter();
        let starters = file.starters.into_iter();
        let thread = |row: ThreadRow| Thread {
            program: Program { names: vec![row.name], directories: expected(&row.directories) },
            targets: row.targets,
            function: row.function,
        };
        let reader = |row: ReaderRow| Reader {
            rights: row.rights.as_deref().and_then(rights).unwrap_or(u32::MAX),
            program: Program { directories: expected(&row.directories), names: row.names },
        };
        Self {
            places: places
                .flat_map(|row| row.directories.iter().filter_map(|d| Top::parse(d, row.are)))
                .collect(),
            starters: starters
                .flat_map(|row| row.names.into_iter().map(move |name| (name, row.are.clone())))
                .collect(),
            sensitive: file.sensitive.into_iter().flat_map(|row| row.names).collect(),
            threads: file.threads.into_iter().map(thread).collect(),
            readers: file.readers.into_iter().map(reader).collect(),
        }
    }

    /// What a program is to those that it starts, if it is one that opens what strangers send.
    pub(super) fn starter(&self, name: &str) -> Option<&str> {
        self.starters.iter().find(|(own, _)| own == name).map(|(_, are)| are.as_str())
    }

    /// Whether code in this process would have its rights, or hide behind it.
    pub(super) fn is_sensitive(&self, name: &str) -> bool {
        self.sensitive.iter().any(|own| own == name)
    }

    /// Whether a remote thread is how the system works.
    pub(super) fn is_ordinary_thread(&self, from: (&str, &str), into: &str, function: Option<&str>) -> bool {
        self.threads.iter().any(|row| {
            row.program.is(from.0, from.1)
                && (row.targets.is_empty() || row.targets.iter().any(|target| target == into))
                && row.function.as_deref().is_none_or(|own| function == Some(own))
        })
    }

    /// Whether a program, by its folded name and its path, ordinarily opens lsass.exe with these rights.
    pub(super) fn is_reader(&self, name: &str, path: &str, mask: u32) -> bool {
        self.readers.iter().any(|row| row.program.is(name, path) && mask & !row.rights == 0)
            || Place::of(path) == Place::Programs
    }
}

fn rights(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_has_sources_that_are_explained() {
        let file = parse().unwrap();
        let directories: usize = file.places.iter().map(|row| row.directories.len()).sum();
        let sources: Vec<String> = (file.places.iter().map(|row| &row.source))
            .chain(file.starters.iter().map(|row| &row.source))
            .chain(file.sensitive.iter().map(|row| &row.source))
            .chain(file.threads.iter().map(|row| &row.source))
            .chain(file.readers.iter().map(|row| &row.source))
            .flat_map(|sources| sources.split(", ").map(str::to_owned))
            .collect();
        assert!(sources.iter().all(|source| file.sources.contains_key(source)), "{sources:?}");
        assert!(file.sources.keys().all(|source| sources.contains(source)), "{:?}", file.sources.keys());
        assert!(
            file.readers.iter().filter_map(|row| row.rights.as_deref()).all(|text| rights(text).is_some())
        );
        let listed: Vec<usize> = (file.threads.iter().map(|row| row.directories.len()))
            .chain(file.readers.iter().map(|row| row.directories.len()))
            .collect();
        let facts = Facts::of(file);
        assert_eq!(facts.places.len(), directories);
        let read: Vec<usize> = (facts.threads.iter().map(|row| row.program.directories.len()))
            .chain(facts.readers.iter().map(|row| row.program.directories.len()))
            .collect();
        assert_eq!(read, listed);
    }

    #[test]
    fn names_are_folded() {
        let facts = Facts::of(parse().unwrap());
        let programs =
            facts.threads.iter().map(|row| &row.program).chain(facts.readers.iter().map(|row| &row.program));
        let names = programs
            .flat_map(|program| &program.names)
            .chain(&facts.sensitive)
            .chain(facts.starters.iter().map(|(name, _)| name))
            .chain(facts.threads.iter().flat_map(|row| &row.targets));
        for name in names {
            assert_eq!(*name, name.to_lowercase());
        }
    }
}
