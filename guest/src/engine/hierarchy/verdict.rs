//! What is asked about a process start, and what is answered.

use serde::{Deserialize, Serialize};

/// The verdict in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Outcome {
    /// As the table has it.
    Expected,
    /// Against the table: evidence, not yet a suspicion.
    Violation,
    /// The table or the record is silent.
    #[default]
    Unknown,
}

impl Outcome {
    /// The word of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Violation => "violation",
            Self::Unknown => "unknown",
        }
    }
}

/// Why the outcome is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// Expected: not the regular parent, but known and measured noise.
    Tolerated,
    /// Violation: the parent is none of those that this process has.
    UnexpectedParent,
    /// Violation: the parent is one that deserves a look.
    UnusualParent,
    /// Violation: the parent starts only certain children, and this is none of them.
    UnexpectedChild,
    /// Violation: the process runs from a directory that is not its own.
    WrongDirectory,
    /// Unknown: the table says nothing about this process, or about it under this parent.
    NotListed,
    /// Unknown: no record of the parent was ever seen.
    ParentUnknown,
    /// Unknown: the record has no name for the parent, or only a placeholder.
    ParentNameMissing,
    /// Unknown: the parent field holds a SID.
    ParentIsSid,
    /// Unknown: the parent's pid has been taken by another process since.
    PidReused,
    /// Unknown: the right directory, on a drive that may or may not be the system's.
    SystemDriveUnknown,
    /// Unknown: an 8.3 name stands where a long one has to be compared.
    ShortName,
    /// Unknown: it depends on a command line that the record does not have.
    DependsOnCommandLine,
    /// Unknown: the record has no name for the process itself, or only a placeholder.
    ImageMissing,
    // Snapshots hold the variants by their numbers: new ones stand last.
    /// Violation: the process runs as an account that it never runs as.
    WrongUser,
    /// Violation: the parent rarely starts anything, and this is none of the little that it does.
    UnusualChild,
    /// Violation: the name resembles that of a system process, or a program bears that of a kernel thread.
    LookAlike,
}

impl Reason {
    /// The code of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tolerated => "tolerated",
            Self::UnexpectedParent => "unexpected-parent",
            Self::UnusualParent => "unusual-parent",
            Self::UnexpectedChild => "unexpected-child",
            Self::WrongDirectory => "wrong-directory",
            Self::NotListed => "not-listed",
            Self::ParentUnknown => "parent-unknown",
            Self::ParentNameMissing => "parent-name-missing",
            Self::ParentIsSid => "parent-is-sid",
            Self::PidReused => "pid-reused",
            Self::SystemDriveUnknown => "system-drive-unknown",
            Self::ShortName => "short-name",
            Self::DependsOnCommandLine => "depends-on-command-line",
            Self::ImageMissing => "image-missing",
            Self::WrongUser => "wrong-user",
            Self::UnusualChild => "unusual-child",
            Self::LookAlike => "look-alike",
        }
    }
}

/// What the record, or what was seen before it, says of the parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent<'a> {
    /// Its file name or path; may still be a placeholder or a SID.
    Image(&'a str),
    /// The record's field is absent, empty or a placeholder.
    Missing,
    /// The record names a process that was never seen.
    Unknown,
    /// The parent's pid has been taken by another process since.
    PidReused,
}

/// What was seen of one process start. What is absent is not judged.
#[derive(Debug, Clone, Copy)]
pub struct Observation<'a> {
    /// File name or full path.
    pub image: &'a str,
    /// The process's id; 4 is `System` where the image has no name.
    pub pid: Option<u32>,
    /// The parent.
    pub parent: Parent<'a>,
    /// The parent's id; 4 is `System` where the parent has no name.
    pub parent_pid: Option<u32>,
    /// The command line; a few children are expected only with a certain one.
    pub command_line: Option<&'a str>,
    /// The parent's command line; it tells the services of an svchost.exe.
    pub parent_command_line: Option<&'a str>,
    /// Who it runs as: a SID, or a name that every Windows has, such as `NT AUTHORITY\SYSTEM`. Any other name is
    /// not judged.
    pub user: Option<&'a str>,
}

/// A verdict and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// The verdict in one word.
    pub outcome: Outcome,
    /// Why; nothing when the parent is simply the right one.
    pub reason: Option<Reason>,
    /// The value that was judged, in the record's spelling: a parent's or child's file name, the directory
    /// or the user.
    pub observed: Option<&'a str>,
    /// What would have been right. Tolerated values are not in it.
    pub expected: &'a [String],
    /// The source of the part of the table that decided, as in the table.
    pub source: Option<&'a str>,
}

impl<'a> Verdict<'a> {
    /// Unknown, with nothing of the table behind it.
    pub(super) fn unknown(reason: Reason, observed: Option<&'a str>) -> Self {
        Self { outcome: Outcome::Unknown, reason: Some(reason), observed, expected: &[], source: None }
    }
}
