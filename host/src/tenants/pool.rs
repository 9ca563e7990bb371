//! Threads that run tasks in turn: the one next that has had the least of the machine so far.
//!
//! As many threads as the machine has cores. One that a step holds for long does not count among them any more: another
//! takes its place at once. If it was work that held it, and not the disk, its priority is lowered and it ends with its
//! step; the next step of such a task begins lowered, until one is short. So tasks that go on for ever hold up nobody:
//! whoever wakes goes before them, and the system's scheduler gives them what is left, a tenth of a thread's share at
//! least.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::thread::{Thread, worked};

/// Something that runs in steps, on any thread, never on two at once.
pub(super) trait Task: Send + Sync {
    /// Does one step.
    fn step(&self) -> Next;
}

/// What comes after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// There is more to do.
    More,
    /// More, but not before a time.
    Later(Instant),
    /// Nothing, until it is woken.
    Idle,
    /// Nothing, until it is woken or a time has come.
    Until(Instant),
}

/// A thread that one step holds for so long is replaced.
const LONG: Duration = Duration::from_millis(4);

/// And lowered if so much of it is known to have been work: the system knows that of others' threads a tick late.
const WORK: Duration = Duration::from_millis(2);

/// How often that is looked at, while anything runs or rests.
const LOOK: Duration = Duration::from_millis(2);

/// More threads there are never.
const THREADS: usize = 512;

/// See above.
pub(super) struct Pool {
    shared: Arc<Shared>,
    monitor: Option<JoinHandle<()>>,
}

struct Shared {
    inner: Mutex<Inner>,
    work: Condvar,
    /// Told when a thread has ended.
    ended: Condvar,
    /// Told when there is something to watch again.
    watched: Condvar,
}

#[derive(Default)]
struct Inner {
    tasks: HashMap<u64, Entry>,
    /// By what they have had so far.
    ready: BTreeSet<(u64, u64)>,
    resting: BTreeMap<(Instant, u64), ()>,
    /// Of those that are idle until a time; one that was woken meanwhile has none.
    alarms: BTreeSet<(Instant, u64)>,
    running: HashMap<u64, Running>,
    /// The least that a task has had that has anything to do: one that comes back does not catch up.
    floor: u64,
    wanted: usize,
    threads: usize,
    /// Nothing runs or rests: nobody watches.
    unwatched: bool,
    stopping: bool,
}

struct Entry {
    task: Arc<dyn Task>,
    /// Nanoseconds of work.
    had: u64,
    /// Its last step was.
    long: bool,
    state: State,
    alarm: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Ready,
    Running { woken: bool },
    Resting(Instant),
}

struct Running {
    since: Instant,
    thread: Thread,
    /// What the thread had worked before.
    before: Duration,
    /// Does not count among the wanted.
    replaced: bool,
    lowered: bool,
}

impl Pool {
    pub(super) fn start(threads: usize) -> std::io::Result<Self> {
        let inner = Inner { wanted: threads.max(1), ..Inner::default() };
        let shared = Arc::new(Shared {
            inner: Mutex::new(inner),
            work: Condvar::new(),
            ended: Condvar::new(),
            watched: Condvar::new(),
        });
        for _ in 0..threads.max(1) {
            shared.lock().threads += 1;
            spawn(&shared)?;
        }
        let watched = Arc::clone(&shared);
        let monitor = thread::Builder::new().name("begat-monitor".into()).spawn(move || watch(&watched))?;
        Ok(Self { shared, monitor: Some(monitor) })
    }

