//! Guests that misbehave, each a few lines of text, and the exact way in which they end.
//!
//! They export nothing of the contract: what they do, they do while they start, which is held to the
//! same limits as a call.

use std::sync::OnceLock;
use std::time::Duration;

use wasmtime::component::Linker;

use super::*;
use crate::runtime::wasi;

/// The embedded component, compiled once for all tests.
pub(crate) fn embedded() -> &'static Prepared {
    static PREPARED: OnceLock<Prepared> = OnceLock::new();
    PREPARED.get_or_init(|| Component::compile(&runtime(), EMBEDDED).unwrap().prepare().unwrap())
}

fn runtime() -> Runtime {
    Runtime::new(Pool::OnDemand, &CachePolicy::Off).unwrap()
}

/// Starts a component that is none of the contract's, as [`Instance`] starts one that is.
fn start(wat: &str, limits: Limits) -> Result<(), Failure> {
    let runtime = runtime();
    let component =
        wasmtime::component::Component::new(runtime.engine(), wat::parse_str(wat).unwrap()).unwrap();
    let mut linker = Linker::new(runtime.engine());
    wasi::add_to(&mut linker).unwrap();
    let mut store = instance::store(runtime.engine(), limits);
    linker
        .instantiate(&mut store, &component)
        .map(|_| ())
        .map_err(|error| outcome::classify(&error, store.data(), &limits))
}

/// A component around one core module whose start function has this body.
fn module(fields: &str, body: &str) -> String {
    format!(
        "(component (core module $m {fields} (func $f {body}) (start $f)) (core instance (instantiate $m)))"
    )
}

#[test]
fn an_endless_loop_meets_its_deadline() {
    let limits = Limits { call: Duration::from_millis(50), ..Limits::default() };
    let failure = start(&module("", "(loop $l (br $l))"), limits).unwrap_err();
    assert_eq!(failure, Failure::Deadline { limit: limits.call });
}

#[test]
fn a_memory_bomb_is_told_what_it_asked() {
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let bomb = module("(memory 1)", "(drop (memory.grow (i32.const 16)))");
    assert_eq!(start(&bomb, limits).unwrap_err(), Failure::Memory { asked: 17 << 16, allowed: 1 << 20 });
    let large_from_birth = module("(memory 17)", "");
    assert_eq!(
        start(&large_from_birth, limits).unwrap_err(),
        Failure::Memory { asked: 17 << 16, allowed: 1 << 20 }
    );
    assert_eq!(start(&module("(memory 16)", ""), limits), Ok(()));
}

#[test]
fn a_table_bomb_counts_like_memory() {
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let bomb = module("(table 1 funcref)", "(drop (table.grow (ref.null func) (i32.const 131072)))");
    assert_eq!(start(&bomb, limits).unwrap_err(), Failure::Memory { asked: 8 * 131_073, allowed: 1 << 20 });
}

#[test]
fn deep_recursion_uses_up_the_stack_and_nothing_else() {
    assert_eq!(start(&module("", "(call $f)"), Limits::default()).unwrap_err(), Failure::Stack);
}

#[test]
fn another_trap_says_which() {
    let failure = start(&module("", "unreachable"), Limits::default()).unwrap_err();
    let Failure::Trap { message } = failure else { panic!("{failure:?}") };
    assert!(message.contains("unreachable"), "{message}");
}

/// A core module that hands `bytes` bytes to stderr.
fn writer(bytes: u32) -> String {
    format!(
        r#"(component
            (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
            (alias export $error "error" (type $error))
            (import "wasi:io/streams@0.2.0" (instance $streams
                (export "output-stream" (type $out (sub resource)))
                (alias outer 1 $error (type $e))
                (export "error" (type $error (eq $e)))
                (type $stream-error (variant (case "last-operation-failed" (own $error)) (case "closed")))
                (export "stream-error" (type $se (eq $stream-error)))
                (export "[method]output-stream.write"
                    (func (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $se)))))))
            (alias export $streams "output-stream" (type $out))
            (import "wasi:cli/stderr@0.2.0" (instance $stderr
                (alias outer 1 $out (type $o))
                (export "output-stream" (type $out (eq $o)))
                (export "get-stderr" (func (result (own $out))))))
            (core module $libc (memory (export "memory") 64))
            (core instance $libc (instantiate $libc))
            (alias core export $libc "memory" (core memory $memory))
            (core func $get (canon lower (func $stderr "get-stderr")))
            (core func $write (canon lower (func $streams "[method]output-stream.write")
                (memory $memory)))
            (core module $m
                (import "" "get" (func $get (result i32)))
                (import "" "write" (func $write (param i32 i32 i32 i32)))
                (import "" "memory" (memory 64))
                (data (i32.const 16) "it went wrong")
                (func $f (call $write (call $get) (i32.const 16) (i32.const {bytes}) (i32.const 0)) unreachable)
                (start $f))
            (core instance (instantiate $m (with "" (instance
                (export "get" (func $get)) (export "write" (func $write)) (export "memory" (memory $memory)))))))"#
    )
}

