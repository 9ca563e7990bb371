//! `begat baseline` and `begat run --baseline`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::*;
use crate::data::{Recording, real, root};

/// A start on a host, under a parent.
fn start_on(host: &str, pid: u32, image: &str, parent: &str) -> String {
    let named = start(pid).replace("ws1.example.org", host).replace("svchost.exe", image);
    named.replace("services.exe", parent) + "\n"
}

fn build(folder: &Folder, pack: &str, files: &[String]) -> String {
    let (pack, key) = (shown(&folder.path(pack)), shown(&folder.path("key")));
    let mut arguments = vec!["baseline", "build", "--quiet", "-o", &pack, "--key-file", &key];
    arguments.extend(files.iter().map(String::as_str));
    begat(&arguments).with(0);
    pack
}

/// Two files: `a` runs cmd.exe twice on one host and once on another, `b` calc.exe on each of three.
fn two_files(folder: &Folder) -> [String; 2] {
    let a = [("ws1", 1), ("ws1", 2), ("ws2", 1)].map(|(host, pid)| start_on(host, pid, "cmd.exe", "x.exe"));
    let b = ["ws1", "ws2", "ws3"].map(|host| start_on(host, 9, "calc.exe", "cmd.exe"));
    [folder.file("a", a.concat()), folder.file("b.gz", gzip(b.concat().as_bytes()))]
}

#[test]
fn building_from_files_is_merging_their_packs() {
    let folder = Folder::new();
    let files = two_files(&folder);
    let [a, b] = [("a.pack", 0), ("b.pack", 1)].map(|(name, at)| build(&folder, name, &files[at..=at]));
    let whole = fs::read(build(&folder, "whole.pack", &files)).unwrap();
    let merged = shown(&folder.path("merged.pack"));
    for packs in [[&a, &b], [&b, &a]] {
        begat(&["baseline", "merge", packs[0], packs[1], "-o", &merged]).with(0);
        assert!(fs::read(&merged).unwrap() == whole, "{packs:?}");
    }
    let shown = begat(&["baseline", "show", &merged, "--format", "json"]).with(0);
    assert_eq!(
        shown.json(),
        serde_json::json!([
            { "image": "calc.exe", "executions": 3, "hosts": 3, "rank": 1 },
            { "image": "cmd.exe", "executions": 3, "hosts": 2, "rank": 1 },
        ])
    );
    let table = begat(&["baseline", "show", &merged, "--top", "1"]).with(0).stdout;
    assert!(table.starts_with("6 starts of 2 images on 3 hosts, key "), "{table}");
    assert!(table.contains("calc.exe") && !table.contains("cmd.exe"), "{table}");
    assert!(table.ends_with("1 more; --top shows them\n"), "{table}");
}

#[test]
fn a_key_is_made_beside_the_pack_and_told() {
    let folder = Folder::new();
    let [a, b] = two_files(&folder);
    let (one, two) = (shown(&folder.path("one.pack")), shown(&folder.path("two.pack")));
    let ended = begat(&["baseline", "build", &a, "-o", &one]).with(0);
    assert!(ended.stderr.contains("one.pack.key is a new key"), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("one.pack: 3 starts of 1 image on 2 hosts\n"), "{}", ended.stderr);
    // Once more with the same key: the same bytes, and nothing to tell of it.
    let before = fs::read(&one).unwrap();
    let ended = begat(&["baseline", "build", &a, "-o", &one]).with(0);
    assert!(!ended.stderr.contains("new key") && fs::read(&one).unwrap() == before, "{}", ended.stderr);
    // Another pack has another key.
    begat(&["baseline", "build", "--quiet", &b, "-o", &two]).with(0);
    let ended = begat(&["baseline", "merge", &one, &two, "-o", &shown(&folder.path("both"))]).with(1);
    assert!(ended.stderr.contains("two.pack is not accepted: key-id: the hosts are hashed with another key"));
    assert!(!folder.path("both").exists(), "nothing is left");
}

