//! File names in records: where they begin, when two are the same, and what is no name at all.

use std::borrow::Cow;

/// Splits a path into its directory (without the separator) and its file name. The directory is `None`
/// for a bare name.
pub(super) fn split(path: &str) -> (Option<&str>, &str) {
    let path = path.trim();
    match memchr::memrchr2(b'\\', b'/', path.as_bytes()) {
        // Separators are ASCII, so both cuts are on character boundaries.
        Some(at) => (path.get(..at), path.get(at + 1..).unwrap_or_default()),
        None => (None, path),
    }
}

/// Whether the path is one of a system with `/` for its root.
pub(super) fn is_unix_path(path: &str) -> bool {
    path.trim_start().starts_with('/')
}

/// The form in which names compare, in `buffer` when it fits.
///
/// Windows never takes a letter outside ASCII for one inside (the Kelvin sign is no `k`), so such a
/// folding is left out: that name is a look-alike, not the same name.
pub(super) fn fold<'a>(name: &'a str, buffer: &'a mut [u8; 64]) -> Cow<'a, [u8]> {
    if name.is_ascii()
        && let Some(target) = buffer.get_mut(..name.len())
    {
        target.copy_from_slice(name.as_bytes());
        target.make_ascii_lowercase();
        return Cow::Borrowed(target);
    }
    Cow::Owned(name.chars().map(fold_char).collect::<String>().into_bytes())
}

fn fold_char(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) if one.is_ascii() == c.is_ascii() => one,
        _ => c,
    }
}

/// Whether a field holds no name: empty, one of the usual fillers, or a bare number (a pid in the
/// wrong field).
pub(super) fn is_placeholder(value: &str) -> bool {
    const FILLERS: [&str; 10] = [
        "-",
        "n/a",
        "?",
        "unknown",
        "<unknown>",
        "<unknown process>",
        "unknown process",
        "null",
        "(null)",
        "none",
    ];
    let value = value.trim();
    // No filler is longer; the common case, a path, is out at once.
    if value.len() > 17 {
        return false;
    }
    let hex = value.strip_prefix("0x").or(value.strip_prefix("0X"));
    value.is_empty()
        || FILLERS.iter().any(|filler| value.eq_ignore_ascii_case(filler))
        || value.bytes().all(|b| b.is_ascii_digit())
        || hex.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether a field holds a SID, such as `S-1-5-18`.
pub(super) fn is_sid(value: &str) -> bool {
    let value = value.trim();
    let rest = value.strip_prefix("S-1-").or(value.strip_prefix("s-1-"));
    rest.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-')
    })
}

/// Whether one component of a path is an 8.3 name that Windows made up: `PROGRA~1`, `TRUSTE~1.EXE`.
pub(super) fn is_short(component: &str) -> bool {
    let (stem, extension) = component.split_once('.').unwrap_or((component, ""));
    let Some((head, number)) = stem.rsplit_once('~') else {
        return false;
    };
    stem.len() <= 8
        && extension.len() <= 3
        && !head.is_empty()
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(name: &str) -> Vec<u8> {
        fold(name, &mut [0; 64]).into_owned()
    }

    #[test]
    fn a_path_splits_at_its_last_separator() {
        assert_eq!(split(r"C:\Windows\explorer.exe"), (Some(r"C:\Windows"), "explorer.exe"));
        assert_eq!(split("C:/Windows/explorer.exe"), (Some("C:/Windows"), "explorer.exe"));
        assert_eq!(split("explorer.exe"), (None, "explorer.exe"));
        assert_eq!(split(r"C:\Windows\"), (Some(r"C:\Windows"), ""));
        assert_eq!(split(""), (None, ""));
    }

    #[test]
    fn names_fold_in_and_outside_ascii_but_never_across() {
        assert_eq!(folded("SVCHOST.exe"), b"svchost.exe");
        assert_eq!(folded("BÜCHER.EXE"), "bücher.exe".as_bytes());
        assert_eq!(folded("tas\u{212a}host.exe"), "tas\u{212a}host.exe".as_bytes());
        assert_eq!(folded("İ"), "İ".as_bytes());
        let long = "A".repeat(300);
        assert_eq!(folded(&long), "a".repeat(300).as_bytes());
    }

    // Complaint 1 of the specification.
    #[test]
    fn placeholders_and_sids_are_no_names() {
        for value in ["", " ", "-", "N/A", "<unknown process>", "0x4", "1234", "NULL"] {
            assert!(is_placeholder(value), "{value}");
            assert!(!is_sid(value), "{value}");
        }
        for value in ["S-1-5-18", "s-1-5-21-1-2-3-500"] {
            assert!(is_sid(value), "{value}");
        }
        for value in ["svchost.exe", "S-1-x.exe", "S-1-", "7z.exe", "System", "unknown.exe"] {
            assert!(!is_placeholder(value) && !is_sid(value), "{value}");
        }
    }

    #[test]
    fn short_names_are_told_from_names_with_a_tilde() {
        for value in ["PROGRA~1", "TRUSTE~1.EXE", "a~12.x"] {
            assert!(is_short(value), "{value}");
        }
        for value in ["$WINDOWS.~BT", "~1", "PROGRA~", "LONGNAME~1", "a~1.json", "backup~old"] {
            assert!(!is_short(value), "{value}");
        }
    }
}
