//! A chain's processes, each under the one that led to it.
//!
//! An edge that says who started a process gives it its place. Where no start leads there the surest other edge
//! does: a program that was injected into stands under its injector. All edges else are crossings, shown where
//! they begin. Whatever the edges say, no process stands above itself.

use std::collections::HashMap;

use crate::runtime::bindings::causality::{Chain, Edge, EdgeKind, Node};

/// The places of a chain's nodes, by their numbers in it.
#[derive(Debug)]
pub struct Tree<'a> {
    /// One for each node.
    pub places: Vec<Place<'a>>,
    /// Nodes that stand under none, in the chain's order.
    pub tops: Vec<usize>,
    /// Every place behind the one above it.
    pub order: Vec<usize>,
}

/// Where a node stands.
#[derive(Debug)]
pub struct Place<'a> {
    /// What stands there.
    pub node: &'a Node,
    /// The number of the place above, and the edge that leads from there.
    pub above: Option<(usize, &'a Edge)>,
    /// By time.
    pub below: Vec<usize>,
    /// Other edges that begin here, by time, and where they lead.
    pub crossings: Vec<(&'a Edge, usize)>,
}

impl<'a> Tree<'a> {
    /// Finds every node's place.
    #[must_use]
    pub fn of(chain: &'a Chain) -> Self {
        let mut numbers = HashMap::new();
        for (number, node) in chain.nodes.iter().enumerate() {
            // One that is known by its name only has no id, and no edge can mean it.
            if !node.process.id.is_empty() {
                numbers.entry(node.process.id.as_str()).or_insert(number);
            }
        }
        let ends = |edge: &'a Edge| {
            let (cause, effect) = (*numbers.get(edge.cause.as_str())?, *numbers.get(edge.effect.as_str())?);
            (cause != effect).then_some((edge, cause, effect))
        };
        let edges: Vec<_> = chain.edges.iter().filter_map(ends).collect();
        let above = above(chain.nodes.len(), &edges);
        let place = |(node, above)| Place { node, above, below: Vec::new(), crossings: Vec::new() };
        let mut tree = Self {
            places: chain.nodes.iter().zip(above).map(place).collect(),
            tops: Vec::new(),
            order: Vec::new(),
        };
        tree.hang();
        for (edge, cause, effect) in edges {
            let holds = tree.place(effect).and_then(|place| place.above);
            if !holds.is_some_and(|(_, by)| std::ptr::eq(by, edge))
                && let Some(place) = tree.places.get_mut(cause)
            {
                place.crossings.push((edge, effect));
            }
        }
        for place in &mut tree.places {
            place.crossings.sort_by_key(|(edge, _)| edge.time.unwrap_or(i64::MAX));
        }
        tree
    }

    /// The place of a number.
    #[must_use]
    pub fn place(&self, number: usize) -> Option<&Place<'a>> {
        self.places.get(number)
    }

    /// Puts every place below the one above it, those of a place by time.
    fn hang(&mut self) {
        let mut all: Vec<_> = (0..self.places.len()).collect();
        all.sort_by_key(|number| self.place(*number).and_then(Place::time).unwrap_or(i64::MAX));
        for number in all {
            if let Some((above, _)) = self.place(number).and_then(|place| place.above)
                && let Some(place) = self.places.get_mut(above)
            {
                place.below.push(number);
            }
        }
        self.tops =
            (0..self.places.len()).filter(|n| self.place(*n).is_some_and(|p| p.above.is_none())).collect();
        self.order.clone_from(&self.tops);
        let mut next = 0;
        while let Some(place) = self.order.get(next).and_then(|number| self.places.get(*number)) {
            self.order.extend(&place.below);
            next += 1;
        }
    }
}

impl Place<'_> {
    /// When it started; of a start that nobody recorded when it was led to.
    #[must_use]
    pub fn time(&self) -> Option<i64> {
        self.node.process.started.or_else(|| self.above.and_then(|(_, edge)| edge.time))
    }
}

type Ends<'a> = (&'a Edge, usize, usize);
type Above<'a> = Option<(usize, &'a Edge)>;

