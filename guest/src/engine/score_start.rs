//! How ordinary a start is, against every scope that it belongs to.

use super::prevalence::counters::Places;
use super::prevalence::ranking::Member;
use super::prevalence::scope::Scope;
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
    pub(super) fn score_start(&self, start: &Contribution, places: &Places) -> StartScore {
        let mut values: [Option<Sym>; FIELDS] =
            start.values.map(|value| (!value.is_empty()).then_some(value));
        // A profile has one hash: the strongest that is known.
        let [.., sha256, sha1, md5] = &mut values;
        match (&sha256, &sha1) {
            (Some(_), _) => (*sha1, *md5) = (None, None),
            (None, Some(_)) => *md5 = None,
            (None, None) => {}
        }
        let weights = &self.config.prevalence.weights;
        let block = |scope: Option<&Scope>, member: Option<Member>| {
            Block::score(scope, member.and_then(|member| scope?.at(member)), values, weights)
        };
        StartScore {
            customer: block(Some(self.counters.customer()), Some(places.customer)),
            environment: (!start.environment.is_empty())
                .then(|| block(self.counters.environment(start.environment), places.environment())),
            host: block(self.counters.host(start.host), Some(places.host)),
        }
    }
}
