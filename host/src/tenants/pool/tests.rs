//! Tasks of every kind on few threads.

use std::sync::atomic::{AtomicBool, Ordering};
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

fn order(cores: usize, tasks: std::ops::Range<u64>) -> Order {
    let mut order = Order::of(cores);
    tasks.for_each(|id| drop(order.tasks.insert(id, Entry::new(task().1))));
    order
}

fn take(order: &mut Order, kind: Kind) -> Option<u64> {
    order.take(kind, Running::new(Thread::own(), Duration::ZERO)).map(|(id, _)| id)
}

const MS: Duration = Duration::from_millis(1);

/// By hand: one alarm at a time, and the last step's.
#[test]
fn who_is_woken_before_its_time_has_no_alarm_any_more() {
    let mut order = order(1, 1..2);
    let now = Instant::now();
    let later = now + Duration::from_secs(60);
    for (next, alarms) in
        [(Next::Until(now), 1), (Next::Until(later), 1), (Next::Idle, 0), (Next::Until(later), 1)]
    {
        order.make_ready(1);
        take(&mut order, Kind::Brief).unwrap();
        order.put(1, next, Duration::ZERO);
        assert_eq!(order.alarms.len(), alarms);
    }
    order.end_rests(now);
    assert!(order.is_still());
    order.end_rests(later);
    assert_eq!(order.tasks[&1].state, State::Ready);
}

/// By hand: a task that has had 50 ns stands behind one that has had nothing.
#[test]
fn who_had_least_is_next_and_who_was_away_does_not_catch_up() {
    let mut order = order(1, 1..4);
    let had = |order: &Order| [1, 2, 3].map(|id| order.tasks[&id].had);
    order.make_ready(1);
    take(&mut order, Kind::Brief).unwrap();
    order.put(1, Next::More, Duration::from_nanos(50));
    order.make_ready(2);
    assert_eq!(take(&mut order, Kind::Brief), Some(2));
    order.put(2, Next::Idle, Duration::from_nanos(7));
    assert_eq!(take(&mut order, Kind::Brief), Some(1));
    assert_eq!(had(&order), [50, 7, 0]);
    // What is next has had 50: 2, away since, and 3, which is new, begin there.
    order.make_ready(2);
    order.make_ready(3);
    assert_eq!(had(&order), [50, 50, 50]);
    // 1 had more to do all the time: it keeps what it has had, though the others have had more meanwhile.
    assert_eq!(take(&mut order, Kind::Brief), Some(2));
    order.put(2, Next::More, Duration::from_nanos(100));
    assert_eq!(take(&mut order, Kind::Brief), Some(3));
    order.put(3, Next::More, Duration::from_nanos(100));
    assert_eq!(take(&mut order, Kind::Brief), Some(2));
    order.put(1, Next::More, Duration::from_nanos(10));
    assert_eq!(had(&order), [60, 150, 150]);
    assert_eq!(take(&mut order, Kind::Brief), Some(1));
}

/// By hand: a step of 10 ms of work makes its task one of the long for a second, however brief the steps are that come then.
#[test]
fn a_task_of_long_steps_is_long_for_a_while() {
    let mut order = order(1, 1..3);
    order.make_ready(1);
    take(&mut order, Kind::Brief).unwrap();
    order.put(1, Next::More, MS / 2);
    take(&mut order, Kind::Brief).unwrap();
    let begun = Instant::now();
    order.put(1, Next::More, 10 * MS);
    let mut kinds = Vec::new();
    while kinds.last() != Some(&Kind::Brief) {
        let kind = order.tasks[&1].kind;
        assert_eq!(take(&mut order, kind), Some(1));
        order.put(1, Next::More, Duration::ZERO);
        kinds.push(kind);
    }
    assert!(kinds.contains(&Kind::Long) && begun.elapsed() >= 1000 * MS);
    // One that has failed is long too, when it has rested.
    order.make_ready(2);
    while take(&mut order, Kind::Brief) != Some(2) {}
    let now = Instant::now();
    order.put(2, Next::Later(now), Duration::ZERO);
    order.end_rests(now);
    assert_eq!(order.tasks[&2].kind, Kind::Long);
}

