//! Tasks of every kind on few threads.

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

/// A task that is idle until a time, which it is told.
struct Alarmed(Mutex<Receiver<Instant>>, Sender<()>);

impl Task for Alarmed {
    fn step(&self) -> Next {
        self.1.send(()).unwrap();
        self.0.lock().unwrap().try_recv().map_or(Next::Idle, Next::Until)
    }
}

#[test]
fn who_is_idle_until_a_time_runs_when_it_has_come_and_when_it_is_woken() {
    let pool = Pool::start(1).unwrap();
    let ((send, times), (told, heard)) = (channel(), channel());
    let task: Arc<dyn Task> = Arc::new(Alarmed(Mutex::new(times), told));
    let now = Instant::now();
    for time in [now, now + Duration::from_millis(20), now + Duration::from_secs(24 * 60 * 60)] {
        send.send(time).unwrap();
    }
    pool.wake(0, &task);
    assert_eq!(heard.iter().take(3).count(), 3);
    pool.wake(0, &task);
    heard.recv().unwrap();
    assert!(heard.try_recv().is_err());
}

/// By hand: one alarm at a time, and the last step's.
#[test]
fn who_is_woken_before_its_time_has_no_alarm_any_more() {
    let mut inner = Inner::default();
    let (thread, next) = (Thread::own(), task().1);
    inner.tasks.insert(1, Entry { task: next, had: 0, long: false, state: State::Ready, alarm: None });
    let now = Instant::now();
    let later = now + Duration::from_secs(60);
    for (next, alarms) in
        [(Next::Until(now), 1), (Next::Until(later), 1), (Next::Idle, 0), (Next::Until(later), 1)]
    {
        inner.ready.insert((0, 1));
        inner.take(thread, Duration::ZERO).unwrap();
        inner.put(1, next, Duration::ZERO);
        assert_eq!(inner.alarms.len(), alarms);
    }
    assert!(!inner.rested(now) && inner.is_still());
    assert!(inner.rested(later));
    assert_eq!(inner.tasks[&1].state, State::Ready);
}

/// By hand: a task that has had 50 ms stands behind one that has had nothing.
#[test]
fn who_had_least_is_next_and_who_was_away_does_not_catch_up() {
    let mut inner = Inner::default();
    let idle: Arc<dyn Task> = task().1;
    let entry = |had, state| Entry { task: Arc::clone(&idle), had, long: false, state, alarm: None };
    let thread = Thread::own();
    inner.tasks.insert(1, entry(50, State::Ready));
    inner.tasks.insert(2, entry(0, State::Ready));
    inner.ready.extend([(50, 1), (0, 2)]);
    assert_eq!(inner.take(thread, Duration::ZERO).unwrap().0, 2);
    inner.put(2, Next::Idle, Duration::from_nanos(7));
    assert_eq!(inner.take(thread, Duration::ZERO).unwrap().0, 1);
    // The floor is at 50 now: 2, away since, comes back there and not at what little it had.
    assert_eq!((inner.floor, inner.tasks[&2].had), (50, 7));
}

/// By hand, one thread: a step of 5 ms of work makes the task's next one begin lowered, one of 1 ms ends that.
#[test]
fn a_task_of_long_steps_begins_lowered_until_one_is_short() {
    let mut inner = Inner { wanted: 1, ..Inner::default() };
    let (thread, next) = (Thread::own(), task().1);
    inner.tasks.insert(1, Entry { task: next, had: 0, long: false, state: State::Ready, alarm: None });
    inner.ready.insert((0, 1));
    let mut seen = Vec::new();
    for work in [5, 5, 1, 1] {
        let (.., lowered) = inner.take(thread, Duration::ZERO).unwrap();
        seen.push((lowered, inner.allowed()));
        assert_eq!(inner.put(1, Next::More, Duration::from_millis(work)), lowered);
    }
    assert_eq!(seen, [(false, 1), (true, 2), (true, 2), (false, 1)]);
}

/// One thread. A step that works until it is lowered; another thread runs what comes after it.
#[cfg(target_os = "linux")]
#[test]
fn who_holds_a_thread_by_work_is_lowered_and_who_comes_after_is_not() {
    let niceness = || rustix::process::getpriority_process(None).unwrap();
    let (usual, pool) = (niceness(), Pool::start(1).unwrap());
    let (told, heard) = channel();
    let ((works, task_of_works), (quick, task_of_quick)) = (task(), task());
    let tell = told.clone();
    works
        .send(Box::new(move || {
            while niceness() == usual && usual < 19 {}
            tell.send(niceness()).unwrap();
        }))
        .unwrap();
    pool.wake(0, &task_of_works);
    assert_eq!(heard.recv().unwrap(), (usual + 10).min(19));
    quick.send(Box::new(move || told.send(niceness()).unwrap())).unwrap();
    pool.wake(1, &task_of_quick);
    assert_eq!(heard.recv().unwrap(), usual);
}

/// One thread. The first step waits until the second has run, which takes another thread.
#[cfg(target_os = "linux")]
#[test]
fn who_holds_a_thread_by_waiting_keeps_its_priority() {
    let niceness = || rustix::process::getpriority_process(None).unwrap();
    let pool = Pool::start(1).unwrap();
    let ((release, held), (told, heard)) = (channel::<()>(), channel());
    let ((waits, task_of_waits), (quick, task_of_quick)) = (task(), task());
    let tell = told.clone();
    waits
        .send(Box::new(move || {
            held.recv().unwrap();
            tell.send(niceness()).unwrap();
        }))
        .unwrap();
    pool.wake(0, &task_of_waits);
    quick.send(Box::new(move || told.send(niceness()).unwrap())).unwrap();
    pool.wake(1, &task_of_quick);
    assert_eq!(heard.recv().unwrap(), niceness());
    release.send(()).unwrap();
    assert_eq!(heard.recv().unwrap(), niceness());
}
