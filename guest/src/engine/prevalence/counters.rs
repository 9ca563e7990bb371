//! The scopes of a tenant, kept in step.
//!
//! Counts are kept for each host; an environment's and the customer's are sums of those, so that a host can
//! be taken out exactly. A value counts towards a larger scope's distinct hosts when it appears on a host
//! for the first time, and is taken off when it is gone there.
//!
//! Counts age in two generations (SPEC section 1): what is older than the one before this is not counted.

mod evict;

use super::Contribution;
use super::field::Field;
use super::on_host::OnHost;
use super::per_host::{HostImageId, PerHost};
use super::ranking::Member;
use super::scope::{Scope, Slots};
use super::shapes::{Shape, ShapeId, Shapes};
use super::sighting::Sighting;
use crate::engine::hashing::{Map, Seed};
use crate::engine::hosts::HostId;
use crate::engine::strings::Sym;

/// How long a generation is, in milliseconds: 30 days.
const GENERATION: i64 = 30 * 24 * 60 * 60 * 1000;

/// Which generation a time belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Generation(i32);

impl Generation {
    /// Before all times.
    pub const NEVER: Self = Self(i32::MIN);

    /// That of a time, in milliseconds since 1970 UTC.
    #[must_use]
    pub fn of(time: i64) -> Self {
        Self(i32::try_from(time.div_euclid(GENERATION)).unwrap_or(i32::MIN))
    }

    /// How many generations lie between, or none if this one is the earlier.
    fn since(self, earlier: Self) -> Option<usize> {
        usize::try_from(i64::from(self.0) - i64::from(earlier.0)).ok()
    }
}

/// Where a shape stands in the scopes that one host belongs to. Good until something is taken out: scoring
/// and counting a start share one look-up.
#[derive(Debug, Clone, Copy)]
pub struct Spot {
    /// What it looks like.
    pub shape: ShapeId,
    /// Among all hosts.
    pub customer: Slots,
    /// In the host's environment, if it has one.
    pub environment: Option<Slots>,
    /// On its host.
    pub on_host: OnHost,
    /// When anything was on its host.
    pub seen_on_host: Sighting,
    image: HostImageId,
    /// The environment, empty for none.
    pub environment_name: Sym,
}

/// Where a start is looked up, and where it is counted: the same, but for what finds no room.
#[derive(Debug, Clone, Copy)]
pub struct Spots {
    /// With everything that it shows.
    pub looked_up: Spot,
    /// By its image alone where there is no room for more.
    pub counted: Spot,
}

/// An environment: its scope, and where the shapes that were seen in it stand there.
#[derive(Debug)]
struct Environment {
    scope: Scope,
    slots: Map<ShapeId, Slots>,
}

/// Everything that was counted.
#[derive(Debug)]
pub struct Counters {
    shapes: Shapes,
    /// The customer's, beside `shapes`.
    slots: Vec<Slots>,
    customer: Scope,
    environments: Map<Sym, Environment>,
    hosts: PerHost,
    generation: Generation,
    seed: Seed,
    room: u32,
    ages: bool,
    turned_away: u64,
}

impl Counters {
    /// Nothing counted yet; `room` is how many ways one image may look on one host, `ages` whether counts do.
    #[must_use]
    pub fn new(seed: Seed, room: u32, ages: bool) -> Self {
        Self {
            shapes: Shapes::new(seed),
            slots: Vec::new(),
            customer: Scope::new(seed),
            environments: Map::with_hasher(seed),
            hosts: PerHost::new(seed),
            generation: Generation::NEVER,
            seed,
            room,
            ages,
            turned_away: 0,
        }
    }

    /// A generation began: what is older than the one before it is not counted any more.
    pub fn age_to(&mut self, generation: Generation) {
        let before = std::mem::replace(&mut self.generation, generation);
        match generation.since(before) {
            Some(0) => {}
            None => self.generation = before,
            Some(_) if before == Generation::NEVER || !self.ages => {}
            Some(passed) => self.rebuild(passed),
        }
    }

    /// Counts anew, `passed` generations later. Shapes keep their numbers: starts name them.
    fn rebuild(&mut self, passed: usize) {
        let mut new = Self::new(self.seed, self.room, self.ages);
        new.generation = self.generation;
        new.turned_away = self.turned_away;
        new.shapes = std::mem::take(&mut self.shapes);
        new.slots = new.shapes.all().iter().map(|shape| new.customer.slots(shape)).collect();
        let later = |[now, _]: [u32; 2]| match passed {
            1 => [0, now],
            _ => [0, 0],
        };
        for (host, member, seen) in self.hosts.sightings() {
            let image = self.customer.counts(member).image;
            new.sight(host, self.hosts.environment(host), image, seen);
        }
        for counted in self.hosts.counted() {
            let (shape, executions) = (*new.shapes.get(counted.shape), later(counted.executions));
            if executions != [0; 2] {
                let spot = new.spot(&shape, counted.host, self.hosts.environment(counted.host));
                new.add_both(&spot, executions);
            }
        }
        for (host, value, executions) in self.hosts.elements() {
            let (member, field, value) = self.customer.value(value);
            let (image, executions) = (self.customer.counts(member).image, later(executions));
            if executions != [0; 2] {
                new.add_elements(host, image, field, value, executions);
            }
        }
        *self = new;
    }

