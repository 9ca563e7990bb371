//! Records made for a test, and what begat detects in them.

use super::super::Detection;
use crate::engine::{Batch, Emit, Engine};
use crate::text::time;

/// 2026-03-01, milliseconds.
pub const BEGIN: i64 = 1_772_323_200_000;
pub const SECOND: i64 = 1000;
pub const DAY: i64 = 24 * 60 * 60 * SECOND;

pub const SYSTEM32: &str = r"C:\Windows\System32";

/// A process: its host, a number that makes its GUID, its path.
#[derive(Debug, Clone, Copy)]
pub struct Process<'p>(pub &'p str, pub u32, pub &'p str);

/// A tenant that reads records one after the other, a second apart.
pub struct Tenant {
    pub engine: Engine,
    pub now: i64,
}

impl Tenant {
    pub fn new() -> Self {
        Self::with("{}")
    }

    pub fn with(config: &str) -> Self {
        let mut engine = Engine::new().unwrap();
        engine.configure(config).unwrap();
        Self { engine, now: BEGIN }
    }

    /// One process starts another.
    pub fn start(&mut self, parent: Process<'_>, child: Process<'_>) -> Vec<Detection> {
        self.start_of(parent, child, &format!("{:064x}", child.1))
    }

    /// The same with a SHA-256 of the child's file.
    pub fn start_of(&mut self, parent: Process<'_>, child: Process<'_>, sha256: &str) -> Vec<Detection> {
        let members = [
            ("ProcessGuid", guid(child)),
            ("Image", child.2.to_owned()),
            ("User", r"CORP\ann".to_owned()),
            ("ParentProcessGuid", guid(parent)),
            ("ParentImage", parent.2.to_owned()),
            ("Hashes", format!("SHA256={sha256}")),
        ];
        self.read(1, child.0, &members)
    }

    /// One process starts a thread in another.
    pub fn thread(&mut self, source: Process<'_>, target: Process<'_>, function: &str) -> Vec<Detection> {
        let members = [
            ("SourceProcessGuid", guid(source)),
            ("SourceImage", source.2.to_owned()),
            ("TargetProcessGuid", guid(target)),
            ("TargetImage", target.2.to_owned()),
            ("StartFunction", function.to_owned()),
        ];
        self.read(8, source.0, &members)
    }

    /// One process opens another.
    pub fn access(&mut self, source: Process<'_>, target: Process<'_>, mask: &str) -> Vec<Detection> {
        let members = [
            ("SourceProcessGUID", guid(source)),
            ("SourceImage", source.2.to_owned()),
            ("TargetProcessGUID", guid(target)),
            ("TargetImage", target.2.to_owned()),
            ("GrantedAccess", mask.to_owned()),
        ];
        self.read(10, source.0, &members)
    }

    /// A record of Sysmon's.
    pub fn read(&mut self, id: u32, host: &str, members: &[(&str, String)]) -> Vec<Detection> {
        let channel = "Microsoft-Windows-Sysmon/Operational";
        let mut record = serde_json::json!({"EventID": id, "Channel": channel, "Hostname": host});
        record["UtcTime"] = time::to_text(self.now).into();
        for (name, value) in members {
            record[name] = value.clone().into();
        }
        self.read_line(&record.to_string())
    }

    /// Any record.
    pub fn read_line(&mut self, line: &str) -> Vec<Detection> {
        self.now += SECOND;
        let outcome = self.engine.ingest(&Batch {
            source: "test",
            first_line: 1,
            received_at: self.now,
            environment: None,
            // What is detected must not depend on lines coming back.
            emit: Emit::Nothing,
            text: line,
        });
        assert_eq!(outcome.recognised, 1, "{line}");
        outcome.detections
    }

    /// Goes on as a restart would.
    pub fn restart(&mut self) {
        let snapshot = self.engine.snapshot();
        let mut engine = Engine::new().unwrap();
        engine.restore(&snapshot).unwrap();
        assert!(engine.snapshot() == snapshot, "a restored state saves other bytes");
        self.engine = engine;
    }

    /// Ordinary life: enough hosts, days and starts that nothing is learning any more.
    pub fn learn(&mut self, hosts: u32) {
        for number in 0..1000.max(hosts) {
            let host = format!("pc{}", number % hosts);
            let explorer = Process(&host, 1, r"C:\Windows\explorer.exe");
            let told =
                self.start(explorer, Process(&host, 1000 + number, r"C:\Windows\System32\notepad.exe"));
            assert_eq!(told, [], "nothing is detected while the tenant learns");
        }
        self.now += 8 * DAY;
    }
}

/// Different for every host, so that a process is one of its host's.
pub fn guid(process: Process<'_>) -> String {
    let host: u64 =
        process.0.bytes().fold(7, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    format!("{{{:08x}-0000-0000-0000-{:012x}}}", host & 0xffff_ffff, process.1)
}

/// What was told, in short.
pub fn told(detections: &[Detection]) -> Vec<(&str, &str)> {
    detections.iter().map(|detection| (detection.what.as_str(), detection.message.as_str())).collect()
}
