//! The order of an answer's rows: by time, then by process, then by record, never by arrival.

use super::Hit;
use super::actor::column;
use crate::engine::causality::Row;
use crate::engine::events::Fact;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::query::Action;

/// What tells rows of one moment apart: all that they show, or what it follows from.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<'s> {
    process: String,
    origin: (&'s str, u64),
    action: Option<Action>,
    other: String,
    texts: [&'s str; 5],
    numbers: (u32, u32, [u16; 2]),
}

impl State {
    /// What tells a row apart from others of its moment.
    pub(super) fn key(&self, hit: &Hit) -> Key<'_> {
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
    pub(super) fn row_of_fact(
        &self,
        who: Option<RowId>,
        fact: &Fact,
        mut columns: Vec<(String, String)>,
    ) -> Row {
        if who.is_none() {
            // No process's id tells where it was.
            columns.push(column("host_name", self.hosts.display(fact.told.host)));
        }
        Row {
            time: Some(fact.told.time),
            process: who.map(|row| self.instance_id(row)).unwrap_or_default(),
            columns,
            origin: Some((self.events.text(fact.source).to_owned(), fact.line)),
        }
    }
}
