//! Keys and values of a line: `key=value` between blanks, `key="value"`, `key:"value"; `, or cut by `|`.

use std::borrow::Cow;

use serde_json::Value;

use super::lookup;

/// How many pairs of a line are kept; the longest formats have some 150.
const PAIRS: usize = 512;

/// Keys and values in their order; a key may come again.
#[derive(Debug, Default)]
pub struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Pairs<'a> {
    /// Pairs between blanks: of FortiGate, of RFC 5424's structured data, of Check Point's `[key:"value"; ]`.
    pub fn spaced(text: &'a str) -> Self {
        let mut pairs = Self::default();
        let mut rest = text;
        while let Some(at) = rest.find(['=', ':']) {
            let (before, after) = rest.split_at(at);
            let Some(is_equal) = after.chars().next().map(|c| c == '=') else { break };
            let after = after.get(1..).unwrap_or_default();
            // A colon makes a pair only before a quote: else it is one of a time or an address.
            let is_pair = is_equal || after.starts_with('"');
            let key =
                before.rsplit(|c: char| c.is_whitespace() || "[],;|".contains(c)).next().unwrap_or_default();
            if key.is_empty() || !is_pair {
                rest = after;
                continue;
            }
            let (value, next) = value(after);
            pairs.push(Cow::Borrowed(key), value);
            rest = next;
        }
        pairs
    }

    /// Pairs cut by `|`, their values as they are: Check Point's.
    pub fn piped(text: &'a str) -> Self {
        let mut pairs = Self::default();
        for piece in text.split('|') {
            if let Some((key, value)) = piece.split_once('=') {
                pairs.push(Cow::Borrowed(key.trim()), unescape(value));
            }
        }
        pairs
    }

    /// `Key: value, Key: value`, the first behind RFC 5424's empty fields.
    pub fn colons(text: &'a str) -> Self {
        let mut pairs = Self::default();
        for piece in text.split(", ") {
            if let Some((key, value)) = piece.split_once(": ") {
                let key = key.rsplit("- ").next().unwrap_or(key);
                pairs.push(Cow::Borrowed(key.trim()), Cow::Borrowed(value.trim()));
            }
        }
        pairs
    }

    /// The plain members of a JSON object, where a shipper has made the pairs into one.
    pub fn members(object: &'a Value) -> Self {
        let mut pairs = Self::default();
        for (key, value) in object.as_object().into_iter().flatten() {
            if let Some(value) = lookup::plain(value) {
                pairs.push(Cow::Borrowed(key), Cow::Owned(value));
            }
        }
        pairs
    }

    /// Adds one, unless there are too many.
    pub fn push(&mut self, key: Cow<'a, str>, value: Cow<'a, str>) {
        if self.0.len() < PAIRS && !key.is_empty() {
            self.0.push((key, value));
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &str) {
        self.0.retain(|(k, _)| k != key);
    }

    /// The first value of a key that says something: not blank, not `N/A`, `-` or `None`.
    pub fn get(&self, key: &str) -> Option<&str> {
        let values = self.0.iter().filter(|(k, _)| k == key);
        values.map(|(_, value)| value.trim()).find(|value| says_something(value))
    }

    /// The first that any of the keys has.
    pub fn first(&self, keys: &[&str]) -> Option<&str> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// Whether the key is there, whatever its value.
    pub fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(k, _)| k == key)
    }

    /// All in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, value.trim()))
    }
}

fn says_something(value: &str) -> bool {
    !matches!(value.to_ascii_lowercase().as_str(), "" | "-" | "n/a" | "na" | "none" | "null" | "(null)")
}

/// The value at the beginning of the text, and what follows it.
fn value(text: &str) -> (Cow<'_, str>, &str) {
    // Symantec's typographic quotes are those of a word processor: both ends may be the closing one.
    for (open, close) in [('"', '"'), ('\u{201c}', '\u{201d}'), ('\u{201d}', '\u{201d}'), ('\'', '\'')] {
        let Some(inner) = text.strip_prefix(open) else { continue };
        let mut escaped = false;
        for (at, c) in inner.char_indices() {
            if c == close && !escaped {
                let (value, rest) = inner.split_at_checked(at).unwrap_or((inner, ""));
                return (unescape(value), rest.get(close.len_utf8()..).unwrap_or_default());
            }
            escaped = c == '\\' && !escaped;
        }
        return (unescape(inner), "");
    }
    let end = end_of_bare(text);
    let (value, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (Cow::Borrowed(value.trim_end_matches([',', ';', ']'])), rest)
}

/// A bare value ends at a blank, or at a comma with a key behind it: `a=1,b=2`.
fn end_of_bare(text: &str) -> usize {
    let mut comma = None;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, comma) {
            (b' ' | b'\t' | b'\n' | b'\r', _) => return at,
            (b'=', Some(comma)) if comma + 1 < at => return comma,
            (b',', _) => comma = Some(at),
            (b, _) if !b.is_ascii_alphanumeric() && b != b'_' => comma = None,
            _ => {}
        }
    }
    text.len()
}

/// Takes the backslash from `\"`, `\\`, `\=` and `\]`; before anything else it belongs to a path.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' && chars.peek().is_some_and(|next| "\"\\=]|".contains(*next)) {
            out.extend(chars.next());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all<'p>(pairs: &'p Pairs<'_>) -> Vec<(&'p str, &'p str)> {
        pairs.iter().collect()
    }

    #[test]
    fn pairs_between_blanks_keep_what_is_quoted() {
        let line = r#"at=03:00:00 msg="a=b \"c\" d" path="c:\\x\y" empty="" n=7, last=x"#;
        assert_eq!(
            all(&Pairs::spaced(line)),
            [
                ("at", "03:00:00"),
                ("msg", r#"a=b "c" d"#),
                ("path", r"c:\x\y"),
                ("empty", ""),
                ("n", "7"),
                ("last", "x"),
            ]
        );
        assert_eq!(
            all(&Pairs::spaced(r#"x [action:"Drop"; rule:"7"] y"#)),
            [("action", "Drop"), ("rule", "7")]
        );
        assert_eq!(
            all(&Pairs::spaced("a=\u{201d}b c\u{201d} d=\u{201c}e\u{201d}")),
            [("a", "b c"), ("d", "e")]
        );
    }

    #[test]
    fn pieces_between_bars_keep_their_blanks() {
        let line = r"action=Drop|who=CN\=a,O\=b|origin=192.0.2.1|192.0.2.2|name=a b|";
        assert_eq!(
            all(&Pairs::piped(line)),
            [("action", "Drop"), ("who", "CN=a,O=b"), ("origin", "192.0.2.1"), ("name", "a b")]
        );
    }

    #[test]
    fn a_placeholder_is_no_value() {
        let pairs = Pairs::spaced(r#"a=- b="N/A" a=x c=None"#);
        assert_eq!((pairs.get("a"), pairs.get("b"), pairs.get("c")), (Some("x"), None, None));
        assert!(pairs.has("b") && !pairs.has("d"));
        assert_eq!(pairs.first(&["b", "a"]), Some("x"));
    }

    proptest! {
        #[test]
        fn no_text_panics_or_grows(text in "[a-c=:\"|\\\\ \u{201d};\\[\\]ü]{0,200}") {
            for pairs in [Pairs::spaced(&text), Pairs::piped(&text)] {
                let length: usize = pairs.iter().map(|(k, v)| k.len() + v.len()).sum();
                prop_assert!(length <= text.len());
            }
        }
    }
}
