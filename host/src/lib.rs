//! The reference host of begat: runs the component on wasmtime.
//!
//! Data flows through the folders in this order:
//!
//! * [`input`]: files and stdin, unpacked, become batches of lines.
//! * [`runtime`]: the component, and what a call into it can end with.
//! * [`run`]: the job of `begat run`: batches through an instance, annotated lines out, a report.
//! * [`clusters`]: clusters and their alerts as JSON, as exports, and compared.
//! * [`chain`]: causality chains as trees, pictures and JSON.
//! * [`scoring`]: EchoTrail's requests and answers as JSON.
//! * [`store`]: tenants' states on disk.
//! * [`tenants`]: a tenant that survives its instance, and many of them side by side.
//! * [`text`]: what others wrote, made harmless.
//! * [`cli`]: the command line; the only place that prints.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

pub mod chain;
pub mod cli;
pub mod clusters;
pub mod input;
pub mod run;
pub mod runtime;
pub mod scoring;
pub mod store;
pub mod tenants;
pub mod text;
mod thread;
