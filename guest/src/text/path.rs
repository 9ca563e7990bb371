//! Paths of Windows and Unix, as text: the file name, the directory, and how both are folded.

use std::borrow::Cow;

/// The file name: what follows the last `\` or `/`.
///
/// `C:\Windows\explorer.exe` gives `explorer.exe`; a path that ends in a separator gives the empty
/// string.
#[must_use]
pub fn file_name(path: &str) -> &str {
    path.rfind(['\\', '/']).map_or(path, |at| path.get(at + 1..).unwrap_or_default())
}

/// The directory without its last separator; `None` for a bare file name.
#[must_use]
pub fn directory(path: &str) -> Option<&str> {
    path.rfind(['\\', '/']).and_then(|at| path.get(..at))
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

/// A path with its volatile parts replaced, folded, for counting (SPEC section 1, "bucket").
///
/// Home directories become `c:\users\*`, temporary subdirectories `...\temp\*`, GUIDs and version
/// folders `*`, and any drive letter or volume stands for itself.
#[must_use]
pub fn bucket(directory: &str) -> String {
    let folded = fold(directory);
    let mut out = String::with_capacity(folded.len());
    let mut previous = "";
    for (index, part) in folded.split(['\\', '/']).enumerate() {
        if index > 0 {
            out.push('\\');
        }
        // Below a temporary directory nothing is stable, so the rest is one bucket.
        if previous == "temp" || previous == "tmp" {
            out.push('*');
            return out;
        }
        out.push_str(if previous == "users" || is_volatile(part) { "*" } else { part });
        previous = part;
    }
    out
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_splits_into_directory_and_name() {
        assert_eq!(file_name(r"C:\Windows\explorer.exe"), "explorer.exe");
        assert_eq!(directory(r"C:\Windows\explorer.exe"), Some(r"C:\Windows"));
        assert_eq!(file_name("/usr/bin/bash"), "bash");
        assert_eq!(file_name("System"), "System");
        assert_eq!(directory("System"), None);
    }

    #[test]
    fn volatile_parts_share_a_bucket() {
        assert_eq!(
            bucket(r"C:\Users\Anna\AppData\Local\slack\app-2.6.3"),
            r"c:\users\*\appdata\local\slack\*"
        );
        assert_eq!(bucket(r"C:\Users\ben\AppData\Local\Temp\7zS1"), r"c:\users\*\appdata\local\temp\*");
        assert_eq!(bucket(r"C:\Windows\Temp"), r"c:\windows\temp");
        assert_eq!(bucket(r"C:\x\{57BE2C82-9496-64DF-1909-000000000600}"), r"c:\x\*");
        assert_eq!(
            bucket(r"C:\Windows\System32\WindowsPowerShell\v1.0"),
            r"c:\windows\system32\windowspowershell\*"
        );
    }

    #[test]
    fn placeholders_are_no_names() {
        for text in ["", " ", "-", "N/A", "<unknown process>", "S-1-5-18"] {
            assert!(is_placeholder(text), "{text}");
        }
        assert!(!is_placeholder("smss.exe"));
    }
}
