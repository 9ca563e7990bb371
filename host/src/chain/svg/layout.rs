//! Where everything stands. Along the axis processes stand in the order of time, not at its scale: what happens
//! within a second and what happens hours later are both to be read.

use std::collections::HashMap;

use super::boxes::{self, Tag};
use super::edges;
use crate::chain::Traced;
use crate::chain::fold::{Branch, Fold, Picture};
use crate::runtime::bindings::causality::Edge;

/// Around everything.
pub(super) const MARGIN: i64 = 24;
/// A box.
pub(super) const WIDTH: i64 = 190;
pub(super) const HEIGHT: i64 = 32;
/// From one row to the next.
pub(super) const ROW: i64 = 40;

/// The axis stands between the title and the first band.
pub(super) const AXIS: i64 = 62;
/// The line of a band's name.
const NAME: i64 = 28;
/// What all processes share along the axis, in a picture that lies and in one that stands.
pub(super) const ROOMS: [i64; 2] = [1000, 560];
/// From one process to the next: as little, as much, and where their times are the same.
const STEPS: (i64, i64) = (12, 110);
const SAME: i64 = 28;
/// What a gap takes more: such a part of the room.
const GAP: i64 = 25;
/// A gap is at least so long, and so many times the usual.
const LONG: i64 = 60_000;
const UNUSUAL: i64 = 8;
/// So many gaps are marked.
const GAPS: usize = 12;

/// Boxes and what is around them.
pub(super) struct Layout<'a> {
    pub(super) slots: Vec<Slot<'a>>,
    pub(super) links: Vec<Link<'a>>,
    pub(super) bands: Vec<Band<'a>>,
    /// Where times stand, from left to right.
    pub(super) ticks: Vec<(i64, i64)>,
    /// Where much time passes: the place, and how much.
    pub(super) gaps: Vec<(i64, i64)>,
    pub(super) top: i64,
    pub(super) bottom: i64,
    pub(super) width: i64,
}

/// A box.
pub(super) struct Slot<'a> {
    pub(super) what: What<'a>,
    pub(super) host: &'a str,
    pub(super) time: i64,
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) role: Role,
    pub(super) tags: Vec<Tag>,
    /// Where they begin: behind what comes to the box or leaves it at its right.
    pub(super) tags_at: i64,
}

/// What stands in it.
pub(super) enum What<'a> {
    Process(&'a Branch<'a>),
    Fold(&'a Fold),
}

/// What it is to the chain.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Role {
    pub(super) root: bool,
    pub(super) subject: bool,
    pub(super) injected: bool,
    pub(super) unrecorded: bool,
}

/// From one box to another; without an edge to one that several processes share.
pub(super) struct Link<'a> {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) edge: Option<&'a Edge>,
    pub(super) between: u64,
}

/// A host's rows.
pub(super) struct Band<'a> {
    pub(super) host: &'a str,
    pub(super) top: i64,
    pub(super) height: i64,
}

impl<'a> Slot<'a> {
    pub(super) fn process(&self) -> Option<&'a Branch<'a>> {
        match self.what {
            What::Process(branch) => Some(branch),
            What::Fold(_) => None,
        }
    }

    /// The middle of its height.
    pub(super) fn middle(&self) -> i64 {
        self.y + HEIGHT / 2
    }
}

impl<'a> Layout<'a> {
    pub(super) fn of(traced: &Traced, picture: &'a Picture<'a>, head: i64, room: i64) -> Self {
        let top = head + AXIS;
        let mut made = Made { traced, slots: Vec::new(), links: Vec::new(), numbers: HashMap::new() };
        let first = picture.chain.nodes.iter().filter_map(|node| node.process.started).min().unwrap_or(0);
        for top in &picture.tops {
            made.branch(top, None, first);
        }
        let host = picture.tops.first().map_or("", |top| top.node.process.host.as_str());
        for fold in &picture.folded {
            made.fold(fold, None, host, first);
        }
        made.cross(picture);
        let Made { mut slots, links, .. } = made;
        let (ticks, gaps) = along(&mut slots, room);
        let bands = down(&mut slots, top);
        for slot in &mut slots {
            slot.tags_at = slot.x + WIDTH + boxes::OFF;
        }
        edges::clear(&mut slots, &links);
        let reach = slots.iter().map(|slot| slot.tags_at + boxes::tags_width(&slot.tags)).max().unwrap_or(0);
        let bulge = if links.is_empty() { 0 } else { 150 };
        let right = slots.iter().map(|slot| slot.x + WIDTH).max().unwrap_or(0) + bulge;
        let bottom = bands.last().map_or(top, |band| band.top + band.height);
        Self { slots, links, bands, ticks, gaps, top, bottom, width: reach.max(right) + MARGIN }
    }

    pub(super) fn ends(&self, link: &Link<'_>) -> Option<(&Slot<'a>, &Slot<'a>)> {
        Some((self.slots.get(link.from)?, self.slots.get(link.to)?))
    }
}

struct Made<'a, 't> {
    traced: &'t Traced,
    slots: Vec<Slot<'a>>,
    links: Vec<Link<'a>>,
    /// A branch's slot.
    numbers: HashMap<usize, usize>,
}

