//! Looking upwards: a process's parent, its ancestors, and the owner of its causality group.
//!
//! Nothing here is stored: the answer follows from the rows, whatever order they came in. A parent named
//! by a sensor's id is that process. A parent named by process id alone is the latest process that had
//! the id by then, and only if the name fits and it had not ended: ids are reused (complaint 2).

use super::hierarchy::Outcome;
use super::hosts::HostId;
use super::images::ImageId;
use super::process::RowId;
use super::state::State;
use super::strings::Sym;

/// Lines are followed this far up. Longer ones are hostile or broken; they end `partial`, with somebody above who is
/// no spawner.
pub const DEPTH: usize = 128;

/// What stands above a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Above {
    /// An instance in the table.
    Row(RowId),
    /// Only a name, from the child's record.
    Name(ImageId),
    /// Somebody else has the parent's process id now, and the record has no name.
    Reused,
    /// Nothing is known.
    Nobody,
}

/// Id, path, record and environment: no two rows have all four in common.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey(String, String, Option<(String, u64)>, String);

/// A process's line upwards.
#[derive(Debug, Default)]
pub struct Lineage {
    /// From the parent up.
    pub ancestors: Vec<Above>,
    /// Who owns the causality group: 0 for the process itself, else its place in `ancestors` from 1;
    /// `None` where the process is a spawner, which owns no group and belongs to none.
    pub owner: Option<usize>,
    /// No spawner was reached.
    pub partial: bool,
}

/// An instance by process id, and why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// This one had the id then.
    Row(RowId),
    /// The one that has it is another, or had ended.
    Reused,
    /// None is known.
    Nobody,
}

impl State {
    /// The row that stands for a row: of a 4688 record with a Sysmon twin, the twin's.
    pub(super) fn standing(&self, id: RowId) -> RowId {
        let row = self.table.row(id);
        if row.is_absorbed() { row.twin.unwrap_or(id) } else { id }
    }

    /// The process that had a process id at a time and ran; `name` is its folded file name where that is known.
    pub(super) fn instance_at(
        &self,
        host: HostId,
        pid: u32,
        time: i64,
        name: Sym,
        not: Option<RowId>,
    ) -> Found {
        match self.entry_at(host, pid, time, not) {
            None => Found::Nobody,
            Some((since, row)) if !self.is_called(row, name) || self.had_ended((pid, since), row, time) => {
                Found::Reused
            }
            Some((_, row)) => Found::Row(row),
        }
    }

    /// The same, whether or not it had ended.
    pub(super) fn holder_at(
        &self,
        host: HostId,
        pid: u32,
        time: i64,
        name: Sym,
        not: Option<RowId>,
    ) -> Found {
        match self.entry_at(host, pid, time, not) {
            None => Found::Nobody,
            Some((_, row)) if !self.is_called(row, name) => Found::Reused,
            Some((_, row)) => Found::Row(row),
        }
    }

    /// Whether a process may be called so; who has no name may be anybody, and no name fits all.
    fn is_called(&self, id: RowId, name: Sym) -> bool {
        let image = self.table.row(id).image();
        name.is_empty() || image.is_none_or(|image| self.images.get(image).name == name)
    }

    /// Who is the latest to be known to have had a process id by a time, and since when: of two records of a start
    /// each tells a time.
    pub(super) fn entry_at(
        &self,
        host: HostId,
        pid: u32,
        time: i64,
        not: Option<RowId>,
    ) -> Option<(i64, RowId)> {
        let pids = self.table.pids()?;
        let label = self.hosts.label(host);
        let mut candidates = pids
            .instances_until(label, pid, time)
            .map(|(since, id)| (since, self.standing(id)))
            .filter(|&(_, id)| Some(id) != not && self.hosts.same(self.table.row(id).host, host))
            .peekable();
        // Of several that began at the same moment the choice must not depend on their arrival.
        let since = candidates.peek().map(|&(since, _)| since);
        let latest = candidates
            .take_while(|&(other, _)| Some(other) == since)
            .map(|(_, id)| id)
            .reduce(|a, b| if a == b || self.sort_key(a) >= self.sort_key(b) { a } else { b });
        since.zip(latest)
    }

