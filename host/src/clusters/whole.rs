//! A cluster whole, as JSON: for a ticket system, or whatever else goes on with it.

use serde::Serialize;

use super::alert::AlertView;
use super::entities::{self, Entity};
use super::summary::SummaryView;
use super::{Held, reason};
use crate::runtime::bindings::correlation::{Event, Hub, Link};
use crate::scoring::as_time;

/// The JSON object of a cluster with its alerts, and nothing more: the report has it for each.
#[derive(Debug, Serialize)]
pub struct Ranked<'a> {
    #[serde(flatten)]
    summary: SummaryView<'a>,
    alerts: Vec<AlertView<'a>>,
}

impl<'a> Ranked<'a> {
    /// A summary and its alerts.
    pub fn new(
        summary: &'a crate::runtime::bindings::correlation::Summary,
        alerts: &'a [crate::runtime::bindings::alerts::Alert],
    ) -> Self {
        Self { summary: summary.into(), alerts: alerts.iter().map(AlertView::from).collect() }
    }
}

/// The JSON object of a cluster with all that is known of it.
#[derive(Debug, Serialize)]
pub struct Whole<'a> {
    #[serde(flatten)]
    ranked: Ranked<'a>,
    reasons: Vec<Reason<'a>>,
    /// More than are listed where there are over 1000.
    reasons_total: u64,
    hubs: Vec<HubView<'a>>,
    /// Ids that `--undo-merge` takes.
    merged: &'a [String],
    entities: Vec<Entity<'a>>,
    indicators: Vec<Entity<'a>>,
    timeline: Vec<EventView<'a>>,
}

#[derive(Debug, Serialize)]
struct Reason<'a> {
    left: &'a str,
    right: &'a str,
    kind: &'a str,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    agreeing: Option<&'a str>,
    apart_ms: u64,
    text: String,
}

#[derive(Debug, Serialize)]
struct HubView<'a> {
    kind: &'a str,
    value: &'a str,
    #[serde(serialize_with = "as_time")]
    day: i64,
    reason: &'a str,
}

#[derive(Debug, Serialize)]
struct EventView<'a> {
    #[serde(serialize_with = "as_time")]
    at: i64,
    kind: &'a str,
    text: &'a str,
    count: u64,
}

impl<'a> From<&'a Held> for Whole<'a> {
    fn from(held: &'a Held) -> Self {
        let cluster = &held.cluster;
        let link = |link: &'a Link| Reason {
            left: &link.left,
            right: &link.right,
            kind: &link.kind,
            value: &link.value,
            agreeing: link.agreeing.as_deref(),
            apart_ms: link.apart,
            text: reason::of_link(link),
        };
        let hub =
            |hub: &'a Hub| HubView { kind: &hub.kind, value: &hub.value, day: hub.day, reason: &hub.reason };
        let event = |e: &'a Event| EventView { at: e.at, kind: &e.kind, text: &e.text, count: e.count };
        let entities = entities::of(held);
        Self {
            ranked: Ranked::new(&cluster.summary, &held.alerts),
            reasons: cluster.links.iter().map(link).collect(),
            reasons_total: cluster.links_total,
            hubs: cluster.hubs.iter().map(hub).collect(),
            merged: &cluster.merged,
            indicators: entities.iter().filter(|entity| entity.is_indicator()).cloned().collect(),
            entities,
            timeline: cluster.timeline.iter().map(event).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples;

    #[test]
    fn a_cluster_whole_has_its_names() {
        let text = serde_json::to_string(&Whole::from(&samples::held())).unwrap();
        assert!(text.starts_with(r#"{"id":"C1","score":19.8,"title":"#), "{text}");
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["alerts"][1]["id"], "A2");
        assert_eq!(
            json["reasons"],
            serde_json::json!([{"left": "A1", "right": "A2", "kind": "address", "value": "10.0.0.23",
                "apart_ms": 720_000, "text": "A1 and A2 share address 10.0.0.23, 12 min apart"}])
        );
        assert_eq!(
            json["hubs"],
            serde_json::json!([{"kind": "address", "value": "203.0.113.7", "day": "2026-03-01T00:00:00.000Z",
                "reason": "more than 100 alerts"}])
        );
        assert_eq!(json["merged"], serde_json::json!(["C2"]));
        assert_eq!(json["entities"].as_array().unwrap().len(), 6);
        assert_eq!(json["indicators"].as_array().unwrap().len(), 5);
        assert_eq!(
            json["timeline"][3],
            serde_json::json!({"at": "2026-03-01T10:00:00.000Z", "kind": "note",
                "text": "seen by anna: asked the owner", "count": 1})
        );
    }
}