/// For each node what it stands under. Causes stand before their effects: edges that go forward make no ring.
/// One that goes back is taken for a node that would else stand under none, where it closes no ring.
fn above<'a>(nodes: usize, edges: &[Ends<'a>]) -> Vec<Above<'a>> {
    let mut above: Vec<Above<'a>> = vec![None; nodes];
    for (edge, cause, effect) in edges.iter().filter(|(_, cause, effect)| cause < effect) {
        if let Some(slot) = above.get_mut(*effect)
            && slot.is_none_or(|(_, held)| rank(edge) > rank(held))
        {
            *slot = Some((*cause, edge));
        }
    }
    for (edge, cause, effect) in edges.iter().filter(|(_, cause, effect)| cause > effect) {
        if above.get(*effect).is_some_and(Option::is_none)
            && !is_above(&above, *effect, *cause)
            && let Some(slot) = above.get_mut(*effect)
        {
            *slot = Some((*cause, edge));
        }
    }
    above
}

fn is_above(above: &[Above<'_>], upper: usize, lower: usize) -> bool {
    let mut at = Some(lower);
    while let Some(number) = at {
        if number == upper {
            return true;
        }
        at = above.get(number).copied().flatten().map(|(number, _)| number);
    }
    false
}

/// Starts first, then the surest, then the earliest.
fn rank(edge: &Edge) -> (bool, u8, std::cmp::Reverse<i64>) {
    let started = matches!(edge.kind, EdgeKind::Started);
    (started, edge.confidence, std::cmp::Reverse(edge.time.unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::samples::{NINE, chain, edge, node};

    fn names(tree: &Tree<'_>, numbers: &[usize]) -> Vec<String> {
        numbers.iter().map(|number| tree.places[*number].node.process.id.clone()).collect()
    }

    #[test]
    fn a_start_gives_the_place_and_other_edges_cross() {
        let nodes = vec![node("a", 0), node("b", 1), node("c", 2)];
        let edges = vec![
            edge("a", "b", EdgeKind::Started, 1),
            edge("b", "c", EdgeKind::Injected, 3),
            edge("a", "c", EdgeKind::Started, 2),
        ];
        let chain = chain(nodes, edges);
        let tree = Tree::of(&chain);
        assert_eq!(names(&tree, &tree.tops), ["a"]);
        assert_eq!(names(&tree, &tree.places[0].below), ["b", "c"]);
        assert_eq!(tree.places[1].crossings[0].1, 2);
        assert!(tree.places[0].crossings.is_empty());
    }

    #[test]
    fn without_a_start_the_surest_edge_gives_the_place() {
        let mut guess = edge("a", "c", EdgeKind::Dropped, 1);
        guess.confidence = 60;
        let edges = vec![guess, edge("b", "c", EdgeKind::Injected, 3), edge("a", "b", EdgeKind::Started, 1)];
        let chain = chain(vec![node("a", 0), node("b", 1), node("c", 2)], edges);
        let tree = Tree::of(&chain);
        assert_eq!(tree.places[2].above.map(|(number, _)| number), Some(1));
        assert_eq!(tree.places[0].crossings[0].1, 2, "the guess crosses");
    }

    #[test]
    fn a_ring_is_cut() {
        let edges = vec![
            edge("a", "b", EdgeKind::Started, 1),
            edge("b", "c", EdgeKind::Started, 2),
            edge("c", "a", EdgeKind::Started, 3),
            edge("a", "a", EdgeKind::Injected, 3),
            edge("a", "missing", EdgeKind::Injected, 3),
        ];
        let chain = chain(vec![node("a", 0), node("b", 1), node("c", 2)], edges);
        let tree = Tree::of(&chain);
        assert_eq!(names(&tree, &tree.order), ["a", "b", "c"]);
        assert_eq!(tree.places[2].crossings[0].1, 0);
    }

    #[test]
    fn what_is_told_after_its_effect_still_stands_above_it() {
        let chain =
            chain(vec![node("root", 1), node("above", 0)], vec![edge("above", "root", EdgeKind::Started, 1)]);
        let tree = Tree::of(&chain);
        assert_eq!(names(&tree, &tree.order), ["above", "root"]);
    }

    #[test]
    fn those_of_one_place_stand_by_time() {
        let mut unknown = node("late", 0);
        unknown.process.started = None;
        let mut edges = vec![
            edge("a", "late", EdgeKind::Started, 9),
            edge("a", "b", EdgeKind::Started, 5),
            edge("a", "c", EdgeKind::Started, 4),
        ];
        edges[0].time = Some(NINE + 9000);
        let chain = chain(vec![node("a", 0), unknown, node("b", 5), node("c", 4)], edges);
        let tree = Tree::of(&chain);
        assert_eq!(names(&tree, &tree.places[0].below), ["c", "b", "late"]);
    }
}
