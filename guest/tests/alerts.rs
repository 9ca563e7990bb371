//! Alerts through the engine, as a host sees it: the document's worked example, real alerts of one attack, and
//! what users of such systems complained about.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

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
    let (hour, minute) = (12 + minute / 60, minute % 60);
    format!(
        r#"{{"@timestamp":"2026-03-01T{hour:02}:{minute:02}:00Z","event":{{"kind":"alert","severity":"medium","id":"{id}"}},"observer":{{"vendor":"Acme"}},"rule":{{"name":"rule"}}{more}}}"#
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
fn complaint_7_a_nat_address_in_ten_thousand_alerts_joins_nothing() {
    let mut engine = Engine::new().unwrap();
    // One address behind which each alert is about another inner machine and domain.
    let lines: Vec<String> = (0..10_000)
        .map(|n| {
            let more = format!(
                r#"{},"host":{{"name":"pc{n}"}},"url":{{"domain":"d{n}.example"}}"#,
                from("10.9.9.9")
            );
            alert(n % 600, &n.to_string(), &more)
        })
        .collect();
    take(&mut engine, &lines);
    let largest = clusters(&engine);
    assert!(largest.iter().all(|cluster| cluster.alerts == 1), "{:?}", largest.first());
    assert_eq!(engine.stats().alerts, 10_000);
    // And the cluster says so.
    let shown = engine.cluster("C1").unwrap();
    assert_eq!((shown.hubs[0].kind.as_str(), shown.hubs[0].value.as_str()), ("address", "10.9.9.9"));
    assert_eq!(shown.hubs[0].reason, "more than 20 on its other side");
}

#[test]
fn complaint_8_a_chain_says_why_its_ends_are_together() {
    let mut engine = Engine::new().unwrap();
    take(
        &mut engine,
        &[
            alert(0, "a", &from("10.0.0.1")),
            alert(10, "b", &both("10.0.0.1", "10.0.0.2")),
            alert(20, "c", &from("10.0.0.2")),
        ],
    );
    let links = engine.cluster("C1").unwrap().links;
    let mut told: Vec<(&str, &str, &str, u64)> =
        links.iter().map(|l| (l.left.as_str(), l.right.as_str(), l.value.as_str(), l.apart)).collect();
    told.sort_unstable();
    assert_eq!(told, [("A1", "A2", "10.0.0.1", 600_000), ("A2", "A3", "10.0.0.2", 600_000)]);
}

#[test]
fn complaint_9_merged_clusters_keep_notes_and_old_ids_resolve() {
    let mut engine = Engine::new().unwrap();
    let with_domain = |address: &str| format!(r#"{},"url":{{"domain":"bad.example"}}"#, from(address));
    take(&mut engine, &[alert(0, "a", &from("10.0.0.1")), alert(1, "b", &with_domain("10.0.0.2"))]);
    act(&mut engine, "C1", Change::Note("seen before".into()));
    act(&mut engine, "C2", Change::Note("not ours".into()));
    take(&mut engine, &[alert(2, "c", &both("10.0.0.1", "10.0.0.2"))]);
    let shown = engine.cluster("C2").unwrap();
    assert_eq!((shown.summary.id.as_str(), shown.summary.alerts), ("C1", 3));
    assert_eq!(shown.merged, ["C2"]);
    let notes: Vec<&str> =
        shown.timeline.iter().filter(|e| e.kind == "note").map(|e| e.text.as_str()).collect();
    assert_eq!(notes, ["seen before (by ann)", "C2: not ours (by ann)"]);
    // The reason of the merge stands in the story.
    let merged = shown.timeline.iter().find(|event| event.kind == "merged").unwrap();
    assert_eq!(merged.text, "C2 came in: A2 and A3 share address 10.0.0.2");

    // Undone, each has what it had; the linking alert stays with the survivor.
    act(&mut engine, "C1", Change::UndoMerge("C2".into()));
    assert_eq!(
        (members(&engine, "C1"), members(&engine, "C2")),
        (vec!["A1".into(), "A3".into()], vec!["A2".into()])
    );
    // What linked them does not do so again; other evidence does.
    take(&mut engine, &[alert(3, "d", &from("10.0.0.2"))]);
    assert_eq!(members(&engine, "C2"), ["A2"]);
    let error = engine.change_cluster("C1", NOW, None, &Change::UndoMerge("C2".into())).unwrap_err();
    assert_eq!(error.to_string(), "undo-merge: C2 was not merged into C1, or a split has undone that");
    take(&mut engine, &[alert(4, "e", &with_domain("10.0.0.1"))]);
    assert_eq!(members(&engine, "C2"), ["A1", "A2", "A3", "A4", "A5"]);
}

#[test]
fn complaint_10_what_is_put_away_is_no_risk_any_more_and_comes_back_with_an_alert() {
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[alert(0, "a", &from("10.0.0.1"))]);
    let risk = |engine: &Engine| engine.risks(Some("address"), 0, 0).unwrap().first().map(|risk| risk.risk);
    assert!(risk(&engine).is_some_and(|risk| risk > 0.0));
    act(&mut engine, "C1", Change::Archive);
    assert_eq!(risk(&engine), None);
    let open = engine.clusters(&Selection::default(), 0, 0).unwrap();
    assert_eq!(open, []);
    take(&mut engine, &[alert(5, "b", &from("10.0.0.1"))]);
    assert!(risk(&engine).is_some());
    let shown = engine.cluster("C1").unwrap();
    assert!(!shown.summary.archived);
    assert!(shown.timeline.iter().any(|e| e.kind == "reopened" && e.text == "an alert joined"));
    // A month later it no longer counts, although it is open; the cluster's sum never decays.
    let later = alert(0, "z", &from("10.0.0.9")).replace("2026-03-01", "2026-04-05");
    let before = clusters(&engine)[0].score.clone();
    take(&mut engine, &[later]);
    let risks = engine.risks(Some("address"), 0, 0).unwrap();
    assert_eq!(risks.iter().map(|risk| risk.value.as_str()).collect::<Vec<_>>(), ["10.0.0.9"]);
    assert_eq!(clusters(&engine).iter().find(|c| c.id == "C1").unwrap().score, before);
}

#[test]
fn complaint_12_one_bad_line_fails_nothing() {
    let mut engine = Engine::new().unwrap();
    let text =
        format!("{}\n{{\"event\": \n{}", alert(0, "a", &from("10.0.0.1")), alert(1, "b", &from("10.0.0.1")));
    let batch = Batch {
        source: "x",
        first_line: 1,
        received_at: NOW,
        environment: None,
        emit: Emit::Nothing,
        text: &text,
    };
    let outcome = engine.ingest(&batch);
    assert_eq!((outcome.rejected.len(), outcome.rejected[0].line), (1, 2));
    assert_eq!(clusters(&engine)[0].alerts, 2);
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
fn a_suppressed_finding_is_kept_counts_nothing_and_comes_back_when_that_ends() {
    let configuration = |expires: &str| {
        format!(
            r#"{{"suppressions": [{{"what": "RULE", "host": "pc1*", "reason": "our scanner", "author": "soc", "expires": "{expires}"}}]}}"#
        )
    };
    let line = |id: &str| alert(0, id, r#","host":{"name":"pc1.corp.example"}"#);
    let mut engine = Engine::new().unwrap();
    // 2030-03-17 is the day of NOW: the last day on which it holds.
    engine.configure(&configuration("2030-03-17")).unwrap();
    take(&mut engine, &[line("a"), alert(0, "b", r#","host":{"name":"pc2"}"#)]);
    let held = engine.alert("A1").unwrap();
    assert_eq!((held.score.as_str(), held.suppressed.as_deref()), ("0", Some("our scanner (soc)")));
    assert_ne!(engine.alert("A2").unwrap().score, "0");
    engine.configure(&configuration("2030-03-16")).unwrap();
    take(&mut engine, &[line("c")]);
    assert_eq!(engine.alert("A3").unwrap().suppressed, None);
    // What was scored before stays so until somebody asks.
    assert_eq!(engine.alert("A1").unwrap().score, "0");
    assert_eq!(engine.rescore(NOW).changed, 1);
    assert_eq!(engine.alert("A1").unwrap().score, engine.alert("A3").unwrap().score);
}

#[test]
fn what_is_not_acceptable_is_refused_with_its_path_and_the_old_configuration_stays() {
    let mut engine = Engine::new().unwrap();
    engine.configure(WORKED).unwrap();
    let many: String = (0..10_000)
        .map(|n| format!(r#"{{"name": "t{n}", "identifiers": ["10.{}.{}.1"]}},"#, n / 250, n % 250))
        .collect();
    for (json, path, says) in [
        (r#"{"sources": {"a": {"multiplier": 0}}}"#, "sources.a.multiplier", "0.1 to 10"),
        (r#"{"sources": {"a": {"multiplier": -1}}}"#, "sources.a.multiplier", "0.1 to 10"),
        (r#"{"sources": {"a": {"action": {"unknown": 10.01}}}}"#, "sources.a.action.unknown", "0.1 to 10"),
        (r#"{"sources": {"a": {"alert_types": {"x": "2"}}}}"#, "sources.a.alert_types.x", "number"),
        (r#"{"sources": {"a": {"multiplicator": 1}}}"#, "sources.a.multiplicator", "unknown field"),
        (r#"{"sources": {"a": {}, "A ": {}}}"#, "sources.", "twice"),
        (
            r#"{"tags": [{"name": "t", "identifiers": ["10.0.0.0/33"]}]}"#,
            "tags[0].identifiers[0]",
            "no range",
        ),
        (
            r#"{"tags": [{"name": "t", "identifiers": ["/(/"]}]}"#,
            "tags[0].identifiers[0]",
            "regular expression",
        ),
        (r#"{"tags": [{"name": "t", "identifiers": []}]}"#, "tags[0].identifiers", "must name"),
        (
            r#"{"filters": [{"match": "/(a{1000}){1000}/", "action": "drop"}]}"#,
            "filters[0].match",
            "compiled",
        ),
        (r#"{"filters": [{"match": "x", "action": "hide"}]}"#, "filters[0].action", "hide"),
        (r#"{"correlation": {"window": "soon"}}"#, "correlation.window", "no span"),
        (r#"{"correlation": {"window": "0s"}}"#, "correlation.window", "1s to 366d"),
        (
            r#"{"suppressions": [{"what": "x", "reason": "", "author": "a"}]}"#,
            "suppressions[0].reason",
            "empty",
        ),
        (
            r#"{"suppressions": [{"what": "x", "reason": "r", "author": "a", "expires": "soon"}]}"#,
            "suppressions[0].expires",
            "soon",
        ),
        (r#"{"limits": {"alerts": 0}}"#, "limits.alerts", "at least 1"),
    ] {
        let error = engine.configure(json).unwrap_err().to_string();
        assert!(error.starts_with(path), "{json}: {error}");
        assert!(error.contains(says), "{json}: {error}");
    }
    // Ten thousand tags are fine, and the old multipliers were in force until now.
    take(&mut engine, &[alert(0, "a", &from("10.20.0.5"))]);
    assert!(engine.alert("A1").unwrap().factors.iter().any(|f| f.source == "tags.server:remote access"));
    engine.configure(&format!(r#"{{"tags": [{}]}}"#, many.trim_end_matches(','))).unwrap();
    take(&mut engine, &[alert(0, "b", &from("10.3.7.1"))]);
    assert!(engine.alert("A2").unwrap().factors.iter().any(|f| f.source == "tags.t757"));
}

#[test]
fn filters_look_at_the_raw_alert_and_the_first_that_matches_decides() {
    let mut engine = Engine::new().unwrap();
    let filters = r#"{"filters": [
        {"match": "10.0.0.1\"", "action": "allow"},
        {"match": "/\"ip\":\"10\\.0\\.0\\./", "action": "drop"},
        {"match": "never", "action": "drop"}
    ]}"#;
    engine.configure(filters).unwrap();
    let said = ingest(
        &mut engine,
        "x",
        1,
        &[alert(0, "a", &from("10.0.0.1")), alert(0, "b", &from("10.0.0.2"))].join("\n"),
    );
    assert!(said.lines().nth(1).unwrap().ends_with(r#""begat":{"kind":"alert","dropped":true}}"#), "{said}");
    let stats = engine.stats();
    assert_eq!((stats.alerts, stats.dropped_alerts), (1, 1));
    let trace = engine.test_filters(&alert(0, "c", &from("10.0.0.2")), NOW);
    let steps: Vec<String> = trace.steps.iter().map(|step| format!("{:?}", step.outcome)).collect();
    assert_eq!(steps, ["NotMatched", "Matched", "NotReached"]);
    assert!(trace.dropped);
    // Nothing is taken in by a test.
    assert_eq!(engine.stats().alerts, 1);
}

// 65 tags of 1.1: the first 64 multiply, and the score has all the digits of 1.1 ^ 64.
#[test]
fn at_most_64_tags_multiply_and_nothing_is_rounded() {
    let mut engine = Engine::new().unwrap();
    let tags: Vec<String> = (0..65)
        .map(|n| format!(r#"{{"name": "t{n}", "multiplier": 1.1, "identifiers": ["10.0.0.1"]}}"#))
        .collect();
    let sources = r#""sources": {"acme": {"action": {"unknown": 1}}}"#;
    engine.configure(&format!(r#"{{{sources}, "tags": [{}]}}"#, tags.join(","))).unwrap();
    take(&mut engine, &[alert(0, "a", &from("10.0.0.1"))]);
    let held = engine.alert("A1").unwrap();
    assert_eq!(held.factors.iter().filter(|factor| factor.name == "tag").count(), 64);
    assert!(held.assumed.iter().any(|said| said.contains("64 tags")), "{:?}", held.assumed);
    // 11 ^ 64 over 10 ^ 64, by long multiplication of its decimal digits.
    let mut digits: Vec<u32> = vec![1];
    let base: u32 = held.factors[0].value.parse().unwrap();
    for factor in std::iter::once(base).chain([11; 64]) {
        let mut carry = 0;
        for digit in &mut digits {
            let product = *digit * factor + carry;
            (*digit, carry) = (product % 10, product / 10);
        }
        while carry > 0 {
            digits.push(carry % 10);
            carry /= 10;
        }
    }
    let text: String = digits.iter().rev().map(|digit| char::from_digit(*digit, 10).unwrap()).collect();
    let (whole, fraction) = text.split_at(text.len() - 64);
    assert_eq!(held.score, format!("{whole}.{}", fraction.trim_end_matches('0')));
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
fn complaint_9_notes_stay_when_what_joined_two_clusters_is_gone() {
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[alert(0, "a", &from("10.0.0.1")), alert(1, "b", &from("10.0.0.2"))]);
    act(&mut engine, "C2", Change::Note("not ours".into()));
    take(
        &mut engine,
        &[alert(2, "c", &both("10.0.0.1", "10.0.0.2")), alert(3, "d", &both("10.0.0.1", "10.0.0.3"))],
    );
    // A later record of the last tells of somebody else: it leaves.
    take(&mut engine, &[alert(4, "d", &from("10.0.0.9"))]);
    assert_eq!(members(&engine, "C1"), ["A1", "A2", "A3"]);
    let shown = engine.cluster("C2").unwrap();
    assert!(shown.timeline.iter().any(|event| event.text.contains("not ours")), "{:?}", shown.timeline);
}

#[test]
fn tags_and_suppressions_match_however_a_thing_is_written() {
    for (identifier, more, expected) in [
        ("hxxp://EVIL[.]example/Path/X", r#","url":{"full":"http://evil.example/Path/X"}"#, true),
        ("evil[.]example.", r#","url":{"domain":"Evil.Example"}"#, true),
        ("/opt/App/Run.SH", r#","file":{"path":"/opt/App/Run.SH"}"#, true),
        ("/^vpn-[0-9]+$/", r#","host":{"name":"vpn-12.corp.example"}"#, true),
        ("vpn-12", r#","host":{"name":"VPN-12.corp.example"}"#, true),
        ("anna", r#","user":{"name":"CORP\\anna"}"#, true),
        ("::ffff:10.0.0.5", r#","source":{"ip":"10.0.0.5"}"#, true),
        ("10.0.0.5", r#","source":{"ip":"10.0.0.50"}"#, false),
        ("10.0.0.0/8", r#","source":{"ip":"11.0.0.5"}"#, false),
    ] {
        let mut engine = Engine::new().unwrap();
        let tag = serde_json::json!({"tags": [{"name": "t", "multiplier": 3, "identifiers": [identifier]}]});
        engine.configure(&tag.to_string()).unwrap();
        take(&mut engine, &[alert(0, "a", more)]);
        let matched = engine.alert("A1").unwrap().factors.iter().any(|factor| factor.source == "tags.t");
        assert_eq!(matched, expected, "{identifier} on {more}");
    }
    for (field, value, more) in [
        ("host", "vpn-12", r#","host":{"name":"vpn-12.corp.example"}"#),
        ("user", "ann*", r#","user":{"name":"CORP\\anna"}"#),
        ("address", "10.0.0.0/8", r#","source":{"ip":"10.0.0.5"}"#),
    ] {
        let mut engine = Engine::new().unwrap();
        let entry =
            serde_json::json!({"suppressions": [{"what": "*", field: value, "reason": "r", "author": "a"}]});
        engine.configure(&entry.to_string()).unwrap();
        take(&mut engine, &[alert(0, "a", more), alert(0, "b", &from("11.1.1.1"))]);
        assert_eq!(engine.alert("A1").unwrap().score, "0", "{field}");
        assert_ne!(engine.alert("A2").unwrap().score, "0", "{field}");
        assert_eq!(engine.stats().suppressed_alerts, 1);
    }
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
