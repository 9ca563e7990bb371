//! A pack of what a tenant has counted.

use super::fields::{self, IMAGE};
use super::hosts::{Collected, Hosts, OF_ALL, OF_ROW};
use super::key::{KeyId, PackKey};
use super::rows::{Pack, Place, Tally};
use crate::engine::hashing::Map;
use crate::engine::hosts::HostId;
use crate::engine::prevalence::field::ALL_FIELDS;
use crate::engine::prevalence::scope::{self, Scope};
use crate::engine::prevalence::{FIELDS, Field};
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::error::Error;
use crate::text::path::fold;

impl State {
    /// Packs what was counted.
    pub(in crate::engine) fn pack(&self, key: &PackKey) -> Result<Pack, Error> {
        for (limit, evicted) in [
            ("limits.processes", self.tally.evicted.processes),
            ("limits.hosts", self.tally.evicted.hosts),
            ("limits.counts or limits.values", self.counters.turned_away()),
        ] {
            if evicted > 0 {
                let message = format!("was reached, and {evicted} were evicted: what is left is no baseline");
                return Err(Error::invalid(limit, message));
            }
        }
        let hosts = self.hosts_of_rows(key);
        Ok(self.pack_rows(key.id(), hosts))
    }

    /// The hosts of all that the customer's scope counts, by its places.
    fn hosts_of_rows(&self, key: &PackKey) -> Places {
        let customer = self.counters.customer();
        let mut places = Places::new(customer);
        let mut hashes: Map<HostId, u64> = Map::default();
        let mut hash_of = |host: HostId| {
            *hashes.entry(host).or_insert_with(|| {
                let environment = self.strings.get(self.hosts.environment(host));
                key.host(environment, &fold(self.hosts.display(host)))
            })
        };
        for counted in self.counters.hosts().counted() {
            let Some(slots) = self.counters.slots().get(counted.shape.place()) else { continue };
            let hash = hash_of(counted.host);
            places.total.add(hash, OF_ALL);
            if let Some(image) = places.images.get_mut(slots.member as usize) {
                image.all.add(hash, OF_ROW);
                let values = image.known.iter_mut().zip(slots.values);
                values.filter(|(_, value)| value.is_some()).for_each(|(known, _)| known.add(hash, OF_ROW));
                let lists = image.known.iter_mut().skip(FIELDS).zip(slots.lists);
                lists.filter(|(_, known)| *known).for_each(|(known, _)| known.add(hash, OF_ROW));
            }
            for value in slots.values.into_iter().flatten() {
                if let Some(value) = places.values.get_mut(value.place()) {
                    value.add(hash, OF_ROW);
                }
            }
        }
        for (host, value, _) in self.counters.hosts().elements() {
            if let Some(value) = places.values.get_mut(value.place()) {
                value.add(hash_of(host), OF_ROW);
            }
        }
        places
    }

    fn pack_rows(&self, key: KeyId, mut hosts: Places) -> Pack {
        let customer = self.counters.customer();
        let texts = self.texts_of(customer);
        let numbers: Map<Sym, u32> = (0..).zip(&texts).map(|(number, &sym)| (sym, number)).collect();
        let number = |sym: Sym| numbers.get(&sym).copied().unwrap_or(0);
        let mut rows = Vec::new();
        for (member, hosts_of) in customer.all_members().zip(&mut hosts.images) {
            let counts = customer.counts(member);
            if counts.all.executions == 0 {
                continue;
            }
            let place = Place { image: number(counts.image), field: IMAGE, value: None };
            rows.push((place, tally(counts.all, &mut hosts_of.all)));
            for (code, field) in fields::all() {
                let place = Place { field: code, ..place };
                let known = counts.known(field);
                if known.executions > 0
                    && let Some(hosts) = hosts_of.known.get_mut(field as usize)
                {
                    rows.push((place, tally(known, hosts)));
                }
                for (id, value, count) in customer.places(member, field) {
                    let value = Some(number(value));
                    let hosts = hosts.values.get_mut(id.place()).map(std::mem::take);
                    rows.push((Place { value, ..place }, tally(count, &mut hosts.unwrap_or_default())));
                }
            }
        }
        rows.sort_unstable_by_key(|&(place, _)| place);
        let hosts = Hosts::Hashed(hosts.total.sketch(OF_ALL));
        Pack {
            key: Some(key),
            was_estimated: false,
            texts: texts.iter().map(|&sym| self.strings.get(sym).into()).collect(),
            total: Tally { executions: customer.executions(), hosts },
            rows,
        }
    }

    /// Names and values that are counted, sorted by text.
    fn texts_of(&self, scope: &Scope) -> Vec<Sym> {
        let mut texts = Vec::new();
        for member in scope.all_members().filter(|&member| scope.counts(member).all.executions > 0) {
            texts.push(scope.counts(member).image);
            let fields = Field::ALL.into_iter().chain(Field::LISTS);
            let values = fields.flat_map(|field| scope.values(member, field));
            texts.extend(values.map(|(value, _)| value));
        }
        texts.sort_unstable();
        texts.dedup();
        texts.sort_unstable_by_key(|&sym| self.strings.get(sym));
        texts
    }
}

/// Hosts by the places of a scope.
struct Places {
    total: Collected,
    images: Vec<OfImage>,
    values: Vec<Collected>,
}

#[derive(Default)]
struct OfImage {
    all: Collected,
    known: [Collected; ALL_FIELDS],
}

impl Places {
    fn new(scope: &Scope) -> Self {
        Self {
            total: Collected::default(),
            images: scope.all_members().map(|_| OfImage::default()).collect(),
            values: (0..scope.value_places()).map(|_| Collected::default()).collect(),
        }
    }
}

fn tally(count: scope::Count, hosts: &mut Collected) -> Tally {
    let hosts = Hosts::Hashed(std::mem::take(hosts).sketch(OF_ROW));
    Tally { executions: count.executions, hosts }
}
