//! What users do to clusters.

use super::*;

/// The id of the cluster whose alerts name an entity.
fn id_of(state: &str, entity: &str) -> String {
    let json = on(state, &["clusters", "--archived", "--format", "json", "--entity", entity]).with(0).json();
    json[0]["id"].as_str().unwrap_or_else(|| panic!("no cluster of {entity}: {json}")).to_owned()
}

fn show(state: &str, id: &str) -> Value {
    on(state, &["clusters", "--id", id, "--format", "json"]).with(0).json()
}

#[test]
fn work_on_a_cluster_is_kept() {
    let (_folder, state) = with_clusters();
    let id = id_of(&state, "10.0.1.1");
    let ended = on(
        &state,
        &[
            "clusters",
            "--id",
            &id,
            "--note",
            "asked the owner",
            "--assign",
            "anna",
            "--status",
            "in-progress",
            "--by",
            "ben",
        ],
    )
    .with(0);
    assert!(
        ended.stdout.starts_with(&format!("{id}: in-progress, assigned to anna; score 16, ")),
        "{}",
        ended.stdout
    );
    let json = show(&state, &id);
    assert_eq!((&json["status"], &json["assignee"]), (&json!("in-progress"), &json!("anna")));
    let timeline = json["timeline"].to_string();
    assert!(timeline.contains("asked the owner") && timeline.contains("ben"), "{timeline}");

    // A disposition alone closes it.
    let closed =
        on(&state, &["clusters", "--id", &id, "--disposition", "false-positive", "--format", "json"]);
    let closed = closed.with(0).json();
    assert_eq!((&closed["status"], &closed["disposition"]), (&json!("closed"), &json!("false-positive")));
}

#[test]
fn an_archived_cluster_is_put_away_until_it_is_asked_for() {
    let (_folder, state) = with_clusters();
    let id = id_of(&state, "10.0.1.1");
    let listed = |more: &[&str]| {
        let list = on(&state, &[&["clusters", "--format", "json"], more].concat()).with(0).json();
        ids(&list).contains(&id.as_str())
    };
    on(&state, &["clusters", "--id", &id, "--archive"]).with(0);
    assert_eq!((listed(&[]), listed(&["--archived"])), (false, true));
    on(&state, &["clusters", "--id", &id, "--reopen"]).with(0);
    assert!(listed(&[]));
}

#[test]
fn an_alert_reopens_the_archived_cluster_that_it_joins() {
    let (folder, state) = with_clusters();
    let id = id_of(&state, "10.0.1.1");
    on(&state, &["clusters", "--id", &id, "--archive"]).with(0);
    let file = folder.file("more.ndjson", darktrace(20, "10.0.1.1", "10.0.1.9"));
    begat(&["run", "--now", NOW, "--only", "none", "--state", &state, &file]).with(0);
    let json = show(&state, &id);
    assert_eq!((&json["archived"], &json["score"]), (&json!(false), &json!(24)));
}

/// C1 of 16 and C2 of 1; an alert of 8 names an address of each: 25 together.
#[test]
fn a_merge_can_be_undone() {
    let (folder, state) = with_clusters();
    let (first, second) = (id_of(&state, "10.0.1.1"), id_of(&state, "10.0.2.1"));
    let file = folder.file("more.ndjson", darktrace(15, "10.0.1.1", "10.0.2.1"));
    begat(&["run", "--now", NOW, "--only", "none", "--state", &state, &file]).with(0);

    let merged = on(&state, &["clusters", "--id", &second, "--format", "json"]).with(0);
    assert_eq!(merged.stderr, format!("begat: {second} was merged into {first}\n"));
    let merged = merged.json();
    assert_eq!((&merged["id"], &merged["score"]), (&json!(first), &json!(25)));
    assert_eq!(merged["merged"], json!([second]));

    on(&state, &["clusters", "--id", &first, "--undo-merge", &second]).with(0);
    let score = |id: &str| show(&state, id)["score"].clone();
    assert_eq!((score(&first), score(&second)), (json!(24), json!(1)), "the linking alert stays");
}

#[test]
fn an_alert_can_be_taken_out() {
    let (_folder, state) = with_clusters();
    let id = id_of(&state, "10.0.1.1");
    let alert = show(&state, &id)["alerts"][0]["id"].as_str().unwrap().to_owned();
    on(&state, &["clusters", "--id", &id, "--take-out", &alert]).with(0);
    let scores: Vec<Value> = on(&state, &["clusters", "--format", "json"])
        .with(0)
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|cluster| cluster["score"].clone())
        .collect();
    assert_eq!(scores, [json!(8), json!(8), json!(1)]);
}

#[test]
fn a_change_needs_a_state_a_cluster_and_something_to_change() {
    let (folder, state) = with_clusters();
    let before = held(&folder.path("state"), "default");
    let file = folder.file("a.ndjson", two_clusters());
    let read = begat(&["clusters", "--id", "C1", "--archive", "--read", &file]).with(2);
    assert!(read.stderr.contains("a change needs --state DIR"), "{}", read.stderr);
    on(&state, &["clusters", "--id", "C1", "--by", "anna"]).with(2);
    on(&state, &["clusters", "--id", "C1", "--archive", "--reopen"]).with(2);
    on(&state, &["clusters", "--id", "C1", "--archive", "--format", "csv"]).with(2);
    let missing = on(&state, &["clusters", "--id", "C99", "--archive"]).with(1);
    assert_eq!(missing.stderr, "begat: there is no cluster C99\n");
    // The first of two changes is not kept when the second is refused.
    on(&state, &["clusters", "--id", "C1", "--note", "x", "--undo-merge", "C99"]).with(1);
    let after = held(&folder.path("state"), "default");
    assert!((after.snapshot, after.last) == (before.snapshot, before.last));

    let nowhere = shown(&folder.path("nowhere"));
    on(&nowhere, &["clusters", "--id", "C1", "--archive"]).with(1);
    assert!(!folder.path("nowhere").exists());
}
