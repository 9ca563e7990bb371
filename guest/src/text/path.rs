//! Paths of Windows and Unix, as text: the file name, and the forms in which files and directories are
//! compared and counted.

use std::borrow::Cow;

use super::location::{Location, Root};

/// The file name: what follows the last `\` or `/`.
///
/// `C:\Windows\explorer.exe` gives `explorer.exe`; a path that ends in a separator gives the empty
/// string.
#[must_use]
pub fn file_name(path: &str) -> &str {
    split(path).1
}

/// Lower case, without allocating where nothing changes.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else if text.is_ascii() {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

/// Whether a field that should name a file says that nobody knows it.
///
/// Sensors write `-`, `N/A` or `<unknown process>`, and some put a SID there (SPEC, complaint 1).
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    matches!(text, "" | "-" | "?" | "N/A" | "n/a" | "(null)" | "null")
        || text.starts_with('<')
        || text.starts_with("S-1-")
}

/// The file in one form without its drive or volume: equal for two records of one file, however their
/// sensors write it.
#[must_use]
pub fn same_file(path: &str) -> String {
    let path = fold_windows(path);
    let (directory, name) = split(&path);
    let location = Location::of(directory.unwrap_or_default());
    let mut out = String::with_capacity(path.len());
    match location.root {
        Root::Drive(_) | Root::Volume => out.push('\\'),
        root => root.push(&mut out),
    }
    for part in location.parts {
        out.push_str(part);
        out.push(location.root.separator());
    }
    out.push_str(name);
    out
}

/// A file as an observable: directory and name in one form; `None` for a bare file name.
#[must_use]
pub fn whole(path: &str) -> Option<String> {
    let folded = fold_windows(path);
    let (directory, name) = split(&folded);
    let location = Location::of(directory?);
    if name.is_empty() || location.root == Root::Relative {
        return None;
    }
    let mut out = String::with_capacity(path.len());
    location.root.push(&mut out);
    for part in location.parts {
        out.push_str(part);
        out.push(location.root.separator());
    }
    out.push_str(name);
    Some(out)
}

/// Whether a file in the form of [`whole`] lies where the operating system and installed programs lie, alike on
/// every machine.
#[must_use]
pub fn is_of_the_system(path: &str) -> bool {
    const PLACES: [&str; 10] = [
        r"c:\windows\",
        r"c:\program files\",
        r"c:\program files (x86)\",
        "/usr/",
        "/bin/",
        "/sbin/",
        "/lib/",
        "/opt/",
        "/System/",
        "/Applications/",
    ];
    // Where anybody may write below them.
    const OPEN: [&str; 4] = [
        r"c:\windows\temp\",
        r"c:\windows\tasks\",
        r"c:\windows\tracing\",
        r"c:\windows\system32\spool\drivers\color\",
    ];
    PLACES.iter().any(|place| path.starts_with(place)) && !OPEN.iter().any(|place| path.starts_with(place))
}

/// A file's directory in the one form of [`super::location`] with its volatile parts replaced, for counting
/// (SPEC section 1, "bucket"); `None` for a bare file name.
///
/// Home directories become `c:\users\*`, temporary subdirectories `...\temp\*`, other machines `\\*`, GUIDs and version
/// folders `*`; a folder whose name has a version of three numbers or more ends with it: `jdk*`, `microsoft.paint_*`. So
/// no bucket names a host, nor a user whose home lies where homes do.
#[must_use]
pub fn bucket(path: &str) -> Option<String> {
    let path = fold_windows(path);
    let location = Location::of(split(&path).0?);
    let mut out = String::with_capacity(path.len());
    location.root.push(&mut out);
    let mut previous = "";
    for (index, &part) in location.parts.iter().enumerate() {
        if index > 0 {
            out.push(location.root.separator());
        }
        // Below a temporary directory nothing is stable, so the rest is one bucket.
        if ["temp", "tmp"].iter().any(|name| previous.eq_ignore_ascii_case(name)) {
            out.push('*');
            break;
        }
        let is_home =
            ["users", "documents and settings"].iter().any(|name| previous.eq_ignore_ascii_case(name))
                || (location.root == Root::Unix && index == 1 && previous == "home");
        // The client of a remote desktop has no other name than this.
        let is_machine = location.root == Root::Share && index == 0 && part != "tsclient";
        if is_home || is_machine || is_volatile(part) {
            out.push('*');
        } else if let Some(stable) = before_version(part) {
            out.push_str(stable);
            out.push('*');
        } else {
            out.push_str(part);
        }
        previous = part;
    }
    Some(out)
}

