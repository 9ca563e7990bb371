//! What a record says of an instance, merged into its row: of two statements the surer one stands, of
//! equally sure ones the smaller, so that the order of arrival never shows.

use super::answers::Knowledge;
use super::hosts::HostId;
use super::images::ImageId;
use super::observe::Moment;
use super::process::{Entity, Origin, RowId};
use super::state::State;
use crate::model::{Actor, EntityId};
use crate::text::path::{fold, is_placeholder};

/// What the rows below a row depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) image: Option<ImageId>,
    pub(super) pid: Option<u32>,
    pub(super) host: HostId,
    pub(super) since: i64,
    /// Nobody else stands for it.
    pub(super) alone: bool,
}

impl State {
    /// Adds what a record other than that of its start says of an instance, and brings up to date what
    /// rests on that.
    pub(super) fn describe(&mut self, id: RowId, actor: &Actor<'_>, moment: Moment, known: Knowledge) {
        let before = self.outline(id);
        if let Some(image) = actor.image.filter(|i| !is_placeholder(i) && !self.is_mentioned(id, known, i)) {
            let image = self.note_image(image);
            self.mention_image(id, known, image);
        }
        self.mention_pid(id, actor.pid);
        self.mention_origin(id, known, moment.origin);
        self.describe_user(id, actor);
        self.describe_moment(id, moment);
        let after = self.outline(id);
        if after != before {
            if after.image != before.image {
                self.events.improve(id);
            }
            let other_parent = self.refresh(id);
            self.refresh_claimants(id, &before);
            self.refresh_claimants(id, &after);
            if let Some(twin) = self.table.row(id).twin {
                self.refresh_claimants(twin, &self.outline(twin));
            }
            // Its name matters to children only where their own records have none.
            if other_parent || self.table.row(id).links.unnamed_children > 0 {
                self.refresh_below(id);
            }
        }
    }

    /// What others depend on.
    pub(super) fn outline(&self, id: RowId) -> Outline {
        let row = self.table.row(id);
        Outline {
            image: row.image(),
            pid: row.pid,
            host: row.host,
            since: row.since(),
            alone: row.twin.is_none(),
        }
    }

    /// Nearly every record repeats the path of the one before: no need to look it up.
    fn is_mentioned(&self, id: RowId, known: Knowledge, path: &str) -> bool {
        let kept = self.table.row(id).mention.image;
        kept.is_some_and(|(rank, image)| rank <= known && self.images.path(image) == path)
    }

    /// The host's better name, and when it was there.
    pub(super) fn describe_moment(&mut self, id: RowId, moment: Moment) {
        let host = self.table.row(id).host;
        if host != moment.host {
            let better = self.hosts.better(host, moment.host);
            self.table.set_host(id, better);
        }
        if moment.time < self.table.row(id).first_seen {
            self.table.change_since(id, |row| row.first_seen = moment.time);
        }
        let row = self.table.row_mut(id);
        row.last_seen = row.last_seen.max(moment.time);
    }

    /// A start's record that does not stand any more is a mention like any other.
    pub(super) fn demote_start(&mut self, id: RowId) {
        let Some(start) = self.table.change_since(id, |row| row.start.take()) else { return };
        if let Some(image) = start.image {
            self.mention_image(id, Knowledge::Seen, image);
        }
        self.mention_pid(id, start.pid);
        self.mention_origin(id, Knowledge::Seen, start.origin);
    }

    /// The id of an instance as kept.
    pub(super) fn keep_entity(&mut self, entity: EntityId<'_>) -> Entity {
        match entity {
            EntityId::Guid(guid) => Entity::guid(guid),
            EntityId::Text(text) => Entity::Text(self.strings.intern(text)),
        }
    }

    /// The same, if anything has it.
    pub(super) fn entity_as_kept(&self, entity: EntityId<'_>) -> Option<Entity> {
        match entity {
            EntityId::Guid(guid) => Some(Entity::guid(guid)),
            EntityId::Text(text) => self.strings.find(text).map(Entity::Text),
        }
    }

    fn mention_image(&mut self, id: RowId, known: Knowledge, image: ImageId) {
        let kept = self.table.row(id).mention.image;
        let wins =
            kept.is_none_or(|(rank, old)| (known, self.images.path(image)) < (rank, self.images.path(old)));
        if wins {
            self.table.row_mut(id).mention.image = Some((known, image));
        }
    }

    fn mention_pid(&mut self, id: RowId, pid: Option<u32>) {
        let row = self.table.row_mut(id);
        if let Some(pid) = pid {
            row.mention.pid = Some(row.mention.pid.map_or(pid, |kept| kept.min(pid)));
        }
        let pid = row.start.and_then(|s| s.pid).or(row.mention.pid);
        self.table.set_pid(id, pid);
    }

    fn mention_origin(&mut self, id: RowId, known: Knowledge, origin: Origin) {
        let kept = self.table.row(id).mention;
        let wins = kept
            .origin
            .is_none_or(|old| known < kept.known || (known == kept.known && self.stands_before(origin, old)));
        let mention = &mut self.table.row_mut(id).mention;
        if wins {
            mention.origin = Some(origin);
        }
        mention.known = mention.known.min(known);
    }

    pub(super) fn describe_user(&mut self, id: RowId, actor: &Actor<'_>) {
        if let Some(sid) = actor.sid {
            let sid = match &self.pseudonyms {
                Some(pseudonyms) => self.strings.intern(&pseudonyms.sid(sid)),
                None => self.strings.intern(sid),
            };
            let kept = self.table.row(id).sid;
            if kept.is_empty() || self.strings.get(sid) < self.strings.get(kept) {
                self.table.row_mut(id).sid = sid;
            }
        }
        let Some((domain, name)) = actor.user else { return };
        // Nearly always it is the same user again.
        let kept = self.strings.get(self.table.row(id).user);
        let (its_domain, its_name) = kept.split_once('\\').unwrap_or(("", kept));
        if its_domain.eq_ignore_ascii_case(domain) && its_name.eq_ignore_ascii_case(name) {
            return;
        }
        // Of Linux a bare name.
        let text = if domain.is_empty() { name.to_owned() } else { format!("{domain}\\{name}") };
        let text = fold(&text).into_owned();
        let text = self.pseudonyms.as_ref().map(|pseudonyms| pseudonyms.user(&text)).unwrap_or(text);
        if kept.is_empty() || text.as_str() < kept {
            self.table.row_mut(id).user = self.strings.intern(&text);
        }
    }

    pub(super) fn stands_before(&self, a: Origin, b: Origin) -> bool {
        if a.source == b.source {
            return a.line < b.line;
        }
        self.strings.get(a.source) < self.strings.get(b.source)
    }
}
