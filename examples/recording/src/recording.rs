//! From the story to the file: numbers each host's records in the order in which they happened, and
//! writes all lines in the order in which the collector took them, one host's late ones after others.

use crate::model::event::{Envelope, Event};
use crate::model::host::Host;
use crate::model::time::Time;
use crate::story::Story;

/// The recording, one JSON object a line.
pub(crate) fn write(story: &Story) -> String {
    let mut lines: Vec<(Time, String)> = story.hosts.iter().flat_map(lines).collect();
    lines.sort_by_key(|(shipped, _)| *shipped);
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

fn lines(host: &Host) -> Vec<(Time, String)> {
    let mut events: Vec<&Event> = host.events.iter().collect();
    events.sort_by_key(|event| event.at);
    let sysmon = host.processes.iter().find(|p| p.name() == "Sysmon64.exe").map_or(0, |p| p.pid);
    let (mut sysmon_record, mut security_record) = (41_200, 118_700);
    let mut lines = Vec::with_capacity(events.len());
    for event in events {
        let security = event.is_security();
        let record = if security { &mut security_record } else { &mut sysmon_record };
        *record += 1;
        let shipped = event.at.plus(host.delay_ms + event.late_ms);
        let envelope = Envelope {
            host: host.name,
            clock: host.clock(event.at),
            shipped,
            record: *record,
            logger: if security { 4 } else { sysmon },
            thread: if security { 212 } else { sysmon + 1364 },
        };
        lines.push((shipped, event.line(&envelope)));
    }
    lines
}
