//! Who asked the system for what it started: the service manager, the task scheduler and WMI start for others.

use super::answers::EdgeKind;
use super::askers::Asks;
use super::causes::{Cause, seconds};
use super::memo::{Asker, InSpan, Memo};
use super::orders::Ordered;
use super::words::{Askers, Said, Sought};
use crate::engine::events::{SPAN, spans};
use crate::engine::hosts::LabelId;
use crate::engine::lineage::{Above, SortKey};
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::text::path::fold;

/// Shorter names stand in too many command lines.
const LETTERS: usize = 5;

impl State {
    /// By what a process was started that starts for others.
    fn broker_of(&self, id: RowId) -> Option<EdgeKind> {
        let above = self.above(id);
        let name = self.image_above(above).map(|image| self.strings.get(self.images.get(image).name))?;
        match name {
            "services.exe" => Some(EdgeKind::Service),
            "wmiprvse.exe" => Some(EdgeKind::Wmi),
            "taskeng.exe" | "taskhostw.exe" => Some(EdgeKind::Task),
            "svchost.exe" => {
                let line = match above {
                    Above::Row(parent) => self.command_line(parent).unwrap_or_default(),
                    _ => "",
                };
                let line = fold(line);
                // Without its command line it may be any of them, as may one that serves all of the scheduler's group: up
                // to Windows 10 1607, or where memory is short, they share a process.
                let is_shared = line.contains("netsvcs") && !line.contains(" -s ");
                (line.is_empty() || line.contains("schedule") || is_shared).then_some(EdgeKind::Task)
            }
            _ => None,
        }
    }

    /// Who asked for what the system started here: whom the record of the service or task names, else the latest
    /// process before it whose command line says so.
    pub(super) fn asker_of(&self, id: RowId, memo: &mut Memo) -> Option<Cause> {
        let kind = self.broker_of(id)?;
        match self.order_of(id, kind, memo) {
            Some(order) if order.by_somebody => self.orderer(id, kind, &order, memo),
            order => self.mentioner(id, kind, order.as_ref(), memo),
        }
    }

    /// Whom a record names. Where nothing is known of him, it was nobody else.
    fn orderer(&self, id: RowId, kind: EdgeKind, order: &Ordered, memo: &mut Memo) -> Option<Cause> {
        let cause = self.customer_of(order.fact, memo).filter(|&cause| cause != id)?;
        let (what, clocks) = (self.words_of_order(order.fact), self.clocks(id));
        let (by, before) = (broker(kind), seconds(order.before));
        let reason = format!("asked for {what}, which {by} started {before} later{clocks}");
        let (time, fact) = (Some(self.table.row(id).since()), Some(order.fact));
        Some(Cause { cause, kind, confidence: order.confidence, time, reason, fact })
    }

    /// The latest process before a start, or before the order of it, whose command line asks for what was started;
    /// else whose command line mentions it.
    fn mentioner(
        &self,
        id: RowId,
        kind: EdgeKind,
        order: Option<&Ordered>,
        memo: &mut Memo,
    ) -> Option<Cause> {
        let started = self.table.row(id).start?.at;
        let asked = started - order.map_or(0, |order| order.before);
        if self.name_of(id).len() < LETTERS {
            return None;
        }
        let own = self.command_line(id).unwrap_or_default();
        let ordered = order.map(|order| self.events.text(self.events.get(order.fact).told.text(1)));
        // The system has put in what variables stand for.
        let line = fold(ordered.filter(|line| line.contains('%')).unwrap_or(own)).into_owned();
        let asking = self.latest(id, &line, asked, Some(kind), memo);
        let (asks, mention) = match asking {
            Some(mention) => (true, mention),
            None => (false, self.latest(id, &line, asked, None, memo)?),
        };
        let (confidence, what) = match (mention.said, asks) {
            (Said::Line, true) => (80, "holds this one's"),
            (Said::Line, false) => (50, "mentions this one's"),
            (Said::File, _) => (50, "names this one's file"),
        };
        let (by, since) = (broker(kind), mention.since);
        let reason = match order {
            None => format!("its command line {what}, which {by} started {} later", seconds(started - since)),
            Some(order) => {
                let (since, before) = (seconds(asked - since), seconds(order.before));
                let (order, clocks) = (self.words_of_order(order.fact), self.clocks(id));
                format!(
                    "its command line {what}, {since} before {order}, which {by} started {before} later{clocks}"
                )
            }
        };
        let fact = order.map(|order| order.fact);
        Some(Cause { cause: mention.row, kind, confidence, time: Some(started), reason, fact })
    }

    /// The latest process up to a time whose command line has that of a process, or its file's name; of those alone that
    /// ask for something, where that is given.
    fn latest(
        &self,
        id: RowId,
        line: &str,
        until: i64,
        asks: Option<EdgeKind>,
        memo: &mut Memo,
    ) -> Option<Mention> {
        let row = self.table.row(id);
        let sought = Sought::new(line.trim(), self.name_of(id));
        // Services and brokers are started with the same command line again and again.
        let but = row.image().map(|image| self.images.get(image).name);
        let mut best: Option<(SortKey, Mention)> = None;
        for span in spans(until - SPAN, until) {
            let of_span = memo.askers(row.label, span, || self.askers(row.label, span));
            let askers = if asks.is_some() { &of_span.asking } else { &of_span.all };
            let end = askers.all.partition_point(|asker| asker.since <= until);
            askers.look(&sought, end, but, |asker| {
                let latest = best.as_ref().map_or(until - SPAN, |(_, best)| best.since);
                if asker.since < latest {
                    return false;
                }
                let can = asker.row != id
                    && asks.is_none_or(|kind| asker.asks.has(kind))
                    && self.hosts.same(self.table.row(asker.row).host, row.host);
                if can && let Some(said) = sought.said_in(&asker.line) {
                    let found =
                        (self.sort_key(asker.row), Mention { since: asker.since, row: asker.row, said });
                    if best.as_ref().is_none_or(|best| (best.1.since, &best.0) <= (found.1.since, &found.0)) {
                        best = Some(found);
                    }
                }
                true
            });
        }
        best.map(|(_, mention)| mention)
    }

    /// The processes with a command line that started in a span, in the order of time.
    fn askers(&self, label: LabelId, span: i64) -> InSpan {
        let rows = self.events.started(label, span).filter_map(|fact| self.events.get(fact).told.row);
        let mut rows: Vec<RowId> = rows.map(|row| self.standing(row)).collect();
        rows.sort_unstable();
        rows.dedup();
        let all = rows.into_iter().filter_map(|row| {
            let line = fold(self.command_line(row)?).into_owned();
            let of = self.table.row(row);
            let name = of.image().map(|image| self.images.get(image).name);
            let asks = Asks::of(self.name_of(row), &line);
            Some(Asker { since: of.since(), row, line, name, asks })
        });
        let all: Vec<Asker> = all.collect();
        let asking = all.iter().filter(|asker| asker.asks != Asks::default()).cloned().collect();
        let seed = self.config.seed();
        InSpan { all: Askers::new(all, seed), asking: Askers::new(asking, seed) }
    }
}

/// Whose command line says something of what was started.
#[derive(Debug, Clone, Copy)]
struct Mention {
    since: i64,
    row: RowId,
    said: Said,
}

/// A broker, for people.
fn broker(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Service => "the service manager",
        EdgeKind::Wmi => "WMI",
        _ => "the task scheduler",
    }
}
