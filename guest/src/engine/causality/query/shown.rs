//! What is known of a process, and the columns that show it.

use super::Hit;
use super::actor::column;
use crate::engine::causality::Row;
use crate::engine::lineage::Above;
use crate::engine::process::{Origin, Process, RowId};
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::model::Signature;
use crate::query::Action;
use crate::text::path::file_name;

impl State {
    /// Every process, once.
    pub(super) fn stand(&self) -> impl Iterator<Item = RowId> + '_ {
        self.table.all().filter(|&row| !self.table.row(row).is_absorbed())
    }

    /// A process's row and its twin's.
    fn both(&self, row: RowId) -> impl Iterator<Item = &Process> {
        let row = self.table.row(row);
        std::iter::once(row).chain(row.twin.map(|twin| self.table.row(twin)))
    }

    /// The hashes of its image.
    pub(super) fn hashes(&self, row: RowId) -> impl Iterator<Item = Sym> + '_ {
        let starts = self.both(row).filter_map(|row| row.start.as_ref());
        starts.flat_map(|start| start.hashes).filter(|hash| !hash.is_empty())
    }

    /// Whose it is: accounts, then SIDs.
    pub(super) fn users(&self, row: RowId) -> impl Iterator<Item = Sym> + '_ {
        let users = self.both(row).map(|row| row.user).chain(self.both(row).map(|row| row.sid));
        users.filter(|user| !user.is_empty())
    }

    /// Whether its image is signed, as the language says it; empty where that is not known.
    pub(super) fn signed(&self, row: RowId) -> &'static str {
        match self.signature(row) {
            Some(Signature::Valid) => "0",
            Some(Signature::None) => "1",
            Some(Signature::Invalid) => "2",
            None => "",
        }
    }

    /// The file name of its causality group's owner; empty for a spawner, which belongs to none.
    pub(super) fn owner_name(&self, row: RowId) -> &str {
        let lineage = self.lineage(row);
        let owner = match lineage.owner {
            Some(0) => Some(Above::Row(row)),
            Some(place) => lineage.ancestors.get(place - 1).copied(),
            None => None,
        };
        self.name_above(owner.unwrap_or(Above::Nobody))
    }

    fn name_above(&self, above: Above) -> &str {
        self.image_above(above).map_or("", |image| file_name(self.images.path(image)))
    }

    /// The record that says so: of a parent that of its child's start.
    pub(super) fn origin_of(&self, hit: &Hit, row: RowId) -> Option<Origin> {
        let says = hit.other.filter(|_| hit.action == Some(Action::Parent)).unwrap_or(row);
        self.table.row(says).origin()
    }

    pub(super) fn show_process(&self, hit: &Hit) -> Option<Row> {
        let row = hit.who?;
        let path = self.row_path(row);
        let text = |sym: Option<Sym>| sym.map_or("", |sym| self.strings.get(sym));
        let mut columns = vec![
            column("action", hit.action.map_or("", Action::as_str)),
            column("file_name", file_name(path)),
            column("file_path", path),
            column("process_hash", text(self.hashes(row).next())),
            column("pid", self.row_pid(row).map(|pid| pid.to_string()).unwrap_or_default()),
            column("username", text(self.users(row).next()).trim_start_matches('\\')),
            column("cmd", self.command_line(row).unwrap_or_default()),
            column("CGN", self.owner_name(row)),
            column("signed", self.signed(row)),
            column("instanceId", self.instance_id(row)),
        ];
        if hit.action.is_some_and(|action| action != Action::Run) {
            let id = hit.other.map(|other| self.instance_id(other)).unwrap_or_default();
            columns.push(column("other_instanceId", id));
            columns.push(column("other_file_name", self.other_name(hit, row)));
        }
        if let Some(fact) = hit.fact.map(|id| self.events.get(id)) {
            let thread = fact.told.number;
            columns.push(column("thread_id", if thread == 0 { String::new() } else { thread.to_string() }));
            return Some(self.row_of_fact(hit.who, fact, columns));
        }
        let origin = self.origin_of(hit, row);
        Some(Row {
            time: Some(hit.time),
            process: self.instance_id(row),
            columns,
            origin: origin.map(|origin| (self.strings.get(origin.source).to_owned(), origin.line)),
        })
    }

    fn other_name(&self, hit: &Hit, row: RowId) -> &str {
        match (hit.other, hit.fact) {
            (Some(other), _) => file_name(self.row_path(other)),
            // Who began a thread is only named by its record.
            (None, Some(fact)) => file_name(self.events.text(self.events.get(fact).told.image)),
            (None, None) => self.name_above(self.above(row)),
        }
    }
}
