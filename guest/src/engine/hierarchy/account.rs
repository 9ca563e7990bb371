//! Who a process runs as, where that is sure: by SID, or by what Windows calls its own accounts.
//!
//! Their names are translated, and anybody may name his account like theirs. So a name that
//! `data/hierarchy/accounts.json` does not have says nothing, and neither does a record whose SID and name do
//! not go together: some shippers write the sensor's own SID beside the process's user.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::Deserialize;

use super::name::is_sid;
use super::part::Groups;
use crate::text::path::fold;

/// `data/hierarchy/accounts.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the file explains itself; only its rows are looked into")]
struct File {
    name: String,
    description: String,
    sources: std::collections::BTreeMap<String, String>,
    rows: Vec<Row>,
    numbered: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    sid: String,
    names: Groups,
}

/// One name of an account, folded.
#[derive(Debug)]
struct Named {
    domain: String,
    name: String,
    sid: String,
    /// The name goes on with `-` and a number, and so does the SID: `DWM-3`, `S-1-5-90-0-3`.
    numbered: bool,
}

/// A file that does not parse would make every user unknown; a test sees to it that this cannot be.
static NAMED: LazyLock<Vec<Named>> = LazyLock::new(|| {
    let Ok(File { rows, numbered, .. }) = parse() else { return Vec::new() };
    let rows = rows.iter().map(|row| (row, false)).chain(numbered.iter().map(|row| (row, true)));
    rows.flat_map(|(row, numbered)| {
        row.names.iter().filter_map(move |name| {
            let (domain, name) = name.split_once('\\')?;
            let [domain, name] = [domain, name].map(|text| fold(text).into_owned());
            Some(Named { domain, name, sid: row.sid.clone(), numbered })
        })
    })
    .collect()
});

fn parse() -> Result<File, serde_json::Error> {
    serde_json::from_str(include_str!("../../../data/hierarchy/accounts.json"))
}

/// The SID of an account that every Windows has, by its name in some language.
pub(in crate::engine) fn sid_of(domain: &str, name: &str) -> Option<Cow<'static, str>> {
    let mut of_domain = NAMED.iter().filter(|row| same(&row.domain, domain)).peekable();
    // Nearly every user is a person, whose domain is none of these.
    of_domain.peek()?;
    of_domain.find_map(|row| {
        if !row.numbered {
            return same(&row.name, name).then_some(Cow::Borrowed(row.sid.as_str()));
        }
        let (base, number) = name.rsplit_once('-')?;
        let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        (is_number && same(&row.name, base)).then(|| Cow::Owned(format!("{}-{number}", row.sid)))
    })
}

/// The SID that a record surely means: of its SID and its user one, or both if they go together.
pub(in crate::engine) fn surely<'r>(
    sid: Option<&'r str>,
    user: Option<(&str, &str)>,
) -> Option<Cow<'r, str>> {
    let named = user.and_then(|(domain, name)| sid_of(domain, name));
    let Some(sid) = sid.filter(|sid| is_sid(sid)) else { return named };
    let agree = match (named, user) {
        (Some(named), _) => named.eq_ignore_ascii_case(sid),
        (None, Some((domain, name))) => is_own(domain, name) || !is_systems(sid),
        (None, None) => true,
    };
    agree.then_some(Cow::Borrowed(sid))
}

/// SYSTEM goes by the machine's name too, and some sensors leave its domain out.
fn is_own(domain: &str, name: &str) -> bool {
    name.ends_with('$') || (domain.is_empty() && NAMED.iter().any(|row| same(&row.name, name)))
}

fn is_systems(sid: &str) -> bool {
    NAMED.iter().any(|row| !row.numbered && row.sid.eq_ignore_ascii_case(sid))
}

/// What an observation's user is: a SID, or `DOMAIN\name` that means one.
pub(super) fn resolve(user: &str) -> Option<Cow<'_, str>> {
    if is_sid(user) {
        return Some(Cow::Borrowed(user.trim()));
    }
    let (domain, name) = user.trim().split_once('\\')?;
    sid_of(domain, name)
}

