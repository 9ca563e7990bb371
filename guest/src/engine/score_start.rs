//! How ordinary a start is, against every scope that it belongs to: when it is seen, by what was counted
//! before it; when it ends, by its whole profile and everything that was counted but itself.

use super::hosts::HostId;
use super::prevalence::field::LISTS;
use super::prevalence::found::Found;
use super::prevalence::on_host::OnHost;
use super::prevalence::scope::{Count, Scope, Slots};
use super::prevalence::score::{Basis, Block, Weights, echotrail_score};
use super::prevalence::{FIELDS, Field, Shape, Sighting, Spot};
use super::process::RowId;
use super::state::State;
use super::strings::Sym;

/// The blocks of a start's annotation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StartScore {
    /// Where a baseline is loaded.
    pub(super) global: Option<Block>,
    pub(super) customer: Block,
    pub(super) environment: Option<Block>,
    /// Where the record names its host: those that do not may come from anywhere.
    pub(super) host: Option<Block>,
}

impl StartScore {
    /// The weighted mean of the blocks.
    pub(super) fn echotrail_score(&self, weights: &Weights) -> u8 {
        let blocks = [
            (self.global.as_ref(), weights.global),
            (Some(&self.customer), weights.customer),
            (self.environment.as_ref(), weights.environment),
            (self.host.as_ref(), weights.host),
        ];
        echotrail_score(blocks.into_iter().filter_map(|(block, weight)| Some((block?, weight))))
    }
}

/// What a process did, by list.
type Lists = [Vec<Sym>; LISTS];

impl State {
    /// Scores what a start would add, before it is added.
    pub(super) fn score_start(&mut self, shape: &Shape, spot: &Spot, host: HostId) -> StartScore {
        let asked = asked(shape);
        let global = self.global.as_mut().map(|global| global.of_shape(shape, &self.strings, asked));
        let customer = self.counters.customer();
        let environment = spot.environment.as_ref().map(|slots| {
            let scope = self.counters.environment(spot.environment_name);
            scope.map_or(Found::nowhere(asked), |scope| self.found(scope, Some(slots), asked))
        });
        let host = self.hosts.has_name(host).then(|| {
            let mut found = Found::on_host(&spot.on_host, Sighting::default(), asked);
            found.learning = self.learns_host(spot.on_host.of_host, spot.seen_on_host);
            self.host_block(&found)
        });
        StartScore {
            global: global.as_ref().map(|found| self.block(found)),
            customer: self.block(&self.found(customer, Some(&spot.customer), asked)),
            environment: environment.as_ref().map(|found| self.block(found)),
            host,
        }
    }

    /// Scores the whole profile of a start that is counted, as if it were not.
    pub(super) fn score_whole(&self, id: RowId) -> Option<StartScore> {
        let row = self.table.row(id);
        let counted = row.start.as_ref()?.counted?;
        let slots = *self.counters.slots().get(counted.shape.place())?;
        let hosts = self.counters.hosts();
        let image = hosts.find(counted.host, slots.member)?;
        let on_host = hosts.look(image, &slots, self.counters.slots());
        let shape = self.counters.shape_of(counted.shape);
        // One that began so long ago that it is not counted any more is not in the counts.
        let own = u64::from(self.counters.age_of(counted.generation).is_some());
        let lists = self.lists_of(id);
        let customer = self.counters.customer();
        let on_this_host = |field, value| {
            let place = customer.find(slots.member, field, value);
            place.map_or(0, |place| hosts.of_lists().count(image, place))
        };
        let scored = |scope: &Scope, slots: &Slots| {
            let mut found = self.found(scope, Some(slots), asked(shape));
            if own > 0 {
                found = found.one_less(scope, slots, &on_host);
            }
            for (field, (values, (_, elements))) in
                Field::LISTS.into_iter().zip(lists.iter().zip(&mut found.lists))
            {
                elements.extend(values.iter().map(|&value| {
                    let Count { executions, hosts } = scope.element(slots.member, field, value);
                    let last = own > 0 && on_this_host(field, value) == 1;
                    let hosts = hosts.saturating_sub(u32::from(last));
                    Count { executions: executions.saturating_sub(own), hosts }
                }));
            }
            self.block(&found)
        };
        let environment = self.hosts.environment(counted.host);
        let in_environment = self.counters.environment_slots(environment, counted.shape);
        let others = if own > 0 { on_host.one_less() } else { on_host };
        let mut host = Found::on_host(&others, Sighting::default(), asked(shape));
        host.learning = self.learns_host(on_host.of_host, hosts.seen_on(counted.host));
        for (field, (values, (_, elements))) in
            Field::LISTS.into_iter().zip(lists.iter().zip(&mut host.lists))
        {
            elements.extend(values.iter().map(|&value| {
                let executions = on_this_host(field, value).saturating_sub(own);
                Count { executions, hosts: u32::from(executions > 0) }
            }));
        }
        // A pack's counts are of others: there is nothing of this start in them.
        let global = self.global.as_ref().map(|global| {
            let texts =
                lists.each_ref().map(|list| list.iter().map(|&v| self.strings.get(v)).collect::<Vec<_>>());
            self.block(&global.of_profile(shape, &self.strings, &texts, asked(shape)))
        });
        Some(StartScore {
            global,
            customer: scored(customer, &slots),
            environment: in_environment.map(|(scope, slots)| scored(scope, slots)),
            host: self.hosts.has_name(counted.host).then(|| self.host_block(&host)),
        })
    }

