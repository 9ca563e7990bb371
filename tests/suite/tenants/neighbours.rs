//! Tenants that misbehave in every way at once, and one that does not: what it is answered, and how fast.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use begat::runtime::bindings::ingest::{Batch, Emit};
use begat::store::Settings;
use begat::tenants::{Config, Tenants};

use super::*;
use crate::hostile::guests::hostile;

/// What each bad neighbour does, all the time.
const WORDS: [&str; 7] = ["loop", "recurse", "memory", "huge:16777216", "panic", "trap", "spin:50000000"];

fn batch(number: u64, text: &str) -> Batch {
    Batch {
        source: "calm".into(),
        first_line: number,
        received_at: 0,
        environment: None,
        emit: Emit::All,
        text: text.to_owned(),
    }
}

/// Asks the calm tenant so often: its answers, and how long each took.
fn ask(tenants: &Tenants, calls: u64) -> (Vec<String>, Vec<Duration>) {
    let mut times = Vec::new();
    let mut answers = Vec::new();
    for number in 1..=calls {
        let batch = batch(number, &format!("{{\"a\":{number}}}\n{{\"b\":{number}}}\n").repeat(50));
        let begun = Instant::now();
        let call = move |keeper: &mut Keeper| keeper.ingest(&batch).map(|outcome| outcome.annotated);
        answers.push(tenants.call(&name(0), 0, call).unwrap());
        times.push(begun.elapsed());
    }
    (answers, times)
}

fn start(dir: &Path) -> Tenants {
    let tenants = Tenants::start(hostile().clone(), Config::new(dir.into())).unwrap();
    let settings =
        Settings { memory: Some(32 << 20), call: Some(200), output: Some(8 << 20), ..Settings::default() };
    (0..=WORDS.len() as u64).for_each(|tenant| tenants.add(&name(tenant), &settings).unwrap());
    tenants
}

/// The calm tenant beside neighbours that do their worst all the time: answers, times, and how often a neighbour's
/// instance was ended. All of them are new: one that traps again and again rests longer each time.
fn beside(calls: u64) -> (Vec<String>, Vec<Duration>, u64) {
    let folder = tempfile::tempdir().unwrap();
    let tenants = start(folder.path());
    let done = Arc::new(AtomicBool::new(false));
    let (answers, times) = std::thread::scope(|scope| {
        for (tenant, word) in (1..).zip(WORDS) {
            let (tenants, done) = (&tenants, Arc::clone(&done));
            scope.spawn(move || {
                let line = format!("{{\"hostile\":\"{word}\"}}\n");
                for number in 1.. {
                    if done.load(Ordering::Relaxed) {
                        return;
                    }
                    let batch = batch(number, &line);
                    let outcome =
                        tenants.call(&name(tenant), 0, move |keeper| keeper.ingest(&batch)).unwrap();
                    // Each is put aside, but what only takes its time.
                    assert_eq!(outcome.rejected.len(), usize::from(!word.starts_with("spin")), "{word}");
                }
            });
        }
        let result = ask(&tenants, calls);
        done.store(true, Ordering::Relaxed);
        result
    });
    let traps = tenants.costs().iter().map(|(_, cost)| cost.traps).sum();
    assert!(tenants.close().is_empty());
    (answers, times, traps)
}

/// In rounds, alone and beside neighbours in turn, so that both meet whatever else the machine does.
#[test]
fn nobody_is_answered_otherwise_because_of_a_neighbour() {
    let (rounds, calls) = if full() { (15, 2000) } else { (3, 1000) };
    let (mut alone, mut disturbed, mut traps) = (Times::default(), Times::default(), 0);
    for _ in 0..rounds {
        let folder = tempfile::tempdir().unwrap();
        let (expected, times) = ask(&start(folder.path()), calls);
        alone.add(times);
        let (answers, times, ended) = beside(calls);
        disturbed.add(times);
        traps += ended;
        assert!(answers == expected, "an answer differs");
    }
    eprintln!(
        "{rounds} rounds of {calls} calls: alone {alone}, beside {} neighbours that trapped {traps} times {disturbed}; \
         99th percentiles {:.2} to 1",
        WORDS.len(),
        disturbed.at(99).as_secs_f64() / alone.at(99).as_secs_f64(),
    );
    assert!(traps >= 5, "the neighbours did nothing");
}

