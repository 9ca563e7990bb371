//! lsass.exe holds the credentials of who is logged on: who may read its memory may take them.
//!
//! Windows and its guardians open lsass.exe all day, so one rule decides what is uncommon: not a program that
//! ordinarily reads it from its own directory (`readers` of `data/detections.json`), not one that lies where only
//! who installs programs can write, and not one that does it on several hosts. None of these speaks for a process
//! that runs somebody else's code.

use super::facts::facts;
use super::memory::{Mark, Noted};
use super::{Detection, What};
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;

/// `PROCESS_VM_READ`, which `PROCESS_ALL_ACCESS` (0x1fffff) has too.
pub(super) const READ: u32 = 0x10;

impl State {
    /// Judges that a process was opened with the right to read its memory: once for each that does it.
    pub(super) fn detect_read(
        &mut self,
        source: RowId,
        target: Option<RowId>,
        mask: u32,
        noted: Noted,
    ) -> Option<Detection> {
        let target = self.standing(target?);
        if !self.config.detection.lsass_access || !self.is_lsass(target) {
            return None;
        }
        let source = self.standing(source);
        let image = self.images.get(self.table.row(source).image()?);
        let (name, path) = self.named(source)?;
        let is_reader = facts().is_reader(name, path, mask);
        let is_injected = self.is_process_marked(Mark::Injected, source);
        if source == target || (is_reader && !is_injected) {
            return None;
        }
        let told = (Mark::Told(What::LsassAccess), [self.lasting(source), self.lasting(target), Sym::EMPTY]);
        if self.memory.marked(&told).is_some() {
            return None;
        }
        let images = [image.directory, image.name, Sym::EMPTY];
        if self.is_widespread(What::LsassAccess, images, noted) && !is_injected {
            return None;
        }
        self.mark(told, noted);
        let since = if is_injected { ", after another process had started a thread in it" } else { "" };
        let name = self.file_name(source);
        let message = format!("{name} opened lsass.exe with the right to read its memory ({mask:#x}){since}");
        self.told(What::LsassAccess, source, Some(target), message, noted)
    }

    fn is_lsass(&self, id: RowId) -> bool {
        let Some(image) = self.table.row(id).image() else { return false };
        let image = self.images.get(image);
        self.strings.get(image.name) == "lsass.exe"
            && matches!(self.strings.get(image.directory), "" | r"c:\windows\system32")
    }
}
