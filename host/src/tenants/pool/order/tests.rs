//! By hand: what is next, and who pauses.

use super::*;

const MS: Duration = Duration::from_millis(1);

/// One that is never run.
struct Still;

impl Task for Still {
    fn step(&self) -> Next {
        Next::Idle
    }
}

fn task() -> Arc<dyn Task> {
    Arc::new(Still)
}

fn order(cores: usize, tasks: std::ops::Range<u64>) -> Order {
    let mut order = Order::of(cores);
    tasks.for_each(|id| drop(order.tasks.insert(id, Entry::new(task()))));
    order
}

fn take(order: &mut Order, kind: Kind) -> Option<u64> {
    order.take(kind, Running::new(Thread::own(), Duration::ZERO)).map(|(id, _)| id)
}

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
    order.tasks.insert(3, Entry::new(task()));
    order.make_ready(3);
    assert_eq!(take(&mut order, Kind::Brief), Some(3));
    order.brief = Some(Instant::now() + 3_600_000 * MS);
    assert!(order.pause(2, MS) && !order.give_turns() && order.is_paused(2));
}
