//! CSV by RFC 4180, safe to open in a spreadsheet.
//!
//! A spreadsheet takes a cell that begins like a formula for one, and a formula can read files and open
//! addresses: such a cell begins with an apostrophe, which says that it is text. What is no printable
//! character is shown as what it is, so that a row is a line. JSON has every text as it was.

use crate::text::harmless;

/// One row, ended by CR LF.
pub fn row(cells: impl IntoIterator<Item: AsRef<str>>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|text| cell(text.as_ref())).collect();
    cells.join(",") + "\r\n"
}

/// Values of a list in one cell.
#[must_use]
pub fn list(values: &[impl AsRef<str>]) -> String {
    values.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" | ")
}

fn cell(text: &str) -> String {
    let mut text = harmless(text);
    // A spreadsheet drops blanks before it looks, and takes wide forms for the same characters.
    if text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        text.insert(0, '\'');
    }
    // A semicolon separates cells where a comma separates decimals.
    if text.contains([',', '"', ';']) || text.trim() != text {
        text = format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(row(["a", "b c", "", "10.0.0.5:443"]), "a,b c,,10.0.0.5:443\r\n");
        assert_eq!(row(["a,b", "say \"so\"", "a;b", " a"]), "\"a,b\",\"say \"\"so\"\"\",\"a;b\",\" a\"\r\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for hostile in ["=1+1", "+1", "-1", "@SUM(A1)", "\u{ff1d}1", " =1", "\t=cmd|'/c calc'!A0"] {
            let cell = cell(hostile);
            let text = cell.trim_matches('"');
            assert!(text.starts_with('\'') || text.starts_with("\\t"), "{hostile:?} became {cell}");
        }
        assert_eq!(cell("=HYPERLINK(\"http://evil\")"), "\"'=HYPERLINK(\"\"http://evil\"\")\"");
    }

    #[test]
    fn a_row_is_a_line() {
        assert_eq!(row(["a\r\nb", "\u{1b}[2J\0"]), "a\\r\\nb,\\u{1b}[2J\\u{0}\r\n");
    }

    #[test]
    fn a_list_is_one_cell() {
        assert_eq!(list(&["a", "b"]), "a | b");
        assert_eq!(list(&[""; 0]), "");
    }
}
