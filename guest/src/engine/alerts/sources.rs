//! What was ingested, by source system: types, severities, categories, and what no table has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answers::{AlertInfo, SourceInfo};
use crate::model::Alert;

/// Of each source system at most so many different types, severities or unmapped values are told apart.
const APART: usize = 1000;

/// Source systems that are told apart.
const SYSTEMS: usize = 1000;

/// Where all further ones are counted.
const OTHERS: &str = "(others)";

/// What was ingested.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources(BTreeMap<String, Seen>);

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    vendor: String,
    product: String,
    alerts: u64,
    duplicates: u64,
    dropped: u64,
    last_seen: i64,
    types: BTreeMap<String, u64>,
    severities: BTreeMap<String, u64>,
    actions: BTreeMap<String, u64>,
    unmapped: BTreeMap<(String, String), u64>,
}

/// What became of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is held.
    Held,
    /// It was there.
    Duplicate,
    /// A filter dropped it.
    Dropped,
}

impl Sources {
    /// Counts an alert.
    pub fn count(&mut self, system: &str, alert: &Alert, time: i64, fate: Fate) {
        let is_new = !self.0.contains_key(system);
        let system = if is_new && self.0.len() >= SYSTEMS { OTHERS } else { system };
        let seen = self.0.entry(system.to_owned()).or_default();
        if seen.last_seen <= time || seen.vendor.is_empty() {
            seen.vendor.clone_from(&alert.vendor);
            seen.product.clone_from(&alert.product);
            seen.last_seen = time;
        }
        match fate {
            Fate::Held => seen.alerts += 1,
            Fate::Duplicate => return seen.duplicates += 1,
            Fate::Dropped => return seen.dropped += 1,
        }
        step(&mut seen.types, alert.alert_type.clone());
        if let Some(severity) = &alert.severity {
            step(&mut seen.severities, severity.clone());
        }
        step(&mut seen.actions, alert.action.as_str().to_owned());
        for (field, value) in &alert.unmapped {
            step(&mut seen.unmapped, ((*field).to_owned(), value.clone()));
        }
    }

    /// Takes back what an alert and its repetitions have counted.
    pub fn uncount(&mut self, system: &str, told: &AlertInfo, duplicates: u64) {
        let system = if self.0.contains_key(system) { system } else { OTHERS };
        let Some(seen) = self.0.get_mut(system) else { return };
        seen.alerts = seen.alerts.saturating_sub(1);
        seen.duplicates = seen.duplicates.saturating_sub(duplicates);
        step_back(&mut seen.types, &told.alert_type);
        if let Some(severity) = &told.severity {
            step_back(&mut seen.severities, severity);
        }
        step_back(&mut seen.actions, told.action.as_str());
        if seen.alerts == 0 && seen.dropped == 0 {
            self.0.remove(system);
        }
    }

    /// Alerts that came again, and those that filters dropped.
    pub fn not_held(&self) -> (u64, u64) {
        self.0
            .values()
            .fold((0, 0), |(again, dropped), seen| (again + seen.duplicates, dropped + seen.dropped))
    }

    /// For people, by name.
    pub fn list(&self) -> Vec<SourceInfo> {
        let info = |(name, seen): (&String, &Seen)| SourceInfo {
            source_system: name.clone(),
            vendor: seen.vendor.clone(),
            product: seen.product.clone(),
            alerts: seen.alerts,
            duplicates: seen.duplicates,
            dropped: seen.dropped,
            last_seen: seen.last_seen,
            types: ranked(&seen.types),
            severities: ranked(&seen.severities),
            actions: ranked(&seen.actions),
            unmapped: ranked(&seen.unmapped)
                .into_iter()
                .map(|((field, value), n)| (field, value, n))
                .collect(),
        };
        self.0.iter().map(info).collect()
    }
}

fn step<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K) {
    if counts.len() < APART || counts.contains_key(&key) {
        *counts.entry(key).or_default() += 1;
    }
}

fn step_back(counts: &mut BTreeMap<String, u64>, key: &str) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// The most frequent first, then by name.
fn ranked<K: Ord + Clone>(counts: &BTreeMap<K, u64>) -> Vec<(K, u64)> {
    let mut ranked: Vec<(K, u64)> = counts.iter().map(|(key, count)| (key.clone(), *count)).collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    ranked
}
