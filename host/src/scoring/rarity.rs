//! What few hosts did, as JSON.

use serde::Serialize;

use super::as_time;
use crate::runtime::bindings::scoring::Rarity;

/// One row.
#[derive(Debug, Serialize)]
pub struct Rare<'a> {
    /// The file name.
    pub image: &'a str,
    /// The parent, the path or the hash; `null` when stacked by image.
    pub value: Option<&'a str>,
    /// Their names.
    pub hosts: &'a [String],
    /// How often.
    pub executions: u64,
    /// When the image was first seen on these hosts.
    #[serde(serialize_with = "as_time")]
    pub first_seen: i64,
    /// And last.
    #[serde(serialize_with = "as_time")]
    pub last_seen: i64,
}

impl<'a> From<&'a Rarity> for Rare<'a> {
    fn from(row: &'a Rarity) -> Self {
        Self {
            image: &row.image,
            value: row.value.as_deref(),
            hosts: &row.hosts,
            executions: row.executions,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_its_names() {
        let row = Rarity {
            image: "mimikatz.exe".into(),
            value: None,
            executions: 1,
            hosts: vec!["ws1".into()],
            first_seen: 0,
            last_seen: 1000,
        };
        assert_eq!(
            serde_json::to_string(&Rare::from(&row)).unwrap(),
            r#"{"image":"mimikatz.exe","value":null,"hosts":["ws1"],"executions":1,"first_seen":"1970-01-01T00:00:00.000Z","last_seen":"1970-01-01T00:00:01.000Z"}"#
        );
    }
}
