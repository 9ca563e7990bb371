//! The noise of a day: what the programs that run do again and again. Only processes that are alive
//! act, and nothing here is part of the attack.

use std::rc::Rc;

use super::END;
use super::habits::{Act, HABITS};
use crate::model::host::Host;
use crate::model::process::Process;
use crate::model::time::Time;

/// Lets the programs of a host do their usual things until the recording ends.
pub(crate) fn fill(host: &mut Host) {
    let actors: Vec<(Rc<Process>, &'static [Act])> =
        host.processes.iter().filter_map(|p| acts(p).map(|acts| (Rc::clone(p), acts))).collect();
    let Some(first) = host.processes.first().map(|p| p.start.plus(180_000)) else {
        return;
    };
    let mut at = first;
    while at < END {
        at = at.plus(9_000 + host.random.below(82_000));
        let settled =
            |(p, _): &&(Rc<Process>, &'static [Act])| p.start.plus(15_000) < at && p.alive(at.plus(2_000));
        let awake: Vec<_> = actors.iter().filter(settled).collect();
        let Some((process, acts)) = host.random.pick(&awake).copied() else {
            continue;
        };
        if let Some(act) = host.random.pick(acts).copied() {
            perform(host, at, process, act);
        }
    }
}

fn acts(process: &Process) -> Option<&'static [Act]> {
    let line = process.command.to_lowercase();
    // The tool of the attack and those whose start was not recorded keep quiet.
    if process.parent.is_none() || process.label.is_some_and(|l| l.starts_with("attack")) {
        return None;
    }
    HABITS.iter().find(|(part, _)| line.contains(part)).map(|(_, acts)| *acts)
}

fn perform(host: &mut Host, at: Time, process: &Rc<Process>, act: Act) {
    let number = host.random.hex(8).to_lowercase();
    let home = format!(r"C:\Users\{}", process.logon.name);
    let fill = |text: &str| {
        text.replace("{n}", &number).replace("{home}", &home).replace("{sid}", &process.logon.sid)
    };
    match act {
        Act::Visit(sites, port) => {
            if let Some(site) = host.random.pick(sites).copied() {
                host.visit(at, process, site, port);
            }
        }
        Act::Create(path) => host.create(at, process, &fill(path)),
        Act::Key(key) => host.key(at, process, &fill(key)),
        Act::Value(key, details) => host.value(at, process, &fill(key), &fill(details)),
        Act::Load(path) => host.load(at, process, path),
        Act::Pipe(name) => host.pipe(at, process, &fill(name)),
        Act::Client(name) => host.pipe_client(at, process, name),
        Act::Open(name, mask) => {
            let wanted = |p: &&Rc<Process>| p.name() == name && p.alive(at) && p.label.is_some();
            let target = host.processes.iter().find(wanted).map(Rc::clone);
            if let Some(target) = target.filter(|p| p.label.is_none_or(|l| !l.starts_with("attack"))) {
                host.open(at, process, &target, mask);
            }
        }
    }
}
