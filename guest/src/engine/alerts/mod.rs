//! Alerts: their scores, and the clusters that they form.

mod answers;
mod calls;
mod decimal;

pub use answers::{
    AlertInfo, Change, ClusterInfo, ClusterSummary, Disposition, EntityRisk, Factor, FilterOutcome,
    FilterStep, FilterTrace, Hub, Link, Move, Order, RescoreOutcome, Rescored, Selection, SourceInfo, Status,
    TimelineEvent,
};
