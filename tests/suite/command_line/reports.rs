//! `--report`: names and shapes are a contract, other programs read them.

use serde_json::json;

use super::*;

#[test]
fn a_report_has_its_shape() {
    let folder = Folder::new();
    // Two starts of one program, one of them against the table, a gap, a raw line, a blank one and a bad one.
    let violation = start(2).replace("services.exe", "explorer.exe");
    let gap = r#"{"EventID":255,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"ws2","UtcTime":"2026-03-01 09:00:00"}"#;
    let file = folder.file("input", format!("{}\n{violation}\n{gap}\nraw\n\n{{\n", start(1)));
    begat(&["run", "--quiet", "--report", &folder.report(), &file]).with(0);
    let mut report = folder.read_report();
    let message = report["rejected"][0]["message"].take();
    assert!(message.as_str().is_some_and(|m| !m.is_empty()));
    assert_eq!(
        report,
        json!({
            "lines": 6, "recognised": 3, "passed": 1,
            "rejected": [{"file": file, "line": 6, "message": null}], "rejected_total": 1,
            "repaired": [], "repaired_total": 0, "unread": [],
            "kinds": {"process-start": 2, "other": 1},
            "twins": 0, "repeated": 0, "sensor_gaps": 1, "hosts": ["ws1.example.org", "ws2"], "processes": 2,
            "evicted": {"processes": 0, "hosts": 0, "values": 0, "alerts": 0, "events": 0, "aged_events": 0},
            "hierarchy": {"expected": 1, "violation": 1, "unknown": 0},
            "violations": [{
                "process": "ws1.example.org/00000000-0000-0000-0000-000000000002",
                "image": "C:\\Windows\\System32\\svchost.exe",
                "reason": "unexpected-parent", "observed": "explorer.exe", "expected": ["services.exe"],
                "grade": "evidence",
                "file": file, "line": 2,
            }],
            "prevalence": [{"image": "svchost.exe", "executions": 2, "hosts": 1, "rank": 1}],
            "alerts": {"held": 0, "suppressed": 0, "duplicates": 0, "dropped": 0},
            "clusters": [],
        })
    );
}

#[test]
fn a_report_can_go_to_stdout_when_no_lines_do() {
    let ended = begat_with_stdin(&["run", "--only", "none", "--report", "-"], starts(3)).with(0);
    assert_eq!(ended.json()["kinds"]["process-start"], 3);
}

#[test]
fn a_report_that_fails_leaves_the_old_one() {
    let folder = Folder::new();
    let place = folder.file("report.json", "{\"old\":true}");
    let ended = begat(&["run", "--report", &place, "--config", &shown(&folder.path("missing.toml"))]).with(1);
    assert!(ended.stderr.contains("missing.toml"), "{}", ended.stderr);
    assert_eq!(folder.read_report(), json!({"old": true}));
    let left = std::fs::read_dir(folder.0.path()).unwrap().count();
    assert_eq!(left, 1, "nothing else is left behind");
}