/// How a user compares with a row's: SIDs, or with `-*` at the end all that begin so.
pub(super) fn is_among(sid: &str, expected: &[String]) -> Option<bool> {
    let begins = |text: &str, with: &str| {
        text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
            && text.get(with.len()..).is_some_and(|rest| rest.starts_with('-'))
    };
    let is_right = |one: &String| match one.strip_suffix("-*") {
        Some(start) => begins(sid, start) || sid.eq_ignore_ascii_case(start),
        None => one.eq_ignore_ascii_case(sid),
    };
    if expected.iter().any(is_right) {
        return Some(true);
    }
    // Of a pseudonym only the beginning is known.
    if expected.iter().any(|one| begins(one, sid)) { None } else { Some(false) }
}

/// `folded` is in lower case.
fn same(folded: &str, text: &str) -> bool {
    if folded.is_ascii() || text.is_ascii() {
        folded.eq_ignore_ascii_case(text)
    } else {
        fold(text) == folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_sids_and_sources_that_are_explained() {
        let file = parse().unwrap();
        for row in file.rows.iter().chain(&file.numbered) {
            assert!(is_sid(&row.sid));
            assert!(row.names.sources().all(|source| file.sources.contains_key(source)), "{}", row.sid);
        }
        let names: usize = file.rows.iter().chain(&file.numbered).map(|row| row.names.iter().count()).sum();
        assert_eq!(NAMED.len(), names, "each has a domain");
    }

    // Microsoft's tables of SIDs and of translated names.
    #[test]
    fn the_systems_accounts_are_known_by_their_translations() {
        for (domain, name, sid) in [
            ("NT AUTHORITY", "SYSTEM", "S-1-5-18"),
            ("NT-Autorität", "System", "S-1-5-18"),
            ("NT-AUTORITÄT", "Lokaler Dienst", "S-1-5-19"),
            ("Autorite NT", "service réseau", "S-1-5-20"),
            ("Window Manager", "DWM-3", "S-1-5-90-0-3"),
            ("Font Driver Host", "UMFD-0", "S-1-5-96-0-0"),
        ] {
            assert_eq!(sid_of(domain, name).as_deref(), Some(sid), "{name}");
        }
        for (domain, name) in
            [("CORP", "SYSTEM"), ("", "SYSTEM"), ("NT AUTHORITY", "IUSR"), ("Window Manager", "DWM-x")]
        {
            assert_eq!(sid_of(domain, name), None, "{name}");
        }
    }

    #[test]
    fn a_sid_and_a_name_that_do_not_go_together_are_nobody() {
        let system = Some(("NT AUTHORITY", "SYSTEM"));
        let anna = Some(("CORP", "anna"));
        let sure = |sid, user| surely(sid, user).map(Cow::into_owned);
        for (sid, user, of) in [
            (Some("S-1-5-18"), system, Some("S-1-5-18")),
            (None, system, Some("S-1-5-18")),
            (Some("S-1-5-18"), Some(("CORP", "WS1$")), Some("S-1-5-18")),
            (Some("S-1-5-18"), Some(("", "SYSTEM")), Some("S-1-5-18")),
            (Some("S-1-5-18"), None, Some("S-1-5-18")),
            (Some("S-1-5-21-1-2-3-1001"), anna, Some("S-1-5-21-1-2-3-1001")),
            // Winlogbeat's user.id is the sensor's own.
            (Some("S-1-5-18"), anna, None),
            (Some("S-1-5-21-1-2-3-1001"), system, None),
            (None, anna, None),
            (Some("1000"), anna, None),
        ] {
            assert_eq!(sure(sid, user).as_deref(), of, "{sid:?} {user:?}");
        }
    }

    #[test]
    fn a_sid_compares_as_a_whole_or_by_its_beginning() {
        let expected = ["S-1-5-18".to_owned(), "S-1-5-90-0-*".to_owned(), "S-1-5-21-1-2-3-500".to_owned()];
        for (sid, is) in [
            ("s-1-5-18", Some(true)),
            ("S-1-5-90-0-12", Some(true)),
            ("S-1-5-90-01", Some(false)),
            ("S-1-5-180", Some(false)),
            ("S-1-5-21-1-2-3-501", Some(false)),
            ("S-1-5-21", None),
        ] {
            assert_eq!(is_among(sid, &expected), is, "{sid}");
        }
    }
}
