//! The alternatives of one attribute, prepared to be compared with many texts.

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use super::wild::Wild;
use super::{Attribute, Value};
use crate::text::{address, path};

/// Which texts answer an attribute's condition. Exact alternatives are looked up, of those with wildcards
/// only such are tried as have their longest part in the text: a thousand cost little more than one.
#[derive(Debug)]
pub struct Pattern {
    /// Folded. The order of a set never leaves this type, so that its hashes need no secret and no answer
    /// depends on them.
    exact: HashSet<String, FixedState>,
    wild: Wild,
}

impl Pattern {
    /// The attribute's alternatives. Exact addresses are brought to the one form of [`address::parse`]: `::1`
    /// and `0:0::1` ask for the same.
    #[must_use]
    pub fn of(attribute: &Attribute) -> Self {
        Self::new(&attribute.values, |text| {
            let address = attribute.name.is_address().then(|| address::parse(text)).flatten();
            address.map_or_else(|| path::fold(text).into_owned(), |address| address.to_string())
        })
    }

    /// Any of these values, as they are.
    pub(super) fn any_of(values: &[Value]) -> Self {
        Self::new(values, |text| path::fold(text).into_owned())
    }

    fn new(values: &[Value], form: impl Fn(&str) -> String) -> Self {
        let (exact, wild): (Vec<_>, Vec<_>) = values.iter().partition(|value| value.as_exact().is_some());
        Self {
            exact: exact.into_iter().filter_map(Value::as_exact).map(form).collect(),
            wild: Wild::new(wild.into_iter().map(Value::parts)),
        }
    }

    /// Whether a text, folded by [`path::fold`], fits an alternative. The empty text stands for what is
    /// not known, and fits none.
    #[must_use]
    pub fn matches(&self, folded: &str) -> bool {
        !folded.is_empty() && (self.exact.contains(folded) || self.wild.fits(folded))
    }

    /// All the texts that fit, folded, each once, in order, where no alternative has a wildcard: an index
    /// can answer them.
    #[must_use]
    pub fn exact(&self) -> Option<impl Iterator<Item = &str>> {
        self.wild.is_empty().then(|| {
            let mut texts: Vec<&str> = self.exact.iter().map(String::as_str).collect();
            texts.sort_unstable();
            texts.into_iter()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{AttributeName, parse};

    fn pattern(attribute: &str) -> Pattern {
        let query = ["process", "network", "host"]
            .into_iter()
            .find_map(|entity| parse(&format!("entity={entity}&attr={attribute}")).ok());
        Pattern::of(&query.unwrap().attributes[0])
    }

    #[test]
    fn alternatives_fit_without_case() {
        let alternatives = pattern("cmd:CMD.exe|*Download*|a%2A*");
        for (text, fits) in [
            ("cmd.EXE", true),
            ("xcmd.exe", false),
            ("iex (New-Object Net.WebClient).DownloadString", true),
            ("A*B", true),
            ("ab", false),
            ("", false),
        ] {
            assert_eq!(alternatives.matches(&path::fold(text)), fits, "{text}");
        }
        assert!(alternatives.exact().is_none());
    }

    #[test]
    fn exact_alternatives_can_be_listed() {
        let alternatives = pattern("cmd:b|A|%2A|a");
        assert_eq!(alternatives.exact().unwrap().collect::<Vec<_>>(), ["*", "a", "b"]);
    }

    #[test]
    fn a_star_alone_fits_what_is_known() {
        let any = pattern("cmd:*");
        assert!(any.matches("x"));
        assert!(!any.matches(""));
        assert!(any.exact().is_none());
    }

    #[test]
    fn an_address_has_many_spellings() {
        for name in ["remote_ip", "local_ip", "host_ip"] {
            let addresses = pattern(&format!("{name}:2001:DB8:0::1|::ffff:192.0.2.7|192.0.2.*"));
            for text in ["2001:db8::1", "192.0.2.7", "192.0.2.9"] {
                assert!(addresses.matches(text), "{name} {text}");
            }
        }
        // A name is no address.
        assert!(!pattern("host_name:2001:DB8:0::1").matches("2001:db8::1"));
    }

    // Σ folds to ς at a word's end, and what follows a wildcard's part is not known.
    #[test]
    fn a_sigma_fits_wherever_it_stands() {
        let part = pattern("cmd:*ΟΔΟΣ*");
        for text in ["ΟΔΟΣ", "ΟΔΟΣ 7", "ΟΔΟΣΑ"] {
            assert!(part.matches(&path::fold(text)), "{text}");
        }
        assert!(pattern("cmd:ΟΔΟΣ").matches(&path::fold("ΟΔΟΣ")));
    }

    // Trying every way would take longer than anybody waits.
    #[test]
    fn many_stars_take_no_longer_than_their_number() {
        let value = Value::pattern(&format!("{}b", "a*".repeat(1000))).unwrap();
        let pattern = Pattern::of(&Attribute { name: AttributeName::Cmd, values: vec![value] });
        assert!(!pattern.matches(&"a".repeat(100_000)));
        assert!(pattern.matches(&format!("{}b", "a".repeat(1000))));
    }
}
