//! What users of such systems complained about, each by its number in the specification.

use super::*;

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
