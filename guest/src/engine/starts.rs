//! A start was recorded: the row it fills, its parent, its twin, its verdict, its score, its count.

use super::answers::Knowledge;
use super::images::ImageId;
use super::observe::{Moment, Observed};
use super::process::{Claim, Process, RowId, Start};
use super::state::State;
use super::strings::Sym;
use crate::model::{Actor, Hashes, Sensor, Shipped};
use crate::text::path::{fold, is_placeholder};

/// The record of a start, as read.
pub(super) struct StartRecord<'r> {
    pub(super) sensor: Sensor,
    pub(super) shipped: Option<Shipped>,
    pub(super) parent: Actor<'r>,
    pub(super) command_line: Option<&'r str>,
    pub(super) parent_command_line: Option<&'r str>,
    pub(super) hashes: Hashes<'r>,
}

impl State {
    /// Takes a start in. Its score rests on what was counted before it.
    pub(super) fn observe_start(
        &mut self,
        actor: &Actor<'_>,
        record: &StartRecord<'_>,
        moment: Moment,
        environment: Sym,
    ) -> Observed {
        let start = self.read_start(record, moment, environment);
        let image = actor.image.filter(|i| !is_placeholder(i)).map(|i| self.note_image(i));
        let id = self.row_of_start(actor, &start, image, moment);
        let was_known = self.table.row(id).image.is_some();
        if self.table.row(id).start.is_some() {
            if !self.precedes(id, &start, image) {
                // The same start again, or one that claims the same id and comes second.
                if self.describe(id, actor, moment, Knowledge::Seen) {
                    self.refresh(id);
                }
                let is_twin = self.table.row(id).is_absorbed();
                return Observed {
                    row: Some(self.standing(id)),
                    started: Some(id),
                    is_twin,
                    ..Observed::default()
                };
            }
            self.withdraw(id);
        }
        let row = self.table.row_mut(id);
        row.start = Some(start);
        row.image = image.map(|image| (Knowledge::Started, image)).or(row.image);
        self.describe(id, actor, moment, Knowledge::Started);
        let parent = self.note_parent(&record.parent, &start.claim, moment);
        self.table.link_claim(id, parent);

        let paired = self.pair(id);
        let verdict = self.judge(id, record.command_line, record.parent_command_line);
        let verdict = (verdict.outcome, verdict.reason);
        self.set_verdict(id, verdict);
        self.settle(&paired, id);

        let contribution = self.contribution(id);
        let score = contribution.map(|c| self.score_start(&c));
        self.count(id, contribution);
        if was_known || self.table.has_pid_index() {
            self.refresh_below(id);
        }
        let is_twin = self.table.row(id).is_absorbed();
        Observed { row: Some(self.standing(id)), started: Some(id), is_twin, score, time_assumed: false }
    }

    /// Rows whose twin changed count and are judged anew; `but` is still being taken in.
    pub(super) fn settle(&mut self, paired: &[RowId], but: RowId) {
        for &id in paired.iter().filter(|&&id| id != but) {
            if let Some(start) = self.table.row(id).start {
                self.set_verdict(id, start.verdict);
            }
            self.refresh(id);
        }
        for &id in paired {
            self.refresh_below(id);
        }
    }

    fn read_start(&mut self, record: &StartRecord<'_>, moment: Moment, environment: Sym) -> Start {
        let parent = &record.parent;
        let claim = Claim {
            entity: parent.entity.map(|entity| self.keep_entity(entity)),
            pid: parent.pid,
            image: parent.image.map(|image| self.note_image(image)),
            named: parent.image.is_some_and(|image| !is_placeholder(image)),
        };
        if claim.entity.is_none() {
            self.table.index_pids();
        }
        let hash = record.hashes.strongest().map_or(Sym::EMPTY, |hash| self.strings.intern(&fold(hash)));
        Start {
            at: moment.time,
            sensor: record.sensor,
            shipped: record.shipped,
            claim,
            hash,
            environment,
            verdict: Default::default(),
            judged: false,
            counted: None,
        }
    }

    /// The row of the sensor's id; without one, of the same process id, start and file.
    fn row_of_start(
        &mut self,
        actor: &Actor<'_>,
        start: &Start,
        image: Option<ImageId>,
        moment: Moment,
    ) -> RowId {
        let label = self.hosts.label(moment.host);
        let entity = actor.entity.map(|entity| self.keep_entity(entity));
        let known = match (entity, actor.pid) {
            (Some(entity), _) => self.table.find(label, entity),
            (None, Some(pid)) => {
                self.table.index_pids();
                self.table.of_known_pid(label, pid).find(|&id| {
                    let row = self.table.row(id);
                    row.entity.is_none()
                        && row.start.is_some_and(|s| s.at == start.at)
                        && row.image.map(|(_, i)| self.images.get(i).file)
                            == image.map(|i| self.images.get(i).file)
                        && self.hosts.same(row.host, moment.host)
                })
            }
            (None, None) => None,
        };
        known.unwrap_or_else(|| self.table.add(Process::new(moment.host, label, entity, moment.time)))
    }

    /// Of two records that claim one id the earlier stands; of equally early ones the smaller.
    fn precedes(&self, id: RowId, new: &Start, image: Option<ImageId>) -> bool {
        let row = self.table.row(id);
        let Some(kept) = row.start else { return true };
        let path = |image: Option<ImageId>| image.map_or("", |image| self.images.path(image));
        let key = |start: &Start, image| (start.at, path(image), start.claim.pid, path(start.claim.image));
        key(new, image) < key(&kept, row.image.map(|(_, image)| image))
    }

    /// Takes back all that a start's record did, so that another can take its place.
    fn withdraw(&mut self, id: RowId) {
        self.count(id, None);
        self.table.unlink_claim(id);
        self.leave_twins(id);
        if let Some(start) = self.table.row(id).start.filter(|s| s.judged) {
            self.tally.remove_verdict(start.verdict.0);
        }
    }

    /// The parent that a start names by the sensor's id: known by name at least.
    fn note_parent(&mut self, parent: &Actor<'_>, claim: &Claim, moment: Moment) -> Option<RowId> {
        let entity = claim.entity?;
        let label = self.hosts.label(moment.host);
        let known = self.table.find(label, entity);
        let id = known
            .unwrap_or_else(|| self.table.add(Process::new(moment.host, label, Some(entity), moment.time)));
        if self.describe(id, parent, moment, Knowledge::NamedByChild) {
            self.refresh(id);
            self.refresh_below(id);
        }
        Some(id)
    }
}
