//! A component that misbehaves: the exact way in which each call ends, and that nobody else notices.
//!
//! What has to end by the clock gets a fifth of a second. Everything else gets the half minute that a call has,
//! so that a busy machine changes no answer.

use std::thread;
use std::time::Duration;

use begat::runtime::bindings::ingest;
use begat::runtime::bindings::tenant::Scope;
use begat::runtime::{
    CachePolicy, Component, EMBEDDED, Failure, Instance, Limits, LoadError, Pool, Prepared, Refusal, Runtime,
};

use crate::batches::Cut;
use crate::component::CACHE;
use crate::data::example;
use crate::shown;
use crate::subject::{NOW, Outcome};

pub mod guests;

use guests::hostile;

const LIMITS: Limits = Limits { memory: 32 << 20, call: Limits::CALL, answer: 8 << 20 };
const BRIEF: Limits = Limits { call: Duration::from_millis(200), ..LIMITS };

/// Lines of every kind: objects, text, a blank one, and one that is broken.
const HONEST: &str = "{\"a\":1}\n<13>su: x\n\n{}\n{bad\n{\"a\":{}}\n";

fn instance(limits: Limits) -> Instance {
    hostile().instantiate(limits).unwrap()
}

fn give(instance: &mut Instance, first_line: u64, text: &str) -> Result<Outcome, Failure> {
    let batch = ingest::Batch {
        source: "test".into(),
        first_line,
        received_at: NOW,
        environment: None,
        emit: ingest::Emit::All,
        text: text.into(),
    };
    Ok(shown::outcome!(instance.ingest(&batch)?))
}

/// A line that asks for a misbehaviour.
fn asking(word: &str) -> String {
    format!("{{\"hostile\":\"{word}\"}}\n")
}

/// An instance that took [`HONEST`] and then `text`.
fn having_taken(text: &str) -> Instance {
    let mut instance = instance(LIMITS);
    give(&mut instance, 1, &format!("{HONEST}{text}")).unwrap();
    instance
}

/// How a misbehaviour ends, in the second batch of an instance and after a line that is well. Then the
/// instance is dead, and every call says why.
fn end_of(word: &str, limits: Limits) -> Failure {
    let mut instance = instance(limits);
    give(&mut instance, 1, HONEST).unwrap();
    let failure = give(&mut instance, 7, &format!("{{}}\n{}", asking(word))).unwrap_err();
    assert_dead(&mut instance, &failure);
    failure
}

fn assert_dead(instance: &mut Instance, failure: &Failure) {
    assert!(!instance.is_alive(), "after {failure:?}");
    let poisoned = Failure::Poisoned { cause: failure.to_string() };
    assert_eq!(give(instance, 1, "{}\n").unwrap_err(), poisoned);
    assert_eq!(instance.stats().unwrap_err(), poisoned);
    assert_eq!(instance.snapshot().unwrap_err(), poisoned);
    assert_eq!(instance.restore(b"").unwrap_err(), poisoned);
}

fn assert_trap(failure: &Failure) {
    let Failure::Trap { message } = failure else { panic!("{failure:?}") };
    assert!(message.contains("wasm `unreachable` instruction executed"), "{message}");
}

/// The least that the guest could not have, above `allowed`: at most `step` more, since it asks in such steps.
fn assert_memory(failure: &Failure, allowed: u64, step: u64) {
    let Failure::Memory { asked, allowed: told } = *failure else { panic!("{failure:?}") };
    assert_eq!(told, allowed);
    assert!(asked > allowed && asked <= allowed + step, "{asked} of {allowed}");
}