/// How long calls took.
#[derive(Default)]
struct Times {
    all: Vec<Duration>,
    /// The 99th percentile of each round.
    rounds: Vec<Duration>,
}

impl Times {
    fn add(&mut self, mut round: Vec<Duration>) {
        round.sort();
        self.rounds.push(round[round.len() * 99 / 100]);
        self.all.extend(round);
        self.all.sort();
    }

    /// What so many of a hundred stay below.
    fn at(&self, percent: usize) -> Duration {
        self.all[self.all.len() * percent / 100]
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (least, most) = (self.rounds.iter().min().unwrap(), self.rounds.iter().max().unwrap());
        let (median, most_of_all) = (self.at(50), self.at(99));
        write!(f, "median {median:.2?}, 99 % below {most_of_all:.2?} (rounds {least:.2?} to {most:.2?})")
    }
}

/// One that asks for much and one that asks for little, on one thread: the one with little waits for one call of the
/// other's at most, not for all of them.
#[test]
fn a_busy_tenant_gets_its_share_and_not_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { threads: 1, ..Config::new(folder.path().into()) };
    let tenants = Tenants::start(hostile().clone(), config).unwrap();
    (0..2).for_each(|tenant| tenants.add(&name(tenant), &Settings::default()).unwrap());
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let post = |tenant: u64, number: u64| {
        let (order, batch) = (Arc::clone(&order), batch(1, "{\"hostile\":\"spin:20000000\"}\n"));
        let call = move |keeper: &mut Keeper| {
            let outcome = keeper.ingest(&batch)?;
            order.lock().unwrap().push((tenant, number));
            Ok(outcome.lines)
        };
        tenants.submit(&name(tenant), 0, call).unwrap()
    };
    let mut tickets: Vec<_> = (0..20).map(|number| post(0, number)).collect();
    tickets.push(post(1, 0));
    tickets.into_iter().for_each(|ticket| assert_eq!(ticket.wait().unwrap(), 1));
    let order = order.lock().unwrap();
    let place = order.iter().position(|(tenant, _)| *tenant == 1).unwrap();
    assert!(place < 20, "after all of the other's: {order:?}");
    let busy: Vec<u64> = order.iter().filter(|(tenant, _)| *tenant == 0).map(|(_, number)| *number).collect();
    assert_eq!(busy, (0..20).collect::<Vec<_>>(), "a tenant's own keep their order");
}

/// Who brings more than the queue holds waits until there is room; nothing is refused, nothing is lost.
#[test]
fn a_full_queue_makes_who_fills_it_wait() {
    let folder = tempfile::tempdir().unwrap();
    let tenants = Tenants::start(hostile().clone(), Config::new(folder.path().into())).unwrap();
    let settings = Settings { queue: Some(1000), input: Some(500), ..Settings::default() };
    tenants.add(&name(0), &settings).unwrap();
    let (begun, begins) = std::sync::mpsc::channel();
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let first = tenants
        .submit(&name(0), 0, move |_| {
            begun.send(()).unwrap();
            gate.recv().unwrap();
            Ok(())
        })
        .unwrap();
    begins.recv().unwrap();
    let posted = Arc::new(std::sync::atomic::AtomicU64::new(0));
    std::thread::scope(|scope| {
        let (tenants, posted) = (&tenants, &posted);
        let filling = scope.spawn(move || {
            let tickets: Vec<_> = (0..10)
                .map(|_| {
                    let batch = batch(1, "{}\n");
                    let ticket = tenants.submit(&name(0), 400, move |keeper| keeper.ingest(&batch)).unwrap();
                    posted.fetch_add(1, Ordering::SeqCst);
                    ticket
                })
                .collect();
            tickets.into_iter().for_each(|ticket| assert_eq!(ticket.wait().unwrap().lines, 1));
        });
        // Two of 400 bytes fit; the third waits for room, which there is none until the first request ends.
        while posted.load(Ordering::SeqCst) < 2 {
            std::thread::yield_now();
        }
        assert_eq!(posted.load(Ordering::SeqCst), 2);
        go.send(()).unwrap();
        filling.join().unwrap();
    });
    first.wait().unwrap();
    let large = batch(1, &"x".repeat(501));
    let fault = tenants.call(&name(0), 0, move |keeper| keeper.ingest(&large)).unwrap_err();
    assert_eq!(fault.to_string(), "a command of 501 bytes, 500 are allowed");
}
