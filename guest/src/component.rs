//! The component's face: the contract's calls on the one engine of this instance.
//!
//! The only file that knows wit-bindgen. It converts types and holds no logic.
#![allow(unsafe_code, reason = "generated glue of wit-bindgen")]
#![allow(missing_docs, reason = "generated; the documentation stands in wit/")]

use std::cell::RefCell;

use crate::engine::{self, Engine};
use crate::error::{Error as NativeError, SnapshotError as NativeSnapshotError};

wit_bindgen::generate!({ path: "../wit", world: "analytics" });

use begat::siem::types::{
    Error, FieldError, InstanceId, LimitError, Origin, Page, SnapshotError, Timestamp,
};
use exports::begat::siem::{causality, correlation, hierarchy, ingest, scoring, tenant};

thread_local! {
    static ENGINE: RefCell<Engine> = RefCell::new(Engine::new());
}

struct Component;
export!(Component);
