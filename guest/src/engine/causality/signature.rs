//! Whether a process's image is signed: by its start's record (ECS), else by the first load of its own image (Sysmon 7).

use crate::engine::events::{Fact, FactKind, Told};
use crate::engine::hashing::{Map, Set};
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::model::Signature;
use crate::text::path::same_file;

/// What is told of some processes: the records of their starts, and signatures of what they loaded.
#[derive(Default)]
struct Heard<'s> {
    starts: Vec<&'s Fact>,
    loaded: Option<(i64, Signature)>,
}

impl State {
    /// As the index tells, which must be up to date.
    pub(super) fn signature(&self, row: RowId) -> Option<Signature> {
        let twin = self.table.row(row).twin;
        let starts = std::iter::once(row).chain(twin).filter_map(|row| self.start_fact(row));
        let by_start = starts.filter_map(|fact| fact.told.signature).next();
        by_start.or_else(|| {
            let loads = self.events.own_loads_of(row).map(|id| &self.events.get(id).told);
            loads.filter_map(|told| self.own_signature(row, told)).min().map(|(_, signature)| signature)
        })
    }

    /// What a load of a process's own image says, and when.
    fn own_signature(&self, row: RowId, told: &Told) -> Option<(i64, Signature)> {
        let file = self.strings.get(self.images.get(self.table.row(row).image()?).file);
        let signature = told.signature?;
        (same_file(self.events.text(told.text(0))) == file).then_some((told.time, signature))
    }

    /// Those of some processes whose images are known to be unsigned. The index may be behind: everything is looked
    /// through once.
    pub(in crate::engine) fn unsigned_of(&self, rows: &[RowId]) -> Set<RowId> {
        let twins = rows.iter().filter_map(|&row| self.table.row(row).twin);
        let mut all: Map<RowId, Heard<'_>> =
            rows.iter().copied().chain(twins).map(|row| (row, Heard::default())).collect();
        for fact in self.events.all().map(|id| self.events.get(id)) {
            let Some((row, of)) = fact.told.row.and_then(|row| Some((row, all.get_mut(&row)?))) else {
                continue;
            };
            match fact.told.kind {
                FactKind::Start => of.starts.push(fact),
                FactKind::Load => {
                    let own = self.own_signature(row, &fact.told);
                    of.loaded = [of.loaded, own].into_iter().flatten().min();
                }
                _ => {}
            }
        }
        let signature = |row: RowId| {
            let by_start = |row| {
                let starts = all.get(&row)?.starts.iter().copied();
                self.standing_start(row, starts)?.told.signature
            };
            let by_start = by_start(row).or_else(|| by_start(self.table.row(row).twin?));
            by_start.or_else(|| Some(all.get(&row)?.loaded?.1))
        };
        rows.iter().copied().filter(|&row| signature(row) == Some(Signature::None)).collect()
    }
}
