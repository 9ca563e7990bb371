//! Accounts with their logon, and process instances: the story's own model, from which both the
//! events and the ground truth are written.

use std::cell::Cell;
use std::rc::Rc;

use super::time::Time;

/// An account with one logon on one host.
pub(crate) struct Logon {
    /// `HAZEL`, `NT AUTHORITY`.
    pub(crate) domain: &'static str,
    /// `anna.voss`, `SYSTEM`.
    pub(crate) name: &'static str,
    /// The security identifier.
    pub(crate) sid: String,
    /// The logon's LUID.
    pub(crate) id: u64,
    /// When it logged on, by the true clock.
    pub(crate) since: Time,
    /// Sysmon's `IntegrityLevel` of what it starts by default.
    pub(crate) integrity: &'static str,
}

impl Logon {
    /// `HAZEL\anna.voss`.
    pub(crate) fn qualified(&self) -> String {
        format!(r"{}\{}", self.domain, self.name)
    }

    /// Whether 4688 and 4624 name it as the machine account (`WS-ANNA$`).
    pub(crate) fn is_machine(&self) -> bool {
        matches!(self.sid.as_str(), "S-1-5-18" | "S-1-5-19" | "S-1-5-20")
    }
}

/// Which record tells that a process started.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// Sysmon's event 1.
    Sysmon,
    /// Sysmon's event 1 and Windows' 4688: twins.
    Both,
    /// Windows' 4688 alone.
    Security,
    /// None: it is only named by what it started.
    None,
}

impl Record {
    /// The name in the ground truth.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sysmon => "sysmon",
            Self::Both => "both",
            Self::Security => "4688",
            Self::None => "none",
        }
    }
}

/// One process instance.
pub(crate) struct Process {
    /// The FQDN of its host.
    pub(crate) host: &'static str,
    /// Its process id.
    pub(crate) pid: u64,
    /// Sysmon's GUID, in the case of its host.
    pub(crate) guid: String,
    /// Path of the program; `System` for PID 4.
    pub(crate) image: String,
    /// The command line.
    pub(crate) command: String,
    /// The current directory.
    pub(crate) directory: String,
    /// Who runs it.
    pub(crate) logon: Rc<Logon>,
    /// The terminal session.
    pub(crate) session: u64,
    /// Sysmon's `IntegrityLevel`.
    pub(crate) integrity: &'static str,
    /// Who started it; none for System alone.
    pub(crate) parent: Option<Rc<Process>>,
    /// When it started, by the true clock.
    pub(crate) start: Time,
    /// When it ended, once the story says so.
    pub(crate) end: Cell<Option<Time>>,
    /// What records its start.
    pub(crate) record: Record,
    /// The start was shipped after a child's or after its own activity.
    pub(crate) late: bool,
    /// Its name in the ground truth, if it matters there.
    pub(crate) label: Option<&'static str>,
}

impl Process {
    /// The file name of the program, as written.
    pub(crate) fn name(&self) -> &str {
        self.image.rsplit('\\').next().unwrap_or(&self.image)
    }

    /// Whether it runs at that time.
    pub(crate) fn alive(&self, at: Time) -> bool {
        self.start <= at && self.end.get().is_none_or(|end| at < end)
    }

    /// Its parents, the nearest first, up to the first whose start nothing recorded, which is known
    /// by name only: System, as a rule.
    pub(crate) fn ancestors(&self) -> Vec<Rc<Process>> {
        let recorded = |process: &&Rc<Process>| process.record != Record::None;
        let next = |process: &Rc<Process>| Some(process).filter(recorded)?.parent.clone();
        std::iter::successors(self.parent.clone(), next).collect()
    }
}
