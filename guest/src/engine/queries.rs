//! Questions about what is held.

use super::answers::{Ancestry, Finding, ImageRow, ProcessInfo, Stats};
use super::causality::NodeVerdict;
use super::hashing::Set;
use super::hierarchy::{Outcome, Reason};
use super::lineage::Above;
use super::process::{Entity, RowId};
use super::state::State;
use super::strings::Sym;
use crate::error::Error;
use crate::model::EntityId;
use crate::text::path::{file_name, fold};
use crate::text::time;

/// A page holds at most this many rows.
const PAGE: u32 = 1000;

impl State {
    pub(super) fn stats(&self) -> Stats {
        let (duplicate_alerts, dropped_alerts) = self.alerts.sources.not_held();
        let absorbed = self.table.all().filter(|&id| self.table.row(id).is_absorbed()).count();
        let started = self.table.all().filter(|&id| self.table.row(id).start.is_some()).count();
        let repeated = self.tally.repeated(started as u64);
        let sum = self.tally.sum();
        Stats {
            lines: sum.lines,
            recognised: sum.recognised,
            passed: sum.passed,
            rejected: sum.rejected,
            twins: self.tally.all_twins(),
            repeated,
            kinds: self.tally.kinds(repeated),
            hosts: self.hosts.displays(),
            processes: (self.table.len() - absorbed) as u64,
            evicted_processes: self.tally.evicted.processes,
            evicted_hosts: self.tally.evicted.hosts,
            evicted_values: self.counters.turned_away(),
            alerts: self.alerts.count(),
            suppressed_alerts: self.alerts.suppressed(),
            duplicate_alerts,
            dropped_alerts,
            evicted_alerts: self.alerts.evicted,
            events: self.events.len() as u64,
            evicted_events: self.events.evicted,
            aged_events: self.events.aged,
            sensor_gaps: sum.sensor_gaps,
            hierarchy: self.tally.verdicts(),
            now: self.now,
        }
    }

