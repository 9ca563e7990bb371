//! Values of attributes: texts in which stars stand for any text.

/// A text, or texts with any text between them. A star is a wildcard only where a part ends, so that a
/// literal one keeps its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// At least one. A single one is not empty, nor is one between two others: `**` is `*`.
    parts: Vec<String>,
}

impl Value {
    /// Exactly this text, stars included; `None` for the empty text, which is no value.
    #[must_use]
    pub fn exact(text: impl Into<String>) -> Option<Self> {
        Self::of_parts(vec![text.into()])
    }

    /// A pattern, in which each `*` stands for any text and nothing else is special; `None` for the empty
    /// text.
    #[must_use]
    pub fn pattern(text: &str) -> Option<Self> {
        Self::of_parts(text.split('*').map(str::to_owned).collect())
    }

    /// The literal texts before, between and after the wildcards: one for an exact value, two empty ones
    /// for `*`.
    #[must_use]
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// The text, where there is no wildcard.
    #[must_use]
    pub fn as_exact(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [text] => Some(text),
            _ => None,
        }
    }

    /// Whether it is `*`.
    #[must_use]
    pub fn is_any(&self) -> bool {
        matches!(self.parts.as_slice(), [start, end] if start.is_empty() && end.is_empty())
    }

    /// From literal texts with wildcards between them; `None` for nothing at all.
    pub(crate) fn of_parts(mut parts: Vec<String>) -> Option<Self> {
        let last = parts.len().checked_sub(1)?;
        let mut index = 0;
        parts.retain(|part| {
            let is_end = index == 0 || index == last;
            index += 1;
            is_end || !part.is_empty()
        });
        let is_nothing = matches!(parts.as_slice(), [only] if only.is_empty());
        (!is_nothing).then_some(Self { parts })
    }
}
