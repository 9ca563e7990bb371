//! What people do with a cluster, and its story apart from its alerts.

use serde::{Deserialize, Serialize};

use super::answers::{Disposition, Status};
use super::graph::Happened;
use super::held::Alerts;

/// Of a cluster's story so much is kept; beyond that the oldest goes.
const STORY: usize = 1000;

/// The state of work on a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    pub status: Status,
    pub disposition: Disposition,
    pub assignee: Option<String>,
    pub archived: bool,
    /// By time of arrival.
    pub story: Vec<Told>,
}

/// One entry of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub at: i64,
    pub kind: Kind,
    pub text: String,
}

/// What kind of entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Created,
    Merged,
    Split,
    Note,
    Status,
    Assigned,
    Archived,
    Reopened,
    Score,
    TakenOut,
    MergeUndone,
}

impl Kind {
    /// The name in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Note => "note",
            Self::Status => "status",
            Self::Assigned => "assigned",
            Self::Archived => "archived",
            Self::Reopened => "reopened",
            Self::Score => "score",
            Self::TakenOut => "taken-out",
            Self::MergeUndone => "merge-undone",
        }
    }
}

impl Work {
    /// Nothing done yet.
    pub const NONE: Self = Self {
        status: Status::New,
        disposition: Disposition::Undecided,
        assignee: None,
        archived: false,
        story: Vec::new(),
    };

    /// Adds an entry.
    pub fn tell(&mut self, at: i64, kind: Kind, text: impl Into<String>) {
        if self.story.len() >= STORY {
            // What people wrote goes last.
            let oldest = self.story.iter().position(|told| told.kind != Kind::Note).unwrap_or(0);
            self.story.remove(oldest);
        }
        self.story.push(Told { at, kind, text: text.into() });
    }

    /// Takes names out of the reasons of merges; what people wrote stays as they wrote it.
    pub fn forget(&mut self, names: &[String]) {
        for told in self.story.iter_mut().filter(|told| told.kind == Kind::Merged) {
            let folded = told.text.to_lowercase();
            if names.iter().any(|name| folded.contains(name.as_str()))
                && let Some((what, _)) = told.text.split_once(": ")
            {
                told.text = what.to_owned();
            }
        }
    }

    /// What was put away is looked at again.
    fn reopen(&mut self, at: i64, text: &str) {
        if self.archived || self.status == Status::Closed {
            (self.archived, self.status, self.disposition) = (false, Status::New, Disposition::Undecided);
            self.tell(at, Kind::Reopened, text);
        }
    }
}

impl Alerts {
    /// Writes what happened in the graph into the stories; `at` is when it came in.
    pub fn write_stories(&mut self, at: i64) {
        for happened in self.graph.take_happened() {
            self.work.resize_with(self.graph.all_clusters().len(), Work::default);
            let name = |alerts: &Self, id| format!("C{}", alerts.graph.cluster(id).number);
            match happened {
                Happened::Created(id) => self.tell(id, at, Kind::Created, "by its first alert"),
                Happened::Joined(id) => {
                    if let Some(work) = self.work.get_mut(id.place()) {
                        work.reopen(at, "an alert joined");
                    }
                }
                Happened::Merged(into, from, key, [left, right]) => {
                    let why = self.reason(key, left, right);
                    let (into_name, from_name) = (name(self, into), name(self, from));
                    self.tell(into, at, Kind::Merged, format!("{from_name} came in: {why}"));
                    self.tell(from, at, Kind::Merged, format!("went into {into_name}: {why}"));
                    let assignee = self.work_of(from).assignee.clone();
                    if let Some(work) = self.work.get_mut(into.place()) {
                        work.reopen(at, &format!("{from_name} came in"));
                        work.assignee = work.assignee.take().or(assignee);
                    }
                }
                Happened::Split(from, to, count) => {
                    let (from_name, to_name) = (name(self, from), name(self, to));
                    let alerts = if count == 1 { "1 alert".to_owned() } else { format!("{count} alerts") };
                    self.tell(
                        from,
                        at,
                        Kind::Split,
                        format!("{alerts} went to {to_name}: nothing links them any more"),
                    );
                    self.tell(
                        to,
                        at,
                        Kind::Split,
                        format!("{alerts} came from {from_name}: nothing links them any more"),
                    );
                }
            }
        }
    }

    /// Adds an entry to a cluster's story.
    pub fn tell(&mut self, id: super::graph::ClusterId, at: i64, kind: Kind, text: impl Into<String>) {
        self.work.resize_with(self.graph.all_clusters().len().max(self.work.len()), Work::default);
        if let Some(work) = self.work.get_mut(id.place()) {
            work.tell(at, kind, text);
        }
    }
}
