//! When changes are on the disk, snapshots, and another component that goes on from one.

use std::time::Instant;

use super::{Durability, Keeper};
use crate::runtime::Prepared;
use crate::store::{Done, Owned, Snapshot, StoreError};
use crate::tenants::birth::Birth;
use crate::tenants::fault::Fault;
use crate::tenants::since::Since;
use crate::tenants::upgrade::take_over;

impl Keeper {
    /// Calls back when its changes up to a command are on the disk, as far as they go there by themselves.
    pub fn when_durable(&self, sequence: u64, done: Done) {
        match self.store.as_ref().filter(|_| self.durability == Durability::Journal) {
            Some(store) => store.when_durable(sequence, done),
            None => done(Ok(())),
        }
    }

    /// The last of its commands that is on the disk, as far as they go there by themselves.
    pub fn durable(&self) -> Result<u64, Fault> {
        match self.store.as_ref().filter(|_| self.durability == Durability::Journal) {
            Some(store) => Ok(store.durable()?),
            None => Ok(self.sequence),
        }
    }

    /// Waits until all its changes are on the disk, as far as they go there by themselves.
    pub fn wait(&self) -> Result<(), Fault> {
        Ok(self.store.as_ref().map_or(Ok(()), Owned::wait)?)
    }

    /// Whether its changes come to the disk with the next snapshot and not before.
    #[must_use]
    pub fn waits_for_snapshots(&self) -> bool {
        self.store.is_some() && self.durability == Durability::Snapshots
    }

    /// Brings all its changes to the disk. Where they stand in the journal, a snapshot is written only if it is due.
    pub fn settle(&mut self) -> Result<(), Fault> {
        self.wait()?;
        if self.waits_for_snapshots() { self.save() } else { self.save_if_due() }
    }

    /// When its next snapshot is due, if nothing more comes until then.
    #[must_use]
    pub fn due_at(&self) -> Option<Instant> {
        self.since.due_at()
    }

    /// Writes a snapshot, where something came since the last.
    pub fn save(&mut self) -> Result<(), Fault> {
        self.write(false)
    }

    /// The same, where the next one is due.
    pub fn save_if_due(&mut self) -> Result<(), Fault> {
        if self.since.is_due() { self.save() } else { Ok(()) }
    }

    /// The same; `alone` with nothing older beside it.
    fn write(&mut self, alone: bool) -> Result<(), Fault> {
        let Some(store) = &mut self.store else { return Ok(()) };
        store.set_note(&self.cost.to_bytes());
        if self.since.commands == 0 && store.covered() == Some(self.sequence) {
            return Ok(());
        }
        let state = self.instance.snapshot().inspect_err(|_| self.since.failed())?;
        let host = serde_json::to_value(&self.meta)
            .map_err(|error| Fault::Command { sequence: self.sequence, why: error.to_string() })?;
        let snapshot = Snapshot { sequence: self.sequence, host, state, alone };
        let saved = store.save(&snapshot);
        if matches!(saved, Ok(()) | Err(StoreError::Untidy(_))) {
            self.since = Since::now(snapshot.state.len());
        }
        Ok(saved?)
    }

    /// Leaves one snapshot and nothing else on the disk.
    pub fn compact(&mut self) -> Result<(), Fault> {
        self.ready_to_change()?;
        self.write(true)?;
        self.store.as_mut().map_or(Ok(()), Owned::leave_newest).map_err(Into::into)
    }

    /// Another component goes on from here. It is tried on a copy first, and refused where it fails; then the old one
    /// stays, and nothing was changed. Once a snapshot of the new one's stands on the disk, the new one stays.
    pub fn upgrade(&mut self, prepared: &Prepared) -> Result<(), Fault> {
        self.ready()?;
        let birth = Birth { prepared: prepared.clone(), ..self.birth.clone() };
        let new = take_over(&birth, &mut self.instance)?;
        let old = std::mem::replace(&mut self.instance, new);
        // From here on a snapshot of the new one's is what a replay begins with.
        self.since.commands += 1;
        match self.save() {
            // What is left beside it is told by the next snapshot, which tries again.
            Ok(()) | Err(Fault::Store(StoreError::Untidy(_))) => {
                self.birth = birth;
                Ok(())
            }
            Err(fault) => {
                self.instance = old;
                Err(fault)
            }
        }
    }
}
