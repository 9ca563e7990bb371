//! The request of `POST /score`: a process execution, field by field.
//!
//! Read by hand rather than derived: an error names the field and what would be right, in words for
//! people who have never seen Rust's.

use serde_json::{Map, Value};

use crate::runtime::bindings::scoring::Execution;

/// How many elements a list may have.
pub const LONGEST_LIST: usize = 1000;

/// How many characters a text may have: Windows' longest path.
const LONGEST_TEXT: usize = 32_767;

const FIELDS: [&str; 9] = [
    "image",
    "hostname",
    "parent_image",
    "grandparent_image",
    "hash",
    "children",
    "network_ports",
    "environment",
    "record_execution",
];

/// What is asked, and whether it is to be counted.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The execution.
    pub execution: Execution,
    /// `record_execution`.
    pub record: bool,
}

/// Why a profile is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Not JSON; serde's words.
    #[error("the profile is no valid JSON: {0}")]
    Syntax(String),
    /// Longer than a profile may be, in bytes.
    #[error("the profile has {0} bytes, at most 1048576 are allowed")]
    TooLong(u64),
    /// The operating system's words.
    #[error("the profile cannot be read: {0}")]
    Unread(String),
    /// JSON, but no object.
    #[error("a profile is a JSON object such as {{\"image\": \"cmd.exe\"}}")]
    NoObject,
    /// A field that the document does not have.
    #[error("{0}: unknown field, the fields are {known}", known = FIELDS.join(", "))]
    Unknown(String),
    /// A field, and what is wrong with it.
    #[error("{0}: {1}")]
    Field(String, String),
}

impl Profile {
    /// Reads one profile.
    pub fn parse(json: &[u8]) -> Result<Self, ProfileError> {
        Self::of(serde_json::from_slice(json).map_err(|error| ProfileError::Syntax(error.to_string()))?)
    }

    /// Finds the fields of a profile.
    pub fn of(value: Value) -> Result<Self, ProfileError> {
        let Value::Object(object) = value else { return Err(ProfileError::NoObject) };
        if let Some(unknown) = object.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(ProfileError::Unknown(unknown.clone()));
        }
        let text = |name| text(&object, name);
        let image = text("image")?
            .ok_or_else(|| wrong("image", "must be there: a file name, with its path or without"))?;
        Ok(Self {
            execution: Execution {
                image,
                hostname: text("hostname")?,
                parent_image: text("parent_image")?,
                grandparent_image: text("grandparent_image")?,
                hash: text("hash")?,
                children: list(&object, "children", one_text)?,
                network_ports: list(&object, "network_ports", port)?,
                environment: text("environment")?,
            },
            record: match given(&object, "record_execution") {
                None => false,
                Some(Value::Bool(record)) => *record,
                Some(other) => {
                    return Err(wrong(
                        "record_execution",
                        &format!("must be true or false, not {}", shown(other)),
                    ));
                }
            },
        })
    }
}

/// A field's value. `null` is how many programs write that there is none.
fn given<'o>(object: &'o Map<String, Value>, name: &str) -> Option<&'o Value> {
    object.get(name).filter(|value| !value.is_null())
}

fn text(object: &Map<String, Value>, name: &str) -> Result<Option<String>, ProfileError> {
    given(object, name).map(|value| one_text(name, value)).transpose()
}

fn one_text(name: &str, value: &Value) -> Result<String, ProfileError> {
    let Value::String(text) = value else {
        return Err(wrong(name, &format!("must be a text, not {}", shown(value))));
    };
    let length = text.chars().count();
    if text.trim().is_empty() {
        return Err(wrong(name, "must not be empty: leave the field out where nothing is known"));
    }
    if length > LONGEST_TEXT {
        return Err(wrong(name, &format!("has {length} characters, at most {LONGEST_TEXT} are allowed")));
    }
    Ok(text.clone())
}

fn port(name: &str, value: &Value) -> Result<u16, ProfileError> {
    let port = value.as_u64().and_then(|port| u16::try_from(port).ok());
    port.ok_or_else(|| wrong(name, &format!("must be a number from 0 to {}, not {}", u16::MAX, shown(value))))
}

fn list<T>(
    object: &Map<String, Value>,
    name: &str,
    element: fn(&str, &Value) -> Result<T, ProfileError>,
) -> Result<Vec<T>, ProfileError> {
    let Some(value) = given(object, name) else { return Ok(Vec::new()) };
    let Value::Array(values) = value else {
        return Err(wrong(name, &format!("must be a list, not {}", shown(value))));
    };
    if values.len() > LONGEST_LIST {
        let message = format!("has {} elements, at most {LONGEST_LIST} are allowed", values.len());
        return Err(wrong(name, &message));
    }
    values.iter().enumerate().map(|(index, value)| element(&format!("{name}[{index}]"), value)).collect()
}