#[test]
fn it_is_honest_until_it_is_asked() {
    let mut instance = instance(LIMITS);
    let outcome = give(&mut instance, 1, HONEST).unwrap();
    assert_eq!(
        outcome,
        Outcome {
            lines: 6,
            recognised: 3,
            passed: 1,
            // The b of `{bad` is where a name in quotes should begin.
            rejected: vec![(5, Some(2), "not a JSON object".into())],
            annotated: "{\"a\":1,\"begat\":{\"n\":1}}\n<13>su: x\n\n{\"begat\":{\"n\":4}}\n{bad\n\
                        {\"a\":{},\"begat\":{\"n\":6}}\n"
                .into(),
        }
    );
    assert_eq!(give(&mut instance, 7, ""), Ok(Outcome::default()));
    let stats = instance.stats().unwrap();
    assert_eq!((stats.lines, stats.recognised, stats.passed, stats.rejected), (6, 3, 1, 1));

    assert_eq!(instance.configure("{}"), Ok(1));
    assert_eq!(instance.configure("{\"a\":1}"), Ok(2));
    assert!(matches!(instance.configure("1"), Err(Failure::Refused(Refusal::Invalid(..)))));
    let nobody = Refusal::NotFound("host".into(), "ws".into());
    assert_eq!(instance.forget(&Scope::Host("ws".into())), Err(nobody.into()));
    assert_eq!(instance.forget(&Scope::All), Ok(()));
    assert_eq!(instance.stats().unwrap().lines, 0);
}

#[test]
fn how_lines_are_cut_into_batches_does_not_matter() {
    let whole = |text: &str, cut: Cut| {
        let mut instance = instance(LIMITS);
        let mut all = Outcome::default();
        for piece in cut.pieces(text) {
            let said = give(&mut instance, 1 + all.lines, piece).unwrap();
            all.append(said);
        }
        (all, instance.snapshot().unwrap())
    };
    let text = format!("{}{}", HONEST.repeat(5), asking("panic-after:1000"));
    let expected = whole(&text, Cut::Whole);
    assert_eq!(expected.0.lines, 31);
    for cut in [Cut::Lines(1), Cut::Lines(2), Cut::Lines(7), Cut::Bytes(10)] {
        assert_eq!(whole(&text, cut), expected, "{cut:?}");
    }
    // Also a last line without its newline is that line; and every line counts, in its order.
    assert_eq!(whole(text.trim_end(), Cut::Whole), expected);
    assert_ne!(whole("a\nb\n", Cut::Whole).1, whole("b\na\n", Cut::Whole).1);
    assert_ne!(whole("ab\nc\n", Cut::Whole).1, whole("a\nbc\n", Cut::Whole).1);
}

#[test]
fn an_endless_loop_meets_its_deadline() {
    let deadline = Failure::Deadline { limit: BRIEF.call };
    assert_eq!(end_of("loop", BRIEF), deadline);
    // Also one that would end some day.
    assert_eq!(end_of(&format!("spin:{}", u64::MAX), BRIEF), deadline);
}

#[test]
fn work_that_ends_is_answered() {
    let said = give(&mut instance(LIMITS), 1, &asking("spin:1000")).unwrap();
    assert_eq!(said.annotated, "{\"hostile\":\"spin:1000\",\"begat\":{\"n\":1}}\n");
}

/// Sixteen others on each core make the clock on the wall run many times as long as the call works.
#[cfg(target_os = "linux")]
#[test]
fn what_others_take_of_the_machine_is_not_the_calls_time() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let done = AtomicBool::new(false);
    let said = thread::scope(|scope| {
        for _ in 0..16 * thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop()
                }
            });
        }
        let limits = Limits { call: Duration::from_millis(400), ..LIMITS };
        let begun = std::time::Instant::now();
        let said = give(&mut instance(limits), 1, &asking("spin:150000000"));
        eprintln!("{:?} by the clock", begun.elapsed());
        done.store(true, Ordering::Relaxed);
        said
    });
    assert_eq!(said.map(|outcome| outcome.lines), Ok(1));
}

#[test]
fn recursion_uses_up_the_stack() {
    assert_eq!(end_of("recurse", LIMITS), Failure::Stack);
}

/// One MiB at once, and what the allocator adds to it: less than another.
#[test]
fn an_allocation_without_end_is_told_what_it_asked() {
    assert_memory(&end_of("memory", LIMITS), 32 << 20, 2 << 20);
    assert_memory(&end_of("memory", Limits { memory: 16 << 20, ..LIMITS }), 16 << 20, 2 << 20);
}

