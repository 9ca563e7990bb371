//! Alerts: their scores, and the clusters that they form.

mod answers;
mod bounds;
mod calls;
mod changes;
mod config;
mod decimal;
mod graph;
mod group;
mod held;
mod line;
mod lists;
mod own;
mod pattern;
mod process;
mod rescore;
mod risk;
mod rules;
mod saved;
mod score;
mod shown;
mod sources;
mod tags;
mod take;
mod watch;
mod work;

pub use answers::{
    AlertInfo, Change, ClusterInfo, ClusterSummary, Disposition, EntityRisk, Factor, FilterOutcome,
    FilterStep, FilterTrace, Hub, Link, Move, Order, RescoreOutcome, Rescored, Selection, SourceInfo, Status,
    TimelineEvent,
};
pub use config::{Correlation, Filter, Source, Suppression, Tag};
pub use decimal::Decimal;
pub use graph::NodeId as AlertId;
pub use held::Alerts;
pub use rules::Rules;
pub(in crate::engine) use rules::span;
pub use saved::SavedAlerts;
pub(in crate::engine) use watch::{Keys, Topic};
