//! `data/detections.json` as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::place::Place;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the file explains itself; only its rows are looked into")]
pub(super) struct File {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) sources: BTreeMap<String, String>,
    pub(super) places: Vec<PlaceRow>,
    pub(super) starters: Vec<StarterRow>,
    pub(super) sensitive: Vec<SensitiveRow>,
    pub(super) threads: Vec<ThreadRow>,
    pub(super) readers: Vec<ReaderRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "see `File`")]
pub(super) struct PlaceRow {
    pub(super) are: Place,
    pub(super) directories: Vec<String>,
    pub(super) source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "see `File`")]
pub(super) struct StarterRow {
    pub(super) are: String,
    pub(super) names: Vec<String>,
    pub(super) source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "see `File`")]
pub(super) struct SensitiveRow {
    pub(super) names: Vec<String>,
    pub(super) source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "see `File`")]
pub(super) struct ThreadRow {
    pub(super) name: String,
    pub(super) directories: Vec<String>,
    #[serde(default)]
    pub(super) targets: Vec<String>,
    pub(super) function: Option<String>,
    pub(super) source: String,
    pub(super) note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "see `File`")]
pub(super) struct ReaderRow {
    pub(super) names: Vec<String>,
    pub(super) directories: Vec<String>,
    pub(super) rights: Option<String>,
    pub(super) source: String,
    pub(super) note: Option<String>,
}

/// Reads it.
pub(super) fn parse() -> Result<File, serde_json::Error> {
    serde_json::from_str(include_str!("../../../data/detections.json"))
}
