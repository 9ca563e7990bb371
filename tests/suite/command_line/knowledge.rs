//! `begat insights`, `begat rare` and `begat forget`.

use serde_json::json;

use super::*;

/// A start by its day in March 2026, its host, its image in System32 and its parent there.
fn line(day: u32, host: &str, id: u32, image: &str, parent: &str) -> String {
    start(id)
        .replace("2026-03-01", &format!("2026-03-{day}"))
        .replace("ws1.example.org", host)
        .replace("svchost.exe", image)
        .replace("services.exe", parent)
        + "\n"
}

/// cmd.exe five times on three hosts, twice under explorer.exe; odd.exe once on ws1, tool.exe on ws1 and ws2.
fn lines() -> String {
    [
        line(11, "ws1", 1, "cmd.exe", "explorer.exe"),
        line(11, "ws1", 2, "cmd.exe", "services.exe"),
        line(11, "ws1", 3, "cmd.exe", "services.exe"),
        line(12, "ws2", 4, "cmd.exe", "explorer.exe"),
        line(13, "ws3", 5, "cmd.exe", "services.exe"),
        line(14, "ws1", 6, "odd.exe", "cmd.exe"),
        line(20, "ws1", 7, "tool.exe", "cmd.exe"),
        line(22, "ws2", 8, "tool.exe", "cmd.exe"),
    ]
    .concat()
}

fn with_state() -> (Folder, String) {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    let now = "2026-03-30T00:00:00Z";
    begat_with_stdin(&["run", "--only", "none", "--quiet", "--now", now, "--state", &state], lines()).with(0);
    (folder, state)
}

#[test]
fn insights_are_lists_of_values_with_their_share() {
    let (_folder, state) = with_state();
    let json = begat(&["insights", "CMD.EXE", "--state", &state]).with(0).json();
    // 5 executions, the most; on 3 of 3 hosts: 0.7 * 100 + 0.3 * 100 = 100. Three of five under services.exe.
    assert_eq!(
        (&json["rank"], &json["host_prev"], &json["eps"]),
        (&json!(1), &json!("100.00"), &json!("100.00"))
    );
    assert_eq!(json["parents"], json!([["services.exe", "60.00"], ["explorer.exe", "40.00"]]));
    assert_eq!(json["paths"], json!([["c:\\windows\\system32", "100.00"]]));
    assert_eq!(json["truncated"]["parents"], 0);
    for field in ["children", "grandparents", "hashes", "network"] {
        assert!(json[field].is_array(), "{field} in {json}");
    }
    let table = begat(&["insights", "cmd.exe", "--state", &state, "--format", "table"]).with(0).stdout;
    assert!(table.starts_with("cmd.exe: rank 1, on 100.00 % of the hosts, prevalence 100.00\n"), "{table}");
    assert!(table.contains("\nparents\n   60.00 %  services.exe\n   40.00 %  explorer.exe\n"), "{table}");
}

#[test]
fn insights_of_a_field_and_of_a_value() {
    let folder = Folder::new();
    let file = folder.file("lines", lines());
    let ask = |question: &[&str]| {
        begat(&[&["insights", "cmd.exe"], question, &["--read", &file]].concat()).with(0).json()
    };
    let parents = ask(&["parents"]);
    assert_eq!(parents["parents"], json!([["services.exe", "60.00"], ["explorer.exe", "40.00"]]));
    assert_eq!(parents.get("paths"), None);
    assert_eq!(ask(&["parents", "explorer.exe"])["parents"], json!([["explorer.exe", "40.00"]]));
    assert_eq!(ask(&["parents", "exp*"])["parents"], json!([["explorer.exe", "40.00"]]));
    let wrong = begat(&["insights", "cmd.exe", "users", "--read", &file]).with(1).stderr;
    assert!(wrong.starts_with("begat: field: "), "{wrong}");
}

