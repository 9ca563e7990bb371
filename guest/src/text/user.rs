//! Names of users and mailboxes in one form (SPEC section 0).

use super::domain;

/// Accounts that every machine has, as names; the table of their translations is in [`SYSTEM_DOMAINS`].
const BUILT_IN: [&str; 8] = [
    "system",
    "local service",
    "network service",
    "anonymous logon",
    "localsystem",
    "local system",
    "localservice",
    "networkservice",
];

/// Domains that only built-in accounts have: English and the translations known to Windows' own documents.
const SYSTEM_DOMAINS: [&str; 6] =
    ["nt authority", "nt-autorität", "autorite nt", "autoridade nt", "font driver host", "window manager"];

/// What sensors write where they know no user.
const NOBODY: [&str; 12] = [
    "",
    "-",
    "?",
    "n/a",
    "na",
    "none",
    "null",
    "(null)",
    "unknown",
    "(no user)",
    "multiple",
    "no authentication required",
];

/// A SID, or the folded `domain\name`; a UPN stays as it is, folded. `None` for accounts that everybody
/// has, and for machines' own.
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > 256 || text.contains(|c: char| c.is_control()) {
        return None;
    }
    if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("s-1-")) {
        return sid(text);
    }
    let folded = text.to_lowercase();
    let (domain, name) = folded.rsplit_once('\\').unwrap_or(("", &folded));
    let (domain, name) = (domain.trim(), name.trim());
    let local = name.split_once('@').map_or(name, |(local, _)| local);
    if NOBODY.contains(&name)
        || SYSTEM_DOMAINS.contains(&domain)
        || local.ends_with('$')
        || name.starts_with('<')
    {
        return None;
    }
    if BUILT_IN.contains(&name) || numbered(name, "dwm-") || numbered(name, "umfd-") {
        return None;
    }
    // A dot is the machine's own name for itself.
    if domain.is_empty() || domain == "." { Some(name.to_owned()) } else { Some(format!("{domain}\\{name}")) }
}

/// An e-mail address in lower case, its domain in its one form; also out of `Name <a@b>`.
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let text = match (text.rfind('<'), text.strip_suffix('>')) {
        (Some(start), Some(inner)) => inner.get(start + 1..)?,
        _ => text,
    };
    let (local, at) = text.trim().rsplit_once('@')?;
    let is_local = (1..=64).contains(&local.len())
        && !local.contains(|c: char| c.is_whitespace() || c.is_control() || "<>@\"\\,;:".contains(c));
    let domain = domain::canonical(at).filter(|_| is_local)?;
    Some(format!("{}@{domain}", local.to_lowercase()))
}

/// A SID in upper case, unless it is everybody's: nobody, everyone, the logon kinds, the system's own
/// accounts, the window managers' and font drivers'.
fn sid(text: &str) -> Option<String> {
    let sid = text.to_ascii_uppercase();
    let is_sid = sid.len() > 6
        && sid.split('-').skip(1).all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let short = ["S-1-0-0", "S-1-1-0", "S-1-5-7", "S-1-5-18", "S-1-5-19", "S-1-5-20"];
    let long = ["S-1-5-90-", "S-1-5-96-"];
    (is_sid && !short.contains(&&*sid) && !long.iter().any(|prefix| sid.starts_with(prefix))).then_some(sid)
}

fn numbered(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_user_has_one_form() {
        for (text, form) in [
            (r"CORP\Anna", r"corp\anna"),
            ("Anna@Corp.Example", "anna@corp.example"),
            (r".\Ben", "ben"),
            ("Ben", "ben"),
            ("s-1-5-21-1-2-3-500", "S-1-5-21-1-2-3-500"),
            ("root", "root"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(form), "{text}");
        }
    }

    #[test]
    fn accounts_that_everybody_has_are_refused() {
        for text in [
            "",
            "-",
            "N/A",
            "S-1-5-18",
            "S-1-5-19",
            "S-1-5-20",
            "S-1-5-7",
            "S-1-5-90-0-1",
            "S-1-5-96-0-0",
            "S-1-",
            "S-1-5-x",
            r"NT AUTHORITY\SYSTEM",
            r"NT-AUTORITÄT\NETZWERKDIENST",
            "ANONYMOUS LOGON",
            r"NT AUTHORITY\ANONYMOUS LOGON",
            "SYSTEM",
            "DWM-1",
            r"Window Manager\DWM-3",
            "UMFD-0",
            r"Font Driver Host\UMFD-1",
            "WS7$",
            r"CORP\WS7$",
            "ws7$@corp.example",
            "<violet>",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
        assert_eq!(canonical("dwm-analyst").as_deref(), Some("dwm-analyst"));
    }

    #[test]
    fn a_mailbox_has_one_form() {
        for (text, form) in [
            ("Anna@Example.TEST", "anna@example.test"),
            ("Anna Exe <anna@example.test>", "anna@example.test"),
            ("<id+1=x@example.test>", "id+1=x@example.test"),
            ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ] {
            assert_eq!(email(text).as_deref(), Some(form), "{text}");
        }
        for text in ["", "anna", "@example.test", "anna@", "anna@host", "a b@example.test", "a@b@"] {
            assert_eq!(email(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_form_is_its_own_form(text in "\\PC{0,40}") {
            if let Some(form) = canonical(&text) {
                prop_assert_eq!(canonical(&form), Some(form));
            }
            if let Some(form) = email(&text) {
                prop_assert_eq!(email(&form), Some(form));
            }
        }
    }
}