#[test]
fn an_answer_is_as_large_as_it_may_be() {
    let too_large = Failure::AnswerTooLarge { allowed: 8 << 20 };
    assert_eq!(end_of("huge:16777216", LIMITS), too_large);
    // 256 MiB, for which there has to be room in the guest.
    assert_eq!(end_of("huge", Limits { memory: 1 << 30, ..LIMITS }), too_large);
    let said = give(&mut instance(LIMITS), 1, &asking("huge:4194304")).unwrap();
    assert!(said.annotated == " ".repeat(4 << 20) + "\n");
}

/// The line with which it asks is the eighth of its source: six honest ones, `{}`, and this.
#[test]
fn a_panic_is_its_message() {
    let message = "hostile panic at line 8".to_owned();
    assert_eq!(end_of("panic", LIMITS), Failure::Panic { message });
}

#[test]
fn an_exit_is_an_exit() {
    assert_eq!(end_of("exit", LIMITS), Failure::Exit);
}

#[test]
fn a_trap_without_a_word_is_a_trap() {
    assert_trap(&end_of("trap", LIMITS));
}

#[test]
fn a_refusal_leaves_instance_and_state_as_they_were() {
    let mut instance = having_taken("");
    let before = instance.snapshot().unwrap();
    let refused = |message: &str| {
        let refusal = Refusal::Invalid("hostile".into(), message.into());
        Failure::Refused(refusal)
    };
    let text = format!("{{}}\n{}", asking("refuse"));
    assert_eq!(give(&mut instance, 7, &text).unwrap_err(), refused("line 8 asks to refuse its batch"));
    // A word that means nothing must not pass for a misbehaviour that was survived.
    assert_eq!(
        give(&mut instance, 7, &asking("lop")).unwrap_err(),
        refused("`lop` is no misbehaviour of this component")
    );
    assert!(instance.is_alive());
    assert_eq!(instance.snapshot().unwrap(), before);
    assert_eq!(give(&mut instance, 7, "{}\n").unwrap().annotated, "{\"begat\":{\"n\":7}}\n");
}

#[test]
fn a_poisoned_state_fails_again_after_a_restart() {
    // The seventh line asks; the ninth is the first to panic.
    let mut first = having_taken(&asking("panic-after:9"));
    give(&mut first, 8, "{}\n").unwrap();
    let snapshot = first.snapshot().unwrap();
    let panic = |line: u64| Failure::Panic { message: format!("hostile panic at line {line}") };
    assert_eq!(give(&mut first, 9, "{}\n").unwrap_err(), panic(9));
    assert_dead(&mut first, &panic(9));

    for line in [9, 10] {
        let mut restarted = instance(LIMITS);
        restarted.restore(&snapshot).unwrap();
        assert_eq!(give(&mut restarted, line, "{}\n").unwrap_err(), panic(line));
        assert_dead(&mut restarted, &panic(line));
    }

    // What it took by then is forgotten, and with it what it was asked.
    let mut cured = instance(LIMITS);
    cured.restore(&snapshot).unwrap();
    cured.forget(&Scope::All).unwrap();
    assert_eq!(give(&mut cured, 9, &"{}\n".repeat(20)).unwrap().lines, 20);
}

#[test]
fn a_state_is_carried_on() {
    let mut one = having_taken("");
    one.configure("{\"b\":1,\"a\":2}").unwrap();
    let snapshot = one.snapshot().unwrap();
    let mut other = instance(LIMITS);
    other.restore(&snapshot).unwrap();
    assert_eq!(other.snapshot().unwrap(), snapshot);
    assert_eq!(give(&mut other, 7, HONEST), give(&mut one, 7, HONEST));
    assert_eq!(other.snapshot().unwrap(), one.snapshot().unwrap());
    assert_ne!(other.snapshot().unwrap(), snapshot);
}

