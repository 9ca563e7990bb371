//! Real recordings against the answers of another program (`answers/*.json` beside them).
//!
//! Each set is read once through the component, on its own; then all of them after each other by one
//! tenant. What the sets are, and what is known of them, stands in their own READMEs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;

use crate::batches::{Cut, feed_from};
use crate::component::InComponent;
use crate::data::{Recording, real};
use crate::subject::{Batch, Outcome, Subject, folded_name, lineage};

/// A start as its line says it.
struct Start {
    sysmon: bool,
    host: String,
    image: String,
    verdict: String,
    reason: String,
    ancestors: Vec<String>,
}

/// What begat says of one recording.
struct Read {
    name: String,
    answers: Value,
    stats: Value,
    images: Value,
    violations: Vec<Value>,
    /// Started processes by folded file name: executions and hosts; of all, and of those that a Sysmon record
    /// tells of.
    started: (Executions, Executions),
    /// Folded names above every started process with a GUID.
    ancestors: BTreeMap<String, Vec<String>>,
    starts: Vec<Start>,
}

/// By folded file name: executions and hosts.
type Executions = BTreeMap<String, (u64, u64)>;

fn executions<'p>(processes: impl Iterator<Item = &'p Value>) -> Executions {
    let mut found: BTreeMap<String, (u64, BTreeSet<&str>)> = BTreeMap::new();
    for process in processes {
        let (executions, hosts) = found.entry(folded_name(process["image"].as_str().unwrap())).or_default();
        *executions += 1;
        hosts.insert(process["host"].as_str().unwrap());
    }
    found.into_iter().map(|(name, (executions, hosts))| (name, (executions, hosts.len() as u64))).collect()
}

/// Sysmon's ids are `host/guid`; what only a 4688 told of is `host/pid/start`.
fn is_of_sysmon(process: &&Value) -> bool {
    process["id"].as_str().unwrap().split('/').count() == 2
}

fn starts(annotated: &str) -> Vec<Start> {
    // Most lines are no starts, and parsing is dear.
    let lines = annotated.lines().filter(|line| line.contains("\"begat\":{\"kind\":\"process-start\""));
    lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["begat"]["twin"].is_null())
        .map(|line| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let image = line.get("Image").or(line.get("NewProcessName")).map(text).unwrap_or_default();
            let begat = &line["begat"];
            let process = text(&begat["causality"]["process"]);
            Start {
                sysmon: line["EventID"] == 1,
                host: process.split('/').next().unwrap().to_owned(),
                image: folded_name(&image),
                verdict: text(&begat["hierarchy"]["verdict"]),
                reason: text(&begat["hierarchy"]["reason"]),
                ancestors: begat["causality"]["ancestors"].as_array().unwrap().iter().map(text).collect(),
            }
        })
        .collect()
}

/// Every line comes out, in order: as it was, or with one more member at its end.
fn assert_every_line_in_order(name: &str, text: &str, outcome: &Outcome) {
    assert_eq!(outcome.lines, text.lines().count() as u64, "{name}: lines read");
    assert_eq!(outcome.rejected, [], "{name}: rejected");
    let mut out = outcome.annotated.lines();
    for (number, line) in (1..).zip(text.lines()) {
        let out = out.next().unwrap_or_else(|| panic!("{name}:{number}: missing"));
        let members = line.trim_end().strip_suffix('}').unwrap_or(line);
        let added = out.strip_prefix(members).unwrap_or_else(|| panic!("{name}:{number}: changed: {out}"));
        assert!(out == line || added.starts_with(",\"begat\":{\"kind\":\""), "{name}:{number}: {added}");
    }
    assert_eq!(out.next(), None, "{name}: lines too many");
}

