//! Whole runs through the embedded component: what comes out, in which order, and what is counted.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use serde_json::Value;

use super::*;
use crate::input::{Limits as Cut, evtx_sample};
use crate::runtime::bindings::ingest::Emit;
use crate::runtime::{Failure, Instance, Limits, tests};
use crate::tenants::Fault;

fn instance(limits: Limits) -> Instance {
    tests::embedded().instantiate(limits).unwrap()
}

#[derive(Clone, Default)]
struct Written(Rc<RefCell<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &[u8])]) -> (Self, Job) {
        let folder = Self(tempfile::tempdir().unwrap());
        let paths: Vec<PathBuf> = files
            .iter()
            .map(|(name, bytes)| {
                let path = folder.0.path().join(name);
                std::fs::write(&path, bytes).unwrap();
                path
            })
            .collect();
        let job = Job {
            sources: job::sources(&paths),
            limits: Cut { batch_bytes: 256 << 10, batch_lines: usize::MAX, line_bytes: 1 << 20 },
            emit: Emit::All,
            received_at: 1_767_225_600_000,
            environment: None,
            finish: true,
        };
        (folder, job)
    }
}

/// Runs a job: the lines that came out, the report, and what people were told.
fn done(job: &Job) -> (Vec<Value>, Value, usize) {
    let mut instance = instance(Limits::default());
    let written = Written::default();
    let mut told = 0;
    let tally =
        run(job, &mut instance, Output::to(written.clone()), &Arc::new(AtomicU64::new(0)), &mut |_| {
            told += 1
        });
    let report = Report::of(&mut instance, tally.unwrap()).unwrap().to_json().unwrap();
    let text = String::from_utf8(written.0.take()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (lines, serde_json::from_slice(&report).unwrap(), told)
}

#[test]
fn an_event_log_is_analysed_like_its_lines() {
    let log = evtx_sample::log(&[&["C:\\Windows\\System32\\svchost.exe"], &["C:\\a\\b.exe"]]);
    let (_folder, job) = Folder::with(&[("named-anything.json", &log)]);
    let (lines, report, _) = done(&job);
    let kinds: Vec<_> = lines.iter().map(|line| line["begat"]["kind"].as_str()).collect();
    assert_eq!(kinds, [Some("process-start"), Some("process-start")]);
    assert_eq!(report["kinds"]["process-start"], 2);
    assert_eq!(report["hosts"][0], "ws01.example.com");
}

#[test]
fn what_is_wrong_with_one_line_harms_no_other() {
    let long = format!("{{\"x\":\"{}\"}}", "y".repeat(2 << 20));
    let input =
        [b"{\"a\":1}\n".as_slice(), long.as_bytes(), b"\n{\"half\":\n{\"b\":\"\xff\"}\n{\"c\":3}"].concat();
    let (_folder, mut job) = Folder::with(&[("f", &input)]);
    for batch_lines in [1, 2, usize::MAX] {
        job.limits.batch_lines = batch_lines;
        let (lines, report, told) = done(&job);
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[0], serde_json::json!({"a": 1}));
        let error = "line of 2097160 bytes is longer than the limit of 1048576 bytes";
        assert_eq!(lines[1]["begat"]["error"], error);
        assert_eq!(lines[2]["message"], "{\"half\":");
        assert_eq!(lines[3], serde_json::json!({"b": "\u{fffd}"}));
        assert_eq!(lines[4], serde_json::json!({"c": 3}));

        assert_eq!(report["lines"], 5);
        let rejected: Vec<_> = report["rejected"].as_array().unwrap().iter().map(|r| &r["line"]).collect();
        assert_eq!(rejected, [2, 3]);
        assert_eq!(report["rejected"][0]["message"], error);
        assert_eq!((&report["rejected_total"], &report["repaired_total"]), (&2.into(), &1.into()));
        assert_eq!(report["repaired"][0]["line"], 4);
        assert_eq!(told, 3);
    }
}

#[test]
fn a_file_that_cannot_be_read_costs_that_file() {
    let (folder, mut job) = Folder::with(&[("a", b"{\"a\":1}\n"), ("b", b"{\"b\":1}\n")]);
    std::fs::remove_file(folder.0.path().join("a")).unwrap();
    std::fs::create_dir(folder.0.path().join("a")).unwrap();
    let (lines, report, _) = done(&job);
    assert_eq!(lines, [serde_json::json!({"b": 1})]);
    let why = report["unread"][0]["message"].as_str().unwrap();
    assert!(why.starts_with("there are no logs in this folder"), "{why}");

    job.sources.reverse();
    assert_eq!(done(&job).0, lines);
}

#[test]
fn when_nobody_listens_the_report_is_still_whole() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (_folder, mut job) = Folder::with(&[("f", "{\"a\":1}\n".repeat(300_000).as_bytes())]);
    for (finish, all) in [(true, true), (false, false)] {
        job.finish = finish;
        let mut instance = instance(Limits::default());
        run(&job, &mut instance, Output::to(Gone), &Arc::new(AtomicU64::new(0)), &mut |_| {}).unwrap();
        assert_eq!(instance.stats().unwrap().lines == 300_000, all);
    }
}

#[test]
fn a_component_that_ends_names_the_lines() {
    let (_folder, mut job) = Folder::with(&[("f", "{\"a\":1}\n".repeat(3 << 20).as_bytes())]);
    job.limits.batch_bytes = 16 << 20;
    let mut instance = instance(Limits { memory: 8 << 20, ..Limits::default() });
    let error =
        run(&job, &mut instance, Output::none(), &Arc::new(AtomicU64::new(0)), &mut |_| {}).unwrap_err();
    let JobError::Component { first, last, fault: Fault::Failure(failure), .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!((first, last), (1, 2 << 20));
    assert!(matches!(failure, Failure::Memory { .. }), "{failure:?}");
}
