//! What one process does to another of its host: Sysmon's events 10 (handle) and 8 (remote thread).

use super::host::Host;
use super::process::Process;
use super::time::Time;

impl Host {
    /// Event 10: a process opens another one with that mask.
    pub(crate) fn open(&mut self, at: Time, source: &Process, target: &Process, mask: &str) {
        let trace = r"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|C:\Windows\System32\KERNELBASE.dll+2c13e";
        let thread = self.thread();
        self.log(
            at,
            10,
            "INFO",
            vec![
                ("RuleName", "-".into()),
                ("UtcTime", self.clock(at).sysmon().into()),
                ("SourceProcessGUID", source.guid.as_str().into()),
                ("SourceProcessId", source.pid.to_string().into()),
                ("SourceThreadId", thread.to_string().into()),
                ("SourceImage", source.image.as_str().into()),
                ("TargetProcessGUID", target.guid.as_str().into()),
                ("TargetProcessId", target.pid.to_string().into()),
                ("TargetImage", target.image.as_str().into()),
                ("GrantedAccess", mask.into()),
                ("CallTrace", trace.into()),
                ("SourceUser", source.logon.qualified().into()),
                ("TargetUser", target.logon.qualified().into()),
            ],
        );
    }

    /// Event 8: a process starts a thread in another one. Gives the thread's id.
    pub(crate) fn inject(
        &mut self,
        at: Time,
        source: &Process,
        target: &Process,
        code: (&'static str, &'static str, &'static str),
    ) -> u64 {
        let thread = self.thread();
        self.log(
            at,
            8,
            "INFO",
            vec![
                ("RuleName", "-".into()),
                ("UtcTime", self.clock(at).sysmon().into()),
                ("SourceProcessGuid", source.guid.as_str().into()),
                ("SourceProcessId", source.pid.to_string().into()),
                ("SourceImage", source.image.as_str().into()),
                ("TargetProcessGuid", target.guid.as_str().into()),
                ("TargetProcessId", target.pid.to_string().into()),
                ("TargetImage", target.image.as_str().into()),
                ("NewThreadId", thread.to_string().into()),
                ("StartAddress", code.0.into()),
                ("StartModule", code.1.into()),
                ("StartFunction", code.2.into()),
                ("SourceUser", source.logon.qualified().into()),
                ("TargetUser", target.logon.qualified().into()),
            ],
        );
        thread
    }
}
