//! What a process did that makes lists of its profile: the names of its children, the ports of its
//! connections. Each counts once for the process, however often it was seen.
//!
//! A child is listed by its own record and leaves the list when its parent turns out to be another; a port,
//! and a child that was evicted, is a fact that stays.

use std::hash::BuildHasher;

use hashbrown::HashTable;

use super::hashing::{Seed, pair};
use super::lineage::Above;
use super::numbers::number;
use super::prevalence::{Contribution, Field};
use super::process::RowId;
use super::state::State;
use super::strings::Sym;

/// More elements of one process are not listed: lists of thousands tell nothing and cost memory.
pub(super) const LONGEST: u32 = 1000;

number! {
    /// The place of an element.
    ItemId
}

#[derive(Debug, Clone, Copy)]
struct Item {
    row: RowId,
    field: Field,
    value: Sym,
    /// Children that are held and have the name.
    live: u32,
    /// It stays whoever goes.
    fact: bool,
    next: Option<ItemId>,
}

/// A row's list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct List {
    first: Option<ItemId>,
    length: u32,
}

/// All lists.
#[derive(Debug, Default)]
pub struct Items {
    items: Vec<Item>,
    index: HashTable<ItemId>,
    free: Vec<ItemId>,
    seed: Seed,
}

#[allow(clippy::indexing_slicing, reason = "items are numbered by this table alone")]
impl Items {
    pub(super) fn new(seed: Seed) -> Self {
        Self { seed, ..Self::default() }
    }

    fn find(&self, row: RowId, field: Field, value: Sym) -> Option<ItemId> {
        let is = |id: &ItemId| {
            let item = &self.items[id.place()];
            item.row == row && item.field == field && item.value == value
        };
        self.index.find(key(self.seed, row, field, value), is).copied()
    }

    fn add(&mut self, row: RowId, field: Field, value: Sym, next: Option<ItemId>) -> ItemId {
        let item = Item { row, field, value, live: 0, fact: false, next };
        let id = match self.free.pop() {
            Some(id) => {
                self.items[id.place()] = item;
                id
            }
            None => {
                let id = ItemId::at(self.items.len());
                self.items.push(item);
                id
            }
        };
        let Self { items, index, seed, .. } = self;
        index.insert_unique(key(*seed, row, field, value), id, |id| item_key(*seed, &items[id.place()]));
        id
    }

    fn drop(&mut self, id: ItemId) {
        let item = self.items[id.place()];
        let key = key(self.seed, item.row, item.field, item.value);
        if let Ok(entry) = self.index.find_entry(key, |&other| other == id) {
            entry.remove();
            self.free.push(id);
        }
    }

    fn chain(&self, list: List) -> impl Iterator<Item = ItemId> + '_ {
        std::iter::successors(list.first, |id| self.items[id.place()].next)
    }

    /// What a list holds.
    pub(super) fn of(&self, list: List) -> impl Iterator<Item = (Field, Sym)> + '_ {
        self.chain(list).map(|id| (self.items[id.place()].field, self.items[id.place()].value))
    }

    /// What of a list stays whoever goes.
    pub(super) fn facts(&self, list: List) -> impl Iterator<Item = (Field, Sym)> + '_ {
        let facts = self.chain(list).filter(|id| self.items[id.place()].fact);
        facts.map(|id| (self.items[id.place()].field, self.items[id.place()].value))
    }
}

fn key(seed: Seed, row: RowId, field: Field, value: Sym) -> u64 {
    seed.hash_one(pair(row.number(), value.number()) ^ (field as u64) << 60)
}

fn item_key(seed: Seed, item: &Item) -> u64 {
    key(seed, item.row, item.field, item.value)
}

impl State {
    /// Lists a fact of a process.
    pub(super) fn list_fact(&mut self, row: RowId, field: Field, value: Sym) {
        if let Some(id) = self.list(row, field, value)
            && let Some(item) = self.items.items.get_mut(id.place())
        {
            item.fact = true;
        }
    }

