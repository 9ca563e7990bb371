//! How ordinary a start is, against every scope that it belongs to.

use super::prevalence::score::{Block, echotrail_score};
use super::prevalence::{Contribution, FIELDS};
use super::state::State;
use super::strings::Sym;

/// The blocks of a start's annotation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StartScore {
    pub(super) customer: Block,
    pub(super) environment: Option<Block>,
    pub(super) host: Block,
}

impl StartScore {
    /// The weighted mean of the blocks.
    pub(super) fn echotrail_score(&self) -> u8 {
        echotrail_score([&self.customer, &self.host].into_iter().chain(&self.environment))
    }
}

impl State {
    /// Scores what a start would add, before it is added.
    pub(super) fn score_start(&self, start: &Contribution) -> StartScore {
        let values: [Option<Sym>; FIELDS] = start.values.map(|value| (!value.is_empty()).then_some(value));
        let weights = &self.config.prevalence.weights;
        let block = |scope| Block::score(scope, Some(start.image), values, weights);
        StartScore {
            customer: block(Some(self.counters.customer())),
            environment: (!start.environment.is_empty())
                .then(|| block(self.counters.environment(start.environment))),
            host: block(self.counters.host(start.host)),
        }
    }
}
