//! Texts that others wrote, made harmless for whoever reads them, and as wide as there is room.

use unicode_width::UnicodeWidthChar;

/// A name or another text that should be one line. Control characters could repaint a screen, a newline could
/// forge a message or a row, a character that turns the direction of writing shows `exe.txt` for `txt.exe`, and
/// one that nobody sees makes two names of what looks like one: all of them are shown as what they are. So are
/// the two that are no characters and that no XML may hold.
#[must_use]
pub fn harmless(text: &str) -> String {
    let shown = |c: char| if is_harmful(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

fn is_harmful(c: char) -> bool {
    // Marks, embeddings, overrides and isolates of the writing direction; separators of lines.
    let turning =
        matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let unseen = matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}');
    c.is_control() || turning || unseen || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// The columns that a text takes on a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

fn columns_of(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// At most so many columns of a text; `…` stands for the end that is cut.
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    if fits(text, columns) { text.to_owned() } else { head(text, columns.saturating_sub(1)) + "…" }
}

/// The same, cut in its middle: of a path the beginning and the end say most.
#[must_use]
pub fn cut_middle(text: &str, columns: usize) -> String {
    if fits(text, columns) {
        return text.to_owned();
    }
    let kept = columns.saturating_sub(1);
    let backwards: String = text.chars().rev().collect();
    let tail: String = head(&backwards, kept - kept / 2).chars().rev().collect();
    head(text, kept / 2) + "…" + &tail
}

/// Marks that take no column of their own can be heaped on a letter: there is an end to them too.
fn fits(text: &str, columns: usize) -> bool {
    width(text) <= columns && text.chars().count() <= columns.saturating_mul(4)
}

fn head(text: &str, columns: usize) -> String {
    let mut room = columns;
    let fitting = text.chars().take(columns.saturating_mul(4)).take_while(|c| {
        let left = room.checked_sub(columns_of(*c));
        room = left.unwrap_or(0);
        left.is_some()
    });
    fitting.collect()
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

    #[test]
    fn what_looks_like_nothing_is_shown() {
        assert_eq!(
            harmless("svc\u{200b}host\u{feff}\u{61c}\u{ffff}"),
            "svc\\u{200b}host\\u{feff}\\u{61c}\\u{ffff}"
        );
    }

    #[test]
    fn a_text_is_cut_by_its_columns() {
        assert_eq!(width("a本ä"), 4);
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 5), "abcd…");
        // Two columns each: a third would be the sixth.
        assert_eq!(cut("本本本本", 6), "本本…");
        assert_eq!(cut_middle("c:\\windows\\a.exe", 9), "c:\\w….exe");
        assert_eq!(cut_middle("本本本本", 6), "本…本");
        assert_eq!(cut("", 0), "");
    }

    #[test]
    fn a_heap_of_marks_has_an_end() {
        let heap = "a".to_owned() + &"\u{301}".repeat(1000);
        assert!(cut(&heap, 10).chars().count() <= 41);
        assert!(cut_middle(&heap, 10).chars().count() <= 42);
    }
}