    /// There is something to do for a task.
    pub(super) fn wake(&self, id: u64, task: &Arc<dyn Task>) {
        let mut inner = self.shared.lock();
        let floor = inner.floor;
        let entry = inner.tasks.entry(id).or_insert_with(|| Entry {
            task: Arc::clone(task),
            had: floor,
            long: false,
            state: State::Idle,
            alarm: None,
        });
        match entry.state {
            State::Idle => {
                entry.had = entry.had.max(floor);
                entry.state = State::Ready;
                let key = (entry.had, id);
                inner.ready.insert(key);
                drop(inner);
                self.shared.work.notify_one();
            }
            State::Running { .. } => entry.state = State::Running { woken: true },
            State::Ready | State::Resting(_) => {}
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut inner = self.shared.lock();
        inner.stopping = true;
        self.shared.work.notify_all();
        self.shared.watched.notify_all();
        while inner.threads > 0 {
            inner = self.shared.ended.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        drop(inner);
        if let Some(monitor) = self.monitor.take() {
            let _ = monitor.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// The next to run, which runs from now on, and whether its thread is to be lowered for it.
    fn take(&mut self, thread: Thread, before: Duration) -> Option<(u64, Arc<dyn Task>, bool)> {
        let (had, id) = self.ready.pop_first()?;
        self.floor = self.floor.max(had);
        let entry = self.tasks.get_mut(&id)?;
        entry.state = State::Running { woken: false };
        let (since, lowered) = (Instant::now(), entry.long);
        self.running.insert(id, Running { since, thread, before, replaced: lowered, lowered });
        Some((id, Arc::clone(&entry.task), entry.long))
    }

    /// A step has ended that was so much work. Says whether its thread was lowered.
    fn put(&mut self, id: u64, next: Next, work: Duration) -> bool {
        let lowered = self.running.remove(&id).is_some_and(|running| running.lowered);
        let Some(entry) = self.tasks.get_mut(&id) else { return lowered };
        entry.had = entry.had.saturating_add(u64::try_from(work.as_nanos()).unwrap_or(u64::MAX));
        entry.long = work > LONG;
        let woken = entry.state == State::Running { woken: true };
        if let Some(at) = entry.alarm.take() {
            self.alarms.remove(&(at, id));
        }
        match next {
            Next::Later(at) => {
                entry.state = State::Resting(at);
                self.resting.insert((at, id), ());
            }
            Next::Idle if !woken => entry.state = State::Idle,
            Next::Until(at) if !woken => {
                (entry.state, entry.alarm) = (State::Idle, Some(at));
                self.alarms.insert((at, id));
            }
            Next::More | Next::Idle | Next::Until(_) => {
                entry.state = State::Ready;
                self.ready.insert((entry.had, id));
            }
        }
        lowered
    }

    /// Those that have rested long enough, and those whose time has come.
    fn rested(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some(&(at, id)) = self.alarms.first().filter(|(at, _)| *at <= now) {
            self.alarms.remove(&(at, id));
            if let Some(entry) = self.tasks.get_mut(&id) {
                entry.alarm = None;
                if entry.state == State::Idle {
                    entry.had = entry.had.max(self.floor);
                    entry.state = State::Ready;
                    self.ready.insert((entry.had, id));
                    any = true;
                }
            }
        }
        while let Some((&(at, id), ())) = self.resting.first_key_value() {
            if at > now {
                break;
            }
            self.resting.pop_first();
            if let Some(entry) = self.tasks.get_mut(&id).filter(|entry| entry.state == State::Resting(at)) {
                entry.had = entry.had.max(self.floor);
                entry.state = State::Ready;
                self.ready.insert((entry.had, id));
                any = true;
            }
        }
        any
    }

    fn allowed(&self) -> usize {
        let replaced = self.running.values().filter(|running| running.replaced).count();
        (self.wanted + replaced).min(THREADS.max(self.wanted))
    }

    /// Threads that are held and not lowered: their tasks, since when, and how much work is allowed.
    fn held(&mut self, now: Instant) -> Vec<(u64, Instant, Thread, Duration)> {
        let mut held = Vec::new();
        for (id, running) in self.running.iter_mut().filter(|(_, running)| !running.lowered) {
            if now.duration_since(running.since) > LONG {
                running.replaced = true;
                held.push((*id, running.since, running.thread, running.before + WORK));
            }
        }
        held
    }

    /// Lowers the thread of a task, if it is still at that step.
    fn lower(&mut self, id: u64, since: Instant) {
        if let Some(running) = self.running.get_mut(&id).filter(|running| running.since == since) {
            running.thread.lower();
            running.lowered = true;
        }
    }

    fn is_still(&self) -> bool {
        self.running.is_empty() && self.resting.is_empty() && self.ready.is_empty()
    }
}

fn spawn(shared: &Arc<Shared>) -> std::io::Result<()> {
    let own = Arc::clone(shared);
    let spawned = thread::Builder::new().name("begat-tenant".into()).spawn(move || serve(&own));
    if spawned.is_err() {
        shared.lock().threads -= 1;
    }
    spawned.map(drop)
}

fn serve(shared: &Shared) {
    let own = Thread::own();
    let mut inner = shared.lock();
    while !inner.stopping && inner.threads <= inner.allowed() {
        let before = worked();
        let Some((id, task, lowered)) = inner.take(own, before) else {
            inner = shared.work.wait(inner).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        // Who is to take the place of a lowered one is started by the monitor: it would be lowered itself.
        if std::mem::take(&mut inner.unwatched) || lowered {
            shared.watched.notify_one();
        }
        drop(inner);
        if lowered {
            own.lower();
        }
        // A step that panics is over; the task goes on with its next.
        let next = catch_unwind(AssertUnwindSafe(|| task.step())).unwrap_or(Next::More);
        drop(task);
        let work = worked().saturating_sub(before);
        inner = shared.lock();
        if inner.put(id, next, work) {
            break;
        }
    }
    inner.threads -= 1;
    if !inner.ready.is_empty() {
        // It may be this thread that was woken for it.
        shared.work.notify_one();
    }
    shared.ended.notify_all();
}

/// Ends rests, rings alarms, lowers threads that are held, and starts those that are missing.
fn watch(shared: &Arc<Shared>) {
    let mut inner = shared.lock();
    while !inner.stopping {
        let now = Instant::now();
        if inner.rested(now) {
            shared.work.notify_all();
        }
        let held = inner.held(now);
        let missing = inner.allowed().saturating_sub(inner.threads);
        inner.threads += missing;
        inner.unwatched = inner.is_still() && missing == 0;
        if missing > 0 || !held.is_empty() {
            drop(inner);
            for _ in 0..missing {
                // Without another thread the rest waits until one is back.
                let _ = spawn(shared);
            }
            let works = |(.., thread, allowed): &(_, _, Thread, Duration)| thread.has_worked(*allowed);
            let at_work: Vec<_> = held.into_iter().filter(works).collect();
            inner = shared.lock();
            at_work.into_iter().for_each(|(id, since, ..)| inner.lower(id, since));
        }
        let next = inner.alarms.first().map(|(at, _)| at.saturating_duration_since(now));
        let wait = if inner.unwatched { next } else { Some(LOOK) };
        inner = match wait {
            Some(wait) => shared.watched.wait_timeout(inner, wait).unwrap_or_else(PoisonError::into_inner).0,
            None => shared.watched.wait(inner).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

#[cfg(test)]
mod tests;