fn read(folder: &Path, recording: &Recording) -> Read {
    let name = &recording.name;
    let text = recording.text();
    let mut component = InComponent::new();
    let outcome =
        feed_from(&mut component, &Batch { source: name, ..Batch::of(&text) }, Cut::Bytes(256 << 10));
    assert_every_line_in_order(name, &text, &outcome);

    let mut processes = component.processes();
    processes.retain(|process| process["known"] == "started");
    let ancestors = processes.iter().map(|process| {
        let id = process["id"].as_str().unwrap();
        let (above, _, _) = lineage(&component.ancestry(id).unwrap());
        (id.split_once('/').unwrap().1.to_owned(), above)
    });
    let ancestors = ancestors.collect();
    let answers = fs::read_to_string(folder.join(format!("answers/{name}.json"))).unwrap();
    Read {
        answers: serde_json::from_str(&answers).unwrap(),
        stats: component.stats(),
        images: component.images(),
        violations: component.violations(),
        started: (executions(processes.iter()), executions(processes.iter().filter(is_of_sysmon))),
        ancestors,
        starts: starts(&outcome.annotated),
        name: recording.name.clone(),
    }
}

/// All recordings, read once for all tests; nothing where there are none.
fn all() -> &'static [Read] {
    static ALL: OnceLock<Vec<Read>> = OnceLock::new();
    ALL.get_or_init(|| {
        let Some(folder) = real() else { return Vec::new() };
        Recording::all(&folder).iter().map(|recording| read(&folder, recording)).collect()
    })
}

fn named(name: &str) -> Option<&'static Read> {
    let all = all();
    let found = all.iter().find(|read| read.name == name);
    assert!(all.is_empty() || found.is_some(), "{name} is missing");
    found
}

/// Runs a check for every recording and says of all of them which failed.
fn for_each(check: impl Fn(&Read) -> Result<(), String>) {
    let failed: Vec<String> =
        all().iter().filter_map(|read| check(read).err().map(|e| format!("{}: {e}", read.name))).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: T, answer: T) -> Result<(), String> {
    if found == answer { Ok(()) } else { Err(format!("{what}: {found:?}, the answer is {answer:?}")) }
}

