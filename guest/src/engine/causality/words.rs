//! Command lines by the words in them: who names a file, or holds another command line, is found without reading
//! all of them.

use std::ops::Range;

use memchr::memmem::Finder;

use super::memo::Asker;
use crate::engine::hashing::{Map, Seed};
use crate::engine::strings::Sym;

/// So many words of a text are looked up, the longest ones: the rarest of them leads to few command lines.
const LOOKED_UP: usize = 16;

/// What a command line says of what the system started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// It holds the whole command line.
    Line,
    /// It names the file.
    File,
}

/// What is looked for in command lines.
pub(super) struct Sought<'s> {
    /// Where the command line says more than the name.
    line: Option<(&'s str, Finder<'s>)>,
    name: (&'s str, Finder<'s>),
}

impl<'s> Sought<'s> {
    pub(super) fn new(line: &'s str, name: &'s str) -> Self {
        let line = (line.len() > name.len()).then(|| (line, Finder::new(line)));
        Self { line, name: (name, Finder::new(name)) }
    }

    pub(super) fn said_in(&self, text: &str) -> Option<Said> {
        let holds = self.line.as_ref().is_some_and(|(_, line)| line.find(text.as_bytes()).is_some());
        if holds { Some(Said::Line) } else { names_file(text, &self.name.1).then_some(Said::File) }
    }
}

/// What words are made of.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-')
}

