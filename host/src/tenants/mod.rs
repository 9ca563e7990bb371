//! A tenant that survives its instance, and many of them side by side.
//!
//! [`Keeper`] is one tenant: an instance, and the [`store`](crate::store) under it. It makes every change twice, in
//! the component and in the journal, brings the tenant back after a trap, and puts aside the line that caused it.
//! [`Tenants`] runs many: a queue each, a fair share of the machine, asleep while nobody asks.

mod birth;
mod command;
mod components;
mod cost;
mod fault;
mod keeper;
mod mailbox;
mod many;
mod meta;
mod pool;
mod replay;
mod since;
mod split;
mod upgrade;

pub use birth::{Birth, seed};
pub use command::{Command, Quarantined};
pub use cost::Cost;
pub use fault::{Fault, Notice};
pub use keeper::{Durability, Keeper};
pub use many::{Config, Tenants, Ticket};
