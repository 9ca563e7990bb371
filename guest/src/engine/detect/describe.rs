//! What all detections say of the acting process, and how often they say it.

use super::memory::{Key, Mark, Noted, Room};
use super::place::Place;
use super::{Detection, What};
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::model::{Observable, ObservableKind, Role};
use crate::text::path::file_name;
use crate::text::time;

impl State {
    /// A process's folded file name and its path; nothing where no record has them.
    pub(super) fn named(&self, id: RowId) -> Option<(&str, &str)> {
        let image = self.table.row(id).image()?;
        Some((self.strings.get(self.images.get(image).name), self.images.path(image)))
    }

    /// A process's file name as its sensor writes it.
    pub(super) fn file_name(&self, id: RowId) -> &str {
        self.named(id).map_or("an unknown program", |(_, path)| file_name(path))
    }

    /// What names a process in the memory, whatever becomes of its row.
    pub(super) fn lasting(&mut self, id: RowId) -> Sym {
        let id = self.instance_id(id);
        self.strings.intern(&id)
    }

    /// Whether a process was marked before.
    pub(super) fn is_process_marked(&self, mark: Mark, id: RowId) -> bool {
        let of = || self.strings.find(&self.instance_id(id));
        !self.memory.is_empty() && of().is_some_and(|id| self.memory.marked(&on(mark, id)).is_some())
    }

    /// Marks a process.
    pub(super) fn mark_process(&mut self, mark: Mark, id: RowId, noted: Noted) {
        let id = self.lasting(id);
        self.mark(on(mark, id), noted);
    }

    /// Marks something.
    pub(super) fn mark(&mut self, key: Key, noted: Noted) {
        let Self { memory, strings, .. } = self;
        memory.mark(key, noted, |sym| strings.get(sym));
    }

    /// Whether what an image does was seen on so many hosts that it is nothing to tell of; this one counts.
    pub(super) fn is_widespread(&mut self, what: What, of: [Sym; 3], noted: Noted) -> bool {
        let Self { memory, strings, hosts, config, .. } = self;
        let seen = memory.spread((what, of), noted, |sym| strings.get(sym));
        // Names of one machine may have been told apart then.
        let mut machines: Vec<_> = seen.iter().map(|noted| hosts.canonical(noted.host)).collect();
        machines.sort_unstable();
        machines.dedup();
        machines.len() >= config.detection.common_hosts as usize
    }

    /// Whether an alert stands on a process or on one of its causality group above it; or the spawner above them
    /// runs somebody else's code. Only begat's own alerts are known here.
    pub(in crate::engine) fn has_alert_on_chain(&self, id: RowId) -> bool {
        let lineage = self.lineage(id);
        let above = |place: usize| match lineage.ancestors.get(place) {
            Some(&Above::Row(row)) => Some(row),
            _ => None,
        };
        let group = lineage.owner.unwrap_or(0);
        self.is_process_marked(Mark::Suspect, id)
            || (0..group).filter_map(above).any(|row| self.is_process_marked(Mark::Suspect, row))
            || above(group).is_some_and(|row| self.is_process_marked(Mark::Injected, row))
    }

    /// A detection, if it fits into the day; techniques and tactics are the kind's, `target` what was reached
    /// into.
    pub(super) fn told(
        &mut self,
        what: What,
        id: RowId,
        target: Option<RowId>,
        message: String,
        noted: Noted,
    ) -> Option<Detection> {
        let id = self.standing(id);
        let most = self.config.detection.rare.per_host_and_day;
        // A time in the future must not use up the days until then.
        let at = noted.at.min(self.now);
        let summary = match self.memory.admit(what, Noted { at, ..noted }, most) {
            Room::ForIt => false,
            Room::ForSummary => true,
            Room::None => return None,
        };
        for party in [Some(id), target].into_iter().flatten() {
            self.mark_process(Mark::Suspect, party, noted);
        }
        let message = if summary { self.summary(what, most, noted) } else { message };
        let (techniques, tactics): (&[_], &[_]) = match what {
            What::UnexpectedParent => (&[], &["TA0005"]),
            What::RareExecution => (&[], &["TA0002"]),
            What::RemoteThread => (&["T1055"], &["TA0004", "TA0005"]),
            What::LsassAccess => (&["T1003.001"], &["TA0006"]),
        };
        let image = self.named(id).map_or_else(String::new, |(_, path)| path.to_owned());
        let parent = self.image_above(self.above(id)).map(|image| self.images.path(image).to_owned());
        let hash = self.hash(id).map(str::to_owned);
        let mut observables = self.observables(id, noted);
        if summary {
            observables.retain(|observable| observable.kind == ObservableKind::Host);
        }
        Some(Detection {
            what,
            process: id,
            target,
            image,
            parent,
            hash,
            time: noted.at,
            message,
            techniques: techniques.to_vec(),
            tactics: tactics.to_vec(),
            observables,
            summary,
        })
    }

    fn summary(&self, what: What, most: u32, noted: Noted) -> String {
        let day = time::to_text(noted.at);
        let day = day.get(..10).unwrap_or(&day);
        let (host, what) = (self.hosts.display(noted.host), what.as_str());
        format!("more than {most} alerts {what} on {host} on {day}: the others of that day are left out")
    }

    /// The strongest hash that is known of a process's file.
    pub(super) fn hash(&self, id: RowId) -> Option<&str> {
        let hashes = self.table.row(id).start?.hashes;
        hashes.into_iter().find(|hash| !hash.is_empty()).map(|hash| self.strings.get(hash))
    }

    /// Host and user; file and hash only where they are not everybody's.
    fn observables(&self, id: RowId, noted: Noted) -> Vec<Observable> {
        let row = self.table.row(id);
        let path = self.named(id).map_or("", |(_, path)| path);
        let place = Place::of(path);
        let file = (place == Place::Writable).then_some(path);
        let hash = self.hash(id).filter(|_| place != Place::System);
        let user = Some(self.strings.get(row.user)).filter(|_| !is_built_in(self.strings.get(row.sid)));
        let host = Some(self.hosts.display(noted.host));
        let named = [
            (ObservableKind::Host, host),
            (ObservableKind::User, user),
            (ObservableKind::Hash, hash),
            (ObservableKind::File, file),
        ];
        let named = named.into_iter().filter_map(|(kind, text)| Some((kind, text?)));
        named.filter_map(|(kind, text)| Observable::new(kind, text, Role::Related)).collect()
    }
}

/// A mark on one thing.
fn on(mark: Mark, name: Sym) -> Key {
    (mark, [name, Sym::EMPTY, Sym::EMPTY])
}

/// The system's own accounts, whatever they are called there (SPEC section 0).
fn is_built_in(sid: &str) -> bool {
    ["S-1-5-18", "S-1-5-19", "S-1-5-20"].iter().any(|own| own.eq_ignore_ascii_case(sid))
}
