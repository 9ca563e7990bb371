//! A component that fits begat's contract, does little, and misbehaves when a line asks it to.
//!
//! For tests of a host: of its limits, of what it does with an instance that ended, and of what the others
//! notice of that. `README.md` says how each misbehaviour is asked for.
//!
//! * [`state`]: what a tenant has taken, and what was asked of it that lasts;
//! * [`snapshot`]: that as bytes;
//! * [`misdeed`]: the words for misbehaviour;
//! * `component`, in WebAssembly only: the contract's calls, and the misdeeds themselves.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing))]

pub mod misdeed;
pub mod snapshot;
pub mod state;

#[cfg(target_arch = "wasm32")]
mod component;
