//! From query to text: the bare form, which parses to the same query.

use std::fmt::{self, Display, Formatter, Write};

use super::{Attribute, Query, Value};

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "entity={}", self.entity)?;
        joined(f, "&action=", ",", &self.actions)?;
        joined(f, "&attr=", ",", &self.attributes)
    }
}

impl Display for Attribute {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        joined(f, ":", "|", &self.values)
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let last = self.parts().len() - 1;
        for (index, part) in self.parts().iter().enumerate() {
            if index > 0 {
                f.write_char('*')?;
            }
            for (at, c) in part.char_indices() {
                let is_first = index == 0 && at == 0;
                let is_last = index == last && at + c.len_utf8() == part.len();
                // Blanks at the ends would be trimmed.
                if is_plain(c) && !(c == ' ' && (is_first || is_last)) {
                    f.write_char(c)?;
                } else {
                    escape(f, c)?;
                }
            }
        }
        Ok(())
    }
}

/// Whether a character means itself and looks like itself: none of the language's own, and none that could
/// move what a terminal shows.
fn is_plain(c: char) -> bool {
    let is_ordinary = c == ' ' || !c.is_whitespace();
    let is_seen = !matches!(
        c,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    );
    is_ordinary && is_seen && !c.is_control() && !"%*|,&".contains(c)
}

fn escape(f: &mut Formatter<'_>, c: char) -> fmt::Result {
    c.encode_utf8(&mut [0; 4]).bytes().try_for_each(|byte| write!(f, "%{byte:02X}"))
}

/// The items with a separator between them, after a beginning; nothing where there are none.
fn joined(f: &mut Formatter<'_>, start: &str, separator: &str, items: &[impl Display]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if index == 0 { start } else { separator })?;
    }
    Ok(())
}
