//! `--state`: what one command has learned, the next one knows.

use serde_json::json;

use super::*;

/// Members of a report that are of one run, not of the state.
const OF_THE_RUN: [&str; 5] = ["rejected", "rejected_total", "repaired", "repaired_total", "unread"];

fn state_of(report: Value) -> Value {
    let mut report = report;
    for member in OF_THE_RUN {
        report.as_object_mut().unwrap().remove(member);
    }
    report
}

/// A folder with a state that has seen two starts of svchost.exe on one host.
pub(super) fn with_state() -> (Folder, String) {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    begat_with_stdin(&["run", "--state", &state], starts(2)).with(0);
    (folder, state)
}

fn snapshot(folder: &Folder, tenant: &str) -> Vec<u8> {
    std::fs::read(newest_snapshot(&folder.path("state"), tenant)).unwrap()
}

#[test]
fn two_runs_over_two_files_are_one_run_over_both() {
    let folder = Folder::new();
    let text = crate::data::example();
    let half = text.split_inclusive('\n').take(1000).map(str::len).sum();
    let (one, two) = (folder.file("1", &text[..half]), folder.file("2", &text[half..]));
    let state = shown(&folder.path("state"));
    let now = "2026-09-16T00:00:00Z";

    let report = folder.report();
    let whole = begat(&["run", "--now", now, "--report", &report, &one, &two]).with(0).stdout;
    let expected = state_of(folder.read_report());

    let first = begat(&["run", "--now", now, "--state", &state, &one]).with(0).stdout;
    let second = begat(&["run", "--now", now, "--state", &state, "--report", &report, &two]).with(0).stdout;
    assert!(first + &second == whole, "the lines differ");
    assert_eq!(state_of(folder.read_report()), expected);
}

/// What was read counts again, what it tells of does not: but for `kinds` of records that are no starts.
#[test]
fn the_same_file_again_is_recognised() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    let file = folder.file("example", crate::data::example());
    let run = ["run", "--only", "none", "--report", &folder.report(), "--state", &state];
    let run = |file: &str| {
        let ended = begat(&[&run[..], &["--now", "2026-09-16T00:00:00Z", file]].concat()).with(0);
        (folder.read_report(), ended.stderr)
    };
    let ((first, _), (mut second, says)) = (run(&file), run(&file));
    let number = |report: &Value, member: &str| report[member].as_u64().unwrap();
    for member in ["lines", "recognised", "sensor_gaps"] {
        assert_eq!(number(&second, member), 2 * number(&first, member), "{member}");
    }
    for (kind, count) in first["kinds"].as_object().unwrap() {
        let times = if kind == "process-start" { 1 } else { 2 };
        assert_eq!(second["kinds"][kind].as_u64().unwrap(), times * count.as_u64().unwrap(), "{kind}");
    }
    // Every record of a start, twins too.
    let starts = first["kinds"]["process-start"].as_u64().unwrap() + number(&first, "twins");
    assert_eq!((number(&first, "repeated"), number(&second, "repeated")), (0, starts));
    assert!(says.contains(&format!("{starts} records of starts that were known already\n")), "{says}");
    for member in ["lines", "recognised", "sensor_gaps", "kinds", "repeated"] {
        second[member] = first[member].clone();
    }
    assert_eq!(second, first, "processes, verdicts, prevalence, alerts and clusters are what they were");
    // Alerts with ids too: they are told as duplicates.
    let alert = r#"{"ecs":{"version":"8.11"},"event":{"kind":"alert","id":"7","severity":7},"rule":{"name":"x"},"observer":{"vendor":"Darktrace"},"destination":{"ip":"203.0.113.9"}}"#;
    let alert = folder.file("alert", format!("{alert}\n"));
    let ((one, _), (mut two, _)) = (run(&alert), run(&alert));
    let duplicates = &mut two["clusters"][1]["alerts"][0]["duplicates"];
    assert_eq!(*duplicates, 1);
    *duplicates = json!(0);
    assert_eq!((number(&one["alerts"], "duplicates"), number(&two["alerts"], "duplicates")), (0, 1));
    assert_eq!((&one["clusters"], &one["alerts"]["held"]), (&two["clusters"], &two["alerts"]["held"]));
}

#[test]
fn equal_states_are_equal_files() {
    let (one, _) = with_state();
    let (two, _) = with_state();
    assert!(snapshot(&one, "default") == snapshot(&two, "default"));
}