    /// The places of a start. A shape that finds no room is counted by its image alone.
    pub fn spots(&mut self, shape: &Shape, host: HostId, environment: Sym) -> Spots {
        let looked_up = self.spot(shape, host, environment);
        let Spot { image, shape: id, .. } = looked_up;
        let full = self.hosts.variety(image) >= self.room && !self.hosts.has(image, id);
        let counted = if full && *shape != shape.bare() {
            self.spot(&shape.bare(), host, environment)
        } else {
            looked_up
        };
        Spots { looked_up, counted }
    }

    /// The places of a shape in its host's scopes, made where they are missing.
    fn spot(&mut self, shape: &Shape, host: HostId, environment: Sym) -> Spot {
        let (id, customer) = self.shape(shape);
        let image = self.hosts.note(host, customer.member, environment);
        let on_host = self.hosts.look(image, &customer, &self.slots);
        let seed = self.seed;
        let in_environment = (!environment.is_empty()).then(|| {
            let new = || Environment { scope: Scope::new(seed), slots: Map::with_hasher(seed) };
            let Environment { scope, slots } = self.environments.entry(environment).or_insert_with(new);
            *slots.entry(id).or_insert_with(|| scope.slots(shape))
        });
        let seen_on_host = self.hosts.seen_on(host);
        Spot {
            shape: id,
            seen_on_host,
            customer,
            environment: in_environment,
            on_host,
            image,
            environment_name: environment,
        }
    }

    fn shape(&mut self, shape: &Shape) -> (ShapeId, Slots) {
        let (id, is_new) = self.shapes.intern(shape);
        if let Some(&slots) = self.slots.get(id.place()).filter(|_| !is_new) {
            return (id, slots);
        }
        let slots = self.customer.slots(shape);
        match self.slots.get_mut(id.place()) {
            Some(kept) => *kept = slots,
            None => self.slots.push(slots),
        }
        (id, slots)
    }

    /// Counts one execution. Returns what was added; nothing where it is too old to count.
    pub fn add(&mut self, spot: &Spot, host: HostId, generation: Generation) -> Option<Contribution> {
        let executions = if self.age_of(generation)? == 0 { [1, 0] } else { [0, 1] };
        self.add_both(spot, executions);
        Some(Contribution { shape: spot.shape, host, generation })
    }

    /// Counts executions of this generation and of the one before.
    fn add_both(&mut self, spot: &Spot, executions: [u32; 2]) {
        let times: u64 = executions.iter().map(|&count| u64::from(count)).sum();
        let edge = spot.on_host.edge();
        self.hosts.add(spot.image, spot.shape, executions, &self.slots);
        self.customer.add(&spot.customer, times, &edge);
        if let Some(slots) = &spot.environment
            && let Some(environment) = self.environments.get_mut(&spot.environment_name)
        {
            environment.scope.add(slots, times, &edge);
        }
    }

    /// Takes one execution out again, exactly.
    pub fn remove(&mut self, removed: &Contribution) {
        let Some(&slots) = self.slots.get(removed.shape.place()) else { return };
        let Some(image) = self.hosts.find(removed.host, slots.member) else { return };
        let Some(generation) = self.age_of(removed.generation) else { return };
        if !self.hosts.remove(image, removed.shape, generation, &self.slots) {
            return;
        }
        self.took_out(removed.host, image, removed.shape, 1);
    }

    /// Executions were taken out of an image on a host, and go from the larger scopes too.
    fn took_out(&mut self, host: HostId, image: HostImageId, shape: ShapeId, times: u64) {
        let Some(&slots) = self.slots.get(shape.place()) else { return };
        let edge = self.hosts.look(image, &slots, &self.slots).edge();
        self.customer.remove(&slots, times, &edge);
        if let Some(environment) = self.environments.get_mut(&self.hosts.environment(host))
            && let Some(slots) = environment.slots.get(&shape)
        {
            environment.scope.remove(slots, times, &edge);
        }
    }

    /// Counts an element of a list of an execution that is counted.
    pub fn add_item(&mut self, counted: &Contribution, field: Field, value: Sym) {
        let Some(age) = self.age_of(counted.generation) else { return };
        let Some(&Slots { member, .. }) = self.slots.get(counted.shape.place()) else { return };
        let executions = if age == 0 { [1, 0] } else { [0, 1] };
        self.add_elements_of(counted.host, member, field, value, executions);
    }

