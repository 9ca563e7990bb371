//! What wasmtime generates from `wit/`: the contract's records and its calls.
#![allow(missing_docs, unreachable_pub, reason = "generated; the documentation stands in wit/")]
#![allow(clippy::all, clippy::pedantic, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "analytics",
    // Journals hold some of these records.
    additional_derives: [serde::Serialize, serde::Deserialize],
});

pub use self::begat::siem::types;
pub use exports::begat::siem::{
    alerts, baseline, causality, correlation, hierarchy, ingest, scoring, tenant,
};
