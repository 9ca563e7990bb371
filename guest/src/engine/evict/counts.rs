//! Counts (`limits.counts`) go by image and host: those that were not seen there for longest.

use std::cmp::Reverse;

use crate::engine::hosts::HostId;
use crate::engine::prevalence::Generation;
use crate::engine::prevalence::per_host::HostImageId;
use crate::engine::state::State;

/// An image on a host, under whichever of the host's names it was noted.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// Where it stands under the name that the host has now.
    stands_at: HostImageId,
    /// Cells, elements and sightings.
    count: usize,
    last: i64,
}

#[allow(clippy::indexing_slicing, reason = "there is one for every place, and it was asked for")]
impl State {
    /// What images did where they were not seen for longest.
    pub(super) fn evict_counts(&mut self, keep: usize) {
        self.catch_up();
        let goes = self.oldest_counts(keep);
        let mut started = vec![false; self.counters.slots().len()];
        for id in self.table.all() {
            let Some(start) = &mut self.table.row_mut(id).start else { continue };
            let Some(counted) = start.counted else { continue };
            let member = self.counters.slots()[counted.shape.place()].member;
            let image = self.counters.hosts().find(counted.host, member);
            if image.is_some_and(|image| !goes[image.place()]) {
                started[counted.shape.place()] = true;
            } else {
                // A start that is not counted any more must not be counted again.
                (start.counted, start.generation) = (None, Generation::NEVER);
            }
        }
        self.counters.let_go(|image| goes[image.place()], |shape| started[shape.place()]);
        self.evicted_since_rebuilt = true;
    }

    /// By place of an image on a host, whether it goes.
    fn oldest_counts(&self, keep: usize) -> Vec<bool> {
        let hosts = self.counters.hosts();
        let held = self.held_counts();
        // What decides stands in the list itself: sorting by what it leads to would fetch that each time.
        let counted = hosts.all().filter(|&image| held[image.place()].count > 0);
        let mut order: Vec<(Reverse<i64>, HostImageId)> =
            counted.map(|image| (Reverse(held[image.place()].last), image)).collect();
        let name = |image| {
            let (host, member) = hosts.whose(image);
            let host = self.hosts.canonical(host);
            let environment = self.strings.get(self.hosts.environment(host));
            let image = self.strings.get(self.counters.customer().counts(member).image);
            (environment, self.hosts.spelling(host), image)
        };
        order.sort_unstable_by_key(|&(last, _)| last);
        let mut stays = vec![false; hosts.places()];
        let mut room = keep;
        for equal in order.chunk_by_mut(|a, b| a.0 == b.0) {
            // Names are fetched from all over the memory, and only where not all of one time fit do they matter.
            if equal.iter().map(|&(_, image)| held[image.place()].count).sum::<usize>() > room {
                equal.sort_unstable_by(|a, b| name(a.1).cmp(&name(b.1)));
            }
            for &(_, image) in &*equal {
                // What does not fit is left out, and what is older may still fit.
                if let Some(rest) = room.checked_sub(held[image.place()].count) {
                    (room, stays[image.place()]) = (rest, true);
                }
            }
        }
        held.iter().map(|held| !stays[held.stands_at.place()]).collect()
    }

    fn held_counts(&self) -> Vec<Held> {
        let hosts = self.counters.hosts();
        let nothing = |place| Held { stands_at: HostImageId::at(place), count: 0, last: i64::MIN };
        let mut held: Vec<Held> = (0..hosts.places()).map(nothing).collect();
        let canonical: Vec<HostId> = self.hosts.all().map(|host| self.hosts.canonical(host)).collect();
        for image in hosts.all() {
            let (host, member) = hosts.whose(image);
            let canonical = canonical[host.index()];
            // A host has at most one name beside the one that it goes by.
            let stands_at = Some(canonical).filter(|&name| name != host);
            let stands_at = stands_at.and_then(|name| hosts.find(name, member)).unwrap_or(image);
            held[image.place()].stands_at = stands_at;
            let seen = hosts.seen(image);
            let count = hosts.variety(image) as usize + usize::from(seen.is_ever());
            let sum = &mut held[stands_at.place()];
            (sum.count, sum.last) = (sum.count + count, sum.last.max(seen.last));
        }
        for (image, _, _) in hosts.of_lists().all() {
            let stands_at = held[image.place()].stands_at;
            held[stands_at.place()].count += 1;
        }
        held
    }
}
