//! One attribute's condition, compared once with each text however many rows have it.

use crate::engine::events::whole;
use crate::engine::process::RowId;
use crate::engine::strings::Sym;
use crate::query::{Attribute, AttributeName, Pattern, Value};
use crate::text::path::fold;

/// Where a text stands: what was found for one is remembered by its number there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Texts {
    Events,
    Values,
    Paths,
    /// No texts, but what follows from a process.
    Processes,
}

/// What was found for a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Found {
    #[default]
    Unknown,
    Fits,
    Differs,
}

/// See above.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) name: AttributeName,
    /// As they were asked for.
    pub(super) values: Vec<Value>,
    /// The processes that exact ids mean.
    pub(super) instances: Vec<RowId>,
    pattern: Pattern,
    /// By [`Texts`].
    found: [Vec<Found>; 4],
    /// Folded text is written here.
    folded: String,
}

impl Condition {
    pub(super) fn new(asked: &Attribute) -> Self {
        let mut values = asked.values.clone();
        match asked.name {
            AttributeName::FilePath | AttributeName::OldFilePath => {
                let wholes = asked.values.iter().filter_map(|value| Value::exact(whole(value.as_exact()?)));
                values.extend(wholes);
            }
            AttributeName::KeyName => values.extend(asked.values.iter().flat_map(super::registry::spellings)),
            _ => {}
        }
        Self {
            name: asked.name,
            values: asked.values.clone(),
            instances: Vec::new(),
            pattern: Pattern::of(&Attribute { name: asked.name, values }),
            found: Default::default(),
            folded: String::new(),
        }
    }

    /// What takes longer to find out is asked later.
    pub(super) fn cost(&self) -> u8 {
        use AttributeName as A;
        match self.name {
            A::Cgn | A::RemoteHost => 3,
            A::InstanceId => 2,
            A::Signed | A::Cmd => 1,
            _ => 0,
        }
    }

    /// All the texts that fit, folded, in every spelling; none where there are wildcards.
    pub(super) fn exact(&self) -> Option<impl Iterator<Item = &str>> {
        self.pattern.exact()
    }

    /// Whether a text fits.
    pub(super) fn fits(&mut self, text: &str) -> bool {
        if text.is_ascii() {
            self.folded.clear();
            self.folded.push_str(text);
            self.folded.make_ascii_lowercase();
            return self.pattern.matches(&self.folded);
        }
        self.pattern.matches(&fold(text))
    }

    /// Whether a text with a number fits.
    pub(super) fn fits_sym(&mut self, texts: Texts, sym: Sym, text: &str) -> bool {
        self.once(texts, sym.index(), |own| own.fits(text))
    }

    /// Whether a path fits, as it is written or in its one form.
    pub(super) fn fits_path(&mut self, texts: Texts, index: usize, path: &str) -> bool {
        self.once(texts, index, |own| !path.is_empty() && (own.fits(path) || own.fits(&whole(path))))
    }

    /// What is derived from the text of a number, once.
    pub(super) fn once(&mut self, texts: Texts, index: usize, find: impl FnOnce(&mut Self) -> bool) -> bool {
        let place = texts as usize;
        let known = self.found.get(place).and_then(|found| found.get(index)).copied().unwrap_or_default();
        if known != Found::Unknown {
            return known == Found::Fits;
        }
        let fits = find(self);
        if let Some(found) = self.found.get_mut(place) {
            if found.len() <= index {
                found.resize(index + 1, Found::Unknown);
            }
            if let Some(kept) = found.get_mut(index) {
                *kept = if fits { Found::Fits } else { Found::Differs };
            }
        }
        fits
    }
}
