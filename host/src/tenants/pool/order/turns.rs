//! Turns of long steps.

use std::time::{Duration, Instant};

use super::{Kind, Order, Running, nanos};
use crate::thread::Thread;

/// For so long after a brief step a core is left free for the next.
const ABOUT: Duration = Duration::from_millis(100);

impl Order {
    /// Whether brief tasks are about, for which long ones leave a core free.
    pub(in super::super) fn leaves_a_core(&self) -> bool {
        self.brief.is_some_and(|brief| brief.elapsed() < ABOUT)
    }

    /// How many turns there are.
    fn turns(&self) -> usize {
        if self.leaves_a_core() { self.cores.saturating_sub(1).max(1) } else { self.cores }
    }

    fn taken_turns(&self) -> usize {
        self.running.values().filter(|running| running.turn.is_some()).count()
    }

    /// Whether a task that is ready can have a turn now, with the thread that asks.
    pub(super) fn can_begin(&self) -> bool {
        self.ready_is_next() && self.taken_turns() < self.turns()
    }

    /// Whether the next turn is that of a task that is ready, and not of one that pauses.
    fn ready_is_next(&self) -> bool {
        match (self.ready.get(Kind::Long).first(), self.paused.first()) {
            (Some(ready), Some(paused)) => ready < paused,
            (ready, _) => ready.is_some(),
        }
    }

    fn has_waiting(&self) -> bool {
        !self.paused.is_empty() || self.has_ready(Kind::Long)
    }

    /// Gives the turns that are free to those that pause and are next. Says whether a task that is ready is next then.
    pub(in super::super) fn give_turns(&mut self) -> bool {
        while self.has_waiting() && self.taken_turns() < self.turns() {
            if self.ready_is_next() && self.has_thread_for_long() {
                return true;
            }
            let Some((had, id)) = self.paused.pop_first() else { return false };
            self.has_come_to(Kind::Long, had);
            if let Some(running) = self.running.get_mut(&id) {
                running.resume();
            }
        }
        false
    }

    pub(in super::super) fn is_long(&self, id: u64) -> bool {
        self.running.get(&id).is_some_and(|running| running.kind == Kind::Long)
    }

    /// A step that is long and has worked so much gives its turn away, if it has one, to whoever has had less; false
    /// where it goes on.
    pub(in super::super) fn pause(&mut self, id: u64, work: Duration) -> bool {
        let had = self.tasks.get(&id).map_or(0, |entry| entry.had.saturating_add(nanos(work)));
        let over = self.taken_turns() > self.turns();
        let next = self.ready.get(Kind::Long).first().into_iter().chain(self.paused.first()).min();
        let others = next.is_some_and(|(least, _)| *least < had);
        let Some(running) = self.running.get_mut(&id).filter(|running| running.kind == Kind::Long) else {
            return false;
        };
        // Where work is what the clock on the wall says, a pause would count.
        let can_pause = cfg!(target_os = "linux") && !self.stopping;
        if can_pause && (running.turn.is_none() || over || others) {
            (running.turn, running.paused) = (None, true);
            self.paused.insert((had, id));
            return true;
        }
        if !others {
            self.has_come_to(Kind::Long, had);
        }
        false
    }

    pub(in super::super) fn is_paused(&self, id: u64) -> bool {
        self.running.get(&id).is_some_and(|running| running.paused)
    }

    /// Nobody pauses any more.
    pub(in super::super) fn resume_all(&mut self) {
        self.paused.clear();
        self.running.values_mut().filter(|running| running.paused).for_each(Running::resume);
    }

    /// Those that have their turn for so long.
    pub(in super::super) fn at_turn(&self, now: Instant, longer: Duration) -> Vec<(u64, Instant, Thread)> {
        let of = |(id, running): (&u64, &Running)| Some((*id, running.turn?, running.thread));
        let turns = self.running.iter().filter_map(of);
        turns.filter(|(_, turn, _)| now.duration_since(*turn) > longer).collect()
    }

    /// One at its turn, if it is still that one, waits for something or does not. Seen waiting twice it does not use its
    /// turn, and loses it; its step pauses when it comes to it.
    pub(in super::super) fn see(&mut self, id: u64, turn: Instant, waits: bool) {
        if let Some(running) = self.running.get_mut(&id).filter(|running| running.turn == Some(turn)) {
            if waits && running.seen_waiting {
                running.turn = None;
            }
            running.seen_waiting = waits;
        }
    }
}

impl Running {
    fn resume(&mut self) {
        (self.paused, self.turn, self.seen_waiting) = (false, Some(Instant::now()), false);
        self.handle.unpark();
    }
}
