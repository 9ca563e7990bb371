//! How surely a process belongs to a chain: as surely as the least sure edge on the surest way between it and what was
//! asked for.
//!
//! From the subject it goes up its line to the root, then down from all of these along the walk's edges, then up to those
//! that only lead here. A thread makes nobody a member: it leads to candidates alone, and edges lead on from these.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::answers::EdgeKind;
use super::walk::{Part, Walk};
use crate::engine::hashing::Map;
use crate::engine::lineage::{Above, DEPTH};
use crate::engine::process::RowId;
use crate::engine::state::State;

/// What a process does after a thread began in it is the thread's no more surely than so, in percent.
pub(super) const AFTER_THREAD: u8 = 50;

/// The surest way to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    /// In percent.
    pub(super) confidence: u8,
    /// Of which kind the least sure edge is; none where all are facts.
    pub(super) weakest: Option<EdgeKind>,
}

impl Way {
    pub(super) const SURE: Self = Self { confidence: 100, weakest: None };

    fn by(self, kind: EdgeKind, confidence: u8) -> Self {
        if confidence < self.confidence { Self { confidence, weakest: Some(kind) } } else { self }
    }
}

/// The surest way to each process.
pub(super) type Ways = Map<RowId, Way>;

/// Ways that are found and not yet gone, the surest first, of equally sure ones the first.
#[derive(Default)]
struct Open {
    found: Vec<(RowId, Way)>,
    order: BinaryHeap<(u8, Reverse<usize>)>,
}

impl Open {
    fn add(&mut self, row: RowId, way: Way) {
        self.order.push((way.confidence, Reverse(self.found.len())));
        self.found.push((row, way));
    }

    fn next(&mut self) -> Option<(RowId, Way)> {
        let (_, Reverse(place)) = self.order.pop()?;
        self.found.get(place).copied()
    }
}

/// Where edges lead, each as what and how surely.
type Leading = Map<RowId, Vec<(RowId, EdgeKind, u8)>>;

/// Goes on from what is open.
fn spread(open: &mut Open, edges: &Leading, ways: &mut Ways) {
    while let Some((row, way)) = open.next() {
        if ways.contains_key(&row) {
            continue;
        }
        ways.insert(row, way);
        for &(other, kind, confidence) in edges.get(&row).into_iter().flatten() {
            open.add(other, way.by(kind, confidence));
        }
    }
}

impl State {
    /// The surest ways to all processes of a walk.
    pub(super) fn ways(&self, walk: &Walk, subject: RowId, root: RowId) -> Ways {
        let (mut down, mut up) = (Leading::default(), Leading::default());
        for (cause, effect) in walk.edges() {
            let [from, to] = [cause.cause, *effect].map(|row| walk.stop_of(row).map(|stop| stop.part));
            let leads = match (from, to, cause.kind) {
                (Some(Part::Leads), ..) => {
                    up.entry(*effect).or_default().push((cause.cause, cause.kind, cause.confidence));
                    false
                }
                (Some(Part::Member), Some(Part::Candidate), kind) => kind == EdgeKind::Injected,
                (Some(Part::Member), Some(Part::Member), kind) => kind != EdgeKind::Injected,
                // What a thread may have started; whatever else it did led nowhere.
                (Some(Part::Candidate), Some(Part::Member), EdgeKind::Started) => {
                    cause.confidence <= AFTER_THREAD
                }
                _ => false,
            };
            if leads {
                down.entry(cause.cause).or_default().push((*effect, cause.kind, cause.confidence));
            }
        }
        let (mut ways, mut open) = (Ways::default(), Open::default());
        let (mut row, mut way) = (subject, Way::SURE);
        open.add(row, way);
        for _ in 0..DEPTH {
            let Above::Row(parent) = self.above(row) else { break };
            if row == root {
                break;
            }
            way = way.by(EdgeKind::Started, self.start_of(parent, row).confidence);
            row = parent;
            open.add(row, way);
        }
        spread(&mut open, &down, &mut ways);
        for stop in walk.stops() {
            let Some(way) = ways.get(&stop.row) else { continue };
            for &(other, kind, confidence) in up.get(&stop.row).into_iter().flatten() {
                open.add(other, way.by(kind, confidence));
            }
        }
        spread(&mut open, &up, &mut ways);
        ways
    }
}