    /// Counts an element of a list of an image on a host.
    pub fn add_elements(&mut self, host: HostId, image: Sym, field: Field, value: Sym, executions: [u32; 2]) {
        let member = self.customer.member(image);
        self.add_elements_of(host, member, field, value, executions);
    }

    fn add_elements_of(
        &mut self,
        host: HostId,
        member: Member,
        field: Field,
        value: Sym,
        executions: [u32; 2],
    ) {
        let times: u64 = executions.iter().map(|&count| u64::from(count)).sum();
        let Some(on_host) = self.hosts.find(host, member) else { return };
        let slot = self.customer.slot(member, field, value);
        let is_first = self.hosts.of_lists_mut().add(on_host, slot, executions);
        self.customer.add_element(slot, times, is_first);
        if let Some(Environment { scope, .. }) = self.environments.get_mut(&self.hosts.environment(host)) {
            let member = scope.member(self.customer.counts(member).image);
            let slot = scope.slot(member, field, value);
            scope.add_element(slot, times, is_first);
        }
    }

    /// Takes an element out of one execution again.
    pub fn remove_item(&mut self, counted: &Contribution, field: Field, value: Sym) {
        let Some(age) = self.age_of(counted.generation) else { return };
        let Contribution { shape, host, .. } = *counted;
        let image = self.shapes.get(shape).image;
        let member = self.customer.member(image);
        let Some(on_host) = self.hosts.find(host, member) else { return };
        let slot = self.customer.slot(member, field, value);
        let Some(is_last) = self.hosts.of_lists_mut().remove(on_host, slot, age) else { return };
        self.customer.remove_element(slot, 1, is_last);
        if let Some(Environment { scope, .. }) = self.environments.get_mut(&self.hosts.environment(host)) {
            let member = scope.member(image);
            let slot = scope.slot(member, field, value);
            scope.remove_element(slot, 1, is_last);
        }
    }

    /// An image was on a host, counted or not.
    pub fn sight(&mut self, host: HostId, environment: Sym, image: Sym, seen: Sighting) {
        let member = self.customer.member(image);
        let on_host = self.hosts.note(host, member, environment);
        self.sight_at(on_host, member, environment, image, seen);
    }

    /// The same at a place that is known.
    pub fn sight_spot(&mut self, spot: &Spot, image: Sym, seen: Sighting) {
        self.sight_at(spot.image, spot.customer.member, spot.environment_name, image, seen);
    }

    fn sight_at(&mut self, on_host: HostImageId, member: u32, environment: Sym, image: Sym, seen: Sighting) {
        self.hosts.sight(on_host, seen);
        self.customer.sight(member, seen);
        if !environment.is_empty() {
            let seed = self.seed;
            let new = || Environment { scope: Scope::new(seed), slots: Map::with_hasher(seed) };
            let scope = &mut self.environments.entry(environment).or_insert_with(new).scope;
            let member = scope.member(image);
            scope.sight(member, seen);
        }
    }

    /// Adds what a snapshot had counted beyond what its processes tell.
    pub fn restore(&mut self, shape: &Shape, host: HostId, environment: Sym, executions: [u32; 2]) {
        let spot = self.spots(shape, host, environment).counted;
        self.add_both(&spot, executions);
    }

    /// All hosts.
    #[must_use]
    pub fn customer(&self) -> &Scope {
        &self.customer
    }

    /// One environment.
    #[must_use]
    pub fn environment(&self, environment: Sym) -> Option<&Scope> {
        self.environments.get(&environment).map(|environment| &environment.scope)
    }

    /// One environment, and where a shape stands in it.
    #[must_use]
    pub fn environment_slots(&self, environment: Sym, shape: ShapeId) -> Option<(&Scope, &Slots)> {
        let environment = self.environments.get(&environment)?;
        Some((&environment.scope, environment.slots.get(&shape)?))
    }

    /// The counts of each host.
    #[must_use]
    pub fn hosts(&self) -> &PerHost {
        &self.hosts
    }

    /// What a number stands for.
    #[must_use]
    pub fn shape_of(&self, id: ShapeId) -> &Shape {
        self.shapes.get(id)
    }

    /// The customer's places of all shapes.
    #[must_use]
    pub fn slots(&self) -> &[Slots] {
        &self.slots
    }

    /// The generation that counts are kept for, beside the one before it.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Where executions of a generation are counted: 0 for this one, 1 for the one before; nowhere if they
    /// are older.
    #[must_use]
    pub fn age_of(&self, generation: Generation) -> Option<usize> {
        if !self.ages {
            return Some(0);
        }
        self.generation.since(generation).filter(|&age| age < 2)
    }

    /// Executions that are not counted any more, to keep within a limit.
    pub fn turn_away(&mut self, executions: u64) {
        self.turned_away += executions;
    }

    /// What was turned away before a snapshot; loading counts anew and would say something else.
    pub fn set_turned_away(&mut self, executions: u64) {
        self.turned_away = executions;
    }

    /// Executions that found no room for what they looked like.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.turned_away
    }
}