/// Whether a command line names a file, and not only one whose name ends alike.
fn names_file(line: &str, name: &Finder<'_>) -> bool {
    name.find_iter(line.as_bytes()).any(|at| {
        let after = line.get(at + name.needle().len()..).unwrap_or_default();
        let before = line.get(..at).unwrap_or_default();
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

/// The words of a text, by where they stand.
fn words_in(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        let begin = from + text.get(from..)?.find(is_part)?;
        let rest = text.get(begin..)?;
        from = begin + rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        Some(begin..from)
    })
}

/// A word, and the command lines that it stands in.
#[derive(Debug)]
struct Word {
    /// The first of them, and where in it.
    line: usize,
    range: Range<usize>,
    places: Vec<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    line: usize,
    /// So many of the word's places come before it until one of a process with another file name, which is included.
    others: usize,
}

/// Processes that may have asked for something, in the order of time, by the words of their command lines.
#[derive(Debug)]
pub(super) struct Askers {
    pub(super) all: Vec<Asker>,
    /// By text, and by text from the end.
    forward: Vec<Word>,
    backward: Vec<usize>,
}

/// Command lines that a text can stand in.
enum Spots<'a> {
    Forward(&'a [Word]),
    Backward(&'a [usize]),
}

impl Askers {
    pub(super) fn new(mut all: Vec<Asker>, seed: Seed) -> Self {
        all.sort_by_key(|asker| asker.since);
        let mut known: Map<&str, usize> = Map::with_hasher(seed);
        let mut forward: Vec<Word> = Vec::new();
        for (line, asker) in all.iter().enumerate() {
            for range in words_in(&asker.line) {
                let text = asker.line.get(range.clone()).unwrap_or_default();
                let number = *known.entry(text).or_insert(forward.len());
                if number == forward.len() {
                    forward.push(Word { line, range, places: Vec::new() });
                }
                let Some(Word { places, .. }) = forward.get_mut(number) else { continue };
                let others = match places.last() {
                    None => 0,
                    Some(last) if last.line == line => continue,
                    Some(last) if all.get(last.line).map(|of| of.name) == Some(asker.name) => last.others,
                    Some(_) => places.len(),
                };
                places.push(Place { line, others });
            }
        }
        drop(known);
        let mut askers = Self { all, forward: Vec::new(), backward: Vec::new() };
        forward.sort_unstable_by(|a, b| askers.text(a).cmp(askers.text(b)));
        askers.forward = forward;
        let mut backward: Vec<usize> = (0..askers.forward.len()).collect();
        backward.sort_unstable_by(|&a, &b| {
            let reversed = |number| askers.numbered(number).bytes().rev();
            reversed(a).cmp(reversed(b))
        });
        askers.backward = backward;
        askers
    }

    /// About how much memory it takes, in bytes.
    pub(super) fn size(&self) -> usize {
        let lines: usize = self.all.iter().map(|asker| asker.line.len() + size_of::<Asker>()).sum();
        let places: usize = self.forward.iter().map(|word| word.places.capacity()).sum();
        let each = size_of::<Word>() + size_of::<usize>();
        lines + places * size_of::<Place>() + self.forward.len() * each
    }

    fn text(&self, word: &Word) -> &str {
        self.all.get(word.line).and_then(|asker| asker.line.get(word.range.clone())).unwrap_or_default()
    }

    fn numbered(&self, number: usize) -> &str {
        self.forward.get(number).map_or("", |word| self.text(word))
    }

    /// Looks at those of the first so many that may say what is sought, the latest first, until `look` has seen
    /// enough; not at those of a file name. Some may be looked at twice.
    pub(super) fn look(
        &self,
        sought: &Sought<'_>,
        until: usize,
        but: Option<Sym>,
        mut look: impl FnMut(&Asker) -> bool,
    ) {
        let line = sought.line.as_ref().map(|(line, _)| self.spots(line, false));
        for spots in [Some(self.spots(sought.name.0, true)), line].into_iter().flatten() {
            match spots {
                None => {
                    let all = self.all.get(..until).unwrap_or_default().iter().rev();
                    let _ = all.filter(|asker| asker.name != but).all(&mut look);
                }
                Some(Spots::Forward(words)) => {
                    words.iter().for_each(|word| self.look_at(word, until, but, &mut look));
                }
                Some(Spots::Backward(numbers)) => {
                    let words = numbers.iter().filter_map(|&number| self.forward.get(number));
                    words.for_each(|word| self.look_at(word, until, but, &mut look));
                }
            }
        }
    }

    fn look_at(&self, word: &Word, until: usize, but: Option<Sym>, look: &mut impl FnMut(&Asker) -> bool) {
        let mut left = word.places.partition_point(|place| place.line < until);
        while let Some(place) = left.checked_sub(1).and_then(|last| word.places.get(last)) {
            let Some(asker) = self.all.get(place.line) else { return };
            if asker.name == but {
                left = place.others;
            } else if look(asker) {
                left -= 1;
            } else {
                return;
            }
        }
    }

    /// The words that lead to the fewest command lines in which a text can stand; `None` where it has none. In a
    /// command line that holds it, its first word and its last one can be parts of longer ones, unless it stands
    /// there `alone`.
    fn spots(&self, text: &str, alone: bool) -> Option<Spots<'_>> {
        let mut words: Vec<Range<usize>> = words_in(text).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let found = words.into_iter().take(LOOKED_UP).filter_map(|range| {
            let begins = alone || range.start > 0;
            let ends = alone || range.end < text.len();
            let word = text.get(range)?;
            match (begins, ends) {
                (true, _) => Some(Spots::Forward(self.beginning(word, ends))),
                (false, true) => Some(Spots::Backward(self.ending(word))),
                (false, false) => None,
            }
        });
        found.min_by_key(|spots| self.cost(spots))
    }

    /// Words that begin alike, or the very one.
    fn beginning(&self, text: &str, whole: bool) -> &[Word] {
        let from = self.forward.partition_point(|word| self.text(word) < text);
        let rest = self.forward.get(from..).unwrap_or_default();
        let fits =
            |word: &Word| if whole { self.text(word) == text } else { self.text(word).starts_with(text) };
        rest.get(..rest.partition_point(fits)).unwrap_or_default()
    }

    fn ending(&self, text: &str) -> &[usize] {
        let is_before = |&number: &usize| self.numbered(number).bytes().rev().lt(text.bytes().rev());
        let rest = self.backward.get(self.backward.partition_point(is_before)..).unwrap_or_default();
        rest.get(..rest.partition_point(|&number| self.numbered(number).ends_with(text))).unwrap_or_default()
    }

    /// About how many command lines that are: of many words each counts as often as those that were counted.
    fn cost(&self, spots: &Spots<'_>) -> usize {
        const COUNTED: usize = 16;
        let (words, first): (usize, usize) = match spots {
            Spots::Forward(words) => {
                (words.len(), words.iter().take(COUNTED).map(|word| word.places.len()).sum())
            }
            Spots::Backward(numbers) => {
                let first = numbers.iter().take(COUNTED).filter_map(|&number| self.forward.get(number));
                (numbers.len(), first.map(|word| word.places.len()).sum())
            }
        };
        first.saturating_mul(words.max(1)) / words.clamp(1, COUNTED)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::askers::Asks;
    use super::*;
    use crate::engine::process::RowId;
    use crate::engine::strings::Strings;

    /// Texts of few words, so that one often stands in another: whole, in part and cut.
    fn text() -> impl Strategy<Value = String> {
        let piece =
            prop_oneof!["[ab]{1,2}", Just("ab.exe".to_owned()), Just("é".to_owned()), "[ /\u{fc}\"-]"];
        prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn whoever_says_it_is_looked_at_the_latest_first(
            lines in prop::collection::vec((text(), 0..3usize), 0..12),
            (line, name, but) in (text(), text(), 0..3usize),
            until in 0..13usize,
        ) {
            let mut strings = Strings::new(Seed::default());
            let names = ["x", "y", "z"].map(|name| strings.intern(name));
            let asker = |(since, (line, name)): (i64, &(String, usize))| {
                let asks = Asks::default();
                Asker { since, row: RowId::at(0), line: line.clone(), name: Some(names[*name]), asks }
            };
            let askers = Askers::new((0..).zip(&lines).map(asker).collect(), Seed::default());
            prop_assume!(!name.is_empty());
            let sought = Sought::new(line.trim(), &name);
            let until = until.min(lines.len());
            let but = Some(names[but]);
            let says = |asker: &Asker| asker.name != but && sought.said_in(&asker.line).is_some();
            let expected: Vec<i64> =
                askers.all[..until].iter().filter(|asker| says(asker)).map(|asker| asker.since).collect();
            let mut found: Vec<i64> = Vec::new();
            askers.look(&sought, until, but, |asker| {
                found.extend(says(asker).then_some(asker.since));
                true
            });
            found.sort_unstable();
            found.dedup();
            prop_assert_eq!(&found, &expected);
            // Whoever stops at the first that is too early has seen the latest.
            let mut latest = None;
            askers.look(&sought, until, but, |asker| {
                if latest.is_some_and(|latest| asker.since < latest) {
                    return false;
                }
                latest = if says(asker) { latest.max(Some(asker.since)) } else { latest };
                true
            });
            prop_assert_eq!(latest, expected.last().copied());
        }
    }
}
