//! Windows directories brought to one form, and compared with those that a row expects.
//!
//! A record may write System32 as `C:\Windows\System32`, `\??\C:\Windows\System32`,
//! `\SystemRoot\System32`, `\Device\HarddiskVolume3\Windows\System32` and in more ways. Nothing is
//! copied: a path is kept as its root and its components. Blanks at a component's end are significant:
//! `C:\Windows \System32` is a known trick, and another directory.

use super::name;

/// Components that are kept; what lies deeper only counts.
const KEPT: usize = 12;

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    /// A drive letter, in lower case.
    Drive(u8),
    /// A volume without a letter: it may be the system's.
    AnyDrive,
    /// A device or administrative share, which may show the system's directories.
    Device,
    /// Another machine's share.
    Share,
}

/// A directory in parts.
struct Path<'a> {
    root: Root,
    parts: [&'a str; KEPT],
    depth: usize,
}

/// A directory that a row expects, such as `C:\Windows\System32` or, with all below it,
/// `C:\Windows\WinSxS\*`.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    /// As the table has it; nearly every record has it too, which saves taking the path apart.
    text: String,
    drive: u8,
    parts: Vec<String>,
    below_too: bool,
}

/// How an image's directory compares with those expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
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
    /// Reads a table's directory; `None` unless it begins with a drive.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (path, below_too) = match text.strip_suffix(r"\*") {
            Some(path) => (path, true),
            None => (text, false),
        };
        let path = Path::parse(path)?;
        let Root::Drive(drive) = path.root else {
            return None;
        };
        let parts = path.kept().iter().map(|&part| part.to_owned()).collect();
        Some(Self { text: text.to_owned(), drive, parts, below_too })
    }

    fn matches(&self, parts: &[&str], deeper: bool) -> bool {
        let length = if self.below_too { parts.len().min(self.parts.len()) } else { parts.len() };
        (self.below_too || !deeper)
            && length == self.parts.len()
            && self.parts.iter().zip(parts).all(|(ours, theirs)| ours.eq_ignore_ascii_case(theirs))
    }

    fn place(&self, path: &Path<'_>) -> Place {
        let parts = path.kept();
        let deeper = path.depth > parts.len();
        match path.root {
            Root::Drive(drive) if drive != self.drive && self.matches(parts, deeper) => Place::OtherDrive,
            Root::Drive(drive) if drive != self.drive => Place::Wrong,
            Root::Drive(_) | Root::AnyDrive if self.matches(parts, deeper) => Place::Right,
            // How many components name the device is not known, so the directory may begin at any.
            Root::Device
                if (0..parts.len())
                    .filter_map(|from| parts.get(from..))
                    .any(|tail| self.matches(tail, deeper)) =>
            {
                Place::OtherDrive
            }
            _ => Place::Wrong,
        }
    }
}

/// Compares an image's directory with those expected.
pub(super) fn place<'e>(
    directory: Option<&str>,
    expected: impl Iterator<Item = &'e Expected> + Clone,
) -> Place {
    let Some(directory) = directory else {
        return Place::NotGiven;
    };
    if expected.clone().any(|one| one.text.eq_ignore_ascii_case(directory)) {
        return Place::Right;
    }
    let Some(path) = Path::parse(directory) else {
        return Place::NotGiven;
    };
    if path.kept().iter().any(|part| name::is_short(part)) {
        return Place::Short;
    }
    let mut found = Place::Wrong;
    for one in expected {
        match one.place(&path) {
            Place::Right => return Place::Right,
            Place::OtherDrive => found = Place::OtherDrive,
            _ => {}
        }
    }
    found
}

impl<'a> Path<'a> {
    fn new(root: Root) -> Self {
        Self { root, parts: [""; KEPT], depth: 0 }
    }

