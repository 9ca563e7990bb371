//! What a tenant has taken: counts, and a running hash that tells any two sequences of lines apart.

use std::num::NonZeroU64;

use serde_json::{Map, Value};

/// One tenant's state. Batches leave no trace in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Lines taken, blank ones included.
    pub lines: u64,
    /// JSON objects among them.
    pub recognised: u64,
    /// Lines of other text.
    pub passed: u64,
    /// Lines that begin like a JSON object and are none.
    pub rejected: u64,
    /// FNV-1a over the lines that are not blank, each with a newline after it.
    pub hash: u64,
    /// From which count of lines on every line panics.
    pub panic_after: Option<NonZeroU64>,
    /// Whether it cannot be restored.
    pub bad_restore: bool,
    /// The configuration, its members in the order of their names.
    pub configuration: Map<String, Value>,
    /// Its version, from 1.
    pub configuration_version: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            lines: 0,
            recognised: 0,
            passed: 0,
            rejected: 0,
            hash: FNV_BASIS,
            panic_after: None,
            bad_restore: false,
            configuration: Map::new(),
            configuration_version: 1,
        }
    }
}

/// What a line is.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// Nothing, or blanks.
    Blank,
    /// No JSON object, and no attempt at one.
    Text,
    /// A JSON object.
    Object {
        /// Its member `hostile`, where that is a text.
        hostile: Option<String>,
    },
    /// It begins like a JSON object and is none.
    Broken {
        /// Where that showed, in bytes from 1.
        column: usize,
    },
}

impl State {
    /// Takes a line, given without its newline.
    pub fn take(&mut self, line: &str) -> Line {
        let kind = Line::of(line);
        self.lines += 1;
        match kind {
            Line::Blank => return kind,
            Line::Text => self.passed += 1,
            Line::Object { .. } => self.recognised += 1,
            Line::Broken { .. } => self.rejected += 1,
        }
        self.hash = fnv(fnv(self.hash, line.as_bytes()), b"\n");
        kind
    }

    /// Whether the line taken last is one to panic at.
    #[must_use]
    pub fn is_doomed(&self) -> bool {
        self.panic_after.is_some_and(|lines| self.lines >= lines.get())
    }

    /// Replaces the configuration; returns its version, which rises only when something changes.
    ///
    /// # Errors
    ///
    /// What is wrong with `json`, if it is no JSON object.
    pub fn configure(&mut self, json: &str) -> Result<u64, String> {
        let configuration = serde_json::from_str(json).map_err(|error| error.to_string())?;
        if self.configuration != configuration {
            self.configuration = configuration;
            self.configuration_version += 1;
        }
        Ok(self.configuration_version)
    }

    /// Forgets all but the configuration.
    pub fn forget(&mut self) {
        *self = Self {
            configuration: std::mem::take(&mut self.configuration),
            configuration_version: self.configuration_version,
            ..Self::default()
        };
    }
}

impl Line {
    fn of(line: &str) -> Self {
        let text = line.trim();
        if text.is_empty() {
            return Self::Blank;
        }
        if !text.starts_with('{') {
            return Self::Text;
        }
        match serde_json::from_str::<Map<String, Value>>(line) {
            Ok(object) => {
                Self::Object { hostile: object.get("hostile").and_then(Value::as_str).map(str::to_owned) }
            }
            Err(error) => Self::Broken { column: error.column() },
        }
    }
}

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are of the vectors that the function's authors publish (`test_fnv.c`).
    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv(FNV_BASIS, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv(FNV_BASIS, b"foobar"), 0x8594_4171_f739_67e8);
        let mut state = State::default();
        state.take("chongo was here!");
        assert_eq!(state.hash, 0x4681_0940_eff5_f915, "of `chongo was here!` and a newline");
    }

    #[test]
    fn a_line_is_blank_text_an_object_or_broken() {
        let mut state = State::default();
        assert_eq!(state.take(" \t\r"), Line::Blank);
        assert_eq!(state.hash, FNV_BASIS, "a blank line is counted and nothing else");
        assert_eq!(state.take("<13>su: x"), Line::Text);
        assert_eq!(state.take("{}"), Line::Object { hostile: None });
        assert_eq!(state.take(r#"{"hostile":1}"#), Line::Object { hostile: None });
        assert_eq!(state.take(r#" {"hostile":"loop"}"#), Line::Object { hostile: Some("loop".into()) });
        // The b is where a name in quotes should begin.
        assert_eq!(state.take("{bad"), Line::Broken { column: 2 });
        assert_eq!((state.lines, state.recognised, state.passed, state.rejected), (6, 3, 1, 1));
    }

    #[test]
    fn a_configuration_that_changes_nothing_keeps_its_version() {
        let mut state = State::default();
        assert_eq!(state.configure("{}"), Ok(1));
        assert_eq!(state.configure(r#"{"a":1,"b":2}"#), Ok(2));
        assert_eq!(state.configure(r#"{ "b": 2, "a": 1 }"#), Ok(2));
        assert!(state.configure("[]").is_err());
        state.take("{}");
        state.forget();
        assert_eq!(state.configure(r#"{"a":1,"b":2}"#), Ok(2), "what was forgotten was no configuration");
        assert_eq!(state.lines, 0);
    }
}
