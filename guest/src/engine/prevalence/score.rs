//! From counts to the document's integers (SPEC section 1).
//!
//! Percentages are f64 made of one division, sums and products: the same bits on every machine.

use super::counts::{Counts, FIELDS, Field};
use super::scope::Scope;
use crate::engine::strings::Sym;

/// How much each part weighs in a block's overall score. Equal by default (D).
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// `0.7 * host_prev + 0.3 * rank_score`.
    pub prevalence: f64,
    /// The directory.
    pub path: f64,
    /// The parent.
    pub parent: f64,
    /// The grandparent.
    pub grandparent: f64,
    /// The hash.
    pub hash: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { prevalence: 1.0, path: 1.0, parent: 1.0, grandparent: 1.0, hash: 1.0 }
    }
}

impl Weights {
    fn of(&self, field: Field) -> f64 {
        match field {
            Field::Path => self.path,
            Field::Parent => self.parent,
            Field::Grandparent => self.grandparent,
            Field::Sha256 | Field::Sha1 | Field::Md5 => self.hash,
        }
    }
}

/// A fraction, kept exact until it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Numerator.
    pub count: u64,
    /// Denominator; 0 where nothing is known, which gives 0.
    pub known: u64,
}

impl Share {
    /// 0 to 100.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn percent(self) -> f64 {
        if self.known == 0 { 0.0 } else { self.count as f64 * 100.0 / self.known as f64 }
    }

    fn is_all(self) -> bool {
        self.known > 0 && self.count >= self.known
    }

    /// The published integer.
    #[must_use]
    pub fn published(self) -> u8 {
        publish(self.percent(), self.count > 0, self.is_all())
    }
}

/// Rounded half up, but what was seen is never below 1 and what was not always so never above 99.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0 to 100 before, and a cast from floats saturates"
)]
fn publish(percent: f64, seen: bool, always: bool) -> u8 {
    let whole = (percent + 0.5).floor().clamp(0.0, 100.0) as u8;
    match (seen, always) {
        (false, _) => 0,
        (true, false) => whole.clamp(1, 99),
        (true, true) => whole.max(1),
    }
}

/// One field of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldShare {
    /// Which.
    pub field: Field,
    /// How many executions had the value that was asked for.
    pub share: Share,
    /// On how many hosts the value was seen.
    pub hosts: u32,
}

/// One scope's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Competition rank; `None` for an unseen image.
    pub rank: Option<u32>,
    /// Hosts that ran it, of the scope's hosts.
    pub host_prev: Share,
    /// Executions of the image.
    pub executions: u64,
    /// Distinct images of the scope.
    pub images: u32,
    /// The fields that were asked for.
    pub fields: [Option<FieldShare>; FIELDS],
    /// The overall score before rounding.
    overall: f64,
    always: bool,
}

impl Block {
    /// The published overall score.
    #[must_use]
    pub fn overall_score(&self) -> u8 {
        publish(self.overall, self.executions > 0, self.always)
    }

    /// Scores an image, if it was found in the scope, and its values. Values that are `None` were not asked for; a value
    /// that is not in the table is given as [`Sym::EMPTY`] and was never seen.
    #[must_use]
    pub fn score(
        scope: Option<&Scope>,
        found: Option<(&Counts, u32)>,
        values: [Option<Sym>; FIELDS],
        weights: &Weights,
    ) -> Self {
        let (hosts, images) = scope.map_or((0, 0), |s| (s.hosts(), s.distinct_images()));
        let unseen = Counts::default();
        let (counts, rank) = found.map_or((&unseen, None), |(counts, rank)| (counts, Some(rank)));
        let host_prev = Share { count: u64::from(counts.hosts), known: u64::from(hosts) };
        let mut mean = Mean::default();
        if let Some(rank) = rank {
            let rank_score = 100.0 * (1.0 - f64::from(rank - 1) / f64::from(images));
            mean.add(
                weights.prevalence,
                0.7 * host_prev.percent() + 0.3 * rank_score,
                host_prev.is_all() && rank == 1,
            );
        } else {
            mean.add(weights.prevalence, 0.0, false);
        }
        let fields = Field::ALL.map(|field| {
            let value = values.get(field as usize).copied().flatten()?;
            let count = counts.count(field, value);
            let share = Share { count: count.executions, known: counts.known(field) };
            mean.add(weights.of(field), share.percent(), share.is_all());
            Some(FieldShare { field, share, hosts: count.hosts })
        });
        Self {
            rank,
            host_prev,
            executions: counts.executions,
            images,
            fields,
            overall: mean.value(),
            always: mean.always(),
        }
    }
}

/// The weighted mean of the blocks' overall scores.
#[must_use]
pub fn echotrail_score<'b>(blocks: impl Iterator<Item = &'b Block>) -> u8 {
    let mut mean = Mean::default();
    let mut seen = false;
    for block in blocks {
        mean.add(1.0, block.overall, block.always);
        seen |= block.executions > 0;
    }
    publish(mean.value(), seen, mean.always())
}

/// A weighted mean that remembers whether every part was whole.
#[derive(Debug, Default)]
struct Mean {
    sum: f64,
    weight: f64,
    lesser: bool,
}

impl Mean {
    fn add(&mut self, weight: f64, value: f64, whole: bool) {
        self.sum += weight * value;
        self.weight += weight;
        self.lesser |= !whole && weight > 0.0;
    }

    fn value(&self) -> f64 {
        if self.weight > 0.0 { self.sum / self.weight } else { 0.0 }
    }

    fn always(&self) -> bool {
        self.weight > 0.0 && !self.lesser
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_integers_round_half_up_but_never_hide_what_was_seen() {
        // 1/200 = 0.5 % rounds to 1; 1/1000 = 0.1 % would be 0 but was seen; 999/1000 is not always.
        for (count, known, published) in
            [(0, 10, 0), (1, 200, 1), (1, 1000, 1), (1, 8, 13), (999, 1000, 99), (10, 10, 100), (0, 0, 0)]
        {
            assert_eq!(Share { count, known }.published(), published, "{count}/{known}");
        }
    }

    #[test]
    fn an_unseen_image_scores_nothing() {
        let block = Block::score(None, None, [Some(Sym::EMPTY); FIELDS], &Weights::default());
        assert_eq!((block.rank, block.overall_score(), block.host_prev.published()), (None, 0, 0));
        assert_eq!(echotrail_score([block].iter()), 0);
    }
}
