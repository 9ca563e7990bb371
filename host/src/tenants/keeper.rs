//! One tenant: its instance, and the store under it.
//!
//! A change is made in the component first and then appended to the journal; it is acknowledged once it is on the
//! disk. So the journal holds only what an instance has survived, and a change that no disk took was never
//! acknowledged. (Journal first would show every replay the line that kills.)

use std::borrow::Cow;
use std::time::Instant;

use super::birth::Birth;
use super::command::{self, Command, Quarantined};
use super::cost::Cost;
use super::fault::{Fault, Notice};
use super::meta::Meta;
use super::replay::{Replayed, replay};
use super::since::Since;
use super::split::{Ground, quarantined};
use super::upgrade::take_over;
use crate::runtime::bindings::correlation::{Change, Summary};
use crate::runtime::bindings::ingest::{Batch, Outcome};
use crate::runtime::bindings::scoring::{Answer, Execution};
use crate::runtime::bindings::tenant::Scope;
use crate::runtime::bindings::{alerts, ingest, types::Timestamp};
use crate::runtime::{Failure, Instance, Prepared};
use crate::store::{Done, Held, Owned, Snapshot, StoreError};
use crate::thread::worked;

/// How a tenant's changes come to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Each by itself, before it is acknowledged.
    Journal,
    /// With the next snapshot: of a tenant whose state holds pseudonyms no line may lie on the disk in clear.
    Snapshots,
}

/// See above.
pub struct Keeper {
    birth: Birth,
    instance: Instance,
    store: Option<Owned>,
    durability: Durability,
    /// The last command.
    sequence: u64,
    meta: Meta,
    since: Since,
    /// The instance is not what the disk says: it is brought back before the next call.
    stale: bool,
    /// That this journal has failed was told to who changes it.
    told: bool,
    /// It was taken in the middle of a removal, which is complete now.
    completed: bool,
    /// Over its life.
    cost: Cost,
    notices: Vec<Notice>,
    input: usize,
    /// The clock that its last batch was told.
    clock: Option<Timestamp>,
}

/// So far the engine lets a record's own time run ahead of the host's clock.
const DAY: Timestamp = 24 * 60 * 60 * 1000;

impl Keeper {
    /// A tenant that nothing keeps.
    pub fn new(birth: Birth) -> Result<Self, Failure> {
        let newborn = Replayed::newborn(&birth)?;
        Ok(Self::of(birth, newborn, &Held::default()))
    }

    /// A tenant as it stands on the disk; what is changed is not kept.
    pub fn read(birth: Birth, held: &Held) -> Result<Self, Fault> {
        let replayed = replay(&birth, held)?;
        Ok(Self::of(birth, replayed, held))
    }

    /// A tenant that this process alone may change.
    pub fn own(birth: Birth, durability: Durability, (owned, held): (Owned, Held)) -> Result<Self, Fault> {
        let begun = Instant::now();
        let replayed = replay(&birth, &held)?;
        let (found, forgot) = (replayed.found.clone(), replayed.forgot);
        let mut keeper = Self { store: Some(owned), durability, ..Self::of(birth, replayed, &held) };
        // Before anything is written, for that goes with it.
        keeper.cost = keeper.noted();
        keeper.completed = forgot || held.completed;
        keeper.catch_up(found, forgot)?;
        keeper.charge(Cost { wakes: 1, waking: begun.elapsed(), ..Cost::default() });
        Ok(keeper)
    }

    /// What it has cost until it was last put to sleep.
    fn noted(&self) -> Cost {
        self.store.as_ref().map_or(Cost::default(), |store| Cost::of_bytes(&store.tenant().note()))
    }

    /// The same, whatever stands on the disk; it goes with the next [`Self::compact`].
    pub fn anew(birth: Birth, durability: Durability, owned: Owned, held: &Held) -> Result<Self, Fault> {
        let newborn = Replayed { sequence: held.last, ..Replayed::newborn(&birth)? };
        let mut keeper =
            Self { store: Some(owned), durability, ..Self::of(birth, newborn, &Held::default()) };
        keeper.cost = keeper.noted();
        Ok(keeper)
    }

