//! Who is next: tasks, their order, and what runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
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

/// For so long after a brief step a core is left free for the next.
const ABOUT: Duration = Duration::from_millis(100);

/// There are never more threads, unless there are more cores. (A tenant that is at a long step has an instance: there are
/// never more of those than slots.)
const THREADS: usize = 512;

/// Where no thread could be started, that is tried again so much later.
const RETRIED: Duration = Duration::from_millis(100);

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
    /// It waits for its next turn: so much its task has had.
    paused: Option<u64>,
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
            paused: None,
        }
    }
}

/// See above.
pub(super) struct Order {
    pub(super) tasks: HashMap<u64, Entry>,
    /// By what they have had so far.
    ready: Each<BTreeSet<(u64, u64)>>,
    resting: BTreeMap<(Instant, u64), ()>,
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
            resting: BTreeMap::new(),
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
        if kind == Kind::Long && !(self.ready_is_next() && self.free_turns() > 0) {
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
                self.resting.insert((at, id), ());
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
        while let Some((&(at, id), ())) = self.resting.first_key_value().filter(|((at, _), ())| *at <= now) {
            self.resting.pop_first();
            if self.tasks.get(&id).is_some_and(|entry| entry.state == State::Resting(at)) {
                self.make_ready(id);
            }
        }
    }

    /// Whether brief tasks are about, for which long ones leave a core free.
    pub(super) fn leaves_a_core(&self) -> bool {
        self.brief.is_some_and(|brief| brief.elapsed() < ABOUT)
    }

    /// How many turns there are.
    fn turns(&self) -> usize {
        if self.leaves_a_core() { self.cores.saturating_sub(1).max(1) } else { self.cores }
    }

    fn free_turns(&self) -> usize {
        let taken = self.running.values().filter(|running| running.turn.is_some()).count();
        self.turns().saturating_sub(taken)
    }

    /// Whether the next turn is that of a task that is ready, and not of one that pauses.
    fn ready_is_next(&self) -> bool {
        match (self.ready.get(Kind::Long).first(), self.paused.first()) {
            (Some(ready), Some(paused)) => ready < paused,
            (ready, _) => ready.is_some(),
        }
    }

    /// Whether there is a thread for it, or may be one.
    fn has_thread_for_ready(&self) -> bool {
        let can_start = self.failed.is_none_or(|failed| failed.elapsed() > RETRIED);
        self.idle_long > 0 || (can_start && *self.threads.get(Kind::Long) < self.allowed(Kind::Long))
    }

    /// Gives the turns that are free to those that pause and are next. Says whether a task that is ready is next then.
    pub(super) fn give_turns(&mut self) -> bool {
        while self.free_turns() > 0 {
            if self.ready_is_next() && self.has_thread_for_ready() {
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

    pub(super) fn is_long(&self, id: u64) -> bool {
        self.running.get(&id).is_some_and(|running| running.kind == Kind::Long)
    }

    /// A step that is long and has worked so much gives its turn away, if it has one, to whoever has had less; false
    /// where it goes on.
    pub(super) fn pause(&mut self, id: u64, work: Duration) -> bool {
        let had = self.tasks.get(&id).map_or(0, |entry| entry.had.saturating_add(nanos(work)));
        let over = self.running.values().filter(|running| running.turn.is_some()).count() > self.turns();
        let next = self.ready.get(Kind::Long).first().into_iter().chain(self.paused.first()).min();
        let others = next.is_some_and(|(least, _)| *least < had);
        let Some(running) = self.running.get_mut(&id).filter(|running| running.kind == Kind::Long) else {
            return false;
        };
        // Where work is what the clock on the wall says, a pause would count.
        let can_pause = cfg!(target_os = "linux") && !self.stopping;
        if can_pause && (running.turn.is_none() || over || others) {
            (running.turn, running.paused) = (None, Some(had));
            self.paused.insert((had, id));
            return true;
        }
        if !others {
            self.has_come_to(Kind::Long, had);
        }
        false
    }

    pub(super) fn is_paused(&self, id: u64) -> bool {
        self.running.get(&id).is_some_and(|running| running.paused.is_some())
    }

    /// Nobody pauses any more.
    pub(super) fn resume_all(&mut self) {
        self.paused.clear();
        self.running.values_mut().filter(|running| running.paused.is_some()).for_each(Running::resume);
    }

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

    pub(super) fn has_too_many(&self, kind: Kind) -> bool {
        *self.threads.get(kind) > self.allowed(kind)
    }

    /// Threads to be started, which count from now on.
    pub(super) fn missing(&mut self) -> Each<usize> {
        let brief = self.allowed(Kind::Brief).saturating_sub(*self.threads.get(Kind::Brief));
        let next = self.idle_long == 0 && self.free_turns() > 0 && self.ready_is_next();
        let long = usize::from(next && self.has_thread_for_ready());
        *self.threads.of(Kind::Brief) += brief;
        *self.threads.of(Kind::Long) += long;
        Each([brief, long])
    }

    /// Brief steps that have gone on for so long by the clock: the threads of others take their places. With what they
    /// had worked before.
    pub(super) fn held(&mut self, now: Instant, longer: Duration) -> Vec<(u64, Instant, Thread, Duration)> {
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
    pub(super) fn lower(&mut self, id: u64, since: Instant) {
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

    /// Those that have their turn for so long.
    pub(super) fn at_turn(&self, now: Instant, longer: Duration) -> Vec<(u64, Instant, Thread)> {
        let of = |(id, running): (&u64, &Running)| Some((*id, running.turn?, running.thread));
        let turns = self.running.iter().filter_map(of);
        turns.filter(|(_, turn, _)| now.duration_since(*turn) > longer).collect()
    }

    /// One at its turn, if it is still that one, waits for something or does not. Seen waiting twice it does not use its
    /// turn, and loses it; its step pauses when it comes to it.
    pub(super) fn see(&mut self, id: u64, turn: Instant, waits: bool) {
        if let Some(running) = self.running.get_mut(&id).filter(|running| running.turn == Some(turn)) {
            if waits && running.seen_waiting {
                running.turn = None;
            }
            running.seen_waiting = waits;
        }
    }

    /// A thread was started, or could not be.
    pub(super) fn started(&mut self, kind: Kind, is_well: bool) {
        self.failed = (!is_well).then(Instant::now);
        if !is_well {
            *self.threads.of(kind) -= 1;
        }
    }

    pub(super) fn is_still(&self) -> bool {
        let ready = self.has_ready(Kind::Brief) || self.has_ready(Kind::Long);
        self.running.is_empty() && self.resting.is_empty() && !ready
    }
}

impl Running {
    fn resume(&mut self) {
        (self.paused, self.turn, self.seen_waiting) = (None, Some(Instant::now()), false);
        self.handle.unpark();
    }
}

fn nanos(work: Duration) -> u64 {
    u64::try_from(work.as_nanos()).unwrap_or(u64::MAX)
}
