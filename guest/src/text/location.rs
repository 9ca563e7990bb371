//! Where a file lies: the one form that the spellings of a directory are brought to (SPEC section 0).
//!
//! | spelling | form |
//! |---|---|
//! | `\??\C:\Windows`, `\\?\C:\Windows`, `\\.\C:\Windows`, `C:/Windows/`, `%windir%`, `\SystemRoot` | `c:\windows` |
//! | `C:\Windows\Sysnative`, `C:\Windows\.\Temp\..\System32` | `c:\windows\system32` |
//! | `\Device\HarddiskVolume3\Windows`, `\\?\Volume{…}\Windows`, `\Windows` | `c:\windows` |
//! | `\Device\HarddiskVolume3\Tools`, `\\?\Volume{…}\Tools`, `\Tools` | `*:\tools` |
//! | `C:\PROGRA~1`, `C:\PROGRA~2` | `c:\program files`, `c:\program files (x86)` |
//! | `\\?\UNC\host\share\x`, `\Device\Mup\host\share\x`, `\\host\share\x` | `\\host\share\x` |
//! | `/usr/bin` | as it is |
//!
//! Which letter a volume has is not in the record. The folders that Windows makes for itself are taken
//! for those of the system's drive, and the system's drive for `c:`; nearly always they are. Other folders
//! keep `*:` for the letter: a volume's number differs from host to host and says less than the folder.
//!
//! Of 8.3 names only the two are known that every Windows since Vista gives its program folders; any other
//! stays as it is. Blanks at a part's end are significant: `C:\Windows \System32` is a known trick, and
//! another directory. Case is the caller's business.

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// A drive letter, in lower case.
    Drive(u8),
    /// A volume without a letter.
    Volume,
    /// A device that is no volume; how many parts name it is not known.
    Device,
    /// Another machine: its name and the share are the first two parts.
    Share,
    /// The root of a system that separates with `/`.
    Unix,
    /// Nowhere: a directory below one that the record does not tell.
    Relative,
}

/// A directory in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location<'a> {
    /// Where it begins.
    pub root: Root,
    /// What follows, from the top down.
    pub parts: Vec<&'a str>,
}

/// Folders at the top of the drive that Windows is installed on.
const SYSTEM_FOLDERS: [&str; 5] = ["Windows", "Program Files", "Program Files (x86)", "ProgramData", "Users"];

/// Names for the system's directories, and whether they mean `C:\Windows` or `C:`.
const SYSTEM_NAMES: [(&str, bool); 4] =
    [(r"\SystemRoot", true), ("%SystemRoot%", true), ("%windir%", true), ("%SystemDrive%", false)];

impl<'a> Location<'a> {
    /// Reads a directory, with or without a separator at its end.
    #[must_use]
    pub fn of(directory: &'a str) -> Self {
        let mut location = Self::read(directory);
        if location.root == Root::Volume
            && let Some(top) = location.parts.first()
            && SYSTEM_FOLDERS.iter().any(|folder| folder.eq_ignore_ascii_case(top))
        {
            location.root = Root::Drive(b'c');
        }
        location
    }

