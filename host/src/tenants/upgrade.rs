//! Another component shows that it can go on where one stands.

use super::birth::Birth;
use super::fault::Fault;
use crate::runtime::bindings::ingest::{Batch, Emit};
use crate::runtime::bindings::tenant::Statistics;
use crate::runtime::{Failure, Instance};

/// An instance of another component with the state of one that runs, after it has shown that it can take it in, give
/// it back, and go on.
pub(super) fn take_over(birth: &Birth, running: &mut Instance) -> Result<Instance, Fault> {
    let on = |step| move |failure: Failure| Fault::Upgrade { step, why: failure.to_string() };
    let state = running.snapshot()?;
    let before = running.stats()?;
    let mut trial = birth.instance().map_err(on("it starts"))?;
    trial.restore(&state).map_err(on("it takes the state"))?;
    let after = trial.stats().map_err(on("it counts what it holds"))?;
    let counts = |stats: &Statistics| (stats.lines, stats.processes, stats.alerts, stats.events);
    if counts(&before) != counts(&after) {
        let (before, after) = (counts(&before), counts(&after));
        let why = format!("lines, processes, alerts and events were {before:?} and are {after:?}");
        return Err(Fault::Upgrade { step: "it counts what it holds", why });
    }
    let next = trial.snapshot().map_err(on("it writes the state"))?;
    let line = Batch {
        source: "trial".into(),
        first_line: 1,
        received_at: before.now,
        environment: None,
        emit: Emit::All,
        text: "{}\n".into(),
    };
    trial.ingest(&line).map_err(on("it takes a line"))?;
    let mut instance = birth.instance().map_err(on("it starts"))?;
    instance.restore(&next).map_err(on("it takes the state that it wrote"))?;
    Ok(instance)
}
