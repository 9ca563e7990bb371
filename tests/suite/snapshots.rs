//! A state that is carried from one home to another goes on as if nothing had happened.
//!
//! The component stands here in a host of its own, that knows the contract and nothing else: no WASI, every
//! import a trap. So it also shows that the component asks nothing of its host while it works.

use std::sync::OnceLock;

use begat::runtime::EMBEDDED;
use begat::runtime::bindings::{Analytics, ingest, types};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

use crate::batches::{Cut, feed_from};
use crate::data::example;
use crate::native::Native;
use crate::subject::{Batch, NOW};

/// The component without any WASI.
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

    fn snapshot(&mut self) -> Vec<u8> {
        let tenant = self.analytics.begat_siem_tenant();
        let info = tenant.call_snapshot(&mut self.store).unwrap().unwrap();
        let mut bytes = Vec::new();
        for index in 0..info.chunks {
            let chunk = tenant.call_snapshot_chunk(&mut self.store, index).unwrap().unwrap();
            assert!(chunk.len() <= 1 << 20, "a chunk has at most 1 MiB");
            bytes.extend(chunk);
        }
        assert_eq!(bytes.len() as u64, info.size);
        assert_eq!(begat_guest::engine::sha256_hex(&bytes), info.sha256);
        bytes
    }

    fn restore(&mut self, bytes: &[u8], chunk: usize) -> Result<(), types::Error> {
        let tenant = self.analytics.begat_siem_tenant();
        let chunks: Vec<&[u8]> = bytes.chunks(chunk).collect();
        for (index, chunk) in chunks.iter().enumerate() {
            let last = index + 1 == chunks.len();
            tenant.call_restore(&mut self.store, chunk, last).unwrap()?;
        }
        Ok(())
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

    let mut component = Bare::new();
    component.ingest(1, first);
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

    // In pieces of an odd size, so that no border of the format is one of a piece.
    let mut component = Bare::new();
    component.restore(&snapshot, 10_007).unwrap();
    assert!(component.snapshot() == snapshot, "a restored state saves other bytes");
    let said = component.ingest(line, second);

    let (expected, state) = uninterrupted(&text);
    assert!(said == expected, "the lines after the restore say something else");
    assert!(component.snapshot() == state, "the states at the end differ");
}

#[test]
fn a_snapshot_that_is_damaged_leaves_the_old_state() {
    let text = example();
    let mut component = Bare::new();
    component.ingest(1, halves(&text).0);
    let kept = component.snapshot();

    use types::SnapshotError as E;
    let mut flipped = kept.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut newer = kept.clone();
    newer[8] = 0xff;
    let cut = &kept[..kept.len() - 1];
    type Case<'c> = (&'c [u8], fn(&E) -> bool);
    let cases: [Case<'_>; 4] = [
        (b"{}", |e| matches!(e, E::NotASnapshot)),
        (cut, |e| matches!(e, E::WrongLength(_))),
        (&flipped, |e| matches!(e, E::WrongChecksum)),
        (&newer, |e| matches!(e, E::NewerVersion(_))),
    ];
    for (bytes, is_the_reason) in cases {
        match component.restore(bytes, 1 << 20) {
            Err(types::Error::Snapshot(why)) => assert!(is_the_reason(&why), "{why:?}"),
            other => panic!("{other:?}"),
        }
        assert!(component.snapshot() == kept, "the state changed");
    }
    // What was given of a restore that failed is gone: the next one begins anew.
    component.restore(&kept, 1 << 20).unwrap();
    assert!(component.snapshot() == kept);
}
