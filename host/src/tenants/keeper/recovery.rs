//! A tenant that a trap or the disk has left behind, and how it comes back.

use super::Keeper;
use crate::store::Held;
use crate::tenants::command::{Command, Quarantined};
use crate::tenants::fault::Fault;
use crate::tenants::replay::{Replayed, replay};
use crate::tenants::since::Since;

impl Keeper {
    /// Whether its next call meets the state that the disk has, or will have.
    #[must_use]
    pub fn is_well(&self) -> bool {
        !self.is_left_behind() && self.written().is_ok()
    }

    fn is_left_behind(&self) -> bool {
        self.stale || !self.instance.is_alive()
    }

    /// Whether the journal has taken all so far, as far as is known by now.
    fn written(&self) -> Result<(), Fault> {
        Ok(self.store.as_ref().map_or(Ok(()), |store| store.durable().map(drop))?)
    }

    /// Gives its instance up; the next call brings it back from the disk.
    pub fn restart(&mut self) {
        self.stale = true;
    }

    /// Brings it back where a trap or the disk left it behind: also behind changes that the disk has not taken. For who
    /// hears of each of those by [`Self::when_durable`].
    pub fn ready(&mut self) -> Result<(), Fault> {
        if self.is_well() { Ok(()) } else { self.come_back_from_disk() }
    }

    /// The same before a change, and after one has ended the instance; but if the disk has not taken an earlier change,
    /// that is told first, once. Who has some on their way counts by sequences: what came next would be taken for them.
    pub(super) fn ready_to_change(&mut self) -> Result<(), Fault> {
        if !self.told {
            let written = if self.is_left_behind() { self.wait() } else { self.written() };
            if let Err(fault) = written {
                (self.stale, self.told) = (true, true);
                return Err(fault);
            }
        }
        self.ready()
    }

    pub(super) fn come_back_from_disk(&mut self) -> Result<(), Fault> {
        self.cost.traps += u64::from(!self.instance.is_alive());
        self.stale = true;
        let Some(store) = &mut self.store else { return Ok(()) };
        let held = store.reopen()?;
        self.come_back(&held)
    }

    fn come_back(&mut self, held: &Held) -> Result<(), Fault> {
        let Replayed { instance, meta, sequence, found, forgot, bytes, notices } = replay(&self.birth, held)?;
        (self.instance, self.meta, self.sequence) = (instance, meta, sequence.max(held.last));
        (self.since, self.stale, self.told) = (Since::of(held, bytes).after(self.since), false, false);
        self.notices.extend(notices);
        self.catch_up(found, forgot)
    }

    /// Does what a replay has found to be done.
    pub(super) fn catch_up(&mut self, found: Vec<Quarantined>, forgot: bool) -> Result<(), Fault> {
        if !found.is_empty() {
            self.took(&Command::Quarantine(found))?;
        }
        if forgot { self.compact() } else { Ok(()) }
    }
}
