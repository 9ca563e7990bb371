//! Who can put a file where it lies: decides what is suspicious to run and what is worth naming in an alert.
//!
//! The rows are `places` of `data/detections.json`; of those that hold a directory the longest decides.

use serde::Deserialize;

use super::facts::facts;
use crate::text::location::{Location, Root};
use crate::text::path::split;

/// Who can put a file there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Place {
    /// The system: its files are on every machine, so that they say nothing of what an alert is about.
    System,
    /// Who installs programs.
    Programs,
    /// Every user, or another machine.
    Writable,
    /// Nobody knows.
    #[serde(skip)]
    Elsewhere,
}

/// A directory with all below it.
#[derive(Debug)]
pub(super) struct Top {
    is_unix: bool,
    parts: Vec<String>,
    are: Place,
}

impl Top {
    /// Reads a table's directory; `None` unless it begins with a drive or with `/`.
    pub(super) fn parse(directory: &str, are: Place) -> Option<Self> {
        let Location { root, parts } = Location::of(directory);
        let parts = parts.into_iter().map(str::to_owned).collect();
        matches!(root, Root::Drive(_) | Root::Unix).then_some(Self {
            is_unix: root == Root::Unix,
            parts,
            are,
        })
    }

    fn holds(&self, location: &Location<'_>) -> bool {
        let is_unix = location.root == Root::Unix;
        let alike = |(ours, theirs): (&String, &&str)| match is_unix {
            true => ours == theirs,
            false => ours.eq_ignore_ascii_case(theirs),
        };
        is_unix == self.is_unix
            && location.parts.len() >= self.parts.len()
            && self.parts.iter().zip(&location.parts).all(alike)
    }
}

impl Place {
    /// Where a file lies. Which drive it is never matters: the folders' names say what they are for.
    pub(super) fn of(path: &str) -> Self {
        let Some(directory) = split(path.trim()).0 else { return Self::Elsewhere };
        let location = Location::of(directory);
        match location.root {
            Root::Share => Self::Writable,
            Root::Device | Root::Relative => Self::Elsewhere,
            Root::Drive(_) | Root::Volume | Root::Unix => {
                let tops = facts().places.iter().filter(|top| top.holds(&location));
                tops.max_by_key(|top| top.parts.len()).map_or(Self::Elsewhere, |top| top.are)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place::{self, Elsewhere, Programs, System, Writable};

    #[test]
    fn the_longest_directory_decides() {
        for (path, place) in [
            (r"C:\Windows\System32\cmd.exe", System),
            (r"\Device\HarddiskVolume2\Windows\explorer.exe", System),
            (r"C:\Windows\Temp\a.exe", Writable),
            (r"C:\WINDOWS\tasks\x\a.exe", Writable),
            (r"C:\Windows\Temporary\a.exe", System),
            (r"C:\Program Files (x86)\A\a.exe", Programs),
            (r"C:\ProgramData\a.exe", Writable),
            (r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18\MsMpEng.exe", Programs),
            (r"C:\Users\ann\Downloads\a.exe", Writable),
            (r"C:\Users\ANN~1.COR\AppData\Local\Temp\a.exe", Writable),
            (r"D:\Users\a.exe", Writable),
            (r"\\srv\tools\a.exe", Writable),
            (r"C:\Tools\a.exe", Elsewhere),
            (r"Temp\a.exe", Elsewhere),
            ("a.exe", Elsewhere),
            ("/usr/bin/bash", System),
            ("/tmp/x/a", Writable),
            ("/TMP/a", Elsewhere),
            ("/home/ann/a", Writable),
        ] {
            assert_eq!(Place::of(path), place, "{path}");
        }
    }
}
