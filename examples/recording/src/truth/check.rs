//! The story's own rules: what must hold before anything is written. A mistake in the story is an
//! error here, not a surprise in somebody's test.

use std::rc::Rc;

use anyhow::{Result, bail, ensure};

use super::hierarchy::{Verdict, verdict};
use crate::model::process::{Process, Record};
use crate::story::{END, Story};

/// Parents under which a console host would be unusual.
const NO_CONSOLE: [&str; 9] = [
    "explorer.exe",
    "lsass.exe",
    "services.exe",
    "smss.exe",
    "spoolsv.exe",
    "svchost.exe",
    "userinit.exe",
    "wininit.exe",
    "winlogon.exe",
];
/// Programs that start nothing.
const CHILDLESS: [&str; 7] =
    ["lsass.exe", "csrss.exe", "conhost.exe", "notepad.exe", "ctfmon.exe", "taskhostw.exe", "dllhost.exe"];

/// All rules.
pub(crate) fn all(story: &Story) -> Result<()> {
    let mut violations = 0;
    for host in &story.hosts {
        for process in &host.processes {
            lifetime(process)?;
            parentage(process)?;
            violations += usize::from(verdict(process) == Verdict::Violation);
        }
        for event in &host.events {
            ensure!(event.at < END.plus(60_000), "an event of {} is after the end", host.name);
        }
        pids(&host.processes)?;
    }
    ensure!(violations == 1, "{violations} violations of the hierarchy, one is wanted");
    let injections = story.facts.threads.iter().filter(|t| t.harmless.is_none()).count();
    ensure!(injections == 1, "{injections} injections, one is wanted");
    for thread in &story.facts.threads {
        ensure!(!thread.target.parent.as_ref().is_some_and(|p| Rc::ptr_eq(p, &thread.source)));
    }
    Ok(())
}

fn lifetime(process: &Process) -> Result<()> {
    let name = process.name();
    if let Some(end) = process.end.get() {
        ensure!(process.start < end, "{name} ends before it starts");
    }
    if let Some(parent) = &process.parent {
        ensure!(parent.start < process.start, "{name} is older than its parent");
        ensure!(parent.alive(process.start), "the parent of {name} has ended");
        ensure!(parent.host == process.host, "the parent of {name} is elsewhere");
    }
    Ok(())
}

fn parentage(process: &Process) -> Result<()> {
    let Some(parent) = &process.parent else {
        return Ok(());
    };
    let (name, above) = (process.name(), parent.name());
    if CHILDLESS.contains(&above) || (name == "conhost.exe" && NO_CONSOLE.contains(&above)) {
        bail!("{above} starts {name}");
    }
    Ok(())
}

/// At any time a process id belongs to one process, and one id is used twice on WS-BEN alone.
fn pids(processes: &[Rc<Process>]) -> Result<()> {
    let mut again = 0;
    for (index, second) in processes.iter().enumerate() {
        for first in processes.iter().take(index).filter(|p| p.pid == second.pid) {
            let (name, host) = (second.name(), second.host);
            let free = first.end.get().is_some_and(|end| end < second.start);
            ensure!(free, "{name} on {host} takes a process id that is in use");
            let ends = matches!(first.record, Record::Sysmon | Record::Both);
            ensure!(ends && host.starts_with("WS-BEN"), "{name} on {host} takes an old process id");
            again += 1;
        }
    }
    let wanted = u32::from(processes.iter().any(|p| p.host.starts_with("WS-BEN")));
    ensure!(again == wanted, "{again} process ids used twice");
    Ok(())
}
