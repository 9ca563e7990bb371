//! Alerts in any order, any batching, with restarts in between: the same partition and the same scores.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use begat_guest::{Batch, Emit, Engine};
use proptest::prelude::*;

const NOW: i64 = 1_900_000_000_000;

/// What makes an alert: the places of its entities in small pools, so that much is shared.
#[derive(Debug, Clone)]
struct Made {
    /// In quarters of an hour, over three days.
    at: i64,
    kind: usize,
    host: Option<usize>,
    user: Option<usize>,
    source: Option<usize>,
    domain: Option<usize>,
    tactic: Option<usize>,
    blocked: bool,
}

const HOSTS: [&str; 4] = ["ws1.corp.example", "ws1", "ws2", "dc1.corp.example"];
const USERS: [&str; 3] = ["corp\\\\anna", "corp\\\\svc", "bert@corp.example"];
const ADDRESSES: [&str; 5] = ["10.0.0.1", "10.0.0.2", "203.0.113.7", "198.51.100.9", "::ffff:10.0.0.1"];
const DOMAINS: [&str; 2] = ["bad.example", "WORSE.example."];
const TACTICS: [&str; 2] = ["TA0001", "TA0006"];

impl Made {
    fn line(&self, id: usize) -> String {
        let time = 1_772_323_200_000 + self.at * 15 * 60_000;
        let mut more = String::new();
        if let Some(host) = self.host {
            more += &format!(r#","host":{{"name":"{}"}}"#, HOSTS[host]);
        }
        if let Some(user) = self.user {
            more += &format!(r#","user":{{"name":"{}"}}"#, USERS[user]);
        }
        if let Some(source) = self.source {
            more += &format!(r#","source":{{"ip":"{}"}}"#, ADDRESSES[source]);
        }
        if let Some(domain) = self.domain {
            more += &format!(r#","url":{{"domain":"{}"}}"#, DOMAINS[domain]);
        }
        if let Some(tactic) = self.tactic {
            more += &format!(r#","threat":{{"tactic":{{"id":["{}"]}}}}"#, TACTICS[tactic]);
        }
        let action = if self.blocked { "blocked" } else { "detected" };
        format!(
            r#"{{"@timestamp":"{}","event":{{"kind":"alert","severity":"high","id":"v{id}","action":"{action}"}},"observer":{{"vendor":"Acme"}},"rule":{{"name":"rule {}"}}{more}}}"#,
            begat_guest::text::time::to_text(time),
            self.kind
        )
    }
}

fn made() -> impl Strategy<Value = Made> {
    let one = |of: usize| prop::option::weighted(0.5, 0..of);
    (0..288_i64, 0..4_usize, one(4), one(3), one(5), one(2), one(2), any::<bool>()).prop_map(
        |(at, kind, host, user, source, domain, tactic, blocked)| Made {
            at,
            kind,
            host,
            user,
            source,
            domain,
            tactic,
            blocked,
        },
    )
}

/// Small limits, so that hubs come and go.
const CONFIG: &str = r#"{
    "correlation": {"hub_alerts": 5, "hub_peers": 2, "hub_hosts": 2, "hub_percent": 60, "hub_days": 1},
    "tags": [
        {"name": "dmz", "multiplier": 1.5, "identifiers": ["203.0.113.0/24"]},
        {"name": "noise", "correlate": false, "identifiers": ["worse.example"]}
    ],
    "filters": [{"match": "/\"rule 3\"/", "action": "drop"}]
}"#;

/// Cluster by cluster the vendor's ids and the sum, whatever the clusters are called.
fn partition(engine: &Engine) -> BTreeSet<(Vec<String>, String)> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut offset = 0;
    loop {
        let alerts = engine.alerts(None, offset, 0).unwrap();
        if alerts.is_empty() {
            break;
        }
        offset += alerts.len() as u64;
        for alert in alerts {
            found.entry(alert.cluster.unwrap()).or_default().push(alert.vendor_id.unwrap());
        }
    }
    let told = |(id, mut members): (String, Vec<String>)| {
        members.sort_unstable();
        (members, engine.cluster(&id).unwrap().summary.score)
    };
    found.into_iter().map(told).collect()
}

fn fresh() -> Engine {
    let mut engine = Engine::new().unwrap();
    engine.configure(CONFIG).unwrap();
    engine
}

fn take(engine: &mut Engine, text: &str) {
    let batch =
        Batch { source: "x", first_line: 1, received_at: NOW, environment: None, emit: Emit::Nothing, text };
    engine.ingest(&batch);
}

fn cases() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(300), failure_persistence: None, ..ProptestConfig::default() }
}

fn shuffled() -> impl Strategy<Value = (Vec<String>, Vec<usize>, Vec<usize>)> {
    with_ids(usize::MAX)
}

/// So many ids for all alerts: those of one id are records of one alert, which change and come in any order.
fn with_ids(ids: usize) -> impl Strategy<Value = (Vec<String>, Vec<usize>, Vec<usize>)> {
    prop::collection::vec(made(), 0..30).prop_flat_map(move |made| {
        let lines: Vec<String> = made.iter().enumerate().map(|(id, made)| made.line(id % ids)).collect();
        let order: Vec<usize> = (0..lines.len()).collect();
        let cuts = prop::collection::vec(1..6_usize, 1..8);
        (Just(lines), Just(order).prop_shuffle(), cuts)
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn in_any_order_and_batching_the_partition_and_the_scores_are_the_same((lines, order, cuts) in prop_oneof![shuffled(), with_ids(8)]) {
        let mut straight = fresh();
        take(&mut straight, &lines.join("\n"));
        let mut other = fresh();
        let mut rest = order.as_slice();
        let mut cuts = cuts.iter().cycle();
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
            let text: Vec<&str> = batch.iter().map(|&place| lines[place].as_str()).collect();
            take(&mut other, &text.join("\n"));
            rest = after;
        }
        prop_assert_eq!(partition(&straight), partition(&other));
    }

    #[test]
    fn a_restart_between_alerts_changes_nothing((lines, order, _) in prop_oneof![shuffled(), with_ids(8)]) {
        let (mut straight, mut other) = (fresh(), fresh());
        for &place in &order {
            take(&mut straight, &lines[place]);
            take(&mut other, &lines[place]);
            let snapshot = other.snapshot();
            other = fresh();
            other.restore(&snapshot).unwrap();
            prop_assert_eq!(other.snapshot(), snapshot);
        }
        prop_assert_eq!(straight.snapshot(), other.snapshot());
        prop_assert_eq!(partition(&straight), partition(&other));
    }

    // The host may have been part of what alerts of others tell: they stay, without it.
    #[test]
    fn a_forgotten_host_leaves_what_would_be_without_it((lines, order, _) in shuffled()) {
        let mut all = fresh();
        let text: Vec<&str> = order.iter().map(|&place| lines[place].as_str()).collect();
        take(&mut all, &text.join("\n"));
        let mut without = fresh();
        let kept: Vec<&str> = text.iter().copied().filter(|line| !line.contains("\"ws2\"")).collect();
        take(&mut without, &kept.join("\n"));
        if kept.len() < text.len() {
            all.forget_host("ws2").unwrap();
        }
        prop_assert_eq!(partition(&all), partition(&without));
        prop_assert!(!String::from_utf8_lossy(&all.snapshot()).contains("ws2"));
    }
}
