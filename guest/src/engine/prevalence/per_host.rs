//! The counts of each host: per image a short chain of what it looked like there, and how often.
//!
//! Most images look one way on a host, so that a chain is one cell long and everything that a host's score
//! needs stands in it. Where a chain grows long its sums are kept beside it. All larger scopes are sums of
//! these cells.

mod evict;
mod listing;

use std::hash::BuildHasher;
use std::num::NonZeroU32;

use hashbrown::HashTable;

use super::elements::Elements;
use super::field::FIELDS;
use super::on_host::OnHost;
use super::ranking::{Member, Ranking};
use super::scope::{Slots, ValueId};
use super::shapes::ShapeId;
use super::sighting::Sighting;
use super::wide::Wide;
use crate::engine::hashing::{Seed, pair};
use crate::engine::hosts::HostId;
use crate::engine::numbers::number;
use crate::engine::strings::Sym;

number! {
    /// An image on a host.
    HostImageId
}

/// From so many cells on their sums are kept instead of walking them.
const LONG: u32 = 12;

number! {
    /// A cell's place.
    CellId
}

/// Executions of one shape on one host, in this generation and in the one before.
#[derive(Debug, Clone, Copy)]
struct Cell {
    shape: ShapeId,
    executions: [u32; 2],
    next: Option<CellId>,
}

impl Cell {
    fn total(&self) -> u64 {
        self.executions.iter().map(|&count| u64::from(count)).sum()
    }
}

#[derive(Debug, Clone, Copy)]
struct HostImage {
    host: HostId,
    /// In the customer's scope.
    member: Member,
    /// In the host's ranking.
    place: Member,
    seen: Sighting,
    first: Option<CellId>,
    cells: u32,
    /// Its place in [`PerHost::wide`], from 1.
    wide: Option<NonZeroU32>,
}

#[derive(Debug, Default)]
struct Host {
    environment: Sym,
    ranking: Ranking,
    /// Places in the ranking whose images are gone.
    free: Vec<Member>,
    running: u32,
    executions: u64,
    seen: Sighting,
}

/// A cell, to be saved or counted anew.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// The host.
    pub host: HostId,
    /// What it looked like.
    pub shape: ShapeId,
    /// Executions in this generation and in the one before.
    pub executions: [u32; 2],
}

/// The counts of all hosts.
#[derive(Debug, Default)]
pub struct PerHost {
    images: Vec<HostImage>,
    /// By place, whether an image is held there.
    is_held: Vec<bool>,
    free_images: Vec<HostImageId>,
    index: HashTable<HostImageId>,
    cells: Vec<Cell>,
    free: Vec<CellId>,
    /// Cells that hold a count.
    held: usize,
    /// Images on hosts of which it is known when they were there.
    sighted: usize,
    wide: Vec<Wide>,
    free_wide: Vec<NonZeroU32>,
    elements: Elements,
    /// By [`HostId`]'s number.
    hosts: Vec<Host>,
    seed: Seed,
}