#[test]
fn what_was_never_seen_has_the_documented_message() {
    let (_folder, state) = with_state();
    let message = "EchoTrail has never observed zzz.exe execute in the wild";
    let ended = begat(&["insights", "zzz.exe", "--state", &state]).with(0);
    assert_eq!(ended.json(), json!({"message": message}));
    let table = begat(&["insights", "zzz.exe", "--state", &state, "--format", "table"]).with(0);
    assert_eq!(table.stdout, format!("{message}\n"));
}

#[test]
fn the_rarest_come_first() {
    let (_folder, state) = with_state();
    let json = begat(&["rare", "--state", &state, "--format", "json"]).with(0).json();
    assert_eq!(
        json,
        json!([
            {"image": "odd.exe", "value": null, "hosts": ["ws1"], "executions": 1,
             "first_seen": "2026-03-14T09:00:00.000Z", "last_seen": "2026-03-14T09:00:00.000Z"},
            {"image": "tool.exe", "value": null, "hosts": ["ws1", "ws2"], "executions": 2,
             "first_seen": "2026-03-20T09:00:00.000Z", "last_seen": "2026-03-22T09:00:00.000Z"},
        ])
    );
    let table = begat(&["rare", "--state", &state]).with(0).stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines,
        [
            "image     hosts     executions  first seen  last seen",
            "odd.exe   ws1                1  2026-03-14  2026-03-14",
            "tool.exe  ws1, ws2           2  2026-03-20  2026-03-22",
        ]
    );
}

#[test]
fn rare_things_are_stacked_bounded_and_dated() {
    let (_folder, state) = with_state();
    let ask = |question: &[&str]| {
        let ended = begat(&[&["rare", "--format", "json", "--state", &state], question].concat()).with(0);
        let name = |row: &Value| match row["value"].as_str() {
            Some(value) => format!("{} {value}", row["image"].as_str().unwrap()),
            None => row["image"].as_str().unwrap().to_owned(),
        };
        (ended.json().as_array().unwrap().iter().map(name).collect::<Vec<_>>(), ended.stderr)
    };
    assert_eq!(ask(&["--max-hosts", "1"]).0, ["odd.exe"]);
    assert_eq!(ask(&["--max-hosts", "3"]).0, ["odd.exe", "tool.exe", "cmd.exe"]);
    // cmd.exe under explorer.exe: on ws1 and ws2, as often as tool.exe under cmd.exe. Under services.exe: ws1, ws3.
    assert_eq!(
        ask(&["--by", "parent-child"]).0,
        ["odd.exe cmd.exe", "cmd.exe explorer.exe", "tool.exe cmd.exe", "cmd.exe services.exe"]
    );
    // The newest record is of the 22nd, 09:00: three days before begin on the 19th.
    assert_eq!(ask(&["--since", "3d"]).0, ["tool.exe"]);
    assert_eq!(ask(&["--since", "3d", "--now", "2026-03-16T00:00:00Z"]).0, ["odd.exe", "tool.exe"]);
    assert_eq!(ask(&["--since", "2026-03-15"]).0, ["tool.exe"]);
    let (rows, told) = ask(&["--limit", "1"]);
    assert_eq!(
        (rows, told.as_str()),
        (vec!["odd.exe".into()], "begat: there are more than these 1; --limit shows them\n")
    );
}

#[test]
fn a_question_needs_something_to_ask() {
    for arguments in [&["rare"][..], &["insights", "cmd.exe"], &["insights", "--state", "x"]] {
        begat(arguments).with(2);
    }
    let folder = Folder::new();
    let file = folder.file("lines", lines());
    let missing = shown(&folder.path("missing"));
    let ended = begat(&["rare", "--format", "json", "--read", &missing, &file]).with(1);
    assert_eq!(ended.json().as_array().unwrap().len(), 2, "the other file is read");
    assert!(ended.stderr.contains(&missing), "{}", ended.stderr);
    for (option, value) in
        [("--since", "yesterday"), ("--max-hosts", "0"), ("--by", "user"), ("--limit", "-1")]
    {
        begat(&["rare", "--read", &file, &format!("{option}={value}")]).with(2);
    }
}