/// By hand: two cores, three long tasks, and a brief one.
#[test]
fn long_tasks_take_turns_and_leave_a_core_to_brief_ones() {
    let mut order = order(2, 0..4);
    for id in 1..4 {
        order.make_ready(id);
        take(&mut order, Kind::Brief).unwrap();
        // 1 has had a second, 2 has had two and 3 has had three; but who comes to the long begins as one of them, with 0.
        order.put(id, Next::More, u32::try_from(id).unwrap() * 1000 * MS);
    }
    // A brief one is about, for as long as this takes: one core is left free.
    order.brief = Some(Instant::now() + 3_600_000 * MS);
    assert_eq!([(); 2].map(|()| take(&mut order, Kind::Long)), [Some(1), None]);
    // Its turn is over, for 2 and 3 have had nothing of it yet.
    assert!(order.pause(1, 10 * MS) && order.is_paused(1));
    assert!(order.give_turns(), "2 is ready, and next");
    assert_eq!(take(&mut order, Kind::Long), Some(2));
    // Of 2, which has had 3 ms now, and 1, which pauses with 10, 3 is next with nothing.
    order.put(2, Next::More, 3 * MS);
    assert!(order.give_turns());
    assert_eq!(take(&mut order, Kind::Long), Some(3));
    // 4 ms: 2 has had less. 2 ms: nobody has.
    assert!(!order.pause(3, 2 * MS) && order.pause(3, 4 * MS));
    assert_eq!(take(&mut order, Kind::Long), Some(2));
    order.put(2, Next::Idle, MS);
    // Nobody is ready: 3 goes on, and 1 when 3 has ended.
    assert!(!order.give_turns() && !order.is_paused(3) && order.is_paused(1));
    order.put(3, Next::Idle, 4 * MS);
    assert!(!order.give_turns() && !order.is_paused(1));
    // Who waits for something else, and not for a moment, gives its turn away and has to come by another one.
    let turn = order.at_turn(Instant::now(), Duration::ZERO)[0].1;
    [true, false, true].into_iter().for_each(|waits| order.see(1, turn, waits));
    assert!(!order.pause(1, 10 * MS));
    order.see(1, turn, true);
    assert!(order.pause(1, 10 * MS) && !order.give_turns() && !order.is_paused(1));
}

/// By hand, one core: tasks 1 and 2 are long and have had a second each; 3 was brief, has had an hour, and its step is long
/// after all.
#[test]
fn who_is_long_after_all_begins_as_one_of_the_long() {
    let mut order = order(1, 1..5);
    let had = |order: &Order, id| Duration::from_nanos(order.tasks[&id].had);
    for id in [1, 2] {
        order.make_ready(id);
        take(&mut order, Kind::Brief).unwrap();
        order.put(id, Next::More, 1000 * MS);
        assert_eq!(take(&mut order, Kind::Long), Some(id));
        order.put(id, Next::More, 1000 * MS);
    }
    order.tasks.get_mut(&3).unwrap().had = 3_600_000_000_000;
    order.make_ready(3);
    *order.threads.of(Kind::Brief) = 1;
    // 1 is at its turn when it comes to that, and has worked 5 ms of it.
    assert_eq!(take(&mut order, Kind::Long), Some(1));
    assert_eq!(take(&mut order, Kind::Brief), Some(3));
    let (_, since, ..) = order.held(Instant::now(), Duration::ZERO)[0];
    order.lower(3, since);
    assert_eq!([Kind::Brief, Kind::Long].map(|kind| *order.threads.of(kind)), [0, 1]);
    assert_eq!(had(&order, 3), 1000 * MS);
    // There is a turn too many. Who pauses, at 1.005 and at 1.01 seconds, stands behind 2, which has had one.
    assert!(order.pause(1, 5 * MS) && order.pause(3, 10 * MS));
    assert!(order.give_turns());
    assert_eq!(take(&mut order, Kind::Long), Some(2));
    order.put(2, Next::Idle, 1000 * MS);
    assert!(!order.give_turns() && !order.is_paused(1) && order.is_paused(3));
    // Who comes new to the long meanwhile does not go before those that pause: it begins where the next of them stands.
    order.make_ready(4);
    take(&mut order, Kind::Brief).unwrap();
    order.put(4, Next::More, 1000 * MS);
    assert_eq!(had(&order, 4), 1005 * MS);
    // Its work counts when its step ends.
    order.put(1, Next::Idle, 5 * MS);
    assert!(order.give_turns() && take(&mut order, Kind::Long) == Some(4));
    order.put(4, Next::Idle, MS);
    assert!(!order.give_turns() && !order.is_paused(3));
    order.put(3, Next::More, 10 * MS);
    assert_eq!(had(&order, 3), 1010 * MS);
}

