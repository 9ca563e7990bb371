//! What is shown of a chain where there is no room for all. What is left out is counted where it would stand: with
//! its like, below what it would stand under, or between two that are shown.

use std::collections::BTreeMap;

use super::choose::choose;
use super::tree::{Place, Tree};
use super::words;
use crate::runtime::bindings::causality::{Chain, Edge, Node};

/// Under one process so many kinds of what is folded have a line of their own.
const KINDS: usize = 3;

/// What is shown of a chain.
#[derive(Debug)]
pub struct Picture<'a> {
    /// The chain.
    pub chain: &'a Chain,
    /// Those that stand under none.
    pub tops: Vec<Branch<'a>>,
    /// Folded ones that would stand under none.
    pub folded: Vec<Fold>,
    /// Of the chain's processes so many are not shown by themselves.
    pub hidden: u64,
}

/// A process that is shown.
#[derive(Debug)]
pub struct Branch<'a> {
    /// From 0, each behind what it stands under.
    pub number: usize,
    /// The process.
    pub node: &'a Node,
    /// The edge that it stands there by.
    pub by: Option<&'a Edge>,
    /// So many that are not shown stand between it and what it stands under.
    pub between: u64,
    /// When it started, or was led to.
    pub time: Option<i64>,
    /// Other edges that begin here, and what they lead to; its number where it is shown.
    pub crossings: Vec<(&'a Edge, &'a Node, Option<usize>)>,
    /// Shown ones below, by time.
    pub below: Vec<Branch<'a>>,
    /// Folded ones below.
    pub folded: Vec<Fold>,
}

/// Several processes in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Their file name; none where there are several.
    pub name: Option<String>,
    /// How many.
    pub count: u64,
    /// How many stand below them.
    pub below: u64,
    /// When the first of them started.
    pub first: Option<i64>,
}

impl<'a> Picture<'a> {
    /// A picture of at most so many boxes: processes, and folds.
    #[must_use]
    pub fn of(chain: &'a Chain, boxes: usize) -> Self {
        let tree = Tree::of(chain);
        let mut room = boxes;
        loop {
            let picture = Self::with(chain, &tree, room);
            let more = picture.boxes().saturating_sub(boxes);
            if more == 0 || room <= 1 {
                return picture;
            }
            room = room.saturating_sub(more.div_ceil(2)).max(1);
        }
    }

    fn with(chain: &'a Chain, tree: &Tree<'a>, room: usize) -> Self {
        let mut counted = Counted::of(tree, choose(chain, tree, room));
        if !counted.lone.is_empty() {
            let Counted { mut shown, lone, .. } = counted;
            for number in lone {
                if let Some(slot) = shown.get_mut(number) {
                    *slot = true;
                }
            }
            counted = Counted::of(tree, shown);
        }
        let mut number = 0;
        let tops = tree.order.iter().filter(|at| counted.is(**at) && counted.under(**at).is_none());
        let mut picture = Self {
            chain,
            tops: tops.filter_map(|at| counted.branch(tree, *at, &mut number)).collect(),
            folded: counted.folds(None),
            hidden: counted.hidden(),
        };
        let mut numbers = BTreeMap::new();
        picture.each(&mut |branch| {
            numbers.insert(std::ptr::from_ref(branch.node), branch.number);
        });
        for top in &mut picture.tops {
            top.cross(&numbers);
        }
        picture
    }

    /// Every shown process, each behind what it stands under.
    pub fn each<'b>(&'b self, with: &mut impl FnMut(&'b Branch<'a>)) {
        for top in &self.tops {
            top.each(with);
        }
    }

    fn boxes(&self) -> usize {
        let mut boxes = self.folded.len();
        self.each(&mut |branch| boxes += 1 + branch.folded.len());
        boxes
    }
}

impl<'a> Branch<'a> {
    fn each<'b>(&'b self, with: &mut impl FnMut(&'b Branch<'a>)) {
        with(self);
        for branch in &self.below {
            branch.each(with);
        }
    }

    fn cross(&mut self, numbers: &BTreeMap<*const Node, usize>) {
        for (_, effect, number) in &mut self.crossings {
            *number = numbers.get(&std::ptr::from_ref(*effect)).copied();
        }
        for branch in &mut self.below {
            branch.cross(numbers);
        }
    }
}

