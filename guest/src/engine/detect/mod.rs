//! begat's own detections: what the telemetry alone says is worth an alert (SPEC sections 2 and 4).
//!
//! | file | alert |
//! |---|---|
//! | [`parent`] | a start against the expected hierarchy, if something else speaks against it too |
//! | [`grade`] | none: what makes a suspicion of a violation, asked afterwards |
//! | [`rare`] | a start of what nearly nobody runs, from where or by what it should not come |
//! | [`thread`] | a thread in a process that is none of the acting one's business |
//! | [`lsass`] | lsass.exe opened for reading by what ordinarily does not |
//!
//! A false alert costs more than a missing one: whatever is not known speaks for the process. Each rule looks at
//! one event when it is taken in, after [`super::observe`], and is passed by all others with one comparison.

mod describe;
mod facts;
mod grade;
mod lsass;
mod memory;
mod parent;
mod place;
mod rare;
mod saved;
mod table;
#[cfg(test)]
mod tests;
mod thread;

use serde::{Deserialize, Serialize};

pub(in crate::engine) use memory::Memory;
pub(in crate::engine) use saved::SavedMemory;

use super::hierarchy::Outcome;
use super::observe::{Arrival, Observed};
use super::process::RowId;
use super::state::State;
use crate::model::{Action, Event, Multiplier, Observable, Signature};
use memory::Noted;

/// The kinds of begat's own alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(in crate::engine) enum What {
    UnexpectedParent,
    RareExecution,
    RemoteThread,
    LsassAccess,
}

#[allow(dead_code, reason = "what an alert is made of")]
impl What {
    /// The alert's type, as configurations name it.
    pub(in crate::engine) fn as_str(self) -> &'static str {
        match self {
            Self::UnexpectedParent => "unexpected-parent",
            Self::RareExecution => "rare-execution",
            Self::RemoteThread => "remote-thread",
            Self::LsassAccess => "lsass-access",
        }
    }

    /// For people.
    pub(in crate::engine) fn title(self) -> &'static str {
        match self {
            Self::UnexpectedParent => "Process started by an unexpected parent",
            Self::RareExecution => "Rare program",
            Self::RemoteThread => "Thread started in another process",
            Self::LsassAccess => "Memory of lsass.exe opened",
        }
    }

    /// SPEC section 2, "bases".
    pub(in crate::engine) fn base(self) -> Multiplier {
        let base = match self {
            Self::RareExecution => "1",
            Self::UnexpectedParent | Self::RemoteThread => "4",
            Self::LsassAccess => "5",
        };
        Multiplier::parse(base).unwrap_or_default()
    }
}

/// What was detected: all that an alert of begat's own says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(dead_code, reason = "what an alert is made of")]
pub(in crate::engine) struct Detection {
    pub(in crate::engine) what: What,
    /// The process that did it, or that was started.
    pub(in crate::engine) process: RowId,
    /// The process that it reached into.
    pub(in crate::engine) target: Option<RowId>,
    /// The path of the acting process, as kept.
    pub(in crate::engine) image: String,
    /// Its parent's path, if that is known.
    pub(in crate::engine) parent: Option<String>,
    /// The strongest hash that is known of its file.
    pub(in crate::engine) hash: Option<String>,
    /// When, in milliseconds since 1970 UTC.
    pub(in crate::engine) time: i64,
    /// A sentence for people.
    pub(in crate::engine) message: String,
    /// ATT&CK techniques.
    pub(in crate::engine) techniques: Vec<&'static str>,
    /// ATT&CK tactics.
    pub(in crate::engine) tactics: Vec<&'static str>,
    /// What it is about.
    pub(in crate::engine) observables: Vec<Observable>,
    /// It stands for all that are left out on its host for the rest of the day.
    pub(in crate::engine) summary: bool,
}

impl State {
    /// What an event that was just taken in is worth an alert for.
    pub(in crate::engine) fn detect(
        &mut self,
        event: &Event<'_>,
        observed: &Observed,
        arrival: Arrival,
    ) -> Vec<Detection> {
        match (&event.action, observed.row) {
            (Action::Start { .. }, Some(_)) => match observed.started {
                Some(started) if observed.is_judged => self.detect_start(started, event, arrival),
                _ => Vec::new(),
            },
            (&Action::RemoteThread { function, .. }, Some(source)) => {
                let noted = self.noted(event, arrival);
                self.detect_thread(source, observed.target, function, noted).into_iter().collect()
            }
            (&Action::Access { mask: Some(mask), .. }, Some(source)) if mask & lsass::READ != 0 => {
                let noted = self.noted(event, arrival);
                self.detect_read(source, observed.target, mask, noted).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn noted(&mut self, event: &Event<'_>, arrival: Arrival) -> Noted {
        // The name was noted with the event, so that this is one comparison.
        let host = self.note_host(arrival.environment, event.host);
        Noted { host, at: event.time.unwrap_or(arrival.received_at) }
    }

    /// Judges a start that stands.
    fn detect_start(&mut self, started: RowId, event: &Event<'_>, arrival: Arrival) -> Vec<Detection> {
        let row = self.table.row(started);
        let is_violation = row.start.is_some_and(|start| start.verdict.0 == Outcome::Violation);
        // Another sensor told of it before.
        let is_known = row.twin.is_some();
        let rarity = self.rarity(started).filter(|_| !is_known);
        if is_known || (rarity.is_none() && !is_violation) {
            return Vec::new();
        }
        let noted = self.noted(event, arrival);
        // What the record itself says: what its process loads comes later.
        let is_unsigned = matches!(event.action, Action::Start { signature: Some(Signature::None), .. });
        let parent = self.detect_parent(started, is_unsigned, rarity.is_some(), noted);
        let rare = rarity.and_then(|rarity| self.detect_rare(started, is_unsigned, &rarity, noted));
        parent.into_iter().chain(rare).collect()
    }
}
