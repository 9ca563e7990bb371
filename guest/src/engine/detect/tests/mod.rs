//! What raises an alert and what does not, by example.

mod lsass;
mod memory;
mod parents;
mod rare;
mod recordings;
mod telemetry;
mod threads;
