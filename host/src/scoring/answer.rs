//! The answer to a profile: the document's blocks of integers, and beside them on request what every
//! number rests on.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::time;
use crate::runtime::bindings::scoring::{Answer, Block, FieldScore, Interval, Scope};

/// An answer as JSON, with the member `detail` or without.
#[derive(Debug)]
pub struct Answered<'a> {
    /// The component's.
    pub answer: &'a Answer,
    /// Whether counts, weights, intervals and times are told.
    pub detail: bool,
}

impl Serialize for Answered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("echotrail_score", &self.answer.echotrail_score)?;
        for block in &self.answer.blocks {
            map.serialize_entry(scope_name(block.scope), &Scores(block))?;
        }
        if self.detail {
            map.serialize_entry("detail", &Detail(&self.answer.blocks))?;
        }
        map.end()
    }
}

/// A scope's name in the document.
#[must_use]
pub fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Global => "global",
        Scope::Customer => "customer",
        Scope::Environment => "environment",
        Scope::Host => "host",
    }
}

/// A block of the document.
struct Scores<'a>(&'a Block);

impl Serialize for Scores<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("rank", &self.0.rank)?;
        map.serialize_entry("host_prev", &self.0.host_prev)?;
        map.serialize_entry("overall_score", &self.0.overall_score)?;
        for field in &self.0.fields {
            map.serialize_entry(&format!("{}_score", field.field), &field.score)?;
        }
        map.end()
    }
}

/// The blocks again, explained.
struct Detail<'a>(&'a [Block]);

impl Serialize for Detail<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for block in self.0 {
            map.serialize_entry(scope_name(block.scope), &Explained::of(block))?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Explained<'a> {
    seen: bool,
    first_seen: Option<String>,
    last_seen: Option<String>,
    learning: bool,
    weight: f64,
    executions: u64,
    images: u64,
    host_prev: HostPrevalence,
    prevalence: Prevalence,
    fields: Fields<'a>,
}

#[derive(Serialize)]
struct HostPrevalence {
    numerator: u64,
    denominator: u64,
    interval: [f64; 2],
}

#[derive(Serialize)]
struct Prevalence {
    value: f64,
    weight: f64,
}

impl<'a> Explained<'a> {
    fn of(block: &'a Block) -> Self {
        Self {
            seen: block.executions > 0,
            first_seen: block.first_seen.map(time),
            last_seen: block.last_seen.map(time),
            learning: block.learning,
            weight: block.weight,
            executions: block.executions,
            images: block.images,
            host_prev: HostPrevalence {
                numerator: block.hosts,
                denominator: block.scope_hosts,
                interval: percent(block.interval),
            },
            prevalence: Prevalence { value: rounded(block.prevalence), weight: block.prevalence_weight },
            fields: Fields(&block.fields),
        }
    }
}

struct Fields<'a>(&'a [FieldScore]);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for field in self.0 {
            map.serialize_entry(&format!("{}_score", field.field), &Field::of(field))?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Field<'a> {
    numerator: u64,
    denominator: u64,
    hosts: u64,
    known_hosts: u64,
    weight: f64,
    interval: [f64; 2],
    learning: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    elements: Vec<Element<'a>>,
}

#[derive(Serialize)]
struct Element<'a> {
    value: &'a str,
    score: u8,
    numerator: u64,
    denominator: u64,
    hosts: u64,
}

impl<'a> Field<'a> {
    fn of(field: &'a FieldScore) -> Self {
        let element = |e: &'a crate::runtime::bindings::scoring::Element| Element {
            value: &e.value,
            score: e.score,
            numerator: e.count,
            denominator: e.known,
            hosts: e.hosts,
        };
        Self {
            numerator: field.count,
            denominator: field.known,
            hosts: field.hosts,
            known_hosts: field.known_hosts,
            weight: field.weight,
            interval: percent(field.interval),
            learning: field.learning,
            minimum: field.minimum,
            elements: field.elements.iter().map(element).collect(),
        }
    }
}

fn percent(interval: Interval) -> [f64; 2] {
    [rounded(interval.low), rounded(interval.high)]
}

/// Two decimals: more would claim what no count of executions can know.
fn rounded(percent: f64) -> f64 {
    (percent * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::bindings::scoring;

    /// Seen 20 times on 1 of 4 hosts, 19 times from the path asked for; one of two children never.
    fn answer() -> Answer {
        let interval = Interval { low: 76.387, high: 99.114 };
        let field = FieldScore {
            field: "path".into(),
            score: 95,
            count: 19,
            known: 20,
            hosts: 1,
            known_hosts: 1,
            weight: 1.0,
            interval,
            learning: true,
            elements: vec![],
            minimum: None,
        };
        let element = |value: &str, score, count| scoring::Element {
            value: value.into(),
            score,
            count,
            known: 20,
            hosts: count.min(1),
        };
        let children = FieldScore {
            field: "children".into(),
            score: 50,
            count: 0,
            elements: vec![element("a.exe", 100, 20), element("b.exe", 0, 0)],
            minimum: Some(0),
            ..field.clone()
        };
        let block = Block {
            scope: Scope::Customer,
            weight: 1.0,
            rank: Some(2),
            host_prev: 25,
            overall_score: 60,
            executions: 20,
            hosts: 1,
            scope_hosts: 4,
            images: 10,
            prevalence: 44.5,
            prevalence_weight: 1.0,
            interval: Interval { low: 4.556, high: 69.936 },
            first_seen: Some(0),
            last_seen: Some(1),
            learning: false,
            fields: vec![field, children],
        };
        Answer { echotrail_score: 60, blocks: vec![block] }
    }

    #[test]
    fn the_document_s_names_in_its_order() {
        assert_eq!(
            serde_json::to_string(&Answered { answer: &answer(), detail: false }).unwrap(),
            r#"{"echotrail_score":60,"customer":{"rank":2,"host_prev":25,"overall_score":60,"path_score":95,"children_score":50}}"#
        );
    }

    #[test]
    fn the_detail_has_the_counts() {
        let value = serde_json::to_value(Answered { answer: &answer(), detail: true }).unwrap();
        let expected = serde_json::json!({
            "seen": true, "learning": false, "weight": 1.0,
            "first_seen": "1970-01-01T00:00:00.000Z", "last_seen": "1970-01-01T00:00:00.001Z",
            "executions": 20, "images": 10,
            "host_prev": {"numerator": 1, "denominator": 4, "interval": [4.56, 69.94]},
            "prevalence": {"value": 44.5, "weight": 1.0},
            "fields": {
                "path_score": {"numerator": 19, "denominator": 20, "hosts": 1, "known_hosts": 1, "weight": 1.0,
                               "interval": [76.39, 99.11], "learning": true},
                "children_score": {"numerator": 0, "denominator": 20, "hosts": 1, "known_hosts": 1, "weight": 1.0,
                                   "interval": [76.39, 99.11], "learning": true, "minimum": 0,
                                   "elements": [
                    {"value": "a.exe", "score": 100, "numerator": 20, "denominator": 20, "hosts": 1},
                    {"value": "b.exe", "score": 0, "numerator": 0, "denominator": 20, "hosts": 0}]},
            },
        });
        assert_eq!(value["detail"]["customer"], expected);
    }
}
