//! Alerts through the engine, as a host sees it: the document's worked example, real alerts of one attack, and
//! what users of such systems complained about.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use begat_guest::engine::{AlertInfo, Change, ClusterSummary, Selection};
use begat_guest::{Batch, Emit, Engine};

const NOW: i64 = 1_900_000_000_000;

fn ingest(engine: &mut Engine, source: &str, first_line: u64, text: &str) -> String {
    let batch = Batch { source, first_line, received_at: NOW, environment: None, emit: Emit::All, text };
    let outcome = engine.ingest(&batch);
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    outcome.annotated
}

fn clusters(engine: &Engine) -> Vec<ClusterSummary> {
    engine.clusters(&Selection { archived: true, ..Selection::default() }, 0, 0).unwrap()
}

fn alerts(engine: &Engine, cluster: &str) -> Vec<AlertInfo> {
    engine.alerts(Some(cluster), 0, 0).unwrap()
}

const WORKED: &str = r#"{
    "sources": {
        "darktrace": {"action": {"unknown": 1.4}},
        "fortinet fortigate": {
            "multiplier": 3, "action": {"unknown": 1},
            "alert_types": {"vBulletin.Routestring.widgetConfig.Remote.Code.Execution": 2}
        }
    },
    "tags": [{"name": "server:remote access", "multiplier": 3, "identifiers": ["10.20.0.5"]}]
}"#;

// The document: 4 x 1 x 1.4 x 1 x 3 = 16.8; 0.5 x 3 x 1 x 2 x 1 = 3; together 19.8.
#[test]
fn the_worked_example() {
    let mut engine = Engine::new().unwrap();
    engine.configure(WORKED).unwrap();
    let lines = [
        r#"{"@timestamp":"2026-03-01T10:00:00Z","event":{"kind":"alert","severity":7},"observer":{"vendor":"Darktrace"},"rule":{"name":"Device/New or Unusual Remote Command Execution"},"source":{"ip":"10.20.0.9"},"destination":{"ip":"10.20.0.5"}}"#,
        r#"{"@timestamp":"2026-03-01T10:20:00Z","event":{"kind":"alert","severity":"low"},"observer":{"vendor":"Fortinet","product":"FortiGate"},"rule":{"name":"vBulletin.Routestring.widgetConfig.Remote.Code.Execution"},"source":{"ip":"203.0.113.9"},"destination":{"ip":"10.20.0.9"}}"#,
    ];
    let annotated = ingest(&mut engine, "alerts", 1, &lines.join("\n"));
    let said: Vec<&str> = annotated.lines().collect();
    assert!(
        said[0].contains(r#""type":"Device/New or Unusual Remote Command Execution","score":16.8,"#),
        "{}",
        said[0]
    );
    assert!(said[1].contains(r#""score":3,"#), "{}", said[1]);
    let found = clusters(&engine);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].score.as_str(), found[0].highest.as_str(), found[0].alerts), ("19.8", "16.8", 2));
    let factors = |alert: &AlertInfo| -> Vec<(String, String)> {
        alert.factors.iter().map(|f| (f.value.clone(), f.source.clone())).collect()
    };
    let of = alerts(&engine, "C1");
    let pair = |value: &str, source: &str| (value.to_owned(), source.to_owned());
    assert_eq!(
        factors(&of[0])[1..],
        [
            pair("1", "default"),
            pair("1.4", "sources.darktrace.action.unknown"),
            pair("1", "default"),
            pair("3", "tags.server:remote access"),
        ]
    );
    assert_eq!(factors(&of[0])[0].0, "4");
    assert_eq!(factors(&of[1])[1].1, "sources.fortinet fortigate.multiplier");
    // They share the address that the first came from, within the hour.
    let shown = engine.cluster("C1").unwrap();
    assert_eq!(shown.links.len(), 1);
    assert_eq!((shown.links[0].kind.as_str(), shown.links[0].value.as_str()), ("address", "10.20.0.9"));
}

fn aecid() -> Option<String> {
    let data = std::env::var("BEGAT_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data").into());
    let path = format!("{data}/aecid_alerts/ossec_insect.ndjson");
    let text = std::fs::read_to_string(&path);
    if text.is_err() {
        eprintln!("skipped: no {path}");
    }
    text.ok()
}

/// Which phase of the attack an alert belongs to, by the times in `phases.json`; ClamAV's updates to none.
fn phase(alert: &AlertInfo) -> &'static str {
    // 2020-03-04, in minutes of the day.
    let minute = alert.time.rem_euclid(86_400_000) / 60_000;
    match minute {
        834..=850 => "nikto",
        854..=857 => "hydra",
        858..=860 => "upload",
        864..=868 => "exploit",
        _ => "outside",
    }
}

#[test]
fn an_attack_falls_into_its_phases_by_a_window_of_six_minutes() {
    let Some(text) = aecid() else { return };
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"correlation": {"window": "6m"}}"#).unwrap();
    ingest(&mut engine, "ossec", 1, &text);
    let mut found: Vec<(u64, Vec<&str>)> = clusters(&engine)
        .iter()
        .map(|cluster| {
            let mut phases: Vec<&str> = alerts(&engine, &cluster.id).iter().map(phase).collect();
            phases.sort_unstable();
            phases.dedup();
            (cluster.alerts, phases)
        })
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            (1, vec!["outside"]),
            (1, vec!["outside"]),
            (4, vec!["exploit"]),
            (15, vec!["nikto"]),
            (476, vec!["hydra", "upload"]),
        ]
    );
}

#[test]
fn within_a_day_it_is_one_attack_by_host_and_address() {
    let Some(text) = aecid() else { return };
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"correlation": {"window": "24h"}}"#).unwrap();
    ingest(&mut engine, "ossec", 1, &text);
    // ClamAV's updates tell of nothing but the host, which links nothing.
    let sizes: Vec<u64> = clusters(&engine).iter().map(|cluster| cluster.alerts).collect();
    assert_eq!(sizes.iter().copied().max(), Some(495));
    assert_eq!(sizes.len(), 3);
    let largest = clusters(&engine).into_iter().find(|cluster| cluster.alerts == 495).unwrap();
    let shown = engine.cluster(&largest.id).unwrap();
    // As many links as hold 495 alerts together.
    assert_eq!(shown.links_total, 494);
    let mut kinds: Vec<&str> = shown.links.iter().map(|link| link.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, ["address", "host"]);
    assert_eq!(shown.hubs, []);
}
