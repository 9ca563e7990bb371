//! Narrows wasmtime to what begat uses: one kind of component, one way to call it, one list of ways
//! in which a call can end.
//!
//! The life of an instance is told by types, each made from the one before:
//!
//! [`Runtime`] (compiler, pool, clock) -> [`Component`] (compiled) -> [`Prepared`] (imports checked and
//! linked) -> [`Instance`] (one tenant, alive until its first trap).
//!
//! Nothing outside this folder names a wasmtime type. Nothing in it knows files, lines or tenants.

mod baseline;
pub mod bindings;
mod cache;
mod calls;
mod component;
mod engine;
mod instance;
mod limits;
mod outcome;
mod snapshot;
mod surface;
mod wasi;

#[cfg(test)]
pub(crate) mod tests;

pub use cache::CachePolicy;
pub use component::{Component, EMBEDDED, LoadError, Prepared};
pub use engine::{Pool, Runtime};
pub use instance::Instance;
pub use limits::Limits;
pub use outcome::{Failure, Refusal};
pub use snapshot::sha256;
pub use surface::{Interface, Surface};
