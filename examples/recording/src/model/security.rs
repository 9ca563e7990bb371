//! Windows' own audit: event 4688 (a process was created) and 4624 (an account logged on).

use std::rc::Rc;

use super::event::Fields;
use super::host::Host;
use super::process::{Logon, Process};
use super::time::Time;

/// Where a logon came from, as 4624 tells it.
pub(crate) struct Origin {
    /// 2 interactive, 3 network.
    pub(crate) kind: &'static str,
    /// The client's address, or the loopback.
    pub(crate) address: &'static str,
    /// The client's port.
    pub(crate) port: u64,
    /// The process that asked for it, if one is named.
    pub(crate) process: Option<Rc<Process>>,
}

impl Host {
    /// The four fields that name an account in the role of `Subject` or `Target`.
    fn account(&self, logon: &Logon, names: [&'static str; 4]) -> Fields {
        let [sid, name, domain, id] = names;
        let machine = format!("{}$", self.short());
        let shown = if logon.is_machine() { machine } else { logon.name.to_owned() };
        let realm = if logon.is_machine() { "HAZEL" } else { logon.domain };
        vec![
            (sid, logon.sid.as_str().into()),
            (name, shown.into()),
            (domain, realm.into()),
            (id, format!("{:#x}", logon.id).into()),
        ]
    }

    /// Event 4688. The target is set only where the account changes, as Windows does it.
    pub(super) fn creation_4688(&mut self, at: Time, process: &Process, parent: &Process) {
        let target = ["TargetUserSid", "TargetUserName", "TargetDomainName", "TargetLogonId"];
        let mut fields = self.account(&parent.logon, SUBJECT);
        fields.extend([
            ("NewProcessId", format!("{:#x}", process.pid).into()),
            ("NewProcessName", process.image.as_str().into()),
            ("TokenElevationType", "%%1936".into()),
            ("ProcessId", format!("{:#x}", parent.pid).into()),
            ("CommandLine", process.command.as_str().into()),
        ]);
        if Rc::ptr_eq(&process.logon, &parent.logon) {
            let empty = ["S-1-0-0", "-", "-", "0x0"];
            fields.extend(target.into_iter().zip(empty).map(|(name, value)| (name, value.into())));
        } else {
            fields.extend(self.account(&process.logon, target));
        }
        let label = match process.integrity {
            "System" => "S-1-16-16384",
            "High" => "S-1-16-12288",
            _ => "S-1-16-8192",
        };
        fields
            .extend([("ParentProcessName", parent.image.as_str().into()), ("MandatoryLabel", label.into())]);
        self.log(at, 4688, "AUDIT_SUCCESS", fields);
    }

    /// Event 4624.
    pub(crate) fn logon_4624(&mut self, at: Time, logon: &Logon, origin: &Origin) {
        let target = ["TargetUserSid", "TargetUserName", "TargetDomainName", "TargetLogonId"];
        let local = origin.process.as_ref();
        let mut fields = if local.is_some() {
            self.account(&super::accounts::system(at), SUBJECT)
        } else {
            let nobody = ["S-1-0-0", "-", "-", "0x0"];
            SUBJECT.into_iter().zip(nobody).map(|(name, value)| (name, value.into())).collect()
        };
        fields.extend(self.account(logon, target));
        let package = if origin.kind == "3" { "Kerberos" } else { "Negotiate" };
        let process = local.map_or("-", |p| p.image.as_str());
        let workstation = if local.is_some() { self.short() } else { "-" };
        fields.extend([
            ("LogonType", origin.kind.into()),
            ("LogonProcessName", if origin.kind == "3" { "Kerberos" } else { "User32" }.into()),
            ("AuthenticationPackageName", package.into()),
            ("WorkstationName", workstation.into()),
            ("LogonGuid", "{00000000-0000-0000-0000-000000000000}".into()),
            ("ProcessId", format!("{:#x}", local.map_or(0, |p| p.pid)).into()),
            ("ProcessName", process.into()),
            ("IpAddress", origin.address.into()),
            ("IpPort", origin.port.to_string().into()),
            ("ElevatedToken", "%%1843".into()),
        ]);
        self.log(at, 4624, "AUDIT_SUCCESS", fields);
    }
}

const SUBJECT: [&str; 4] = ["SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId"];