#[test]
fn a_host_that_was_forgotten_was_never_seen() {
    let (folder, state) = with_state();
    let told = begat(&["forget", "--host", "WS3", "--state", &state]).with(0).stdout;
    // On ws3 cmd.exe started once; parents without an id are no instances.
    assert!(told.starts_with("forgotten: host WS3\n"), "{told}");
    assert!(
        told.contains("\n  1 process instance, 7 stay\n  1 execution, 7 stay\n  1 host, 2 stay\n"),
        "{told}"
    );

    let never = Folder::new();
    let without: String = lines().split_inclusive('\n').filter(|line| !line.contains("ws3")).collect();
    let other = shown(&never.path("state"));
    let now = "2026-03-30T00:00:00Z";
    begat_with_stdin(&["run", "--only", "none", "--quiet", "--now", now, "--state", &other], without).with(0);
    let rows = |state: &str| begat(&["rare", "--max-hosts", "9", "--state", state]).with(0).stdout;
    assert_eq!(rows(&state), rows(&other));
    // No file holds it any more: the snapshot does not, and nothing else is there but the lock and the cost.
    let left = held(&folder.path("state"), "default");
    assert!(!left.snapshot.unwrap().state.windows(3).any(|w| w == b"ws3"));
    assert_eq!(std::fs::read_dir(folder.path("state/tenants/default")).unwrap().count(), 3);
}

#[test]
fn an_environment_and_everything_can_be_forgotten() {
    let (_folder, state) = with_state();
    let lab = line(15, "lab1", 9, "lab.exe", "cmd.exe");
    begat_with_stdin(&["run", "--quiet", "--environment", "lab", "--state", &state], lab).with(0);
    let executions = |image: &str| {
        let json = format!("{{\"image\": \"{image}\"}}");
        let ended = begat(&["score", "--detail", &json, "--state", &state]).with(0).json();
        ended["detail"]["customer"]["executions"].as_u64().unwrap()
    };
    assert_eq!((executions("lab.exe"), executions("cmd.exe")), (1, 5));
    begat(&["forget", "--environment", "lab", "--state", &state]).with(0);
    assert_eq!((executions("lab.exe"), executions("cmd.exe")), (0, 5));

    let unsure = begat(&["forget", "--all", "--state", &state]).with(2).stderr;
    assert!(unsure.contains("--all needs --yes"), "{unsure}");
    assert_eq!(executions("cmd.exe"), 5);
    let told = begat(&["forget", "--all", "--yes", "--state", &state]).with(0).stdout;
    assert!(told.contains("\n  8 executions, 0 stay\n  3 hosts, 0 stay\n"), "{told}");
    assert_eq!(executions("cmd.exe"), 0);
}

#[test]
fn a_host_is_forgotten_by_its_whole_name() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    begat_with_stdin(&["run", "--quiet", "--state", &state], start(1)).with(0);
    let short = begat(&["forget", "--host", "WS1", "--state", &state]).with(1).stderr;
    assert_eq!(short, "begat: there is no host WS1, but ws1.example.org\n");
    begat(&["forget", "--host", "WS1.example.org", "--state", &state]).with(0);
}

#[test]
fn what_is_not_held_cannot_be_forgotten() {
    let (folder, state) = with_state();
    let before = held(&folder.path("state"), "default");
    let ended = begat(&["forget", "--host", "ws9", "--state", &state]).with(1);
    assert_eq!((ended.stderr.as_str(), ended.stdout.as_str()), ("begat: there is no host ws9\n", ""));
    let ended = begat(&["forget", "--environment", "lab", "--state", &state]).with(1);
    assert_eq!(ended.stderr, "begat: there is no environment lab\n");
    let after = held(&folder.path("state"), "default");
    assert!((after.snapshot, after.last) == (before.snapshot, before.last));
    for arguments in [
        &["forget", "--state", &state][..],
        &["forget", "--host", "a", "--all", "--state", &state],
        &["forget", "--host", "a", "--environment", "b", "--state", &state],
        &["forget", "--host", "a"],
    ] {
        begat(arguments).with(2);
    }
}
