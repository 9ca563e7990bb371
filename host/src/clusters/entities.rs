//! What a cluster's alerts are about, each entity once.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Held;

/// The kinds of observables, in the order in which they are shown.
pub const KINDS: [&str; 8] = ["host", "user", "address", "domain", "url", "hash", "file", "email"];

/// The kinds that are looked for elsewhere: indicators.
const INDICATORS: [&str; 6] = ["address", "domain", "url", "hash", "file", "email"];

/// One entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entity<'a> {
    /// `host`, `address`, ...
    pub kind: &'a str,
    /// In its one form.
    pub value: &'a str,
    /// What it is to them: `source`, `destination`, `related`.
    pub roles: Vec<&'a str>,
    /// Alerts that name it.
    pub alerts: u64,
    /// It has stopped joining, on some day.
    pub hub: bool,
}

impl Entity<'_> {
    /// Whether one looks for it elsewhere; not so for the own hosts and users.
    #[must_use]
    pub fn is_indicator(&self) -> bool {
        INDICATORS.contains(&self.kind)
    }
}

/// The entities of a cluster: by kind, then from the most frequent down, then by value.
#[must_use]
pub fn of(held: &Held) -> Vec<Entity<'_>> {
    let mut found: BTreeMap<(&str, &str), Entity<'_>> = BTreeMap::new();
    for alert in &held.alerts {
        // One alert may name it in several roles, and counts once.
        let mut named: Vec<(&str, &str)> = Vec::new();
        for observable in &alert.observables {
            let key = (observable.kind.as_str(), observable.value.as_str());
            let entity = found.entry(key).or_insert_with(|| Entity {
                kind: &observable.kind,
                value: &observable.value,
                roles: Vec::new(),
                alerts: 0,
                hub: held.cluster.hubs.iter().any(|hub| (hub.kind.as_str(), hub.value.as_str()) == key),
            });
            if !named.contains(&key) {
                named.push(key);
                entity.alerts += 1;
            }
            if !entity.roles.contains(&observable.role.as_str()) {
                entity.roles.push(&observable.role);
            }
        }
    }
    let mut all: Vec<Entity<'_>> = found.into_values().collect();
    let place = |kind: &str| KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len());
    for entity in &mut all {
        entity.roles.sort_unstable();
    }
    all.sort_by(|a, b| (place(a.kind), b.alerts, a.value).cmp(&(place(b.kind), a.alerts, b.value)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples;

    #[test]
    fn entities_are_listed_once_by_kind_and_frequency() {
        let held = samples::held();
        let entities = of(&held);
        let shown: Vec<_> = entities.iter().map(|e| (e.kind, e.value, e.alerts, e.hub)).collect();
        assert_eq!(
            shown,
            [
                ("host", "ws-anna", 1, false),
                ("address", "10.0.0.23", 2, false),
                ("address", "10.0.0.5", 1, false),
                ("address", "203.0.113.7", 1, true),
                ("domain", "evil.example", 1, false),
                ("url", "http://evil.example/x?a=1", 1, false),
            ]
        );
        assert_eq!(entities[1].roles, ["destination", "source"]);
        assert!(!entities[0].is_indicator() && entities[1].is_indicator());
    }
}
