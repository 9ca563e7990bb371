//! What was done since the instance's birth, in numbers.

use serde::{Deserialize, Serialize};

use super::hierarchy::Outcome;
use crate::model::Kind;

/// The numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) lines: u64,
    pub(super) recognised: u64,
    pub(super) passed: u64,
    pub(super) rejected: u64,
    pub(super) sensor_gaps: u64,
    pub(super) evicted_processes: u64,
    /// What the counters had turned away when this was saved.
    pub(super) evicted_values: u64,
    /// By [`Kind`]'s number, twins included.
    kinds: [u64; Kind::ALL.len()],
    /// Starts that stand in two records.
    pub(super) twins: u64,
    /// Records of starts that had a record already, by the same sensor.
    pub(super) repeated: u64,
    /// By [`Outcome`]'s number, of starts that are held.
    #[serde(skip)]
    verdicts: [u64; 3],
    /// The same of starts that were evicted.
    evicted_verdicts: [u64; 3],
}

impl Tally {
    /// Without the verdicts, which follow from the rows.
    pub(super) fn to_save(&self, evicted_values: u64) -> Self {
        Self { evicted_values, verdicts: [0; 3], ..self.clone() }
    }

    pub(super) fn count_kind(&mut self, kind: Kind) {
        if let Some(count) = self.kinds.get_mut(kind as usize) {
            *count += 1;
        }
    }

    /// Kinds that were seen, the most frequent first, then by name; a start with a twin or with records that
    /// came again is one start.
    pub(super) fn kinds(&self) -> Vec<(String, u64)> {
        let mut kinds: Vec<(String, u64)> = Kind::ALL
            .iter()
            .zip(self.kinds)
            .map(|(&kind, count)| {
                let again = if kind == Kind::ProcessStart { self.twins + self.repeated } else { 0 };
                (kind.as_str().to_owned(), count.saturating_sub(again))
            })
            .filter(|(_, count)| *count > 0)
            .collect();
        kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        kinds
    }

    pub(super) fn add_verdict(&mut self, outcome: Outcome) {
        if let Some(count) = self.verdicts.get_mut(outcome as usize) {
            *count += 1;
        }
    }

    pub(super) fn remove_verdict(&mut self, outcome: Outcome) {
        if let Some(count) = self.verdicts.get_mut(outcome as usize) {
            *count = count.saturating_sub(1);
        }
    }

    /// The start that a verdict is on is evicted: it still counts.
    pub(super) fn evict_verdict(&mut self, outcome: Outcome) {
        self.remove_verdict(outcome);
        if let Some(count) = self.evicted_verdicts.get_mut(outcome as usize) {
            *count += 1;
        }
    }

    /// Expected, violation, unknown.
    pub(super) fn verdicts(&self) -> (u64, u64, u64) {
        let at = |counts: &[u64; 3], outcome: Outcome| counts.get(outcome as usize).copied().unwrap_or(0);
        let of = |outcome| at(&self.verdicts, outcome) + at(&self.evicted_verdicts, outcome);
        (of(Outcome::Expected), of(Outcome::Violation), of(Outcome::Unknown))
    }
}
