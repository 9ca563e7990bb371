//! `entity=file`: what was done to files. What was loaded or started was there too.

use super::actor::column;
use super::condition::{Condition, Texts};
use super::{Hit, Search};
use crate::engine::causality::Row;
use crate::engine::events::{Fact, FactKind, hashes};
use crate::engine::process::{RowId, Start};
use crate::engine::state::State;
use crate::query::{Action, AttributeName};
use crate::text::path::file_name;

impl State {
    pub(super) fn find_files(&self, search: &mut Search<'_>) -> Vec<Hit> {
        let mut hits = Vec::new();
        for id in self.facts_for(&search.conditions) {
            let fact = self.events.get(id);
            let Some(action) = action(fact.told.kind).filter(|&action| is_asked(search, action)) else {
                continue;
            };
            // Of twins the one that stands for both tells of their file.
            let is_absorbed = fact.told.kind == FactKind::Start
                && fact.told.row.is_some_and(|row| self.table.row(row).is_absorbed());
            if is_absorbed || self.path_of(fact).is_empty() {
                continue;
            }
            let who = self.actor_of(fact);
            if search.fits(|condition| self.file_fits(condition, fact, who)) {
                let action = Some(action);
                hits.push(Hit { time: fact.told.time, who, action, other: None, fact: Some(id) });
            }
        }
        hits
    }

    fn file_fits(&self, condition: &mut Condition, fact: &Fact, who: Option<RowId>) -> bool {
        use AttributeName as A;
        let told = &fact.told;
        let image = self.started(fact).and_then(|start| start.image);
        let (texts, index) = match image {
            Some(image) => (Texts::Paths, image.index()),
            None => (Texts::Events, told.text(0).index()),
        };
        let path = self.path_of(fact);
        match condition.name {
            A::FileName => condition.once(texts, index, |own| own.fits(file_name(path))),
            A::FilePath => condition.fits_path(texts, index, path),
            A::OldFilePath if image.is_none() => {
                condition.fits_path(Texts::Events, told.text(1).index(), self.events.text(told.text(1)))
            }
            A::FileHash => match self.started(fact) {
                Some(start) => start
                    .hashes
                    .iter()
                    .any(|&hash| condition.fits_sym(Texts::Values, hash, self.strings.get(hash))),
                None => condition.once(Texts::Events, told.text(2).index(), |own| {
                    hashes(self.events.text(told.text(2))).any(|hash| own.fits(hash))
                }),
            },
            A::InstanceId => self.actor_fits(condition, who),
            // No record of a file names the thread.
            _ => false,
        }
    }

    pub(super) fn show_file(&self, hit: &Hit) -> Option<Row> {
        let fact = self.events.get(hit.fact?);
        let told = &fact.told;
        let path = self.path_of(fact);
        let (hash, old) = match self.started(fact) {
            Some(start) => (self.strongest_hash(start), ""),
            None => {
                let strongest = hashes(self.events.text(told.text(2))).next().unwrap_or("");
                (strongest, self.events.text(told.text(1)))
            }
        };
        let mut columns = vec![
            column("action", hit.action.map_or("", Action::as_str)),
            column("file_name", file_name(path)),
            column("file_path", path),
            column("file_hash", hash),
            column("old_file_path", old),
        ];
        columns.extend(self.show_actor(hit.who, told, "process_name"));
        Some(self.row_of_fact(hit.who, fact, columns))
    }

    /// What the table holds of the start that a fact tells of.
    fn started(&self, fact: &Fact) -> Option<&Start> {
        let row = fact.told.row.filter(|_| fact.told.kind == FactKind::Start)?;
        self.table.row(row).start.as_ref()
    }

    /// The file's path; empty where none is known.
    fn path_of(&self, fact: &Fact) -> &str {
        match (fact.told.kind, self.started(fact)) {
            (FactKind::Start, start) => {
                start.and_then(|start| start.image).map_or("", |image| self.images.path(image))
            }
            _ => self.events.text(fact.told.text(0)),
        }
    }

    /// SHA-256, else SHA-1, else MD5.
    pub(super) fn strongest_hash(&self, start: &Start) -> &str {
        start.hashes.iter().map(|&hash| self.strings.get(hash)).find(|hash| !hash.is_empty()).unwrap_or("")
    }
}

/// What was done, as exactly as the record says it.
fn action(kind: FactKind) -> Option<Action> {
    Some(match kind {
        FactKind::FileCreate => Action::CreateFile,
        FactKind::FileWrite => Action::WriteFile,
        FactKind::FileRead => Action::ReadFile,
        FactKind::FileDelete => Action::DeleteFile,
        FactKind::FileRename => Action::RenameFile,
        FactKind::FileTouch | FactKind::Load | FactKind::Start => Action::Exists,
        _ => return None,
    })
}

/// Whatever was done to a file, it was there; who created it wrote it.
fn is_asked(search: &Search<'_>, action: Action) -> bool {
    search.wants(action)
        || search.wants(Action::Exists)
        || (action == Action::CreateFile && search.wants(Action::WriteFile))
}