    /// What stands directly above a row.
    pub(super) fn above(&self, id: RowId) -> Above {
        let row = self.table.row(id);
        let Some(start) = row.start else { return Above::Nobody };
        let claim = start.claim;
        if row.links.parent == Some(id) {
            return Above::Nobody;
        }
        if let Some(parent) = row.links.parent {
            let parent = self.standing(parent);
            // A parent of which nothing but an id is known is not somebody yet.
            if self.table.row(parent).image().is_some() {
                return Above::Row(parent);
            }
        }
        let name = claim.image.filter(|_| claim.named);
        let found = match claim.pid {
            Some(pid) if !claim.by_entity => {
                let folded = name.map_or(Sym::EMPTY, |image| self.images.get(image).name);
                self.instance_at(row.host, pid, start.at, folded, Some(id))
            }
            _ => Found::Nobody,
        };
        match (found, name) {
            (Found::Row(parent), _) if self.table.row(parent).image().is_some() => Above::Row(parent),
            (_, Some(image)) => Above::Name(image),
            (Found::Reused, None) => Above::Reused,
            _ => Above::Nobody,
        }
    }

    /// How long before a process its parent had started, in milliseconds, where nothing but a process id tells who
    /// that was.
    pub(super) fn known_by_pid_alone(&self, parent: RowId, id: RowId) -> Option<i64> {
        let row = self.table.row(id);
        let start = row.start.filter(|start| !start.claim.by_entity && !start.claim.named)?;
        let is_named = row.links.parent.is_some_and(|named| self.standing(named) == parent);
        (!is_named).then(|| start.at.saturating_sub(self.table.row(parent).since()))
    }

    /// The path of what stands above, as its own records or its child's have it.
    pub(super) fn image_above(&self, above: Above) -> Option<ImageId> {
        match above {
            Above::Row(id) => self.table.row(id).image(),
            Above::Name(image) => Some(image),
            Above::Reused | Above::Nobody => None,
        }
    }

    /// A spawner counts only from its own directory and without a violation (SPEC section 4).
    fn is_spawner(&self, above: Above) -> bool {
        let innocent = match above {
            Above::Row(id) => {
                self.table.row(id).start.is_none_or(|start| start.verdict.0 != Outcome::Violation)
            }
            _ => true,
        };
        innocent && self.image_above(above).is_some_and(|image| self.images.get(image).spawner)
    }

    /// The line upwards.
    pub(super) fn lineage(&self, id: RowId) -> Lineage {
        let mut ancestors = Vec::with_capacity(8);
        let mut at = Some(id);
        while let Some(row) = at {
            let above = self.above(row);
            at = match above {
                Above::Row(parent) => Some(parent),
                _ => None,
            };
            if matches!(above, Above::Row(_) | Above::Name(_)) {
                ancestors.push(above);
            }
            if ancestors.len() >= DEPTH {
                self.cut_cycle(id, &mut ancestors);
                break;
            }
        }
        let spawner = ancestors.iter().position(|&above| self.is_spawner(above));
        let owner =
            if self.is_spawner(Above::Row(id)) { None } else { Some(spawner.unwrap_or(ancestors.len())) };
        // Of a line that is followed to its end what stands above the last is looked at.
        let ends_below_spawner = || match ancestors.get(DEPTH - 1) {
            Some(&Above::Row(last)) => self.is_spawner(self.above(last)),
            _ => false,
        };
        let partial = spawner.is_none() && !ends_below_spawner();
        Lineage { ancestors, owner, partial }
    }

    /// Records that lie can make a ring. Of a ring's members the first to have started has no parent in
    /// it: whoever asks, the line ends there.
    fn cut_cycle(&self, id: RowId, ancestors: &mut Vec<Above>) {
        let mut line = vec![Above::Row(id)];
        line.append(ancestors);
        let again = (1..line.len())
            .find(|&i| line.get(..i).is_some_and(|before| line.get(i).is_some_and(|a| before.contains(a))));
        if let Some(again) = again {
            let member = line.get(again).copied();
            let from = line.iter().position(|&a| Some(a) == member).unwrap_or(0);
            let first = (from..again).min_by_key(|&i| match line.get(i) {
                Some(&Above::Row(row)) => (self.table.row(row).since(), self.sort_key(row)),
                _ => (i64::MAX, SortKey::default()),
            });
            line.truncate(first.unwrap_or(from) + 1);
        }
        line.remove(0);
        *ancestors = line;
    }

    /// Tells rows of equal times apart by what they are, never by when they came.
    pub(super) fn sort_key(&self, id: RowId) -> SortKey {
        let row = self.table.row(id);
        let image = row.image().map_or("", |image| self.images.path(image));
        let origin = row.origin().map(|origin| (self.strings.get(origin.source).to_owned(), origin.line));
        let environment = self.strings.get(self.hosts.environment(row.host)).to_owned();
        SortKey(self.instance_id(id), image.to_owned(), origin, environment)
    }
}