#[test]
fn stdin_and_stdout_are_files_too() {
    let folder = Folder::new();
    let [a, _] = two_files(&folder);
    let pack = build(&folder, "a.pack", std::slice::from_ref(&a));
    let key = shown(&folder.path("key"));
    let arguments = ["baseline", "build", "--quiet", "-o", &pack, "--key-file", &key];
    let before = fs::read(&pack).unwrap();
    begat_with_stdin(&arguments, fs::read(a).unwrap()).with(0);
    assert!(fs::read(&pack).unwrap() == before);
    let output = command(&["baseline", "merge", &pack, "-o", "-", "--quiet"]).output().unwrap();
    assert!(output.status.success() && output.stdout == before);
}

#[test]
fn a_shared_pack_has_no_hosts_and_nothing_rare() {
    let folder = Folder::new();
    let pack = build(&folder, "pack", &two_files(&folder));
    let copy = shown(&folder.path("copy"));
    let ended = begat(&["baseline", "show", &pack, "--share", "-o", &copy, "--format", "json"]).with(0);
    // cmd.exe was on two hosts: itself, its directory and its parent go.
    assert!(ended.stderr.starts_with("3 images and values were dropped: fewer than 3 hosts had them"));
    assert_eq!(
        ended.json(),
        serde_json::json!([{ "image": "calc.exe", "executions": 3, "hosts": 3, "rank": 1 }])
    );
    let table = begat(&["baseline", "show", &copy]).with(0).stdout;
    assert!(table.starts_with("6 starts of 1 image on 3 hosts, stripped of hosts\n"), "{table}");
    let ended = begat(&["baseline", "merge", &copy, &pack, "-o", &shown(&folder.path("sum"))]).with(1);
    assert!(ended.stderr.contains("a stripped pack has no hosts, and merges no more"), "{}", ended.stderr);
    let kept = begat(&["baseline", "show", &pack, "--share", "--min-hosts", "1", "--format", "json"]).with(0);
    assert_eq!(kept.json().as_array().unwrap().len(), 2);
}

#[test]
fn a_run_scores_against_the_baseline() {
    let folder = Folder::new();
    let files = two_files(&folder);
    let pack = build(&folder, "pack", &files);
    let input = folder.file("input", start_on("new", 1, "cmd.exe", "x.exe"));
    let line = &begat(&["run", "--baseline", &pack, &input]).with(0).lines()[0];
    // 2 of 3 hosts and rank 1 of 2: 0.7 * 66.7 + 0.3 * 100 = 76.7; path and parent 100. Their mean is 92.2, and
    // that of it and the two scopes that have seen nothing is 30.7.
    let prevalence = &line["begat"]["prevalence"];
    assert_eq!(
        prevalence["global"],
        serde_json::json!({
            "rank": 1, "host_prev": 67, "overall_score": 92, "path_score": 100, "parent_score": 100,
        })
    );
    assert_eq!((&prevalence["echotrail_score"], &prevalence["customer"]["rank"]), (&31.into(), &Value::Null));
    let without = &begat(&["run", &input]).with(0).lines()[0];
    assert_eq!(without["begat"]["prevalence"].get("global"), None);
}

#[test]
fn what_is_no_pack_is_refused_with_its_offset() {
    let folder = Folder::new();
    let [a, _] = two_files(&folder);
    let pack = build(&folder, "pack", std::slice::from_ref(&a));
    let bytes = fs::read(&pack).unwrap();
    let changed = |at: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        bytes
    };
    let (end, checksum) = (bytes.len() - 1, bytes.len() - 32);
    let cases = [
        (
            "truncated",
            bytes[..end].to_vec(),
            format!("offset {end}: the pack ends here, 1 bytes are missing"),
        ),
        ("newer", changed(8, 7), "offset 8: version 7 is newer".to_owned()),
        ("damaged", changed(end, !bytes[end]), format!("offset {checksum}: the checksum does not fit")),
        ("other", b"{}\n".to_vec(), "offset 0: this is no baseline pack".to_owned()),
        ("empty", Vec::new(), "offset 0: this is no baseline pack".to_owned()),
    ];
    let sum = shown(&folder.path("sum"));
    for (name, bytes, message) in cases {
        let bad = folder.file(name, bytes);
        for arguments in [
            &["baseline", "show", &bad][..],
            &["baseline", "show", &bad, "--share", "-o", &sum],
            &["baseline", "merge", &pack, &bad, "-o", &sum],
            &["run", "--baseline", &bad, &a],
        ] {
            let ended = begat(arguments).with(1);
            let told = format!("begat: {bad} is not accepted: {message}");
            assert!(ended.stderr.starts_with(&told), "{arguments:?}: {}", ended.stderr);
            assert_eq!(ended.stdout, "");
        }
    }
    assert!(!folder.path("sum").exists());
}

