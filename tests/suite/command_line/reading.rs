//! What `begat run` reads, and what comes out.

use super::*;

#[test]
fn a_file_stdin_gzip_and_zstd_say_the_same() {
    let folder = Folder::new();
    let text = starts(3);
    let plain = begat(&["run", &folder.file("a.json", &text)]).with(0);
    assert_eq!(plain.lines().len(), 3);
    assert_eq!(plain.stderr, "");

    // Names lie: what a file is, its first bytes say.
    let gzip = gzip(text.as_bytes());
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    for bytes in [&gzip, &zstd] {
        assert_eq!(begat(&["run", &folder.file("packed.json", bytes)]).with(0).stdout, plain.stdout);
        assert_eq!(begat_with_stdin(&["run", "-"], bytes).with(0).stdout, plain.stdout);
    }
    assert_eq!(begat_with_stdin(&["run"], &text).with(0).stdout, plain.stdout);
    assert_eq!(
        begat_with_stdin(&["run", "-"], text.trim_end()).with(0).stdout,
        plain.stdout,
        "no last newline"
    );
}

#[test]
fn several_files_are_one_tenant_in_their_order() {
    let folder = Folder::new();
    let (one, two) = (folder.file("1", start(1)), folder.file("2", start(2)));
    let ended = begat_with_stdin(&["run", &two, "-", &one], start(3)).with(0);
    let pids: Vec<Value> = ended.lines().iter().map(|line| line["ProcessId"].clone()).collect();
    assert_eq!(pids, [2, 3, 1]);
    // The first sight of svchost.exe is scored 0, the second 100: it is one tenant.
    let scores: Vec<Value> =
        ended.lines().iter().map(|line| line["begat"]["prevalence"]["echotrail_score"].clone()).collect();
    assert_eq!(scores, [0, 100, 100]);
}

#[test]
fn an_event_log_is_read_as_its_records() {
    let folder = Folder::new();
    let image = "C:\\Windows\\System32\\svchost.exe";
    let log = evtx_sample::log(&[&[image, image], &["C:\\a.exe"]]);
    let ended = begat(&["run", &folder.file("log.evtx", &log)]).with(0);
    let kinds: Vec<Value> = ended.lines().iter().map(|line| line["begat"]["kind"].clone()).collect();
    assert_eq!(kinds, ["process-start", "process-start", "process-start"]);
    // In a pipe it is read whole first.
    assert_eq!(begat_with_stdin(&["run"], log).with(0).stdout, ended.stdout);
}

#[test]
fn only_says_which_lines_come_out() {
    let folder = Folder::new();
    let alert = r#"{"@timestamp":"2026-03-01T09:00:00Z","event":{"kind":"alert","category":["process"]},"rule":{"name":"x"}}"#;
    let file = folder.file("a", format!("{}\n{alert}\nraw\n", start(1)));
    assert_eq!(begat(&["run", "--only", "all", &file]).with(0).stdout.lines().count(), 3);
    let alerts = begat(&["run", "--only", "alerts", &file]).with(0);
    assert_eq!(alerts.lines().len(), 1);
    assert_eq!(alerts.lines()[0]["begat"]["kind"], "alert");
    assert_eq!(begat(&["run", "--only", "none", &file]).with(0).stdout, "");
}

#[test]
fn batches_of_any_size_say_the_same() {
    let folder = Folder::new();
    let file = folder.file("example", crate::data::example());
    let whole = begat(&["run", "--now", "2026-09-16T00:00:00Z", &file]).with(0);
    for size in
        [["--batch-lines", "1"], ["--batch-lines", "7"], ["--batch-size", "64K"], ["--batch-size", "16M"]]
    {
        let ended = begat(&["run", "--now", "2026-09-16T00:00:00Z", size[0], size[1], &file]).with(0);
        assert!(ended.stdout == whole.stdout, "{size:?}");
    }
}

#[test]
fn a_configuration_is_used_and_a_wrong_one_is_refused_by_its_path() {
    let folder = Folder::new();
    let file = folder.file("a", start(1).replace("services.exe", "svchost.exe"));
    let verdict = |ended: &Ended| ended.lines()[0]["begat"]["hierarchy"]["verdict"].clone();
    assert_eq!(verdict(&begat(&["run", &file]).with(0)), "expected");

    let document = folder.file("c.toml", "[hierarchy]\nprofile = \"cybereason-2016\"\n");
    assert_eq!(verdict(&begat(&["run", "--config", &document, &file]).with(0)), "violation");

    let wrong = folder.file("w.toml", "[limits]\nprocess = 5\n");
    let ended = begat(&["run", "--config", &wrong, &file]).with(1);
    let says = "is not accepted: limits.process: unknown field `process`, expected one of `processes`, `values`, `counts`, `hosts`, `alerts`, `events`\n";
    assert_eq!(ended.stderr, format!("begat: {wrong} {says}"));
    let broken = folder.file("b.toml", "[limits]\nprocesses = = 5\n");
    assert!(begat(&["run", "--config", &broken, &file]).with(1).stderr.contains("b.toml:2:"));
}

#[test]
fn the_environment_has_its_block() {
    let ended = begat_with_stdin(&["run", "--environment", "lab"], starts(2)).with(0);
    assert_eq!(ended.lines()[1]["begat"]["prevalence"]["environment"]["rank"], 1);
}
