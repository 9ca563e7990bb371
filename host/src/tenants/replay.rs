//! A tenant's state from its snapshot and the commands behind it.

use std::collections::BTreeMap;

use super::birth::Birth;
use super::command::{Command, Quarantined};
use super::fault::{Fault, Notice};
use super::meta::Meta;
use super::split::{Ground, quarantined};
use crate::runtime::bindings::ingest::{Batch, Emit};
use crate::runtime::{Failure, Instance};
use crate::store::Held;

/// What came of it.
pub(super) struct Replayed {
    pub(super) instance: Instance,
    pub(super) meta: Meta,
    /// The last command.
    pub(super) sequence: u64,
    /// Lines that ended an instance now and had not before: of another component, or under other limits.
    pub(super) found: Vec<Quarantined>,
    /// Something was forgotten behind the snapshot: older files still hold it.
    pub(super) forgot: bool,
    /// Bytes of the commands.
    pub(super) bytes: usize,
    pub(super) notices: Vec<Notice>,
}

impl Replayed {
    /// Of nothing.
    pub(super) fn newborn(birth: &Birth) -> Result<Self, Failure> {
        Ok(Self {
            instance: birth.instance()?,
            meta: Meta::default(),
            sequence: 0,
            found: Vec::new(),
            forgot: false,
            bytes: 0,
            notices: Vec::new(),
        })
    }
}

/// The lines of each command that no instance is shown.
type Lines = BTreeMap<u64, Vec<u64>>;

/// Brings a tenant back.
pub(super) fn replay(birth: &Birth, held: &Held) -> Result<Replayed, Fault> {
    let mut lines = in_quarantine(held)?;
    let mut replayed = begin(birth, held)?;
    for (sequence, bytes) in held.commands() {
        let command = decode(sequence, &bytes)?;
        replayed.meta.note(&command);
        replayed.forgot |= matches!(command, Command::Forget(_));
        replayed.bytes += bytes.len();
        replayed.sequence = sequence;
        let command = command.without(lines.get(&sequence).map_or(&[], Vec::as_slice));
        let memory = replayed.instance.memory();
        match command.apply(&mut replayed.instance) {
            Ok(()) => {}
            Err(failure @ Failure::Refused(_)) => {
                replayed.notices.push(Notice::Refused { sequence, failure })
            }
            Err(failure @ Failure::Machine { .. }) => return Err(Fault::Replay { sequence, failure }),
            Err(failure) => {
                let Command::Ingest { .. } = &command else {
                    return Err(Fault::Replay { sequence, failure });
                };
                let failed = (sequence, command, (failure, memory));
                let found = part(birth, held, &lines, &mut replayed.instance, failed)?;
                lines.entry(sequence).or_default().extend(found.iter().map(|held| held.line));
                replayed.notices.extend(found.iter().cloned().map(Notice::Quarantined));
                replayed.found.extend(found);
            }
        }
    }
    Ok(replayed)
}

fn begin(birth: &Birth, held: &Held) -> Result<Replayed, Fault> {
    let mut begun = Replayed::newborn(birth)?;
    begun.notices.extend(held.damage.iter().cloned().map(Notice::Damage));
    let Some(snapshot) = &held.snapshot else { return Ok(begun) };
    begun.instance.restore(&snapshot.state).map_err(|failure| {
        if failure.is_its_own() { Fault::State(failure) } else { Fault::Failure(failure) }
    })?;
    begun.sequence = snapshot.sequence;
    if !snapshot.host.is_null() {
        begun.meta = serde_json::from_value(snapshot.host.clone())
            .map_err(|error| Fault::Command { sequence: begun.sequence, why: error.to_string() })?;
    }
    Ok(begun)
}

/// A quarantine stands behind the command that it is about.
fn in_quarantine(held: &Held) -> Result<Lines, Fault> {
    let mut lines = Lines::new();
    for (sequence, bytes) in held.commands().filter(|(_, bytes)| bytes.starts_with(b"{\"quarantine\"")) {
        if let Command::Quarantine(found) = decode(sequence, &bytes)? {
            found.iter().for_each(|held| lines.entry(held.sequence).or_default().push(held.line));
        }
    }
    Ok(lines)
}

fn decode(sequence: u64, bytes: &[u8]) -> Result<Command, Fault> {
    Command::of_bytes(bytes).map_err(|error| Fault::Command { sequence, why: error.to_string() })
}

/// Finds the lines of a batch that end an instance; the one that it leaves has taken the others.
fn part(
    birth: &Birth,
    held: &Held,
    lines: &Lines,
    instance: &mut Instance,
    (sequence, command, failure): (u64, Command, (Failure, u64)),
) -> Result<Vec<Quarantined>, Fault> {
    let fault = |failure| Fault::Replay { sequence, failure };
    *instance = begin(birth, held)?.instance;
    for (before, bytes) in held.commands().take_while(|(before, _)| *before < sequence) {
        let command = decode(before, &bytes)?.without(lines.get(&before).map_or(&[], Vec::as_slice));
        match command.apply(instance) {
            Ok(()) | Err(Failure::Refused(_)) => {}
            Err(failure) => return Err(Fault::Replay { sequence: before, failure }),
        }
    }
    let state = instance.snapshot().map_err(fault)?;
    let Command::Ingest { source, first_line, received_at, environment, text } = command else {
        return Ok(Vec::new());
    };
    let batch = Batch { source, first_line, received_at, environment, emit: Emit::None, text };
    let parted = Ground { birth, state: &state }.part(instance, &batch, failure).map_err(fault)?;
    Ok(quarantined(&batch, sequence, &parted.culprits))
}
