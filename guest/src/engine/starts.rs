//! A start was recorded: the row it fills, its parent, its twin, its verdict, its score, its count.

use std::cmp::Ordering;

use super::annotate::push_hierarchy;
use super::answers::Knowledge;
use super::describe::Outline;
use super::hierarchy::surely;
use super::images::ImageId;
use super::observe::{Moment, Observed};
use super::prevalence::{Sighting, Spots};
use super::process::{Claim, RowId, Start};
use super::score_start::StartScore;
use super::state::State;
use super::strings::Sym;
use super::waiting::Shown;
use crate::model::{Actor, Hashes, Sensor, Shipped};
use crate::text::path::is_placeholder;

/// The record of a start, as read.
pub(super) struct StartRecord<'r> {
    pub(super) sensor: Sensor,
    pub(super) shipped: Option<Shipped>,
    pub(super) parent: Actor<'r>,
    pub(super) command_line: Option<&'r str>,
    pub(super) parent_command_line: Option<&'r str>,
    pub(super) runs_as_user: bool,
    pub(super) hashes: Hashes<'r>,
}

impl State {
    /// Takes a start in. Its score rests on what was counted before it.
    pub(super) fn observe_start(
        &mut self,
        actor: &Actor<'_>,
        record: &StartRecord<'_>,
        moment: Moment,
    ) -> Observed {
        let start = self.read_start(actor, record, moment);
        self.catch_up_before(&start, &record.parent);
        let parent = self.note_parent(&record.parent, moment);
        let id = self.row_of_start(actor, &start, moment);
        let before = self.outline(id);
        let shown_before = self.table.row(id).start.is_some().then(|| self.shown_below(id));
        if shown_before.is_some() {
            if !self.precedes(&start, id) {
                // The same start again, or one that claims the same id and comes second.
                self.sight(start.image, moment);
                self.describe(id, actor, moment, Knowledge::Seen);
                let is_twin = self.table.row(id).is_absorbed();
                let (row, started) = (Some(self.standing(id)), Some(id));
                return Observed { row, started, is_twin, ..Observed::default() };
            }
            self.withdraw(id);
        }
        self.table.change_since(id, |row| row.start = Some(start));
        let pid = start.pid.or(self.table.row(id).mention.pid);
        self.table.set_pid(id, pid);
        self.describe_user(id, actor);
        self.describe_moment(id, moment);
        self.table.link_claim(id, parent);
        self.note_row(id);
        if shown_before.is_some()
            || before.image.is_some_and(|image| self.table.row(id).image() != Some(image))
        {
            self.events.improve(id);
        }

        let paired = self.pair(id);
        self.judge_record(id, record);
        self.settle(&paired, Some(id));

        self.note_change_above(id);
        self.note_change_above(self.standing(id));
        let score = self.score_and_count(id, moment);
        self.list_child(id);
        match shown_before {
            Some(shown) => self.let_wait(id, before, shown),
            None => {
                self.refresh_claimants(id, &before);
                self.refresh_below(id);
            }
        }
        let is_twin = self.table.row(id).is_absorbed();
        Observed {
            row: Some(self.standing(id)),
            target: None,
            started: Some(id),
            is_judged: true,
            is_twin,
            score,
            time_assumed: false,
            alerts: Vec::new(),
        }
    }

    /// Judges a start by its record, command lines included, and keeps the annotation: judging once more
    /// for it would cost as much again.
    fn judge_record(&mut self, id: RowId, record: &StartRecord<'_>) {
        let mut json = std::mem::take(&mut self.verdict_json);
        json.clear();
        let complete = self.table.row(id).start.is_some_and(|start| start.is_complete());
        let (own, parents) =
            if complete { (record.command_line, record.parent_command_line) } else { (None, None) };
        let verdict = self.judge(id, own, parents);
        if self.annotates {
            push_hierarchy(&mut json, &verdict);
        }
        let verdict = (verdict.outcome, verdict.reason);
        self.verdict_json = json;
        self.set_verdict(id, verdict);
    }

    /// Rows whose twin changed count and are judged anew; `but` is still being taken in.
    pub(super) fn settle(&mut self, paired: &[RowId], but: Option<RowId>) {
        for &id in paired.iter().filter(|&&id| Some(id) != but) {
            if let Some(start) = self.table.row(id).start {
                self.set_verdict(id, start.verdict);
            }
            self.refresh(id);
        }
        for &id in paired {
            // Others may stand for it now, or may have done so before.
            let outline = Outline { alone: false, ..self.outline(id) };
            self.refresh_claimants(id, &outline);
            self.refresh_below(id);
        }
    }

    /// What the children of a row read of it.
    pub(super) fn shown_below(&self, id: RowId) -> Shown {
        (self.standing(id), self.table.row(id).image(), self.counted_parent(id, self.above(id)))
    }