/// The directory with its last separator, which alone may tell a root, and the file name. The directory is
/// `None` for a bare file name.
#[must_use]
pub fn split(path: &str) -> (Option<&str>, &str) {
    match path.rfind(['\\', '/']).and_then(|at| path.split_at_checked(at + 1)) {
        Some((directory, name)) => (Some(directory), name),
        None => (None, path),
    }
}

/// Cases are alike on Windows only.
fn fold_windows(path: &str) -> Cow<'_, str> {
    if path.starts_with('/') { Cow::Borrowed(path) } else { fold(path) }
}

/// A GUID, or a version of at least two numbers such as `92.0.902.67`, `app-2.6.3`, `v4.0.30319`.
fn is_volatile(part: &str) -> bool {
    let guid = part.trim_start_matches('{').trim_end_matches('}');
    if guid.len() == 36 && guid.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()) {
        return true;
    }
    let number = part.strip_prefix("app-").or_else(|| part.strip_prefix('v')).unwrap_or(part);
    number.contains('.')
        && number
            .split('.')
            .all(|n| !n.is_empty() && n.split(['-', '_']).all(|d| d.bytes().all(|b| b.is_ascii_digit())))
}

/// What stands before a version of at least three numbers, which nothing stable follows: of `jdk1.8.0_181`,
/// `microsoft.paint_10.1906.55.0_x64__8wekyb3d8bbwe`, `node-v18.12.1-win-x64`.
fn before_version(part: &str) -> Option<&str> {
    let bytes = part.as_bytes();
    let is_number = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while at < bytes.len() {
        if !is_number(at) {
            at += 1;
            continue;
        }
        let (mut end, mut dots) = (at, 0);
        while is_number(end) || (bytes.get(end) == Some(&b'.') && is_number(end + 1)) {
            dots += usize::from(bytes.get(end) == Some(&b'.'));
            end += 1;
        }
        if dots >= 2 {
            return part.get(..at).filter(|before| !before.is_empty());
        }
        at = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_what_follows_the_last_separator() {
        assert_eq!(file_name(r"C:\Windows\explorer.exe"), "explorer.exe");
        assert_eq!(file_name("/usr/bin/bash"), "bash");
        assert_eq!(file_name("System"), "System");
    }

    #[test]
    fn one_file_has_one_form() {
        for path in [
            r"C:\Windows\System32\lsass.exe",
            r"c:\WINDOWS\system32\LSASS.EXE",
            r"\Device\HarddiskVolume2\Windows\System32\lsass.exe",
            r"\??\C:\Windows\System32\lsass.exe",
            r"\\?\C:\Windows\System32\lsass.exe",
            r"\SystemRoot\System32\lsass.exe",
            r"C:\Windows\Sysnative\lsass.exe",
            r"C:/Windows/System32/lsass.exe",
        ] {
            assert_eq!(same_file(path), r"\windows\system32\lsass.exe", "{path}");
            assert_eq!(bucket(path).unwrap(), r"c:\windows\system32", "{path}");
        }
        // Which letter the volume has is not told, so it cannot tell two files apart.
        for path in [r"D:\Tools\a.exe", r"\Device\HarddiskVolume4\Tools\a.exe", r"\??\E:\tools\A.exe"] {
            assert_eq!(same_file(path), r"\tools\a.exe", "{path}");
        }
        assert_eq!(same_file(r"\\srv\Tools\a.exe"), r"\\srv\tools\a.exe");
        assert_eq!(same_file("/opt/Tools/a"), "/opt/Tools/a");
        assert_eq!(same_file("System"), "system");
    }

    // The table of `location`, as text.
    #[test]
    fn a_directory_is_shown_in_one_form() {
        for (path, directory) in [
            (r"C:\x.exe", r"c:\"),
            (r"D:\Tools\x.exe", r"d:\tools"),
            (r"\Device\HarddiskVolume3\Tools\x.exe", r"*:\tools"),
            (r"\Device\HarddiskVolume3\x.exe", r"*:\"),
            (r"\Device\HarddiskVolume3\Program Files (x86)\A\x.exe", r"c:\program files (x86)\a"),
            (r"C:\PROGRA~2\A\x.exe", r"c:\program files (x86)\a"),
            (r"\\?\UNC\SRV\Tools\x.exe", r"\\*\tools"),
            (r"\\srv.corp.example\c$\Tools\x.exe", r"\\*\c$\tools"),
            (r"\\tsclient\c\x.exe", r"\\tsclient\c"),
            (r"\Device\CdRom0\x.exe", r"\device\cdrom0"),
            (r"bin\x.exe", "bin"),
            ("/usr/bin/bash", "/usr/bin"),
            ("/opt/Tools/a", "/opt/Tools"),
            ("/init", "/"),
        ] {
            assert_eq!(bucket(path).unwrap(), directory, "{path}");
        }
        assert_eq!(bucket("x.exe"), None);
    }

    #[test]
    fn volatile_parts_share_a_bucket() {
        for (path, directory) in [
            (r"C:\Users\Anna\AppData\Local\slack\app-2.6.3\slack.exe", r"c:\users\*\appdata\local\slack\*"),
            (r"\Device\HarddiskVolume3\Users\ben\x.exe", r"c:\users\*"),
            (r"C:\Users\ben\AppData\Local\Temp\7zS1\a\x.exe", r"c:\users\*\appdata\local\temp\*"),
            (r"C:\Windows\Temp\x.exe", r"c:\windows\temp"),
            (r"C:\x\{57BE2C82-9496-64DF-1909-000000000600}\x.exe", r"c:\x\*"),
            (r"C:\Windows\System32\WindowsPowerShell\v1.0\x.exe", r"c:\windows\system32\windowspowershell\*"),
            ("/tmp/build-1/a/x", "/tmp/*"),
            ("/Users/anna/x", "/Users/*"),
            ("/home/anna/bin/x", "/home/*/bin"),
            ("/srv/home/anna/x", "/srv/home/anna"),
            (r"C:\Documents and Settings\anna\x.exe", r"c:\documents and settings\*"),
            (r"C:\Program Files\Java\jdk1.8.0_181\bin\java.exe", r"c:\program files\java\jdk*\bin"),
            (
                r"C:\Program Files\WindowsApps\Microsoft.Paint_10.1906.55.0_x64__8wekyb3d8bbwe\x.exe",
                r"c:\program files\windowsapps\microsoft.paint_*",
            ),
            (
                r"C:\Windows\WinSxS\amd64_a-b_31bf3856ad364e35_10.0.19041.1940_none_0c8a\x.exe",
                r"c:\windows\winsxs\amd64_a-b_31bf3856ad364e35_*",
            ),
            // Two numbers may be a product's name.
            (r"C:\Tools\Qt5.15\x.exe", r"c:\tools\qt5.15"),
        ] {
            assert_eq!(bucket(path).unwrap(), directory, "{path}");
        }
    }

    #[test]
    fn placeholders_are_no_names() {
        for text in ["", " ", "-", "N/A", "<unknown process>", "S-1-5-18"] {
            assert!(is_placeholder(text), "{text}");
        }
        assert!(!is_placeholder("smss.exe"));
    }
}
