//! Clusters and their alerts in the shapes that leave this program.
//!
//! [`held`] fetches a cluster with its alerts; [`alert`], [`summary`] and [`whole`] give them their published
//! names as JSON; [`reason`] and [`entities`] say why alerts are together and what they are about;
//! [`timeline`] orders what happened. [`sheets`] (by [`csv`]), [`markdown`] and [`timesketch`] write exports, [`defang`]
//! makes what they hold unclickable. [`compare`] tells how two rankings differ, [`tables`] gives the other
//! answers their names. Nothing here prints, and nothing decides: the numbers are the component's.

pub mod alert;
pub mod compare;
pub mod csv;
pub mod decimal;
pub mod defang;
pub mod entities;
pub mod held;
pub mod markdown;
pub mod reason;
pub mod sheets;
pub mod summary;
pub mod tables;
pub mod timeline;
pub mod timesketch;
pub mod whole;

#[cfg(test)]
pub(crate) mod samples;

pub use held::Held;
