//! How a process comes to be on a host, and Sysmon's event 1 about it.

use std::cell::Cell;
use std::rc::Rc;

use super::event::{Event, Fields};
use super::host::Host;
use super::launch::Launch;
use super::process::{Logon, Process, Record};
use super::program;
use super::time::Time;

impl Host {
    /// Boots: makes System, whose own start nothing records.
    pub(crate) fn boot(&mut self, at: Time, logon: &Rc<Logon>) -> Rc<Process> {
        let launch = Launch::new("System", "").by(logon).session(0).recorded(Record::None);
        self.make(at, None, launch.reusing(4))
    }

    /// Starts a process and records it as asked.
    pub(crate) fn start(&mut self, at: Time, parent: &Rc<Process>, launch: Launch) -> Rc<Process> {
        let late_ms = launch.late_ms;
        let process = self.make(at, Some(parent), launch);
        if matches!(process.record, Record::Sysmon | Record::Both) {
            let fields = self.creation(&process, parent);
            self.events.push(Event { at, late_ms, id: 1, kind: "INFO", fields });
        }
        if matches!(process.record, Record::Security | Record::Both) {
            self.creation_4688(at.plus(2), &process, parent);
        }
        process
    }

    fn make(&mut self, at: Time, parent: Option<&Rc<Process>>, launch: Launch) -> Rc<Process> {
        self.last_counter += 1;
        let number = 0x0004_0000_0000_0000 | self.last_counter;
        let pid = launch.pid.unwrap_or_else(|| {
            self.last_pid += 4 * (1 + self.random.below(12));
            self.last_pid
        });
        let logon = launch.logon.or_else(|| parent.map(|p| Rc::clone(&p.logon)));
        let logon = logon.unwrap_or_else(|| super::accounts::system(at));
        let inherited = parent.filter(|p| Rc::ptr_eq(&p.logon, &logon)).map(|p| p.integrity);
        let process = Rc::new(Process {
            host: self.name,
            pid,
            guid: self.guid(at, number),
            image: launch.image,
            command: launch.command,
            directory: launch.directory.unwrap_or_else(|| r"C:\Windows\system32\".to_owned()),
            session: launch.session.or(parent.map(|p| p.session)).unwrap_or(0),
            integrity: launch.integrity.or(inherited).unwrap_or(logon.integrity),
            logon,
            parent: parent.map(Rc::clone),
            start: at,
            end: Cell::new(None),
            record: launch.record,
            late: launch.late_ms > 0,
            label: launch.label,
        });
        self.processes.push(Rc::clone(&process));
        process
    }

    fn creation(&self, process: &Process, parent: &Process) -> Fields {
        let details = program::details(&process.image);
        let original = if details.company == "-" { "-" } else { process.name() };
        let logon = &process.logon;
        let mut fields = self.subject(process, process.start);
        fields.extend([
            ("FileVersion", details.version.into()),
            ("Product", details.product.into()),
            ("Company", details.company.into()),
            ("OriginalFileName", original.into()),
            ("CommandLine", process.command.as_str().into()),
            ("CurrentDirectory", process.directory.as_str().into()),
            ("User", logon.qualified().into()),
            ("LogonGuid", self.guid(logon.since, logon.id).into()),
            ("LogonId", format!("{:#x}", logon.id).into()),
            ("TerminalSessionId", process.session.to_string().into()),
            ("IntegrityLevel", process.integrity.into()),
            ("Hashes", program::hashes(&process.image).into()),
            ("ParentProcessGuid", parent.guid.as_str().into()),
            ("ParentProcessId", parent.pid.to_string().into()),
            ("ParentImage", parent.image.as_str().into()),
            ("ParentCommandLine", parent.command.as_str().into()),
            ("ParentUser", parent.logon.qualified().into()),
        ]);
        fields
    }
}
