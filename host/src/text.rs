//! Texts that others wrote, made harmless for whoever reads them.

/// A name or another text that should be one line. Control characters could repaint a screen, a newline could
/// forge a message or a row, and a character that turns the direction of writing shows `exe.txt` for
/// `txt.exe`: all of them are shown as what they are.
#[must_use]
pub fn harmless(text: &str) -> String {
    let shown = |c: char| if is_harmful(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

fn is_harmful(c: char) -> bool {
    // Marks, embeddings, overrides and isolates of the writing direction; separators of lines.
    let unseen = '\u{200e}'..='\u{200f}';
    let turning = '\u{2028}'..='\u{202e}';
    let isolating = '\u{2066}'..='\u{2069}';
    c.is_control() || unseen.contains(&c) || turning.contains(&c) || isolating.contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_reach_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\r\n\u{9b}1mä"), "a\\u{1b}[2Jb\\r\\n\\u{9b}1mä");
        assert_eq!(harmless("a\u{202e}txt.exe"), "a\\u{202e}txt.exe");
    }

    #[test]
    fn what_is_shown_twice_is_escaped_once() {
        let once = harmless("a\u{1b}\n");
        assert_eq!(harmless(&once), once);
    }
}
