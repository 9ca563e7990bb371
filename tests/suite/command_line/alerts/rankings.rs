//! Configurations and what they rank: `rescore`, `backtest`, `filters test`.

use super::*;

/// Low alerts of FortiGate count ten times: 0.5 x 10 x 2 = 10. Darktrace's count a tenth: 4 x 0.1 x 2 = 0.8.
const NEW: &str =
    "[sources.darktrace]\nmultiplier = 0.1\n[sources.\"fortinet fortigate\"]\nmultiplier = 10.0\n";

fn scores(state: &str) -> Vec<Value> {
    let list = on(state, &["clusters", "--format", "json"]).with(0).json();
    list.as_array().unwrap().iter().map(|cluster| cluster["score"].clone()).collect()
}

#[test]
fn a_configuration_does_not_rescore_and_rescore_does() {
    let (folder, state) = with_clusters();
    let config = folder.file("new.toml", NEW);
    begat_with_stdin(&["run", "--now", NOW, "--state", &state, "--config", &config], "").with(0);
    assert_eq!(scores(&state), [json!(16), json!(1)]);

    let dry = on(&state, &["rescore", "--dry-run", "--format", "json"]).with(0).json();
    assert_eq!((&dry["applied"], &dry["alerts"], &dry["changed"]), (&json!(false), &json!(3), &json!(3)));
    assert_eq!(scores(&state), [json!(16), json!(1)], "nothing was saved");

    let done = on(&state, &["rescore", "--format", "json"]).with(0);
    let text = done.stdout.clone();
    let done = done.json();
    // The largest change first: 1 -> 10.
    assert_eq!((&done["largest"][0]["before"], &done["largest"][0]["after"]), (&json!(1), &json!(10)));
    assert!(text.contains(r#""before":8,"after":0.8}"#), "{text}");
    let moves: Vec<_> = done["clusters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            [&row["before"]["rank"], &row["after"]["rank"], &row["before"]["score"], &row["after"]["score"]]
        })
        .collect();
    assert_eq!(
        moves,
        [[&json!(2), &json!(1), &json!(1), &json!(10)], [&json!(1), &json!(2), &json!(16), &json!(1.6)]]
    );
    assert_eq!(scores(&state), [json!(10), json!(1.6)]);

    let again = on(&state, &["rescore"]).with(0).stdout;
    assert!(again.starts_with("3 alerts held, 0 changed\n"), "{again}");
}

#[test]
fn a_rescore_takes_a_new_configuration() {
    let (folder, state) = with_clusters();
    let config = folder.file("new.toml", NEW);
    let ended = on(&state, &["rescore", "--config", &config]).with(0);
    assert!(ended.stdout.starts_with("3 alerts held, 3 changed\n"), "{}", ended.stdout);
    assert!(ended.stdout.contains("2 -> 1  1 -> 10"), "{}", ended.stdout);
    assert_eq!(scores(&state), [json!(10), json!(1.6)]);
    begat(&["rescore", "--config", &config]).with(2);
}

#[test]
fn a_backtest_of_a_state_changes_nothing() {
    let (folder, state) = with_clusters();
    let config = folder.file("new.toml", NEW);
    let ended = on(&state, &["backtest", "--config", &config, "--format", "json"]).with(0);
    assert!(ended.stderr.contains("--read FILE tries filters"), "{}", ended.stderr);
    let json = ended.json();
    assert_eq!((&json[0]["before"]["rank"], &json[0]["after"]["score"]), (&json!(2), &json!(10)));
    assert_eq!((&json[1]["before"]["score"], &json[1]["after"]["score"]), (&json!(16), &json!(1.6)));
    assert_eq!(scores(&state), [json!(16), json!(1)]);
}

#[test]
fn a_backtest_of_files_tries_filters_and_windows() {
    let folder = Folder::new();
    let file = folder.file("alerts.ndjson", two_clusters());
    // FortiGate's alert is dropped, and five minutes are too far apart.
    let config = folder.file(
        "new.toml",
        "[[filters]]\nmatch = \"fortigate\"\naction = \"drop\"\n[correlation]\nwindow = \"1m\"\n",
    );
    let json = begat(&["backtest", "--config", &config, "--read", &file, "--now", NOW, "--format", "json"])
        .with(0)
        .json();
    let rows: Vec<_> = json.as_array().unwrap().iter().map(|row| row["change"].as_str().unwrap()).collect();
    assert_eq!(rows.iter().filter(|change| **change == "vanished").count(), 1, "{json}");
    assert_eq!(rows.iter().filter(|change| **change == "split").count(), 1, "{json}");
    let text = begat(&["backtest", "--config", &config, "--read", &file, "--now", NOW]).with(0).stdout;
    assert!(text.starts_with("3 clusters, 3 change\n"), "{text}");
    for word in ["vanishes", "splits off", "gives to", "16 -> 8"] {
        assert!(text.contains(word), "no {word:?} in\n{text}");
    }
    let same =
        begat(&["backtest", "--config", &config, "--against", &config, "--read", &file]).with(0).stdout;
    assert_eq!(same, "2 clusters, none changes its rank or score\n");
    begat(&["backtest", "--config", &config, "--read", "-"]).with(2);
}

#[test]
fn a_configuration_that_is_wrong_is_told_with_its_field() {
    let (folder, state) = with_clusters();
    for (text, field) in [
        ("[sources.darktrace]\nmultiplier = 11", "sources.darktrace.multiplier"),
        ("[sources.darktrace]\nmultiplier = nan", "sources.darktrace.multiplier"),
        ("[sources.darktrace]\naction = { unknown = inf }", "sources.darktrace.action.unknown"),
    ] {
        let config = folder.file("wrong.toml", text);
        for command in ["backtest", "rescore"] {
            let ended = on(&state, &[command, "--config", &config]).with(1);
            assert!(ended.stderr.contains(field), "{field}: {}", ended.stderr);
        }
    }
}

#[test]
fn filters_are_tried_one_by_one() {
    let folder = Folder::new();
    let config = folder.file(
        "filters.toml",
        "[[filters]]\nmatch = \"/never/\"\naction = \"allow\"\n[[filters]]\nmatch = \"/beacon/\"\naction = \"drop\"\n\
         [[filters]]\nmatch = \"Beacon\"\naction = \"allow\"\n",
    );
    let alert = darktrace(0, "10.0.1.1", "10.0.1.2").replace("Beacon", "beacon");
    let json = begat(&["filters", "test", &alert, "--config", &config, "--format", "json"]).with(0).json();
    assert_eq!(json["dropped"], true);
    let outcomes: Vec<&str> =
        json["steps"].as_array().unwrap().iter().map(|step| step["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["not-matched", "matched", "not-reached"]);
    assert_eq!(json["alert"]["score"], 8);

    let text = begat(&["filters", "test", &alert, "--config", &config]).with(0).stdout;
    assert!(text.starts_with("dropped: neither scored nor correlated\n"), "{text}");
    let kept = begat_with_stdin(&["filters", "test", "-", "--config", &config], "{\"a\":1}\n").with(0).stdout;
    assert!(kept.starts_with("line 1\nno format knows this as an alert\n"), "{kept}");
    begat(&["filters", "test", &alert]).with(2);
}
