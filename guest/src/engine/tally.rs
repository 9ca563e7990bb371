//! What was done since the instance's birth, in numbers: for each host apart, so that one can be forgotten
//! as if it had never been seen. Lines that tell of no host belong to their environment's host without a
//! name.

use serde::{Deserialize, Serialize};

use super::hierarchy::Outcome;
use super::hosts::HostId;
use super::process::Process;
use crate::model::Kind;

/// The numbers of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HostTally {
    pub(super) lines: u64,
    pub(super) recognised: u64,
    pub(super) passed: u64,
    pub(super) rejected: u64,
    pub(super) sensor_gaps: u64,
    /// By [`Kind`]'s number, twins included.
    kinds: [u64; Kind::ALL.len()],
    /// The time that its records have reached, in milliseconds since 1970 UTC.
    pub(super) reached: i64,
    /// When the last of its records was received that tell no time of their own, and the last start of these.
    pub(super) undated: i64,
    pub(super) undated_start: i64,
}

impl Default for HostTally {
    fn default() -> Self {
        Self {
            lines: 0,
            recognised: 0,
            passed: 0,
            rejected: 0,
            sensor_gaps: 0,
            kinds: [0; Kind::ALL.len()],
            reached: i64::MIN,
            undated: i64::MIN,
            undated_start: i64::MIN,
        }
    }
}

impl HostTally {
    pub(super) fn count_kind(&mut self, kind: Kind) {
        if let Some(count) = self.kinds.get_mut(kind as usize) {
            *count += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.recognised += other.recognised;
        self.passed += other.passed;
        self.rejected += other.rejected;
        self.sensor_gaps += other.sensor_gaps;
        for (count, more) in self.kinds.iter_mut().zip(other.kinds) {
            *count += more;
        }
        self.reached = self.reached.max(other.reached);
        self.undated = self.undated.max(other.undated);
        self.undated_start = self.undated_start.max(other.undated_start);
    }
}

/// The numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// By [`HostId`]'s number.
    hosts: Vec<HostTally>,
    pub(super) evicted: Evicted,
    /// Starts that are held and stand in two records.
    pub(super) twins: u64,
    /// By [`Outcome`]'s number, of starts that are held.
    verdicts: [u64; 3],
}

/// What limits took out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Evicted {
    pub(super) processes: u64,
    pub(super) hosts: u64,
    /// What was done for those hosts.
    tally: HostTally,
    /// Processes whose starts were recorded.
    pub(super) starts: u64,
    /// What the counters had turned away when this was saved.
    pub(super) values: u64,
    /// Starts that stood in two records.
    pub(super) twins: u64,
    /// By [`Outcome`]'s number.
    verdicts: [u64; 3],
}

impl Evicted {
    pub(super) fn with_values(&self, values: u64) -> Self {
        Self { values, ..self.clone() }
    }
}

impl Tally {
    /// One host's numbers.
    pub(super) fn of(&mut self, host: HostId) -> &mut HostTally {
        let place = host.index();
        if self.hosts.len() <= place {
            self.hosts.resize_with(place + 1, HostTally::default);
        }
        #[allow(clippy::indexing_slicing, reason = "it was just made long enough")]
        &mut self.hosts[place]
    }

    /// One host's numbers, if it has any.
    pub(super) fn get(&self, host: HostId) -> Option<&HostTally> {
        self.hosts.get(host.index()).filter(|tally| **tally != HostTally::default())
    }

    /// All hosts together.
    pub(super) fn sum(&self) -> HostTally {
        let mut sum = self.evicted.tally.clone();
        self.hosts.iter().for_each(|host| sum.add(host));
        sum
    }

    /// Records of starts that had a record already, by the same sensor; `held` is how many starts' records are
    /// held, twins apart.
    pub(super) fn repeated(&self, held: u64) -> u64 {
        let [starts, ..] = self.sum().kinds;
        starts.saturating_sub(held + self.evicted.starts)
    }

    /// Kinds that were seen, the most frequent first, then by name; a start with a twin or with records that
    /// came again is one start. `repeated` as above.
    pub(super) fn kinds(&self, repeated: u64) -> Vec<(String, u64)> {
        let sum = self.sum();
        let mut kinds: Vec<(String, u64)> = Kind::ALL
            .iter()
            .zip(sum.kinds)
            .map(|(&kind, count)| {
                let again = if kind == Kind::ProcessStart { self.all_twins() + repeated } else { 0 };
                (kind.as_str().to_owned(), count.saturating_sub(again))
            })
            .filter(|(_, count)| *count > 0)
            .collect();
        kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        kinds
    }

    /// Starts that stand in two records, held or evicted.
    pub(super) fn all_twins(&self) -> u64 {
        self.twins + self.evicted.twins
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

    /// What a row's start has added to the totals stays in them when it goes.
    pub(super) fn evict_start(&mut self, row: &Process) {
        let Some(start) = &row.start else { return };
        self.evicted.starts += 1;
        if row.is_absorbed() {
            self.twins = self.twins.saturating_sub(1);
            self.evicted.twins += 1;
        }
        if start.judged {
            self.evict_verdict(start.verdict.0);
        }
    }

    /// A host's numbers stay in the totals when it goes.
    pub(super) fn evict_host(&mut self, host: HostId) {
        let tally = std::mem::take(self.of(host));
        self.evicted.hosts += 1;
        self.evicted.tally.add(&tally);
    }

    /// The start that a verdict is on is evicted: it still counts.
    fn evict_verdict(&mut self, outcome: Outcome) {
        self.remove_verdict(outcome);
        if let Some(count) = self.evicted.verdicts.get_mut(outcome as usize) {
            *count += 1;
        }
    }

    /// Expected, violation, unknown.
    pub(super) fn verdicts(&self) -> (u64, u64, u64) {
        let at = |counts: &[u64; 3], outcome: Outcome| counts.get(outcome as usize).copied().unwrap_or(0);
        let of = |outcome| at(&self.verdicts, outcome) + at(&self.evicted.verdicts, outcome);
        (of(Outcome::Expected), of(Outcome::Violation), of(Outcome::Unknown))
    }
}