/// What a choice shows and hides.
struct Counted {
    shown: Vec<bool>,
    /// The nearest shown place above, and how many stand between.
    under: Vec<(Option<usize>, u64)>,
    below: BTreeMap<Option<usize>, Vec<usize>>,
    folds: BTreeMap<Option<usize>, Vec<Fold>>,
    /// Hidden ones that would be a fold by themselves: they may as well be shown.
    lone: Vec<usize>,
}

impl Counted {
    fn of(tree: &Tree<'_>, shown: Vec<bool>) -> Self {
        let count = tree.places.len();
        let mut counted = Self {
            shown,
            under: vec![(None, 0); count],
            below: BTreeMap::new(),
            folds: BTreeMap::new(),
            lone: Vec::new(),
        };
        for number in &tree.order {
            let under = match tree.place(*number).and_then(|place| place.above) {
                None => (None, 0),
                Some((above, _)) if counted.is(above) => (Some(above), 0),
                Some((above, _)) => {
                    let (nearest, between) = counted.under.get(above).copied().unwrap_or_default();
                    (nearest, between + 1)
                }
            };
            if let Some(slot) = counted.under.get_mut(*number) {
                *slot = under;
            }
            if counted.is(*number) {
                counted.below.entry(under.0).or_default().push(*number);
            }
        }
        counted.fold(tree);
        for (number, place) in tree.places.iter().enumerate() {
            if place.node.folded > 0 {
                let at = if counted.is(number) { Some(number) } else { counted.under(number) };
                let fold = Fold { name: None, count: place.node.folded, below: 0, first: None };
                merge(counted.folds.entry(at).or_default(), fold);
            }
        }
        counted
    }

    fn is(&self, number: usize) -> bool {
        self.shown.get(number).copied().unwrap_or(false)
    }

    fn under(&self, number: usize) -> Option<usize> {
        self.under.get(number).and_then(|(nearest, _)| *nearest)
    }

    fn hidden(&self) -> u64 {
        self.shown.iter().map(|shown| u64::from(!shown)).sum()
    }

    /// Counts what is hidden and has nothing that is shown below it.
    fn fold(&mut self, tree: &Tree<'_>) {
        let mut leads = self.shown.clone();
        let mut sizes = vec![1_u64; leads.len()];
        for number in tree.order.iter().rev() {
            let Some((above, _)) = tree.place(*number).and_then(|place| place.above) else { continue };
            let size = sizes.get(*number).copied().unwrap_or(0);
            if let Some(slot) = sizes.get_mut(above) {
                *slot += size;
            }
            if leads.get(*number).copied().unwrap_or(false)
                && let Some(slot) = leads.get_mut(above)
            {
                *slot = true;
            }
        }
        let leads = |number: usize| leads.get(number).copied().unwrap_or(false);
        let mut kinds: BTreeMap<(Option<usize>, String), (usize, Fold)> = BTreeMap::new();
        for number in tree.order.iter().filter(|number| !leads(**number)) {
            let Some(place) = tree.place(*number) else { continue };
            if place.above.is_some_and(|(above, _)| !leads(above)) {
                continue; // It is below one that is counted.
            }
            let name = words::name(&place.node.process);
            let key = (self.under(*number), name.to_lowercase());
            let fold = Fold { name: Some(name), count: 0, below: 0, first: None };
            let (_, fold) = kinds.entry(key).or_insert((*number, fold));
            fold.count += 1;
            fold.below += sizes.get(*number).map_or(0, |size| size - 1);
            fold.first = fold.first.into_iter().chain(place.time()).min();
        }
        let mut by_place: BTreeMap<Option<usize>, Vec<(usize, Fold)>> = BTreeMap::new();
        for ((at, _), fold) in kinds {
            by_place.entry(at).or_default().push(fold);
        }
        for (at, mut folds) in by_place {
            folds.sort_by_key(|(_, fold)| std::cmp::Reverse(fold.count));
            let several = folds.len() > KINDS;
            let held = self.folds.entry(at).or_default();
            for (index, (number, fold)) in folds.into_iter().enumerate() {
                if several && (fold.count == 1 || index + 1 >= KINDS) {
                    merge(held, Fold { name: None, ..fold });
                } else {
                    if fold.count + fold.below == 1 {
                        self.lone.push(number);
                    }
                    held.push(fold);
                }
            }
        }
    }

    fn folds(&self, at: Option<usize>) -> Vec<Fold> {
        self.folds.get(&at).cloned().unwrap_or_default()
    }

