//! begat's analytics: pure logic, no clock, no randomness, no I/O.
//!
//! The same code is the WASI component (`component.rs`, wasm only) and this native library, which
//! unit tests, property tests, fuzzers and benches use. Data flows through the folders in the order
//! of their names' story:
//!
//! * [`formats`]: a line of text becomes an event; the only place that knows Sysmon, ECS, Winlogbeat.
//! * [`model`]: the event, in ECS terms.
//! * [`engine`]: the state of one tenant, and what an event does to it.
//! * [`query`]: questions about it, read and printed.
//! * [`text`]: how times, paths and JSON are read and written.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss
    )
)]

pub mod engine;
pub mod error;
pub mod formats;
pub mod model;
pub mod query;
pub mod text;

#[cfg(target_arch = "wasm32")]
mod component;

pub use engine::{Batch, Emit, Engine, Outcome, Rejection};
pub use error::{Error, SnapshotError};
