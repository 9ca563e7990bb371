//! `begat score`.

use std::io::{BufRead, BufReader};

use serde_json::json;

use super::*;

/// Two hosts: ws1 has started svchost.exe three times, once of them from the temporary folder, ws2 cmd.exe once.
fn recording(folder: &Folder) -> String {
    let line = |host: &str, id: u32, image: &str, parent: &str| {
        start(id)
            .replace("ws1.example.org", host)
            .replace("C:\\\\Windows\\\\System32\\\\svchost.exe", image)
            .replace("C:\\\\Windows\\\\System32\\\\services.exe", parent)
            + "\n"
    };
    let text = [
        line("ws1", 1, r"C:\\Windows\\System32\\svchost.exe", r"C:\\Windows\\System32\\services.exe"),
        line("ws1", 2, r"C:\\Windows\\System32\\svchost.exe", r"C:\\Windows\\System32\\services.exe"),
        line("ws1", 3, r"C:\\Windows\\Temp\\svchost.exe", r"C:\\Windows\\explorer.exe"),
        line("ws2", 4, r"C:\\Windows\\System32\\cmd.exe", r"C:\\Windows\\explorer.exe"),
    ]
    .concat();
    folder.file("recording.ndjson", text)
}

const PROFILE: &str =
    r#"{"image": "C:\\Windows\\System32\\svchost.exe", "hostname": "ws1", "parent_image": "explorer.exe"}"#;

#[test]
fn a_profile_is_scored_by_what_the_files_say() {
    let folder = Folder::new();
    let answer = begat(&["score", PROFILE, "--read", &recording(&folder)]).with(0).json();
    // svchost.exe: 3 executions, the most of 2 images, on 1 of 2 hosts. Path 2 of 3, parent 1 of 3.
    // Customer: prevalence 0.7 * 50 + 0.3 * 100 = 65; (65 + 66.67 + 33.33) / 3 = 55.
    // Host: prevalence 100 by itself; (100 + 66.67 + 33.33) / 3 = 66.67. Together (55 + 66.67) / 2 = 60.8.
    assert_eq!(
        answer,
        json!({
            "echotrail_score": 61,
            "customer": {"rank": 1, "host_prev": 50, "overall_score": 55, "path_score": 67, "parent_score": 33},
            "host": {"rank": 1, "host_prev": 100, "overall_score": 67, "path_score": 67, "parent_score": 33},
        })
    );
}

#[test]
fn the_same_from_files_a_state_an_argument_and_stdin() {
    let folder = Folder::new();
    let recording = recording(&folder);
    let state = shown(&folder.path("state"));
    begat(&["run", "--only", "none", "--quiet", "--state", &state, &recording]).with(0);
    let expected = begat(&["score", PROFILE, "--read", &recording]).with(0).stdout;
    assert_eq!(begat(&["score", PROFILE, "--state", &state]).with(0).stdout, expected);
    assert_eq!(begat_with_stdin(&["score", "-", "--state", &state], PROFILE).with(0).stdout, expected);
    // Packed and split over two files, as `begat run` takes them.
    let packed = folder.file("packed", gzip(&std::fs::read(&recording).unwrap()));
    let empty = folder.file("empty", "");
    assert_eq!(begat(&["score", PROFILE, "--read", &empty, &packed]).with(0).stdout, expected);
}

