//! One part of a row, its parents say: names, and for each name the source that gives it.
//!
//! A file groups the names by their source: `"tolerated": {"EL": ["MsMpEng.exe"], "SG": ["Mrt.exe"]}`.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// Names by source, in the file's order.
#[derive(Debug, Default)]
pub(super) struct Groups(Vec<(String, Vec<String>)>);

impl Groups {
    /// Adds names of one source.
    pub(super) fn add(&mut self, source: &str, names: &[String]) {
        if !names.is_empty() {
            self.0.push((source.to_owned(), names.to_vec()));
        }
    }

    /// The sources.
    #[cfg(test)]
    pub(super) fn sources(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|(source, _)| source.split(", "))
    }

    /// All names, whatever their source.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|(_, names)| names).map(String::as_str)
    }
}

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Groups;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("lists of names by source")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Groups, A::Error> {
                let mut groups = Vec::new();
                while let Some(group) = map.next_entry()? {
                    groups.push(group);
                }
                Ok(Groups(groups))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// One part of a row: names, and where each comes from.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    pub(super) names: Vec<String>,
    /// The names' numbers in the profile's index, in the same order.
    ids: Vec<usize>,
    /// For each name its place in `sources`.
    source_of: Vec<usize>,
    sources: Vec<String>,
}

impl Part {
    pub(super) fn new(groups: Groups, id: &mut impl FnMut(&str) -> usize) -> Self {
        let mut part = Self::default();
        for (at, (source, names)) in groups.0.into_iter().enumerate() {
            part.ids.extend(names.iter().map(|name| id(name)));
            part.source_of.extend(names.iter().map(|_| at));
            part.names.extend(names);
            part.sources.push(source);
        }
        part
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The source of a name, if the part has it.
    pub(super) fn source_of(&self, id: Option<usize>) -> Option<&str> {
        let id = id?;
        let at = self.ids.iter().position(|&own| own == id)?;
        self.sources.get(*self.source_of.get(at)?).map(String::as_str)
    }

    /// The source of the part: of its first names, which is all of them in most rows.
    pub(super) fn source(&self) -> Option<&str> {
        self.sources.first().map(String::as_str)
    }

    /// Adds a line that says where the part comes from, or one for each source.
    pub(super) fn describe(&self, what: &str, into: &mut Vec<String>) {
        for (at, source) in self.sources.iter().enumerate() {
            let of = self.names.iter().zip(&self.source_of).filter(|(_, of)| **of == at);
            let names: Vec<&str> = of.map(|(name, _)| name.as_str()).collect();
            into.push(if self.sources.len() == 1 {
                format!("{what}: {source}")
            } else {
                format!("{what} ({}): {source}", names.join(", "))
            });
        }
    }
}
