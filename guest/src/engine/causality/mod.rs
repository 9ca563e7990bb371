//! Investigation: the chain that one root cause led to, what it touched, and queries over all events held.
//!
//! [`around`] knows what stands next to a process, [`causes`] and [`remote`] what led to it besides its parent,
//! [`chain`] walks from the root down, [`damage`] says what was touched and when,
//! [`matching`] and [`best`] find what alerts are about, [`query`] answers queries. Nothing here is stored.

mod answers;
mod around;
mod best;
mod causes;
mod chain;
mod damage;
mod matching;
mod query;
mod remote;

pub(super) use matching::Wanted;
pub(super) use query::Shelf;

pub use answers::{
    Candidate, Chain, Damage, Edge, EdgeKind, Matching, Node, NodeVerdict, Place, Row, Skew, Step,
};