    /// What a process did, by list, in an order that does not depend on arrival.
    fn lists_of(&self, id: RowId) -> Lists {
        let mut lists = Lists::default();
        for (field, value) in self.items.of(self.table.row(id).list) {
            let list = Field::LISTS.iter().position(|&list| list == field).and_then(|at| lists.get_mut(at));
            if let Some(list) = list {
                list.push(value);
            }
        }
        for list in &mut lists {
            list.sort_unstable_by_key(|&value| self.strings.get(value));
        }
        lists
    }

    /// What a scope has, and whether it is learning yet.
    pub(super) fn found(&self, scope: &Scope, slots: Option<&Slots>, asked: [bool; FIELDS]) -> Found {
        let mut found = Found::in_scope(scope, slots, asked);
        found.seen = self.remembered(found.seen);
        found.learning = self.learns(scope);
        found
    }

    /// Whether a scope is learning yet.
    pub(super) fn learns(&self, scope: &Scope) -> bool {
        let learning = &self.config.prevalence.learning;
        scope.hosts() < learning.hosts || scope.executions() < learning.starts || self.is_young(scope.seen())
    }

    /// When something was there, as long as that is kept: for 400 days (SPEC section 1).
    pub(super) fn remembered(&self, seen: Sighting) -> Sighting {
        const KEPT: i64 = 400 * 24 * 60 * 60 * 1000;
        if seen.last < self.now.saturating_sub(KEPT) { Sighting::default() } else { seen }
    }

    /// Whether a host is learning yet.
    pub(super) fn learns_host(&self, starts: u64, seen: Sighting) -> bool {
        starts < self.config.prevalence.learning.host_starts || self.is_young(seen)
    }

    fn is_young(&self, seen: Sighting) -> bool {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        let days = i64::from(self.config.prevalence.learning.days);
        !seen.is_ever() || self.now.saturating_sub(seen.first) < days.saturating_mul(DAY)
    }

    /// Scores by the basis in force.
    pub(super) fn block(&self, found: &Found) -> Block {
        let prevalence = &self.config.prevalence;
        Block::score(found, &prevalence.weights, prevalence.basis)
    }

    /// A host's own block always counts executions: there is one host.
    pub(super) fn host_block(&self, found: &Found) -> Block {
        Block::score(found, &self.config.prevalence.weights, Basis::Executions)
    }

    /// What a host has at the places of a profile.
    pub(super) fn on_host(&self, host: HostId, slots: Option<&Slots>) -> (OnHost, Sighting) {
        let hosts = self.counters.hosts();
        match slots.and_then(|slots| Some((hosts.find(host, slots.member)?, slots))) {
            Some((image, slots)) => {
                (hosts.look(image, slots, self.counters.slots()), self.remembered(hosts.seen(image)))
            }
            None => (hosts.without(host), Sighting::default()),
        }
    }
}

/// The fields that a profile has. Of its hashes one: the strongest that is known.
fn asked(shape: &Shape) -> [bool; FIELDS] {
    let [path, parent, grandparent, sha256, sha1, md5] = shape.values.map(|value| !value.is_empty());
    [path, parent, grandparent, sha256, sha1 && !sha256, md5 && !sha1 && !sha256]
}
