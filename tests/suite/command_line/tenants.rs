//! `begat tenant`: what a tenant may take, and what it has cost.

use serde_json::json;

use super::*;

fn shown_of(state: &str, name: &str) -> Value {
    begat(&["tenant", "show", name, "--state", state, "--format", "json"]).with(0).json()
}

#[test]
fn what_a_tenant_has_cost_is_kept_over_its_life() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    let run = |lines: u32| {
        begat_with_stdin(&["run", "--only", "none", "--quiet", "--state", &state], starts(lines)).with(0);
    };
    let counted = || {
        let cost = shown_of(&state, "default")["cost"].clone();
        let of = |member: &str| cost[member].as_u64().unwrap_or_else(|| panic!("{member}: {cost}"));
        assert!(of("memory") > 1 << 16 && of("longest_ms") <= of("work_ms"), "{cost}");
        ["calls", "lines", "bytes", "wakes", "traps"].map(of)
    };
    run(2);
    let two = starts(2).len() as u64;
    assert_eq!(counted(), [1, 2, two, 1, 0]);
    // Questions are asked of a copy.
    begat(&["rare", "--state", &state]).with(0);
    assert_eq!(counted(), [1, 2, two, 1, 0]);
    run(3);
    let bytes = two + starts(3).len() as u64;
    assert_eq!(counted(), [2, 5, bytes, 2, 0]);
    begat(&["forget", "--all", "--yes", "--state", &state]).with(0);
    assert_eq!(counted(), [3, 5, bytes, 3, 0], "what was forgotten has been paid for");
    let text = begat(&["tenant", "show", "default", "--state", &state]).with(0).stdout;
    let tenths = bytes * 10 / 1024;
    let says = format!("cost: 5 lines ({}.{}K) in 3 calls, ", tenths / 10, tenths % 10);
    assert!(text.contains(&says), "{text}");
    // It is an account, and no part of what the tenant knows: without it everything else is there.
    std::fs::write(folder.path("state/tenants/default/cost.json"), "{").unwrap();
    run(1);
    assert_eq!(counted()[..2], [1, 1]);
}

#[test]
fn keys_that_are_made_at_once_are_all_there() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    begat(&["tenant", "add", "x", "--state", &state]).with(0);
    let keys: Vec<_> =
        (0..20).map(|_| command(&["tenant", "key", "x", "--state", &state]).spawn().unwrap()).collect();
    let limits = ["tenant", "set", "x", "--memory", "64M", "--state", &state];
    let limits = command(&limits).spawn().unwrap();
    // `this is key ID of tenant x`
    let mut told: Vec<String> = keys
        .into_iter()
        .map(|child| {
            let ended = Ended::from(child.wait_with_output().unwrap()).with(0);
            ended.stderr.split_whitespace().nth(4).unwrap().to_owned()
        })
        .collect();
    Ended::from(limits.wait_with_output().unwrap()).with(0);
    let shown = shown_of(&state, "x");
    let mut kept: Vec<String> =
        shown["keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect();
    told.sort();
    kept.sort();
    assert_eq!((kept, &shown["limits"]["memory"]), (told, &json!(64 << 20)));
}

#[test]
fn a_removal_that_was_killed_is_finished_by_the_next() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    for name in ["x", "y"] {
        begat_with_stdin(&["run", "--quiet", "--state", &state, "--tenant", name], starts(2)).with(0);
    }
    let tenants = folder.path("state/tenants");
    // Killed when its folder had another name; one file is gone.
    let killed = || {
        std::fs::rename(tenants.join("x"), tenants.join("x~")).unwrap();
        std::fs::remove_file(tenants.join("x~/lock")).unwrap();
    };
    let names = || {
        let listed = begat(&["tenant", "list", "--state", &state, "--format", "json"]).with(0).json();
        let names = listed.as_array().unwrap().iter().map(|row| row["tenant"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let remove = ["tenant", "remove", "x", "--yes", "--state", &state];
    killed();
    assert_eq!(names(), ["y"]);
    assert_eq!(begat(&remove).with(0).stdout, "tenant x is removed\n");
    assert!(!tenants.join("x~").exists());
    begat(&remove).with(1);
    // Nor is anything of it there for a tenant that has its name.
    begat_with_stdin(&["run", "--quiet", "--state", &state, "--tenant", "x"], starts(2)).with(0);
    killed();
    begat_with_stdin(&["run", "--quiet", "--state", &state, "--tenant", "x"], starts(1)).with(0);
    assert_eq!(shown_of(&state, "x")["processes"], 1);
    assert_eq!(names(), ["x", "y"]);
    begat(&remove).with(0);
    assert_eq!(names(), ["y"]);
}

#[test]
fn a_limit_that_allows_nothing_is_refused_and_no_tenant_is_made() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    for limit in ["--memory", "--timeout", "--input", "--output", "--queue"] {
        let ended = begat(&["tenant", "add", "x", limit, "0", "--state", &state]).with(2);
        assert!(ended.stderr.contains("0 allows nothing"), "{limit}: {}", ended.stderr);
        assert!(ended.stderr.contains(limit), "{limit}: {}", ended.stderr);
    }
    assert!(!folder.path("state").exists());
    begat(&["tenant", "add", "x", "--memory", "64M", "--state", &state]).with(0);
    for limit in ["--memory", "--timeout", "--input", "--output", "--queue"] {
        begat(&["tenant", "set", "x", limit, "0", "--state", &state]).with(2);
    }
    assert_eq!(shown_of(&state, "x")["limits"]["memory"], json!(64 << 20));
    // Nor where somebody writes it into the file.
    let settings = folder.file("state/tenants/x/settings.json", r#"{"queue": 0}"#);
    let says = format!("begat: {settings}: queue: a limit of 0 allows nothing\n");
    assert_eq!(
        begat_with_stdin(&["run", "--state", &state, "--tenant", "x"], starts(1)).with(1).stderr,
        says
    );
    begat(&["tenant", "add", "y", "--state", &state]).with(0);
    let listed = begat(&["tenant", "list", "--state", &state]).with(1);
    assert_eq!(listed.stderr, says);
    assert!(listed.stdout.contains("\ny "), "the others are listed: {}", listed.stdout);
}