#[allow(clippy::indexing_slicing, reason = "hosts, images and cells are numbered by this table alone")]
impl PerHost {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { elements: Elements::new(seed), seed, ..Self::default() }
    }

    /// An image's place on a host, if it was ever noted there.
    #[must_use]
    pub fn find(&self, host: HostId, member: Member) -> Option<HostImageId> {
        let is = |id: &HostImageId| {
            let kept = &self.images[id.place()];
            kept.host == host && kept.member == member
        };
        self.index.find(key(self.seed, host, member), is).copied()
    }

    /// An image's place on a host, made where it is missing.
    pub fn note(&mut self, host: HostId, member: Member, environment: Sym) -> HostImageId {
        if let Some(id) = self.find(host, member) {
            return id;
        }
        if self.hosts.len() <= host.index() {
            self.hosts.resize_with(host.index() + 1, Host::default);
        }
        let kept = &mut self.hosts[host.index()];
        kept.environment = environment;
        let place = kept.free.pop().unwrap_or_else(|| kept.ranking.add());
        let seen = Sighting::default();
        let image = HostImage { host, member, place, seen, first: None, cells: 0, wide: None };
        let id = match self.free_images.pop() {
            Some(id) => {
                (self.images[id.place()], self.is_held[id.place()]) = (image, true);
                id
            }
            None => {
                self.images.push(image);
                self.is_held.push(true);
                HostImageId::at(self.images.len() - 1)
            }
        };
        let Self { images, index, seed, .. } = self;
        index.insert_unique(key(*seed, host, member), id, |id| {
            let kept = &images[id.place()];
            key(*seed, kept.host, kept.member)
        });
        id
    }

    /// The image was there.
    pub fn sight(&mut self, id: HostImageId, seen: Sighting) {
        let image = &mut self.images[id.place()];
        self.sighted += usize::from(!image.seen.is_ever());
        image.seen.join(seen);
        self.hosts[image.host.index()].seen.join(seen);
    }

    /// When the image was there.
    #[must_use]
    pub fn seen(&self, id: HostImageId) -> Sighting {
        self.images[id.place()].seen
    }

    /// When anything was on a host.
    #[must_use]
    pub fn seen_on(&self, host: HostId) -> Sighting {
        self.hosts.get(host.index()).map_or(Sighting::default(), |host| host.seen)
    }

    /// How many ways the image looks there.
    #[must_use]
    pub fn variety(&self, id: HostImageId) -> u32 {
        self.images[id.place()].cells
    }

    /// Whether the image was counted there with this very shape.
    #[must_use]
    pub fn has(&self, id: HostImageId, shape: ShapeId) -> bool {
        self.cell(id, shape).is_some()
    }

    fn cell(&self, id: HostImageId, shape: ShapeId) -> Option<CellId> {
        match self.wide(id) {
            Some(wide) => wide.cell(shape),
            None => self.chain(id).find(|cell| self.cells[cell.place()].shape == shape),
        }
    }

    fn wide(&self, id: HostImageId) -> Option<&Wide> {
        self.images[id.place()].wide.map(|wide| &self.wide[wide.get() as usize - 1])
    }

    fn wide_mut(&mut self, id: HostImageId) -> Option<&mut Wide> {
        self.images[id.place()].wide.map(|wide| &mut self.wide[wide.get() as usize - 1])
    }

    /// The image on the host, and how many of its executions looked like `own`. `slots` are the customer's,
    /// by shape.
    #[must_use]
    pub fn look(&self, id: HostImageId, own: &Slots, slots: &[Slots]) -> OnHost {
        let HostImage { host, place, .. } = self.images[id.place()];
        let mut on_host = self.without(host);
        let host = &self.hosts[host.index()];
        if let Some(wide) = self.wide(id) {
            on_host.executions = wide.executions();
            (on_host.known, on_host.same) = wide.sums(own);
        } else {
            for cell in self.chain(id) {
                let cell = &self.cells[cell.place()];
                let total = cell.total();
                on_host.executions += total;
                let looks = &slots[cell.shape.place()];
                for (index, known) in looks.lists.iter().enumerate() {
                    on_host.known[FIELDS + index] += if *known { total } else { 0 };
                }
                for (index, value) in looks.values.iter().enumerate() {
                    if value.is_some() {
                        on_host.known[index] += total;
                        on_host.same[index] += if *value == own.values[index] { total } else { 0 };
                    }
                }
            }
        }
        on_host.rank = (on_host.executions > 0).then(|| host.ranking.rank(place));
        on_host.rank_with_one_less = (on_host.executions > 1).then(|| host.ranking.rank_with_one_less(place));
        on_host
    }

    /// What a host has of an image that was never there.
    #[must_use]
    pub fn without(&self, host: HostId) -> OnHost {
        let (of_host, images) =
            self.hosts.get(host.index()).map_or((0, 0), |host| (host.executions, host.running));
        OnHost { of_host, images, ..OnHost::default() }
    }

    /// Counts executions of a shape, in this generation and in the one before. `slots` are the customer's, by
    /// shape.
    pub fn add(&mut self, id: HostImageId, shape: ShapeId, executions: [u32; 2], slots: &[Slots]) {
        let times: u64 = executions.iter().map(|&count| u64::from(count)).sum();
        let was_there = self.is_there(id);
        let image = self.images[id.place()];
        let host = &mut self.hosts[image.host.index()];
        host.ranking.raise(image.place, times);
        host.executions += times;
        host.running += u32::from(!was_there);
        let cell = self.cell(id, shape).unwrap_or_else(|| self.new_cell(id, shape));
        self.held += usize::from(self.cells[cell.place()].total() == 0 && times > 0);
        let counts = &mut self.cells[cell.place()].executions;
        for (count, more) in counts.iter_mut().zip(executions) {
            *count = count.saturating_add(more);
        }
        if let Some(wide) = self.wide_mut(id) {
            wide.add(&slots[shape.place()], times);
        } else if self.images[id.place()].cells >= LONG {
            self.widen(id, slots);
        }
    }

    /// Takes one execution of a shape out again; false where it was not counted.
    pub fn remove(&mut self, id: HostImageId, shape: ShapeId, generation: usize, slots: &[Slots]) -> bool {
        let Some(cell) = self.cell(id, shape) else { return false };
        let Some(count) = self.cells[cell.place()].executions.get_mut(generation).filter(|count| **count > 0)
        else {
            return false;
        };
        *count -= 1;
        self.held -= usize::from(self.cells[cell.place()].total() == 0);
        if let Some(wide) = self.wide_mut(id) {
            wide.remove(&slots[shape.place()], 1);
        }
        if self.cells[cell.place()].total() == 0 {
            self.drop_cell(id, cell);
        }
        let is_there = self.is_there(id);
        let image = self.images[id.place()];
        let host = &mut self.hosts[image.host.index()];
        host.ranking.lower(image.place, 1);
        host.executions -= 1;
        host.running -= u32::from(!is_there);
        true
    }

    /// Whether anything is counted of an image.
    fn is_there(&self, id: HostImageId) -> bool {
        match self.wide(id) {
            Some(wide) => wide.executions() > 0,
            None => self.chain(id).any(|cell| self.cells[cell.place()].total() > 0),
        }
    }

    fn widen(&mut self, id: HostImageId, slots: &[Slots]) {
        let mut wide = Wide::new(self.seed);
        for cell in self.chain(id) {
            let Cell { shape, .. } = self.cells[cell.place()];
            wide.note(shape, cell);
            wide.add(&slots[shape.place()], self.cells[cell.place()].total());
        }
        self.images[id.place()].wide = match self.free_wide.pop() {
            Some(place) => {
                self.wide[place.get() as usize - 1] = wide;
                Some(place)
            }
            None => {
                self.wide.push(wide);
                u32::try_from(self.wide.len()).ok().and_then(NonZeroU32::new)
            }
        };
    }

    /// The environment that a host was counted in.
    #[must_use]
    pub fn environment(&self, host: HostId) -> Sym {
        self.hosts.get(host.index()).map_or(Sym::EMPTY, |host| host.environment)
    }

    /// Elements of lists.
    #[must_use]
    pub fn of_lists(&self) -> &Elements {
        &self.elements
    }

    /// The same, to change.
    pub fn of_lists_mut(&mut self) -> &mut Elements {
        &mut self.elements
    }

    /// How many cells hold a count, elements of lists and sightings included.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held + self.sighted + self.elements.len()
    }

    fn chain(&self, id: HostImageId) -> impl Iterator<Item = CellId> + '_ {
        self.chain_from(self.images[id.place()].first)
    }

    fn chain_from(&self, first: Option<CellId>) -> impl Iterator<Item = CellId> + '_ {
        std::iter::successors(first, |cell| self.cells[cell.place()].next)
    }

    fn new_cell(&mut self, id: HostImageId, shape: ShapeId) -> CellId {
        let image = &mut self.images[id.place()];
        let cell = Cell { shape, executions: [0; 2], next: image.first };
        let place = match self.free.pop() {
            Some(free) => {
                self.cells[free.place()] = cell;
                free
            }
            None => {
                let place = CellId::at(self.cells.len());
                self.cells.push(cell);
                place
            }
        };
        image.first = Some(place);
        image.cells += 1;
        if let Some(wide) = self.wide_mut(id) {
            wide.note(shape, place);
        }
        place
    }

    fn drop_cell(&mut self, id: HostImageId, cell: CellId) {
        let before = match self.images[id.place()].first {
            Some(first) if first == cell => None,
            _ => self.chain(id).find(|other| self.cells[other.place()].next == Some(cell)),
        };
        let Cell { shape, next, .. } = self.cells[cell.place()];
        if let Some(wide) = self.wide_mut(id) {
            wide.forget(shape);
        }
        let image = &mut self.images[id.place()];
        image.cells -= 1;
        match before {
            Some(before) => self.cells[before.place()].next = next,
            None => image.first = next,
        }
        self.free.push(cell);
    }
}

fn key(seed: Seed, host: HostId, member: Member) -> u64 {
    seed.hash_one(pair(host.number(), member))
}
