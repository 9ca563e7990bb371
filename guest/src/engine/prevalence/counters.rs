//! The scopes of a tenant, kept in step.
//!
//! Counts are kept for each host, and within an environment for each of its hosts; the larger scopes are
//! sums of those, so that a host can be taken out exactly. A value counts towards a larger scope's
//! distinct hosts when it appears on a host for the first time, and is taken off when it is gone there.

use super::Contribution;
use super::counts::Reach;
use super::ranking::Member;
use super::scope::Scope;
use crate::engine::hashing::{Map, Seed};
use crate::engine::hosts::HostId;
use crate::engine::strings::Sym;

/// An image's places in the scopes that one contribution belongs to.
///
/// Good until something is taken out: scoring and counting a start share one look-up.
#[derive(Debug, Clone, Copy)]
pub struct Places {
    /// Among all hosts.
    pub customer: Member,
    /// On its host.
    pub host: Member,
    /// On its host within the environment, and in the environment.
    within: Option<(Member, Member)>,
}

impl Places {
    /// In the environment.
    #[must_use]
    pub fn environment(&self) -> Option<Member> {
        self.within.map(|(_, environment)| environment)
    }
}

/// Everything that was counted.
#[derive(Debug)]
pub struct Counters {
    customer: Scope,
    hosts: Map<HostId, Scope>,
    environments: Map<Sym, Scope>,
    /// Only where a record named its environment.
    hosts_in: Map<(Sym, HostId), Scope>,
    seed: Seed,
    room: usize,
    turned_away: u64,
}

impl Counters {
    /// Nothing counted yet; `room` is how many values one field of one image may have.
    #[must_use]
    pub fn new(seed: Seed, room: usize) -> Self {
        Self {
            customer: Scope::new(seed),
            hosts: Map::with_hasher(seed),
            environments: Map::with_hasher(seed),
            hosts_in: Map::with_hasher(seed),
            seed,
            room,
            turned_away: 0,
        }
    }

    /// The places of a contribution's image in its scopes, made where they are missing.
    pub fn places(&mut self, of: &Contribution) -> Places {
        let seed = self.seed;
        let host = self.hosts.entry(of.host).or_insert_with(|| Scope::new(seed)).member(of.image);
        let within = (!of.environment.is_empty()).then(|| {
            let cell = self.hosts_in.entry((of.environment, of.host)).or_insert_with(|| Scope::new(seed));
            let environment = self.environments.entry(of.environment).or_insert_with(|| Scope::new(seed));
            (cell.member(of.image), environment.member(of.image))
        });
        Places { customer: self.customer.member(of.image), host, within }
    }

    /// Counts equal executions.
    pub fn add(&mut self, added: &Contribution, times: u64) {
        let places = self.places(added);
        self.add_at(places, added, times);
    }

    /// Counts equal executions at places that are known.
    pub fn add_at(&mut self, places: Places, added: &Contribution, times: u64) {
        let room = self.room;
        let Some(host) = self.hosts.get_mut(&added.host) else { return };
        let new_host = host.executions() == 0;
        let (edge, turned_away) = host.add(places.host, added, times, Reach::OneHost, new_host, room);
        self.customer.add(places.customer, added, times, Reach::Larger(edge), new_host, room);
        self.turned_away += turned_away;
        if let Some((in_cell, in_environment)) = places.within
            && let Some(cell) = self.hosts_in.get_mut(&(added.environment, added.host))
            && let Some(environment) = self.environments.get_mut(&added.environment)
        {
            let new_host = cell.executions() == 0;
            let (edge, _) = cell.add(in_cell, added, times, Reach::OneHost, new_host, room);
            environment.add(in_environment, added, times, Reach::Larger(edge), new_host, room);
        }
    }

    /// Takes one execution out again, exactly.
    pub fn remove(&mut self, removed: &Contribution) {
        if let Some(host) = self.hosts.get_mut(&removed.host) {
            let gone = host.remove(removed, Reach::OneHost, false);
            let host_gone = host.executions() == 0;
            self.customer.remove(removed, Reach::Larger(gone), host_gone);
            if host_gone {
                self.hosts.remove(&removed.host);
            }
        }
        let cell = (removed.environment, removed.host);
        if let Some(host) = self.hosts_in.get_mut(&cell) {
            let gone = host.remove(removed, Reach::OneHost, false);
            let host_gone = host.executions() == 0;
            if host_gone {
                self.hosts_in.remove(&cell);
            }
            if let Some(environment) = self.environments.get_mut(&removed.environment) {
                environment.remove(removed, Reach::Larger(gone), host_gone);
                if environment.executions() == 0 {
                    self.environments.remove(&removed.environment);
                }
            }
        }
    }

    /// All hosts.
    #[must_use]
    pub fn customer(&self) -> &Scope {
        &self.customer
    }

    /// One host.
    #[must_use]
    pub fn host(&self, host: HostId) -> Option<&Scope> {
        self.hosts.get(&host)
    }

    /// One environment.
    #[must_use]
    pub fn environment(&self, environment: Sym) -> Option<&Scope> {
        self.environments.get(&environment)
    }

    /// What was turned away before a snapshot; loading counts anew and would say something else.
    pub fn set_turned_away(&mut self, executions: u64) {
        self.turned_away = executions;
    }

    /// Executions of values that found no room.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.turned_away
    }
}
