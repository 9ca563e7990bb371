//! Input that is broken: a message with file and line, counted in the report, the other lines unharmed, never
//! a panic, and exit code 1 only where the job could not be done.

use super::*;

/// Runs a file whose first and last lines are starts, and checks that both were taken.
fn around(bad: &[u8]) -> (Ended, Value, Folder) {
    let folder = Folder::new();
    let input = [start(1).as_bytes(), b"\n", bad, b"\n", start(2).as_bytes(), b"\n"].concat();
    let file = folder.file("input", input);
    let ended = begat(&["run", "--report", &folder.report(), &file]).with(0);
    let report = folder.read_report();
    assert_eq!(report["kinds"]["process-start"], 2, "the lines around it: {report}");
    assert_eq!(report["lines"], 3);
    let lines = ended.lines();
    assert_eq!((lines.len(), &lines[0]["ProcessId"], &lines[2]["ProcessId"]), (3, &1.into(), &2.into()));
    (ended, report, folder)
}

/// The one line of stderr: `file:line: message`.
fn assert_told(ended: &Ended, folder: &Folder, line: u64) {
    let place = format!("{}:{line}: ", shown(&folder.path("input")));
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    let message =
        ended.stderr.strip_prefix(&place).unwrap_or_else(|| panic!("no {place} in {}", ended.stderr));
    assert!(message.trim().len() > 10, "a message that says something: {message}");
}

#[test]
fn what_begins_like_an_object_and_is_none_is_rejected() {
    let half = &start(3).into_bytes()[..100];
    let nul = start(3).replace("svchost", "svc\0host").into_bytes();
    let bad: [&[u8]; 6] = [b"{", b"{\"a\":1}}", b"{'a':1}", b"{\"a\":1,}", half, &nul];
    for bad in bad {
        let (ended, report, folder) = around(bad);
        assert_told(&ended, &folder, 2);
        assert_eq!(report["rejected_total"], 1);
        assert_eq!(report["rejected"][0]["line"], 2);
        assert_eq!(report["rejected"][0]["file"], shown(&folder.path("input")));
        let line = &ended.lines()[1];
        assert_eq!(line["message"], String::from_utf8(bad.to_vec()).unwrap());
        assert!(line["begat"]["error"].is_string());
    }
}

#[test]
fn nesting_10_000_deep_harms_nobody() {
    let known = start(3).replacen('{', &format!("{{\"x\":{}{},", "[".repeat(10_000), "]".repeat(10_000)), 1);
    let unknown = format!("{{\"x\":{}1{}}}", "{\"y\":".repeat(10_000), "}".repeat(10_000));
    let open = "{\"x\":".repeat(10_000);
    for bad in [known, unknown, open] {
        let folder = Folder::new();
        let file = folder.file("input", format!("{}\n{bad}\n{}\n", start(1), start(2)));
        let ended = begat(&["run", "--report", &folder.report(), &file]).with(0);
        assert_eq!(ended.stdout.lines().count(), 3);
        assert!(folder.read_report()["kinds"]["process-start"].as_u64().unwrap() >= 2);
    }
}