#[test]
fn what_is_no_snapshot_of_it_is_refused_with_the_reason() {
    let mut instance = having_taken("");
    let kept = instance.snapshot().unwrap();
    let mut flipped = kept.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let length = kept.len();
    for (bytes, reason) in [
        (&b"BEGATSNP"[..], "it does not begin like one"),
        (&kept[..length - 1], &format!("it should have {length} bytes and has {}", length - 1)),
        (&flipped, "its checksum does not fit its content"),
        (&newer(), "it has version 2, which is newer than this component"),
    ] {
        let refusal = Refusal::Snapshot(reason.into());
        assert_eq!(instance.restore(bytes).unwrap_err(), Failure::Refused(refusal));
        assert_eq!(instance.snapshot().unwrap(), kept);
    }
}

/// The state of [`HONEST`], as version 2 writes it.
fn newer() -> Vec<u8> {
    let mut instance = guests::prepare(guests::VERSION_2).unwrap().instantiate(LIMITS).unwrap();
    give(&mut instance, 1, HONEST).unwrap();
    instance.snapshot().unwrap()
}

#[test]
fn an_upgrade_that_works_is_as_if_it_had_always_been_there() {
    let old = having_taken("").snapshot().unwrap();
    let mut upgraded = guests::prepare(guests::VERSION_2).unwrap().instantiate(LIMITS).unwrap();
    upgraded.restore(&old).unwrap();
    assert_eq!(upgraded.snapshot().unwrap(), newer());
    assert_ne!(old, newer());
    assert_eq!(give(&mut upgraded, 7, "{}\n").unwrap().annotated, "{\"begat\":{\"n\":7}}\n");
}

#[test]
fn an_upgrade_that_does_not_work_traps() {
    let prepared = guests::prepare(guests::VERSION_2_BROKEN).unwrap();
    let mut broken = prepared.instantiate(LIMITS).unwrap();
    let failure = broken.restore(&having_taken("").snapshot().unwrap()).unwrap_err();
    assert_trap(&failure);
    assert_dead(&mut broken, &failure);
    // Its own version it reads.
    let mut fresh = prepared.instantiate(LIMITS).unwrap();
    fresh.restore(&newer()).unwrap();
    assert_eq!(fresh.snapshot().unwrap(), newer());
}

#[test]
fn a_snapshot_that_is_not_as_announced_is_refused_once() {
    let mut liar = having_taken(&asking("bad-snapshot"));
    let refusal = Refusal::Snapshot("the component gives other bytes than it has announced".into());
    assert_eq!(liar.snapshot().unwrap_err(), Failure::Refused(refusal));
    assert!(liar.is_alive());
    let snapshot = liar.snapshot().unwrap();
    let mut other = instance(LIMITS);
    other.restore(&snapshot).unwrap();
    assert_eq!(other.snapshot().unwrap(), snapshot);
}

#[test]
fn a_state_that_cannot_be_restored_traps_whom_it_is_given() {
    let mut one = having_taken(&asking("bad-restore"));
    let snapshot = one.snapshot().unwrap();
    let mut other = instance(LIMITS);
    let failure = other.restore(&snapshot).unwrap_err();
    assert_trap(&failure);
    assert_dead(&mut other, &failure);
    assert_eq!(give(&mut one, 8, "{}\n").unwrap().annotated, "{\"begat\":{\"n\":8}}\n");
}

/// By file name, so that no text lies there untested.
#[test]
fn a_start_is_held_to_the_limits_of_a_call() {
    for (name, module) in guests::texts(true) {
        let component = guests::starting_with(guests::HOSTILE, &module);
        let prepared = guests::prepare(&component).unwrap();
        let start = |limits| prepared.instantiate(limits).err().unwrap();
        match name.as_str() {
            "start-loop" => assert_eq!(start(BRIEF), Failure::Deadline { limit: BRIEF.call }),
            "start-table" => assert_memory(&start(LIMITS), 32 << 20, 512 << 10),
            "start-trap" => assert_trap(&start(LIMITS)),
            other => panic!("no test says how {other} ends"),
        }
    }
    // It is the module that ends them: one that does nothing is a start like any other.
    let harmless = guests::starting_with(guests::HOSTILE, &wat::parse_str("(module)").unwrap());
    let mut instance = guests::prepare(&harmless).unwrap().instantiate(LIMITS).unwrap();
    assert_eq!(give(&mut instance, 1, "{}\n").unwrap().annotated, "{\"begat\":{\"n\":1}}\n");
}

