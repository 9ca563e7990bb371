//! What a record says of an instance, merged into its row: of two statements the surer one stands, of
//! equally sure ones the smaller, so that the order of arrival never shows.

use super::answers::Knowledge;
use super::images::ImageId;
use super::observe::Moment;
use super::process::{Entity, Origin, RowId};
use super::state::State;
use crate::model::{Actor, EntityId};
use crate::text::path::{fold, is_placeholder};

impl State {
    /// Adds what a record says of an instance. Returns whether that can change what hangs below it, or
    /// what it counts for.
    pub(super) fn describe(
        &mut self,
        id: RowId,
        actor: &Actor<'_>,
        moment: Moment,
        known: Knowledge,
    ) -> bool {
        let image = actor.image.filter(|i| !is_placeholder(i)).map(|i| self.note_image(i));
        let mut changed = image.is_some_and(|image| self.describe_image(id, known, image));
        self.describe_user(id, actor);
        let host = self.table.row(id).host;
        if host != moment.host {
            let better = self.hosts.better(host, moment.host);
            changed |= better != host;
            self.table.set_host(id, better);
        }
        changed |= self.describe_pid(id, actor.pid, known);
        let is_better = self.is_better_origin(id, known, moment.origin);
        let row = self.table.row_mut(id);
        changed |= row.start.is_none() && moment.time < row.first_seen;
        row.first_seen = row.first_seen.min(moment.time);
        row.last_seen = row.last_seen.max(moment.time);
        if is_better {
            row.origin = Some(moment.origin);
        }
        row.known = row.known.min(known);
        changed
    }

    /// The id of an instance as kept.
    pub(super) fn keep_entity(&mut self, entity: EntityId<'_>) -> Entity {
        match entity {
            EntityId::Guid(guid) => Entity::Guid(guid),
            EntityId::Text(text) => Entity::Text(self.strings.intern(text)),
        }
    }

    fn describe_image(&mut self, id: RowId, known: Knowledge, image: ImageId) -> bool {
        let kept = self.table.row(id).image;
        let wins = match kept {
            None => true,
            Some((rank, old)) if old == image => known < rank,
            Some((rank, old)) => (known, self.images.path(image)) < (rank, self.images.path(old)),
        };
        if wins {
            self.table.row_mut(id).image = Some((known, image));
        }
        wins && kept.is_none_or(|(_, old)| old != image)
    }

    fn describe_user(&mut self, id: RowId, actor: &Actor<'_>) {
        if let Some(sid) = actor.sid {
            let sid = self.strings.intern(sid);
            let kept = self.table.row(id).sid;
            if kept.is_empty() || self.strings.get(sid) < self.strings.get(kept) {
                self.table.row_mut(id).sid = sid;
            }
        }
        let Some((domain, name)) = actor.user else { return };
        // Nearly always it is the same user again.
        let kept = self.strings.get(self.table.row(id).user);
        let same = kept
            .split_once('\\')
            .is_some_and(|(d, n)| d.eq_ignore_ascii_case(domain) && n.eq_ignore_ascii_case(name));
        if same {
            return;
        }
        let text = fold(&format!("{domain}\\{name}")).into_owned();
        if kept.is_empty() || text.as_str() < kept {
            self.table.row_mut(id).user = self.strings.intern(&text);
        }
    }

    /// The start's own record says it best; of others the smallest stands.
    fn describe_pid(&mut self, id: RowId, pid: Option<u32>, known: Knowledge) -> bool {
        let row = self.table.row(id);
        let Some(pid) = pid.filter(|&pid| row.pid != Some(pid)) else { return false };
        let wins = match row.pid {
            None => true,
            Some(_) if known == Knowledge::Started => true,
            Some(old) => row.known != Knowledge::Started && pid < old,
        };
        if wins {
            self.table.set_pid(id, pid);
        }
        wins
    }

    fn is_better_origin(&self, id: RowId, known: Knowledge, origin: Origin) -> bool {
        let row = self.table.row(id);
        let Some(kept) = row.origin else { return true };
        known < row.known || (known == row.known && self.stands_before(origin, kept))
    }

    fn stands_before(&self, a: Origin, b: Origin) -> bool {
        if a.source == b.source {
            return a.line < b.line;
        }
        self.strings.get(a.source) < self.strings.get(b.source)
    }
}
