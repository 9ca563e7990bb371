//! Directories that cannot be written to, and disks without room: real ones, as who runs begat meets them.
#![cfg(unix)]

use std::os::unix::fs::MetadataExt;

use serde_json::json;

use super::*;

/// Who owns no file.
const NOBODY: &str = "65534";

/// Runs begat as somebody whom permissions stop: root is stopped by none.
struct Nobody {
    folder: Folder,
    is_root: bool,
}

impl Nobody {
    /// With a binary, and a cache of compiled components, that everybody reaches.
    fn new() -> Self {
        let folder = Folder::new();
        let is_root = std::fs::metadata(folder.0.path()).unwrap().uid() == 0;
        let (binary, cache) = (env!("CARGO_BIN_EXE_begat-under-test"), folder.path("cache"));
        begat(&["component", "--inspect"]).with(0);
        std::fs::create_dir(&cache).unwrap();
        // Other tests write there too, and what they write has another name until it is whole.
        for entry in std::fs::read_dir(CACHE).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "code") {
                std::fs::copy(&path, cache.join(path.file_name().unwrap())).unwrap();
            }
        }
        run("cp", &[binary, &shown(&folder.path("begat"))]);
        run("chmod", &["-R", "a+rwX", &shown(folder.0.path())]);
        run("chmod", &["-R", "go-w", &shown(&cache)]);
        Self { folder, is_root }
    }

    fn begat(&self, arguments: &[&str], stdin: &str) -> Ended {
        let binary = shown(&self.folder.path("begat"));
        let mut command = if self.is_root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", &binary]);
            command
        } else {
            Command::new(&binary)
        };
        command.args(arguments).env("BEGAT_CACHE", self.folder.path("cache"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may end without reading.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap().into()
    }
}

fn run(program: &str, arguments: &[&str]) {
    let ended = Command::new(program).args(arguments).output().unwrap();
    assert!(ended.status.success(), "{program}: {}", String::from_utf8_lossy(&ended.stderr));
}

/// Every file and folder below one, with its bytes.
fn content(folder: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(content(&path));
        }
        all.push((path.clone(), std::fs::read(&path).ok()));
    }
    all.sort();
    all
}

#[test]
fn a_state_that_may_only_be_read_answers_questions_and_refuses_changes() {
    let nobody = Nobody::new();
    let state = shown(&nobody.folder.path("state"));
    begat_with_stdin(&["run", "--state", &state], starts(2)).with(0);
    run("chmod", &["-R", "a-w,a+rX", &state]);
    let before = content(&nobody.folder.path("state"));

    let profile = r#"{"image": "svchost.exe"}"#;
    let asked = nobody.begat(&["score", "--detail", profile, "--state", &state], "").with(0).json();
    assert_eq!(asked["detail"]["customer"]["executions"], 2);
    nobody.begat(&["tenant", "show", "default", "--state", &state], "").with(0);
    nobody.begat(&["store", "check", "--replay", "--state", &state], "").with(0);

    let denied = |what: &str| format!("begat: cannot {what}: Permission denied (os error 13)\n");
    let lock = denied(&format!("open {state}/tenants/default/lock"));
    let refused = nobody.begat(&["run", "--state", &state], &starts(3)).with(1);
    assert_eq!((refused.stdout.as_str(), &refused.stderr), ("", &lock));
    for change in [
        &["forget", "--host", "ws1.example.org"][..],
        &["rescore"],
        &["store", "compact"],
        &["tenant", "remove", "default", "--yes"],
        &["score", "--record", profile],
    ] {
        let ended = nobody.begat(&[change, &["--state", &state]].concat(), "").with(1);
        assert!(
            ended.stderr.ends_with("default/lock: Permission denied (os error 13)\n"),
            "{}",
            ended.stderr
        );
    }
    let set = nobody.begat(&["tenant", "set", "default", "--memory", "2G", "--state", &state], "").with(1);
    assert_eq!(set.stderr, denied(&format!("open {state}/tenants/default/settings-lock")));
    let other = nobody.begat(&["run", "--state", &state, "--tenant", "other"], &starts(1)).with(1);
    assert_eq!(other.stderr, denied(&format!("make {state}/tenants/other")));
    let deep = format!("{state}/deep/er");
    let other = nobody.begat(&["run", "--state", &deep], &starts(1)).with(1);
    assert_eq!(other.stderr, denied(&format!("make {deep}")));

    assert!(content(&nobody.folder.path("state")) == before, "something was changed");
    run("chmod", &["-R", "u+w", &state]);
}

#[test]
fn a_state_that_may_not_even_be_read_says_so() {
    let nobody = Nobody::new();
    let state = shown(&nobody.folder.path("state"));
    begat_with_stdin(&["run", "--state", &state], starts(2)).with(0);
    run("chmod", &["go=", &state]);
    for arguments in [&["rare"][..], &["run"], &["tenant", "list"]] {
        let ended = nobody.begat(&[arguments, &["--state", &state]].concat(), "");
        if nobody.is_root {
            let says = format!("begat: cannot read {state}/begat-state: Permission denied (os error 13)\n");
            assert_eq!(ended.with(1).stderr, says);
        }
    }
}

