//! What people read on a terminal.
//!
//! Names of files and texts of records are written by others: see [`harmless`].

use std::io::{self, Write};
use std::path::Path;

pub(super) use crate::text::harmless;

/// Says something on stderr. That nobody reads it is no error: `2>&1 | head` stops after some lines.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", lines(text));
}

/// A path.
pub(super) fn path(path: &Path) -> String {
    harmless(&path.display().to_string())
}

/// A text of several lines.
pub(super) fn lines(text: &str) -> String {
    text.split('\n').map(harmless).collect::<Vec<_>>().join("\n")
}

/// Lines are no longer than this, unless a single word is.
pub(super) const WIDTH: usize = 80;

/// Words after a beginning, continued below each other at `indent`.
pub(super) fn wrapped(beginning: &str, indent: usize, words: impl IntoIterator<Item: AsRef<str>>) -> String {
    let mut text = beginning.to_owned();
    let mut at = beginning.chars().count();
    for (index, word) in words.into_iter().enumerate() {
        let length = word.as_ref().chars().count();
        if index > 0 && at + 1 + length > WIDTH {
            text.push_str(&format!("\n{:indent$}", ""));
            at = indent;
        } else if index > 0 {
            text.push(' ');
            at += 1;
        }
        text.push_str(word.as_ref());
        at += length;
    }
    text.push('\n');
    text
}

/// The items of a list, each but the last with its comma: words that are not torn apart.
pub(super) fn listed(items: &[String]) -> Vec<String> {
    let last = items.len().saturating_sub(1);
    let comma = |(index, item): (usize, &String)| format!("{item}{}", if index < last { "," } else { "" });
    items.iter().enumerate().map(comma).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_lines() {
        assert_eq!(lines("one\n\u{7}two\n"), "one\n\\u{7}two\n");
    }

    #[test]
    fn long_lists_are_wrapped_between_their_items() {
        let names: Vec<String> = (0..20).map(|n| format!("a program-{n:02}.exe")).collect();
        let text = wrapped("  children     ", 15, listed(&names));
        // 15 and four times 18 would be 87: three fit.
        assert!(text.starts_with(
            "  children     a program-00.exe, a program-01.exe, a program-02.exe,\n               a program-03.exe,"
        ));
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert_eq!(text.split_whitespace().skip(1).collect::<Vec<_>>().join(" "), names.join(", "));
    }
}
