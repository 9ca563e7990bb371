//! Writes SVG: shapes at whole pixels, texts that cannot be markup.

use std::fmt::Write;

use crate::text::{harmless, width};

/// Lines and texts.
pub(super) const INK: &str = "#1a1a1a";
/// What is behind.
pub(super) const PALE: &str = "#f6f6f4";
/// What is dangerous; never by colour alone.
pub(super) const RED: &str = "#a3001b";

/// Names and times: every character is as wide.
pub(super) const MONO: &str = "font-family=\"DejaVu Sans Mono, Consolas, Menlo, monospace\"";
/// All else.
pub(super) const SANS: &str = "font-family=\"Helvetica, Arial, DejaVu Sans, sans-serif\"";

/// A document that is written.
pub(super) struct Pen {
    out: String,
    size: (i64, i64),
}

impl Pen {
    /// An empty sheet.
    pub(super) fn new(width: i64, height: i64, title: &str) -> Self {
        let title = escaped(title);
        let mut out = String::new();
        let _ = writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{title}</title>"
        );
        let mut pen = Self { out, size: (width, height) };
        pen.rect(0, 0, width, height, 0, "fill=\"#ffffff\"");
        pen
    }

    /// Width and height.
    pub(super) fn size(&self) -> (i64, i64) {
        self.size
    }

    pub(super) fn end(self) -> String {
        self.out + "</svg>\n"
    }

    /// What is drawn next is one thing, which says so where somebody points at it.
    pub(super) fn begin(&mut self, said: &str) {
        let _ = writeln!(self.out, "<g><title>{}</title>", escaped(said));
    }

    pub(super) fn done(&mut self) {
        self.out += "</g>\n";
    }

    pub(super) fn rect(&mut self, x: i64, y: i64, width: i64, height: i64, round: i64, look: &str) {
        let round = if round > 0 { format!(" rx=\"{round}\"") } else { String::new() };
        let _ = writeln!(
            self.out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{round} {look}/>"
        );
    }

    pub(super) fn path(&mut self, d: &str, look: &str) {
        let _ = writeln!(self.out, "<path d=\"{d}\" {look}/>");
    }

    pub(super) fn text(&mut self, x: i64, y: i64, text: &str, look: &str) {
        let _ = writeln!(self.out, "<text x=\"{x}\" y=\"{y}\" {look}>{}</text>", escaped(text));
    }
}

/// How wide a text of [`MONO`] is at a size.
pub(super) fn mono_width(text: &str, size: i64) -> i64 {
    columns(text) * size * 61 / 100
}

/// How wide a text of [`SANS`] is at a size, at most.
pub(super) fn sans_width(text: &str, size: i64) -> i64 {
    columns(text) * size * 58 / 100
}

fn columns(text: &str) -> i64 {
    i64::try_from(width(text)).unwrap_or(i64::MAX / 1_000_000)
}

/// No markup, and no character that XML may not hold.
fn escaped(text: &str) -> String {
    harmless(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_markup() {
        assert_eq!(
            escaped("</text><script>\"&\u{1}\u{ffff}"),
            "&lt;/text&gt;&lt;script&gt;&quot;&amp;\\u{1}\\u{ffff}"
        );
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(mono_width("ab", 10), 12);
        assert_eq!(mono_width("本", 10), 12);
    }
}
