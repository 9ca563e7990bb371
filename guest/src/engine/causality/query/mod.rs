//! Answers to queries: what is held, looked through for the rows that a query asks for.
//!
//! [`condition`] compares, [`plan`] finds the few facts that can answer where an index knows them, a file for
//! each entity tells what its attributes are and shows its rows, [`actor`] shows who did something, [`instance`]
//! reads ids, [`page`] puts in order what was found. Rows are found as [`Hit`]s and only those of the page asked
//! for are described: what a row shows of a process takes longer than finding it.

mod actor;
mod condition;
mod file;
mod host;
mod instance;
mod names;
mod network;
mod page;
mod plan;
mod process;
mod registry;
mod shelf;
mod shown;

pub(in crate::engine) use shelf::Shelf;

use super::Row;
use crate::engine::events::FactId;
use crate::engine::process::RowId;
use crate::engine::queries;
use crate::engine::state::State;
use crate::query::{Action, AttributeName, Entity, Query};
use condition::Condition;

/// A row that answers, before it is described.
#[derive(Debug, Clone, Copy)]
struct Hit {
    time: i64,
    /// Whose row it is.
    who: Option<RowId>,
    /// None for what is known, but not as any of the actions.
    action: Option<Action>,
    /// The process at the other end.
    other: Option<RowId>,
    /// What tells of it; none where the process table does.
    fact: Option<FactId>,
}

/// What is asked for.
struct Search<'q> {
    actions: &'q [Action],
    conditions: Vec<Condition>,
}

impl Search<'_> {
    /// Whether one action is asked for; with none named, all are.
    fn wants(&self, action: Action) -> bool {
        self.actions.is_empty() || self.actions.contains(&action)
    }

    /// Whether all conditions hold.
    fn fits(&mut self, mut holds: impl FnMut(&mut Condition) -> bool) -> bool {
        self.conditions.iter_mut().all(&mut holds)
    }
}

impl State {
    /// One page of a query's answer.
    pub(in crate::engine) fn answer(&mut self, query: &Query, offset: u64, limit: u32) -> Vec<Row> {
        self.index_events();
        let mut conditions: Vec<_> = query.attributes.iter().map(Condition::new).collect();
        for condition in conditions.iter_mut().filter(|own| own.name == AttributeName::InstanceId) {
            condition.instances = self.named_instances(condition);
        }
        // The cheap ones first.
        conditions.sort_by_key(Condition::cost);
        let mut search = Search { actions: &query.actions, conditions };
        if query.entity == Entity::Process {
            let mut shelf = std::mem::take(&mut self.shelf);
            let hits = self.find_processes(&mut search, &mut shelf);
            self.shelf = shelf;
            return self.rows_of_page(hits, offset, limit, |state, hit| state.show_process(hit));
        }
        match query.entity {
            Entity::Network => {
                let mut names = names::Names::default();
                let hits = self.find_connections(&mut search, &mut names);
                self.rows_of_page(hits, offset, limit, |state, hit| state.show_connection(hit, &mut names))
            }
            Entity::File => {
                let hits = self.find_files(&mut search);
                self.rows_of_page(hits, offset, limit, |state, hit| state.show_file(hit))
            }
            Entity::Registry => {
                let hits = self.find_keys(&mut search);
                self.rows_of_page(hits, offset, limit, |state, hit| state.show_key(hit))
            }
            Entity::Host | Entity::Process => queries::page(self.find_hosts(&mut search), offset, limit),
        }
    }
}
