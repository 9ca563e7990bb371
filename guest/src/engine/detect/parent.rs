//! A start against the expected hierarchy is evidence; with something else against it, it is a suspicion.
//!
//! A bare rule about parents drowns its users: a public one raised 2.9 million alerts in 30 days (SPEC
//! section 3). So a violation alone is told in the annotation and in the report, and raises no alert.

use super::grade::Corroboration;
use super::memory::{Mark, Noted};
use super::{Detection, What};
use crate::engine::hierarchy::{Outcome, Reason};
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::text::path::file_name;

/// The same on the same host is told once in so long: 7 days, as rare executions are.
const AGAIN: i64 = 7 * 24 * 60 * 60 * 1000;

impl State {
    /// Judges a start whose verdict stands.
    pub(super) fn detect_parent(
        &mut self,
        id: RowId,
        is_unsigned: bool,
        is_rare: bool,
        noted: Noted,
    ) -> Option<Detection> {
        let start = self.table.row(id).start.as_ref()?;
        let (Outcome::Violation, reason) = start.verdict else { return None };
        // A record that does not name its parent can still be told better by what comes later.
        if !self.config.detection.unexpected_parent || !start.is_complete() {
            return None;
        }
        let (_, path) = self.named(id)?;
        let is_misplaced = self.is_misplaced(id, path);
        let why = Corroboration::of_place(path, is_misplaced)
            .or(is_unsigned.then_some(Corroboration::Unsigned))
            .or(is_rare.then_some(Corroboration::Rare))
            .or_else(|| self.has_alert_on_chain(id).then_some(Corroboration::AlertOnChain));
        let why = why.filter(|_| !self.is_common_name(id))?.words();
        let above = self.image_above(self.above(id));
        let parent = above.map_or("an unknown program", |image| file_name(self.images.path(image)));
        let reason_text = reason.map_or("violation", Reason::as_str);
        let message = format!("{} started by {parent} ({reason_text}), and {why}", self.file_name(id));
        let host = self.hosts.display(noted.host).to_owned();
        let host = self.strings.intern(&host);
        let name =
            |image: Option<_>| image.map_or_else(Default::default, |image| self.images.get(image).name);
        let told =
            (Mark::Told(What::UnexpectedParent), [name(self.table.row(id).image()), name(above), host]);
        if self.memory.marked(&told).is_some_and(|before| noted.at.saturating_sub(before) < AGAIN) {
            return None;
        }
        self.mark(told, noted);
        let mut detection = self.told(What::UnexpectedParent, id, None, message, noted)?;
        // A parent that Windows never uses was named by whoever started the process, or is not what it seems; a
        // process that starts none runs somebody else's code.
        match reason {
            Some(Reason::UnexpectedParent) => {
                detection.techniques.push("T1134.004");
                detection.tactics.insert(0, "TA0004");
            }
            Some(Reason::UnexpectedChild) => {
                detection.techniques.push("T1055");
                detection.tactics.insert(0, "TA0004");
            }
            _ => {}
        }
        if is_misplaced || reason == Some(Reason::LookAlike) {
            detection.techniques.insert(0, "T1036.005");
        }
        Some(detection)
    }
}