#[test]
fn a_cache_that_others_can_write_to_is_not_used_and_that_is_said_once() {
    let nobody = Nobody::new();
    let (state, cache) = (shown(&nobody.folder.path("state")), nobody.folder.path("cache"));
    for tenant in ["x", "y"] {
        begat_with_stdin(&["run", "--quiet", "--state", &state, "--tenant", tenant], starts(2)).with(0);
    }
    run("chmod", &["-R", "a+rX", &state]);
    let check = ["store", "check", "--replay", "--state", &state];
    let trusted = nobody.begat(&check, "").with(0);
    assert_eq!(trusted.stderr, "");
    std::fs::remove_dir_all(&cache).unwrap();
    std::fs::create_dir(&cache).unwrap();
    let refused = |why: &str| {
        // Two tenants, each with a component.
        let ended = nobody.begat(&check, "").with(0);
        let shown = shown(&cache);
        let says = format!(
            "begat: {shown} is not used for compiled components: {why}; it is compiled at every start until BEGAT_CACHE names another\n"
        );
        assert_eq!((ended.stdout, ended.stderr), (trusted.stdout.clone(), says));
        assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 0, "nothing is written there");
    };
    run("chmod", &["777", &shown(&cache)]);
    refused("others than its owner may write to it (mode 777)");
    if nobody.is_root {
        run("chmod", &["755", &shown(&cache)]);
        run("chown", &["12345", &shown(&cache)]);
        refused(&format!("it belongs to user 12345, and this is user {NOBODY}"));
    }
}

/// What a shell in a mount namespace of its own does; on a machine where nobody may make one the test says so.
fn on_a_disk_of_its_own(folder: &Folder, script: &str) -> Option<Ended> {
    let disk = folder.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-euc", script]);
        command.env("BEGAT_CACHE", CACHE).env("BEGAT", env!("CARGO_BIN_EXE_begat-under-test"));
        command.env("DISK", &disk).current_dir(folder.0.path()).output()
    };
    let mount = "mount -t tmpfs -o size=96k tmpfs \"$DISK\"";
    if unshare(mount).is_ok_and(|ended| ended.status.success()) {
        return Some(unshare(&format!("{mount}\n{script}")).unwrap().into());
    }
    // Past the harness, which shows no output of tests that pass.
    let says = b"nothing may be mounted here: NOT tested on a full disk\n";
    std::io::stderr().write_all(says).unwrap();
    None
}

/// Starts of so many programs with long names; compressed they are some ten bytes each.
fn many(count: u32) -> String {
    (1..=count).map(|pid| start(pid) + "\n").collect()
}

#[test]
fn a_full_disk_is_told_and_what_came_out_is_kept() {
    let folder = Folder::new();
    folder.file("few", starts(2));
    folder.file("many", many(30_000));
    let script = r#"
        "$BEGAT" run --only none --quiet --state "$DISK/state" few
        if "$BEGAT" run --state "$DISK/state" many > out 2> err; then exit 9; fi
        "$BEGAT" store check --replay --state "$DISK/state" > check 2>&1
        "$BEGAT" tenant show default --format json --state "$DISK/state" > full
        if "$BEGAT" run --only none --state "$DISK/other" few 2> other; then exit 8; fi
        mount -o remount,size=64m "$DISK"
        "$BEGAT" run --only none --quiet --report report.json --state "$DISK/state" many
        "$BEGAT" tenant show default --format json --state "$DISK/state"
    "#;
    let Some(ended) = on_a_disk_of_its_own(&folder, script) else { return };
    let read = |name: &str| std::fs::read_to_string(folder.path(name)).unwrap();
    let ended = ended.with(0);
    let error = read("err");
    assert!(error.contains("No space left on device (os error 28)"), "{error}");
    assert!(error.contains("keeps what came out until then"), "{error}");
    // What came out was kept, and nothing is half there.
    let out = read("out").lines().count();
    assert!(out > 0 && out < 30_000, "{out}");
    let full: Value = serde_json::from_str(&read("full")).unwrap();
    assert!(full["lines"].as_u64().unwrap() >= 2 + u64::try_from(out).unwrap(), "{full}: {out} came out");
    assert!(read("check").contains("default  whole"), "{}", read("check"));
    let other = read("other");
    assert!(other.contains("No space left on device (os error 28)"), "{other}");
    // With room again the same file is taken, what was there is known, and nothing is missing.
    let report = folder.read_report();
    assert_eq!(report["kinds"]["process-start"], 30_000);
    assert_eq!(ended.json()["processes"], json!(30_000));
}

#[test]
fn a_disk_without_room_for_compiled_code_costs_time_and_nothing_else() {
    let folder = Folder::new();
    folder.file("few", starts(2));
    let script = r#"
        "$BEGAT" run --now 2026-03-01T10:00:00Z few > with 2> /dev/null
        export BEGAT_CACHE="$DISK/cache"
        "$BEGAT" run --now 2026-03-01T10:00:00Z few > without 2> said
        ls -A "$DISK/cache" > left
    "#;
    let Some(ended) = on_a_disk_of_its_own(&folder, script) else { return };
    ended.with(0);
    let read = |name: &str| std::fs::read_to_string(folder.path(name)).unwrap();
    assert_eq!(read("with").lines().count(), 2);
    assert_eq!((read("without"), read("left"), read("said")), (read("with"), String::new(), String::new()));
}
