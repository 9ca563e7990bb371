//! A state that is carried from one home to another goes on as if nothing had happened.

use std::sync::OnceLock;

use begat::runtime::bindings::{Analytics, ingest};
use begat::runtime::{EMBEDDED, Failure, Refusal};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

use crate::batches::{Cut, feed_from};
use crate::component::InComponent;
use crate::data::example;
use crate::native::Native;
use crate::subject::{Batch, NOW, Subject};

/// The component in a host that knows the contract and nothing else: no WASI, every import a trap.
struct Bare {
    store: Store<()>,
    analytics: Analytics,
}

impl Bare {
    fn new() -> Self {
        static COMPILED: OnceLock<(Engine, Component)> = OnceLock::new();
        let (engine, component) = COMPILED.get_or_init(|| {
            let engine = Engine::new(&Config::new()).unwrap();
            let component = Component::new(&engine, EMBEDDED).unwrap();
            (engine, component)
        });
        let mut linker = Linker::new(engine);
        linker.define_unknown_imports_as_traps(component).unwrap();
        let mut store = Store::new(engine, ());
        let analytics = Analytics::instantiate(&mut store, component, &linker).unwrap();
        Self { store, analytics }
    }

    fn ingest(&mut self, first_line: u64, text: &str) -> String {
        let batch = ingest::Batch {
            source: "test".into(),
            first_line,
            received_at: NOW,
            environment: None,
            emit: ingest::Emit::All,
            text: text.into(),
        };
        self.analytics.begat_siem_ingest().call_ingest(&mut self.store, &batch).unwrap().unwrap().annotated
    }

    fn restore(&mut self, pieces: &[&[u8]]) {
        let tenant = self.analytics.begat_siem_tenant();
        for (index, piece) in pieces.iter().enumerate() {
            let last = index + 1 == pieces.len();
            tenant.call_restore(&mut self.store, piece, last).unwrap().unwrap();
        }
    }
}

/// The example recording in two halves, cut after a line: number of the second half's first line.
fn halves(text: &str) -> (&str, &str, u64) {
    let lines = text.lines().count() / 2;
    let at = text.split_inclusive('\n').take(lines).map(str::len).sum();
    (&text[..at], &text[at..], lines as u64 + 1)
}

/// What natively comes out of the second half, and the state at the end, when nothing interrupts.
fn uninterrupted(text: &str) -> (String, Vec<u8>) {
    let (first, second, line) = halves(text);
    let mut native = Native::new();
    feed_from(&mut native, &Batch::of(first), Cut::Whole);
    let said = feed_from(&mut native, &Batch { first_line: line, ..Batch::of(second) }, Cut::Whole);
    (said.annotated, native.0.snapshot())
}

#[test]
fn a_state_of_the_component_goes_on_natively() {
    let text = example();
    let (first, second, line) = halves(&text);

    let mut component = InComponent::new();
    component.ingest(&Batch::of(first));
    let snapshot = component.snapshot();

    let mut native = Native::new();
    native.0.restore(&snapshot).unwrap();
    assert!(native.0.snapshot() == snapshot, "a restored state saves other bytes");
    let said = feed_from(&mut native, &Batch { first_line: line, ..Batch::of(second) }, Cut::Lines(7));

    let (expected, state) = uninterrupted(&text);
    assert!(said.annotated == expected, "the lines after the restore say something else");
    assert!(native.0.snapshot() == state, "the states at the end differ");
}

#[test]
fn a_native_state_goes_on_in_the_component() {
    let text = example();
    let (first, second, line) = halves(&text);

    let mut native = Native::new();
    feed_from(&mut native, &Batch::of(first), Cut::Lines(7));
    let snapshot = native.0.snapshot();

    let mut component = InComponent::new();
    component.0.restore(&snapshot).unwrap();
    assert!(component.snapshot() == snapshot, "a restored state saves other bytes");
    let said = component.ingest(&Batch { first_line: line, ..Batch::of(second) });

    let (expected, state) = uninterrupted(&text);
    assert!(said.annotated == expected, "the lines after the restore say something else");
    assert!(component.snapshot() == state, "the states at the end differ");
}

/// Also in a host that offers nothing, and in pieces of an odd size, so that no border of the format is one of
/// a piece.
#[test]
fn a_component_asks_nothing_of_its_host_while_it_works() {
    let text = example();
    let (first, second, line) = halves(&text);
    let mut native = Native::new();
    feed_from(&mut native, &Batch::of(first), Cut::Whole);

    let mut component = Bare::new();
    component.restore(&native.0.snapshot().chunks(10_007).collect::<Vec<_>>());
    assert!(component.ingest(line, second) == uninterrupted(&text).0);
}

#[test]
fn a_state_of_several_chunks_is_whole() {
    // Each of 3,000 paths has 400 letters and stands in the snapshot once: more than one chunk of 1 MiB.
    let start = |n: u32| {
        format!(
            r#"{{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"ws","UtcTime":"2026-03-01 09:00:00.000","ProcessGuid":"{{00000000-0000-0000-0000-{n:012x}}}","Image":"C:\\{}\\{n}.exe"}}"#,
            "x".repeat(400)
        )
    };
    let text: String = (1..=3000).map(|n| start(n) + "\n").collect();
    let mut one = InComponent::new();
    assert_eq!(one.ingest(&Batch::of(&text)).recognised, 3000);
    let snapshot = one.snapshot();
    assert!(snapshot.len() > 1 << 20, "{} bytes", snapshot.len());

    let mut other = InComponent::new();
    other.0.restore(&snapshot).unwrap();
    assert!(other.snapshot() == snapshot);
    assert_eq!(other.stats(), one.stats());
}

#[test]
fn a_snapshot_that_is_damaged_leaves_the_old_state() {
    let text = example();
    let mut component = InComponent::new();
    component.ingest(&Batch::of(halves(&text).0));
    let kept = component.snapshot();

    let mut flipped = kept.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut newer = kept.clone();
    newer[8] = 0xff;
    let cut = &kept[..kept.len() - 1];
    for (bytes, reason) in [
        (&b"{}"[..], "does not begin like one"),
        (b"", "does not begin like one"),
        (cut, &format!("should have {} bytes and has {}", kept.len(), cut.len())),
        (&flipped, "checksum"),
        (&newer, "version 255"),
    ] {
        match component.0.restore(bytes) {
            Err(Failure::Refused(Refusal::Snapshot(why))) => assert!(why.contains(reason), "{why}"),
            other => panic!("{other:?}"),
        }
        assert!(component.snapshot() == kept, "the state changed");
    }
    // What was given of a restore that failed is gone: the next one begins anew.
    component.0.restore(&kept).unwrap();
    assert!(component.snapshot() == kept);
}