impl<'a> Made<'a, '_> {
    fn branch(&mut self, branch: &'a Branch<'a>, above: Option<usize>, since: i64) {
        let time = branch.time.unwrap_or(since);
        let here = self.slots.len();
        let chain = &self.traced.chain;
        let process = &branch.node.process;
        let role = Role {
            root: process.id == chain.root,
            subject: process.id == chain.subject,
            injected: !branch.node.injected_by.is_empty(),
            unrecorded: crate::chain::words::knowledge(process).is_some(),
        };
        self.slots.push(Slot {
            what: What::Process(branch),
            host: &process.host,
            time,
            x: 0,
            y: 0,
            role,
            tags: boxes::tags(self.traced, branch, role),
            tags_at: 0,
        });
        self.numbers.insert(branch.number, here);
        if let Some(from) = above {
            self.links.push(Link { from, to: here, edge: branch.by, between: branch.between });
        }
        for below in &branch.below {
            self.branch(below, Some(here), time);
        }
        for fold in &branch.folded {
            self.fold(fold, Some(here), &process.host, time);
        }
    }

    fn fold(&mut self, fold: &'a Fold, above: Option<usize>, host: &'a str, since: i64) {
        let to = self.slots.len();
        let time = fold.first.unwrap_or(since).max(since);
        let tags = boxes::fold_tags(fold);
        let role = Role::default();
        self.slots.push(Slot { what: What::Fold(fold), host, time, x: 0, y: 0, role, tags, tags_at: 0 });
        if let Some(from) = above {
            self.links.push(Link { from, to, edge: None, between: 0 });
        }
    }

    fn cross(&mut self, picture: &'a Picture<'a>) {
        let (numbers, links) = (&self.numbers, &mut self.links);
        picture.each(&mut |branch| {
            for (edge, _, effect) in &branch.crossings {
                let to = effect.and_then(|effect| numbers.get(&effect));
                if let (Some(from), Some(to)) = (numbers.get(&branch.number), to) {
                    links.push(Link { from: *from, to: *to, edge: Some(edge), between: 0 });
                }
            }
        });
    }
}

type Marks = Vec<(i64, i64)>;

/// Gives every box its place along the axis; returns where times and gaps stand.
fn along(slots: &mut [Slot<'_>], room: i64) -> (Marks, Marks) {
    let mut order: Vec<usize> = (0..slots.len()).collect();
    order.sort_by_key(|index| slots.get(*index).map(|slot| slot.time));
    let times: Vec<i64> = order.iter().filter_map(|index| slots.get(*index)).map(|slot| slot.time).collect();
    let long = long(&times);
    let count = i64::try_from(slots.len().saturating_sub(1)).unwrap_or(1).max(1);
    let (step, gap) = ((room / count).clamp(STEPS.0, STEPS.1), room / GAP);
    let (mut ticks, mut gaps) = (Marks::new(), Marks::new());
    let mut x = MARGIN;
    for (index, time) in order.iter().zip(&times) {
        let passed = ticks.last().map(|(_, before): &(i64, i64)| time - before);
        match passed {
            None => ticks.push((x, *time)),
            Some(0) => x += step.min(SAME),
            Some(passed) if long.is_some_and(|long| passed >= long) => {
                gaps.push((x + (step + gap) / 2, passed));
                x += step + gap;
                ticks.push((x, *time));
            }
            Some(_) => {
                x += step;
                ticks.push((x, *time));
            }
        }
        if let Some(slot) = slots.get_mut(*index) {
            slot.x = x;
        }
    }
    (ticks, gaps)
}

/// From what length on a time in which nothing starts is a gap.
fn long(times: &[i64]) -> Option<i64> {
    let mut passed: Vec<i64> = times
        .iter()
        .zip(times.iter().skip(1))
        .map(|(a, b)| b.saturating_sub(*a))
        .filter(|time| *time > 0)
        .collect();
    passed.sort_unstable();
    let usual = passed.get(passed.len().saturating_sub(1) / 2)?;
    let long = usual.saturating_mul(UNUSUAL).max(LONG);
    // Of many the longest.
    let bound = passed.len().checked_sub(GAPS).and_then(|index| passed.get(index));
    Some(bound.map_or(long, |bound| long.max(*bound)))
}

/// Gives every box its row, those of a host together.
fn down<'a>(slots: &mut [Slot<'a>], mut top: i64) -> Vec<Band<'a>> {
    let mut hosts: Vec<&'a str> = Vec::new();
    for slot in slots.iter() {
        if !hosts.contains(&slot.host) {
            hosts.push(slot.host);
        }
    }
    let mut bands = Vec::new();
    for host in hosts {
        let mut y = top + NAME;
        for slot in slots.iter_mut().filter(|slot| slot.host == host) {
            slot.y = y;
            y += ROW;
        }
        let height = y - top;
        bands.push(Band { host, top, height });
        top += height + 14;
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_long_and_unusual() {
        assert_eq!(long(&[0, 10, 20, 30]), Some(60_000));
        assert_eq!(long(&[0, 60_000, 120_000, 180_000]), Some(480_000));
        assert_eq!(long(&[7]), None);
    }
}