#[test]
fn tenants_know_nothing_of_each_other() {
    let (_folder, state) = with_state();
    let other = ["run", "--state", &state, "--tenant", "other"];
    // The first sight of svchost.exe: 0, though the tenant `default` knows it.
    let first = begat_with_stdin(&other, starts(1)).with(0).lines();
    assert_eq!(first[0]["begat"]["prevalence"]["echotrail_score"], 0);
    let score = |tenant| {
        let json = r#"{"image": "svchost.exe"}"#;
        let detail =
            begat(&["score", json, "--detail", "--state", &state, "--tenant", tenant]).with(0).json();
        detail["detail"]["customer"]["executions"].clone()
    };
    assert_eq!((score("default"), score("other")), (json!(2), json!(1)));
}

#[test]
fn a_wrong_tenant_is_told() {
    let (_folder, state) = with_state();
    for name in ["", ".", "..", "a/b", "../default", "a b", "ä", &"x".repeat(65), &"x".repeat(10_000)] {
        for command in [&["run", "--tenant", name][..], &["tenant", "add", name]] {
            let ended = begat(&[command, &["--state", &state]].concat()).with(2);
            assert!(ended.stderr.contains("1 to 64 of the characters"), "{name:?}: {}", ended.stderr);
            // What was given is told, and not all of it where it is long.
            assert!(ended.stderr.len() < 400, "{} bytes", ended.stderr.len());
        }
    }
    let case = begat(&["run", "--state", &state, "--tenant", "Default"]).with(1).stderr;
    assert!(case.contains("tenant Default would differ from default only in case"), "{case}");
    let missing = begat(&["rare", "--state", &state, "--tenant", "x"]).with(1).stderr;
    assert_eq!(missing, format!("begat: there is no tenant x in {state}: there is default\n"));
    let alone = begat(&["run", "--tenant", "x"]).with(2).stderr;
    assert!(alone.contains("--state"), "{alone}");
}

