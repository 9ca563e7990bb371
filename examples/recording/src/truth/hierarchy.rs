//! The parents that Windows gives its own programs, written down once more here so that neither the
//! story nor begat is asked: the core column of *Hunt Evil*, CAR-2020-11-004 and Elastic's *Unusual
//! Parent-Child Relationship*.

use serde_json::{Value, json};

use super::name;
use crate::model::process::{Process, Record};
use crate::story::Story;

/// Program, its parents, and the directories that it may run from (the beginnings of them).
const EXPECTED: [(&str, &[&str], &str); 24] = [
    ("smss.exe", &["system", "smss.exe"], SYSTEM32),
    ("autochk.exe", &["smss.exe"], SYSTEM32),
    ("csrss.exe", &["smss.exe"], SYSTEM32),
    ("wininit.exe", &["smss.exe"], SYSTEM32),
    ("winlogon.exe", &["smss.exe"], SYSTEM32),
    ("services.exe", &["wininit.exe"], SYSTEM32),
    ("lsass.exe", &["wininit.exe"], SYSTEM32),
    ("svchost.exe", &["services.exe"], SYSTEM32),
    ("taskhostw.exe", &["svchost.exe"], SYSTEM32),
    ("runtimebroker.exe", &["svchost.exe"], SYSTEM32),
    ("dllhost.exe", &["svchost.exe", "services.exe"], SYSTEM32),
    ("wmiprvse.exe", &["svchost.exe"], r"c:\windows\system32\wbem\"),
    ("consent.exe", &["svchost.exe"], SYSTEM32),
    ("tiworker.exe", &["svchost.exe"], r"c:\windows\winsxs\"),
    ("spoolsv.exe", &["services.exe"], SYSTEM32),
    ("searchindexer.exe", &["services.exe"], SYSTEM32),
    ("searchprotocolhost.exe", &["searchindexer.exe"], SYSTEM32),
    ("logonui.exe", &["winlogon.exe", "wininit.exe"], SYSTEM32),
    ("userinit.exe", &["winlogon.exe"], SYSTEM32),
    ("explorer.exe", &["userinit.exe"], r"c:\windows\"),
    ("dwm.exe", &["winlogon.exe", "wininit.exe"], SYSTEM32),
    ("fontdrvhost.exe", &["winlogon.exe", "wininit.exe"], SYSTEM32),
    ("sihost.exe", &["svchost.exe"], SYSTEM32),
    ("ctfmon.exe", &["svchost.exe"], SYSTEM32),
];
const SYSTEM32: &str = r"c:\windows\system32\";

/// Programs whose children are nobody's doing but the system's.
const SPAWNERS: [&str; 15] = [
    "system",
    "smss.exe",
    "csrss.exe",
    "wininit.exe",
    "winlogon.exe",
    "userinit.exe",
    "services.exe",
    "svchost.exe",
    "explorer.exe",
    "taskhostw.exe",
    "sihost.exe",
    "runtimebroker.exe",
    "wmiprvse.exe",
    "searchindexer.exe",
    "taskhost.exe",
];

/// What can be said of a start by the table alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The table has the program, and this parent and directory.
    Expected,
    /// The table has the program, and the parent is another.
    Violation,
    /// The table does not have the program: expected or unknown, but no violation.
    NotListed,
}

impl Verdict {
    /// The name in the ground truth.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Violation => "violation",
            Self::NotListed => "not a violation",
        }
    }
}

/// The verdict on a start.
pub(super) fn verdict(process: &Process) -> Verdict {
    let program = process.name().to_lowercase();
    let Some(row) = EXPECTED.iter().find(|(name, _, _)| *name == program) else {
        return Verdict::NotListed;
    };
    let parent = process.parent.as_ref().map(|p| p.name().to_lowercase());
    let known = parent.is_some_and(|parent| row.1.contains(&parent.as_str()));
    let placed = process.image.to_lowercase().starts_with(row.2);
    if known && placed { Verdict::Expected } else { Verdict::Violation }
}

/// Whether a process starts others on behalf of the system: by name, from its own directory.
pub(super) fn is_spawner(process: &Process) -> bool {
    let listed = SPAWNERS.contains(&process.name().to_lowercase().as_str());
    listed && verdict(process) != Verdict::Violation
}

/// All violations of the recording: one.
pub(super) fn violations(story: &Story) -> Value {
    let processes = story.hosts.iter().flat_map(|host| &host.processes);
    let bad = processes.filter(|p| p.record != Record::None && verdict(p) == Verdict::Violation);
    let row = |process: &std::rc::Rc<Process>| {
        json!({
            "process": name(process),
            "reasons": ["unexpected-parent", "wrong-directory"],
            "parent": process.parent.as_ref().map(|p| name(p)),
        })
    };
    bad.map(row).collect()
}
