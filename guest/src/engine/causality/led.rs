//! What led to a chain's root from outside: over the surest edge into the line between root and subject, up to the
//! owner of the group that it comes from, and on from there.

use super::answers::{EdgeKind, Lead};
use super::asked::Asked;
use super::causes::Cause;
use super::walk::is_after;
use super::ways::AFTER_THREAD;
use crate::engine::hashing::Set;
use crate::engine::lineage::{Above, DEPTH};
use crate::engine::process::RowId;
use crate::engine::state::State;

impl State {
    /// The topmost process that led to the group of a process, if any did.
    pub(super) fn lead_to(&self, subject: RowId, asked: &mut Asked) -> Option<Lead> {
        let mut edges: Vec<(Cause, RowId)> = Vec::new();
        let mut confidence = 100;
        let mut roots: Set<RowId> = Set::default();
        let (mut at, (mut root, _)) = (subject, self.root_of(subject));
        // Groups that lead to each other in a ring are gone through once.
        while edges.len() < DEPTH && roots.insert(root) {
            let Some((sure, cause, effect)) = self.surest_into(at, root, &roots, asked) else { break };
            confidence = confidence.min(sure);
            at = cause.cause;
            (root, _) = self.root_of(at);
            edges.push((Cause { confidence: sure.min(cause.confidence), ..cause }, effect));
        }
        (!edges.is_empty()).then(|| Lead {
            process: self.shown_process(root),
            confidence,
            edges: edges.iter().map(|(cause, effect)| self.edge(cause, *effect)).collect(),
        })
    }

    /// The surest edge from another group into the line of a process up to its root, how sure that makes the process,
    /// and where the edge ends. Of equally sure ones the nearest to the process, the latest, and one whatever the order.
    fn surest_into(
        &self,
        id: RowId,
        root: RowId,
        known: &Set<RowId>,
        asked: &mut Asked,
    ) -> Option<(u8, Cause, RowId)> {
        let mut best: Option<(u8, Cause, RowId)> = None;
        let (mut row, mut below, mut way) = (id, None, 100);
        for _ in 0..=DEPTH {
            let causes = self.led_to(row, asked).into_iter();
            let mut causes: Vec<Cause> =
                causes.filter(|cause| !known.contains(&self.root_of(cause.cause).0)).collect();
            // What it started after a thread may be the thread's, and nothing that it started before is.
            if let Some(child) = below.filter(|_| !causes.is_empty()) {
                let began = self.who_began_threads_before(child, row);
                causes.retain(|cause| cause.kind != EdgeKind::Injected || began.contains(&cause.cause));
            }
            causes.sort_by_cached_key(|cause| (cause.time, cause.kind, self.sort_key(cause.cause)));
            for cause in causes.into_iter().rev() {
                let is_through_thread = below.is_some() && cause.kind == EdgeKind::Injected;
                let sure = if is_through_thread { AFTER_THREAD } else { cause.confidence };
                let sure = sure.min(way);
                if best.as_ref().is_none_or(|(surest, ..)| *surest < sure) {
                    best = Some((sure, cause, row));
                }
            }
            let Above::Row(parent) = self.above(row) else { break };
            if row == root {
                break;
            }
            way = way.min(self.start_of(parent, row).confidence);
            (below, row) = (Some(row), parent);
        }
        best
    }

    /// Who began a thread in a process soon before it started another one.
    fn who_began_threads_before(&self, child: RowId, parent: RowId) -> Set<RowId> {
        let started = self.table.row(child).since();
        let threads = self.threads_in(parent).into_iter().map(|fact| self.events.get(fact));
        threads
            .filter(|fact| is_after(&[fact.told.time], started))
            .filter_map(|fact| self.actor_of(fact))
            .collect()
    }
}
