//! Executables, each path kept once with what is derived from it.

use super::hashing::Seed;
use super::hierarchy::{Observation, Outcome, Parent, Profile};
use super::strings::{Strings, Sym};
use crate::text::path::{bucket, file_name, fold, same_file};

/// A path as some record spelled it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageId(Sym);

/// What is derived from a path.
#[derive(Debug, Clone, Copy, Default)]
pub struct Image {
    /// The folded file name, in the table of values.
    pub name: Sym,
    /// The directory in one form with its volatile parts replaced; empty for a bare file name.
    pub directory: Sym,
    /// The path in one form without its drive or volume: the same file however a sensor writes it.
    pub file: Sym,
    /// A spawner of the operating system, by its name and in its own directory.
    pub spawner: bool,
}

/// All paths seen.
#[derive(Debug)]
pub struct Images {
    paths: Strings,
    /// Beside `paths`.
    derived: Vec<Image>,
}

impl Images {
    /// No paths yet.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { paths: Strings::new(seed), derived: vec![Image::default()] }
    }

    /// Keeps a path; `values` receives the texts derived from it.
    pub fn note(&mut self, path: &str, values: &mut Strings, rules: &SpawnerRules<'_>) -> ImageId {
        let path = path.trim();
        let sym = self.paths.intern(path);
        if sym.index() >= self.derived.len() {
            let name = fold(file_name(path));
            self.derived.push(Image {
                name: values.intern(&name),
                directory: bucket(path).map_or(Sym::EMPTY, |directory| values.intern(&directory)),
                file: values.intern(&same_file(path)),
                spawner: rules.admit(&name, path),
            });
        }
        ImageId(sym)
    }

    /// The path as it was spelled.
    #[must_use]
    pub fn path(&self, image: ImageId) -> &str {
        self.paths.get(image.0)
    }

    /// What is derived from it.
    #[must_use]
    pub fn get(&self, image: ImageId) -> Image {
        self.derived.get(image.0.index()).copied().unwrap_or_default()
    }
}

/// Which names are spawners, and the table that knows their directories.
#[derive(Debug, Clone, Copy)]
pub struct SpawnerRules<'a> {
    /// Folded file names.
    pub names: &'a [String],
    /// The profile in force.
    pub profile: &'a Profile,
}

impl SpawnerRules<'_> {
    /// A spawner counts only from its own directory (SPEC section 4).
    fn admit(&self, name: &str, path: &str) -> bool {
        let observation = Observation {
            image: path,
            pid: None,
            parent: Parent::Unknown,
            parent_pid: None,
            command_line: None,
            parent_command_line: None,
        };
        let bare = name.strip_suffix(".exe").unwrap_or(name);
        self.names.iter().any(|n| n == name || n == bare)
            && self.profile.judge(&observation).outcome != Outcome::Violation
    }
}
