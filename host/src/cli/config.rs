//! The configuration file: TOML for people, the same tree as JSON for the component.
//!
//! What is in it is the component's business; this file knows only the two syntaxes.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Map, Number, Value};

use super::terminal;
use crate::runtime::Instance;

/// What an instance is configured with at its birth: a hash seed of its own, and the key of its pseudonyms if it is
/// to give any.
pub(super) fn birth(key: Option<&[u8]>) -> String {
    let mut tree = Map::new();
    if let Some(key) = key {
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        tree.insert("pseudonym_key".into(), hex.into());
    }
    seeded(tree).to_string()
}

/// Reads a file and asks something of it as JSON; what is refused is said of the file.
pub(super) fn ask<T, E>(path: &Path, ask: impl FnOnce(&str) -> Result<T, E>) -> anyhow::Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let tree = Value::Object(read(path)?);
    ask(&tree.to_string()).with_context(|| format!("{} is not accepted", terminal::path(path)))
}

/// The same, for an instance that reads files for one question.
pub(super) fn ask_for_files<T, E>(path: &Path, ask: impl FnOnce(&str) -> Result<T, E>) -> anyhow::Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let tree = with_all_kept(read(path)?);
    ask(&tree.to_string()).with_context(|| format!("{} is not accepted", terminal::path(path)))
}

/// What such an instance is configured with at its birth.
pub(super) fn for_files(birth: &str) -> String {
    match serde_json::from_str(birth) {
        Ok(Value::Object(tree)) => with_all_kept(tree).to_string(),
        _ => birth.to_owned(),
    }
}

/// Whoever names files wants to know of all that is in them, however old it is beside the latest: unless the
/// configuration says how long events are kept, they are for ever.
fn with_all_kept(mut tree: Map<String, Value>) -> Value {
    let causality = tree.entry("causality").or_insert_with(|| Value::Object(Map::new()));
    if let Some(causality) = causality.as_object_mut() {
        causality.entry("keep").or_insert_with(|| "forever".into());
    }
    Value::Object(tree)
}

/// The same, or the default, for an instance that counts a baseline: it keeps all that it is told.
pub(super) fn for_counting(path: Option<&Path>, instance: &mut Instance) -> anyhow::Result<()> {
    // What is wrong in the file is said of the file.
    let mut tree = match path {
        Some(path) => {
            ask(path, |json| instance.configure(json))?;
            read(path)?
        }
        None => Map::new(),
    };
    let unbounded = u64::from(u32::MAX);
    let kept = [
        ("limits", "processes", Value::from(unbounded)),
        ("limits", "values", Value::from(unbounded)),
        ("limits", "counts", Value::from(unbounded)),
        ("limits", "hosts", Value::from(unbounded)),
        ("prevalence", "ageing", Value::from(false)),
    ];
    for (table, entry, value) in kept {
        let table = tree.entry(table).or_insert_with(|| Value::Object(Map::new()));
        if let Some(table) = table.as_object_mut() {
            table.insert(entry.into(), value);
        }
    }
    instance.configure(&seeded(tree).to_string())?;
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Map<String, Value>> {
    let shown = terminal::path(path);
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let tree: toml::Table = toml::from_str(&text).map_err(|error| syntax(&shown, &text, &error))?;
    entries("", tree).with_context(|| shown.clone())
}

/// With a secret seed, where the file chooses none. Records are written by others: who knew how the
/// component's tables hash could fill one place of them and make every look-up long.
fn seeded(mut tree: Map<String, Value>) -> Value {
    // The standard library keys each of these with randomness of the operating system.
    tree.entry("hash_seed").or_insert_with(|| RandomState::new().hash_one(()).into());
    Value::Object(tree)
}

/// `file:line:column: message`, on one line.
fn syntax(shown: &str, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let mut message = error.message().replace('\n', ", ");
    // The parser's words for a number that TOML does not have.
    if message.contains(" as i128, expected ") || message.contains("u64 value was too large") {
        message = format!("whole numbers go from {} to {}", i64::MIN, i64::MAX);
    }
    anyhow::anyhow!("{shown}:{line}:{column}: this is no valid TOML: {message}")
}

fn value(path: &str, toml: toml::Value) -> anyhow::Result<Value> {
    Ok(match toml {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::Number(number.into()),
        toml::Value::Float(number) => match Number::from_f64(number) {
            Some(number) => Value::Number(number),
            None => bail!("{path}: {number} is no number that can be used"),
        },
        toml::Value::Boolean(boolean) => Value::Bool(boolean),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| value(&format!("{path}[{index}]"), item))
            .collect::<anyhow::Result<_>>()?,
        toml::Value::Table(table) => Value::Object(entries(path, table)?),
    })
}

