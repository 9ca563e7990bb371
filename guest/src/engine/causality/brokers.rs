//! Who asked the system for what it started: the service manager, the task scheduler and WMI start for others.

use super::answers::EdgeKind;
use super::causes::{Cause, seconds};
use super::memo::{Asker, Memo};
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
                // Without its command line it may be any of them.
                (line.is_empty() || line.contains("schedule")).then_some(EdgeKind::Task)
            }
            _ => None,
        }
    }

    /// Who asked for what the system started here: whom the record of the service or task names, else the latest
    /// process before it whose command line names it.
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

    /// The latest process before a start, or before the order of it, whose command line names what was started.
    fn mentioner(
        &self,
        id: RowId,
        kind: EdgeKind,
        order: Option<&Ordered>,
        memo: &mut Memo,
    ) -> Option<Cause> {
        let (row, name) = (self.table.row(id), self.name_of(id));
        let started = row.start?.at;
        let asked = started - order.map_or(0, |order| order.before);
        if name.len() < LETTERS {
            return None;
        }
        let own = self.command_line(id).unwrap_or_default();
        let ordered = order.map(|order| self.events.text(self.events.get(order.fact).told.text(1)));
        // The system has put in what variables stand for.
        let line = fold(ordered.filter(|line| line.contains('%')).unwrap_or(own)).into_owned();
        let sought = Sought::new(line.trim(), name);
        let mut best: Option<(i64, SortKey, RowId, Said)> = None;
        for span in spans(asked - SPAN, asked) {
            let askers = memo.askers(row.label, span, || self.askers(row.label, span));
            let until = askers.all.partition_point(|asker| asker.since <= asked);
            // Services and brokers are started with the same command line again and again.
            let but = row.image().map(|image| self.images.get(image).name);
            askers.look(&sought, until, but, |asker| {
                let latest = best.as_ref().map_or(asked - SPAN, |(since, ..)| *since);
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
        let (confidence, what) = match said {
            Said::Line => (80, "holds this one's"),
            Said::File => (50, "names this one's file"),
        };
        let by = broker(kind);
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
        Some(Cause { cause: asker, kind, confidence, time: Some(started), reason, fact })
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

/// A broker, for people.
fn broker(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Service => "the service manager",
        EdgeKind::Wmi => "WMI",
        _ => "the task scheduler",
    }
}
