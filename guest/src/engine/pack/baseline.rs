//! A pack as a scope: what the block `global` rests on.

use super::decode::{Count, Head, Sink, read};
use super::fields::{self, IMAGE};
use super::info::PackInfo;
use super::rows::Place;
use crate::engine::answers::ImageRow;
use crate::engine::hashing::{Map, Seed};
use crate::engine::prevalence::found::Found;
use crate::engine::prevalence::scope::{self, Scope, Slots};
use crate::engine::prevalence::{FIELDS, Field, LISTS, Shape};
use crate::engine::queries::page_bounds;
use crate::engine::state::State;
use crate::engine::strings::{Strings, Sym};
use crate::error::Error;

/// A scope with texts of its own: the state's are replaced with the state, and a baseline stays.
#[derive(Debug)]
pub(in crate::engine) struct Baseline {
    strings: Strings,
    scope: Scope,
}

impl Baseline {
    /// Reads a pack, under a seed that scatters its tables.
    fn read(bytes: &[u8], seed: Seed) -> Result<(Self, PackInfo), Error> {
        let mut fill = Fill {
            baseline: Self { strings: Strings::new(seed), scope: Scope::new(seed) },
            seed,
            syms: Vec::new(),
            total: scope::Count::default(),
            member: 0,
        };
        let (_, info) = read(bytes, &mut fill)?;
        let Fill { mut baseline, total, .. } = fill;
        baseline.scope.put_total(total.executions, total.hosts);
        Ok((baseline, info))
    }

    /// The counts.
    pub(in crate::engine) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The texts that the scope's numbers stand for.
    pub(in crate::engine) fn strings(&self) -> &Strings {
        &self.strings
    }

    fn slots(&self, image: &str, value: impl Fn(Field) -> Option<Sym>) -> Option<Slots> {
        self.scope.look_up(self.strings.find(image)?, &Field::ALL.map(value))
    }
}

/// The baseline in use, with the places of the shapes that were scored against it.
#[derive(Debug)]
pub(in crate::engine) struct Global {
    baseline: Baseline,
    /// By shape rather than by its number, which changes when counts age.
    slots: Map<Shape, Option<Slots>>,
    seed: Seed,
}

impl Global {
    fn new(baseline: Baseline, seed: Seed) -> Self {
        Self { baseline, slots: Map::with_hasher(seed), seed }
    }

    /// For another state, whose shapes have other texts.
    pub(in crate::engine) fn renewed(self) -> Self {
        Self::new(self.baseline, self.seed)
    }

    /// The counts, and the texts that they are of.
    pub(in crate::engine) fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// What it has of a shape of the state that these texts belong to.
    pub(in crate::engine) fn of_shape(
        &mut self,
        shape: &Shape,
        strings: &Strings,
        asked: [bool; FIELDS],
    ) -> Found {
        let Self { baseline, slots, .. } = self;
        let slots = slots.entry(*shape).or_insert_with(|| {
            let find = |field| baseline.strings.find(strings.get(shape.value(field)));
            baseline.slots(strings.get(shape.image), find)
        });
        Found::in_scope(&baseline.scope, slots.as_ref(), asked)
    }

    /// What it has of a shape and of what a process did.
    pub(in crate::engine) fn of_profile(
        &self,
        shape: &Shape,
        strings: &Strings,
        lists: &[Vec<&str>; LISTS],
        asked: [bool; FIELDS],
    ) -> Found {
        let text = |sym: Sym| (!sym.is_empty()).then(|| strings.get(sym));
        self.of_texts(strings.get(shape.image), &shape.values.map(text), lists, asked)
    }

    /// What it has of an image, some values and some elements of lists.
    pub(in crate::engine) fn of_texts(
        &self,
        image: &str,
        values: &[Option<&str>; FIELDS],
        lists: &[Vec<&str>; LISTS],
        asked: [bool; FIELDS],
    ) -> Found {
        let Baseline { strings, scope } = &self.baseline;
        let slots = self.baseline.slots(image, |field| strings.find((*values.get(field as usize)?)?));
        let mut found = Found::in_scope(scope, slots.as_ref(), asked);
        for (field, (values, (_, elements))) in
            Field::LISTS.into_iter().zip(lists.iter().zip(&mut found.lists))
        {
            elements.extend(values.iter().map(|value| {
                let place = slots.as_ref().zip(strings.find(value));
                place.map_or(scope::Count::default(), |(slots, value)| {
                    scope.element(slots.member, field, value)
                })
            }));
        }
        found
    }
}

impl State {
    /// Loads a pack as the global scope.
    pub(in crate::engine) fn load_baseline(&mut self, bytes: &[u8]) -> Result<PackInfo, Error> {
        let seed = self.config.seed();
        let (baseline, info) = Baseline::read(bytes, seed)?;
        self.global = Some(Global::new(baseline, seed));
        Ok(info)
    }

    /// The global scope's images by rank, then by name: they were put in that order.
    pub(in crate::engine) fn global_images(&self, offset: u64, limit: u32) -> Vec<ImageRow> {
        let (offset, limit) = page_bounds(offset, limit);
        let Some(baseline) = self.global.as_ref().map(Global::baseline) else { return Vec::new() };
        let rows = baseline.scope().images_by_rank().skip(offset).take(limit);
        rows.map(|(counts, rank)| ImageRow {
            image: baseline.strings().get(counts.image).to_owned(),
            executions: counts.all.executions,
            hosts: u64::from(counts.all.hosts),
            rank,
        })
        .collect()
    }
}

/// Fills a baseline row by row.
struct Fill {
    baseline: Baseline,
    seed: Seed,
    /// The pack's texts, by their places.
    syms: Vec<Sym>,
    total: scope::Count,
    /// The image that the rows belong to.
    member: u32,
}

impl Sink for Fill {
    fn begin(&mut self, head: &Head<'_>, total: &Count<'_>) {
        let Baseline { strings, scope } = &mut self.baseline;
        *scope = Scope::with_room(self.seed, head.images, head.rows.saturating_sub(head.images));
        strings.reserve(head.texts.len(), head.texts.iter().map(|text| text.len()).sum());
        // Texts ascend, and so do their numbers, as the scope wants it.
        self.syms = head.texts.iter().map(|text| strings.add(text)).collect();
        self.total = count_of(total);
    }

    fn row(&mut self, place: Place, count: &Count<'_>) {
        let Self { baseline: Baseline { scope, .. }, syms, member, .. } = self;
        let sym = |text: u32| syms.get(text as usize).copied().unwrap_or_default();
        let count = count_of(count);
        match (place, fields::of_code(u64::from(place.field))) {
            (Place { field: IMAGE, image, .. }, _) => *member = scope.put_image(sym(image), count),
            (Place { value: None, .. }, Some((_, field))) => scope.put_known(*member, field, count),
            (Place { value: Some(value), .. }, Some((_, field))) => {
                scope.put_value(*member, field, sym(value), count);
            }
            _ => {}
        }
    }
}

fn count_of(count: &Count<'_>) -> scope::Count {
    scope::Count { executions: count.executions, hosts: u32::try_from(count.hosts).unwrap_or(u32::MAX) }
}
