//! Whether something was done: words of many vendors, in `data/alerts/actions.json` with a source each.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::ActionCategory;

#[derive(Deserialize)]
struct File {
    rows: Vec<Row>,
    negations: Negations,
}

#[derive(Deserialize)]
struct Row {
    /// How a word begins.
    begins: Option<String>,
    /// The word as a whole, where its beginning says something else: a login is no log.
    word: Option<String>,
    category: ActionCategory,
}

impl Row {
    fn is(&self, word: &str) -> bool {
        self.begins.as_deref().is_some_and(|begins| word.starts_with(begins))
            || self.word.as_deref() == Some(word)
    }
}

#[derive(Deserialize)]
struct Negations {
    words: Vec<String>,
}

static FILE: LazyLock<Option<File>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../data/alerts/actions.json")).ok());

/// The category of an action as a vendor words it; `None` for words that the table does not have.
///
/// A remedy counts before a detection (`detected and blocked`), a remedy that is negated as none (`not
/// quarantined`, `would have blocked`).
pub fn category(text: &str) -> Option<ActionCategory> {
    let file = FILE.as_ref()?;
    let text: String = text.chars().take(256).flat_map(char::to_lowercase).collect();
    let words = || text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let says =
        |category| words().any(|word| file.rows.iter().any(|row| row.category == category && row.is(word)));
    let negated = || words().any(|word| file.negations.words.iter().any(|negation| negation == word));
    if says(ActionCategory::Actioned) {
        Some(if negated() { ActionCategory::Unactioned } else { ActionCategory::Actioned })
    } else if says(ActionCategory::Unactioned) {
        Some(ActionCategory::Unactioned)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn words_of_vendors_have_a_category() {
        use ActionCategory::{Actioned, Unactioned};
        for (text, is) in [
            ("Blocked", Some(Actioned)),
            ("reset-both", Some(Actioned)),
            ("Drop", Some(Actioned)),
            ("quarantined and deleted", Some(Actioned)),
            ("detected and blocked", Some(Actioned)),
            ("quarantine failed", Some(Unactioned)),
            ("would have blocked", Some(Unactioned)),
            ("Detect", Some(Unactioned)),
            ("detectOnly", Some(Unactioned)),
            ("allowed", Some(Unactioned)),
            ("passthrough", Some(Unactioned)),
            ("updated", None),
            ("password changed", None),
            ("logged-in", None),
            ("", None),
        ] {
            assert_eq!(category(text), is, "{text}");
        }
    }

    #[test]
    fn every_row_has_a_source() {
        let file: Value = serde_json::from_str(include_str!("../../../data/alerts/actions.json")).unwrap();
        let rows = file["rows"].as_array().unwrap();
        assert!(rows.iter().all(|row| !row["source"].as_str().unwrap().is_empty()));
        assert!(rows.iter().all(|row| row["begins"].is_string() != row["word"].is_string()));
        assert_eq!(FILE.as_ref().unwrap().rows.len(), rows.len());
    }
}
