//! Tags, filters, suppressions, and what is not acceptable.

use super::*;

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
