//! The job of `begat run`: sources in, annotated lines and a report out.
//!
//! [`job`] drives batches through an instance, [`tally`] keeps what went wrong with which line,
//! [`output`] writes the lines, [`report`] asks the component for the result and gives it its published
//! shape, [`pages`] fetches its lists, [`place`] puts it where it belongs. Nothing here prints; the command line is told.

pub mod job;
pub mod output;
pub mod pages;
pub mod place;
pub mod report;
pub mod tally;

#[cfg(test)]
mod tests;

pub use job::{Job, JobError, Taker, run};
pub use output::Output;
pub use place::Place;
pub use report::Report;
pub use tally::{Notice, Tally};
