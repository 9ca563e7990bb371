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
    /// What else speaks against it, as the contract's codes; nothing makes it mere evidence.
    pub corroborated_by: Vec<&'static str>,
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
    /// File names without path; empty for not known.
    pub children: &'a [String],
    /// Empty for not known.
    pub network_ports: &'a [u16],
    /// Enables the environment's block.
    pub environment: Option<&'a str>,
}

/// Whose counts a block rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The baseline that was loaded.
    Global,
    /// All hosts of the tenant.
    Customer,
    /// The hosts of one environment.
    Environment,
    /// One host.
    Host,
}

/// One field's score: `count` of `known` executions had this value, on `hosts` of `known_hosts` hosts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FieldScore {
    /// `path`, `parent`, `grandparent`, `hash`, `children`, `network_ports`.
    pub field: &'static str,
    /// 0-100, as published; of a list the mean of its elements' percentages.
    pub score: u8,
    /// Numerator; of a list this and the rest are its rarest element's.
    pub count: u64,
    /// Denominator.
    pub known: u64,
    /// Distinct hosts on which the value was seen.
    pub hosts: u64,
    /// Distinct hosts on which the field was known.
    pub known_hosts: u64,
    /// What the field weighs in its block.
    pub weight: f64,
    /// The 95 % Wilson interval, in percent.
    pub interval: (f64, f64),
    /// Too few executions are known yet.
    pub learning: bool,
    /// Of a list every element, in the order given.
    pub elements: Vec<Element>,
    /// Of a list the lowest score.
    pub minimum: Option<u8>,
}

/// One element of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The element, folded.
    pub value: String,
    /// 0-100, as published.
    pub score: u8,
    /// Numerator.
    pub count: u64,
    /// Denominator.
    pub known: u64,
    /// Distinct hosts on which it was seen.
    pub hosts: u64,
}

/// One scope's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreBlock {
    /// Whose counts.
    pub scope: Scope,
    /// What it weighs in `echotrail_score`.
    pub weight: f64,
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
    /// `0.7 * host_prev + 0.3 * rank_score`, 0-100.
    pub prevalence: f64,
    /// What prevalence weighs in the block.
    pub prevalence_weight: f64,
    /// The 95 % Wilson interval of `host_prev`, in percent.
    pub interval: (f64, f64),
    /// When the image was first seen, in milliseconds since 1970 UTC.
    pub first_seen: Option<i64>,
    /// When it was last seen.
    pub last_seen: Option<i64>,
    /// The scope is too young or too small yet.
    pub learning: bool,
    /// The fields that were given.
    pub fields: Vec<FieldScore>,
}

/// The answer to a profile.
#[derive(Debug, Clone, PartialEq)]
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
    /// Records of a start that had one already.
    pub repeated: u64,
    /// Recognised records by kind, the most frequent first, then by name.
    pub kinds: Vec<(String, u64)>,
    /// Hosts as displayed, sorted.
    pub hosts: Vec<String>,
    /// Process instances held.
    pub processes: u64,
    /// Process instances dropped because of a limit.
    pub evicted_processes: u64,
    /// Hosts dropped because of a limit.
    pub evicted_hosts: u64,
    /// Counted values dropped because of a limit.
    pub evicted_values: u64,
    /// Alerts held.
    pub alerts: u64,
    /// Of those, what a suppression keeps and scores 0.
    pub suppressed_alerts: u64,
    /// Alerts that came again.
    pub duplicate_alerts: u64,
    /// Alerts that a filter dropped.
    pub dropped_alerts: u64,
    /// Alerts dropped because of a limit.
    pub evicted_alerts: u64,
    /// Events held for investigation.
    pub events: u64,
    /// Events dropped by a limit.
    pub evicted_events: u64,
    /// Of events that became older than `causality.keep`, or came when they were.
    pub aged_events: u64,
    /// Records that mark a gap in a sensor's recording.
    pub sensor_gaps: u64,
    /// Verdicts on all starts held: expected, violation, unknown.
    pub hierarchy: (u64, u64, u64),
    /// The time that the engine has reached, in milliseconds since 1970 UTC.
    pub now: i64,
}

/// A field of an image or a hash, and the values that it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insight {
    /// `paths`, `parents`, `children`, `grandparents`, `hashes` (or `filenames`), `network`.
    pub field: &'static str,
    /// Each value and its share in percent, with two decimals, the most frequent first.
    pub values: Vec<(String, String)>,
    /// How many were left off.
    pub truncated: u64,
}

/// What is known of an image or a hash. Source: EchoTrail, `GET /insights`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insights {
    /// Of an image.
    pub rank: Option<u32>,
    /// Percentage of hosts that ran it, with two decimals.
    pub host_prev: String,
    /// The prevalence, with two decimals.
    pub eps: String,
    /// By field.
    pub fields: Vec<Insight>,
}

/// The answer to a question for insights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// What is known.
    Seen(Insights),
    /// The message for what was never seen.
    NeverSeen(String),
}

/// By what rare things are stacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackBy {
    /// File names.
    Image,
    /// A child and its parent.
    ParentChild,
    /// A file name and where it ran from.
    Path,
    /// A file name and its hash, the strongest known.
    Hash,
}

/// Which rare things are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stack {
    /// By what.
    pub by: StackBy,
    /// On at most so many hosts.
    pub max_hosts: u32,
    /// Seen from this time on, in milliseconds since 1970 UTC.
    pub since: Option<i64>,
}

/// What few hosts did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rarity {
    /// The file name.
    pub image: String,
    /// The parent, path or hash; none when stacked by image.
    pub value: Option<String>,
    /// How often.
    pub executions: u64,
    /// Where, sorted.
    pub hosts: Vec<String>,
    /// When the image was first seen on these hosts.
    pub first_seen: i64,
    /// And last.
    pub last_seen: i64,
}
