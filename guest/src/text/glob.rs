//! Patterns in which `*` stands for any text.

/// Whether a text fits a pattern, both in the same case. Linear in the text for each star.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    fits(pattern.split('*'), text)
}

/// The same for a pattern as the texts before, between and after its stars, in which a star is only a star.
#[must_use]
pub fn fits<'p>(mut parts: impl DoubleEndedIterator<Item = &'p str>, text: &str) -> bool {
    let start = parts.next().unwrap_or_default();
    let Some(end) = parts.next_back() else { return start == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    for part in parts {
        // The first place is as good as any later one: what follows has the most left.
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::{fits, matches};

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, fits) in [
            ("cmd.exe", "cmd.exe", true),
            ("cmd.exe", "xcmd.exe", false),
            ("*", "", true),
            ("c*.exe", "cmd.exe", true),
            ("c*.exe", "cmd.exe.bak", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("ab*ba", "aba", false),
            ("**", "x", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_star_in_a_part_is_a_star() {
        assert!(fits(["a*b", ""].into_iter(), "a*bc"));
        assert!(!fits(["a*b", ""].into_iter(), "axbc"));
    }
}
