//! Alerts: their scores, and the clusters that they form.

mod answers;
mod calls;
mod config;
mod decimal;
mod graph;
mod pattern;
mod rules;
mod score;
mod tags;

pub use answers::{
    AlertInfo, Change, ClusterInfo, ClusterSummary, Disposition, EntityRisk, Factor, FilterOutcome,
    FilterStep, FilterTrace, Hub, Link, Move, Order, RescoreOutcome, Rescored, Selection, SourceInfo, Status,
    TimelineEvent,
};
pub use config::{Correlation, Filter, Source, Suppression, Tag};
pub use decimal::Decimal;
pub use rules::Rules;