fn wrong(field: &str, message: &str) -> ProfileError {
    ProfileError::Field(field.into(), message.into())
}

/// A value in a message: short, whatever it is.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
        Value::String(text) if text.chars().count() > 20 => "a text".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        Profile::parse(json.as_bytes()).unwrap_err().to_string()
    }

    /// The document's own request, with values for its placeholders (seed 000, EchoTrail, Scoring API).
    #[test]
    fn the_document_s_fields_are_read() {
        let profile = Profile::parse(
            br#"{"image": "C:\\Windows\\System32\\cmd.exe", "hostname": "ws1", "parent_image": "explorer.exe",
                "grandparent_image": "userinit.exe", "hash": "d41d8cd98f00b204e9800998ecf8427e",
                "children": ["conhost.exe"], "network_ports": [443], "environment": "lab",
                "record_execution": true}"#,
        )
        .unwrap();
        let e = profile.execution;
        assert_eq!(e.image, "C:\\Windows\\System32\\cmd.exe");
        assert_eq!(e.hostname.as_deref(), Some("ws1"));
        assert_eq!(e.parent_image.as_deref(), Some("explorer.exe"));
        assert_eq!(e.grandparent_image.as_deref(), Some("userinit.exe"));
        assert_eq!(e.hash.as_deref(), Some("d41d8cd98f00b204e9800998ecf8427e"));
        assert_eq!((e.children, e.network_ports), (vec!["conhost.exe".to_owned()], vec![443]));
        assert_eq!(e.environment.as_deref(), Some("lab"));
        assert!(profile.record);
    }

    #[test]
    fn only_the_image_must_be_there() {
        let profile = Profile::parse(br#"{"image": "cmd.exe", "hostname": null, "children": null}"#).unwrap();
        assert_eq!((profile.execution.hostname, profile.record), (None, false));
        for json in ["{}", r#"{"image": null}"#, r#"{"hash": "x"}"#] {
            assert_eq!(refused(json), "image: must be there: a file name, with its path or without");
        }
        for json in [r#"{"image": ""}"#, r#"{"image": " "}"#] {
            assert!(refused(json).starts_with("image: must not be empty"), "{json}");
        }
    }

    #[test]
    fn a_wrong_value_is_named_by_its_field() {
        let ports = "must be a number from 0 to 65535, not";
        let cases = [
            (r#""network_ports": [443, 70000]"#, format!("network_ports[1]: {ports} 70000")),
            (r#""network_ports": [-1]"#, format!("network_ports[0]: {ports} -1")),
            (r#""network_ports": ["443"]"#, format!("network_ports[0]: {ports} \"443\"")),
            (r#""network_ports": [4.5]"#, format!("network_ports[0]: {ports} 4.5")),
            (r#""network_ports": 443"#, "network_ports: must be a list, not 443".into()),
            (r#""children": "a.exe""#, "children: must be a list, not \"a.exe\"".into()),
            (r#""children": ["a.exe", 5]"#, "children[1]: must be a text, not 5".into()),
            (r#""hostname": {}"#, "hostname: must be a text, not an object".into()),
            (r#""record_execution": "yes""#, "record_execution: must be true or false, not \"yes\"".into()),
        ];
        for (field, message) in cases {
            assert_eq!(refused(&format!(r#"{{"image": "a.exe", {field}}}"#)), message);
        }
        let unknown = refused(r#"{"image": "a.exe", "Hostname": "x"}"#);
        assert!(
            unknown.starts_with("Hostname: unknown field, the fields are image, hostname, "),
            "{unknown}"
        );
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert!(refused("").starts_with("the profile is no valid JSON: "));
        assert!(refused(r#"{"image": "a"} x"#).starts_with("the profile is no valid JSON: "));
        for json in ["5", "[]", "\"cmd.exe\"", "null"] {
            assert!(refused(json).starts_with("a profile is a JSON object such as {\"image\""), "{json}");
        }
    }

    #[test]
    fn lengths_have_limits() {
        let of = |length: usize| format!(r#"{{"image": "{}"}}"#, "a".repeat(length));
        assert!(Profile::parse(of(32_767).as_bytes()).is_ok());
        assert_eq!(refused(&of(65_536)), "image: has 65536 characters, at most 32767 are allowed");

        let with = |count: usize| {
            let children: Vec<String> = (0..count).map(|n| format!("{n}.exe")).collect();
            serde_json::json!({ "image": "a.exe", "children": children }).to_string()
        };
        assert_eq!(Profile::parse(with(1000).as_bytes()).unwrap().execution.children.len(), 1000);
        assert_eq!(refused(&with(1001)), "children: has 1001 elements, at most 1000 are allowed");
    }
}