    fn read(text: &'a str) -> Self {
        if text.starts_with('/') {
            return Self::at(Root::Unix).with(text);
        }
        let verbatim = [r"\\?\", r"\??\", r"\\.\"].iter().find_map(|prefix| strip(text, prefix));
        let text = verbatim.map_or(text, |text| strip(text, "GLOBALROOT").unwrap_or(text));
        if let Some((drive, rest)) = drive(text) {
            return Self::at(Root::Drive(drive)).with(rest);
        }
        for (name, is_windows) in SYSTEM_NAMES {
            if let Some(rest) = strip(text, name).filter(|rest| at_boundary(rest)) {
                let drive = Self::at(Root::Drive(b'c'));
                return if is_windows { drive.with("windows").with(rest) } else { drive.with(rest) };
            }
        }
        if let Some(device) = strip(text, r"\Device\").or(verbatim.map(|_| text)) {
            return Self::device(device);
        }
        if let Some(share) = strip(text, r"\\") {
            return Self::at(Root::Share).with(share);
        }
        match strip(text, r"\") {
            Some(rest) => Self::at(Root::Volume).with(rest),
            None => Self::at(Root::Relative).with(text),
        }
    }

    /// What follows `\Device\` or `\\?\`.
    fn device(text: &'a str) -> Self {
        for redirector in ["UNC", "Mup", "LanmanRedirector"] {
            if let Some(rest) = strip(text, redirector).filter(|rest| at_boundary(rest)) {
                return Self::at(Root::Share).with(rest);
            }
        }
        let cut = text.find(['\\', '/']).and_then(|at| text.split_at_checked(at));
        let (volume, rest) = cut.unwrap_or((text, ""));
        let numbered = strip(volume, "HarddiskVolume")
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        if numbered || strip(volume, "Volume{").is_some() {
            Self::at(Root::Volume).with(rest)
        } else {
            Self::at(Root::Device).with(text)
        }
    }

    fn at(root: Root) -> Self {
        Self { root, parts: Vec::with_capacity(8) }
    }

    fn with(mut self, text: &'a str) -> Self {
        let separators: &[char] = if self.root == Root::Unix { &['/'] } else { &['\\', '/'] };
        for part in text.split(separators) {
            match (part, self.root) {
                ("" | ".", _) => {}
                // What is above is not known; above a symbolic link it is another directory.
                ("..", Root::Relative | Root::Unix) => self.parts.push(part),
                // A redirector's own name for the session, as in `\Device\Mup\;Z:0\host\share`.
                (_, Root::Share) if self.parts.is_empty() && part.starts_with(';') => {}
                // A share has nothing above it.
                ("..", Root::Share) if self.parts.len() <= 2 => {}
                ("..", _) => drop(self.parts.pop()),
                (_, Root::Drive(_) | Root::Volume) => self.push_below_volume(part),
                _ => self.parts.push(part),
            }
        }
        self
    }

    fn push_below_volume(&mut self, part: &'a str) {
        let is = |name: &str| part.eq_ignore_ascii_case(name);
        self.parts.push(match self.parts.as_slice() {
            [] if is("PROGRA~1") => "program files",
            [] if is("PROGRA~2") => "program files (x86)",
            // How a 32-bit process names the real System32.
            [top] if top.eq_ignore_ascii_case("Windows") && is("Sysnative") => "system32",
            _ => part,
        });
    }
}

impl Root {
    /// What a directory's text begins with.
    pub(super) fn push(self, out: &mut String) {
        match self {
            Self::Drive(letter) => {
                out.push(char::from(letter));
                out.push_str(r":\");
            }
            Self::Volume => out.push_str(r"*:\"),
            Self::Device => out.push_str(r"\device\"),
            Self::Share => out.push_str(r"\\"),
            Self::Unix => out.push('/'),
            Self::Relative => {}
        }
    }

    /// What stands between two parts.
    pub(super) fn separator(self) -> char {
        if self == Self::Unix { '/' } else { '\\' }
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
    use super::*;

    fn located(directory: &str) -> (Root, Vec<String>) {
        let location = Location::of(directory);
        (location.root, location.parts.iter().map(|part| part.to_ascii_lowercase()).collect())
    }

    #[track_caller]
    fn assert_located(directories: &[&str], root: Root, parts: &[&str]) {
        for directory in directories {
            let parts = parts.iter().map(|&part| part.to_owned()).collect();
            assert_eq!(located(directory), (root, parts), "{directory}");
        }
    }

    // Each spelling is one that the specification's normalisation table names, or a sensor writes.
    #[test]
    fn one_directory_has_many_spellings() {
        let spellings = [
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
            r"\Device\HarddiskVolume12\Windows\Sysnative",
            r"\\?\GLOBALROOT\Device\HarddiskVolume3\Windows\System32",
            r"\\?\Volume{8f1c0f7e-0000-0000-0000-100000000000}\Windows\System32",
            r"\Windows\System32",
        ];
        assert_located(&spellings, Root::Drive(b'c'), &["windows", "system32"]);
    }

    #[test]
    fn a_volume_without_a_letter_is_the_systems_if_its_folder_is() {
        let c = Root::Drive(b'c');
        assert_located(&[r"\Device\HarddiskVolume2\Users\ann"], c, &["users", "ann"]);
        assert_located(&[r"\Device\HarddiskVolume2\ProgramData"], c, &["programdata"]);
        let tools = [r"\Device\HarddiskVolume2\Tools", r"\Device\HarddiskVolume5\Tools", r"\Tools"];
        assert_located(&tools, Root::Volume, &["tools"]);
        assert_located(&[r"D:\Windows"], Root::Drive(b'd'), &["windows"]);
        assert_located(&[r"\Device\HarddiskVolume2\a\Windows"], Root::Volume, &["a", "windows"]);
        assert_located(&[r"\Device\HarddiskVolume2\", r"\"], Root::Volume, &[]);
    }

    #[test]
    fn only_the_program_folders_have_known_short_names() {
        let c = Root::Drive(b'c');
        assert_located(&[r"C:\PROGRA~1\x", r"\??\c:\Progra~1\x"], c, &["program files", "x"]);
        assert_located(&[r"\Device\HarddiskVolume1\PROGRA~2"], c, &["program files (x86)"]);
        assert_located(&[r"C:\PROGRA~3"], c, &["progra~3"]);
        assert_located(&[r"C:\x\PROGRA~1"], c, &["x", "progra~1"]);
    }

    #[test]
    fn what_looks_alike_is_another_directory() {
        let c = Root::Drive(b'c');
        assert_located(&[r"C:\Windows \System32"], c, &["windows ", "system32"]);
        assert_located(&[r"C:\Users\a\Sysnative"], c, &["users", "a", "sysnative"]);
        assert_located(&[r"C:\Windows\System32\..\Temp"], c, &["windows", "temp"]);
        assert_located(&[r"\SystemRoots\System32"], Root::Volume, &["systemroots", "system32"]);
        let shadow = r"\Device\HarddiskVolumeShadowCopy2\Windows";
        assert_located(&[shadow], Root::Device, &["harddiskvolumeshadowcopy2", "windows"]);
    }

    #[test]
    fn other_machines_and_other_systems() {
        let shares = [
            r"\\srv\tools\x",
            r"\\?\UNC\srv\tools\x",
            r"\??\UNC\srv\tools\x",
            r"\Device\Mup\srv\tools\x",
            r"\Device\Mup\;LanmanRedirector\;Z:000000000001e3a1\srv\tools\x",
            r"\\srv\tools\..\x",
        ];
        assert_located(&shares, Root::Share, &["srv", "tools", "x"]);
        assert_located(&["/usr/bin", "//usr/./bin/"], Root::Unix, &["usr", "bin"]);
        assert_located(&["/tmp/x/../usr"], Root::Unix, &["tmp", "x", "..", "usr"]);
        assert_located(&["", "."], Root::Relative, &[]);
        assert_located(&[r"..\System32"], Root::Relative, &["..", "system32"]);
        assert_located(&["C:System32"], Root::Relative, &["c:system32"]);
    }
}
