//! Texts kept once: an interner that hands out small numbers.
//!
//! The numbers depend on the order of arrival and therefore never leave the engine: snapshots and
//! answers hold the texts.

use std::hash::BuildHasher;

use hashbrown::HashTable;

use super::hashing::Seed;
use crate::text::path::fold;

/// A text of the interner. The empty text is always [`Sym::EMPTY`] and stands for "none".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sym(u32);

impl Sym {
    /// The empty text.
    pub const EMPTY: Self = Self(0);
    /// A text that is not kept: equal to none that is.
    pub const UNKNOWN: Self = Self(u32::MAX);

    /// Whether this is no text.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// Its number, for hashing.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// The text of a number.
    #[must_use]
    pub fn of(number: u32) -> Self {
        Self(number)
    }

    /// Its number, for arrays that stand beside the interner.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The interner.
#[derive(Debug, Default)]
pub struct Strings {
    text: String,
    ends: Vec<usize>,
    table: HashTable<Sym>,
    seed: Seed,
}

impl Strings {
    /// An empty interner; hashes depend on the seed, answers do not.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        let mut strings = Self { seed, ..Self::default() };
        strings.ends.push(0);
        strings
    }

    /// What the texts take, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.text.len() + self.ends.len() * 16
    }

    /// How many there are, the empty one included: all numbers are below it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// Room for so many texts more, of so many bytes together.
    pub fn reserve(&mut self, texts: usize, bytes: usize) {
        let Self { text, ends, table, seed } = self;
        text.reserve(bytes);
        ends.reserve(texts);
        table.reserve(texts, |&sym| seed.hash_one(slice(text, ends, sym).as_bytes()));
    }

    /// The number of a text, which is kept if it is new.
    pub fn intern(&mut self, text: &str) -> Sym {
        if text.is_empty() {
            return Sym::EMPTY;
        }
        let hash = self.seed.hash_one(text.as_bytes());
        if let Some(&sym) = self.table.find(hash, |&sym| self.get(sym) == text) {
            return sym;
        }
        self.insert(text, hash)
    }

    /// The number of a text that is surely new: the next one.
    pub fn add(&mut self, text: &str) -> Sym {
        if text.is_empty() { Sym::EMPTY } else { self.insert(text, self.seed.hash_one(text.as_bytes())) }
    }

    fn insert(&mut self, text: &str, hash: u64) -> Sym {
        let Ok(number) = u32::try_from(self.ends.len()) else { return Sym::EMPTY };
        let sym = Sym(number);
        self.text.push_str(text);
        self.ends.push(self.text.len());
        let Self { text, ends, table, seed } = self;
        table.insert_unique(hash, sym, |&sym| seed.hash_one(slice(text, ends, sym).as_bytes()));
        sym
    }

    /// The number of a text in lower case.
    pub fn intern_folded(&mut self, text: &str) -> Sym {
        let mut folded = [0; 64];
        match folded.get_mut(..text.len()) {
            Some(folded) if text.is_ascii() => {
                folded.copy_from_slice(text.as_bytes());
                folded.make_ascii_lowercase();
                self.intern(std::str::from_utf8(folded).unwrap_or_default())
            }
            _ => self.intern(&fold(text)),
        }
    }

    /// The number of a text that is known.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Sym> {
        if text.is_empty() {
            return None;
        }
        let hash = self.seed.hash_one(text.as_bytes());
        self.table.find(hash, |&sym| self.get(sym) == text).copied()
    }

    /// The text of a number.
    #[must_use]
    pub fn get(&self, sym: Sym) -> &str {
        slice(&self.text, &self.ends, sym)
    }

    /// Lets go of all texts but some, which are numbered anew in their order. Returns the new number of each old one,
    /// [`Sym::UNKNOWN`] for those that went. Nothing is hashed.
    pub fn compact(&mut self, stays: impl Fn(Sym) -> bool) -> Vec<Sym> {
        let kept = || {
            (1..self.ends.len())
                .filter_map(|number| u32::try_from(number).ok().map(Sym))
                .filter(|&sym| stays(sym))
        };
        let mut text = String::with_capacity(kept().map(|sym| self.get(sym).len()).sum());
        let mut ends = vec![0];
        let mut moved = vec![Sym::UNKNOWN; self.ends.len()];
        if let Some(empty) = moved.first_mut() {
            *empty = Sym::EMPTY;
        }
        for sym in kept() {
            let new = u32::try_from(ends.len()).map_or(Sym::UNKNOWN, Sym);
            text.push_str(self.get(sym));
            ends.push(text.len());
            if let Some(place) = moved.get_mut(sym.index()) {
                *place = new;
            }
        }
        self.table.retain(|sym| {
            *sym = moved.get(sym.index()).copied().unwrap_or(Sym::UNKNOWN);
            *sym != Sym::UNKNOWN
        });
        (self.text, self.ends) = (text, ends);
        moved
    }
}

fn slice<'t>(text: &'t str, ends: &[usize], sym: Sym) -> &'t str {
    let end = ends.get(sym.index()).copied().unwrap_or(0);
    let start = sym.index().checked_sub(1).and_then(|i| ends.get(i)).copied().unwrap_or(0);
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_and_the_empty_one_is_none() {
        let mut strings = Strings::new(Seed::default());
        let a = strings.intern("explorer.exe");
        let b = strings.intern("cmd.exe");
        assert_eq!(strings.intern("explorer.exe"), a);
        assert_ne!(a, b);
        assert_eq!((strings.get(a), strings.get(b)), ("explorer.exe", "cmd.exe"));
        assert_eq!(strings.intern(""), Sym::EMPTY);
        assert_eq!(strings.get(Sym::EMPTY), "");
        assert_eq!(strings.find("never"), None);
    }

    #[test]
    fn texts_that_stay_are_found_by_their_new_numbers_and_the_others_are_new_again() {
        let mut strings = Strings::new(Seed::default());
        let syms: Vec<Sym> = (0..100).map(|number| strings.intern(&format!("text {number}"))).collect();
        let before = strings.size();
        let moved = strings.compact(|sym| syms.iter().position(|&other| other == sym).unwrap() % 3 == 0);
        assert_eq!(moved[Sym::EMPTY.index()], Sym::EMPTY);
        for (number, sym) in syms.iter().enumerate() {
            let text = format!("text {number}");
            if number % 3 == 0 {
                let new = moved[sym.index()];
                assert_eq!((strings.get(new), strings.find(&text)), (text.as_str(), Some(new)));
            } else {
                assert_eq!((moved[sym.index()], strings.find(&text)), (Sym::UNKNOWN, None));
            }
        }
        // 34 of 100 are left.
        assert!(strings.size() < before / 2, "{} of {before}", strings.size());
        let again = strings.intern("text 1");
        assert_eq!(again.index(), 35);
        assert_eq!(strings.get(again), "text 1");
    }
}
