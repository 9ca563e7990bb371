//! What a process does by itself: each method is one of Sysmon's events.

use serde_json::Value;

use super::event::{Event, Fields};
use super::host::Host;
use super::process::{Process, Record};
use super::program;
use super::time::Time;

impl Host {
    /// Logs an event.
    pub(crate) fn log(&mut self, at: Time, id: u64, kind: &'static str, fields: Fields) {
        self.events.push(Event { at, late_ms: 0, id, kind, fields });
    }

    /// The fields that most events begin with: rule, time, process.
    pub(super) fn subject(&self, process: &Process, at: Time) -> Fields {
        vec![
            ("RuleName", "-".into()),
            ("UtcTime", self.clock(at).sysmon().into()),
            ("ProcessGuid", process.guid.as_str().into()),
            ("ProcessId", process.pid.to_string().into()),
            ("Image", process.image.as_str().into()),
        ]
    }

    fn act(
        &mut self,
        at: Time,
        process: &Process,
        event: (u64, &'static str),
        rest: impl IntoIterator<Item = (&'static str, Value)>,
    ) {
        let mut fields = self.subject(process, at);
        fields.extend(rest);
        fields.push(("User", process.logon.qualified().into()));
        self.log(at, event.0, event.1, fields);
    }

    /// Event 5: the process ends.
    pub(crate) fn end(&mut self, at: Time, process: &Process) {
        process.end.set(Some(at));
        if matches!(process.record, Record::Sysmon | Record::Both) {
            self.act(at, process, (5, "INFO"), []);
        }
    }

    /// Event 7: the process loads a file. Its own image tells whether it is signed.
    pub(crate) fn load(&mut self, at: Time, process: &Process, path: &str) {
        let details = program::details(path);
        let signed = !details.signature.is_empty();
        let signer = if signed { details.signature } else { "-" };
        self.act(
            at,
            process,
            (7, "INFO"),
            [
                ("ImageLoaded", path.into()),
                ("FileVersion", details.version.into()),
                ("Product", details.product.into()),
                ("Company", details.company.into()),
                ("Hashes", program::hashes(path).into()),
                ("Signed", signed.to_string().into()),
                ("Signature", signer.into()),
                ("SignatureStatus", if signed { "Valid" } else { "Unavailable" }.into()),
            ],
        );
    }

    /// Event 11: the process creates a file.
    pub(crate) fn create(&mut self, at: Time, process: &Process, path: &str) {
        let created = self.clock(at).sysmon();
        self.act(
            at,
            process,
            (11, "INFO"),
            [("TargetFilename", path.into()), ("CreationUtcTime", created.into())],
        );
    }

    /// Event 12: the process creates a registry key.
    pub(crate) fn key(&mut self, at: Time, process: &Process, key: &str) {
        self.act(at, process, (12, "CreateKey"), [("TargetObject", key.into())]);
    }

    /// Event 13: the process sets a registry value.
    pub(crate) fn value(&mut self, at: Time, process: &Process, key: &str, details: &str) {
        let rest = [("TargetObject", key.into()), ("Details", details.into())];
        self.act(at, process, (13, "SetValue"), rest);
    }

    /// Event 17: the process creates a named pipe.
    pub(crate) fn pipe(&mut self, at: Time, process: &Process, name: &str) {
        self.act(at, process, (17, "CreatePipe"), [("PipeName", name.into())]);
    }

    /// Event 18: the process connects to a named pipe.
    pub(crate) fn pipe_client(&mut self, at: Time, process: &Process, name: &str) {
        self.act(at, process, (18, "ConnectPipe"), [("PipeName", name.into())]);
    }

    /// Event 22: the process resolves a name.
    pub(crate) fn resolve(&mut self, at: Time, process: &Process, name: &str, address: &str) {
        self.act(
            at,
            process,
            (22, "INFO"),
            [
                ("QueryName", name.into()),
                ("QueryStatus", "0".into()),
                ("QueryResults", format!("::ffff:{address};").into()),
            ],
        );
    }
}