    /// Images by rank, then by name.
    pub(super) fn image_rows(&self, offset: u64, limit: u32) -> Vec<ImageRow> {
        let mut rows: Vec<ImageRow> = self
            .counters
            .customer()
            .images_by_rank()
            .map(|(counts, rank)| ImageRow {
                image: self.strings.get(counts.image).to_owned(),
                executions: counts.all.executions,
                hosts: u64::from(counts.all.hosts),
                rank,
            })
            .collect();
        rows.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.image.cmp(&b.image)));
        page(rows, offset, limit)
    }

    /// Instances by host and file name, sorted by id.
    pub(super) fn processes(
        &self,
        host: Option<&str>,
        name: Option<&str>,
        offset: u64,
        limit: u32,
    ) -> Vec<ProcessInfo> {
        let host = host.map(|host| self.hosts.find(host, None));
        let name = name.map(|name| self.strings.find(&fold(file_name(name))));
        let mut rows: Vec<RowId> = self
            .table
            .all()
            .filter(|&id| {
                let row = self.table.row(id);
                let of_host = host
                    .as_ref()
                    .is_none_or(|named| named.iter().any(|&host| self.hosts.same(row.host, host)));
                let own = row.image().map(|image| self.images.get(image).name);
                !row.is_absorbed() && of_host && name.is_none_or(|name| name.is_some() && name == own)
            })
            .collect();
        rows.sort_by_cached_key(|&id| self.sort_key(id));
        page(rows, offset, limit).into_iter().map(|id| self.describe_process(id)).collect()
    }

    /// Violations by time, then by process.
    pub(super) fn violations(&self, offset: u64, limit: u32) -> Vec<Finding> {
        let verdict = |id| self.table.row(id).start.filter(|s| s.judged).map(|s| s.verdict);
        let mut rows: Vec<RowId> = self
            .table
            .all()
            .filter(|&id| verdict(id).is_some_and(|(outcome, _)| outcome == Outcome::Violation))
            .collect();
        rows.sort_by_cached_key(|&id| (self.table.row(id).since(), self.sort_key(id)));
        let rows = page(rows, offset, limit);
        let alerted = if rows.is_empty() { Set::default() } else { self.alerted() };
        let unsigned = if rows.is_empty() { Set::default() } else { self.unsigned_of(&rows) };
        rows.into_iter().filter_map(|id| self.finding(id, &alerted, &unsigned)).collect()
    }

    fn finding(&self, id: RowId, alerted: &Set<RowId>, unsigned: &Set<RowId>) -> Option<Finding> {
        let row = self.table.row(id);
        let start = row.start?;
        let verdict = self.standing_verdict(id);
        Some(Finding {
            process: self.instance_id(id),
            image: row.image().map_or("", |image| self.images.path(image)).to_owned(),
            started: start.at,
            reason: verdict.reason,
            observed: verdict.observed,
            expected: verdict.expected,
            source: verdict.source,
            corroborated_by: self
                .corroborations(id, alerted, unsigned)
                .into_iter()
                .map(|c| c.as_str())
                .collect(),
            origin: (self.strings.get(start.origin.source).to_owned(), start.origin.line),
        })
    }

    /// The verdict on a process as it stands. What a start was judged by includes command lines, which are not at
    /// hand any more: what was found stands, and what was expected is told where it is found again without them.
    pub(super) fn standing_verdict(&self, id: RowId) -> NodeVerdict {
        let verdict = self.judge(id, None, None);
        let found = (verdict.outcome, verdict.reason);
        let (outcome, reason) = self.table.row(id).start.map_or(found, |start| start.verdict);
        let again = found == (outcome, reason);
        NodeVerdict {
            outcome,
            reason: reason.map(Reason::as_str),
            observed: verdict.observed.filter(|_| again).map(str::to_owned),
            expected: if again { verdict.expected.to_vec() } else { Vec::new() },
            source: verdict.source.filter(|_| again).map(str::to_owned),
        }
    }

    /// What is above a process.
    pub(super) fn ancestry(&self, id: &str) -> Result<Ancestry, Error> {
        let id = self.resolve(id).ok_or_else(|| Error::not_found("process", id))?;
        let lineage = self.lineage(id);
        let ancestors = lineage.ancestors.iter().map(|&above| match above {
            Above::Row(id) => self.describe_process(id),
            _ => self.describe_name(id, above),
        });
        Ok(Ancestry {
            process: self.describe_process(id),
            ancestors: ancestors.collect(),
            owner: lineage.owner.and_then(|place| u32::try_from(place).ok()),
            partial: lineage.partial,
        })
    }

    /// The row of `host/guid` or `host/pid/start`, whichever of its records gave that.
    pub(super) fn resolve(&self, id: &str) -> Option<RowId> {
        let (host, rest) = id.split_once('/')?;
        let entity = match EntityId::parse(rest)? {
            EntityId::Guid(guid) => Some(Entity::guid(guid)),
            EntityId::Text(text) => self.strings.find(text).map(Entity::Text),
        };
        let hosts = self.hosts.find(host, None);
        let labels = hosts.iter().map(|&host| self.hosts.label(host));
        if let Some(row) = entity.and_then(|entity| labels.filter_map(|l| self.table.find(l, entity)).next())
        {
            return Some(self.standing(row));
        }
        let (pid, start) = rest.split_once('/')?;
        let (pid, start) =
            (if pid == "-" { None } else { Some(pid.parse().ok()?) }, time::parse(start)?.millis);
        let found = self.table.all().find(|&id| {
            let row = self.table.row(id);
            row.pid == pid
                && row.since() == start
                && hosts.iter().any(|&host| self.hosts.same(row.host, host))
        });
        found.map(|id| self.standing(id))
    }

    pub(super) fn describe_process(&self, id: RowId) -> ProcessInfo {
        let row = self.table.row(id);
        let twin = row.twin.map(|twin| self.table.row(twin));
        let sid = twin.map_or(row.sid, |twin| if row.sid.is_empty() { twin.sid } else { row.sid });
        let user = if sid.is_empty() { row.user } else { sid };
        ProcessInfo {
            id: self.instance_id(id),
            host: self.hosts.display(row.host).to_owned(),
            image: row.image().map(|image| self.images.path(image).to_owned()),
            pid: row.pid.or(twin.and_then(|twin| twin.pid)),
            started: row.start.map(|start| start.at),
            ended: self.ended(id),
            user: (!user.is_empty()).then(|| self.user_shown(user)),
            known: row.known(),
            origin: row.origin().map(|origin| (self.strings.get(origin.source).to_owned(), origin.line)),
        }
    }

    /// A user as people read it: outside of Windows there is no domain.
    pub(super) fn user_shown(&self, user: Sym) -> String {
        self.strings.get(user).trim_start_matches('\\').to_owned()
    }

    /// A process that only its child's record names.
    pub(super) fn describe_name(&self, child: RowId, above: Above) -> ProcessInfo {
        ProcessInfo {
            id: String::new(),
            host: self.hosts.display(self.table.row(child).host).to_owned(),
            image: self.image_above(above).map(|image| self.images.path(image).to_owned()),
            pid: None,
            started: None,
            ended: None,
            user: None,
            known: super::answers::Knowledge::NamedByChild,
            origin: None,
        }
    }
}

/// One page of rows.
pub(super) fn page<T>(rows: Vec<T>, offset: u64, limit: u32) -> Vec<T> {
    let (offset, limit) = page_bounds(offset, limit);
    rows.into_iter().skip(offset).take(limit).collect()
}

/// How many rows a page leaves out, and how many it has at most.
pub(super) fn page_bounds(offset: u64, limit: u32) -> (usize, usize) {
    let limit = if limit == 0 { PAGE } else { limit.min(PAGE) };
    (usize::try_from(offset).unwrap_or(usize::MAX), limit as usize)
}