    fn of(birth: Birth, replayed: Replayed, held: &Held) -> Self {
        let Replayed { instance, meta, sequence, bytes, notices, .. } = replayed;
        Self {
            birth,
            instance,
            store: None,
            durability: Durability::Journal,
            sequence: sequence.max(held.last),
            meta,
            since: Since::of(held, bytes),
            stale: false,
            told: false,
            completed: false,
            cost: Cost::default(),
            notices,
            input: usize::MAX,
            clock: None,
        }
    }

    /// No command is larger.
    #[must_use]
    pub fn with_input(self, input: usize) -> Self {
        Self { input, ..self }
    }

    /// For questions. What is changed by it directly is neither kept nor replayed.
    pub fn instance(&mut self) -> &mut Instance {
        &mut self.instance
    }

    /// The last command.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The largest command that it takes, in bytes.
    #[must_use]
    pub fn input(&self) -> usize {
        self.input
    }

    /// Whether a death has cut a forgetting short, or a compaction, that was completed when this process took the tenant.
    #[must_use]
    pub fn completed(&self) -> bool {
        self.completed
    }

    /// What an operator should know, once.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Lines that ended an instance.
    #[must_use]
    pub fn quarantine(&self) -> &[Quarantined] {
        &self.meta.quarantine
    }

    /// The store under it.
    #[must_use]
    pub fn store(&self) -> Option<&Owned> {
        self.store.as_ref()
    }

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

    /// What it has cost over its life: changes, and what was charged.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Adds what it does not see itself: questions.
    pub fn charge(&mut self, cost: Cost) {
        self.cost = self.cost.and(cost);
    }