    /// First scored, then counted: a start is not its own precedent.
    fn score_and_count(&mut self, id: RowId, moment: Moment) -> Option<StartScore> {
        self.count(id, None);
        let image = self.table.row(id).start.as_ref().and_then(|start| start.image);
        let Some((shape, host)) = self.shape(id) else {
            self.sight(image, moment);
            return None;
        };
        let Spots { looked_up, counted: spot } =
            self.counters.spots(&shape, host, self.hosts.environment(host));
        let score = self.annotates.then(|| self.score_start(&shape, &looked_up, host));
        let counted = self.counters.add(&spot, host, moment.generation);
        if looked_up.shape != spot.shape {
            self.counters.turn_away(1);
            self.evicted_since_rebuilt = true;
        }
        if host == moment.host && image.is_some() {
            self.counters.sight_spot(&spot, shape.image, Sighting::at(moment.time));
        } else {
            self.sight(image, moment);
        }
        self.set_counted(id, counted);
        score
    }

    /// Whether a record's start counts or not, its image was there.
    fn sight(&mut self, image: Option<ImageId>, moment: Moment) {
        if let Some(image) = image {
            let image = self.images.get(image).name;
            let environment = self.hosts.environment(moment.host);
            self.counters.sight(moment.host, environment, image, Sighting::at(moment.time));
        }
    }

    fn read_start(&mut self, actor: &Actor<'_>, record: &StartRecord<'_>, moment: Moment) -> Start {
        let parent = &record.parent;
        let claim = Claim {
            by_entity: parent.entity.is_some(),
            pid: parent.pid,
            image: parent.image.map(|image| self.note_image(image)),
            named: parent.image.is_some_and(|image| !is_placeholder(image)),
        };
        if !claim.by_entity {
            self.table.index_pids();
        }
        let Hashes { sha256, sha1, md5 } = record.hashes;
        let hashes =
            [sha256, sha1, md5].map(|hash| hash.map_or(Sym::EMPTY, |h| self.strings.intern_folded(h)));
        let account = self.read_account(actor, record.runs_as_user);
        Start {
            at: moment.time,
            sensor: record.sensor,
            shipped: record.shipped,
            claim,
            host: moment.host,
            image: actor.image.filter(|i| !is_placeholder(i)).map(|i| self.note_image(i)),
            pid: actor.pid,
            origin: moment.origin,
            hashes,
            account,
            generation: moment.generation,
            verdict: Default::default(),
            judged: false,
            counted: None,
        }
    }

    /// Who a start's record surely says that it runs as. Of a pseudonym only what kind of account it is, which
    /// is enough to tell it from the system's.
    fn read_account(&mut self, actor: &Actor<'_>, runs_as_user: bool) -> Sym {
        let account = if runs_as_user { surely(actor.sid, actor.user) } else { None };
        let Some(sid) = account else { return Sym::EMPTY };
        let kind = ["S-1-5-21-", "S-1-12-"].into_iter().find(|kind| sid.starts_with(kind));
        match kind.filter(|_| self.pseudonyms.is_some()) {
            Some(kind) => self.strings.intern(kind.trim_end_matches('-')),
            None => self.strings.intern(&sid),
        }
    }

    /// The row of the sensor's id; without one, of the same process id, start and file.
    fn row_of_start(&mut self, actor: &Actor<'_>, start: &Start, moment: Moment) -> RowId {
        let label = self.hosts.label(moment.host);
        let entity = actor.entity.map(|entity| self.keep_entity(entity));
        let file = |image: Option<ImageId>| image.map(|image| self.images.get(image).file);
        let known = match (entity, actor.pid) {
            (Some(entity), _) => self.table.find(label, entity),
            (None, Some(pid)) => {
                self.table.index_pids();
                let until =
                    self.table.pids().into_iter().flat_map(|pids| pids.instances_until(label, pid, start.at));
                let same_time = until.take_while(|&(at, _)| at == start.at);
                same_time.map(|(_, id)| id).find(|&id| {
                    let row = self.table.row(id);
                    row.entity.is_none()
                        && row.host == moment.host
                        && row.start.is_some_and(|s| file(s.image) == file(start.image))
                })
            }
            (None, None) => None,
        };
        known.unwrap_or_else(|| self.add_row(moment, entity))
    }

    /// Of two records that claim one id the earlier stands; of equally early ones the smaller.
    fn precedes(&self, new: &Start, id: RowId) -> bool {
        let Some(kept) = &self.table.row(id).start else { return true };
        let path = |image: Option<ImageId>| image.map_or("", |image| self.images.path(image));
        let key = |start: &Start| (start.at, path(start.image), start.claim.pid, path(start.claim.image));
        match key(new).cmp(&key(kept)) {
            Ordering::Equal => self.stands_before(new.origin, kept.origin),
            order => order == Ordering::Less,
        }
    }

    /// Takes back all that a start's record did, so that another can take its place.
    fn withdraw(&mut self, id: RowId) {
        self.count(id, None);
        self.unlist(id);
        self.table.unlink_claim(id);
        self.leave_twins(id);
        if let Some(start) = self.table.row(id).start.filter(|s| s.judged) {
            self.tally.remove_verdict(start.verdict.0);
        }
        self.demote_start(id);
    }

    /// The parent that a start names by the sensor's id: known by name at least.
    fn note_parent(&mut self, parent: &Actor<'_>, moment: Moment) -> Option<RowId> {
        let entity = self.keep_entity(parent.entity?);
        let label = self.hosts.label(moment.host);
        let known = self.table.find(label, entity);
        let id = known.unwrap_or_else(|| self.add_row(moment, Some(entity)));
        self.describe(id, parent, moment, Knowledge::NamedByChild);
        Some(id)
    }
}
