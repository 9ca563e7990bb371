//! Alerts and their clusters: `begat clusters`, `sources`, `risk`, `rescore`, `backtest`, `filters`.
//!
//! Scores are worked out by hand. Without a configuration Darktrace's severity 7 is 4 x 1 x 2 x 1 = 8, since what
//! does not say what was done has the action `unknown`, and FortiGate's low is 0.5 x 1 x 2 x 1 = 1.

use serde_json::json;

use super::*;

mod changes;
mod exports;
mod rankings;

const NOW: &str = "2026-03-02T00:00:00Z";

/// An alert of Darktrace's at that minute past nine, between two addresses.
fn darktrace(minute: u32, source: &str, destination: &str) -> String {
    format!(
        r#"{{"@timestamp":"2026-03-01T09:{minute:02}:00Z","event":{{"kind":"alert","severity":7}},"observer":{{"vendor":"Darktrace"}},"rule":{{"name":"Beacon"}},"source":{{"ip":"{source}"}},"destination":{{"ip":"{destination}"}}}}"#
    )
}

/// One of FortiGate's, low.
fn fortigate(minute: u32, source: &str, destination: &str) -> String {
    darktrace(minute, source, destination)
        .replace(r#""vendor":"Darktrace""#, r#""vendor":"Fortinet","product":"FortiGate""#)
        .replace(r#""severity":7"#, r#""severity":"low""#)
        .replace("Beacon", "Scan")
}

/// The folder of the worked example.
fn worked(name: &str) -> String {
    shown(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/worked-example").join(name))
}

/// A cluster of 16 (10.0.1.1, at 09:00 and 09:05) and one of 1 (10.0.2.1 at 09:10).
fn two_clusters() -> String {
    [
        darktrace(0, "10.0.1.1", "10.0.1.2"),
        darktrace(5, "10.0.1.1", "10.0.1.3"),
        fortigate(10, "10.0.2.1", "10.0.2.2"),
    ]
    .join("\n")
        + "\n"
}

/// A folder with a state that has read them.
fn with_clusters() -> (Folder, String) {
    let folder = Folder::new();
    let file = folder.file("alerts.ndjson", two_clusters());
    let state = shown(&folder.path("state"));
    begat(&["run", "--now", NOW, "--only", "none", "--state", &state, &file]).with(0);
    (folder, state)
}

/// A command on that state.
fn on(state: &str, arguments: &[&str]) -> Ended {
    begat(&[arguments, &["--state", state, "--now", NOW]].concat())
}

fn ids(clusters: &Value) -> Vec<&str> {
    clusters.as_array().unwrap().iter().map(|cluster| cluster["id"].as_str().unwrap()).collect()
}

/// SOC.OS's document (seed 002): 16.8, 3 and 19.8, as numbers and without a rounded digit.
#[test]
fn the_worked_example_gives_the_document_s_scores() {
    let config = worked("begat.toml");
    let text =
        begat(&["run", "--config", &config, &worked("alerts.ndjson"), "--only", "none", "--report", "-"])
            .with(0)
            .stdout;
    let scores: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("\"score\": "))
        .map(|score| score.trim_end_matches(','))
        .collect();
    assert_eq!(scores, ["19.8", "16.8", "3"], "{text}");
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["alerts"], json!({"held": 2, "suppressed": 0, "duplicates": 0, "dropped": 0}));
    assert_eq!(report["clusters"].as_array().unwrap().len(), 1);
    let values = |alert: usize| -> Vec<String> {
        let factors = report["clusters"][0]["alerts"][alert]["factors"].as_array().unwrap();
        factors
            .iter()
            .map(|factor| format!("{} {}", factor["name"].as_str().unwrap(), factor["value"]))
            .collect()
    };
    assert_eq!(
        values(0),
        ["base 4", "source 1.0", "action 1.4", "type 1", "tag 3"].map(|v| v.replace("1.0", "1"))
    );
    assert_eq!(values(1)[..4], ["base 0.5", "source 3", "action 1", "type 2"]);
}

#[test]
fn clusters_are_ranked_by_what_is_asked() {
    let (_folder, state) = with_clusters();
    let list = |arguments: &[&str]| {
        on(&state, &[&["clusters", "--format", "json"], arguments].concat()).with(0).json()
    };
    let all = list(&[]);
    assert_eq!(ids(&all).len(), 2);
    assert_eq!((&all[0]["score"], &all[1]["score"]), (&json!(16), &json!(1)));
    assert_eq!((&all[0]["alert_count"], &all[0]["highest"]), (&json!(2), &json!(8)));
    let (first, second) = (all[0]["id"].as_str().unwrap(), all[1]["id"].as_str().unwrap());
    assert_eq!(ids(&list(&["--order", "newest"])), [second, first]);
    assert_eq!(ids(&list(&["--min-score", "1.5"])), [first]);
    assert_eq!(ids(&list(&["--entity", "10.0.2.2"])), [second]);
    assert_eq!(ids(&list(&["--entity", "10.9.9.9"])), [""; 0]);
    let limited = on(&state, &["clusters", "--limit", "1"]).with(0);
    assert_eq!(limited.stdout.lines().count(), 2, "a title and a row: {}", limited.stdout);
    assert!(limited.stderr.contains("there are more than these 1"), "{}", limited.stderr);
    assert!(limited.stdout.lines().all(|line| line.chars().count() <= 100), "{}", limited.stdout);
}

#[test]
fn a_cluster_explains_itself() {
    let ended = begat(&[
        "clusters",
        "--id",
        "C1",
        "--config",
        &worked("begat.toml"),
        "--read",
        &worked("alerts.ndjson"),
    ])
    .with(0);
    for part in [
        "  score    19.8 = 16.8 + 3\n",
        "4 x 1 x 1.4 x 1 x 3 = 16.8\n",
        "0.5 x 3 x 1 x 2 = 3\n",
        "share address 10.0.0.23, 12 min apart\n",
        "10.0.0.23 (2 alerts)",
        "alerts.ndjson:1\n",
    ] {
        assert!(ended.stdout.contains(part), "no {part:?} in\n{}", ended.stdout);
    }
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ended.stdout);
}