fn entries(path: &str, table: toml::Table) -> anyhow::Result<Map<String, Value>> {
    table
        .into_iter()
        .map(|(name, item)| {
            let item = value(&join(path, &name), item)?;
            Ok((name, item))
        })
        .collect()
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> anyhow::Result<String> {
        Ok(Value::Object(entries("", toml::from_str(text)?)?).to_string())
    }

    #[test]
    fn a_tree_stays_what_it_is() {
        let toml =
            "since = 2026-01-31T12:00:00Z\n[limits]\nprocesses = 5\n[[tags]]\nname = 'a'\nfactor = 1.4";
        let expected =
            r#"{"limits":{"processes":5},"since":"2026-01-31T12:00:00Z","tags":[{"factor":1.4,"name":"a"}]}"#;
        let parsed: Value = serde_json::from_str(&json(toml).unwrap()).unwrap();
        assert_eq!(parsed, serde_json::from_str::<Value>(expected).unwrap());
    }

    #[test]
    fn a_seed_is_random_unless_the_file_has_one() {
        let seed =
            |text: &str| seeded(entries("", toml::from_str(text).unwrap()).unwrap())["hash_seed"].clone();
        assert_eq!(seed("hash_seed = 7"), 7);
        assert!(seed("").is_u64());
        assert_ne!(seed(""), seed(""));
    }

    #[test]
    fn of_files_that_are_read_for_a_question_all_is_kept_unless_the_configuration_says_how_long() {
        let tree = |text: &str| with_all_kept(entries("", toml::from_str(text).unwrap()).unwrap());
        assert_eq!(tree("")["causality"]["keep"], "forever");
        assert_eq!(
            tree("[causality]\ntolerance = 9")["causality"],
            serde_json::json!({"keep": "forever", "tolerance": 9})
        );
        assert_eq!(tree("[causality]\nkeep = '12h'")["causality"]["keep"], "12h");
        let born: Value = serde_json::from_str(&for_files(r#"{"hash_seed":7}"#)).unwrap();
        assert_eq!(born, serde_json::json!({"causality": {"keep": "forever"}, "hash_seed": 7}));
    }

    #[test]
    fn a_number_that_toml_does_not_have_is_told_with_its_place() {
        for number in ["9223372036854775808", "99999999999999999999", "-9223372036854775809"] {
            let text = format!("\nhash_seed = {number}");
            let error = toml::from_str::<toml::Table>(&text).unwrap_err();
            assert_eq!(
                syntax("f.toml", &text, &error).to_string(),
                "f.toml:2:13: this is no valid TOML: whole numbers go from -9223372036854775808 to 9223372036854775807"
            );
        }
    }

    #[test]
    fn a_decimal_stays_as_it_is_written() {
        let toml = "[sources.darktrace]\nmultiplier = 1.0\naction = { actioned = 0.1, unknown = 1.4, unactioned = 9.999 }";
        assert_eq!(
            json(toml).unwrap(),
            r#"{"sources":{"darktrace":{"action":{"actioned":0.1,"unactioned":9.999,"unknown":1.4},"multiplier":1.0}}}"#
        );
    }

    #[test]
    fn what_json_cannot_say_is_refused_with_its_path() {
        let error = json("[[tags]]\nfactor = nan").unwrap_err();
        assert_eq!(error.to_string(), "tags[0].factor: NaN is no number that can be used");
        for infinite in ["inf", "-inf"] {
            let error =
                json(&format!("[sources.darktrace]\naction = {{ unknown = {infinite} }}")).unwrap_err();
            let error = error.to_string();
            assert!(error.starts_with("sources.darktrace.action.unknown: "), "{error}");
            assert!(error.ends_with("inf is no number that can be used"), "{error}");
        }
    }
}
