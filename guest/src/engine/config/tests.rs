use super::*;

fn refused(json: &str) -> String {
    Config::from_json(json).unwrap_err().to_string()
}

#[test]
fn an_entry_is_named_by_its_path_and_not_by_a_position() {
    assert_eq!(
        refused(r#"{"limits": {"process": 1}}"#),
        "limits.process: unknown field `process`, expected one of `processes`, `values`, `counts`, `hosts`, `alerts`, `events`"
    );
    assert_eq!(
        refused(r#"{"causality": {"spawners": ["init", 5]}}"#),
        "causality.spawners[1]: invalid type: integer `5`, expected a string"
    );
    assert_eq!(
        refused(r#"{"limits": {"values": -1}}"#),
        "limits.values: invalid value: integer `-1`, expected a whole number from 0 to 4294967295"
    );
    assert_eq!(refused(r#"{"limits": 5}"#), "limits: invalid type: integer `5`, expected a table of entries");
    // What is no JSON at all has no entry to name.
    assert!(refused("{").ends_with(" at line 1 column 1"));
}

#[test]
fn only_a_position_at_the_end_is_taken_off() {
    assert_eq!(without_position("expected u32 at line 1 column 26"), "expected u32");
    for message in ["expected u32", "seen at line 3", "` at line 1 column 2`", "at line x column 5"] {
        assert_eq!(without_position(message), message);
    }
    assert_eq!(
        without_position("` at line 1 column 2` is odd at line 3 column 4"),
        "` at line 1 column 2` is odd"
    );
}

#[test]
fn what_is_not_acceptable_is_refused_with_its_path() {
    let cases = [
        (r#"{"time": {"zone": "Berlin"}}"#, "time.zone"),
        (r#"{"hierarchy": {"profile": "future"}}"#, "hierarchy.profile"),
        (r#"{"hierarchy": {"rows": [{}]}}"#, "hierarchy.rows[0]"),
        (r#"{"hierarchy": {"rows": [{"name": "a.exe", "parent": []}]}}"#, "hierarchy.rows[0].parent"),
        (r#"{"hierarchy": {"rows": [{"name": "a.exe", "users": ["anna"]}]}}"#, "hierarchy.rows[0].users[0]"),
        (r#"{"prevalence": {"weights": {"path": -1}}}"#, "prevalence.weights.path"),
        (r#"{"prevalence": {"weights": {"path": "2"}}}"#, "prevalence.weights.path"),
        (r#"{"limits": {"processes": 0}}"#, "limits.processes"),
        (r#"{"limits": {"process": 1}}"#, "limits.process"),
        (r#"{"causality": {"spawners": [""]}}"#, "causality.spawners[0]"),
        (r#"{"detection": {"rare": {"max_percent": 101}}}"#, "detection.rare.max_percent"),
        (r#"{"detection": {"common_hosts": 0}}"#, "detection.common_hosts"),
        (r#"{"detection": {"injection": true}}"#, "detection.injection"),
        (r#"{"causality": {"spawners": ["init", " \t"]}}"#, "causality.spawners[1]"),
    ];
    for (json, path) in cases {
        match Config::from_json(json) {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, path),
            other => panic!("{json}: {other:?}"),
        }
    }
}

#[test]
fn a_hash_seed_is_not_saved() {
    let config = Config::from_json(r#"{"hash_seed": 18446744073709551615}"#).unwrap();
    assert_eq!(config.hash_seed, Some(u64::MAX));
    let saved = serde_json::to_string(&config).unwrap();
    assert_eq!(Config::from_json(&saved).unwrap(), Config::default());
}

#[test]
fn a_configuration_that_changes_nothing_keeps_its_version() {
    let mut engine = crate::Engine::new().unwrap();
    let mut version_of = |json| engine.configure(json).unwrap();
    assert_eq!(version_of("{}"), 1);
    assert_eq!(version_of(r#"{"hash_seed": 1}"#), 1);
    assert_eq!(version_of(r#"{"limits": {"processes": 9}}"#), 2);
    assert_eq!(version_of(r#"{"limits": {"processes": 9}, "hash_seed": 2}"#), 2);
    assert_eq!(version_of("{}"), 3);
}

#[test]
fn a_zone_lies_east_of_utc() {
    let config = Config::from_json(r#"{"time": {"zone": "-04:00"}}"#).unwrap();
    assert_eq!(config.reading().zone_minutes, -240);
}