#[test]
fn what_is_not_there_and_what_is_wrong_is_told() {
    let (_folder, state) = with_clusters();
    let missing = on(&state, &["clusters", "--id", "C99"]).with(1);
    assert_eq!((missing.stderr.as_str(), missing.stdout.as_str()), ("begat: there is no cluster C99\n", ""));
    on(&state, &["clusters", "--min-score", "high"]).with(2);
    on(&state, &["clusters", "--format", "md"]).with(2);
    on(&state, &["clusters", "--defang"]).with(2);
    on(&state, &["clusters", "--note", "x"]).with(2);
    begat(&["clusters"]).with(2);
    on(&state, &["risk", "--kind", "weather"]).with(2);
}

#[test]
fn no_text_of_an_alert_reaches_the_terminal() {
    let hostile = darktrace(0, "10.0.1.1", "10.0.1.2").replace("Beacon", "\\u001b[2J\\nC9 forged");
    let folder = Folder::new();
    let file = folder.file("alerts.ndjson", hostile);
    for arguments in [
        &["clusters", "--read", &file][..],
        &["clusters", "--id", "C1", "--read", &file],
        &["clusters", "--id", "C1", "--format", "md", "--read", &file],
        &["clusters", "--id", "C1", "--format", "csv", "--read", &file],
        &["clusters", "--id", "C1", "--timeline", "csv", "--read", &file],
        &["clusters", "--id", "C1", "--timeline", "timesketch", "--read", &file],
        &["sources", "--read", &file],
        &["run", "--only", "none", &file],
    ] {
        let ended = begat(arguments).with(0);
        assert!(!ended.stdout.contains('\u{1b}') && !ended.stderr.contains('\u{1b}'), "{arguments:?}");
        assert!(!ended.stdout.contains("\nC9 forged"), "{arguments:?}");
    }
}

#[test]
fn a_run_ends_with_its_ranked_clusters() {
    let folder = Folder::new();
    let file = folder.file("alerts.ndjson", two_clusters());
    let summary = begat(&["run", "--only", "none", &file]).with(0).stderr;
    let at = |text: &str| summary.find(text).unwrap_or_else(|| panic!("no {text:?} in {summary}"));
    assert!(at("3 alerts held, 0 duplicates, 0 dropped") < at("scores 16: 2 alerts"));
    assert!(at("scores 16: 2 alerts") < at("scores 1: 1 alert"));
}

#[test]
fn sources_tell_what_was_ingested() {
    let (_folder, state) = with_clusters();
    let json = on(&state, &["sources", "--format", "json"]).with(0).json();
    let source = |name: &str| {
        let found = json.as_array().unwrap().iter().find(|source| source["source_system"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {json}")).clone()
    };
    let darktrace = source("darktrace");
    assert_eq!((&darktrace["vendor"], &darktrace["alerts"]), (&json!("Darktrace"), &json!(2)));
    assert_eq!(darktrace["types"], json!([{"type": "Beacon", "count": 2}]));
    assert_eq!(darktrace["last_seen"], "2026-03-01T09:05:00.000Z");
    let fortigate = source("fortinet fortigate");
    assert_eq!(fortigate["severities"], json!([{"severity": "low", "count": 1}]));
    assert_eq!(fortigate["actions"], json!([{"action": "unknown", "count": 1}]));
    let table = on(&state, &["sources"]).with(0).stdout;
    assert!(table.contains("darktrace\n") && table.contains("  types       Beacon (2)\n"), "{table}");
}

#[test]
fn risks_rank_entities_of_open_clusters() {
    let (_folder, state) = with_clusters();
    let json = on(&state, &["risk", "--kind", "address", "--format", "json"]).with(0).json();
    // 10.0.1.1 is in both alerts of 8, where 10 is 100: (80 + 80 / 2^1.5) / zeta(1.5) = 108.284 / 2.6124 = 41.45.
    assert_eq!(json[0]["value"], "10.0.1.1");
    assert_eq!(json[0]["risk"].to_string(), "41.45");
    let table = on(&state, &["risk"]).with(0).stdout;
    assert!(table.trim_start().starts_with("risk  kind") && table.contains("10.0.1.1"), "{table}");
}