    fn branch<'a>(&self, tree: &Tree<'a>, at: usize, number: &mut usize) -> Option<Branch<'a>> {
        let place = tree.place(at)?;
        let here = *number;
        *number += 1;
        let mut below: Vec<usize> = self.below.get(&Some(at)).cloned().unwrap_or_default();
        below.sort_by_key(|number| tree.place(*number).and_then(Place::time).unwrap_or(i64::MAX));
        let crossing = |(edge, effect): &(&'a Edge, usize)| Some((*edge, tree.place(*effect)?.node, None));
        Some(Branch {
            number: here,
            node: place.node,
            by: place.above.map(|(_, edge)| edge),
            between: self.under.get(at).map_or(0, |(_, between)| *between),
            time: place.time(),
            crossings: place.crossings.iter().filter_map(crossing).collect(),
            below: below.into_iter().filter_map(|at| self.branch(tree, at, number)).collect(),
            folded: self.folds(Some(at)),
        })
    }
}

/// Adds to the fold of several names, which is the last.
fn merge(folds: &mut Vec<Fold>, more: Fold) {
    match folds.last_mut().filter(|fold| fold.name.is_none()) {
        Some(fold) => {
            fold.count += more.count;
            fold.below += more.below;
            fold.first = fold.first.into_iter().chain(more.first).min();
        }
        None => folds.push(more),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::samples::{NINE, chain, deep, edge, node, story, wide};
    use crate::runtime::bindings::causality::EdgeKind;

    #[test]
    fn children_that_are_alike_are_one() {
        let chain = wide(12);
        let picture = Picture::of(&chain, 100);
        let root = &picture.tops[0];
        assert!(root.below.is_empty());
        let first = Some(NINE + 1000);
        assert_eq!(root.folded, [Fold { name: Some("conhost.exe".into()), count: 12, below: 0, first }]);
        assert_eq!(picture.hidden, 12);
        assert_eq!(Picture::of(&wide(3), 100).tops[0].below.len(), 3, "three are few");
    }

    #[test]
    fn what_has_an_alert_stands_for_itself() {
        let mut chain = wide(12);
        chain.nodes[5].alerts = vec!["A1".into()];
        let picture = Picture::of(&chain, 100);
        assert_eq!(picture.tops[0].below[0].node.alerts, ["A1"]);
        assert_eq!(picture.tops[0].folded[0].count, 11);
    }

    #[test]
    fn a_picture_keeps_within_its_room_and_counts_the_rest() {
        let mut chain = deep(1000);
        chain.subject = "d900".into();
        let picture = Picture::of(&chain, 20);
        assert!(picture.boxes() <= 20);
        let mut shown = 0;
        let (mut between, mut folded) = (0, 0);
        picture.each(&mut |branch| {
            shown += 1;
            between += branch.between;
            folded += branch.folded.iter().map(|fold| fold.count + fold.below).sum::<u64>();
        });
        assert_eq!(shown + between + folded, 1000);
        let mut asked = false;
        picture.each(&mut |branch| asked |= branch.node.process.id == "d900");
        assert!(asked, "what was asked for is always shown");
    }

    #[test]
    fn kinds_beyond_three_are_one() {
        let mut nodes = vec![node("root", 0)];
        let mut edges = vec![];
        for n in 0..50 {
            nodes.push(node(&format!("c{n}"), n + 1));
            edges.push(edge("root", &format!("c{n}"), EdgeKind::Started, n + 1));
        }
        let chain = chain(nodes, edges);
        let picture = Picture::of(&chain, 10);
        let root = &picture.tops[0];
        // The root, eight of them, and all others as one: ten.
        assert_eq!(root.folded.iter().map(|fold| fold.name.is_some()).collect::<Vec<_>>(), [false]);
        let folded: u64 = root.folded.iter().map(|fold| fold.count).sum();
        assert_eq!(folded + u64::try_from(root.below.len()).unwrap(), 50);
        assert_eq!(root.below.len(), 8);
    }

    #[test]
    fn what_the_component_folded_is_counted() {
        let traced = story();
        let picture = Picture::of(&traced.chain, 100);
        assert_eq!(picture.tops[0].folded, [Fold { name: None, count: 37, below: 0, first: None }]);
        assert_eq!(picture.hidden, 0);
    }

    #[test]
    fn without_edges_all_stand_beside_each_other() {
        let chain = chain((0..10).map(|n| node(&format!("n{n}"), n)).collect(), vec![]);
        let picture = Picture::of(&chain, 4);
        assert!(picture.boxes() <= 4);
        let folded: u64 = picture.folded.iter().map(|fold| fold.count).sum();
        assert_eq!(folded + u64::try_from(picture.tops.len()).unwrap(), 10);
    }
}
