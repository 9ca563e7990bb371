//! What is answered about chains and queries, as plain data. The contract says what each field means
//! (`wit/causality.wit`).

use super::super::answers::ProcessInfo;

/// A source's name and a line in it.
pub type Place = (String, u64);

/// What leads from one process to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// Started by.
    Started,
    /// A thread began in it.
    Injected,
    /// Runs a file that the cause wrote.
    Dropped,
    /// By way of the service manager.
    Service,
    /// By way of the task scheduler.
    Task,
    /// By way of WMI.
    Wmi,
    /// By way of a connection from another host.
    Connected,
}

impl EdgeKind {
    /// Its name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Injected => "injected",
            Self::Dropped => "dropped",
            Self::Service => "service",
            Self::Task => "task",
            Self::Wmi => "wmi",
            Self::Connected => "connected",
        }
    }
}

/// An edge; `confidence` in percent, 100 where a record says so itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the contract")]
pub struct Edge {
    pub cause: String,
    pub effect: String,
    pub kind: EdgeKind,
    pub confidence: u8,
    pub time: Option<i64>,
    pub reason: String,
    pub origin: Option<Place>,
}

/// A verdict as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the contract")]
pub struct NodeVerdict {
    pub outcome: super::super::hierarchy::Outcome,
    pub reason: Option<&'static str>,
    pub observed: Option<String>,
    pub expected: Vec<String>,
    pub source: Option<String>,
}

/// A process of a chain.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "see the contract")]
pub struct Node {
    pub process: ProcessInfo,
    pub command_line: Option<String>,
    pub verdict: NodeVerdict,
    pub prevalence: Option<(u8, u64)>,
    pub alerts: Vec<String>,
    pub injected_by: Vec<String>,
    pub folded: u64,
    pub confidence: u8,
}

/// What a chain touched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the contract")]
pub struct Damage {
    pub hosts: Vec<String>,
    pub users: Vec<String>,
    pub files: Vec<String>,
    pub registry: Vec<String>,
    pub addresses: Vec<String>,
    pub domains: Vec<String>,
    pub truncated: Vec<(String, u64)>,
}

/// What a chain may have touched, and how sure that is, in percent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the contract")]
pub struct PossibleDamage {
    pub confidence: u8,
    pub damage: Damage,
}

/// One clock against another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the contract")]
pub struct Skew {
    pub host: String,
    pub behind: String,
    pub milliseconds: i64,
    pub connections: u32,
}

/// What led to a root from outside its group.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "see the contract")]
pub struct Lead {
    pub process: ProcessInfo,
    pub confidence: u8,
    pub edges: Vec<Edge>,
}

/// Everything that one root cause led to.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "see the contract")]
pub struct Chain {
    pub subject: String,
    pub root: String,
    pub led_by: Option<Lead>,
    pub above: Option<ProcessInfo>,
    pub partial: bool,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    pub damage: Damage,
    pub possible: Vec<PossibleDamage>,
    pub skews: Vec<Skew>,
    pub truncated: u64,
    pub unfollowed: u64,
}

/// Something that happened in a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the contract")]
pub struct Step {
    pub time: i64,
    pub process: String,
    pub kind: &'static str,
    pub what: String,
    pub candidate: Option<String>,
    pub origin: Option<Place>,
}

/// A process that an alert may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the contract")]
pub struct Candidate {
    pub process: String,
    pub rank: u32,
    pub apart: u64,
    pub reason: String,
    pub origin: Option<Place>,
}

/// What the telemetry has to an alert.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the contract")]
pub struct Matching {
    pub candidates: Vec<Candidate>,
    pub misses: Vec<Candidate>,
    pub reason: Option<String>,
}

/// One row of an answer to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "see the contract")]
pub struct Row {
    pub time: Option<i64>,
    pub process: String,
    pub columns: Vec<(String, String)>,
    pub origin: Option<Place>,
}
