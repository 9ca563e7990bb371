//! What led to a process besides its parent: threads and files, and with [`super::brokers`] and [`super::remote`] all else.
//!
//! Each rule looks from the effect back, so that "the nearest before it" means the same from both sides; who looks
//! forward from the cause asks the rule about whatever may follow.

use super::answers::EdgeKind;
use super::memo::{ByHost, Memo};
use crate::engine::events::{Attribute, FactId, FactKind, whole};
use crate::engine::hashing::{Set, keyed};
use crate::engine::process::RowId;
use crate::engine::state::State;

/// A process that led to another, and why that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) struct Cause {
    pub(in crate::engine) cause: RowId,
    pub(in crate::engine) kind: EdgeKind,
    /// In percent.
    pub(in crate::engine) confidence: u8,
    pub(in crate::engine) time: Option<i64>,
    pub(in crate::engine) reason: String,
    pub(in crate::engine) fact: Option<FactId>,
}

impl State {
    /// Everything but its parent that led to a process.
    pub(super) fn causes_of(&self, id: RowId, memo: &mut Memo) -> Vec<Cause> {
        let mut causes = self.injections_into(id);
        causes.extend(self.dropper_of(id, memo));
        causes.extend(self.asker_of(id, memo));
        causes.extend(self.remote_cause_of(id, memo));
        causes
    }

    /// Processes that began threads in it, each once.
    fn injections_into(&self, id: RowId) -> Vec<Cause> {
        let mut causes: Vec<Cause> = Vec::new();
        let mut known: Set<RowId> = Set::default();
        for fact in self.threads_in(id) {
            let told = self.events.get(fact).told;
            let Some(cause) = self.actor_of(self.events.get(fact)).filter(|&cause| cause != id) else {
                continue;
            };
            if !known.insert(cause) {
                continue;
            }
            let function = self.events.text(told.text(0));
            let thread = if told.number == 0 { String::new() } else { format!(" {}", told.number) };
            let at = if function.is_empty() { String::new() } else { format!(" at {function}") };
            let reason = format!("began thread{thread} in it{at}");
            let (time, fact) = (Some(told.time), Some(fact));
            causes.push(Cause { cause, kind: EdgeKind::Injected, confidence: 100, time, reason, fact });
        }
        causes
    }

    /// Who wrote its file last before it started. Where it was deleted after that, nobody is known who did.
    fn dropper_of(&self, id: RowId, memo: &mut Memo) -> Option<Cause> {
        let row = self.table.row(id);
        let (start, image) = (row.start?, row.image()?);
        let path = keyed(whole(self.images.path(image)));
        let written = memo.writes.entry(path).or_insert_with_key(|(_, path)| self.writes_of(path));
        let fact = *self.until(written.get(&self.hosts.canonical(row.host))?, start.at).last()?;
        if self.events.get(fact).told.kind == FactKind::FileDelete {
            return None;
        }
        let cause = self.actor_of(self.events.get(fact)).filter(|&cause| cause != id)?;
        let time = self.events.get(fact).told.time;
        let reason = format!("wrote its file {} before it started", seconds(start.at - time));
        Some(Cause {
            cause,
            kind: EdgeKind::Dropped,
            confidence: dropped(start.at - time),
            time: Some(time),
            reason,
            fact: Some(fact),
        })
    }

    /// Who wrote a path, which is in one form.
    fn writes_of(&self, path: &str) -> ByHost {
        self.by_host(self.events.by_text(Attribute::FilePath, path).filter(|&fact| {
            let told = &self.events.get(fact).told;
            let is_change = told.kind.is_write() || told.kind == FactKind::FileDelete;
            is_change && whole(self.events.text(told.text(0))) == path
        }))
    }
}

/// How surely who wrote a file so many milliseconds ago led to its start, in percent: what an installer has put there is
/// started for weeks, by people who never heard of it.
fn dropped(ago: i64) -> u8 {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    const WEEK: i64 = 7 * DAY;
    if ago <= DAY {
        90
    } else if ago <= WEEK {
        70
    } else {
        50
    }
}

/// A time for people, in seconds.
pub(super) fn seconds(millis: i64) -> String {
    let (whole, rest) = (millis.unsigned_abs() / 1000, millis.unsigned_abs() % 1000);
    let sign = if millis < 0 { "-" } else { "" };
    format!("{sign}{whole}.{rest:03} s")
}