    /// Lists a start below its parent as it is known now, and no longer below another.
    pub(super) fn list_child(&mut self, child: RowId) {
        let row = self.table.row(child);
        let name = row.image().filter(|_| row.start.is_some() && !row.is_absorbed());
        let name = name.map(|image| self.images.get(image).name);
        let now = match (name, self.above(child)) {
            (Some(name), Above::Row(parent)) => Some((parent, name)),
            _ => None,
        };
        let before = self.table.row(child).listed_under;
        if before == now {
            return;
        }
        self.unlist(child);
        if let Some((parent, name)) = now
            && let Some(id) = self.list(parent, Field::Children, name)
            && let Some(item) = self.items.items.get_mut(id.place())
        {
            item.live += 1;
            self.table.row_mut(child).listed_under = now;
        }
    }

    /// Takes a start off its parent's list.
    pub(super) fn unlist(&mut self, child: RowId) {
        if let Some((parent, name)) = self.table.row_mut(child).listed_under.take() {
            self.unlist_child(parent, name);
        }
    }

    /// The element of a list, which counts from now on if it is new; none where the list is full.
    fn list(&mut self, row: RowId, field: Field, value: Sym) -> Option<ItemId> {
        if let Some(id) = self.items.find(row, field, value) {
            return Some(id);
        }
        let list = self.table.row(row).list;
        if list.length >= LONGEST {
            return None;
        }
        let id = self.items.add(row, field, value, list.first);
        let length = list.length + 1;
        self.table.row_mut(row).list = List { first: Some(id), length };
        if let Some(counted) = self.table.row(row).start.as_ref().and_then(|start| start.counted) {
            self.counters.add_item(&counted, field, value);
        }
        Some(id)
    }

    fn unlist_child(&mut self, parent: RowId, name: Sym) {
        let Some(id) = self.items.find(parent, Field::Children, name) else { return };
        let Some(item) = self.items.items.get_mut(id.place()) else { return };
        item.live = item.live.saturating_sub(1);
        if item.live > 0 || item.fact {
            return;
        }
        let next = item.next;
        let list = self.table.row(parent).list;
        let before = self
            .items
            .chain(list)
            .find(|&other| self.items.items.get(other.place()).is_some_and(|item| item.next == Some(id)));
        let first = if before.is_none() { next } else { list.first };
        if let Some(item) = before.and_then(|before| self.items.items.get_mut(before.place())) {
            item.next = next;
        }
        self.table.row_mut(parent).list = List { first, length: list.length.saturating_sub(1) };
        self.items.drop(id);
        if let Some(counted) = self.table.row(parent).start.as_ref().and_then(|start| start.counted) {
            self.counters.remove_item(&counted, Field::Children, name);
        }
    }

    /// A process counts as something else now: what it did goes with it.
    pub(super) fn move_items(&mut self, row: RowId, from: Option<Contribution>, to: Option<Contribution>) {
        let list = self.table.row(row).list;
        let place = |c: Contribution| (self.counters.shape_of(c.shape).image, c.host, c.generation);
        if list.first.is_none() || from.map(place) == to.map(place) {
            return;
        }
        let held: Vec<(Field, Sym)> = self.items.of(list).collect();
        for (field, value) in held {
            if let Some(from) = &from {
                self.counters.remove_item(from, field, value);
            }
            if let Some(to) = &to {
                self.counters.add_item(to, field, value);
            }
        }
    }

    /// Rows are about to go. What they did stays counted; of a child that goes its parent keeps the fact.
    pub(super) fn let_go(&mut self, stays: impl Fn(RowId) -> bool) {
        for id in self.table.all() {
            let under = self.table.row(id).listed_under;
            if stays(id) && under.is_none_or(|(parent, _)| stays(parent)) {
                continue;
            }
            let parent_stays = under.is_some_and(|(parent, _)| stays(parent));
            if let Some((parent, name)) = under.filter(|_| parent_stays && !stays(id))
                && let Some(item) = self.items.find(parent, Field::Children, name)
                && let Some(item) = self.items.items.get_mut(item.place())
            {
                item.live = item.live.saturating_sub(1);
                item.fact = true;
            }
            if !stays(id) || !parent_stays {
                self.table.row_mut(id).listed_under = None;
            }
            if !stays(id) {
                let list = std::mem::take(&mut self.table.row_mut(id).list);
                let held: Vec<ItemId> = self.items.chain(list).collect();
                held.into_iter().for_each(|item| self.items.drop(item));
            }
        }
    }
}
