//! Investigation: the chain that one root cause led to, what it touched, and queries over all events held.

mod answers;

pub use answers::{
    Candidate, Chain, Damage, Edge, EdgeKind, Matching, Node, NodeVerdict, Place, Row, Skew, Step,
};
