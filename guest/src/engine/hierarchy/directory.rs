//! Directories compared with those that a row expects, in the one form of [`crate::text::location`].

use super::name;
use crate::text::location::{Location, Root};

/// A directory that a row expects, such as `C:\Windows\System32`, `/usr/sbin` or, with all below it,
/// `C:\Windows\WinSxS\*`, `/opt/*`.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Expected {
    /// As the table has it; nearly every record has it too, which saves taking the path apart.
    text: String,
    root: Root,
    parts: Vec<String>,
    below_too: bool,
}

/// How an image's directory compares with those expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Place {
    /// One of them.
    Right,
    /// None of them.
    Wrong,
    /// One of them but for the drive or device.
    OtherDrive,
    /// An 8.3 name hides which it is.
    Short,
    /// No directory, or only a relative one.
    NotGiven,
}

impl Expected {
    /// Reads a table's directory; `None` unless it begins with a drive or with `/`.
    pub(in crate::engine) fn parse(text: &str) -> Option<Self> {
        let (path, below_too) = match text.strip_suffix(r"\*").or(text.strip_suffix("/*")) {
            Some(path) => (path, true),
            None => (text, false),
        };
        let Location { root, parts } = Location::of(path);
        let parts = parts.into_iter().map(str::to_owned).collect();
        let is_absolute = matches!(root, Root::Drive(_) | Root::Unix);
        is_absolute.then(|| Self { text: text.to_owned(), root, parts, below_too })
    }

    /// Cases are alike on Windows only.
    fn alike(&self, ours: &str, theirs: &str) -> bool {
        if self.root == Root::Unix { ours == theirs } else { ours.eq_ignore_ascii_case(theirs) }
    }

    fn matches(&self, parts: &[&str]) -> bool {
        let length = if self.below_too { parts.len().min(self.parts.len()) } else { parts.len() };
        length == self.parts.len()
            && self.parts.iter().zip(parts).all(|(ours, theirs)| self.alike(ours, theirs))
    }

    fn place(&self, Location { root, parts }: &Location<'_>) -> Place {
        match root {
            Root::Drive(_) | Root::Unix if *root == self.root && self.matches(parts) => Place::Right,
            // The rest is Windows alone.
            _ if self.root == Root::Unix => Place::Wrong,
            // A volume's letter may well be the right one.
            Root::Volume if self.matches(parts) => Place::Right,
            Root::Drive(_) if self.matches(parts) => Place::OtherDrive,
            // How many parts name the device is not known, so the directory may begin at any.
            Root::Device
                if (0..parts.len()).any(|from| parts.get(from..).is_some_and(|p| self.matches(p))) =>
            {
                Place::OtherDrive
            }
            _ => Place::Wrong,
        }
    }
}

/// Compares an image's directory with those expected.
pub(in crate::engine) fn place<'e>(
    directory: Option<&str>,
    expected: impl Iterator<Item = &'e Expected> + Clone,
) -> Place {
    let Some(directory) = directory else {
        return Place::NotGiven;
    };
    if expected.clone().any(|one| one.alike(&one.text, directory)) {
        return Place::Right;
    }
    let location = through_share(Location::of(directory));
    if location.root == Root::Relative {
        return Place::NotGiven;
    }
    if location.parts.iter().any(|part| name::is_short(part)) {
        return Place::Short;
    }
    let mut found = Place::Wrong;
    for one in expected {
        match one.place(&location) {
            Place::Right => return Place::Right,
            Place::OtherDrive => found = Place::OtherDrive,
            _ => {}
        }
    }
    found
}

/// The directory as it would be on this machine. `C$` and `ADMIN$` show a system's own directories, perhaps
/// this one's.
fn through_share(mut location: Location<'_>) -> Location<'_> {
    let Location { root: Root::Share, parts } = &location else { return location };
    let Some(share) = parts.get(1) else { return location };
    let below = match share.strip_suffix('$') {
        Some(letter) if letter.len() == 1 => None,
        Some(admin) if admin.eq_ignore_ascii_case("ADMIN") => Some("windows"),
        _ => return location,
    };
    location.root = Root::Device;
    drop(location.parts.splice(..2, below));
    location
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn placed(directory: &str) -> Place {
        let expected: Vec<Expected> = [r"C:\Windows\System32", r"C:\Windows\WinSxS\*"]
            .iter()
            .map(|text| Expected::parse(text).unwrap())
            .collect();
        place(Some(directory), expected.iter())
    }

    // What the spellings of a directory are is `location`'s to know.
    #[test]
    fn the_right_directory() {
        for directory in [
            r"C:\Windows\System32",
            r"\??\c:\windows\Sysnative\",
            r"\Device\HarddiskVolume3\Windows\System32",
            r"C:\Windows\WinSxS",
            r"C:\Windows\WinSxS\amd64_x_1",
        ] {
            assert_eq!(placed(directory), Place::Right, "{directory}");
        }
    }

    #[test]
    fn another_directory_is_wrong() {
        for directory in [
            "C:",
            r"C:\Windows",
            r"C:\Windows\System32\spool",
            r"C:\Windows \System32",
            r"C:\Windows\System32\..\Temp",
            r"C:\Users\a\Windows\System32",
            r"C:\Users\a\Sysnative",
            r"C:\Windows\WinSxSs",
            r"D:\Temp",
            r"\Device\HarddiskVolume3\Temp",
            r"\\server\share\Windows\System32",
            r"\\?\UNC\server\share\Windows\System32",
            r"\Device\Mup\server\share\Windows\System32",
            r"\Device\CdRom0",
            r"C:\1\2\3\4\5\6\7\8\9\10\11\12\13\14\15\16\Windows\System32",
        ] {
            assert_eq!(placed(directory), Place::Wrong, "{directory}");
        }
    }

    #[test]
    fn the_right_directory_on_what_may_be_the_system_drive() {
        for directory in [
            r"D:\Windows\System32",
            r"\\?\E:\Windows\System32",
            r"\\host\C$\Windows\System32",
            r"\\host\ADMIN$\System32",
            r"\Device\vmsmb\VSMB-{dcc079ae}\os\Windows\System32",
            r"\Device\HarddiskVolumeShadowCopy2\Windows\System32",
        ] {
            assert_eq!(placed(directory), Place::OtherDrive, "{directory}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_judged() {
        assert_eq!(placed(r"C:\WINDOW~1\System32"), Place::Short);
        // This one is known, and elsewhere.
        assert_eq!(placed(r"C:\PROGRA~1\System32"), Place::Wrong);
        for directory in ["", "System32", r"..\System32", "C:System32", "."] {
            assert_eq!(placed(directory), Place::NotGiven, "{directory}");
        }
        assert_eq!(place(None, std::iter::empty()), Place::NotGiven);
    }
}
