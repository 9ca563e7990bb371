//! What the engine answers, as plain data.

/// How a process instance came to be known, from the surest to the weakest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Knowledge {
    /// Its own start was recorded.
    Started,
    /// Something it did was recorded, its start was not.
    Seen,
    /// Only a child's record names it.
    NamedByChild,
}

/// A process instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessInfo {
    /// `host/guid` or `host/pid/start`; empty for one that is known by name only.
    pub id: String,
    /// The host as displayed.
    pub host: String,
    /// Full path as the sensor gave it.
    pub image: Option<String>,
    /// Process id.
    pub pid: Option<u32>,
    /// Start, in milliseconds since 1970 UTC.
    pub started: Option<i64>,
    /// End, likewise.
    pub ended: Option<i64>,
    /// SID, or `DOMAIN\name` folded.
    pub user: Option<String>,
    /// How it came to be known.
    pub known: Knowledge,
    /// Source and line of the record that this rests on.
    pub origin: Option<(String, u64)>,
}

/// A start whose final verdict is a violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The process.
    pub process: String,
    /// Its path.
    pub image: String,
    /// When it started, in milliseconds since 1970 UTC.
    pub started: i64,
    /// Why, as the contract's code.
    pub reason: Option<&'static str>,
    /// The value that was judged.
    pub observed: Option<String>,
    /// What would have been right.
    pub expected: Vec<String>,
    /// The row's source.
    pub source: Option<String>,
    /// Source and line of the start's record.
    pub origin: (String, u64),
}

/// A process and what is above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ancestry {
    /// The process asked for.
    pub process: ProcessInfo,
    /// From the parent up.
    pub ancestors: Vec<ProcessInfo>,
    /// The causality group owner: 0 for the process itself, else its place in `ancestors` from 1; `None`
    /// for a spawner, which owns no group.
    pub owner: Option<u32>,
    /// No spawner was reached: the owner is the topmost known.
    pub partial: bool,
}

/// A process execution whose ordinariness is asked for. Source: EchoTrail, `POST /score`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Execution<'a> {
    /// File name with optional path.
    pub image: &'a str,
    /// Enables the host's block.
    pub hostname: Option<&'a str>,
    /// File name with optional path.
    pub parent_image: Option<&'a str>,
    /// File name with optional path.
    pub grandparent_image: Option<&'a str>,
    /// SHA-256, SHA-1 or MD5 in hexadecimal.
    pub hash: Option<&'a str>,
    /// Enables the environment's block.
    pub environment: Option<&'a str>,
}

/// Whose counts a block rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All hosts of the tenant.
    Customer,
    /// The hosts of one environment.
    Environment,
    /// One host.
    Host,
}

/// One field's score: `count` of `known` executions had this value, on `hosts` hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldScore {
    /// `path`, `parent`, `grandparent`, `hash`.
    pub field: &'static str,
    /// 0-100, as published.
    pub score: u8,
    /// Numerator.
    pub count: u64,
    /// Denominator.
    pub known: u64,
    /// Distinct hosts on which the value was seen.
    pub hosts: u64,
}

/// One scope's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreBlock {
    /// Whose counts.
    pub scope: Scope,
    /// Competition rank, 1 = most executed; `None` = never seen.
    pub rank: Option<u32>,
    /// Percentage of the scope's hosts that ran it.
    pub host_prev: u8,
    /// Weighted mean of fields and prevalence.
    pub overall_score: u8,
    /// Executions of the image in this scope.
    pub executions: u64,
    /// Hosts that ran it.
    pub hosts: u64,
    /// Hosts in the scope.
    pub scope_hosts: u64,
    /// Distinct images in the scope.
    pub images: u64,
    /// The fields that were given.
    pub fields: Vec<FieldScore>,
}

/// The answer to a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Weighted mean of the blocks' overall scores.
    pub echotrail_score: u8,
    /// One for each scope that was named.
    pub blocks: Vec<ScoreBlock>,
}

/// One image of the customer's scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRow {
    /// Folded file name.
    pub image: String,
    /// Starts.
    pub executions: u64,
    /// Distinct hosts.
    pub hosts: u64,
    /// Competition rank by executions.
    pub rank: u32,
}

/// What is held and what was done, as in the contract's `tenant.stats`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stats {
    /// Lines read.
    pub lines: u64,
    /// Lines recognised.
    pub recognised: u64,
    /// Lines that passed untouched.
    pub passed: u64,
    /// Lines rejected.
    pub rejected: u64,
    /// 4688 records that are another record of a Sysmon start.
    pub twins: u64,
    /// Recognised records by kind, the most frequent first, then by name.
    pub kinds: Vec<(String, u64)>,
    /// Hosts as displayed, sorted.
    pub hosts: Vec<String>,
    /// Process instances held.
    pub processes: u64,
    /// Process instances dropped because of a limit.
    pub evicted_processes: u64,
    /// Counted values dropped because of a limit.
    pub evicted_values: u64,
    /// Records that mark a gap in a sensor's recording.
    pub sensor_gaps: u64,
    /// Verdicts on all starts held: expected, violation, unknown.
    pub hierarchy: (u64, u64, u64),
    /// The time that the engine has reached, in milliseconds since 1970 UTC.
    pub now: i64,
}
