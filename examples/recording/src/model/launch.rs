//! How the story asks for a process: the program, and whatever it does not inherit from its parent.

use std::rc::Rc;

use super::process::{Logon, Record};

/// A process to be started.
pub(crate) struct Launch {
    pub(super) image: String,
    pub(super) command: String,
    pub(super) directory: Option<String>,
    pub(super) logon: Option<Rc<Logon>>,
    pub(super) session: Option<u64>,
    pub(super) integrity: Option<&'static str>,
    pub(super) pid: Option<u64>,
    pub(super) record: Record,
    pub(super) late_ms: u64,
    pub(super) label: Option<&'static str>,
}

impl Launch {
    /// A program by its path, with its whole command line.
    pub(crate) fn new(image: impl Into<String>, command: impl Into<String>) -> Self {
        Self {
            image: image.into(),
            command: command.into(),
            directory: None,
            logon: None,
            session: None,
            integrity: None,
            pid: None,
            record: Record::Sysmon,
            late_ms: 0,
            label: None,
        }
    }

    /// A program of `C:\Windows\System32`, with its whole command line.
    pub(crate) fn system32(name: &str, command: impl Into<String>) -> Self {
        Self::new(format!(r"C:\Windows\System32\{name}"), command)
    }

    /// The console window's host, which Windows starts as a child of a console program.
    pub(crate) fn conhost() -> Self {
        let command = r"\??\C:\Windows\system32\conhost.exe 0xffffffff -ForceV1";
        Self::system32("conhost.exe", command).inside(r"C:\Windows")
    }

    /// Its current directory.
    pub(crate) fn inside(mut self, directory: impl Into<String>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Runs as that account.
    pub(crate) fn by(mut self, logon: &Rc<Logon>) -> Self {
        self.logon = Some(Rc::clone(logon));
        self
    }

    /// Runs in that session.
    pub(crate) fn session(mut self, session: u64) -> Self {
        self.session = Some(session);
        self
    }

    /// Runs at that integrity level.
    pub(crate) fn integrity(mut self, level: &'static str) -> Self {
        self.integrity = Some(level);
        self
    }

    /// Gets that process id, which an ended process had before.
    pub(crate) fn reusing(mut self, pid: u64) -> Self {
        self.pid = Some(pid);
        self
    }

    /// Its start is recorded that way.
    pub(crate) fn recorded(mut self, record: Record) -> Self {
        self.record = record;
        self
    }

    /// The record of its start arrives so much later than the others.
    pub(crate) fn late(mut self, ms: u64) -> Self {
        self.late_ms = ms;
        self
    }

    /// Stands under that name in the ground truth.
    pub(crate) fn label(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self
    }
}
