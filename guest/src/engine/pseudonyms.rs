//! Hosts and users under other names: keyed hashes, so that who has the key finds them and nobody else can
//! tell them or try names (SPEC section 1, `--pseudonymise`).
//!
//! The key is never saved, its id is: a state of pseudonyms takes no more records without the key, and a state
//! in clear none with one.

use super::config::Config;
use super::pack::PackKey;
use super::state::State;
use crate::error::Error;
use crate::text::path::fold;

/// Folders below the users' that belong to nobody.
const NOBODYS: [&str; 5] = ["public", "default", "default user", "all users", "shared"];

/// Gives out pseudonyms.
#[derive(Debug, Clone)]
pub struct Pseudonyms {
    key: PackKey,
}

impl Pseudonyms {
    /// Under the key of a configuration, if it has one.
    pub(super) fn of(config: &Config) -> Result<Option<Self>, Error> {
        let Some(hex) = &config.pseudonym_key else { return Ok(None) };
        let wrong = || Error::invalid("pseudonym_key", "must be 16 to 64 bytes in hexadecimal");
        let bytes: Option<Vec<u8>> = (hex.is_ascii() && hex.len() % 2 == 0)
            .then(|| {
                (0..hex.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok())
                    .collect()
            })
            .flatten();
        let key = PackKey::new(&bytes.ok_or_else(wrong)?).map_err(|_| wrong())?;
        Ok(Some(Self { key }))
    }

    /// What names the key.
    pub(super) fn id(&self) -> String {
        self.key.id_text()
    }

    /// A host's name, label by label, so that a short name still begins its FQDN.
    pub(super) fn host(&self, name: &str) -> String {
        let folded = fold(name);
        if folded.is_empty() || folded.parse::<std::net::IpAddr>().is_ok() {
            return self.hashed("h", &folded);
        }
        folded.split('.').map(|label| self.hashed("h", label)).collect::<Vec<String>>().join(".")
    }

    /// A user's name, its domain with it.
    pub(super) fn user(&self, name: &str) -> String {
        self.hashed("u", &fold(name))
    }

    /// A SID; those of the system itself are nobody's.
    pub(super) fn sid(&self, sid: &str) -> String {
        if sid.starts_with("S-1-5-21-") || sid.starts_with("S-1-12-") {
            self.hashed("s", sid)
        } else {
            sid.to_owned()
        }
    }

    /// A path, with the machine of a share and the folder of a user replaced.
    pub(super) fn path(&self, path: &str) -> String {
        self.home(&self.share(path))
    }

    fn share(&self, path: &str) -> String {
        let folded = fold(path);
        // The longest first; `\\?\` and `\\.\` alone name no machine.
        let begin = [r"\\?\unc\", r"\device\mup\", r"\\"].iter().find(|begin| folded.starts_with(**begin));
        let rest = begin.and_then(|begin| path.split_at_checked(begin.len()));
        let named = rest.and_then(|(before, rest)| {
            let (machine, after) = rest.split_at_checked(rest.find('\\')?)?;
            let is_none = matches!(machine, "" | "?" | "." | "tsclient");
            (!is_none).then(|| format!("{before}{}{after}", self.host(machine)))
        });
        named.unwrap_or_else(|| path.to_owned())
    }

    fn home(&self, path: &str) -> String {
        let folded = fold(path).replace('/', "\\");
        let homes = ["\\users\\", "\\home\\", "\\documents and settings\\"];
        let Some(begin) = homes.iter().find_map(|root| Some(folded.find(root)? + root.len())) else {
            return path.to_owned();
        };
        let (Some(before), Some(rest)) = (path.get(..begin), path.get(begin..)) else {
            // Folding moved the bytes: no system's own path does that.
            return folded.split_at_checked(begin).map_or(String::new(), |(before, _)| format!("{before}*"));
        };
        let end = rest.find(['\\', '/']).unwrap_or(rest.len());
        match rest.split_at_checked(end) {
            Some((user, after)) if !user.is_empty() && !NOBODYS.contains(&fold(user).as_ref()) => {
                format!("{before}{}{after}", self.user(user))
            }
            _ => path.to_owned(),
        }
    }

    fn hashed(&self, kind: &str, text: &str) -> String {
        if text.is_empty() { String::new() } else { format!("{kind}{:016x}", self.key.name(kind, text)) }
    }
}

impl State {
    /// Whether records can be taken: without the key of its pseudonyms a state would get names in clear.
    pub(super) fn check_key(&self) -> Result<(), Error> {
        if self.config.pseudonyms.is_some() && self.pseudonyms.is_none() {
            return Err(Error::invalid(
                "pseudonym_key",
                "the state holds pseudonyms, and their key is not given",
            ));
        }
        Ok(())
    }

    /// Whether a state that was saved may be gone on with under the key of this one.
    pub(super) fn check_key_of(&self, saved: &Config, holds_hosts: bool) -> Result<(), Error> {
        match (&saved.pseudonyms, &self.config.pseudonyms) {
            (Some(theirs), Some(ours)) if theirs != ours => {
                Err(Error::invalid("pseudonym_key", "the state's pseudonyms are of another key"))
            }
            (None, Some(_)) if holds_hosts => {
                Err(Error::invalid("pseudonym_key", "the state holds hosts and users in clear"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonyms(key: &str) -> Pseudonyms {
        let config = Config { pseudonym_key: Some(key.repeat(16)), ..Config::default() };
        Pseudonyms::of(&config).unwrap().unwrap()
    }

    #[test]
    fn a_short_name_still_begins_its_fqdn() {
        let names = pseudonyms("0a");
        let (short, long) = (names.host("WS1"), names.host("ws1.Example.org"));
        assert_eq!(long.split('.').next(), Some(short.as_str()));
        assert_eq!(long.split('.').count(), 3);
        assert_ne!(short, pseudonyms("0b").host("WS1"));
        assert!(!names.host("10.0.0.1").contains('.'), "an address is one name");
        assert_eq!(names.host(""), "");
    }

    #[test]
    fn only_a_users_folder_is_replaced() {
        let names = pseudonyms("0a");
        let anna = names.user("anna");
        assert_eq!(names.path(r"C:\Users\Anna\x.exe"), format!(r"C:\Users\{anna}\x.exe"));
        assert_eq!(names.path("/home/anna/x"), format!("/home/{anna}/x"));
        assert_eq!(
            names.path(r"C:\Documents and Settings\anna\x.exe"),
            format!(r"C:\Documents and Settings\{anna}\x.exe")
        );
        let server = names.host("srv.example.org");
        for before in [r"\\", r"\\?\UNC\", r"\Device\Mup\"] {
            let path = names.path(&format!(r"{before}SRV.example.org\Users\anna\x.exe"));
            assert_eq!(path, format!(r"{before}{server}\Users\{anna}\x.exe"));
        }
        assert_eq!(names.path(r"\\?\C:\x.exe"), r"\\?\C:\x.exe");
        for path in [r"C:\Windows\System32\cmd.exe", r"C:\Users\Public\x.exe", "/usr/bin/x", r"C:\Users\"] {
            assert_eq!(names.path(path), path);
        }
    }

    #[test]
    fn the_systems_own_accounts_are_nobody() {
        let names = pseudonyms("0a");
        assert_eq!(names.sid("S-1-5-18"), "S-1-5-18");
        assert!(names.sid("S-1-5-21-1-2-3-1001").starts_with('s'));
    }
}