/// By hand: where no thread can be had for a task that is next, one that pauses goes on with its own.
#[test]
fn who_has_a_thread_goes_on_where_no_other_can_be_started() {
    let mut order = order(1, 1..3);
    for id in [1, 2] {
        order.make_ready(id);
        take(&mut order, Kind::Brief).unwrap();
        order.put(id, Next::More, 1000 * MS);
    }
    assert_eq!(take(&mut order, Kind::Long), Some(1));
    *order.threads.of(Kind::Long) = 1;
    assert!(order.pause(1, MS) && order.give_turns(), "2 is next");
    assert_eq!(*order.missing().of(Kind::Long), 1);
    order.started(Kind::Long, false);
    assert!(!order.give_turns() && !order.is_paused(1));
}

/// By hand: all cores are for long steps when no brief one has been about for a while.
#[test]
fn long_tasks_have_all_cores_where_there_are_no_brief_ones() {
    let mut order = order(2, 1..3);
    for id in [1, 2] {
        order.make_ready(id);
        take(&mut order, Kind::Brief).unwrap();
        order.put(id, Next::More, 1000 * MS);
    }
    order.brief = None;
    assert_eq!([(); 2].map(|()| take(&mut order, Kind::Long)), [Some(1), Some(2)]);
    assert!(!order.pause(1, MS));
    // A brief one is about: there is one turn too many, and who first comes to where it can pauses.
    order.tasks.insert(3, Entry::new(task().1));
    order.make_ready(3);
    assert_eq!(take(&mut order, Kind::Brief), Some(3));
    order.brief = Some(Instant::now() + 3_600_000 * MS);
    assert!(order.pause(2, MS) && !order.give_turns() && order.is_paused(2));
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
            jobs.send(Box::new(move || {
                let start = worked();
                while worked() - start < 20 * MS {
                    crate::thread::let_pass();
                }
                told.send(()).unwrap();
            }))
            .unwrap();
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
            let (jobs, task) = task();
            let (told, ends) = (told.clone(), Arc::new(AtomicBool::new(false)));
            // The first is brief, or its task would be long only then.
            for length in [2 * MS, 20 * MS] {
                let (told, ends) = (told.clone(), Arc::clone(&ends));
                jobs.send(Box::new(move || {
                    let start = worked();
                    while worked() - start < length {
                        crate::thread::let_pass();
                    }
                    if ends.swap(true, Ordering::SeqCst) {
                        told.send(()).unwrap();
                    }
                }))
                .unwrap();
            }
            drop(told);
            pool.wake(id, &task);
        }
        // In the middle of it, sooner or later.
        (0..round % 8).for_each(|_| heard.recv().unwrap());
        drop(pool);
    }
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
