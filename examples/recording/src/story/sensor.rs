//! The sensor about itself: its service, its configuration, and what it lost.

use std::rc::Rc;

use super::boot::Base;
use crate::model::host::Host;
use crate::model::launch::Launch;
use crate::model::process::{Process, Record};
use crate::model::time::Time;

/// Sysmon itself: its service, its state (event 4) and its configuration (event 16).
pub(super) fn start(host: &mut Host, at: Time, control: &Rc<Process>) {
    let program = r"C:\Windows\Sysmon64.exe";
    host.start(at, control, Launch::new(program, program).label("boot service"));
    let (started, loaded) = (at.plus(400), at.plus(520));
    host.log(
        started,
        4,
        "INFO",
        vec![
            ("UtcTime", host.clock(started).sysmon().into()),
            ("State", "Started".into()),
            ("SchemaVersion", "4.90".into()),
        ],
    );
    let hash = "SHA256=8D1F0C55A3B94E27D6108B3FA5C2E94471B06D8E5F93A2C1704BE6D82F1953AC";
    host.log(
        loaded,
        16,
        "INFO",
        vec![
            ("UtcTime", host.clock(loaded).sysmon().into()),
            ("Configuration", r"C:\Windows\sysmon-hazel.xml".into()),
            ("ConfigurationFileHash", hash.into()),
        ],
    );
}

/// A queue ran over (event 255), and the start of the backup's agent is lost. What the agent starts
/// names a parent that nobody ever sees.
pub(crate) fn lost_agent(host: &mut Host, base: &Base) {
    let at = Time::at(8, 31, 12);
    let agent = r"C:\Program Files\Larch Backup\larch-agent.exe";
    let agent = Launch::new(agent, format!("\"{agent}\" --service"));
    let agent = agent.recorded(Record::None);
    let agent = host.start(at, &base.services.control, agent);
    let clock = host.clock(at.plus(640)).sysmon();
    host.log(
        at.plus(640),
        255,
        "ERROR",
        vec![
            ("UtcTime", clock.into()),
            ("ID", "QUEUE".into()),
            ("Description", "Events dropped from driver queue: ProcessCreate:1".into()),
        ],
    );
    let job = r"C:\Program Files\Larch Backup\larch-job.exe";
    let launch = Launch::new(job, format!("\"{job}\" --plan nightly --verify"));
    let launch = launch.inside(r"C:\Program Files\Larch Backup\").label("parent never recorded");
    let job = host.start(at.plus(55_000), &agent, launch);
    host.load(at.plus(55_020), &job, &job.image);
    host.end(at.plus(900_000), &job);
}
