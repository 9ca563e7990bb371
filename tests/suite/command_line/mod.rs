//! The binary: arguments and files in, stdout, stderr, report and exit code out.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use begat::store::{Held, Tenant};
use serde_json::Value;

use crate::component::CACHE;

mod alerts;
mod bad_input;
mod baselines;
mod cache;
mod campaigns;
mod chains;
mod disks;
/// The host's own writer of small event logs.
#[path = "../../../host/src/input/evtx_sample.rs"]
mod evtx_sample;
mod knowledge;
mod quarantine;
mod questions;
mod reading;
mod readme;
mod reports;
mod scores;
mod states;
mod tenants;

/// A start that is expected, by the process id that tells lines apart.
fn start(pid: u32) -> String {
    format!(
        r#"{{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"ws1.example.org","UtcTime":"2026-03-01 09:00:00.000","ProcessGuid":"{{00000000-0000-0000-0000-{pid:012x}}}","ProcessId":{pid},"Image":"C:\\Windows\\System32\\svchost.exe","ParentImage":"C:\\Windows\\System32\\services.exe"}}"#
    )
}

/// Starts, one a line, each ended by a newline.
fn starts(count: u32) -> String {
    (1..=count).map(|pid| start(pid) + "\n").collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What a run ended with.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    /// The lines of stdout, each JSON.
    fn lines(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect()
    }

    /// The one JSON value of stdout.
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}\n{}", self.stdout, self.stderr))
    }

    /// Fails the test unless the run ended like this; a panic is never an end.
    fn with(self, code: i32) -> Self {
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        assert_eq!(self.code, Some(code), "stderr: {}", self.stderr);
        self
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_begat-under-test"));
    command.args(arguments).env("BEGAT_CACHE", CACHE);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn begat(arguments: &[&str]) -> Ended {
    command(arguments).output().unwrap().into()
}

fn begat_with_stdin(arguments: &[&str], stdin: impl AsRef<[u8]> + Send) -> Ended {
    let mut child = command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || pipe.write_all(stdin.as_ref()));
        child.wait_with_output().unwrap().into()
    })
}

/// A folder for one test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file and gives its path as an argument.
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        shown(&path)
    }

    /// Where a report goes.
    fn report(&self) -> String {
        shown(&self.path("report.json"))
    }

    /// The report that was written there.
    fn read_report(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("report.json")).unwrap()).unwrap()
    }
}

/// What a tenant's files hold.
fn held(state: &Path, tenant: &str) -> Held {
    Tenant::find(state, &tenant.parse().unwrap()).unwrap().read().unwrap()
}

/// The file of a tenant's newest snapshot.
fn newest_snapshot(state: &Path, tenant: &str) -> PathBuf {
    let files = std::fs::read_dir(state.join("tenants").join(tenant)).unwrap();
    let paths = files.map(|entry| entry.unwrap().path());
    let is_snapshot = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("snapshot-");
    paths.filter(is_snapshot).max().unwrap()
}

fn shown(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
