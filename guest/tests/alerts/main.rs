//! Alerts through the engine, as a host sees it: the document's worked example, real alerts of one attack, and
//! what users of such systems complained about.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod complaints;
mod configured;

use begat_guest::engine::{AlertInfo, Change, ClusterSummary, Disposition, Selection, Status};
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

/// A minimal ECS alert: minutes after noon, source address, and what else there is.
fn alert(minute: i64, id: &str, more: &str) -> String {
    let noon = begat_guest::text::time::parse("2026-03-01T12:00:00Z").unwrap().millis;
    let time = begat_guest::text::time::to_text(noon + minute * 60_000);
    format!(
        r#"{{"@timestamp":"{time}","event":{{"kind":"alert","severity":"medium","id":"{id}"}},"observer":{{"vendor":"Acme"}},"rule":{{"name":"rule"}}{more}}}"#
    )
}

fn from(address: &str) -> String {
    format!(r#","source":{{"ip":"{address}"}}"#)
}

fn both(source: &str, destination: &str) -> String {
    format!(r#","source":{{"ip":"{source}"}},"destination":{{"ip":"{destination}"}}"#)
}

fn take(engine: &mut Engine, lines: &[String]) {
    ingest(engine, "alerts", 1, &lines.join("\n"));
}

fn act(engine: &mut Engine, id: &str, change: Change) {
    engine.change_cluster(id, NOW, Some("ann"), &change).unwrap();
}

/// The ids of a cluster's alerts.
fn members(engine: &Engine, cluster: &str) -> Vec<String> {
    alerts(engine, cluster).into_iter().map(|alert| alert.id).collect()
}

#[test]
fn the_same_alert_again_counts_once_and_its_latest_record_stands() {
    let first = alert(0, "a", &from("10.0.0.1"));
    let second = alert(5, "a", &format!(r#"{},"event.action":"blocked""#, from("10.0.0.2")));
    let mut states = Vec::new();
    for order in [[&first, &second], [&second, &first]] {
        let mut engine = Engine::new().unwrap();
        order.iter().for_each(|line| take(&mut engine, &[(*line).clone()]));
        let stats = engine.stats();
        assert_eq!((stats.alerts, stats.duplicate_alerts), (1, 1));
        let alert = engine.alert("A1").unwrap();
        assert_eq!(alert.duplicates, 1);
        assert_eq!(alert.observables[0].value, "10.0.0.2");
        states.push((alert.score, alert.time, alert.observables));
    }
    assert_eq!(states[0], states[1]);
}

#[test]
fn an_alert_without_anything_is_held_with_what_was_assumed() {
    let mut engine = Engine::new().unwrap();
    let said = ingest(&mut engine, "x", 1, r#"{"event":{"kind":"alert"},"rule":{"name":"r"}}"#);
    let alert = engine.alert("A1").unwrap();
    assert_eq!(alert.time, NOW);
    assert!(
        alert.assumed.iter().any(|said| said == "no time: that of its arrival is taken"),
        "{:?}",
        alert.assumed
    );
    assert!(alert.assumed.len() >= 2, "the severity too: {:?}", alert.assumed);
    assert!(said.contains("\"assumed\":["));
    assert_eq!(alert.observables, []);
    // Years that cannot be.
    for (year, n) in [("1601", 2), ("2262", 3)] {
        let line = format!(
            r#"{{"@timestamp":"{year}-01-01T00:00:00Z","event":{{"kind":"alert"}},"rule":{{"name":"r"}}}}"#
        );
        ingest(&mut engine, "x", 1, &line);
        let alert = engine.alert(&format!("A{n}")).unwrap();
        assert_eq!(alert.time, NOW);
        let expected = format!("its time {year}-01-01T00:00:00.000Z cannot be: that of its arrival is taken");
        assert!(alert.assumed.contains(&expected), "{:?}", alert.assumed);
    }
    assert_eq!(engine.stats().now, NOW);
}

#[test]
fn programs_that_every_machine_has_join_nothing_and_a_worm_stays_one_cluster() {
    let hash = "ab".repeat(32);
    let on = |n: usize, image: &str| {
        let more = format!(
            r#","host":{{"name":"pc{n}"}},"process":{{"executable":"{image}","hash":{{"sha256":"{hash}"}}}}"#
        );
        alert(i64::try_from(n).unwrap(), &n.to_string(), &more)
    };
    for (image, expected) in [(r"C:\\Windows\\System32\\cmd.exe", 30), (r"C:\\Users\\ann\\worm.exe", 1)] {
        let mut engine = Engine::new().unwrap();
        take(&mut engine, &(0..30).map(|n| on(n, image)).collect::<Vec<_>>());
        assert_eq!(clusters(&engine).len(), expected, "{image}");
    }
}

#[test]
fn a_domain_that_many_machines_have_known_for_long_joins_nothing_and_a_new_one_does() {
    const DAYS: i64 = 24 * 60;
    let on = |minute: i64, host: i64, domain: &str| {
        let more = format!(r#","host":{{"name":"pc{host}"}},"url":{{"domain":"{domain}"}}"#);
        alert(minute, &format!("{domain}{minute}"), &more)
    };
    // Six of a hundred machines in the first hours: more than five, and more than 5 % of them.
    let others = (0..94).map(|n| on(n, n, &format!("other{n}.example")));
    let early = |host| on(host, host, "cdn.example");
    let known: Vec<String> = others.chain((94..100).map(early)).collect();
    let of_day = |day: i64| [0, 1].map(|n| on(day * DAYS + n, n, "cdn.example"));
    // Seven days later both alerts belong together still, eight days later no more.
    for (machines, day, expected) in [(6, 7, 1), (6, 8, 2), (5, 8, 1)] {
        let mut engine = Engine::new().unwrap();
        take(&mut engine, &known[..94 + machines]);
        let before = clusters(&engine).len();
        take(&mut engine, &of_day(day));
        assert_eq!(clusters(&engine).len() - before, expected, "{machines} machines, day {day}");
        // What came later than what it makes a hub changes nothing.
        let mut late = Engine::new().unwrap();
        take(&mut late, &of_day(day));
        take(&mut late, &known[..94 + machines]);
        assert_eq!(clusters(&late).len() - before, expected, "{machines} machines, day {day}, late");
        if expected == 2 {
            let hubs = engine.cluster(&clusters(&engine).last().unwrap().id).unwrap().hubs;
            assert_eq!(hubs[0].value, "cdn.example");
            assert_eq!(
                hubs[0].reason,
                "on more than 5 % of the machines, first seen more than 7 days before"
            );
        }
    }
}

#[test]
fn a_user_on_many_hosts_is_a_hub_and_on_few_is_not() {
    let on = |n: i64, host: i64| {
        let more = format!(
            r#","host":{{"name":"pc{host}"}},"user":{{"name":"corp\\\\svc"}},"threat":{{"tactic":{{"id":["TA0001"]}}}}"#
        );
        alert(n, &n.to_string(), &more)
    };
    // The same user and tactic on five hosts, then on a sixth.
    for (hosts, expected) in [(5, 1), (6, 6)] {
        let mut engine = Engine::new().unwrap();
        take(&mut engine, &(0..hosts).map(|n| on(n, n)).collect::<Vec<_>>());
        assert_eq!(clusters(&engine).len(), usize::try_from(expected).unwrap(), "{hosts} hosts");
    }
}

#[test]
fn the_oldest_clusters_go_when_there_is_no_room_and_are_counted() {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"alerts": 8}}"#).unwrap();
    // Four clusters of two, an hour apart from each other; a ninth alert is one too many.
    let pair =
        |n: i64| [0, 1].map(|m| alert(n * 90 + m, &format!("{n}{m}"), &from(&format!("10.0.0.{}", n + 1))));
    let lines: Vec<String> = (0..4).flat_map(pair).chain([alert(600, "x", &from("10.0.9.9"))]).collect();
    take(&mut engine, &lines);
    // A quarter is freed: down to six or less. The oldest cluster alone leaves seven, so the next one goes too.
    let left: Vec<String> = clusters(&engine).iter().map(|cluster| cluster.id.clone()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    let stats = engine.stats();
    assert_eq!((stats.alerts, stats.evicted_alerts), (5, 4));
    assert!(engine.cluster("C1").is_err());
    // Ids go on where they were.
    take(&mut engine, &[alert(700, "y", &from("10.0.9.10"))]);
    assert!(engine.alert("A10").is_ok());
}

#[test]
fn a_vendors_update_of_an_alert_opens_nothing_and_writes_no_history() {
    let mut engine = Engine::new().unwrap();
    let bridge = |minute, more: &str| alert(minute, "b", &format!("{}{more}", both("10.0.0.1", "10.0.0.2")));
    take(&mut engine, &[alert(0, "a", &from("10.0.0.1")), bridge(5, ""), alert(9, "c", &from("10.0.0.2"))]);
    act(&mut engine, "C1", Change::Note("the scanner".into()));
    act(&mut engine, "C1", Change::SetStatus(Status::Closed, Disposition::FalsePositive));
    act(&mut engine, "C1", Change::Archive);
    let before = engine.cluster("C1").unwrap().timeline.len();
    // The same again, what was done about it, and a minute later: it links what it linked.
    take(&mut engine, &[bridge(5, r#","event.action":"blocked""#), bridge(6, "")]);
    let shown = engine.cluster("C1").unwrap();
    assert_eq!(shown.summary.alerts, 3);
    assert!(shown.summary.archived);
    assert_eq!(shown.summary.disposition, Disposition::FalsePositive);
    assert_eq!(shown.timeline.len(), before);
    // A new alert does reopen it.
    take(&mut engine, &[alert(10, "d", &from("10.0.0.2"))]);
    assert!(!engine.cluster("C1").unwrap().summary.archived);
}

#[test]
fn an_alert_that_comes_again_and_again_takes_no_more_room() {
    let mut engine = Engine::new().unwrap();
    let said = "x".repeat(4000);
    let lines = |from: usize| -> Vec<String> {
        let line = |n: usize| alert(0, "same", &format!(r#","message":"{n} {said}""#));
        (from..from + 1000).map(line).collect()
    };
    // Forty megabytes of messages, of which one is held.
    (0..10).for_each(|round| take(&mut engine, &lines(round * 1000)));
    assert_eq!((engine.stats().alerts, engine.stats().duplicate_alerts), (1, 9_999));
    assert!(engine.snapshot().len() < 20_000, "{}", engine.snapshot().len());
}
