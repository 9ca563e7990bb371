//! ATT&CK ids out of what vendors write: `T1055.001`, `attack.t1055`, `Credential Access`,
//! `CredentialAccess`, `TA0006`. The names are in `data/alerts/attack-tactics.json`.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
struct Tactic {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct File {
    tactics: Vec<Tactic>,
}

static TACTICS: LazyLock<Vec<Tactic>> = LazyLock::new(|| {
    let file = serde_json::from_str(include_str!("../../../data/alerts/attack-tactics.json"));
    file.map(|file: File| file.tactics).unwrap_or_default()
});

/// Every technique id in a text, in upper case.
pub fn techniques(text: &str) -> Vec<String> {
    words(text).filter_map(technique).take(64).collect()
}

/// The tactic's id: of an id, or of a name however it is spelled.
pub fn tactic(text: &str) -> Option<String> {
    if let Some(id) = words(text).find_map(tactic_id) {
        return Some(id);
    }
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphabetic()).map(|c| c.to_ascii_lowercase()).take(64).collect()
    };
    let name = letters(text);
    TACTICS.iter().find(|tactic| letters(&tactic.name) == name).map(|tactic| tactic.id.clone())
}

/// Words of letters and digits, with the dot of a sub-technique.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
}

/// The id at the end of a word: `attack.t1055.001` has a prefix.
fn technique(word: &str) -> Option<String> {
    let word = word.trim_matches('.');
    let word = word.strip_prefix("attack.").unwrap_or(word);
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    let number = word.strip_prefix(['T', 't'])?;
    let (main, sub) = number.split_once('.').unwrap_or((number, ""));
    (digits(main, 4) && (sub.is_empty() || digits(sub, 3))).then(|| word.to_ascii_uppercase())
}

fn tactic_id(word: &str) -> Option<String> {
    let word = word.trim_matches('.');
    let digits =
        word.get(..2).filter(|start| start.eq_ignore_ascii_case("ta")).and_then(|_| word.get(2..))?;
    (digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| word.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_found_in_texts() {
        assert_eq!(
            techniques(
                "seen: t1562.008 - Impair Defenses, attack.t1098, T1078.004; not T10, XT1055 or T1055.1."
            ),
            ["T1562.008", "T1098", "T1078.004"]
        );
        assert_eq!(techniques("https://attack.mitre.org/techniques/T1055/"), ["T1055"]);
    }

    #[test]
    fn a_tactic_has_many_spellings() {
        for text in [
            "Credential Access",
            "credential-access",
            "credential_access",
            "CredentialAccess",
            "ta0006",
            "TA0006 Credential Access",
        ] {
            assert_eq!(tactic(text).as_deref(), Some("TA0006"), "{text}");
        }
        for text in ["", "Malware", "TA06", "access"] {
            assert_eq!(tactic(text), None, "{text}");
        }
        assert_eq!(TACTICS.len(), 14);
    }
}
