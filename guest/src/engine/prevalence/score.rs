//! From counts to the document's integers (SPEC section 1).
//!
//! Percentages are f64 made of one division, sums and products: the same bits on every machine.

use super::field::{FIELDS, Field};
use super::found::Found;
use super::scope::Count;
use super::sighting::Sighting;
use crate::engine::answers::Scope;

/// How much each part weighs in a block's overall score, and each block in `echotrail_score`. Equal by default (D).
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
    /// The children.
    pub children: f64,
    /// The network ports.
    pub network_ports: f64,
    /// The block of the baseline.
    pub global: f64,
    /// The block of all hosts.
    pub customer: f64,
    /// The environment's.
    pub environment: f64,
    /// The host's.
    pub host: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            prevalence: 1.0,
            path: 1.0,
            parent: 1.0,
            grandparent: 1.0,
            hash: 1.0,
            children: 1.0,
            network_ports: 1.0,
            global: 1.0,
            customer: 1.0,
            environment: 1.0,
            host: 1.0,
        }
    }
}

impl Weights {
    /// What a scope's block weighs.
    #[must_use]
    pub fn of_scope(&self, scope: Scope) -> f64 {
        match scope {
            Scope::Global => self.global,
            Scope::Customer => self.customer,
            Scope::Environment => self.environment,
            Scope::Host => self.host,
        }
    }

    fn of(&self, field: Field) -> f64 {
        match field {
            Field::Path => self.path,
            Field::Parent => self.parent,
            Field::Grandparent => self.grandparent,
            Field::Sha256 | Field::Sha1 | Field::Md5 => self.hash,
            Field::Children => self.children,
            Field::NetworkPorts => self.network_ports,
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

    /// The 95 % Wilson score interval, in percent; everything is possible where nothing is known.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn interval(self) -> (f64, f64) {
        const Z: f64 = 1.959_963_984_540_054;
        if self.known == 0 {
            return (0.0, 100.0);
        }
        let (n, p) = (self.known as f64, self.count as f64 / self.known as f64);
        let centre = p + Z * Z / (2.0 * n);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        let percent = |bound: f64| (bound / scale * 100.0).clamp(0.0, 100.0);
        (percent(centre - spread), percent(centre + spread))
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

/// So near below a half a percentage is one: thirds and tenths have no exact form in binary. Sums of a few hundred
/// such percentages are off by less than a thousandth of it.
const HALF: f64 = 1e-9;

/// Rounded half up, but what was seen is never below 1 and what was not always so never above 99.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0 to 100 before, and a cast from floats saturates"
)]
fn publish(percent: f64, seen: bool, always: bool) -> u8 {
    let whole = (percent + 0.5 + HALF).floor().clamp(0.0, 100.0) as u8;
    match (seen, always) {
        (false, _) => 0,
        (true, false) => whole.clamp(1, 99),
        (true, true) => whole.max(1),
    }
}

/// What a share counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Executions, as the document has it.
    #[default]
    Executions,
    /// Hosts, so that one noisy agent cannot own a baseline.
    Hosts,
}

/// One field of a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldShare {
    /// Which.
    pub field: Field,
    /// By the basis: how many had the value that was asked for, of those in which the field was known.
    pub share: Share,
    /// The value's executions and hosts.
    pub value: Count,
    /// Executions and hosts in which the field was known.
    pub known: Count,
    /// What it weighs in its block.
    pub weight: f64,
}

/// A list in a block. Its score is the mean of its elements'.
#[derive(Debug, Clone, PartialEq)]
pub struct ListShare {
    /// Which.
    pub field: Field,
    /// Each element as a field of its own.
    pub elements: Vec<FieldShare>,
    /// The mean of their percentages.
    pub percent: f64,
    /// What it weighs in its block.
    pub weight: f64,
}

impl ListShare {
    /// The published score.
    #[must_use]
    pub fn published(&self) -> u8 {
        let seen = self.elements.iter().any(|element| element.share.count > 0);
        publish(self.percent, seen, self.is_all())
    }

    /// The rarest element, which of equally rare ones is the first.
    #[must_use]
    pub fn rarest(&self) -> Option<&FieldShare> {
        self.elements.iter().min_by(|a, b| a.share.percent().total_cmp(&b.share.percent()))
    }

    fn is_all(&self) -> bool {
        self.elements.iter().all(|element| element.share.is_all())
    }
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
    /// When it was there.
    pub seen: Sighting,
    /// Distinct images of the scope.
    pub images: u32,
    /// The scope is too young or too small to mean much.
    pub learning: bool,
    /// The fields that were asked for.
    pub fields: [Option<FieldShare>; FIELDS],
    /// The lists that were asked for.
    pub lists: Vec<ListShare>,
    /// `0.7 * host_prev + 0.3 * rank_score`.
    pub prevalence: f64,
    /// What that weighs.
    pub prevalence_weight: f64,
    /// The overall score before rounding.
    overall: f64,
    always: bool,
    weightless: bool,
}

impl Block {
    /// The published overall score.
    #[must_use]
    pub fn overall_score(&self) -> u8 {
        publish(self.overall, self.executions > 0 && !self.weightless, self.always)
    }

