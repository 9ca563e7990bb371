//! How ordinary a start is, against every scope that it belongs to.

use super::prevalence::score::{Basis, Block, Found, echotrail_score};
use super::prevalence::{FIELDS, Shape, Sighting, Spot};
use super::state::State;

/// The blocks of a start's annotation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StartScore {
    /// Where a baseline is loaded.
    pub(super) global: Option<Block>,
    pub(super) customer: Block,
    pub(super) environment: Option<Block>,
    pub(super) host: Block,
}

impl StartScore {
    /// The weighted mean of the blocks.
    pub(super) fn echotrail_score(&self) -> u8 {
        echotrail_score(self.global.iter().chain([&self.customer, &self.host]).chain(&self.environment))
    }
}

impl State {
    /// Scores what a start would add, before it is added.
    pub(super) fn score_start(&mut self, shape: &Shape, spot: &Spot) -> StartScore {
        let asked = asked(shape);
        let prevalence = &self.config.prevalence;
        let score = |found: &Found| Block::score(found, &prevalence.weights, prevalence.basis);
        let on_host = Found::on_host(&spot.on_host, Sighting::default(), asked);
        let environment = spot.environment.as_ref().map(|slots| {
            let scope = self.counters.environment(spot.environment_name);
            scope.map_or(Found::nowhere(asked), |scope| Found::in_scope(scope, Some(slots), asked))
        });
        let global = self.global.as_mut().map(|global| score(&global.of_shape(shape, &self.strings, asked)));
        StartScore {
            global,
            customer: score(&Found::in_scope(self.counters.customer(), Some(&spot.customer), asked)),
            environment: environment.as_ref().map(score),
            host: Block::score(&on_host, &prevalence.weights, Basis::Executions),
        }
    }
}

/// The fields that a profile has. Of its hashes one: the strongest that is known.
fn asked(shape: &Shape) -> [bool; FIELDS] {
    let [path, parent, grandparent, sha256, sha1, md5] = shape.values.map(|value| !value.is_empty());
    [path, parent, grandparent, sha256, sha1 && !sha256, md5 && !sha1 && !sha256]
}
