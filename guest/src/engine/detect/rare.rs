//! What nearly nobody runs, and came from where or by what programs should not come.
//!
//! Rare is an image, by its file name: few hosts, and those since a few days. The name of a program that many run
//! is not rare, whatever its path: that is a matter of the hierarchy. While the tenant is learning nothing is
//! rare: an empty baseline must not alert on everything.

use super::facts::facts;
use super::memory::{Mark, Noted};
use super::place::Place;
use super::{Detection, What};
use crate::engine::prevalence::Field;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::text::time;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// How rare an image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rarity {
    /// Its file name and its parent's.
    image: Sym,
    parent: Sym,
    /// On so many hosts of so many.
    hosts: u32,
    of: u32,
    /// Since when.
    first: i64,
}

impl State {
    /// How rare a start is; nothing where it is not.
    pub(super) fn rarity(&self, id: RowId) -> Option<Rarity> {
        let customer = self.counters.customer();
        if self.learns(customer) {
            return None;
        }
        let counted = self.table.row(id).start.as_ref()?.counted?;
        let slots = self.counters.slots().get(counted.shape.place())?;
        let counts = customer.counts(slots.member);
        let rare = &self.config.detection.rare;
        let (hosts, of, first) = (counts.all.hosts, customer.hosts(), counts.seen.first);
        let days = i64::from(rare.days).saturating_mul(DAY);
        let is_rare = rare.is_few(hosts, of) && self.now.saturating_sub(first) <= days;
        let shape = self.counters.shape_of(counted.shape);
        is_rare.then(|| Rarity { image: shape.image, parent: shape.value(Field::Parent), hosts, of, first })
    }

    /// Judges a rare start: once for each image, parent and hash in so many days.
    pub(super) fn detect_rare(
        &mut self,
        id: RowId,
        is_unsigned: bool,
        rarity: &Rarity,
        noted: Noted,
    ) -> Option<Detection> {
        if !self.config.detection.rare_execution {
            return None;
        }
        let (_, path) = self.named(id)?;
        let starter = facts().starter(self.strings.get(rarity.parent));
        let why = match (Place::of(path), starter) {
            (Place::Writable, _) => "from a directory that everybody can write to".to_owned(),
            (_, Some(starter)) => format!("started by {starter}, {}", self.strings.get(rarity.parent)),
            _ if is_unsigned => "not signed".to_owned(),
            _ => return None,
        };
        let hash = self.hash(id).and_then(|hash| self.strings.find(hash)).unwrap_or(Sym::EMPTY);
        let told = (Mark::Told(What::RareExecution), [rarity.image, rarity.parent, hash]);
        let days = i64::from(self.config.detection.rare.days).saturating_mul(DAY);
        let at = noted.at.min(self.now);
        if self.memory.marked(&told).is_some_and(|before| at.saturating_sub(before) < days) {
            return None;
        }
        self.mark(told, Noted { at, ..noted });
        let (name, first) = (self.file_name(id), time::to_text(rarity.first));
        let Rarity { hosts, of, .. } = rarity;
        let message = format!("{name} runs on {hosts} of {of} hosts, first at {first}: {why}");
        self.told(What::RareExecution, id, None, message, noted)
    }
}