#[test]
fn nothing_known_is_0_and_never_seen_has_no_rank() {
    let answer = begat(&["score", r#"{"image": "cmd.exe"}"#]).with(0).json();
    assert_eq!(answer["echotrail_score"], 0);
    assert_eq!(answer["customer"], json!({"rank": null, "host_prev": 0, "overall_score": 0}));
    let text = begat(&["score", r#"{"image": "cmd.exe"}"#, "--format", "text"]).with(0).stdout;
    assert!(text.starts_with("cmd.exe: 0 of 100\n"), "{text}");
}

#[test]
fn the_detail_tells_what_a_score_rests_on() {
    let folder = Folder::new();
    let answer = begat(&["score", PROFILE, "--detail", "--read", &recording(&folder)]).with(0).json();
    let customer = &answer["detail"]["customer"];
    assert_eq!(
        (&customer["seen"], &customer["executions"], &customer["images"]),
        (&json!(true), &json!(3), &json!(2))
    );
    assert_eq!(
        (&customer["first_seen"], &customer["last_seen"]),
        (&customer["last_seen"], &json!("2026-03-01T09:00:00.000Z"))
    );
    let path = &customer["fields"]["path_score"];
    assert_eq!((&path["numerator"], &path["denominator"], &path["hosts"]), (&json!(2), &json!(3), &json!(1)));
    let hosts = &customer["host_prev"];
    assert_eq!((&hosts["numerator"], &hosts["denominator"]), (&json!(1), &json!(2)));
    assert_eq!(customer["prevalence"], json!({"value": 65.0, "weight": 1.0}));
    assert_eq!(answer["detail"]["host"]["executions"], 3);
}

#[test]
fn each_line_of_stdin_has_its_line_and_a_bad_one_harms_no_other() {
    let folder = Folder::new();
    let profiles = format!(
        "{PROFILE}\n{{\"image\": \"a.exe\", \"network_ports\": [70000]}}\n\nno json\n{PROFILE}\n{{\"image\": \"a\", \"hash\": \"12\"}}\n"
    );
    let ended = begat_with_stdin(&["score", "-", "--read", &recording(&folder)], profiles).with(1);
    let lines = ended.lines();
    assert_eq!(lines.len(), 5);
    assert_eq!((&lines[0]["echotrail_score"], &lines[3]), (&json!(61), &lines[0]));
    let message = "network_ports[0]: must be a number from 0 to 65535, not 70000";
    assert_eq!(lines[1], json!({"message": message}));
    assert!(
        lines[2]["message"].as_str().unwrap().starts_with("the profile is no valid JSON"),
        "{}",
        lines[2]
    );
    assert!(lines[4]["message"].as_str().unwrap().starts_with("hash: "), "{}", lines[4]);
    let told: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!((told.len(), told[0]), (3, format!("stdin:2: {message}").as_str()));
    assert!(told[1].starts_with("stdin:4: ") && told[2].starts_with("stdin:6: hash: "), "{}", ended.stderr);
}

#[test]
fn a_profile_that_is_not_acceptable_is_refused_by_its_field() {
    let long = format!(r#"{{"image": "{}"}}"#, "a".repeat(64 << 10));
    let children: Vec<String> = (0..1001).map(|n| format!("{n}.exe")).collect();
    let many = json!({"image": "a.exe", "children": children}).to_string();
    let cases = [
        ("{}", "image: must be there"),
        (r#"{"image": ""}"#, "image: must not be empty"),
        (r#"{"image": 5}"#, "image: must be a text, not 5"),
        (&long, "image: has 65536 characters, at most 32767 are allowed"),
        (r#"{"image": "C:\\Windows\\"}"#, "image: "),
        (r#"{"image": "a.exe", "hash": "d41d8cd9"}"#, "hash: "),
        (r#"{"image": "a.exe", "network_ports": [-1]}"#, "network_ports[0]: must be a number"),
        (r#"{"image": "a.exe", "network_ports": ["443"]}"#, "network_ports[0]: must be a number"),
        (&many, "children: has 1001 elements, at most 1000 are allowed"),
        (r#"{"image": "a.exe", "user": "x"}"#, "user: unknown field"),
        (r#"{"image": "a.exe", "record_execution": true}"#, "record_execution: needs --state DIR"),
        ("[]", "a profile is a JSON object"),
        ("cmd.exe", "the profile is no valid JSON"),
    ];
    for (profile, says) in cases {
        let ended = begat(&["score", profile]).with(1);
        assert!(ended.stderr.starts_with(&format!("begat: {says}")), "{says}: {}", ended.stderr);
        assert_eq!((ended.stdout.as_str(), ended.stderr.lines().count()), ("", 1), "{says}");
    }
}

#[test]
fn a_thousand_children_are_taken() {
    let children: Vec<String> = (0..1000).map(|n| format!("{n}.exe")).collect();
    let profile = json!({"image": "a.exe", "children": children}).to_string();
    assert_eq!(begat(&["score", &profile]).with(0).json()["echotrail_score"], 0);
}

#[test]
fn wrong_usage_is_told() {
    for (arguments, says) in [
        (&["score"][..], "JSON|-"),
        (&["score", "{}", "--record"], "--record needs --state DIR"),
        (&["score", "-", "--read", "-"], "cannot both be read from stdin"),
        (&["score", "{}", "--read", "a", "--state", "b"], "--state"),
        (&["score", "{}", "--at", "yesterday"], "write a time as"),
    ] {
        let ended = begat(arguments).with(2);
        assert!(ended.stderr.contains(says), "{arguments:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn a_recorded_execution_is_scored_before_it_is_counted() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    let record = |profile: &str, arguments: &[&str]| {
        begat(&[&["score", profile, "--state", &state], arguments].concat()).with(0).json()
    };
    let at = ["--at", "2026-03-01T09:00:00Z"];
    let first = record(PROFILE, &[&["--record", "--detail"], &at[..]].concat());
    assert_eq!((&first["echotrail_score"], &first["customer"]["rank"]), (&json!(0), &Value::Null));
    let asking = PROFILE.replace('}', ", \"record_execution\": true}");
    let second = record(&asking, &["--at", "2026-03-02T09:00:00Z"]);
    assert_eq!((&second["echotrail_score"], &second["customer"]["rank"]), (&json!(100), &json!(1)));
    // Not recorded: the two before are all.
    record(PROFILE, &[]);
    let detail = record(PROFILE, &["--detail"])["detail"]["customer"].clone();
    assert_eq!(detail["executions"], 2);
    assert_eq!(detail["first_seen"], "2026-03-01T09:00:00.000Z");
    assert_eq!(detail["last_seen"], "2026-03-02T09:00:00.000Z");
}

#[test]
fn many_are_recorded_in_one_go() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    let line =
        |record| format!("{{\"image\": \"a.exe\", \"hostname\": \"h\", \"record_execution\": {record}}}\n");
    // The first only asks: what is recorded after it is saved all the same.
    begat_with_stdin(&["run", "--state", &state], "").with(0);
    let profiles = [line(false), line(true), "{}\n".into(), line(true), line(false)].concat();
    let ended = begat_with_stdin(&["score", "-", "--state", &state], profiles).with(1);
    let scores: Vec<Value> = ended.lines().iter().map(|line| line["echotrail_score"].clone()).collect();
    assert_eq!(scores, [json!(0), json!(0), Value::Null, json!(100), json!(100)]);
    let after = begat(&["score", "--detail", line(false).trim(), "--state", &state]).with(0).json();
    assert_eq!(after["detail"]["customer"]["executions"], 2);
}

/// Whoever has read an answer may rely on it: killed at any moment, no less was counted than was answered.
#[test]
fn an_answer_comes_when_what_it_recorded_is_on_the_disk() {
    let folder = Folder::new();
    let profile = r#"{"image": "a.exe", "hostname": "h"}"#;
    for round in 0..5 {
        let state = shown(&folder.path(&format!("state{round}")));
        let mut child =
            command(&["score", "-", "--record", "--state", &state]).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(format!("{profile}\n").repeat(200).as_bytes()).unwrap();
        let wanted = 10 + 7 * round;
        let answers = BufReader::new(child.stdout.take().unwrap()).lines().take(wanted);
        assert_eq!(
            answers.filter(|answer| answer.as_ref().unwrap().contains("echotrail_score")).count(),
            wanted
        );
        child.kill().unwrap();
        child.wait().unwrap();
        let after = begat(&["score", "--detail", profile, "--state", &state]).with(0).json();
        let counted = after["detail"]["customer"]["executions"].as_u64().unwrap();
        assert!((wanted as u64..=200).contains(&counted), "{wanted} answered, {counted} counted");
    }
}
