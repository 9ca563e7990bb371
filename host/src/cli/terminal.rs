//! What people read on a terminal.
//!
//! Names of files and texts of records are written by others. Control characters in them could repaint the
//! screen, a newline could forge a message, and a character that turns the direction of writing shows
//! `exe.txt` for `txt.exe`: all of them are shown as what they are.

use std::io::{self, Write};
use std::path::Path;

/// Says something on stderr. That nobody reads it is no error: `2>&1 | head` stops after some lines.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", lines(text));
}

/// A name or another text that should be one line.
pub(super) fn harmless(text: &str) -> String {
    let shown = |c: char| if is_harmful(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// A path.
pub(super) fn path(path: &Path) -> String {
    harmless(&path.display().to_string())
}

/// A text of several lines.
pub(super) fn lines(text: &str) -> String {
    text.split('\n').map(harmless).collect::<Vec<_>>().join("\n")
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
    fn a_text_keeps_its_lines() {
        assert_eq!(lines("one\n\u{7}two\n"), "one\n\\u{7}two\n");
    }

    #[test]
    fn what_is_shown_twice_is_escaped_once() {
        let once = harmless("a\u{1b}\n");
        assert_eq!(harmless(&once), once);
    }
}
