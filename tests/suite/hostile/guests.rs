//! The guests that misbehave: three variants of `begat-hostile`, and the texts beside it.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use begat::runtime::{Component, LoadError, Prepared};

use crate::component;
use crate::data::root;

/// `begat-hostile`: fits the contract, and misbehaves at the lines that say so.
pub const HOSTILE: &[u8] = include_bytes!(env!("BEGAT_HOSTILE"));

/// The same, writing snapshots of version 2 and reading those of version 1 too.
pub const VERSION_2: &[u8] = include_bytes!(env!("BEGAT_HOSTILE_V2"));

/// The same, trapping on snapshots of version 1.
pub const VERSION_2_BROKEN: &[u8] = include_bytes!(env!("BEGAT_HOSTILE_V2_BROKEN"));

/// On the runtime that all tests share with begat's own component.
pub fn prepare(component: &[u8]) -> Result<Prepared, LoadError> {
    Component::compile(component::runtime(), component)?.prepare()
}

/// [`HOSTILE`], compiled once for all tests.
pub fn hostile() -> &'static Prepared {
    static PREPARED: OnceLock<Prepared> = OnceLock::new();
    PREPARED.get_or_init(|| prepare(HOSTILE).unwrap())
}

/// The texts of `tests/hostile/wat` whose names begin so, or do not, as name and binary.
pub fn texts(are_starts: bool) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(root().join("tests/hostile/wat")).unwrap();
    let mut texts: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    texts.sort();
    let named = texts.iter().map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path));
    named
        .filter(|(name, _)| name.starts_with("start-") == are_starts)
        .map(|(name, path)| (name, wat::parse_file(path).unwrap()))
        .collect()
}

/// A component that does, before anything else can be asked of it, what a core module does in its start.
///
/// A component is a header of eight bytes and sections: one byte that says what it is, its length as LEB128, its
/// content. A section of a core module is the module. So two more at the end are the module and its instance.
pub fn starting_with(component: &[u8], module: &[u8]) -> Vec<u8> {
    const MODULE: u8 = 1;
    const INSTANCES: u8 = 2;
    // One instance, made by instantiating the module of that number with no arguments.
    let number = u8::try_from(sections(component).filter(|id| *id == MODULE).count()).unwrap();
    assert!(number < 0x80, "a number of one byte in LEB128");
    let instances = [1, 0, number, 0];
    let mut whole = component.to_vec();
    for (id, content) in [(MODULE, module), (INSTANCES, &instances)] {
        whole.push(id);
        whole.extend(leb128(content.len()));
        whole.extend(content);
    }
    whole
}

/// What each section of a component is.
fn sections(component: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = &component[8..];
    std::iter::from_fn(move || {
        let (id, after) = rest.split_first()?;
        let digits = after.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let length = after[..digits].iter().rev().fold(0, |n, byte| n << 7 | usize::from(byte & 0x7f));
        rest = &after[digits + length..];
        Some(*id)
    })
}

fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let digit = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            bytes.push(digit);
            return bytes;
        }
        bytes.push(digit | 0x80);
    }
}

/// 300 is 2 * 128 + 44: the low digit first, with the bit that says that more follow.
#[test]
fn lengths_are_written_as_leb128() {
    assert_eq!(leb128(5), [5]);
    assert_eq!(leb128(300), [0x80 | 44, 2]);
}

/// A section of five bytes that begins with a module's number, and an empty one.
#[test]
fn sections_are_stepped_over_by_their_lengths() {
    let component = b"\0asm\x0d\0\x01\0\x00\x05\x01\x01\x01\x01\x01\x01\x00";
    assert_eq!(sections(component).collect::<Vec<_>>(), [0, 1]);
}
