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

#[test]
fn what_fails_before_anything_is_kept_makes_no_tenant() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    let wrong = folder.file("wrong.toml", "[nonsense]\nentry = 1\n");
    for config in ["missing.toml", &wrong] {
        let run = ["run", "--state", &state, "--tenant", "new", "--config", config];
        begat_with_stdin(&run, starts(1)).with(1);
        assert_eq!(std::fs::read_dir(folder.path("state/tenants")).unwrap().count(), 0, "{config}");
    }
    begat_with_stdin(&["run", "--quiet", "--state", &state, "--tenant", "NEW"], "").with(0);
    begat_with_stdin(&["run", "--state", &state, "--tenant", "NEW", "--config", "missing.toml"], "").with(1);
    assert_eq!(shown_of(&state, "NEW")["lines"], 0, "one that was there stays, though it knows nothing");
}

/// Both ways in which a death can cut forgetting short: behind the command, and behind the snapshot without the host.
#[test]
fn a_forgetting_that_was_killed_is_completed_by_the_same_command() {
    use begat::runtime::bindings::tenant::Scope;
    use begat::store::{Owned, Syncer, real};
    use begat::tenants::Command;

    let folder = Folder::new();
    let (state, files) = (shown(&folder.path("state")), folder.path("state/tenants/default"));
    let host = "ws1.example.org";
    let other = |line: String| line.replace(host, "ws2.example.org");
    let run = |lines: &str| {
        begat_with_stdin(&["run", "--only", "none", "--quiet", "--state", &state], lines).with(0);
    };
    let forget = || begat(&["forget", "--host", host, "--state", &state]);
    let says = format!("host {host} is not held; what a command that was cut short had left is removed\n");
    run(&other(starts(2)));
    run(&starts(2));
    let calls = || shown_of(&state, "default")["cost"]["calls"].as_u64().unwrap();
    let before = calls();

    let syncer = std::sync::Arc::new(Syncer::start(1).unwrap());
    let (owned, held) =
        Owned::take(&folder.path("state"), &"default".parse().unwrap(), &real(), &syncer).unwrap();
    owned.append(held.last + 1, Command::Forget(Scope::Host(host.into())).to_bytes().unwrap()).unwrap();
    owned.wait().unwrap();
    drop((owned, held));
    assert_eq!(forget().with(0).stdout, says);
    assert!(calls() >= before, "nor is what it has cost forgotten");
    let left = forget().with(1).stderr;
    assert!(left.contains("there is no host ws1.example.org"), "{left}");

    run(&starts(2));
    let old: Vec<_> = content_of(&files);
    assert!(forget().with(0).stdout.starts_with("forgotten: host ws1.example.org\n"));
    let names = || content_of(&files).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    let new = names();
    // The removals had not begun.
    for (path, bytes) in old.iter().filter(|(path, _)| !new.contains(path)) {
        std::fs::write(path, bytes).unwrap();
    }
    assert_ne!(names(), new);
    assert_eq!(forget().with(0).stdout, says);
    assert_eq!(names(), new);
    assert_eq!(shown_of(&state, "default")["processes"], 2);
    forget().with(1);
}

/// The files of a folder and their bytes, by name.
fn content_of(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    files.sort();
    files
}

/// A line is some 300 bytes, and comes out four times as long.
#[test]
fn a_run_keeps_to_what_its_tenant_may_bring_and_take() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    begat(&["tenant", "add", "x", "--input", "3000", "--output", "4000", "--state", &state]).with(0);
    let clock = ["--now", "2026-03-01T10:00:00Z"];
    let small = [&["run", "--state", &state, "--tenant", "x"], &clock[..]].concat();
    let free = begat_with_stdin(&[&["run"], &clock[..]].concat(), starts(20)).with(0);
    assert_eq!(begat_with_stdin(&small, starts(20)).with(0).stdout, free.stdout);
    assert_eq!(shown_of(&state, "x")["quarantine"], json!([]));
    let long = format!("{}\n{}", "x".repeat(3000), starts(1));
    let ended = begat_with_stdin(&small, long).with(0);
    assert!(
        ended.stderr.contains("line of 3000 bytes is longer than the limit of 2999 bytes"),
        "{}",
        ended.stderr
    );
    assert_eq!(ended.stdout.lines().count(), 2);
    // A byte that is not UTF-8 becomes three: the line is whole as it was read, and too long as it is given.
    let ended =
        begat_with_stdin(&small, [[0xff; 2000].as_slice(), b"\n", starts(1).as_bytes()].concat()).with(0);
    assert!(ended.stderr.contains("a command of 6001 bytes, 3000 are allowed"), "{}", ended.stderr);
    assert_eq!(ended.stdout.lines().count(), 2);
}

#[test]
fn what_a_tenant_needs_is_advised_where_it_can_be_given() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    begat_with_stdin(&["run", "--only", "none", "--quiet", "--state", &state], starts(20)).with(0);
    begat(&["tenant", "set", "default", "--memory", "1M", "--state", &state]).with(0);
    let ended = begat(&["tenant", "show", "default", "--state", &state]).with(1);
    assert!(
        ended.stderr.ends_with("; `begat tenant set default --memory` allows more\n"),
        "{}",
        ended.stderr
    );
}

#[test]
fn what_a_removal_has_left_goes_with_the_next_change_of_any_tenant() {
    let folder = Folder::new();
    let state = shown(&folder.path("state"));
    for name in ["x", "y"] {
        begat_with_stdin(&["run", "--quiet", "--state", &state, "--tenant", name], starts(2)).with(0);
    }
    let tenants = folder.path("state/tenants");
    std::fs::rename(tenants.join("x"), tenants.join("x~")).unwrap();
    begat(&["rare", "--state", &state, "--tenant", "y"]).with(0);
    assert!(tenants.join("x~").exists(), "a question changes nothing");
    begat_with_stdin(&["run", "--quiet", "--state", &state, "--tenant", "y"], starts(2)).with(0);
    assert!(!tenants.join("x~").exists());
}