#[test]
fn a_line_of_100_mb_is_replaced_by_its_beginning() {
    let mut bad = b"{\"x\":\"".to_vec();
    bad.resize(100 << 20, b'y');
    bad.extend(b"\"}");
    let (ended, report, folder) = around(&bad);
    assert_told(&ended, &folder, 2);
    assert_eq!(report["rejected"][0]["line"], 2);
    let message = ended.lines()[1]["message"].as_str().unwrap().to_owned();
    assert!(
        message.len() <= 64 << 10 && message.starts_with("{\"x\":\"yyy"),
        "{} bytes are shown",
        message.len()
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_replaced_and_told() {
    let mut bad = start(3).into_bytes();
    let at = bad.windows(7).position(|w| w == b"svchost").unwrap();
    bad[at] = 0xff;
    let folder = Folder::new();
    let input = [start(1).as_bytes(), b"\n", &bad, b"\n"].concat();
    let ended = begat(&["run", "--report", &folder.report(), &folder.file("input", input)]).with(0);
    assert_told(&ended, &folder, 2);
    let report = folder.read_report();
    assert_eq!((&report["repaired_total"], &report["repaired"][0]["line"]), (&1.into(), &2.into()));
    assert_eq!(report["kinds"]["process-start"], 2, "the rest of the line is good");
    assert!(ended.lines()[1]["Image"].as_str().unwrap().contains('\u{fffd}'));
}

#[test]
fn many_bad_lines_do_not_bury_the_rest() {
    let folder = Folder::new();
    let file = folder.file("input", "{\n".repeat(50) + &starts(1));
    let ended = begat(&["run", "--report", &folder.report(), &file]).with(0);
    assert!(ended.stderr.lines().count() < 20, "{}", ended.stderr);
    assert!(ended.stderr.contains("50"), "{}", ended.stderr);
    assert_eq!(folder.read_report()["rejected"].as_array().unwrap().len(), 50, "the report has them all");
}

#[test]
fn a_file_that_cannot_be_read_costs_that_file_and_the_exit_code() {
    let folder = Folder::new();
    let good = folder.file("good", starts(2));
    let missing = shown(&folder.path("missing"));
    // Without a log in it.
    let directory = shown(&folder.path("folder"));
    std::fs::create_dir(&directory).unwrap();
    let utf16 = folder.file("utf16", [0xff, 0xfe, b'{', 0]);
    for bad in [&missing, &directory, &utf16] {
        let ended = begat(&["run", "--report", &folder.report(), bad, &good]).with(1);
        assert!(ended.stderr.contains(bad.as_str()), "{}", ended.stderr);
        assert_eq!(ended.lines().len(), 2, "the others are read");
        let report = folder.read_report();
        assert_eq!(report["unread"][0]["file"], *bad);
        assert_eq!(report["kinds"]["process-start"], 2);
    }
}

/// An attacker who may name a file could repaint the terminal, or forge a message of ours.
#[cfg(unix)]
#[test]
fn a_file_name_cannot_reach_the_terminal() {
    let folder = Folder::new();
    let name = "a\u{1b}[2J\nbegat: all is well\u{202e}txt";
    let shown_name = "a\\u{1b}[2J\\nbegat: all is well\\u{202e}txt";
    let bad = folder.file(name, "{\n");
    let missing = shown(&folder.path(&format!("missing-{name}")));
    let wrong = folder.file(&format!("wrong-{name}"), "[limits]\nprocess = 1\n");
    let nowhere = shown(&folder.path(&format!("no/{name}")));
    for (arguments, code) in [
        (&["run", &bad][..], 0),
        (&["run", &missing], 1),
        (&["run", "--config", &missing, &bad], 1),
        (&["run", "--config", &wrong, &bad], 1),
        (&["run", "--report", &nowhere, &bad], 1),
        (&["run", &format!("--{name}")], 2),
        (&["component", "--output", &nowhere], 1),
        (&["rare", "--read", &missing], 1),
        (&["rare", "--state", &missing], 1),
        (&["run", "--state", &bad], 1),
    ] {
        let ended = begat(arguments).with(code);
        assert!(ended.stderr.contains(shown_name), "{arguments:?}: {}", ended.stderr);
        let harmful = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!ended.stderr.contains(harmful), "{arguments:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains("\nbegat: all is well"), "{arguments:?}: {}", ended.stderr);
    }
}

/// `2>&1 | head` stops reading after some lines.
#[cfg(target_os = "linux")]
#[test]
fn a_stderr_that_nobody_reads_is_no_error() {
    let folder = Folder::new();
    let file = folder.file("input", "{\n".repeat(3) + &starts(1));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&["run", &file]).stderr(full).output().unwrap();
    assert_eq!(Ended::from(output).with(0).lines().len(), 4);
}

#[test]
fn a_gzip_file_cut_in_half_gives_what_it_has_and_exit_code_1() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    std::io::Write::write_all(&mut encoder, starts(5000).as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let folder = Folder::new();
    let file = folder.file("cut.gz", &packed[..packed.len() / 2]);
    let ended = begat(&["run", "--report", &folder.report(), &file]).with(1);
    assert!(ended.stderr.contains("cut.gz") && ended.stderr.contains("gzip"), "{}", ended.stderr);
    let read = folder.read_report()["kinds"]["process-start"].as_u64().unwrap();
    assert!((2000..3000).contains(&read), "half of 5000 were there: {read}");
}

#[test]
fn what_was_packed_twice_is_named_and_what_to_do() {
    let folder = Folder::new();
    let gzip = super::gzip(starts(2).as_bytes());
    let twice = folder.file("twice", super::gzip(&gzip));
    let mixed = folder.file("mixed", zstd::encode_all(gzip.as_slice(), 1).unwrap());
    for (file, says) in [(twice, "gzip inside gzip"), (mixed, "gzip inside zstd")] {
        let ended = begat(&["run", &file]).with(1);
        assert!(ended.stderr.starts_with(&format!("begat: {file}: this is {says}")), "{}", ended.stderr);
        assert_eq!((ended.stderr.lines().count(), ended.stdout.as_str()), (1, ""));
    }
}

#[test]
fn an_event_log_cut_in_half_gives_the_records_before() {
    let log = evtx_sample::log(&[&["C:\\a.exe", "C:\\b.exe"], &["C:\\c.exe"], &["C:\\d.exe"]]);
    let folder = Folder::new();
    let file = folder.file("cut.evtx", &log[..log.len() / 2]);
    let ended = begat(&["run", "--report", &folder.report(), &file]);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    assert!(ended.stderr.contains("cut.evtx"), "{}", ended.stderr);
    let report = folder.read_report();
    assert!(report["kinds"]["process-start"].as_u64().unwrap() >= 2, "{report}");
    let told = report["rejected"].as_array().unwrap().len() + report["unread"].as_array().unwrap().len();
    assert!(told >= 1, "{report}");
}

#[test]
fn an_empty_input_is_no_error() {
    assert_eq!(begat_with_stdin(&["run"], "").with(0).stdout, "");
    let folder = Folder::new();
    assert_eq!(begat(&["run", "--report", &folder.report(), &folder.file("empty", "")]).with(0).stderr, "");
    assert_eq!(folder.read_report()["lines"], 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_the_exit_code_is_1() {
    let folder = Folder::new();
    let file = folder.file("input", starts(2));
    let ended = begat(&["run", "--report", "/dev/full", &file]).with(1);
    assert!(ended.stderr.contains("/dev/full"), "{}", ended.stderr);
    assert_eq!(ended.lines().len(), 2, "the lines are out all the same");

    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&["run", &file]).stdout(full).output().unwrap();
    let ended = Ended::from(output).with(1);
    assert!(ended.stderr.contains("output"), "{}", ended.stderr);
}

#[test]
fn wrong_usage_is_exit_code_2() {
    for arguments in [
        &["run", "--no-such-option"][..],
        &["run", "--report", "-"],
        &["run", "--now", "yesterday"],
        &["run", "--batch-lines", "0"],
        &["no-such-command"],
        &["hierarchy", "check"],
        &[],
    ] {
        let ended = begat(arguments).with(2);
        assert!(!ended.stderr.is_empty(), "{arguments:?}");
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
    let both = begat(&["run", "--report", "-"]).with(2).stderr;
    assert!(both.contains("--only none") && both.contains("Usage: begat run "), "{both}");
}