    /// Reads a directory; `None` if it is relative.
    fn parse(text: &'a str) -> Option<Self> {
        let verbatim = [r"\\?\", r"\??\", r"\\.\"].iter().find_map(|prefix| strip(text, prefix));
        let text = verbatim.unwrap_or(text);
        let text = if verbatim.is_some() { strip(text, "GLOBALROOT").unwrap_or(text) } else { text };

        if let Some((drive, rest)) = drive(text) {
            return Some(Self::new(Root::Drive(drive)).with(rest));
        }
        for (prefix, windows) in
            [(r"\SystemRoot", true), ("%SystemRoot%", true), ("%windir%", true), ("%SystemDrive%", false)]
        {
            if let Some(rest) = strip(text, prefix).filter(|rest| at_boundary(rest)) {
                let path = Self::new(Root::Drive(b'c'));
                return Some(if windows { path.with("Windows").with(rest) } else { path.with(rest) });
            }
        }
        let device = strip(text, r"\Device\");
        if let Some(rest) = device.or(verbatim.map(|_| text)) {
            return Some(Self::device(rest));
        }
        match strip(text, r"\\") {
            Some(rest) => Some(Self::share(rest)),
            None => strip(text, r"\").map(|rest| Self::new(Root::AnyDrive).with(rest)),
        }
    }

    /// What follows `\Device\` or `\\?\`.
    fn device(text: &'a str) -> Self {
        for prefix in ["UNC", "Mup", "LanmanRedirector"] {
            if let Some(rest) = strip(text, prefix).filter(|rest| at_boundary(rest)) {
                return Self::share(rest.trim_start_matches(['\\', '/']));
            }
        }
        let (volume, rest) = match text.find(['\\', '/']).and_then(|at| text.split_at_checked(at)) {
            Some(cut) => cut,
            None => (text, ""),
        };
        let numbered = strip(volume, "HarddiskVolume")
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        if numbered || strip(volume, "Volume{").is_some() {
            Self::new(Root::AnyDrive).with(rest)
        } else {
            Self::new(Root::Device).with(text)
        }
    }

    /// `host\share\...`. `C$` and `ADMIN$` show the system's own directories, perhaps this machine's.
    fn share(text: &'a str) -> Self {
        let mut parts = text.splitn(3, ['\\', '/']).skip(1);
        let share = parts.next().unwrap_or_default();
        let rest = parts.next().unwrap_or_default();
        if share.eq_ignore_ascii_case("ADMIN$") {
            Self::new(Root::Device).with("Windows").with(rest)
        } else if share.len() == 2 && share.ends_with('$') {
            Self::new(Root::Device).with(rest)
        } else {
            Self::new(Root::Share)
        }
    }

    fn with(mut self, text: &'a str) -> Self {
        for part in text.split(['\\', '/']) {
            match part {
                "" | "." => {}
                ".." => self.depth = self.depth.saturating_sub(1),
                _ => self.push(part),
            }
        }
        self
    }

    fn push(&mut self, part: &'a str) {
        // Sysnative is how a 32-bit process names the real System32.
        let in_windows =
            self.depth == 1 && self.parts.first().is_some_and(|first| first.eq_ignore_ascii_case("Windows"));
        let sysnative = in_windows && part.eq_ignore_ascii_case("Sysnative");
        if let Some(place) = self.parts.get_mut(self.depth) {
            *place = if sysnative { "System32" } else { part };
        }
        self.depth += 1;
    }

    fn kept(&self) -> &[&'a str] {
        self.parts.get(..self.depth).unwrap_or(&self.parts)
    }
}

/// What follows `prefix`; cases and the two separators are alike.
fn strip<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    let alike = |(a, b): (u8, u8)| a.eq_ignore_ascii_case(&b) || (a == b'/' && b == b'\\');
    head.bytes().zip(prefix.bytes()).all(alike).then_some(rest)
}

/// `C:\...` as drive and rest. `C:foo` is relative to that drive's current directory.
fn drive(text: &str) -> Option<(u8, &str)> {
    let (head, rest) = text.split_at_checked(2)?;
    match head.as_bytes() {
        [letter, b':'] if letter.is_ascii_alphabetic() && at_boundary(rest) => {
            Some((letter.to_ascii_lowercase(), rest))
        }
        _ => None,
    }
}

fn at_boundary(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['\\', '/'])
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

    // Each spelling is one that the specification's normalisation table names, or a sensor writes.
    #[test]
    fn one_directory_has_many_spellings() {
        for directory in [
            r"C:\Windows\System32",
            r"c:\windows\SYSTEM32",
            "C:/Windows/System32",
            r"C:\Windows\System32\",
            r"C:\\Windows\\System32",
            r"C:\Windows\.\Temp\..\System32",
            r"C:\Windows\Sysnative",
            r"\\?\C:\Windows\System32",
            r"\??\C:\Windows\System32",
            r"\\.\C:\Windows\System32",
            r"\SystemRoot\System32",
            r"%SystemRoot%\System32",
            r"%windir%\system32",
            r"%SystemDrive%\Windows\System32",
            r"\Device\HarddiskVolume3\Windows\System32",
            r"\\?\GLOBALROOT\Device\HarddiskVolume3\Windows\System32",
            r"\\?\Volume{8f1c0f7e-0000-0000-0000-100000000000}\Windows\System32",
            r"\Windows\System32",
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
        assert_eq!(placed(r"C:\PROGRA~1\x"), Place::Short);
        for directory in ["", "System32", r"..\System32", "C:System32", "."] {
            assert_eq!(placed(directory), Place::NotGiven, "{directory}");
        }
        assert_eq!(place(None, std::iter::empty()), Place::NotGiven);
    }
}
