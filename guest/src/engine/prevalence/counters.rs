//! The scopes of a tenant, kept in step.
//!
//! Counts are kept for each host, and within an environment for each of its hosts; the larger scopes are
//! sums of those, so that a host can be taken out exactly. A value counts towards a larger scope's
//! distinct hosts when it appears on a host for the first time, and is taken off when it is gone there.

use super::Contribution;
use super::counts::Reach;
use super::scope::Scope;
use crate::engine::hashing::{Map, Seed};
use crate::engine::hosts::HostId;
use crate::engine::strings::Sym;

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

    /// Counts equal executions.
    pub fn add(&mut self, added: &Contribution, times: u64) {
        let (seed, room) = (self.seed, self.room);
        let host = self.hosts.entry(added.host).or_insert_with(|| Scope::new(seed));
        let new_host = host.executions() == 0;
        let (edge, turned_away) = host.add(added, times, Reach::OneHost, new_host, room);
        self.customer.add(added, times, Reach::Larger(edge), new_host, room);
        self.turned_away += turned_away;
        if !added.environment.is_empty() {
            let cell =
                self.hosts_in.entry((added.environment, added.host)).or_insert_with(|| Scope::new(seed));
            let new_host = cell.executions() == 0;
            let (edge, _) = cell.add(added, times, Reach::OneHost, new_host, room);
            let environment = self.environments.entry(added.environment).or_insert_with(|| Scope::new(seed));
            environment.add(added, times, Reach::Larger(edge), new_host, room);
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

    /// Executions of values that found no room.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.turned_away
    }
}
