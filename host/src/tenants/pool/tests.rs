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

const MS: Duration = Duration::from_millis(1);

fn task() -> (Jobs, Arc<dyn Task>) {
    let (send, receive) = channel();
    (send, Arc::new(Sent(Mutex::new(receive))))
}

fn send(jobs: &Jobs, job: impl FnOnce() + Send + 'static) {
    jobs.send(Box::new(job)).unwrap();
}

#[test]
fn every_job_is_done_and_those_of_a_task_in_their_order() {
    let pool = Pool::start(4).unwrap();
    let (told, heard) = channel();
    for id in 0..20 {
        let (jobs, task) = task();
        for number in 0..50 {
            let told = told.clone();
            send(&jobs, move || told.send((id, number)).unwrap());
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

/// Works for so long, and lets others pass.
fn work(length: Duration) {
    let start = worked();
    while worked() - start < length {
        crate::thread::let_pass();
    }
}

/// Many long steps, which pause whenever they can; none is forgotten.
#[test]
fn no_step_that_pauses_is_forgotten() {
    let pool = Pool::start(2).unwrap();
    let (told, heard) = channel();
    for id in 0..50 {
        let (jobs, task) = task();
        for _ in 0..2 {
            let told = told.clone();
            send(&jobs, move || {
                work(20 * MS);
                told.send(()).unwrap();
            });
        }
        pool.wake(id, &task);
    }
    assert_eq!(heard.iter().take(100).count(), 100);
}

/// A pool that ends while steps pause, which go on then.
#[test]
fn who_pauses_goes_on_when_the_pool_ends() {
    for round in 0..20 {
        let pool = Pool::start(1).unwrap();
        let (told, heard) = channel();
        for id in 0..8 {
            let ((jobs, task), told) = (task(), told.clone());
            // From this one on its task is long.
            send(&jobs, || work(2 * MS));
            send(&jobs, move || {
                work(20 * MS);
                told.send(()).unwrap();
            });
            pool.wake(id, &task);
        }
        // In the middle of it, sooner or later.
        (0..round % 8).for_each(|_| heard.recv().unwrap());
        drop(pool);
    }
}

/// Without a monitor, which would make good within 2 ms what is not told: two long steps on two threads with one turn. The
/// first ends when the second has begun, for which it has to pause; the second when the first has ended.
#[cfg(target_os = "linux")]
#[test]
fn who_pauses_wakes_who_is_next() {
    let shared = Arc::new(Shared::of(2));
    let mut order = shared.lock();
    let (begun, has_begun) = channel();
    let (ended, has_ended) = channel();
    let (told, heard) = channel();
    let pass_until = |what: Receiver<()>| {
        while what.try_recv().is_err() {
            crate::thread::let_pass()
        }
    };
    let jobs: [Box<dyn FnOnce() + Send>; 2] = [
        Box::new(move || {
            pass_until(has_begun);
            ended.send(()).unwrap();
        }),
        Box::new(move || {
            begun.send(()).unwrap();
            pass_until(has_ended);
            told.send(()).unwrap();
        }),
    ];
    for (id, job) in (0..).zip(jobs) {
        let (queue, task) = task();
        queue.send(job).unwrap();
        order.tasks.insert(id, Entry::new(task));
        order.make_ready(id);
        order.take(Kind::Brief, Running::new(Thread::own(), Duration::ZERO)).unwrap();
        order.put(id, Next::More, 3000 * MS);
    }
    // A brief one is about for as long as this takes: there is one turn.
    order.brief = Some(Instant::now() + 3_600_000 * MS);
    *order.threads.of(Kind::Long) = 2;
    drop(order);
    (0..2).for_each(|_| shared.spawn(Kind::Long).unwrap());
    heard.recv_timeout(60_000 * MS).expect("somebody waits who was not told");
    shared.lock().stopping = true;
    shared.work.iter().for_each(Condvar::notify_all);
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
