//! A table that fits a terminal: every column as wide as it needs, and the widest cut where they do not all
//! fit. Whatever is cut, `--format json` has it whole.

use std::borrow::Cow;

use crate::text::{cut_middle, width};

/// Lines are no longer than this.
const WIDTH: usize = 100;

/// Between two columns.
const GAP: usize = 2;

/// No column is cut below this.
const NARROWEST: usize = 10;

/// A title, and a cell for each row.
pub(super) struct Column {
    title: Cow<'static, str>,
    cells: Vec<Cell>,
}

enum Cell {
    /// Cut in its middle: of a path the beginning and the end say most.
    Text(String),
    /// Cut after an item, with the number of those left off.
    List(Vec<String>),
    /// Never cut, and at the right.
    Number(String),
    /// Never cut.
    Whole(String),
}

impl Column {
    pub(super) fn text(title: impl Into<Cow<'static, str>>, cells: impl Iterator<Item = String>) -> Self {
        Self { title: title.into(), cells: cells.map(Cell::Text).collect() }
    }

    pub(super) fn list(title: &'static str, cells: impl Iterator<Item = Vec<String>>) -> Self {
        Self { title: title.into(), cells: cells.map(Cell::List).collect() }
    }

    pub(super) fn number(title: &'static str, cells: impl Iterator<Item = u64>) -> Self {
        Self { title: title.into(), cells: cells.map(|number| Cell::Number(number.to_string())).collect() }
    }

    /// Texts that are worth nothing in part.
    pub(super) fn whole(title: impl Into<Cow<'static, str>>, cells: impl Iterator<Item = String>) -> Self {
        Self { title: title.into(), cells: cells.map(Cell::Whole).collect() }
    }

    /// Numbers with decimals, as they are.
    pub(super) fn decimal(title: &'static str, cells: impl Iterator<Item = String>) -> Self {
        Self { title: title.into(), cells: cells.map(Cell::Number).collect() }
    }

    fn can_be_cut(&self) -> bool {
        matches!(self.cells.first(), Some(Cell::Text(_) | Cell::List(_)))
    }

    fn needs(&self) -> usize {
        let cells = self.cells.iter().map(|cell| width(&cell.whole())).max().unwrap_or(0);
        cells.max(width(&self.title))
    }
}

impl Cell {
    fn whole(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Whole(text) => text.clone(),
            Self::List(items) => items.join(", "),
        }
    }

    fn within(&self, width: usize) -> String {
        match self {
            Self::Text(text) => cut_middle(text, width),
            Self::Number(text) => format!("{text:>width$}"),
            Self::Whole(text) => text.clone(),
            Self::List(items) => cut_list(items, width),
        }
    }
}

/// The titles and the rows, each ended by a newline.
pub(super) fn columns(columns: &[Column]) -> String {
    let mut widths: Vec<usize> = columns.iter().map(Column::needs).collect();
    let room = WIDTH.saturating_sub(GAP * columns.len().saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        let cut = columns.iter().zip(&mut widths).filter(|(column, _)| column.can_be_cut());
        match cut.map(|(_, width)| width).max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => break,
        }
    }
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let titles = columns.iter().zip(&widths).map(|(c, width)| match c.cells.first() {
        Some(Cell::Number(_)) => format!("{:>width$}", c.title),
        _ => cut_middle(&c.title, *width),
    });
    let mut text = line(titles, &widths);
    for row in 0..rows {
        let cells = columns.iter().zip(&widths);
        let cells =
            cells.map(|(c, width)| c.cells.get(row).map_or(String::new(), |cell| cell.within(*width)));
        text += &line(cells, &widths);
    }
    text
}

fn line(cells: impl Iterator<Item = String>, widths: &[usize]) -> String {
    let padded = cells.zip(widths).map(|(cell, columns)| {
        let blanks = columns.saturating_sub(width(&cell)) + GAP;
        cell + &" ".repeat(blanks)
    });
    padded.collect::<String>().trim_end().to_owned() + "\n"
}

/// `ws1, ws2 +3`
fn cut_list(items: &[String], room: usize) -> String {
    let whole = items.join(", ");
    if width(&whole) <= room {
        return whole;
    }
    for shown in (1..items.len()).rev() {
        let some = items.iter().take(shown).map(String::as_str).collect::<Vec<_>>().join(", ");
        let text = format!("{some} +{}", items.len() - shown);
        if width(&text) <= room {
            return text;
        }
    }
    // Not even one: it is cut itself.
    let rest = if items.len() > 1 { format!(" +{}", items.len() - 1) } else { String::new() };
    let first = items.first().map_or("", String::as_str);
    cut_middle(first, room.saturating_sub(rest.len())) + &rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_fits_is_shown_whole() {
        let table = columns(&[
            Column::text("image", names(&["a.exe", "longer.exe"]).into_iter()),
            Column::number("executions", [1, 1200].into_iter()),
            Column::list("hosts", [names(&["ws1", "ws2"]), names(&["ws1"])].into_iter()),
        ]);
        assert_eq!(
            table,
            "image       executions  hosts\na.exe                1  ws1, ws2\nlonger.exe        1200  ws1\n"
        );
    }

    #[test]
    fn the_widest_are_cut_until_a_line_has_100_columns() {
        let table = columns(&[
            Column::text("image", names(&["a.exe"]).into_iter()),
            Column::text("path", names(&[&format!("c:\\{}\\end", "x".repeat(200))]).into_iter()),
            Column::list("hosts", [vec!["h".repeat(60), "i".repeat(60)]].into_iter()),
        ]);
        assert!(table.lines().all(|line| width(line) <= 100), "{table}");
        let row = table.lines().nth(1).unwrap();
        assert!(row.starts_with("a.exe  c:\\xxx"), "{row}");
        assert!(row.contains("xxx\\end  hhh") && row.ends_with("hhh +1"), "{row}");
    }

    #[test]
    fn a_list_says_how_many_were_left_off() {
        let hosts = names(&["ws1", "ws2", "ws3", "ws4"]);
        assert_eq!(cut_list(&hosts, 18), "ws1, ws2, ws3, ws4");
        assert_eq!(cut_list(&hosts, 17), "ws1, ws2, ws3 +1");
        assert_eq!(cut_list(&hosts, 10), "ws1 +3");
        assert_eq!(cut_list(&names(&["workstation-7", "b"]), 10), "wor…n-7 +1");
        assert_eq!(cut_list(&names(&["workstation-7"]), 10), "work…ion-7");
        assert_eq!(cut_list(&[], 10), "");
    }
}
