//! The columns of who did what a fact tells.

use crate::engine::events::Told;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::text::path::file_name;

use super::condition::Condition;

impl State {
    /// The columns of who did it, under these names; where he is not known what the record says of him.
    pub(super) fn show_actor(&self, who: Option<RowId>, told: &Told, name: &str) -> [(String, String); 3] {
        let (image, pid, id) = match who {
            Some(row) => (self.row_path(row), self.row_pid(row), self.instance_id(row)),
            None => (self.events.text(told.image), (told.pid != 0).then_some(told.pid), String::new()),
        };
        [
            (name.to_owned(), file_name(image).to_owned()),
            ("pid".to_owned(), pid.map(|pid| pid.to_string()).unwrap_or_default()),
            ("instanceId".to_owned(), id),
        ]
    }

    /// A process's path; empty where none is known.
    pub(super) fn row_path(&self, row: RowId) -> &str {
        self.table.row(row).image().map_or("", |image| self.images.path(image))
    }

    /// A process's id, by its own records or its twin's.
    pub(super) fn row_pid(&self, row: RowId) -> Option<u32> {
        let row = self.table.row(row);
        row.pid.or_else(|| self.table.row(row.twin?).pid)
    }

    /// The conditions that all facts have.
    pub(super) fn actor_fits(&self, condition: &mut Condition, who: Option<RowId>) -> bool {
        who.is_some_and(|who| self.instance_fits(condition, who))
    }
}

/// A column.
pub(super) fn column(name: &str, text: impl Into<String>) -> (String, String) {
    (name.to_owned(), text.into())
}