#[test]
fn what_is_none_of_begats_is_refused_before_it_runs() {
    for (name, bytes) in guests::texts(false) {
        let error = guests::prepare(&bytes).err().unwrap();
        match name.as_str() {
            "another-world" => assert!(matches!(error, LoadError::WrongWorld(_)), "{error:?}"),
            "core-module" => assert!(matches!(error, LoadError::NotAComponent(_)), "{error:?}"),
            "forbidden-import" => {
                let import = "wasi:filesystem/preopens@0.2.0".to_owned();
                assert_eq!(error, LoadError::ForbiddenImport { import });
            }
            other => panic!("no test says how {other} ends"),
        }
    }
}

/// Every misbehaviour that ends its instance, and what it needs to come to its own end.
const ENDS: [(&str, Limits); 7] = [
    ("loop", BRIEF),
    ("recurse", LIMITS),
    ("memory", LIMITS),
    ("huge:16777216", LIMITS),
    ("panic", LIMITS),
    ("exit", LIMITS),
    ("trap", LIMITS),
];

/// An instance takes a text in pieces, with `meanwhile` before each; all that it said and its state at the end.
fn neighbour(prepared: &Prepared, text: &str, mut meanwhile: impl FnMut(usize)) -> (Outcome, Vec<u8>) {
    let mut instance = prepared.instantiate(Limits::default()).unwrap();
    let mut all = Outcome::default();
    let lines = text.lines().count().div_ceil(ENDS.len());
    for (index, piece) in Cut::Lines(lines).pieces(text).into_iter().enumerate() {
        meanwhile(index);
        let said = give(&mut instance, 1 + all.lines, piece).unwrap();
        all.append(said);
    }
    (all, instance.snapshot().unwrap())
}

/// Of the same component and of begat's own, on the same runtime.
#[test]
fn nobody_notices_how_another_instance_ends() {
    let begat = guests::prepare(EMBEDDED).unwrap();
    for (prepared, text) in [(hostile(), HONEST.repeat(7)), (&begat, example())] {
        let expected = neighbour(prepared, &text, |_| ());
        let mut ended = 0;
        let disturbed = neighbour(prepared, &text, |index| {
            let (word, limits) = ENDS[index];
            end_of(word, limits);
            ended += 1;
        });
        assert_eq!(ended, ENDS.len());
        assert!(disturbed == expected);
    }
}

/// In the pool, where the next instance gets the memory of one that ended.
#[test]
fn nothing_is_left_for_the_next_tenant_of_a_slot() {
    let runtime = Runtime::new(Pool::Slots(100), &CachePolicy::Folder(CACHE.into())).unwrap();
    let prepared = Component::compile(&runtime, guests::HOSTILE).unwrap().prepare().unwrap();
    let text = HONEST.repeat(7);
    let expected = neighbour(&prepared, &text, |_| ());
    let newborn = prepared.instantiate(LIMITS).unwrap().snapshot().unwrap();
    for (word, limits) in ENDS {
        let mut ending = prepared.instantiate(limits).unwrap();
        give(&mut ending, 1, &format!("{HONEST}{}", asking("panic-after:100"))).unwrap();
        give(&mut ending, 8, &asking(word)).unwrap_err();
        drop(ending);
        assert_eq!(prepared.instantiate(LIMITS).unwrap().snapshot().unwrap(), newborn, "after {word}");
        assert!(neighbour(&prepared, &text, |_| ()) == expected, "after {word}");
    }
}

#[test]
fn nobody_notices_an_endless_loop_while_it_runs() {
    let text = HONEST.repeat(7);
    let expected = neighbour(hostile(), &text, |_| ());
    thread::scope(|scope| {
        let looping = scope.spawn(|| end_of("loop", BRIEF));
        loop {
            let ends_with_this = looping.is_finished();
            assert!(neighbour(hostile(), &text, |_| ()) == expected);
            if ends_with_this {
                break;
            }
        }
        assert_eq!(looping.join().unwrap(), Failure::Deadline { limit: BRIEF.call });
    });
}
