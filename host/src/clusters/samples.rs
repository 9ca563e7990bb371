//! A cluster for tests: the document's two alerts (SPEC section 2).

use super::Held;
use crate::runtime::bindings::alerts::{Action, Alert, Factor, Observable};
use crate::runtime::bindings::correlation::{Cluster, Disposition, Event, Hub, Link, Status, Summary};
use crate::runtime::bindings::types::Origin;

/// 2026-03-01T09:00:00Z.
pub(crate) const NINE: i64 = 1_772_355_600_000;

pub(crate) fn factors(values: &[(&str, &str, &str)]) -> Vec<Factor> {
    let factor = |(name, value, source): &(&str, &str, &str)| Factor {
        name: (*name).into(),
        value: (*value).into(),
        source: (*source).into(),
    };
    values.iter().map(factor).collect()
}

pub(crate) fn observables(values: &[(&str, &str, &str)]) -> Vec<Observable> {
    let observable = |(kind, value, role): &(&str, &str, &str)| Observable {
        kind: (*kind).into(),
        value: (*value).into(),
        role: (*role).into(),
    };
    values.iter().map(observable).collect()
}

fn darktrace() -> Alert {
    Alert {
        id: "A1".into(),
        vendor_id: None,
        time: NINE,
        received_at: NINE + 1000,
        source_system: "darktrace".into(),
        vendor: "Darktrace".into(),
        product: String::new(),
        alert_type: "Device/New or Unusual Remote Command Execution".into(),
        severity: Some("7".into()),
        action: Action::Unknown,
        message: "Remote command execution from 10.0.0.23".into(),
        score: "16.8".into(),
        factors: factors(&[
            ("base", "4", "darktrace severity 7"),
            ("source", "1", "sources.darktrace.multiplier"),
            ("action", "1.4", "sources.darktrace.action.unknown"),
            ("type", "1", "default"),
            ("tag", "3", "tags.server:remote access"),
        ]),
        configuration: 2,
        suppressed: None,
        techniques: vec!["T1021".into()],
        tactics: vec!["TA0008".into()],
        observables: observables(&[
            ("host", "ws-anna", "source"),
            ("address", "10.0.0.23", "source"),
            ("address", "10.0.0.5", "destination"),
        ]),
        process: None,
        cluster: Some("C1".into()),
        assumed: Vec::new(),
        duplicates: 0,
        origin: Origin { source: "alerts.ndjson".into(), line: 1 },
    }
}

fn fortinet() -> Alert {
    Alert {
        id: "A2".into(),
        vendor_id: Some("f-77".into()),
        time: NINE + 720_000,
        received_at: NINE + 721_000,
        source_system: "fortinet fortigate".into(),
        vendor: "Fortinet".into(),
        product: "FortiGate".into(),
        alert_type: "vBulletin.Routestring.widgetConfig.Remote.Code.Execution".into(),
        severity: Some("low".into()),
        action: Action::Unknown,
        message: "Request to http://evil.example/x?a=1".into(),
        score: "3".into(),
        factors: factors(&[
            ("base", "0.5", "fortinet fortigate low"),
            ("source", "3", "sources.fortinet fortigate.multiplier"),
            ("action", "1", "sources.fortinet fortigate.action.unknown"),
            ("type", "2", "sources.fortinet fortigate.alert_types"),
        ]),
        configuration: 2,
        suppressed: None,
        techniques: Vec::new(),
        tactics: Vec::new(),
        observables: observables(&[
            ("address", "10.0.0.23", "destination"),
            ("address", "203.0.113.7", "source"),
            ("domain", "evil.example", "related"),
            ("url", "http://evil.example/x?a=1", "related"),
        ]),
        process: None,
        cluster: Some("C1".into()),
        assumed: Vec::new(),
        duplicates: 2,
        origin: Origin { source: "alerts.ndjson".into(), line: 2 },
    }
}

pub(crate) fn summary(id: &str, score: &str) -> Summary {
    Summary {
        id: id.into(),
        title: "Device/New or Unusual Remote Command Execution on ws-anna".into(),
        owner: None,
        hosts: vec!["ws-anna".into()],
        score: score.into(),
        distinct_score: score.into(),
        highest: "16.8".into(),
        alerts: 2,
        distinct_alerts: 2,
        tactics: vec!["TA0008".into()],
        first: NINE,
        last: NINE + 720_000,
        status: Status::New,
        disposition: Disposition::Undecided,
        assignee: None,
        archived: false,
    }
}

pub(crate) fn held() -> Held {
    let event = |at, kind: &str, text: &str| Event { at, kind: kind.into(), text: text.into(), count: 1 };
    let link = Link {
        left: "A1".into(),
        right: "A2".into(),
        kind: "address".into(),
        value: "10.0.0.23".into(),
        agreeing: None,
        apart: 720_000,
    };
    let hub = Hub {
        kind: "address".into(),
        value: "203.0.113.7".into(),
        day: 1_772_323_200_000,
        reason: "more than 100 alerts".into(),
    };
    let timeline = vec![
        event(NINE, "created", "created"),
        event(NINE, "alert", "Device/New or Unusual Remote Command Execution"),
        event(NINE + 720_000, "alert", "vBulletin.Routestring.widgetConfig.Remote.Code.Execution"),
        event(NINE + 3_600_000, "note", "seen by anna: asked the owner"),
    ];
    Held {
        cluster: Cluster {
            summary: summary("C1", "19.8"),
            links: vec![link],
            links_total: 1,
            hubs: vec![hub],
            merged: vec!["C2".into()],
            timeline,
        },
        alerts: vec![darktrace(), fortinet()],
    }
}
