//! The order of an answer's rows: by time, then by process, then by record, never by arrival.

use super::Hit;
use crate::engine::causality::Row;
use crate::engine::events::Fact;
use crate::engine::process::RowId;
use crate::engine::queries::page_bounds;
use crate::engine::state::State;
use crate::query::Action;

/// What tells rows of one moment apart: all that they show, or what it follows from.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'s> {
    process: String,
    origin: (&'s str, u64),
    action: Option<Action>,
    other: String,
    texts: [&'s str; 5],
    numbers: (u32, u32, [u16; 2]),
}

impl State {
    /// Describes the rows of one page.
    pub(super) fn rows_of_page(
        &self,
        mut hits: Vec<Hit>,
        offset: u64,
        limit: u32,
        mut show: impl FnMut(&Self, &Hit) -> Option<Row>,
    ) -> Vec<Row> {
        let (offset, limit) = page_bounds(offset, limit);
        if offset >= hits.len() {
            return Vec::new();
        }
        // What comes after the page is never put in order.
        let end = offset.saturating_add(limit).min(hits.len());
        let (_, last, _) = hits.select_nth_unstable_by_key(end - 1, |hit| hit.time);
        let last = last.time;
        hits.retain(|hit| hit.time <= last);
        hits.sort_unstable_by_key(|hit| hit.time);
        let mut rows = Vec::with_capacity(end - offset);
        let mut before = 0;
        for moment in hits.chunk_by_mut(|a, b| a.time == b.time) {
            let from = before;
            before += moment.len();
            if before > offset && from < end {
                if moment.len() > 1 {
                    moment.sort_by_cached_key(|hit| self.key(hit));
                }
                let on_page = moment.iter().skip(offset.saturating_sub(from)).take(end - from.max(offset));
                rows.extend(on_page.filter_map(|hit| show(self, hit)));
            }
        }
        rows
    }

    fn key(&self, hit: &Hit) -> Key<'_> {
        let id = |row: Option<RowId>| row.map(|row| self.instance_id(row)).unwrap_or_default();
        let mut key =
            Key { process: id(hit.who), action: hit.action, other: id(hit.other), ..Key::default() };
        if let Some(fact) = hit.fact.map(|id| self.events.get(id)) {
            let told = &fact.told;
            let [a, b, c, d] = told.texts.map(|text| self.events.text(text));
            key.origin = (self.events.text(fact.source), fact.line);
            key.texts = [a, b, c, d, self.events.text(told.image)];
            key.numbers = (told.pid, told.number, told.ports);
        } else if let Some(origin) = hit.who.and_then(|row| self.origin_of(hit, row)) {
            key.origin = (self.strings.get(origin.source), origin.line);
        }
        key
    }

    /// A row of a fact.
    pub(super) fn row_of_fact(&self, who: Option<RowId>, fact: &Fact, columns: Vec<(String, String)>) -> Row {
        Row {
            time: Some(fact.told.time),
            process: who.map(|row| self.instance_id(row)).unwrap_or_default(),
            columns,
            origin: Some((self.events.text(fact.source).to_owned(), fact.line)),
        }
    }
}