#[test]
fn what_cannot_be_read_or_is_misused_is_told() {
    let folder = Folder::new();
    let [a, _] = two_files(&folder);
    let missing = shown(&folder.path("missing"));
    let pack = shown(&folder.path("pack"));
    let short = folder.file("short", "no key");
    for (arguments, told) in [
        (&["baseline", "show", &missing][..], "cannot read"),
        (&["run", "--baseline", &missing, &a], "cannot read"),
        (&["baseline", "merge", &missing, "-o", &pack], "cannot read"),
        (&["baseline", "build", &a, "-o", &pack, "--key-file", &short], "short is no key: it has 6 bytes"),
        (&["baseline", "build", &a, "-o", &shown(&folder.path("no/such"))], "cannot write"),
    ] {
        let ended = begat(arguments).with(1);
        assert!(ended.stderr.contains(told), "{arguments:?}: {}", ended.stderr);
    }
    for arguments in [
        &["baseline", "build", &a][..],
        &["baseline", "build", &a, "-o", "-"],
        &["baseline", "merge", "-o", &pack],
        &["baseline", "show", &a, "-o", &pack],
        &["baseline", "show", &a, "--top", "0"],
        &["baseline"],
    ] {
        assert!(!begat(arguments).with(2).stderr.is_empty());
    }
    // The other files are counted, and the exit code says that one was not.
    let key = shown(&folder.path("key"));
    let ended = begat(&["baseline", "build", &missing, &a, "-o", &pack, "--key-file", &key]).with(1);
    assert!(ended.stderr.contains(&format!("begat: {missing}: ")), "{}", ended.stderr);
    assert_eq!(begat(&["baseline", "show", &pack, "--format", "json"]).json()[0]["executions"], 3);
}

/// Where a tenant evicts, a baseline keeps all; and what is wrong in a configuration is said of it.
#[test]
fn limits_do_not_apply() {
    let folder = Folder::new();
    let input = folder.file("input", starts(50));
    let config = folder.file("config", "[limits]\nprocesses = 8\nvalues = 1\n");
    let pack = shown(&folder.path("pack"));
    begat(&["baseline", "build", "--quiet", "--config", &config, &input, "-o", &pack]).with(0);
    assert_eq!(begat(&["baseline", "show", &pack, "--format", "json"]).json()[0]["executions"], 50);
    let wrong = folder.file("wrong", "[limits]\nprocesses = 0\n");
    let ended = begat(&["baseline", "build", "--config", &wrong, &input, "-o", &pack]).with(1);
    assert!(ended.stderr.contains("wrong is not accepted: limits.processes"), "{}", ended.stderr);
}

/// Nothing is written of what did not fit.
#[test]
fn too_little_memory_is_told_with_what_would_help() {
    let folder = Folder::new();
    let input = folder.file("input", starts(20_000));
    let pack = shown(&folder.path("pack"));
    let ended = begat(&["baseline", "build", "--quiet", "--memory", "4M", &input, "-o", &pack]).with(1);
    assert!(ended.stderr.ends_with("\nNo pack is written; --memory allows more.\n"), "{}", ended.stderr);
    assert!(!folder.path("pack").exists());
}

/// By folded file name: executions and hosts.
type Counts = BTreeMap<String, (u64, BTreeSet<String>)>;

