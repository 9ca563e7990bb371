//! Which processes of a chain are shown, where there is no room for all.
//!
//! First come the root, what was asked for, what has alerts, injections and whatever crosses hosts, violations,
//! each with the nearest that led to it; then the rest from the root down.

use std::collections::BTreeMap;

use super::tree::{Place, Tree};
use super::words;
use crate::runtime::bindings::causality::{Chain, EdgeKind};
use crate::runtime::bindings::hierarchy::Outcome;

/// Children that are alike, have none of their own and nothing to tell: from so many on they are one.
const ALIKE: usize = 4;

/// Above what must be shown so many are shown with it, where there is room.
const LED: usize = 6;

/// How much a process has to tell; the least is most.
fn weight(chain: &Chain, place: &Place<'_>) -> Option<u8> {
    let (node, id) = (place.node, &place.node.process.id);
    let led = place.above.is_some_and(|(_, edge)| !matches!(edge.kind, EdgeKind::Started));
    match () {
        () if *id == chain.root || *id == chain.subject => Some(0),
        () if !node.alerts.is_empty() => Some(1),
        () if led || !place.crossings.is_empty() || !node.injected_by.is_empty() => Some(2),
        () if node.verdict.outcome == Outcome::Violation => Some(3),
        () => None,
    }
}

/// For each place whether it is shown.
pub(super) fn choose(chain: &Chain, tree: &Tree<'_>, room: usize) -> Vec<bool> {
    let mut shown = vec![false; tree.places.len()];
    let mut left = room;
    let mut show = |number: usize| {
        if let Some(slot) = shown.get_mut(number)
            && !*slot
            && left > 0
        {
            *slot = true;
            left -= 1;
        }
    };
    let told = |place: &Place<'_>| weight(chain, place);
    let mut first: Vec<(u8, usize)> =
        tree.places.iter().enumerate().filter_map(|(n, place)| Some((told(place)?, n))).collect();
    first.sort_unstable();
    for (_, number) in first {
        let mut at = Some(number);
        for _ in 0..=LED {
            let Some(number) = at else { break };
            show(number);
            at = tree.place(number).and_then(|place| place.above).map(|(above, _)| above);
        }
    }
    let mut alike: BTreeMap<(Option<usize>, String), Vec<usize>> = BTreeMap::new();
    for number in &tree.order {
        let Some(place) = tree.place(*number) else { continue };
        let leaf = place.below.is_empty() && place.node.folded == 0;
        if leaf && told(place).is_none() {
            let key = (place.above.map(|(above, _)| above), words::name(&place.node.process).to_lowercase());
            alike.entry(key).or_default().push(*number);
        } else {
            show(*number);
        }
    }
    // Those that are few of their kind, still from the root down.
    let mut few: Vec<usize> = alike.into_values().filter(|like| like.len() < ALIKE).flatten().collect();
    few.sort_unstable();
    few.into_iter().for_each(show);
    shown
}
