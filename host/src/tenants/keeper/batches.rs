//! Lines: taken in, put in quarantine where they end the instance, and shown again.

use std::borrow::Cow;

use super::{Durability, Keeper};
use crate::runtime::Failure;
use crate::runtime::bindings::ingest::{self, Batch, Outcome};
use crate::runtime::bindings::types::Timestamp;
use crate::tenants::command::Command;
use crate::tenants::cost::Cost;
use crate::tenants::fault::{Fault, Notice};
use crate::tenants::split::{Ground, quarantined};
use crate::thread::worked;

/// So far the engine lets a record's own time run ahead of the host's clock.
const DAY: Timestamp = 24 * 60 * 60 * 1000;

impl Keeper {
    /// `ingest.ingest`. A line that ends the instance is put in quarantine, where the disk can bring the tenant back.
    pub fn ingest(&mut self, batch: &Batch) -> Result<Outcome, Fault> {
        if batch.text.len() > self.input {
            return Err(Fault::TooLarge { asked: batch.text.len(), allowed: self.input });
        }
        self.ready_to_change()?;
        let before = worked();
        let batch = &*self.on_time(batch)?;
        let taken = self.take(batch);
        let lines = taken.as_ref().map_or(0, |outcome| outcome.lines);
        let bytes = if taken.is_ok() { batch.text.len() as u64 } else { 0 };
        let call = Cost::call(worked().saturating_sub(before), self.instance.memory());
        self.charge(Cost { lines, bytes, ..call });
        taken
    }

    /// The batch, not received more than a day before what its tenant has reached. A host's clock that has jumped back
    /// would make records of today ones of the far future, which the engine does not believe and so counts as old.
    fn on_time<'a>(&mut self, batch: &'a Batch) -> Result<Cow<'a, Batch>, Fault> {
        let told = match self.clock {
            Some(last) if batch.received_at >= last => batch.received_at,
            _ => batch.received_at.max(self.instance.stats()?.now.saturating_sub(DAY)),
        };
        self.clock = Some(told);
        Ok(if told == batch.received_at {
            Cow::Borrowed(batch)
        } else {
            Cow::Owned(Batch { received_at: told, ..batch.clone() })
        })
    }

    fn take(&mut self, batch: &Batch) -> Result<Outcome, Fault> {
        let bytes = || Command::batch_to_bytes(batch);
        let held = self.instance.memory();
        let failure = match self.instance.ingest(batch) {
            Ok(outcome) => return self.journal(bytes).map(|()| outcome),
            Err(failure) => failure,
        };
        if self.instance.is_alive() || self.store.is_none() || self.durability == Durability::Snapshots {
            return Err(failure.into());
        }
        self.ready_to_change()?;
        if matches!(failure, Failure::Machine { .. }) {
            return Err(failure.into());
        }
        let state = self.instance.snapshot()?;
        let ground = Ground { birth: &self.birth, state: &state };
        match ground.part(&mut self.instance, batch, (failure, held)) {
            Ok(parted) => {
                let lines = quarantined(batch, self.sequence.saturating_add(1), &parted.culprits);
                if !self.meta.has_room_for(&lines) {
                    self.come_back_from_disk()?;
                    return Err(Fault::QuarantineFull);
                }
                self.journal(bytes)?;
                if !lines.is_empty() {
                    self.notices.extend(lines.iter().cloned().map(Notice::Quarantined));
                    self.took(&Command::Quarantine(lines))?;
                }
                Ok(parted.outcome)
            }
            Err(failure) => {
                self.come_back_from_disk()?;
                Err(failure.into())
            }
        }
    }

    /// Shows a line that is in quarantine to the instance again; it leaves the quarantine, or is put there anew.
    pub fn retry(&mut self, sequence: u64, line: u64) -> Result<Outcome, Fault> {
        let held = self.meta.quarantine.iter().find(|held| (held.sequence, held.line) == (sequence, line));
        let held = held.ok_or(Fault::NotHeld { sequence, line })?.clone();
        let text = held.text.ok_or(Fault::Forgotten { sequence, line })?;
        let outcome = self.ingest(&Batch {
            source: held.source,
            first_line: held.line,
            received_at: held.received_at,
            environment: held.environment,
            emit: ingest::Emit::All,
            text,
        })?;
        // Behind it: a death between the two shows the line twice, and loses it never.
        self.took(&Command::Release { sequence, line })?;
        Ok(outcome)
    }

    /// Throws a line away that is in quarantine.
    pub fn discard(&mut self, sequence: u64, line: u64) -> Result<(), Fault> {
        if !self.meta.quarantine.iter().any(|held| (held.sequence, held.line) == (sequence, line)) {
            return Err(Fault::NotHeld { sequence, line });
        }
        self.took(&Command::Release { sequence, line })
    }
}