#[test]
fn a_state_that_is_not_there_is_made_by_a_run_and_by_nothing_else() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    for question in
        [&["score", r#"{"image":"a"}"#][..], &["insights", "a"], &["rare"], &["forget", "--host", "a"]]
    {
        let ended = begat(&[question, &["--state", &state]].concat()).with(1);
        assert_eq!(
            ended.stderr,
            format!("begat: there is no state in {state}: `begat run --state` makes one\n")
        );
    }
    assert!(!folder.path("state").exists());
    begat_with_stdin(&["run", "--state", &state], "").with(0);
    begat(&["score", r#"{"image":"a"}"#, "--state", &state]).with(0);
}

/// The host's clock stands wrong for a run, far ahead and then far back: nothing ages by it, and what is known is what
/// it would be with a clock that stands right.
#[test]
fn a_clock_that_jumps_costs_nothing() {
    let (folder, right) = (Folder::new(), "2026-03-01T10:00:00Z");
    let known = |clocks: [&str; 5]| {
        let state = shown(&folder.path(clocks[1]));
        for (clock, pid) in clocks.iter().zip(1..) {
            let out =
                begat_with_stdin(&["run", "--now", clock, "--state", &state], start(pid)).with(0).stdout;
            assert_eq!(out.lines().count(), 1);
        }
        let report = ["run", "--only", "none", "--report", "-", "--now", right, "--state", &state];
        let report = begat_with_stdin(&report, "").with(0).json();
        let asked = begat(&["score", r#"{"image": "svchost.exe"}"#, "--detail", "--state", &state]).with(0);
        (report, asked.json())
    };
    let jumps = known([right, "2262-04-11T00:00:00Z", "1980-01-01T00:00:00Z", "1973-03-04T00:00:00Z", right]);
    assert_eq!((&jumps.0["processes"], &jumps.0["evicted"]["processes"]), (&json!(5), &json!(0)));
    assert_eq!(jumps.1["detail"]["customer"]["executions"], 5);
    assert_eq!(jumps, known([right; 5]));
}

#[test]
fn what_is_no_state_or_a_newer_one_is_left_alone() {
    let folder = Folder::new();
    folder.file("notes.txt", "mine");
    let dir = shown(folder.0.path());
    let ended = begat_with_stdin(&["run", "--state", &dir], starts(1)).with(1);
    assert!(ended.stderr.contains("holds other files and no begat-state"), "{}", ended.stderr);
    assert_eq!((ended.stdout.as_str(), std::fs::read_dir(&dir).unwrap().count()), ("", 1));

    folder.file("begat-state", "begat state, version 7\n");
    let ended = begat_with_stdin(&["run", "--state", &dir], starts(1)).with(1);
    let says = "has version 7, this begat reads version 2: use a newer one. If none ever wrote there, begat-state in it is \
                damaged and should say version 2";
    assert_eq!(ended.stderr, format!("begat: the state in {dir} {says}\n"));
}

#[test]
fn a_damaged_snapshot_is_named_and_the_journal_takes_its_place() {
    let (folder, state) = with_state();
    let path = newest_snapshot(&folder.path("state"), "default");
    let whole = std::fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let cases: [(&[u8], &str); 4] = [
        (&whole[..whole.len() / 2], "the checksum of its state does not fit"),
        (&flipped, "the checksum of its state does not fit"),
        (b"{}", "it does not begin like one"),
        (b"", "it does not begin like one"),
    ];
    for (bytes, why) in cases {
        std::fs::write(&path, bytes).unwrap();
        let asked = begat(&["score", r#"{"image": "svchost.exe"}"#, "--detail", "--state", &state]).with(0);
        assert_eq!(asked.json()["detail"]["customer"]["executions"], 2);
        let says = format!(
            "begat: {}: the snapshot is damaged: {why}; the one before it and the journal are used\n",
            shown(&path)
        );
        assert_eq!(asked.stderr, says);
    }
    let checked = begat(&["store", "check", "--state", &state]).with(1).stdout;
    assert!(checked.contains("default  damaged"), "{checked}");
    begat_with_stdin(&["run", "--only", "none", "--state", &state], start(3)).with(0);
    // What was damaged is set aside, not thrown away.
    let checked = begat(&["store", "check", "--replay", "--state", &state]).with(0).stdout;
    assert!(checked.contains("default  whole") && checked.contains("set aside earlier"), "{checked}");
    begat(&["store", "compact", "--state", &state]).with(1);
    begat(&["store", "compact", "--drop-damaged", "--state", &state]).with(0);
    // The snapshot, the lock, and what the tenant has cost.
    assert_eq!(std::fs::read_dir(folder.path("state/tenants/default")).unwrap().count(), 3);
}

/// With no new record between the damage and the snapshot that takes its place, which has its name.
#[test]
fn a_damaged_snapshot_is_replaced_under_its_own_name_and_nothing_is_lost() {
    let (folder, state) = with_state();
    let executions = || {
        let asked = begat(&["score", r#"{"image": "svchost.exe"}"#, "--detail", "--state", &state]).with(0);
        asked.json()["detail"]["customer"]["executions"].as_u64().unwrap()
    };
    let damage = || {
        let path = newest_snapshot(&folder.path("state"), "default");
        let mut bytes = std::fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&path, bytes).unwrap();
    };
    let compact = ["store", "compact", "--drop-damaged", "--state", &state];
    damage();
    begat(&compact).with(0);
    assert_eq!(executions(), 2);
    // Two snapshots, the newer of them damaged, and then a run without a line.
    begat_with_stdin(&["run", "--state", &state], starts(3)).with(0);
    damage();
    begat_with_stdin(&["run", "--state", &state], "").with(0);
    let checked = begat(&["store", "check", "--state", &state]).with(0).stdout;
    assert!(checked.contains("default  whole") && checked.contains("set aside earlier"), "{checked}");
    begat(&compact).with(0);
    assert_eq!(executions(), 3);
}

#[test]
fn what_a_killed_forget_has_left_goes_with_the_next_command_that_changes_the_tenant() {
    let (folder, state) = with_state();
    begat_with_stdin(&["run", "--state", &state], starts(3)).with(0);
    let tenant = folder.path("state/tenants/default");
    let files = || {
        let paths = std::fs::read_dir(&tenant).unwrap().map(|entry| entry.unwrap().path());
        let mut paths: Vec<PathBuf> = paths.collect();
        paths.sort();
        paths
    };
    let before: Vec<_> =
        files().into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    begat(&["forget", "--host", "ws1.example.org", "--state", &state]).with(0);
    let after = files();
    assert_eq!(after.len(), 3, "snapshot, lock and cost");
    // Killed when its snapshot had its name and nothing was removed.
    before.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    assert!(files().len() > 3);
    begat_with_stdin(&["run", "--state", &state], "").with(0);
    assert_eq!(files(), after);
}

#[test]
fn a_snapshot_of_a_newer_begat_is_an_error_that_names_it_and_it_stays() {
    let (folder, state) = with_state();
    let path = newest_snapshot(&folder.path("state"), "default");
    std::fs::write(&path, "begat-snapshot 200\nand whatever that is").unwrap();
    let expected =
        format!("begat: {} has version 200, this begat reads version 2: use a newer one\n", shown(&path));
    let run = begat_with_stdin(&["run", "--state", &state], starts(1)).with(1);
    assert_eq!((run.stderr.as_str(), run.stdout.as_str()), (expected.as_str(), ""));
    assert_eq!(begat(&["rare", "--state", &state]).with(1).stderr, expected);
    assert!(std::fs::read(&path).unwrap().starts_with(b"begat-snapshot 200"));
    // Of other tenants all is told.
    begat_with_stdin(&["run", "--state", &state, "--tenant", "other"], starts(1)).with(0);
    let checked = begat(&["store", "check", "--state", &state]).with(1).stdout;
    for line in ["default  unreadable", "other    whole", "default: cannot be read: "] {
        assert!(checked.contains(line), "{checked}");
    }
    let checked = begat(&["store", "check", "--state", &state, "--format", "json"]).with(1).json();
    assert_eq!(
        (&checked[0]["verdict"], &checked[1]["verdict"], &checked[1]["unread"]),
        (&json!("unreadable"), &json!("whole"), &Value::Null)
    );
    let listed = begat(&["tenant", "list", "--state", &state]).with(1);
    assert!(listed.stdout.contains("\nother "), "{}", listed.stdout);
    assert_eq!(listed.stderr, expected);
    // And it can be removed.
    begat(&["tenant", "remove", "default", "--yes", "--state", &state]).with(0);
    assert!(!folder.path("state/tenants/default").exists());
}

#[test]
fn one_flipped_bit_in_the_version_of_a_snapshot_costs_nothing() {
    let (folder, state) = with_state();
    let path = newest_snapshot(&folder.path("state"), "default");
    let mut bytes = std::fs::read(&path).unwrap();
    assert!(bytes.starts_with(b"begat-snapshot 2\n"));
    bytes["begat-snapshot ".len()] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let asked = begat(&["score", r#"{"image": "svchost.exe"}"#, "--detail", "--state", &state]).with(0);
    assert_eq!(asked.json()["detail"]["customer"]["executions"], 2);
    assert!(asked.stderr.contains("the number of its version is another one's"), "{}", asked.stderr);
}

#[test]
fn a_second_process_is_told_to_wait_and_a_question_is_answered() {
    let (_folder, state) = with_state();
    let mut first = command(&["run", "--state", &state]).stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = first.stdin.take().unwrap();
    pipe.write_all(starts(3).as_bytes()).unwrap();
    pipe.flush().unwrap();
    // A line of output shows that it has the state.
    let mut one = [0];
    std::io::Read::read_exact(first.stdout.as_mut().unwrap(), &mut one).unwrap();

    let second = begat_with_stdin(&["run", "--state", &state], starts(1)).with(1);
    let says =
        format!("begat: another process works on tenant default in {state}: wait until it has ended\n");
    assert_eq!((second.stderr, second.stdout.as_str()), (says, ""));
    let asked =
        begat(&["score", "--detail", r#"{"image": "svchost.exe"}"#, "--state", &state]).with(0).json();
    // What came out was acknowledged: starts 1 and 2 again, and 3.
    assert_eq!(asked["detail"]["customer"]["executions"], 3);

    drop(pipe);
    Ended::from(first.wait_with_output().unwrap()).with(0);
    begat_with_stdin(&["run", "--state", &state], "").with(0);
}

#[test]
fn a_state_is_saved_though_a_file_was_missing_or_nobody_read_the_lines() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    let good = folder.file("good", starts(2));
    begat(&["run", "--state", &state, &shown(&folder.path("missing")), &good]).with(1);
    let executions = || {
        let ended = begat(&["score", "--detail", r#"{"image": "svchost.exe"}"#, "--state", &state]).with(0);
        ended.json()["detail"]["customer"]["executions"].as_u64().unwrap()
    };
    assert_eq!(executions(), 2);

    // `| head`: the reader is gone before the first line.
    let many: String = (10..2010).map(|pid| start(pid) + "\n").collect();
    let many = folder.file("many", many);
    let mut child = command(&["run", "--state", &state, &many]).spawn().unwrap();
    drop(child.stdout.take());
    Ended::from(child.wait_with_output().unwrap()).with(0);
    assert_eq!(executions(), 2002);
}

#[test]
fn a_component_that_has_no_room_left_keeps_what_came_out() {
    let (folder, state) = with_state();
    // Each of 60,000 programs has a name of its own: more than 20 MiB can hold, and the start needs.
    let line = |n: u32| start(n).replace("svchost", &format!("{}{n}", "x".repeat(400))) + "\n";
    let many = folder.file("many", (10..60_010).map(line).collect::<String>());
    let ended = begat(&["run", "--state", &state, "--memory", "20M", &many]).with(1);
    assert!(ended.stderr.contains("bytes of memory"), "{}", ended.stderr);
    let says = format!("tenant default in {state} keeps what came out until then; --memory allows more");
    assert!(ended.stderr.contains(&says), "{}", ended.stderr);
    let out = ended.stdout.lines().count();
    assert!((1000..60_000).contains(&out), "{out}");
    let shown = begat(&["tenant", "show", "default", "--state", &state, "--format", "json"]).with(0).json();
    assert_eq!((&shown["lines"], &shown["quarantine"]), (&json!(2 + out), &json!([])));
}

/// Who asks may have no right to write: nothing is made or changed. (The tests may run as root, whom no
/// permission stops, so that the files are compared.)
#[cfg(unix)]
#[test]
fn a_question_writes_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, state) = with_state();
    let tenant = folder.path("state/tenants/default");
    let set = |mode| {
        for path in [tenant.clone(), folder.path("state/tenants"), folder.path("state")] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    let seen = || {
        let of = |path: &Path| (path.to_owned(), std::fs::metadata(path).unwrap().modified().unwrap());
        let mut files: Vec<_> =
            std::fs::read_dir(&tenant).unwrap().map(|entry| of(&entry.unwrap().path())).collect();
        files.sort();
        (files, of(&tenant), of(&folder.path("state")))
    };
    let before = seen();
    set(0o555);
    begat(&["score", r#"{"image": "svchost.exe"}"#, "--state", &state]).with(0);
    begat(&["rare", "--state", &state]).with(0);
    begat(&["insights", "svchost.exe", "--state", &state]).with(0);
    set(0o755);
    assert_eq!(seen(), before);
}

#[test]
fn a_configuration_stays_with_its_state() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    let document = folder.file("c.toml", "[hierarchy]\nprofile = \"cybereason-2016\"\n");
    let modern = folder.file("m.toml", "[hierarchy]\nprofile = \"modern\"\n");
    // The document has no row for userinit.exe.
    let verdict = |arguments: &[&str], pid| {
        let line = start(pid).replace("svchost.exe", "userinit.exe").replace("services.exe", "winlogon.exe");
        let ended = begat_with_stdin(&[&["run", "--state", &state], arguments].concat(), line).with(0);
        ended.lines()[0]["begat"]["hierarchy"]["verdict"].clone()
    };
    assert_eq!(verdict(&["--config", &document], 1), "unknown");
    let check = ["hierarchy", "check", "--parent", "winlogon.exe", "--format", "json"];
    let path = r"C:\Windows\System32\userinit.exe";
    let asked =
        |more: &[&str]| begat(&[&check[..], more, &[path]].concat()).with(0).json()["verdict"].clone();
    assert_eq!((asked(&[]), asked(&["--state", &state])), (json!("expected"), json!("unknown")));
    let listed = begat(&["hierarchy", "list", "--state", &state]).with(0).stdout;
    assert!(!listed.contains("userinit.exe"), "{listed}");
    assert_eq!(verdict(&[], 2), "unknown");
    assert_eq!(verdict(&["--config", &modern], 3), "expected");
    assert_eq!(verdict(&[], 4), "expected");
}

#[test]
fn the_summary_tells_what_this_run_has_read() {
    let (_folder, state) = with_state();
    let ended = begat_with_stdin(&["run", "--only", "none", "--state", &state], start(3)).with(0);
    assert!(ended.stderr.starts_with("1 line ("), "{}", ended.stderr);
    assert!(ended.stderr.contains("3 process starts on 1 host"), "{}", ended.stderr);
}

#[test]
fn pseudonyms_leave_no_name_behind_and_are_asked_for_by_name() {
    let folder = Folder::new();
    let (state, key) = (shown(&folder.path("state")), shown(&folder.path("key")));
    let file = folder.file("example", crate::data::example());
    let run = ["run", "--only", "none", "--report", "-", "--state", &state, "--pseudonymise", &key, &file];
    let first = begat(&run).with(0);
    assert!(first.stderr.contains("is a new key"), "{}", first.stderr);
    let report = first.stdout.to_lowercase();
    let left = held(&folder.path("state"), "default");
    assert_eq!(left.commands, 0, "no line lies in a journal");
    let files = std::fs::read_dir(folder.path("state/tenants/default")).unwrap().count();
    assert_eq!(files, 3, "snapshot, lock and cost, nothing else");
    let kept = String::from_utf8_lossy(&left.snapshot.unwrap().state).to_lowercase();
    // A host, its domain and a user of the example (examples/data/README.md).
    for name in ["ws-anna", "hazel.example", "anna.voss"] {
        assert!(!report.contains(name), "the report names {name}");
        assert!(!kept.contains(name), "the state names {name}");
    }
    // Without the key it can be asked, and takes no more.
    begat(&["insights", "svchost.exe", "--state", &state]).with(0);
    let refused = begat(&["run", "--only", "none", "--state", &state, &file]).with(1).stderr;
    assert!(refused.contains("the state holds pseudonyms, and their key is not given"), "{refused}");
    let profile = r#"{"image": "svchost.exe", "hostname": "WS-ANNA.hazel.example"}"#;
    let host = |more: &[&str]| {
        let answer = begat(&[&["score", profile, "--state", &state], more].concat()).with(0).stdout;
        serde_json::from_str::<Value>(&answer).unwrap()["host"]["rank"].clone()
    };
    assert_eq!(host(&[]), Value::Null);
    assert_ne!(host(&["--pseudonymise", &key]), Value::Null);
    let forget = ["forget", "--host", "ws-anna.hazel.example", "--state", &state];
    begat(&forget).with(1);
    begat(&[&forget[..], &["--pseudonymise", &key]].concat()).with(0);
    assert_eq!(host(&["--pseudonymise", &key]), Value::Null);
}

/// Such a state has no journal: each command that changes it leaves a snapshot.
#[test]
fn what_commands_change_in_a_state_of_pseudonyms_stays() {
    let folder = Folder::new();
    let (state, key) = (shown(&folder.path("state")), shown(&folder.path("key")));
    let file = folder.file("example", crate::data::example());
    let with = |arguments: &[&str]| {
        begat(&[arguments, &["--state", &state, "--pseudonymise", &key]].concat()).with(0)
    };
    with(&["run", "--only", "none", &file]);
    let profile = r#"{"image": "never-seen.exe", "hostname": "h"}"#;
    for _ in 0..3 {
        with(&["score", "--record", profile]);
    }
    let counted = with(&["score", "--detail", profile]).json();
    assert_eq!(counted["detail"]["customer"]["executions"], 3);

    let clusters = || with(&["clusters", "--format", "json"]).json();
    let first = clusters()[0].clone();
    let id = first["id"].as_str().unwrap();
    assert_eq!(first["status"], "new");
    with(&["clusters", "--id", id, "--status", "closed", "--disposition", "false-positive"]);
    let same = |cluster: &&Value| cluster["id"] == first["id"];
    let after = clusters();
    let closed = after.as_array().unwrap().iter().find(same);
    assert_eq!(closed.map_or(&Value::Null, |cluster| &cluster["status"]), "closed", "{after}");
}

#[test]
fn a_damaged_state_can_still_be_deleted() {
    let (folder, state) = with_state();
    let path = newest_snapshot(&folder.path("state"), "default");
    std::fs::write(&path, "begat-snapshot 200\n").unwrap();
    begat(&["forget", "--host", "ws1.example.org", "--state", &state]).with(1);
    let ended = begat(&["forget", "--all", "--yes", "--state", &state]).with(0);
    assert!(ended.stderr.contains("it is removed all the same"), "{}", ended.stderr);
    assert_eq!(begat(&["rare", "--state", &state, "--format", "json"]).with(0).json(), json!([]));
}

#[test]
fn pseudonyms_do_not_go_beside_lines_in_clear() {
    let folder = Folder::new();
    let key = shown(&folder.path("key"));
    let ended = begat(&["run", "--pseudonymise", &key, "x"]).with(2);
    assert!(ended.stderr.contains("add `--only none`"), "{}", ended.stderr);
    assert!(!folder.path("key").exists(), "no key is made for nothing");
}
