//! What led to a process besides its parent: threads, files, requests to the system.
//!
//! Each rule looks from the effect back, so that "the nearest before it" means the same from both sides; who looks
//! forward from the cause asks the rule about whatever may follow.

use super::answers::EdgeKind;
use super::memo::{Asker, ByHost, Memo};
use super::words::{Askers, Said, Sought};
use crate::engine::events::{Attribute, FactId, SPAN, spans, whole};
use crate::engine::hashing::Set;
use crate::engine::hosts::LabelId;
use crate::engine::lineage::{Above, SortKey};
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::text::path::fold;

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

/// Shorter names stand in too many command lines.
const LETTERS: usize = 5;

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

    /// Who wrote its file last before it started.
    fn dropper_of(&self, id: RowId, memo: &mut Memo) -> Option<Cause> {
        let row = self.table.row(id);
        let (start, image) = (row.start?, row.image()?);
        let path = whole(self.images.path(image));
        let written = memo.writes.entry(path).or_insert_with_key(|path| self.writes_of(path));
        let fact = *self.until(written.get(&self.hosts.canonical(row.host))?, start.at).last()?;
        let cause = self.actor_of(self.events.get(fact)).filter(|&cause| cause != id)?;
        let time = self.events.get(fact).told.time;
        let reason = format!("wrote its file {} before it started", seconds(start.at - time));
        Some(Cause {
            cause,
            kind: EdgeKind::Dropped,
            confidence: 90,
            time: Some(time),
            reason,
            fact: Some(fact),
        })
    }

    /// Who wrote a path, which is in one form.
    fn writes_of(&self, path: &str) -> ByHost {
        self.by_host(self.events.by_text(Attribute::FilePath, path).filter(|&fact| {
            let told = &self.events.get(fact).told;
            told.kind.is_write() && whole(self.events.text(told.text(0))) == path
        }))
    }

    /// By what a process was started that starts for others.
    fn broker_of(&self, id: RowId) -> Option<EdgeKind> {
        let parent = match self.above(id) {
            Above::Row(parent) => parent,
            _ => return None,
        };
        match self.name_of(parent) {
            "services.exe" => Some(EdgeKind::Service),
            "wmiprvse.exe" => Some(EdgeKind::Wmi),
            "taskeng.exe" | "taskhostw.exe" => Some(EdgeKind::Task),
            "svchost.exe" => {
                let line = fold(self.command_line(parent).unwrap_or_default()).into_owned();
                // Without its command line it may be any of them.
                (line.is_empty() || line.contains("schedule")).then_some(EdgeKind::Task)
            }
            _ => None,
        }
    }

    /// The latest process before it whose command line names what the system started here.
    fn asker_of(&self, id: RowId, memo: &mut Memo) -> Option<Cause> {
        let kind = self.broker_of(id)?;
        let (row, name) = (self.table.row(id), self.name_of(id));
        let started = row.start?.at;
        if name.len() < LETTERS {
            return None;
        }
        let line = fold(self.command_line(id).unwrap_or_default()).into_owned();
        let sought = Sought::new(line.trim(), name);
        let mut best: Option<(i64, SortKey, RowId, Said)> = None;
        for span in spans(started - SPAN, started) {
            let askers = memo.askers(row.label, span, || self.askers(row.label, span));
            let until = askers.all.partition_point(|asker| asker.since <= started);
            // Services and brokers are started with the same command line again and again.
            let but = row.image().map(|image| self.images.get(image).name);
            askers.look(&sought, until, but, |asker| {
                let latest = best.as_ref().map_or(started - SPAN, |(since, ..)| *since);
                if asker.since < latest {
                    return false;
                }
                let can = asker.row != id && self.hosts.same(self.table.row(asker.row).host, row.host);
                if can && let Some(said) = sought.said_in(&asker.line) {
                    let found = (asker.since, self.sort_key(asker.row), asker.row, said);
                    if best.as_ref().is_none_or(|best| (best.0, &best.1) <= (found.0, &found.1)) {
                        best = Some(found);
                    }
                }
                true
            });
        }
        let (since, _, asker, said) = best?;
        let by = match kind {
            EdgeKind::Service => "the service manager",
            EdgeKind::Wmi => "WMI",
            _ => "the task scheduler",
        };
        let (confidence, what) = match said {
            Said::Line => (80, "holds this one's"),
            Said::File => (50, "names this one's file"),
        };
        let reason =
            format!("its command line {what}, which {by} started {} later", seconds(started - since));
        Some(Cause { cause: asker, kind, confidence, time: Some(started), reason, fact: None })
    }

    /// The processes with a command line that started in a span, in the order of time.
    fn askers(&self, label: LabelId, span: i64) -> Askers {
        let rows = self.events.started(label, span).filter_map(|fact| self.events.get(fact).told.row);
        let mut rows: Vec<RowId> = rows.map(|row| self.standing(row)).collect();
        rows.sort_unstable();
        rows.dedup();
        let askers = rows.into_iter().filter_map(|row| {
            let line = fold(self.command_line(row)?).into_owned();
            let of = self.table.row(row);
            let name = of.image().map(|image| self.images.get(image).name);
            Some(Asker { since: of.since(), row, line, name })
        });
        Askers::new(askers.collect(), self.config.seed())
    }
}

/// A time for people, in seconds.
pub(super) fn seconds(millis: i64) -> String {
    let (whole, rest) = (millis.unsigned_abs() / 1000, millis.unsigned_abs() % 1000);
    let sign = if millis < 0 { "-" } else { "" };
    format!("{sign}{whole}.{rest:03} s")
}