    /// Calls back when its changes up to a command are on the disk, as far as they go there by themselves.
    pub fn when_durable(&self, sequence: u64, done: Done) {
        match self.store.as_ref().filter(|_| self.durability == Durability::Journal) {
            Some(store) => store.when_durable(sequence, done),
            None => done(Ok(())),
        }
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
    fn ready_to_change(&mut self) -> Result<(), Fault> {
        if !self.told {
            let written = if self.is_left_behind() { self.wait() } else { self.written() };
            if let Err(fault) = written {
                (self.stale, self.told) = (true, true);
                return Err(fault);
            }
        }
        self.ready()
    }

    fn come_back_from_disk(&mut self) -> Result<(), Fault> {
        self.cost.traps += u64::from(!self.instance.is_alive());
        self.stale = true;
        let Some(store) = &mut self.store else { return Ok(()) };
        let held = store.reopen()?;
        self.come_back(&held)
    }

    fn come_back(&mut self, held: &Held) -> Result<(), Fault> {
        let Replayed { instance, meta, sequence, found, forgot, bytes, notices } = replay(&self.birth, held)?;
        (self.instance, self.meta, self.sequence) = (instance, meta, sequence.max(held.last));
        (self.since, self.stale, self.told) = (Since::of(held, bytes), false, false);
        self.notices.extend(notices);
        self.catch_up(found, forgot)
    }

    /// Does what a replay has found to be done.
    fn catch_up(&mut self, found: Vec<Quarantined>, forgot: bool) -> Result<(), Fault> {
        if !found.is_empty() {
            self.took(&Command::Quarantine(found))?;
        }
        if forgot { self.compact() } else { Ok(()) }
    }

    /// Takes note of a change that the instance has made.
    fn took(&mut self, command: &Command) -> Result<(), Fault> {
        self.journal(|| command.to_bytes())?;
        self.meta.note(command);
        Ok(())
    }

    /// The next command is one of these bytes.
    fn journal(&mut self, bytes: impl FnOnce() -> serde_json::Result<Vec<u8>>) -> Result<(), Fault> {
        let sequence = self.sequence.saturating_add(1);
        if let Some(store) = self.store.as_ref().filter(|_| self.durability == Durability::Journal) {
            let bytes = bytes().map_err(|error| Fault::Command { sequence, why: error.to_string() })?;
            self.since.bytes += bytes.len();
            if let Err(error) = store.append(sequence, bytes) {
                (self.stale, self.told) = (true, true);
                return Err(error.into());
            }
        }
        self.sequence = sequence;
        self.since.commands += 1;
        Ok(())
    }

    fn change<T>(
        &mut self,
        command: &Command,
        call: impl FnOnce(&mut Instance) -> Result<T, Failure>,
    ) -> Result<T, Fault> {
        self.ready_to_change()?;
        let before = worked();
        let called = call(&mut self.instance);
        self.charge(Cost::call(worked().saturating_sub(before), self.instance.memory()));
        match called {
            Ok(answer) => self.took(command).map(|()| answer),
            Err(failure) => {
                if !self.instance.is_alive() && self.store.is_some() {
                    self.ready_to_change()?;
                }
                Err(failure.into())
            }
        }
    }

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
        match ground.part(&mut self.instance, batch) {
            Ok(parted) => {
                self.journal(bytes)?;
                if !parted.culprits.is_empty() {
                    let lines = quarantined(batch, self.sequence, &parted.culprits);
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

    /// `tenant.configure`; seed and key stay those of its birth.
    pub fn configure(&mut self, json: &str) -> Result<u64, Fault> {
        // A key must not come to the disk, nor what it hides.
        if json.contains("pseudonym_key") {
            self.durability = Durability::Snapshots;
        }
        self.change(&Command::Configure(json.to_owned()), |instance| instance.configure(json))
    }

    /// `scoring.record-execution`.
    pub fn record(
        &mut self,
        execution: &Execution,
        at: Timestamp,
        received_at: Timestamp,
    ) -> Result<Answer, Fault> {
        let command = Command::Record { execution: execution.clone(), at, received_at };
        self.change(&command, |instance| instance.record(execution, at, received_at))
    }

    /// `correlation.change-cluster`: all of the changes, in their order, or none.
    pub fn change_cluster(
        &mut self,
        id: &str,
        at: Timestamp,
        by: Option<&str>,
        changes: &[Change],
    ) -> Result<Summary, Fault> {
        let (id, by) = (id.to_owned(), by.map(str::to_owned));
        let command =
            Command::ChangeCluster { id: id.clone(), at, by: by.clone(), changes: changes.to_vec() };
        let made = self
            .change(&command, |instance| command::change_cluster(instance, &id, at, by.as_deref(), changes));
        // The changes before a refused one are made in the instance, and nowhere else.
        self.stale |= made.is_err() && changes.len() > 1;
        made
    }

    /// `alerts.rescore`, applied.
    pub fn rescore(&mut self, at: Timestamp) -> Result<alerts::RescoreOutcome, Fault> {
        self.change(&Command::Rescore { at }, |instance| instance.rescore(true, at))
    }

    /// `tenant.forget`. When it returns, no file holds what was forgotten.
    pub fn forget(&mut self, scope: &Scope) -> Result<(), Fault> {
        self.change(&Command::Forget(scope.clone()), |instance| instance.forget(scope))?;
        self.compact()
    }

    /// Leaves one snapshot and nothing else on the disk.
    pub fn compact(&mut self) -> Result<(), Fault> {
        self.ready_to_change()?;
        self.write(true)?;
        self.store.as_mut().map_or(Ok(()), Owned::leave_newest).map_err(Into::into)
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

    /// Writes a snapshot, where something came since the last.
    pub fn save(&mut self) -> Result<(), Fault> {
        self.write(false)
    }

    /// The same; `alone` with nothing older beside it.
    fn write(&mut self, alone: bool) -> Result<(), Fault> {
        let Some(store) = &mut self.store else { return Ok(()) };
        store.set_note(&self.cost.to_bytes());
        if self.since.commands == 0 && store.covered() == Some(self.sequence) {
            return Ok(());
        }
        let state = self.instance.snapshot()?;
        let host = serde_json::to_value(&self.meta)
            .map_err(|error| Fault::Command { sequence: self.sequence, why: error.to_string() })?;
        let snapshot = Snapshot { sequence: self.sequence, host, state, alone };
        let saved = store.save(&snapshot);
        if matches!(saved, Ok(()) | Err(StoreError::Untidy(_))) {
            self.since = Since::now(snapshot.state.len());
        }
        Ok(saved?)
    }

    /// The same, where the next one is due.
    pub fn save_if_due(&mut self) -> Result<(), Fault> {
        if self.since.is_due() { self.save() } else { Ok(()) }
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

    /// The component that it runs.
    #[must_use]
    pub fn birth(&self) -> &Birth {
        &self.birth
    }
}

#[cfg(test)]
mod tests;
