//! What few hosts did: the hunter's daily stack.

use super::answers::{Rarity, Stack, StackBy};
use super::hashing::Map;
use super::hosts::HostId;
use super::prevalence::{Field, Shape, Sighting};
use super::queries::page;
use super::state::State;
use super::strings::Sym;

/// What is shown for the host of records that name none. They count as one host, since nobody knows of how many
/// they are.
const UNKNOWN: &str = "(unknown)";

/// Who did something: at most one more host than is asked for needs to be known.
#[derive(Default)]
struct Group {
    executions: u64,
    hosts: Vec<HostId>,
    /// When those executions were that processes are held of, and how many.
    seen: Sighting,
    timed: u64,
}

impl State {
    /// Stacks what few hosts did: the fewest hosts first, then the fewest executions, then by name.
    pub(super) fn rare(&self, stack: &Stack, offset: u64, limit: u32) -> Vec<Rarity> {
        let most = usize::try_from(stack.max_hosts).unwrap_or(usize::MAX);
        let mut groups: Map<(Sym, Sym), Group> = Map::default();
        for counted in self.counters.hosts().counted() {
            let shape = self.counters.shape_of(counted.shape);
            let Some(value) = stacked(stack.by, shape) else { continue };
            let group = groups.entry((shape.image, value)).or_default();
            group.executions += counted.executions.iter().map(|&count| u64::from(count)).sum::<u64>();
            if group.hosts.len() <= most && !group.hosts.contains(&counted.host) {
                group.hosts.push(counted.host);
            }
        }
        groups.retain(|_, group| group.hosts.len() <= most);
        self.time(stack.by, &mut groups);
        let rows = groups.into_iter().filter_map(|((image, value), group)| {
            // Of starts that were evicted only the image's times are kept.
            let mut seen = group.seen;
            if group.timed < group.executions {
                seen.join(self.seen_on(image, &group.hosts));
            }
            if stack.since.is_some_and(|since| seen.last < since) {
                return None;
            }
            let name = |&host: &HostId| match self.hosts.has_name(host) {
                true => self.hosts.display(host).to_owned(),
                false => UNKNOWN.to_owned(),
            };
            let mut hosts: Vec<String> = group.hosts.iter().map(name).collect();
            hosts.sort_unstable();
            Some(Rarity {
                image: self.strings.get(image).to_owned(),
                value: (stack.by != StackBy::Image).then(|| self.strings.get(value).to_owned()),
                executions: group.executions,
                hosts,
                first_seen: seen.first,
                last_seen: seen.last,
            })
        });
        let mut rows: Vec<Rarity> = rows.collect();
        rows.sort_unstable_by(|a, b| {
            let key = |r: &Rarity| (r.hosts.len(), r.executions);
            key(a).cmp(&key(b)).then_with(|| (&a.image, &a.value).cmp(&(&b.image, &b.value)))
        });
        page(rows, offset, limit)
    }

    /// Finds when things were done by the processes that are held.
    fn time(&self, by: StackBy, groups: &mut Map<(Sym, Sym), Group>) {
        for start in self.table.all().filter_map(|id| self.table.row(id).start.as_ref()) {
            let Some(counted) = start.counted.filter(|c| self.counters.age_of(c.generation).is_some()) else {
                continue;
            };
            let shape = self.counters.shape_of(counted.shape);
            let group = stacked(by, shape).and_then(|value| groups.get_mut(&(shape.image, value)));
            if let Some(group) = group {
                group.seen.join(Sighting::at(start.at));
                group.timed += 1;
            }
        }
    }

    /// When an image was on some hosts, under any of their names.
    fn seen_on(&self, image: Sym, hosts: &[HostId]) -> Sighting {
        let mut seen = Sighting::default();
        let Some(slots) = self.counters.customer().look_up(image, &Default::default()) else { return seen };
        for &host in hosts {
            let names = self.hosts.of_label(self.hosts.label(host));
            for name in names.into_iter().filter(|&name| self.hosts.same(name, host)).chain([host]) {
                if let Some(place) = self.counters.hosts().find(name, slots.member) {
                    seen.join(self.counters.hosts().seen(place));
                }
            }
        }
        seen
    }
}

/// What a shape is stacked by beside its image; nothing where that is not known.
fn stacked(by: StackBy, shape: &Shape) -> Option<Sym> {
    let known = |field: Field| Some(shape.value(field)).filter(|value| !value.is_empty());
    match by {
        StackBy::Image => Some(Sym::EMPTY),
        StackBy::ParentChild => known(Field::Parent),
        StackBy::Path => known(Field::Path),
        StackBy::Hash => known(Field::Sha256).or_else(|| known(Field::Sha1)).or_else(|| known(Field::Md5)),
    }
}
