//! Causality chains in the shapes that leave this program.
//!
//! A chain is nodes and edges. [`tree`] gives every process its place under what led to it; `choose` says which of
//! many are shown, and [`fold`] counts the rest; [`words`] says what stands at each. [`text`] (with `touched`), [`dot`]
//! and [`svg`] draw the result. [`json`] has everything whole, [`sheets`] timelines and rows as CSV, and [`defang`]
//! makes what a chain holds unclickable. Nothing here prints, and nothing decides.

mod choose;
pub mod defang;
pub mod dot;
pub mod fold;
pub mod json;
pub mod sheets;
pub mod svg;
pub mod text;
mod touched;
pub mod tree;
pub mod words;

#[cfg(test)]
mod hostile;
#[cfg(test)]
pub(crate) mod samples;

use std::collections::BTreeMap;

use crate::runtime::bindings::alerts::Alert;
use crate::runtime::bindings::causality::Chain;

/// A chain, and what is known of the alerts on it.
#[derive(Debug, Clone)]
pub struct Traced {
    /// As the component holds it.
    pub chain: Chain,
    /// By their ids; where there are many, not all of them.
    pub alerts: BTreeMap<String, Alert>,
}