#[test]
fn last_words_are_the_message() {
    let failure = start(&writer(13), Limits::default()).unwrap_err();
    assert_eq!(failure, Failure::Panic { message: "it went wrong".into() });
}

#[test]
fn what_a_guest_hands_over_is_bounded() {
    let limits = Limits { answer: 1 << 20, ..Limits::default() };
    assert_eq!(start(&writer(2 << 20), limits).unwrap_err(), Failure::AnswerTooLarge { allowed: 1 << 20 });
    let Failure::Panic { message } = start(&writer(1 << 20), limits).unwrap_err() else { panic!() };
    assert_eq!(message.len(), 16 << 10, "and of what is taken, only so much is kept");
}

fn prepare(wat: &str) -> Result<(), LoadError> {
    Component::compile(&runtime(), &wat::parse_str(wat).unwrap())?.prepare().map(|_| ())
}

#[test]
fn an_import_that_is_not_offered_is_refused_by_name() {
    let clock = r#"(component (import "wasi:clocks/wall-clock@0.2.0" (instance
        (export "resolution" (func (result u64))))))"#;
    let import = "wasi:clocks/wall-clock@0.2.0".to_owned();
    assert_eq!(prepare(clock).unwrap_err(), LoadError::ForbiddenImport { import });

    let function = r#"(component (import "steal" (func)))"#;
    assert_eq!(prepare(function).unwrap_err(), LoadError::ForbiddenImport { import: "steal".into() });
}

#[test]
fn what_is_no_component_of_begat_is_refused() {
    assert!(matches!(prepare("(component)"), Err(LoadError::WrongWorld(_))));
    assert!(matches!(prepare("(module)"), Err(LoadError::NotAComponent(_))));
    let cut = Component::compile(&runtime(), &EMBEDDED[..EMBEDDED.len() / 2]);
    assert!(matches!(cut.err(), Some(LoadError::NotAComponent(_))));
    for other in [&b""[..], b"\x7fELF", b"{\"not\":\"wasm\"}"] {
        let other = Component::compile(&runtime(), other);
        assert!(matches!(other.err(), Some(LoadError::NotAComponent(_))));
    }
}

#[test]
fn the_embedded_component_lives_in_a_pool_too() {
    let runtime = Runtime::new(Pool::Slots(3), &CachePolicy::Off).unwrap();
    let prepared = Component::compile(&runtime, EMBEDDED).unwrap().prepare().unwrap();
    let start = || prepared.instantiate(Limits::default());
    let mut instances: Vec<_> = (0..3).map(|_| start().unwrap()).collect();
    for instance in &mut instances {
        assert_eq!(instance.stats().unwrap().lines, 0);
    }
    let Err(Failure::Machine { message }) = start() else { panic!("there is no fourth slot") };
    assert!(message.contains("limit of 3"), "{message}");
    instances.pop();
    start().unwrap();
}

fn batch(text: String) -> bindings::ingest::Batch {
    let emit = bindings::ingest::Emit::All;
    bindings::ingest::Batch {
        source: "f".into(),
        first_line: 1,
        received_at: 0,
        environment: None,
        emit,
        text,
    }
}

#[test]
fn after_a_trap_every_call_says_why() {
    // Enough to start and no more: the batch does not fit.
    let mut instance = embedded().instantiate(Limits { memory: 8 << 20, ..Limits::default() }).unwrap();
    let failure = instance.ingest(&batch("x\n".repeat(8 << 20))).unwrap_err();
    assert!(matches!(failure, Failure::Memory { allowed: 0x80_0000, .. }), "{failure:?}");
    assert!(!instance.is_alive());
    assert_eq!(instance.stats().unwrap_err(), Failure::Poisoned { cause: failure.to_string() });
}

/// The clock once stopped with the component that the instance was made from.
#[test]
fn an_instance_keeps_the_clock_that_its_deadlines_need() {
    let limits = Limits { call: Duration::from_millis(1), ..Limits::default() };
    let mut instance =
        Component::compile(&runtime(), EMBEDDED).unwrap().prepare().unwrap().instantiate(limits).unwrap();
    let endless = batch("{\"a\":1}\n".repeat(1 << 20));
    let failure = (0..1000).find_map(|_| instance.ingest(&endless).err());
    assert_eq!(failure, Some(Failure::Deadline { limit: limits.call }));
}

#[test]
fn a_refusal_leaves_the_instance_alive() {
    let mut instance = embedded().instantiate(Limits::default()).unwrap();
    assert!(matches!(
        instance.configure("{\"no such entry\":1}"),
        Err(Failure::Refused(Refusal::Invalid(..)))
    ));
    assert!(instance.is_alive());
    assert_eq!(instance.ingest(&batch("{}\n".into())).unwrap().lines, 1);
}
