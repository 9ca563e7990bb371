//! Who is next: tasks, their order, and what runs.

#[cfg(test)]
mod tests;
mod threads;
mod turns;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::{Next, Task};
use crate::thread::{Cores, Thread};

/// A step of so much work is long.
const LONG: Duration = Duration::from_millis(1);

/// And its task counts as long for so many times its work: who now and then takes a core for itself does that to brief
/// ones a hundredth of the time at most.
const REMEMBERED: u32 = 100;

/// But not for longer.
const FORGOTTEN: Duration = Duration::from_secs(10);

/// One that fails counts as long for so much longer than it rests: to bring it back is work.
const FAILED: Duration = Duration::from_secs(1);

/// What a task is as a rule, and who runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Brief,
    Long,
}

/// One for each kind.
#[derive(Debug, Default)]
pub(super) struct Each<T>([T; 2]);

impl<T> Each<T> {
    pub(super) fn of(&mut self, kind: Kind) -> &mut T {
        let Self([brief, long]) = self;
        match kind {
            Kind::Brief => brief,
            Kind::Long => long,
        }
    }

    fn get(&self, kind: Kind) -> &T {
        let Self([brief, long]) = self;
        match kind {
            Kind::Brief => brief,
            Kind::Long => long,
        }
    }
}

impl Each<usize> {
    pub(super) fn all(&self) -> usize {
        self.0.iter().sum()
    }
}

pub(super) struct Entry {
    task: Arc<dyn Task>,
    /// Nanoseconds of work.
    pub(super) had: u64,
    pub(super) kind: Kind,
    /// Until then it counts as long.
    long_until: Instant,
    pub(super) state: State,
    alarm: Option<Instant>,
}

