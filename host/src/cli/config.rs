//! The configuration file: TOML for people, the same tree as JSON for the component.
//!
//! What is in it is the component's business; this file knows only the two syntaxes.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Map, Number, Value};

use crate::runtime::Instance;

/// Reads a file and gives it to the instance.
pub(super) fn apply(path: &Path, instance: &mut Instance) -> anyhow::Result<()> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let tree: toml::Table =
        toml::from_str(&text).map_err(|error| syntax(&shown.to_string(), &text, &error))?;
    let json = value("", toml::Value::Table(tree)).with_context(|| shown.to_string())?;
    instance.configure(&json.to_string()).with_context(|| format!("{shown} is not accepted"))?;
    Ok(())
}

/// `file:line:column: message`, on one line.
fn syntax(shown: &str, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let message = error.message().replace('\n', ", ");
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
        toml::Value::Table(entries) => Value::Object(
            entries
                .into_iter()
                .map(|(name, item)| Ok((name.clone(), value(&join(path, &name), item)?)))
                .collect::<anyhow::Result<Map<_, _>>>()?,
        ),
    })
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> anyhow::Result<String> {
        Ok(value("", toml::Value::Table(toml::from_str(text)?))?.to_string())
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
    fn what_json_cannot_say_is_refused_with_its_path() {
        let error = json("[[tags]]\nfactor = nan").unwrap_err();
        assert_eq!(error.to_string(), "tags[0].factor: NaN is no number that can be used");
    }
}
