//! Where recordings are found: the example in this repository, real ones beside it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The project's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The example recording.
pub fn example() -> String {
    fs::read_to_string(root().join("examples/data/recording.ndjson")).unwrap()
}

/// The folder of real recordings: `BEGAT_DATA`, or `../shared/data` beside the project. Without it the
/// tests that need it say so and pass.
pub fn real() -> Option<PathBuf> {
    let folder = std::env::var_os("BEGAT_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    if folder.join("answers").is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no recordings in {} (BEGAT_DATA names another folder)", folder.display());
    None
}

/// A recording with its name.
pub struct Recording {
    pub name: String,
    path: PathBuf,
}

impl Recording {
    /// Every recording of the folder, by name.
    pub fn all(folder: &Path) -> Vec<Self> {
        let mut all = Self::of_set(folder, "campaigns_otrf");
        all.extend(Self::of_set(folder, "atomic_otrf"));
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// The recordings of one set, by name.
    pub fn of_set(folder: &Path, set: &str) -> Vec<Self> {
        let mut all: Vec<Self> = fs::read_dir(folder.join(set))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "zip"))
            .map(|path| Self { name: path.file_stem().unwrap().to_str().unwrap().to_owned(), path })
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        assert!(!all.is_empty(), "no zip in {}", folder.display());
        all
    }

    /// One recording of the folder.
    pub fn named(folder: &Path, name: &str) -> Self {
        Self::all(folder).into_iter().find(|r| r.name == name).unwrap_or_else(|| panic!("no {name}.zip"))
    }

    /// Its lines: the first file of the zip.
    pub fn text(&self) -> String {
        let bytes = fs::read(&self.path).unwrap();
        let zip = rawzip::ZipArchive::from_slice(&bytes).unwrap();
        let first = zip.entries().next_entry().unwrap().unwrap();
        let packed = zip.get_entry(first.wayfinder()).unwrap();
        let mut text = String::new();
        let unpacked = flate2::bufread::DeflateDecoder::new(packed.data());
        packed.verifying_reader(unpacked).read_to_string(&mut text).unwrap();
        text
    }
}
