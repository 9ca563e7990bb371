//! The members of a JSON object, as they are written.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::json::push_string;

/// The object without the members of this name, the others' values as they are written. `None` if the
/// text is no object.
#[must_use]
pub fn without_member(object: &str, name: &str) -> Option<String> {
    let members: Members<'_> = serde_json::from_str(object.trim_start_matches('\u{feff}')).ok()?;
    let mut out = String::with_capacity(object.len());
    out.push('{');
    for (key, value) in members.0.iter().filter(|(key, _)| key != name) {
        if out.len() > 1 {
            out.push(',');
        }
        push_string(&mut out, key);
        out.push(':');
        out.push_str(value.get());
    }
    out.push('}');
    Some(out)
}

struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Deserialize<'a> for Members<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'a> Visitor<'a> for MembersVisitor {
    type Value = Members<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_as_they_are_written() {
        let object = r#"{"a": 1.50, "begat": {"kind": "x"}, "b" : [1, 2], "be\u0067at": 3, "c": "\u00e4"}"#;
        assert_eq!(without_member(object, "begat").unwrap(), r#"{"a":1.50,"b":[1, 2],"c":"\u00e4"}"#);
        assert_eq!(without_member(r#"{"begat":1}"#, "begat").unwrap(), "{}");
        assert_eq!(without_member("[1]", "begat"), None);
    }
}
