//! Threads that run tasks in turn: the one next that has had the least of the machine so far.
//!
//! As many threads as the machine has cores. One that a task holds for long does not count among them: another takes
//! its place until it is back, so that tasks which go on for ever hold up nobody; the system's scheduler shares the
//! cores between them and the rest.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

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
}

/// A thread that one step holds for so long is replaced.
const LONG: Duration = Duration::from_millis(4);

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
    had: u64,
    state: State,
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
    replaced: bool,
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
            state: State::Idle,
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
    /// The next to run; it runs from now on.
    fn take(&mut self) -> Option<(u64, Arc<dyn Task>)> {
        let (had, id) = self.ready.pop_first()?;
        self.floor = self.floor.max(had);
        let entry = self.tasks.get_mut(&id)?;
        entry.state = State::Running { woken: false };
        self.running.insert(id, Running { since: Instant::now(), replaced: false });
        Some((id, Arc::clone(&entry.task)))
    }

    /// A step has ended.
    fn put(&mut self, id: u64, next: Next) {
        let took = self.running.remove(&id).map_or(Duration::ZERO, |running| running.since.elapsed());
        let Some(entry) = self.tasks.get_mut(&id) else { return };
        entry.had = entry.had.saturating_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        let woken = entry.state == State::Running { woken: true };
        match next {
            Next::Later(at) => {
                entry.state = State::Resting(at);
                self.resting.insert((at, id), ());
            }
            Next::Idle if !woken => entry.state = State::Idle,
            Next::More | Next::Idle => {
                entry.state = State::Ready;
                self.ready.insert((entry.had, id));
            }
        }
    }

    /// Those that have rested long enough.
    fn rested(&mut self, now: Instant) -> bool {
        let mut any = false;
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
        self.wanted + self.running.values().filter(|running| running.replaced).count()
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
    let mut inner = shared.lock();
    while !inner.stopping && inner.threads <= inner.allowed() {
        let Some((id, task)) = inner.take() else {
            inner = shared.work.wait(inner).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        if std::mem::take(&mut inner.unwatched) {
            shared.watched.notify_one();
        }
        drop(inner);
        // A step that panics is over; the task goes on with its next.
        let next = catch_unwind(AssertUnwindSafe(|| task.step())).unwrap_or(Next::More);
        drop(task);
        inner = shared.lock();
        inner.put(id, next);
    }
    inner.threads -= 1;
    if !inner.ready.is_empty() {
        // It may be this thread that was woken for it.
        shared.work.notify_one();
    }
    shared.ended.notify_all();
}

/// Ends rests, and replaces threads that are held.
fn watch(shared: &Arc<Shared>) {
    loop {
        thread::sleep(LOOK);
        let mut inner = shared.lock();
        while !inner.stopping
            && inner.running.is_empty()
            && inner.resting.is_empty()
            && inner.ready.is_empty()
        {
            inner.unwatched = true;
            inner = shared.watched.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        if inner.stopping {
            return;
        }
        let now = Instant::now();
        if inner.rested(now) {
            shared.work.notify_all();
        }
        for running in inner.running.values_mut() {
            running.replaced |= now.duration_since(running.since) > LONG;
        }
        let missing = inner.allowed().min(THREADS).saturating_sub(inner.threads);
        let missing = if inner.ready.is_empty() { 0 } else { missing };
        inner.threads += missing;
        drop(inner);
        for _ in 0..missing {
            // Without another thread the rest waits until one is back.
            let _ = spawn(shared);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A task that runs closures that it is sent.
    struct Sent(Mutex<Receiver<Box<dyn FnOnce() + Send>>>);

    impl Task for Sent {
        fn step(&self) -> Next {
            let job = self.0.lock().unwrap().try_recv();
            match job {
                Ok(job) => {
                    job();
                    Next::More
                }
                Err(_) => Next::Idle,
            }
        }
    }

    type Jobs = Sender<Box<dyn FnOnce() + Send>>;

    fn task() -> (Jobs, Arc<dyn Task>) {
        let (send, receive) = channel();
        (send, Arc::new(Sent(Mutex::new(receive))))
    }

    #[test]
    fn every_job_is_done_and_those_of_a_task_in_their_order() {
        let pool = Pool::start(4).unwrap();
        let (told, heard) = channel();
        for id in 0..20 {
            let (jobs, task) = task();
            for number in 0..50 {
                let told = told.clone();
                jobs.send(Box::new(move || told.send((id, number)).unwrap())).unwrap();
                pool.wake(id, &task);
            }
        }
        let mut next = [0; 20];
        for (id, number) in heard.iter().take(1000) {
            let expected = &mut next[usize::try_from(id).unwrap()];
            assert_eq!(number, *expected);
            *expected += 1;
        }
        assert_eq!(next, [50; 20]);
    }

    /// One thread, and a task that never ends before the others are done.
    #[test]
    fn who_holds_a_thread_holds_up_nobody() {
        let pool = Pool::start(1).unwrap();
        let (release, held) = channel::<()>();
        let (stuck, task_of_stuck) = task();
        stuck.send(Box::new(move || held.recv().unwrap())).unwrap();
        pool.wake(0, &task_of_stuck);
        let (told, heard) = channel();
        let (jobs, quick) = task();
        jobs.send(Box::new(move || told.send(()).unwrap())).unwrap();
        pool.wake(1, &quick);
        heard.recv().unwrap();
        release.send(()).unwrap();
    }

    #[test]
    fn a_panic_ends_a_step_and_no_thread() {
        let pool = Pool::start(1).unwrap();
        let (jobs, task) = task();
        let (told, heard) = channel();
        jobs.send(Box::new(|| panic!("a defect of the host"))).unwrap();
        jobs.send(Box::new(move || told.send(()).unwrap())).unwrap();
        pool.wake(0, &task);
        heard.recv().unwrap();
    }

    /// Steps longer than a thread is waited for, so that threads come and go; every one of many short ones is run.
    #[test]
    fn no_waking_is_lost_to_a_thread_that_ends() {
        let pool = Pool::start(2).unwrap();
        for round in 0..60_u64 {
            let (told, heard) = channel();
            for id in 0..4 {
                let (jobs, task) = task();
                let told = told.clone();
                let length = Duration::from_millis(if id == 0 { 45 } else { 0 });
                jobs.send(Box::new(move || {
                    thread::sleep(length);
                    told.send(()).unwrap();
                }))
                .unwrap();
                pool.wake(round * 4 + id, &task);
            }
            assert_eq!(heard.iter().take(4).count(), 4);
        }
    }

    #[test]
    fn a_pool_ends_whatever_its_threads_are_at() {
        for round in 0..300 {
            let pool = Pool::start(1 + round % 3).unwrap();
            for id in 0..6 {
                let (jobs, task) = task();
                let length = Duration::from_millis(u64::try_from(round % 4).unwrap() * 12);
                jobs.send(Box::new(move || thread::sleep(length))).unwrap();
                pool.wake(id, &task);
            }
            drop(pool);
        }
    }

    /// By hand: a task that has had 50 ms stands behind one that has had nothing.
    #[test]
    fn who_had_least_is_next_and_who_was_away_does_not_catch_up() {
        let mut inner = Inner::default();
        let idle: Arc<dyn Task> = task().1;
        let entry = |had, state| Entry { task: Arc::clone(&idle), had, state };
        inner.tasks.insert(1, entry(50, State::Ready));
        inner.tasks.insert(2, entry(0, State::Ready));
        inner.ready.extend([(50, 1), (0, 2)]);
        assert_eq!(inner.take().unwrap().0, 2);
        inner.put(2, Next::Idle);
        assert_eq!(inner.take().unwrap().0, 1);
        // The floor is at 50 now: 2, away since, comes back there and not at what little it had.
        assert_eq!(inner.floor, 50);
    }
}