#[test]
fn starts_are_counted_once() {
    for_each(|read| {
        let answer = &read.answers["process_starts_with_4688_only"];
        equal("process starts", &read.stats["kinds"]["process-start"], answer)?;
        let verdicts: u64 =
            read.stats["hierarchy"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
        equal("final verdicts", verdicts, answer.as_u64().unwrap())
    });
}

/// The answers' hosts are those of Sysmon's starts; other records tell of more.
#[test]
fn hosts_of_starts_are_the_answers() {
    for_each(|read| {
        let list = |hosts: &Value| -> BTreeSet<String> {
            hosts.as_array().unwrap().iter().map(|h| h.as_str().unwrap().to_lowercase()).collect()
        };
        let of_starts = read.starts.iter().filter(|s| s.sysmon).map(|s| s.host.to_lowercase()).collect();
        equal("hosts of starts", &of_starts, &list(&read.answers["hosts"]))?;
        let all = list(&read.stats["hosts"]);
        equal("hosts of starts among all", of_starts.is_subset(&all), true)
    });
}

/// The answers count Sysmon's starts.
#[test]
fn executions_and_hosts_of_every_image_are_the_answers() {
    for_each(|read| {
        let numbers = |row: &Value| (row["executions"].as_u64().unwrap(), row["hosts"].as_u64().unwrap());
        let answer = read.answers["images"].as_object().unwrap().iter();
        let answer: Executions = answer.map(|(name, row)| (name.clone(), numbers(row))).collect();
        equal("images of Sysmon's starts", &read.started.1, &answer)?;
        let rows = read.images.as_array().unwrap().iter();
        let counted = rows.map(|row| {
            (row[0].as_str().unwrap().to_owned(), (row[1].as_u64().unwrap(), row[2].as_u64().unwrap()))
        });
        equal("images counted", &counted.collect(), &read.started.0)
    });
}

/// Competition ranking: an image's rank is one more than how many images were executed more often.
#[test]
fn ranks_follow_from_the_executions() {
    for_each(|read| {
        let rows = read.images.as_array().unwrap();
        let executions: Vec<u64> = rows.iter().map(|row| row[1].as_u64().unwrap()).collect();
        for row in rows {
            let more = executions.iter().filter(|&&n| n > row[1].as_u64().unwrap()).count() as u64;
            equal(row[0].as_str().unwrap(), row[3].as_u64(), Some(more + 1))?;
        }
        Ok(())
    });
}

#[test]
fn ancestors_of_every_started_process_are_the_answers() {
    for_each(|read| {
        let answers = read.answers["ancestors"].as_object().unwrap();
        for (guid, above) in answers {
            let above: Vec<String> =
                above.as_array().unwrap().iter().map(|n| folded_name(n.as_str().unwrap())).collect();
            equal(&format!("ancestors of {guid}"), read.ancestors.get(guid), Some(&above))?;
        }
        Ok(())
    });
}

#[test]
fn purplesharp_has_24_starts_on_4_hosts_and_a_powershell_from_winrm_on_three() {
    let Some(read) = named("purplesharp_ad_playbook_I") else { return };
    assert_eq!(read.stats["kinds"]["process-start"], 24);
    assert_eq!(read.stats["hosts"].as_array().unwrap().len(), 4);
    let mut hosts = BTreeSet::new();
    for start in read.starts.iter().filter(|s| s.image == "powershell.exe") {
        assert_eq!(start.ancestors[..2], ["wsmprovhost.exe", "svchost.exe"], "on {}", start.host);
        hosts.insert(start.host.split('.').next().unwrap());
    }
    assert_eq!(hosts, BTreeSet::from(["MORDORDC", "WORKSTATION6", "WORKSTATION7"]));
}

#[test]
fn a_logon_is_never_a_violation() {
    let Some(read) = named("empire_dcom_shellwindows_stager") else { return };
    for name in ["smss.exe", "csrss.exe", "winlogon.exe", "userinit.exe", "explorer.exe"] {
        let starts: Vec<&Start> = read.starts.iter().filter(|s| s.image == name).collect();
        assert!(!starts.is_empty(), "{name} starts in this recording");
        for start in starts {
            assert!(["expected", "unknown"].contains(&start.verdict.as_str()), "{name}: {}", start.reason);
        }
    }
}

/// A 4688 that came before its Sysmon record was annotated as a start of its own; in the end there is one.
///
/// In the campaign of comsvcs.dll the payload had moved into the svchost.exe of WpnService, a service that starts
/// nothing: it reads lsass.exe through rundll32.exe and opens a shell. Both are true.
#[test]
fn the_only_violations_are_of_cmstp_and_of_the_service_that_was_taken_over() {
    for read in all() {
        let violations = read.starts.iter().filter(|s| s.verdict == "violation");
        let reasons: Vec<(bool, &str)> = violations.map(|s| (s.sysmon, s.reason.as_str())).collect();
        if read.name == "psh_cmstp_execution_bypassuac" {
            assert_eq!(reasons, [(false, "unusual-parent"), (true, "unusual-parent")]);
            assert_eq!(read.stats["hierarchy"][1], 1);
            assert_eq!(read.violations.len(), 1);
            assert_eq!(read.violations[0]["reason"], "unusual-parent");
        } else if read.name == "metasploit_comsvcs_lsass_memory_dump" {
            assert_eq!(reasons, [(true, "unexpected-child"); 2]);
            let images = read.violations.iter().map(|v| folded_name(v["image"].as_str().unwrap()));
            assert_eq!(images.collect::<Vec<_>>(), ["rundll32.exe", "cmd.exe"]);
            assert_eq!(read.stats["hierarchy"][1], 2);
        } else {
            assert_eq!(reasons, [], "{}", read.name);
            assert_eq!(read.stats["hierarchy"][1], 0, "{}", read.name);
        }
    }
}

#[test]
fn one_tenant_reads_them_all() {
    let Some(folder) = real() else { return };
    let mut component = InComponent::new();
    let (mut lines, mut out) = (0, 0);
    for recording in Recording::all(&folder) {
        let text = recording.text();
        let batch = Batch { source: &recording.name, ..Batch::of(&text) };
        let outcome = feed_from(&mut component, &batch, Cut::Bytes(256 << 10));
        assert_every_line_in_order(&recording.name, &text, &outcome);
        assert!(!outcome.annotated.contains("\"unexpected-parent\""), "{}", recording.name);
        lines += text.lines().count();
        out += outcome.annotated.lines().count();
    }
    assert_eq!((lines, component.stats()["lines"].as_u64()), (out, Some(lines as u64)));
    assert_eq!(component.stats()["evicted_processes"], 0);
}
