//! A thread started in another process runs the starter's code there: injection, unless it is how the system
//! works or the two belong together.
//!
//! They belong together where one is above the other in the line of parents, as far as that is known: then only
//! a thread in a sensitive process counts, such as in the explorer.exe that everything of a user hangs below.
//! A process whose line is not known is no relative of anybody's.

use super::facts::facts;
use super::memory::{Mark, Noted};
use super::{Detection, What};
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;

impl State {
    /// Judges a remote thread: once for each pair of processes.
    pub(super) fn detect_thread(
        &mut self,
        source: RowId,
        target: Option<RowId>,
        function: Option<&str>,
        noted: Noted,
    ) -> Option<Detection> {
        let (source, target) = (self.standing(source), self.standing(target?));
        if !self.config.detection.remote_thread || source == target {
            return None;
        }
        let (from, into) = (self.table.row(source).image()?, self.table.row(target).image()?);
        let (from, into) = (self.images.get(from), self.images.get(into));
        let into_name = self.strings.get(into.name);
        if facts().is_ordinary_thread(self.named(source)?, into_name, function)
            || self.has_just_started(source, target, noted.at)
            || (self.are_related(source, target) && !facts().is_sensitive(into_name))
        {
            return None;
        }
        let told = (Mark::Told(What::RemoteThread), [self.lasting(source), self.lasting(target), Sym::EMPTY]);
        if self.memory.marked(&told).is_some() {
            return None;
        }
        let images = [from.directory, from.name, into.name];
        if self.is_widespread(What::RemoteThread, images, noted) {
            return None;
        }
        self.mark(told, noted);
        self.mark_process(Mark::Injected, target, noted);
        let (source_name, target_name) = (self.file_name(source), self.file_name(target));
        let at = function.map_or_else(String::new, |function| format!(" at {function}"));
        let message = format!("{source_name} started a thread in {target_name}{at}");
        self.told(What::RemoteThread, source, Some(target), message, noted)
    }

    /// Whether one process has started the other a moment before: debuggers, installers and sandboxes set up
    /// their children that way.
    fn has_just_started(&self, parent: RowId, child: RowId, at: i64) -> bool {
        let moment = i64::from(self.config.detection.child_seconds) * 1000;
        let start = self.table.row(child).start;
        start.is_some_and(|start| (0..=moment).contains(&at.saturating_sub(start.at)))
            && self.above(child) == Above::Row(parent)
    }

    fn are_related(&self, one: RowId, other: RowId) -> bool {
        let is_above = |above, below| self.lineage(below).ancestors.contains(&Above::Row(above));
        is_above(one, other) || is_above(other, one)
    }
}