/// Sysmon's starts, by host and GUID, and 4688 records of which no start of Sysmon has host, file name and
/// process id (some sets' have no process id): straight from the lines.
fn count(text: &str, counts: &mut Counts) -> u64 {
    let name = |value: &Value| value.as_str().unwrap().rsplit('\\').next().unwrap().to_lowercase();
    let host = |line: &Value| line["Hostname"].as_str().unwrap().to_lowercase();
    let (mut sysmon, mut security) = (BTreeMap::new(), Vec::new());
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let line: Value = serde_json::from_str(line).unwrap();
        let of_sysmon = line["Channel"].as_str().is_some_and(|channel| channel.contains("Sysmon"));
        if line["EventID"] == 1 && of_sysmon {
            let pid = line["ProcessId"].as_str().map(|pid| pid.parse::<u32>().unwrap());
            sysmon.insert((host(&line), line["ProcessGuid"].to_string()), (name(&line["Image"]), pid));
        } else if line["EventID"] == 4688 {
            let pid = line["NewProcessId"].as_str().unwrap();
            let pid = u32::from_str_radix(pid.trim_start_matches("0x"), 16).unwrap();
            security.push((host(&line), name(&line["NewProcessName"]), pid));
        }
    }
    let known: BTreeSet<_> =
        sysmon.iter().map(|((host, _), (name, pid))| (host.clone(), name.clone(), *pid)).collect();
    let is_known = |host: &str, name: &str, pid| known.contains(&(host.to_owned(), name.to_owned(), pid));
    security.retain(|(host, name, pid)| !is_known(host, name, Some(*pid)) && !is_known(host, name, None));
    let starts = sysmon.into_iter().map(|((host, _), (name, _))| (host, name));
    let mut found = 0;
    for (host, name) in starts.chain(security.into_iter().map(|(host, name, _)| (host, name))) {
        let (executions, hosts) = counts.entry(name).or_default();
        *executions += 1;
        hosts.insert(host);
        found += 1;
    }
    found
}

#[test]
fn a_baseline_of_real_campaigns_is_what_is_counted_in_their_lines() {
    let Some(data) = real() else { return };
    let folder = Folder::new();
    let mut counts = Counts::new();
    let mut files = Vec::new();
    for recording in Recording::of_set(&data, "campaigns_otrf") {
        let text = recording.text();
        let found = count(&text, &mut counts);
        let answers = fs::read(data.join(format!("answers/{}.json", recording.name))).unwrap();
        let answers: Value = serde_json::from_slice(&answers).unwrap();
        assert_eq!(answers["process_starts_with_4688_only"], found, "{}", recording.name);
        files.push(folder.file(&recording.name, text));
    }
    let pack = build(&folder, "pack", &files);

    let mut rows: Vec<(u64, String, usize)> =
        counts.iter().map(|(name, (executions, hosts))| (*executions, name.clone(), hosts.len())).collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let rank = |executions: u64| rows.iter().filter(|row| row.0 > executions).count() + 1;
    let expected: Vec<Value> = rows
        .iter()
        .map(|(executions, image, hosts)| {
            serde_json::json!({
                "image": image, "executions": executions, "hosts": hosts, "rank": rank(*executions),
            })
        })
        .collect();
    let shown =
        |top: &str| begat(&["baseline", "show", &pack, "--top", top, "--format", "json"]).with(0).json();
    assert_eq!(shown("5"), Value::from(&expected[..5]));
    assert_eq!(shown("1000"), Value::from(expected));
    assert!(!String::from_utf8_lossy(&fs::read(&pack).unwrap()).to_lowercase().contains("theshire"));

    // Each file for itself, merged from the last to the first.
    let packs: Vec<String> =
        (0..files.len()).rev().map(|at| build(&folder, &format!("{at}.pack"), &files[at..=at])).collect();
    let merged = super::shown(&folder.path("merged"));
    let mut arguments = vec!["baseline", "merge", "-o", &merged];
    arguments.extend(packs.iter().map(String::as_str));
    begat(&arguments).with(0);
    assert!(fs::read(&merged).unwrap() == fs::read(&pack).unwrap());

    // The folder as it is, in whose archives those files are.
    let of_folder = build(&folder, "folder.pack", &[super::shown(&data.join("campaigns_otrf"))]);
    assert!(fs::read(of_folder).unwrap() == fs::read(&pack).unwrap());
}

#[test]
fn the_example_is_a_baseline_of_itself() {
    let folder = Folder::new();
    let recording = shown(&root().join("examples/data/recording.ndjson"));
    let pack = build(&folder, "pack", &[recording]);
    // The README's: svchost.exe ran 91 times on 3 hosts.
    let top = begat(&["baseline", "show", &pack, "--top", "1", "--format", "json"]).with(0).json();
    assert_eq!(top, serde_json::json!([{ "image": "svchost.exe", "executions": 91, "hosts": 3, "rank": 1 }]));
}