impl Entry {
    pub(super) fn new(task: Arc<dyn Task>) -> Self {
        let (kind, state) = (Kind::Brief, State::Idle);
        Self { task, had: 0, kind, long_until: Instant::now(), state, alarm: None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Idle,
    Ready,
    Running { woken: bool },
    Resting(Instant),
}

/// A step, and the thread that it has.
pub(super) struct Running {
    kind: Kind,
    since: Instant,
    pub(super) thread: Thread,
    handle: thread::Thread,
    /// What the thread had worked before.
    before: Duration,
    /// A brief one: another thread has taken its place.
    replaced: bool,
    /// A long one: since when it has its turn.
    turn: Option<Instant>,
    /// It was seen waiting for something, at its turn.
    seen_waiting: bool,
    /// It waits for its next turn.
    paused: bool,
}

impl Running {
    pub(super) fn new(thread: Thread, before: Duration) -> Self {
        let (kind, since, handle) = (Kind::Brief, Instant::now(), thread::current());
        Self {
            kind,
            since,
            thread,
            handle,
            before,
            replaced: false,
            turn: None,
            seen_waiting: false,
            paused: false,
        }
    }
}

/// See above.
pub(super) struct Order {
    pub(super) tasks: HashMap<u64, Entry>,
    /// By what they have had so far.
    ready: Each<BTreeSet<(u64, u64)>>,
    resting: BTreeSet<(Instant, u64)>,
    /// Of those that are idle until a time; one that was woken meanwhile has none.
    pub(super) alarms: BTreeSet<(Instant, u64)>,
    pub(super) running: HashMap<u64, Running>,
    /// In the middle of a long step, by what they have had.
    paused: BTreeSet<(u64, u64)>,
    /// What the one had had that was next last: nobody who waits has had less. One that comes back does not catch up.
    floors: Each<u64>,
    /// How many there are, and where.
    cores: usize,
    pub(super) places: Cores,
    /// When a brief step last began.
    pub(super) brief: Option<Instant>,
    pub(super) threads: Each<usize>,
    /// Threads for long steps that have none.
    pub(super) idle_long: usize,
    /// No thread could be started.
    failed: Option<Instant>,
    /// Nothing runs or rests: nobody watches.
    pub(super) unwatched: bool,
    pub(super) stopping: bool,
}

impl Order {
    pub(super) fn of(cores: usize) -> Self {
        Self {
            tasks: HashMap::new(),
            ready: Each::default(),
            resting: BTreeSet::new(),
            alarms: BTreeSet::new(),
            running: HashMap::new(),
            paused: BTreeSet::new(),
            floors: Each::default(),
            cores,
            places: Cores::of_this_thread(),
            brief: None,
            threads: Each::default(),
            idle_long: 0,
            failed: None,
            unwatched: false,
            stopping: false,
        }
    }

    /// A task that had nothing to do has something now.
    pub(super) fn make_ready(&mut self, id: u64) {
        if let Some(entry) = self.tasks.get_mut(&id) {
            entry.had = entry.had.max(*self.floors.get(entry.kind));
        }
        self.queue(id);
    }

    /// A task stands behind those that have had less.
    fn queue(&mut self, id: u64) {
        let Some(entry) = self.tasks.get_mut(&id) else { return };
        let kind = if entry.long_until > Instant::now() { Kind::Long } else { Kind::Brief };
        if entry.kind != kind {
            // What those of the other kind have had says nothing about it: it begins as one of them.
            (entry.kind, entry.had) = (kind, *self.floors.get(kind));
        }
        entry.state = State::Ready;
        self.ready.of(kind).insert((entry.had, id));
    }

    pub(super) fn has_ready(&self, kind: Kind) -> bool {
        !self.ready.get(kind).is_empty()
    }

    /// The next to run on a thread of this kind, which runs from now on.
    pub(super) fn take(&mut self, kind: Kind, mut running: Running) -> Option<(u64, Arc<dyn Task>)> {
        if kind == Kind::Long && !self.can_begin() {
            return None;
        }
        let (had, id) = self.ready.of(kind).pop_first()?;
        match kind {
            Kind::Brief => self.brief = Some(running.since),
            Kind::Long => running.turn = Some(running.since),
        }
        self.has_come_to(kind, had);
        let entry = self.tasks.get_mut(&id)?;
        entry.state = State::Running { woken: false };
        running.kind = kind;
        self.running.insert(id, running);
        Some((id, Arc::clone(&entry.task)))
    }

    /// One is next that has had so much.
    fn has_come_to(&mut self, kind: Kind, had: u64) {
        let floor = self.floors.of(kind);
        *floor = had.max(*floor);
    }

    /// A step has ended that was so much work. Says of which kind its thread is now.
    pub(super) fn put(&mut self, id: u64, next: Next, work: Duration) -> Kind {
        let kind = self.running.remove(&id).map_or(Kind::Brief, |running| running.kind);
        let Some(entry) = self.tasks.get_mut(&id) else { return kind };
        entry.had = entry.had.saturating_add(nanos(work));
        let now = Instant::now();
        if work > LONG {
            entry.long_until = entry.long_until.max(now + work.saturating_mul(REMEMBERED).min(FORGOTTEN));
        }
        let woken = entry.state == State::Running { woken: true };
        if let Some(at) = entry.alarm.take() {
            self.alarms.remove(&(at, id));
        }
        match next {
            Next::Later(at) => {
                entry.long_until = entry.long_until.max(at + FAILED);
                entry.state = State::Resting(at);
                self.resting.insert((at, id));
            }
            Next::Idle if !woken => entry.state = State::Idle,
            Next::Until(at) if !woken => {
                (entry.state, entry.alarm) = (State::Idle, Some(at));
                self.alarms.insert((at, id));
            }
            Next::More | Next::Idle | Next::Until(_) => self.queue(id),
        }
        kind
    }

    /// Those that have rested long enough, and those whose time has come.
    pub(super) fn end_rests(&mut self, now: Instant) {
        while let Some(&(at, id)) = self.alarms.first().filter(|(at, _)| *at <= now) {
            self.alarms.remove(&(at, id));
            if let Some(entry) = self.tasks.get_mut(&id) {
                entry.alarm = None;
                if entry.state == State::Idle {
                    self.make_ready(id);
                }
            }
        }
        while let Some(&(at, id)) = self.resting.first().filter(|(at, _)| *at <= now) {
            self.resting.pop_first();
            if self.tasks.get(&id).is_some_and(|entry| entry.state == State::Resting(at)) {
                self.make_ready(id);
            }
        }
    }

    pub(super) fn is_still(&self) -> bool {
        let ready = self.has_ready(Kind::Brief) || self.has_ready(Kind::Long);
        self.running.is_empty() && self.resting.is_empty() && !ready
    }
}

fn nanos(work: Duration) -> u64 {
    u64::try_from(work.as_nanos()).unwrap_or(u64::MAX)
}
