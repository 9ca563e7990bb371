//! begat's integration tests: the component as it is shipped, the same code natively, and the command
//! line, each from the outside.
//!
//! * [`vectors`]: every rule as a data file, see `tests/vectors/README.md`;
//! * [`differential`]: the component against the same code natively, byte for byte, and over batch sizes;
//! * [`snapshots`]: a state carried from one to the other goes on as if nothing had happened;
//! * [`packs`]: baselines, made and loaded natively and in the component;
//! * [`surface`]: what the component imports and exports;
//! * [`example`]: the example recording against what is true of it;
//! * [`recordings`]: real recordings against another program's answers; needs `../shared/data` or `BEGAT_DATA`;
//! * [`auditd`]: a real audit log against a script's counts; needs the same folder;
//! * [`hostile`]: a component that misbehaves, see `tests/hostile/README.md`;
//! * [`vendor_alerts`]: vendors' own alerts against tables made by hand; needs the same folder;
//! * [`tenants`]: tenants that are killed, restarted and run side by side, against undisturbed ones;
//! * [`command_line`]: the binary, from its arguments to its exit code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr
)]

mod auditd;
mod batches;
mod command_line;
mod component;
mod data;
mod differential;
mod example;
mod hostile;
mod investigation;
mod native;
mod packs;
mod recordings;
mod shown;
mod snapshots;
mod subject;
mod surface;
mod tenants;
mod vectors;
mod vendor_alerts;
