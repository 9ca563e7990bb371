//! One tenant: its instance, and the store under it.
//!
//! A change is made in the component first and then appended to the journal; it is acknowledged once it is on the
//! disk. So the journal holds only what an instance has survived, and a change that no disk took was never
//! acknowledged. (Journal first would show every replay the line that kills.)

mod batches;
mod changes;
mod keeping;
mod recovery;
#[cfg(test)]
mod tests;

use std::time::Instant;

use super::birth::Birth;
use super::command::Quarantined;
use super::cost::Cost;
use super::fault::{Fault, Notice};
use super::meta::Meta;
use super::replay::{Replayed, replay};
use super::since::Since;
use crate::runtime::bindings::baseline::PackInfo;
use crate::runtime::bindings::types::Timestamp;
use crate::runtime::{Failure, Instance};
use crate::store::{Held, Owned};

/// How a tenant's changes come to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Each by itself, before it is acknowledged.
    Journal,
    /// With the next snapshot: of a tenant whose state holds pseudonyms no line may lie on the disk in clear.
    Snapshots,
}

impl Durability {
    /// A key must not come to the disk, nor what it hides.
    pub(super) fn of(configuration: &str) -> Self {
        if configuration.contains("pseudonym_key") { Self::Snapshots } else { Self::Journal }
    }
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

    /// Loads a pack as the scope `global`, for this instance and those that come after it. No state holds it.
    pub fn load_baseline(&mut self, pack: Vec<u8>) -> Result<PackInfo, Failure> {
        let info = self.instance.load_baseline(&pack)?;
        self.birth.baseline = Some(pack.into());
        Ok(info)
    }

    /// The store under it.
    #[must_use]
    pub fn store(&self) -> Option<&Owned> {
        self.store.as_ref()
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

    /// The component that it runs.
    #[must_use]
    pub fn birth(&self) -> &Birth {
        &self.birth
    }
}
