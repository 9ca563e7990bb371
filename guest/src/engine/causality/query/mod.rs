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

pub(super) use shelf::Kept;
pub(in crate::engine) use shelf::Shelf;

use super::Row;
use super::found::{Found, Timed};
use crate::engine::events::FactId;
use crate::engine::process::RowId;
use crate::engine::queries;
use crate::engine::state::State;
use crate::query::{Action, AttributeName, Entity, Query};
use condition::Condition;

/// A row that answers, before it is described.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
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

impl Timed for Hit {
    fn time(&self) -> i64 {
        self.time
    }
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
        if query.entity == Entity::Host {
            let mut search = self.search(query);
            return queries::page(self.find_hosts(&mut search), offset, limit);
        }
        let kept = std::mem::take(&mut self.shelf.kept);
        let mut found = match kept {
            Kept::Hits(of, found) if of == *query => found,
            _ => Found::new(self.find(query)),
        };
        let mut names = names::Names::default();
        let hits = found.page(offset, limit, |hit| self.key(hit)).iter();
        let rows = hits.filter_map(|hit| match query.entity {
            Entity::Process => self.show_process(hit),
            Entity::Network => self.show_connection(hit, &mut names),
            Entity::File => self.show_file(hit),
            Entity::Registry => self.show_key(hit),
            Entity::Host => None,
        });
        let rows = rows.collect();
        self.shelf.kept = Kept::Hits(query.clone(), found);
        rows
    }

    fn find(&mut self, query: &Query) -> Vec<Hit> {
        let mut search = self.search(query);
        match query.entity {
            Entity::Process => {
                let mut shelf = std::mem::take(&mut self.shelf);
                let hits = self.find_processes(&mut search, &mut shelf);
                self.shelf = shelf;
                hits
            }
            Entity::Network => self.find_connections(&mut search, &mut names::Names::default()),
            Entity::File => self.find_files(&mut search),
            Entity::Registry => self.find_keys(&mut search),
            Entity::Host => Vec::new(),
        }
    }

    fn search<'q>(&self, query: &'q Query) -> Search<'q> {
        let mut conditions: Vec<_> = query.attributes.iter().map(Condition::new).collect();
        for condition in conditions.iter_mut().filter(|own| own.name == AttributeName::InstanceId) {
            condition.instances = self.named_instances(condition);
        }
        // The cheap ones first.
        conditions.sort_by_key(Condition::cost);
        Search { actions: &query.actions, conditions }
    }
}
