//! Names that resemble a system process's: one edit away, or the same to the eye.
//!
//! An edit is a character inserted, left out or replaced, or two neighbours swapped (`scvhost`). The table says
//! whose names are worth resembling, and which near names are honest programs'. A name that the table has
//! anywhere resembles nobody.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::part::{Groups, Part};
use crate::engine::data::File;

/// Longer names are not compared, in characters.
const LONGEST: usize = 12;

/// What a table says of look-alikes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookAlikesFile {
    /// The names, with `.exe`.
    of: Groups,
    /// Names that resemble one and are honest.
    except: Groups,
}

/// The names that are worth resembling.
#[derive(Debug, Clone, Default)]
pub(super) struct LookAlikes {
    of: Part,
    /// Beside `of`.
    words: Vec<Word>,
    except: Part,
}

impl LookAlikes {
    pub(super) fn new(file: LookAlikesFile) -> Self {
        let of = Part::new(file.of, &mut |_| 0);
        let words = of.names.iter().filter_map(|name| Word::of(name)).collect();
        Self { of, words, except: Part::new(file.except, &mut |_| 0) }
    }

    /// The name that a file name resembles, as a list of one, and the source of that.
    pub(super) fn of(&self, file: &str) -> Option<(&[String], Option<&str>)> {
        if self.words.is_empty() || self.except.names.iter().any(|name| name.eq_ignore_ascii_case(file)) {
            return None;
        }
        let word = Word::of(file)?;
        let at = self.words.iter().position(|own| own.is_resembled_by(&word))?;
        Some((self.of.names.get(at..=at)?, self.of.source()))
    }

    #[cfg(test)]
    pub(super) fn parts(&self) -> [&Part; 2] {
        [&self.of, &self.except]
    }
}

/// A few characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Letters {
    /// `\0` where there are no more.
    of: [char; LONGEST],
    length: usize,
}

impl Letters {
    fn as_slice(&self) -> &[char] {
        self.of.get(..self.length).unwrap_or_default()
    }

    fn last(&mut self) -> Option<&mut char> {
        self.of.get_mut(self.length.checked_sub(1)?)
    }

    fn push(&mut self, c: char) -> Option<()> {
        *self.of.get_mut(self.length)? = c;
        self.length += 1;
        Some(())
    }
}

/// A program's name without `.exe`, in lower case, and what it looks like.
#[derive(Debug, Clone)]
struct Word {
    letters: Letters,
    seen: Letters,
}

impl Word {
    /// `None` for what is no program's name, or too long to resemble one of the table.
    fn of(file: &str) -> Option<Self> {
        let (stem, extension) = file.rsplit_once('.')?;
        if !extension.eq_ignore_ascii_case("exe") || stem.len() > LONGEST * 4 {
            return None;
        }
        let (mut letters, mut seen) = (Letters::default(), Letters::default());
        for c in stem.chars().flat_map(char::to_lowercase) {
            letters.push(c)?;
            let c = LOOKS.one(c);
            match seen.last() {
                Some(before) if let Some(both) = LOOKS.two(*before, c) => *before = both,
                _ => seen.push(c)?,
            }
        }
        Some(Self { letters, seen })
    }

    fn is_resembled_by(&self, other: &Self) -> bool {
        self.letters != other.letters
            && (self.seen == other.seen || is_one_edit(self.letters.as_slice(), other.letters.as_slice()))
    }
}

/// Whether one insertion, deletion, substitution or swap of neighbours makes one of the other.
fn is_one_edit(a: &[char], b: &[char]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (short, long) = (short.get(same..).unwrap_or_default(), long.get(same..).unwrap_or_default());
    match (short, long) {
        (short, [_, long @ ..]) if short == long => true,
        ([_, short @ ..], [_, long @ ..]) if short == long => true,
        ([a, b, short @ ..], [c, d, long @ ..]) => (a, b) == (d, c) && short == long,
        _ => false,
    }
}

/// What characters, or pairs of them, look like.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    looks_like: char,
    are: Groups,
}

/// What characters look like, for comparing only: `i` is seen as `l`, in all names alike.
#[derive(Debug)]
struct Looks {
    /// Those of ASCII, which nearly all are.
    ascii: [char; 128],
    one: BTreeMap<char, char>,
    two: Vec<((char, char), char)>,
}

/// A file that does not parse would let nothing look like anything; a test sees to it that this cannot be.
static LOOKS: LazyLock<Looks> = LazyLock::new(|| {
    let ascii = std::array::from_fn(|code| u8::try_from(code).map_or('\0', char::from));
    let mut looks = Looks { ascii, one: BTreeMap::new(), two: Vec::new() };
    let Ok(File { rows, .. }) = parse() else { return looks };
    for row in &rows {
        for text in row.are.iter() {
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(a), Some(b)) => looks.two.push(((a, b), row.looks_like)),
                (Some(a), None) => {
                    looks.one.insert(a, row.looks_like);
                    if let Some(place) = looks.ascii.get_mut(a as usize) {
                        *place = row.looks_like;
                    }
                }
                _ => {}
            }
        }
    }
    looks
});

impl Looks {
    fn one(&self, c: char) -> char {
        match self.ascii.get(c as usize) {
            Some(&seen) => seen,
            None => self.one.get(&c).copied().unwrap_or(c),
        }
    }

    fn two(&self, a: char, b: char) -> Option<char> {
        self.two.iter().find(|(pair, _)| *pair == (a, b)).map(|(_, c)| *c)
    }
}

fn parse() -> Result<File<Row>, serde_json::Error> {
    serde_json::from_str(include_str!("../../../data/hierarchy/homoglyphs.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_of_one_or_two_characters_with_sources_that_are_explained() {
        let file = parse().unwrap();
        for row in &file.rows {
            assert!(row.are.sources().all(|source| file.sources.contains_key(source)), "{}", row.looks_like);
            for text in row.are.iter() {
                assert!((1..=2).contains(&text.chars().count()), "{text}");
                assert_eq!(text, text.to_lowercase(), "names are compared in lower case");
            }
        }
        let all: usize = file.rows.iter().map(|row| row.are.iter().count()).sum();
        assert_eq!(LOOKS.one.len() + LOOKS.two.len(), all, "each stands once");
    }

    fn edit(a: &str, b: &str) -> bool {
        let chars = |text: &str| text.chars().collect::<Vec<char>>();
        let (ab, ba) = (is_one_edit(&chars(a), &chars(b)), is_one_edit(&chars(b), &chars(a)));
        assert_eq!(ab, ba, "{a} {b}");
        ab
    }

    #[test]
    fn an_edit_is_one_character_or_a_swap_of_neighbours() {
        for (a, b) in [
            ("svchost", "svchosts"),
            ("svchost", "vchost"),
            ("svchost", "svchos"),
            ("svchost", "svdhost"),
            ("svchost", "scvhost"),
            ("svchost", "svchots"),
            ("lsass", "lsas"),
        ] {
            assert!(edit(a, b), "{a} {b}");
        }
        for (a, b) in
            [("svchost", "svchost"), ("svchost", "svcohts"), ("lsass", "smss"), ("lsass", "ls"), ("", "ab")]
        {
            assert!(!edit(a, b), "{a} {b}");
        }
    }
}
