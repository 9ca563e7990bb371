//! Investigation: the chain that one root cause led to, what it touched, and queries over all events held.
//!
//! [`around`] knows what stands next to a process, [`causes`], [`brokers`] with [`orders`] and [`askers`], [`remote`] and
//! [`sessions`] what led to it besides its parent, [`asked`] what it led to, [`memo`] and [`words`] what they have looked up,
//! [`walk`] goes from the root down and back, [`ways`] says how surely that is one chain, [`led`] what led to it, [`chain`]
//! shows what was found on the way, [`damage`] and [`timeline`] say what was touched and when, [`skew`] compares
//! clocks, [`matching`], [`halves`] and [`best`] find what alerts are about, [`misses`] what came near, [`signature`] whether images are signed, [`query`]
//! answers queries. Nothing here is stored.

mod answers;
mod around;
mod asked;
mod askers;
mod best;
mod brokers;
mod causes;
mod chain;
mod damage;
mod found;
mod halves;
mod led;
mod matching;
mod memo;
mod misses;
mod orders;
mod query;
mod remote;
mod sessions;
mod signature;
mod skew;
mod timeline;
mod walk;
mod ways;
mod words;

pub(super) use matching::Wanted;
pub(super) use query::Shelf;

pub use answers::{
    Candidate, Chain, Damage, Edge, EdgeKind, Lead, Matching, Node, NodeVerdict, Place, PossibleDamage, Row,
    Skew, Step,
};
