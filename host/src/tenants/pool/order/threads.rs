//! Threads: how many of each kind, and which of them become long.

use std::time::{Duration, Instant};

use super::{Each, Kind, Order, Running};
use crate::thread::Thread;

/// There are never more threads, unless there are more cores. (A tenant that is at a long step has an instance: there are
/// never more of those than slots.)
const THREADS: usize = 512;

/// Where no thread could be started, that is tried again so much later.
const RETRIED: Duration = Duration::from_millis(100);

impl Order {
    fn allowed(&self, kind: Kind) -> usize {
        // Brief ones that are held; long ones that pause or wait for the disk.
        let is_beside = |running: &&Running| match kind {
            Kind::Brief => running.replaced,
            Kind::Long => running.turn.is_none(),
        };
        let of_kind = self.running.values().filter(|running| running.kind == kind);
        let others = *self.threads.get(if kind == Kind::Brief { Kind::Long } else { Kind::Brief });
        let most = THREADS.saturating_sub(others).max(self.cores);
        (self.cores + of_kind.filter(is_beside).count()).min(most)
    }

    /// Whether there is a thread for a long step, or may be one.
    pub(super) fn has_thread_for_long(&self) -> bool {
        let can_start = self.failed.is_none_or(|failed| failed.elapsed() > RETRIED);
        self.idle_long > 0 || (can_start && *self.threads.get(Kind::Long) < self.allowed(Kind::Long))
    }

    pub(in super::super) fn has_too_many(&self, kind: Kind) -> bool {
        *self.threads.get(kind) > self.allowed(kind)
    }

    /// Threads to be started, which count from now on.
    pub(in super::super) fn missing(&mut self) -> Each<usize> {
        let brief = self.allowed(Kind::Brief).saturating_sub(*self.threads.get(Kind::Brief));
        let next = self.idle_long == 0 && self.can_begin();
        let long = usize::from(next && self.has_thread_for_long());
        *self.threads.of(Kind::Brief) += brief;
        *self.threads.of(Kind::Long) += long;
        Each([brief, long])
    }

    /// Brief steps that have gone on for so long by the clock: the threads of others take their places. With what they
    /// had worked before.
    pub(in super::super) fn held(
        &mut self,
        now: Instant,
        longer: Duration,
    ) -> Vec<(u64, Instant, Thread, Duration)> {
        let mut held = Vec::new();
        for (id, running) in &mut self.running {
            if running.kind == Kind::Brief && now.duration_since(running.since) > longer {
                running.replaced = true;
                held.push((*id, running.since, running.thread, running.before));
            }
        }
        held
    }

    /// A step is long after all, if it is still that one: its thread is lowered, and runs long ones from now on.
    pub(in super::super) fn lower(&mut self, id: u64, since: Instant) {
        let now = Instant::now();
        let Some(running) = self.running.get_mut(&id).filter(|running| running.since == since) else {
            return;
        };
        running.thread.lower();
        (running.kind, running.replaced, running.turn) = (Kind::Long, false, Some(now));
        if let Some(entry) = self.tasks.get_mut(&id) {
            (entry.kind, entry.had) = (Kind::Long, *self.floors.get(Kind::Long));
        }
        *self.threads.of(Kind::Brief) -= 1;
        *self.threads.of(Kind::Long) += 1;
    }

    /// A thread was started, or could not be.
    pub(in super::super) fn started(&mut self, kind: Kind, is_well: bool) {
        self.failed = (!is_well).then(Instant::now);
        if !is_well {
            *self.threads.of(kind) -= 1;
        }
    }
}