    /// Scores what a scope has of an image.
    #[must_use]
    pub fn score(found: &Found, weights: &Weights, basis: Basis) -> Self {
        let host_prev = Share { count: u64::from(found.all.hosts), known: u64::from(found.hosts) };
        let mut mean = Mean::default();
        let rank_score = |rank: u32| 100.0 * (1.0 - f64::from(rank - 1) / f64::from(found.images));
        let prevalence = found.rank.map_or(0.0, |rank| 0.7 * host_prev.percent() + 0.3 * rank_score(rank));
        mean.add(weights.prevalence, prevalence, host_prev.is_all() && found.rank == Some(1));
        let field_share = |field: Field, value: Count, known: Count| {
            let share = match basis {
                Basis::Executions => Share { count: value.executions, known: known.executions },
                Basis::Hosts => Share { count: u64::from(value.hosts), known: u64::from(known.hosts) },
            };
            FieldShare { field, share, value, known, weight: weights.of(field) }
        };
        let fields = Field::ALL.map(|field| {
            let (value, known) = found.fields.get(field as usize).copied().flatten()?;
            let field = field_share(field, value, known);
            mean.add(field.weight, field.share.percent(), field.share.is_all());
            Some(field)
        });
        let mut lists = Vec::new();
        for (field, (known, elements)) in Field::LISTS.into_iter().zip(&found.lists) {
            if elements.is_empty() {
                continue;
            }
            let elements: Vec<FieldShare> =
                elements.iter().map(|&value| field_share(field, value, *known)).collect();
            let shares = elements.iter().map(|element| element.share.percent());
            let percent = shares.sum::<f64>() / f64::from(u32::try_from(elements.len()).unwrap_or(u32::MAX));
            let list = ListShare { field, elements, percent, weight: weights.of(field) };
            mean.add(list.weight, percent, list.is_all());
            lists.push(list);
        }
        Self {
            rank: found.rank,
            host_prev,
            executions: found.all.executions,
            seen: found.seen,
            images: found.images,
            learning: found.learning,
            fields,
            lists,
            prevalence,
            prevalence_weight: weights.prevalence,
            overall: mean.value(),
            always: mean.always(),
            weightless: mean.is_empty(),
        }
    }
}

/// The weighted mean of the blocks' overall scores; each block with its weight.
#[must_use]
pub fn echotrail_score<'b>(blocks: impl Iterator<Item = (&'b Block, f64)>) -> u8 {
    let mut mean = Mean::default();
    let mut seen = false;
    for (block, weight) in blocks {
        mean.add(weight, block.overall, block.always);
        seen |= block.executions > 0 && !block.weightless && weight > 0.0;
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

    /// Nothing weighs anything: there is no mean.
    fn is_empty(&self) -> bool {
        self.weight <= 0.0
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

    /// Of 2 of 3 hosts and rank 1: prevalence (0.7 * 200/3 + 30), path 1 of 12 and so 100/12. Together
    /// (140/3 + 30 + 25/3) / 2 = (165/3 + 30) / 2 = 42.5, a half that no sum of binary fractions meets.
    #[test]
    fn a_half_of_thirds_and_twelfths_rounds_up() {
        let percent = |count, known| Share { count, known }.percent();
        let mut mean = Mean::default();
        mean.add(1.0, 0.7 * percent(2, 3) + 0.3 * 100.0, false);
        mean.add(1.0, percent(1, 12), false);
        assert_eq!(publish(mean.value(), true, false), 43);
        // 42 and 49,999,999 of a hundred millions are no half.
        assert_eq!(Share { count: 4_249_999_999, known: 10_000_000_000 }.published(), 42);
    }

    /// Blocks of 100 and 0: as 3 to 1 they are 75, and one that weighs nothing is not there.
    #[test]
    fn blocks_weigh_what_they_are_given() {
        let found = Found::nowhere([false; FIELDS]);
        let block = |overall| Block {
            overall,
            executions: 1,
            ..Block::score(&found, &Weights::default(), Basis::Executions)
        };
        let (high, low) = (block(100.0), block(0.0));
        assert_eq!(echotrail_score([(&high, 3.0), (&low, 1.0)].into_iter()), 75);
        assert_eq!(echotrail_score([(&low, 0.0), (&high, 0.5)].into_iter()), 99);
    }

    #[test]
    fn the_interval_is_wilsons() {
        // 5 of 10: centre (0.5 + 3.8415/20) / (1 + 3.8415/10) = 0.69207/1.38415 = 0.5; spread 1.96 *
        // sqrt(0.025 + 3.8415/400) / 1.38415 = 1.96 * 0.18602 / 1.38415 = 0.26341: 23.66 to 76.34 %.
        let (low, high) = Share { count: 5, known: 10 }.interval();
        assert!((low - 23.66).abs() < 0.01 && (high - 76.34).abs() < 0.01, "{low} {high}");
        assert_eq!(Share { count: 0, known: 0 }.interval(), (0.0, 100.0));
        // 0 of 10: from 0 to 3.8415/13.8415 = 27.75 %.
        let (low, high) = Share { count: 0, known: 10 }.interval();
        assert!(low == 0.0 && (high - 27.75).abs() < 0.01, "{low} {high}");
    }

    #[test]
    fn an_unseen_image_scores_nothing() {
        let found = Found::nowhere([true; FIELDS]);
        let block = Block::score(&found, &Weights::default(), Basis::Executions);
        assert_eq!((block.rank, block.overall_score(), block.host_prev.published()), (None, 0, 0));
        assert_eq!(echotrail_score([(&block, 1.0)].into_iter()), 0);
    }
}