#[test]
fn a_report_nowhere_is_refused_before_the_work() {
    let folder = Folder::new();
    let nowhere = shown(&folder.path("no/such/folder/report.json"));
    let ended = begat_with_stdin(&["run", "--report", &nowhere], starts(1)).with(1);
    assert!(ended.stderr.contains(&nowhere), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
}

#[test]
fn the_summary_is_for_people_and_quiet_ends_it() {
    let folder = Folder::new();
    let file = folder.file("input", starts(2));
    let ended = begat(&["run", "--only", "none", &file]).with(0);
    assert!(ended.stderr.contains("2 process starts on 1 host"), "{}", ended.stderr);
    assert_eq!(begat(&["run", "--only", "none", "--quiet", &file]).with(0).stderr, "");
}

// One start a second, and room for four: the fifth, the seventh and the ninth leave three each time, and the tenth is
// the fourth again. So six are gone.
#[test]
fn events_that_a_limit_drops_are_told_wherever_an_answer_rests_on_events() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    let config = folder.file("begat.toml", "[limits]\nevents = 4\n");
    let second = |pid: u32| start(pid).replace("09:00:00.000", &format!("09:00:{pid:02}.000")) + "\n";
    let lines: String = (1..=10).map(second).collect();
    let run = ["run", "--only", "none", "--state", &state, "--config", &config, "--report", &folder.report()];
    let told = begat_with_stdin(&run, lines).with(0).stderr;
    assert!(told.contains("\nlimits were reached: 6 events dropped\n"), "{told}");
    assert_eq!(folder.read_report()["evicted"]["events"], 6);
    let note = "begat: limits were reached: 6 events dropped; what they told is missing here\n";
    let subject = "ws1.example.org/00000000-0000-0000-0000-00000000000a";
    for question in [
        &["chain", subject][..],
        &["chain", subject, "--timeline"],
        &["query", "entity=process&action=run&attr=file_name:svchost.exe"],
    ] {
        let told = begat(&[question, &["--state", &state]].concat()).with(0).stderr;
        assert!(told.starts_with(note), "{told}");
    }
    let show = ["tenant", "show", "default", "--state", &state];
    let text = begat(&show).with(0).stdout;
    assert!(text.contains(" 4 events\nlimits were reached: 6 events dropped\n"), "{text}");
    let json = begat(&[&show[..], &["--format", "json"]].concat()).with(0).json();
    assert_eq!(
        json["evicted"],
        json!({"processes": 0, "hosts": 0, "values": 0, "alerts": 0, "events": 6, "aged_events": 0})
    );
}

// Two files written on 1 March and one on 15 April: 30 days before that day it is 16 March.
#[test]
fn events_that_are_too_old_are_told_and_none_is_of_files_that_are_read_for_a_question() {
    let folder = Folder::new();
    let wrote = |pid: u32| {
        start(pid).replace(r#""EventID":1,"#, r#""EventID":11,"TargetFilename":"C:\\a.txt","#) + "\n"
    };
    let lines = wrote(1) + &wrote(2) + &wrote(3).replace("2026-03-01", "2026-04-15");
    let file = folder.file("input.ndjson", lines);
    let state = shown(&folder.path("state"));
    let now = ["--now", "2026-06-01T00:00:00Z"];
    let run = ["run", "--only", "none", "--state", &state, "--report", &folder.report(), &file];
    let told = begat(&[&run[..], &now].concat()).with(0).stderr;
    assert!(told.contains("\n2 events were older than causality.keep and dropped\n"), "{told}");
    let evicted = &folder.read_report()["evicted"];
    assert_eq!((&evicted["aged_events"], &evicted["events"]), (&json!(2), &json!(0)));
    let text = begat(&["tenant", "show", "default", "--state", &state]).with(0).stdout;
    assert!(text.contains(" 1 events\n2 events were older than causality.keep and dropped\n"), "{text}");
    let query = ["query", "entity=file&action=create_file&attr=file_name:a.txt", "--format", "json"];
    let kept = begat(&[&query[..], &["--state", &state]].concat()).with(0);
    let note = "begat: 2 events were older than causality.keep and dropped; what they told is missing here\n";
    assert_eq!((kept.stderr.as_str(), kept.json().as_array().unwrap().len()), (note, 1));
    // Asked of the file itself, all three are there; unless a configuration says how long events are kept.
    let read = begat(&[&query[..], &["--read", &file], &now].concat()).with(0);
    assert_eq!((read.stderr.as_str(), read.json().as_array().unwrap().len()), ("", 3));
    let config = folder.file("begat.toml", "[causality]\nkeep = \"30d\"\n");
    let read = begat(&[&query[..], &["--read", &file, "--config", &config], &now].concat()).with(0);
    assert_eq!((read.stderr.as_str(), read.json().as_array().unwrap().len()), (note, 1));
    let other = folder.file("other.toml", "[causality]\ntolerance = 60\n");
    let read = begat(&[&query[..], &["--read", &file, "--config", &other], &now].concat()).with(0);
    assert_eq!(read.json().as_array().unwrap().len(), 3);
}
