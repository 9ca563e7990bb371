//! What can be said of alerts and clusters, in the contract's shapes.

use crate::model::{ActionCategory, Observable, ObservableKind};

/// One factor of a score, and the entry that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// `base`, `source`, `action`, `type` or `tag`.
    pub name: &'static str,
    /// Its value, a decimal.
    pub value: String,
    /// The entry of the configuration, `default`, or a severity table's row.
    pub source: String,
}

/// An alert with its score's trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertInfo {
    /// `A17`; empty for one that is not held.
    pub id: String,
    /// The vendor's own.
    pub vendor_id: Option<String>,
    /// When it happened, milliseconds.
    pub time: i64,
    /// When it arrived.
    pub received_at: i64,
    /// As configurations name it.
    pub source_system: String,
    /// As it names itself.
    pub vendor: String,
    /// As it names itself.
    pub product: String,
    /// As the vendor names it.
    pub alert_type: String,
    /// As the vendor has it.
    pub severity: Option<String>,
    /// Whether something was done about it.
    pub action: ActionCategory,
    /// For people.
    pub message: String,
    /// The product of the factors, a decimal.
    pub score: String,
    /// What multiplies to it.
    pub factors: Vec<Factor>,
    /// The version of the configuration that it was scored by.
    pub configuration: u64,
    /// The reason of the suppression that made it 0.
    pub suppressed: Option<String>,
    /// ATT&CK.
    pub techniques: Vec<String>,
    /// ATT&CK.
    pub tactics: Vec<String>,
    /// What it is about.
    pub observables: Vec<Observable>,
    /// The process instance that it is about.
    pub process: Option<String>,
    /// The cluster that it is in.
    pub cluster: Option<String>,
    /// Sentences.
    pub assumed: Vec<String>,
    /// How often it came again.
    pub duplicates: u64,
    /// Source and line.
    pub origin: (String, u64),
}

/// What was ingested from one source system.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in wit/alerts.wit")]
pub struct SourceInfo {
    pub source_system: String,
    pub vendor: String,
    pub product: String,
    pub alerts: u64,
    pub duplicates: u64,
    pub dropped: u64,
    pub last_seen: i64,
    pub types: Vec<(String, u64)>,
    pub severities: Vec<(String, u64)>,
    pub actions: Vec<(String, u64)>,
    pub unmapped: Vec<(String, String, u64)>,
}

/// What a filter did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterOutcome {
    /// It matched.
    Matched,
    /// It did not.
    NotMatched,
    /// An earlier one had matched.
    NotReached,
}

/// One filter in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterStep {
    /// As it is configured.
    pub pattern: String,
    /// `drop` or `allow`.
    pub action: &'static str,
    /// What it did.
    pub outcome: FilterOutcome,
}

/// What the filters make of a raw alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterTrace {
    /// Whether it would be dropped.
    pub dropped: bool,
    /// Every filter, in order.
    pub steps: Vec<FilterStep>,
    /// As it would be scored now.
    pub alert: Option<AlertInfo>,
}

/// An alert whose score changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in wit/alerts.wit")]
pub struct Rescored {
    pub id: String,
    pub cluster: Option<String>,
    pub alert_type: String,
    pub before: String,
    pub after: String,
}

/// What a rescore changes, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in wit/alerts.wit")]
pub struct RescoreOutcome {
    pub alerts: u64,
    pub changed: u64,
    pub largest: Vec<Rescored>,
}

/// A cluster's place in the ranking before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in wit/alerts.wit")]
pub struct Move {
    pub cluster: String,
    pub title: String,
    pub rank_before: u64,
    pub rank_after: u64,
    pub score_before: String,
    pub score_after: String,
}

/// How much of an entity's clusters is open.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "as in wit/alerts.wit")]
pub struct EntityRisk {
    pub kind: ObservableKind,
    pub value: String,
    pub risk: f64,
    pub criticality: String,
    pub alerts: u64,
    pub clusters: Vec<String>,
}

/// Why two alerts are in one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in wit/correlation.wit")]
pub struct Link {
    pub left: String,
    pub right: String,
    pub kind: String,
    pub value: String,
    pub agreeing: Option<String>,
    pub apart: u64,
}

/// An entity that has stopped joining.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in wit/correlation.wit")]
pub struct Hub {
    pub kind: String,
    pub value: String,
    pub day: i64,
    pub reason: String,
}

/// A cluster's state of work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Status {
    #[default]
    New,
    InProgress,
    Closed,
}

/// What a closed cluster turned out to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Disposition {
    #[default]
    Undecided,
    TruePositive,
    BenignPositive,
    FalsePositive,
}

/// A cluster as the ranked list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in wit/correlation.wit")]
pub struct ClusterSummary {
    pub id: String,
    pub title: String,
    pub owner: Option<String>,
    pub hosts: Vec<String>,
    pub score: String,
    pub distinct_score: String,
    pub highest: String,
    pub alerts: u64,
    pub distinct_alerts: u64,
    pub tactics: Vec<String>,
    pub first: i64,
    pub last: i64,
    pub status: Status,
    pub disposition: Disposition,
    pub assignee: Option<String>,
    pub archived: bool,
}

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in wit/correlation.wit")]
pub struct TimelineEvent {
    pub at: i64,
    pub kind: &'static str,
    pub text: String,
    pub count: u64,
}

/// A cluster whole.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in wit/correlation.wit")]
pub struct ClusterInfo {
    pub summary: ClusterSummary,
    pub links: Vec<Link>,
    pub links_total: u64,
    pub hubs: Vec<Hub>,
    pub merged: Vec<String>,
    pub timeline: Vec<TimelineEvent>,
}

/// How clusters are ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in wit/correlation.wit")]
pub enum Order {
    #[default]
    Score,
    DistinctScore,
    Highest,
    Newest,
}

/// Which clusters are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in wit/correlation.wit")]
pub struct Selection {
    pub order: Order,
    pub min_score: Option<String>,
    pub entity: Option<String>,
    pub archived: bool,
}

/// What a user does to a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in wit/correlation.wit")]
pub enum Change {
    Archive,
    Reopen,
    Note(String),
    SetStatus(Status, Disposition),
    Assign(String),
    UndoMerge(String),
    TakeOut(String),
}
