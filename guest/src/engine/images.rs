//! Executables, each path kept once with what is derived from it.

use super::hashing::Seed;
use super::spawners::is_spawner;
use super::strings::{Strings, Sym};
use crate::text::path::{bucket, file_name, fold, same_file};

/// A path as some record spelled it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageId(Sym);

impl ImageId {
    /// Its number, for arrays that stand beside the paths.
    #[must_use]
    pub fn index(self) -> usize {
        self.0.index()
    }
}

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

    /// Keeps a path; `values` receives the texts derived from it, `spawners` are the names configured.
    pub fn note(&mut self, path: &str, values: &mut Strings, spawners: &[String]) -> ImageId {
        let path = path.trim();
        let sym = self.paths.intern(path);
        if sym.index() >= self.derived.len() {
            let name = fold(file_name(path));
            self.derived.push(Image {
                name: values.intern(&name),
                directory: bucket(path).map_or(Sym::EMPTY, |directory| values.intern(&directory)),
                file: values.intern(&same_file(path)),
                spawner: is_spawner(spawners, &name, path),
            });
        }
        ImageId(sym)
    }

    /// What the paths take, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.paths.size() + self.derived.len() * size_of::<Image>()
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
