//! Threads that run tasks in turn: the one next that has had the least of the machine so far.
//!
//! Tasks are of two kinds, and threads too. What is brief as a rule is run by as many threads as the machine has cores.
//! A step that holds one of them for long is told apart: if the disk holds it, another thread takes its place; if it is
//! work, its thread is lowered in priority and is one of the others from then on. Those run what is long as a rule: tasks
//! whose last steps were. They take turns, for that is what keeps a brief task from waiting: on a core for which many
//! threads fight, whoever wakes waits until the system's scheduler next looks. So there are as many turns as cores, less
//! one while brief tasks are about; long steps leave the first core alone then, and a call that has had its turn pauses
//! for those that have had less.

mod monitor;
mod order;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use self::order::{Entry, Kind, Order, Running, State};
use crate::thread::{Thread, letting_pass, worked};

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
    /// More, but not before a time: it has failed.
    Later(Instant),
    /// Nothing, until it is woken.
    Idle,
    /// Nothing, until it is woken or a time has come.
    Until(Instant),
}

/// See above.
pub(super) struct Pool {
    shared: Arc<Shared>,
    monitor: Option<JoinHandle<()>>,
}

struct Shared {
    order: Mutex<Order>,
    /// Told when there is something to do, by kind.
    work: [Condvar; 2],
    /// Told when a thread has ended.
    ended: Condvar,
    /// Told when there is something to watch again, or a thread is missing.
    watched: Condvar,
}

impl Pool {
    pub(super) fn start(threads: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::of(threads.max(1)));
        // Where a thread cannot be started, those that were end with it.
        let mut pool = Self { shared, monitor: None };
        for _ in 0..threads.max(1) {
            *pool.shared.lock().threads.of(Kind::Brief) += 1;
            pool.shared.spawn(Kind::Brief)?;
        }
        let watched = Arc::clone(&pool.shared);
        let watch = move || monitor::watch(&watched);
        pool.monitor = Some(thread::Builder::new().name("begat-monitor".into()).spawn(watch)?);
        Ok(pool)
    }

    /// There is something to do for a task.
    pub(super) fn wake(&self, id: u64, task: &Arc<dyn Task>) {
        let mut order = self.shared.lock();
        let entry = order.tasks.entry(id).or_insert_with(|| Entry::new(Arc::clone(task)));
        match entry.state {
            State::Idle => {
                order.make_ready(id);
                self.shared.tell(&mut order);
            }
            State::Running { .. } => entry.state = State::Running { woken: true },
            State::Ready | State::Resting(_) => {}
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut order = self.shared.lock();
        order.stopping = true;
        order.resume_all();
        self.shared.work.iter().for_each(Condvar::notify_all);
        self.shared.watched.notify_all();
        while order.threads.all() > 0 {
            order = self.shared.ended.wait(order).unwrap_or_else(PoisonError::into_inner);
        }
        drop(order);
        if let Some(monitor) = self.monitor.take() {
            let _ = monitor.join();
        }
    }
}

impl Shared {
    /// Without a thread.
    fn of(cores: usize) -> Self {
        Self {
            order: Mutex::new(Order::of(cores)),
            work: [Condvar::new(), Condvar::new()],
            ended: Condvar::new(),
            watched: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes who can do what there is to do.
    fn tell(&self, order: &mut Order) {
        let [brief, long] = &self.work;
        if order.has_ready(Kind::Brief) {
            brief.notify_one();
        }
        if order.give_turns() {
            if order.idle_long > 0 {
                long.notify_one();
            } else {
                self.watched.notify_one();
            }
        }
        if order.unwatched {
            order.unwatched = false;
            self.watched.notify_one();
        }
    }

    /// Another thread, which is counted already.
    fn spawn(self: &Arc<Self>, kind: Kind) -> std::io::Result<()> {
        let own = Arc::clone(self);
        let spawned = thread::Builder::new().name("begat-tenant".into()).spawn(move || own.serve(kind));
        self.lock().started(kind, spawned.is_ok());
        if spawned.is_err() {
            self.ended.notify_all();
        }
        spawned.map(drop)
    }

    fn serve(self: &Arc<Self>, mut kind: Kind) {
        let own = Thread::own();
        if kind == Kind::Long {
            own.lower();
        }
        let mut order = self.lock();
        while !order.stopping && !order.has_too_many(kind) {
            let before = worked();
            let Some((id, task)) = order.take(kind, Running::new(own, before)) else {
                order = self.wait(order, kind);
                continue;
            };
            // There may be more, for others.
            self.tell(&mut order);
            let (places, leaves_a_core) = (order.places, order.leaves_a_core());
            drop(order);
            if kind == Kind::Long {
                places.leave_one(leaves_a_core);
            }
            let passing = Arc::clone(self);
            let step = || letting_pass(move || passing.let_pass(id, before), || task.step());
            // A step that panics is over; the task goes on with its next.
            let next = catch_unwind(AssertUnwindSafe(step)).unwrap_or(Next::More);
            drop(task);
            let work = worked().saturating_sub(before);
            order = self.lock();
            kind = order.put(id, next, work);
            self.tell(&mut order);
        }
        *order.threads.of(kind) -= 1;
        // It may be this thread that was woken.
        self.tell(&mut order);
        self.ended.notify_all();
    }

    fn wait<'a>(&self, mut order: MutexGuard<'a, Order>, kind: Kind) -> MutexGuard<'a, Order> {
        let [brief, long] = &self.work;
        if kind == Kind::Brief {
            return brief.wait(order).unwrap_or_else(PoisonError::into_inner);
        }
        order.idle_long += 1;
        let mut order = long.wait(order).unwrap_or_else(PoisonError::into_inner);
        order.idle_long -= 1;
        order
    }

    /// In the middle of a long step: waits for another turn, where others have had less.
    fn let_pass(&self, id: u64, before: Duration) {
        let work = worked().saturating_sub(before);
        let mut order = self.lock();
        if !order.is_long(id) {
            return;
        }
        if order.pause(id, work) {
            self.tell(&mut order);
            while order.is_paused(id) {
                drop(order);
                thread::park();
                order = self.lock();
            }
        }
        let (places, leaves_a_core) = (order.places, order.leaves_a_core());
        drop(order);
        places.leave_one(leaves_a_core);
    }
}
