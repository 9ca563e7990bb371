//! Programs that ask the system for what their command lines name (`data/askers.json`). All others only mention it.

use std::sync::LazyLock;

use serde::Deserialize;

use super::answers::EdgeKind;
use crate::engine::data::File;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the file explains itself")]
struct Row {
    name: String,
    asks: Vec<Broker>,
    /// None at all: it can do nothing else.
    words: Vec<String>,
    source: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Broker {
    Service,
    Task,
    Wmi,
}

/// What a command line asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Asks {
    service: bool,
    task: bool,
    wmi: bool,
}

impl Asks {
    /// By the folded file name and command line of a process.
    pub(super) fn of(name: &str, line: &str) -> Self {
        let says = |row: &&Row| row.words.is_empty() || row.words.iter().any(|word| line.contains(word));
        let rows = ROWS.iter().filter(|row| row.name == name).filter(says);
        rows.flat_map(|row| &row.asks).fold(Self::default(), |asks, broker| match broker {
            Broker::Service => Self { service: true, ..asks },
            Broker::Task => Self { task: true, ..asks },
            Broker::Wmi => Self { wmi: true, ..asks },
        })
    }

    /// Whether that is what a broker starts.
    pub(super) fn has(self, kind: EdgeKind) -> bool {
        match kind {
            EdgeKind::Service => self.service,
            EdgeKind::Task => self.task,
            EdgeKind::Wmi => self.wmi,
            _ => false,
        }
    }
}

/// A file that does not parse would make every program one that only mentions; a test sees to it that this cannot be.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| parse().map(|file| file.rows).unwrap_or_default());

fn parse() -> Result<File<Row>, serde_json::Error> {
    serde_json::from_str(include_str!("../../../data/askers.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_source_that_is_explained_and_is_in_lower_case() {
        let file = parse().unwrap();
        for row in &file.rows {
            assert!(file.sources.contains_key(&row.source), "{}", row.name);
            assert!(!row.asks.is_empty(), "{}", row.name);
            let texts = row.words.iter().chain([&row.name]);
            texts.for_each(|text| assert_eq!(*text, text.to_lowercase()));
        }
        for source in file.sources.keys() {
            assert!(file.rows.iter().any(|row| row.source == *source), "{source}");
        }
    }

    #[test]
    fn a_program_asks_by_its_words_for_what_it_can_ask_for() {
        let of = |name, line| {
            let asks = Asks::of(name, line);
            [EdgeKind::Service, EdgeKind::Task, EdgeKind::Wmi, EdgeKind::Dropped].map(|kind| asks.has(kind))
        };
        assert_eq!(of("sc.exe", r"sc create upd binpath= c:\a.exe"), [true, false, false, false]);
        assert_eq!(of("sc.exe", "sc start upd"), [false; 4]);
        assert_eq!(of("at.exe", r"at 10:00 c:\a.exe"), [false, true, false, false]);
        assert_eq!(of("wmic.exe", "wmic process call create a.exe"), [true, true, true, false]);
        assert_eq!(of("powershell.exe", r"powershell get-item c:\a.exe"), [false; 4]);
        assert_eq!(of("findstr.exe", r"findstr create c:\a.exe"), [false; 4]);
    }
}
