//! What filters and tags look for: a text, or a regular expression between slashes.

use regex::{Regex, RegexBuilder};

/// The largest compiled expression, in bytes: `(a{1000}){1000}` is refused.
const SIZE: usize = 1 << 20;

/// The longest expression as written, in bytes.
const WRITTEN: usize = 4096;

/// A regular expression between slashes; `None` where there are no slashes. Case does not matter, and an
/// expression never takes longer than the text is long (no backtracking).
///
/// # Errors
/// The expression is wrong or too large: what is wrong with it.
pub fn expression(text: &str) -> Option<Result<Regex, String>> {
    let inner = text.strip_prefix('/')?.strip_suffix('/')?;
    if inner.is_empty() {
        return Some(Err("must not be empty: it would match everything".into()));
    }
    if inner.len() > WRITTEN {
        return Some(Err(format!("a regular expression of more than {WRITTEN} bytes")));
    }
    let built = RegexBuilder::new(inner).case_insensitive(true).size_limit(SIZE).dfa_size_limit(SIZE).build();
    Some(built.map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => format!("takes more than {limit} bytes when compiled"),
        // The last line says what is wrong; those before it draw where.
        error => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            format!("is no regular expression: {}", last.trim_start_matches("error: "))
        }
    }))
}

/// What a filter looks for in a raw alert.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// It is contained, in any case; folded.
    Text(String),
    /// It matches.
    Expression(Regex),
}

impl Pattern {
    /// Reads a pattern; the error says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        match expression(text) {
            Some(built) => built.map(Self::Expression),
            None if text.trim().is_empty() => Err("must not be empty: it would match everything".into()),
            None => Ok(Self::Text(text.to_lowercase())),
        }
    }

    /// Whether a raw alert has it; `folded` is the same in lower case.
    #[must_use]
    pub fn matches(&self, raw: &str, folded: &str) -> bool {
        match self {
            Self::Text(text) => folded.contains(text.as_str()),
            Self::Expression(expression) => expression.is_match(raw),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_text_or_an_expression() {
        let matches =
            |pattern: &str, raw: &str| Pattern::parse(pattern).unwrap().matches(raw, &raw.to_lowercase());
        assert!(matches("HeartBeat", "a heartbeat came"));
        assert!(!matches("heart.beat", "a heartbeat came"));
        assert!(matches("/heart.?beat/", "a HEART-BEAT came"));
        assert!(!matches("/^heartbeat/", "a heartbeat came"));
        // One slash is a text.
        assert!(matches("/var/log", "in /var/log/auth.log"));
    }

    #[test]
    fn an_expression_that_explodes_or_is_none_is_refused() {
        let error = |pattern: &str| Pattern::parse(pattern).unwrap_err();
        assert!(error("/(a{1000}){1000}/").contains("when compiled"), "{}", error("/(a{1000}){1000}/"));
        assert!(error("/(/").contains("no regular expression: unclosed group"), "{}", error("/(/"));
        assert!(error(&format!("/{}/", "a".repeat(5000))).contains("4096"));
        assert!(error(" ").contains("empty"));
        assert!(error("//").contains("empty"));
    }
}
