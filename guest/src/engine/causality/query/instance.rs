//! Process instances by what is written for them: `host/guid`, a bare GUID, or `host/pid/start`.

use super::condition::{Condition, Texts};
use crate::engine::hosts::HostId;
use crate::engine::process::{Entity, RowId};
use crate::engine::state::State;
use crate::model::EntityId;
use crate::text::path::fold;
use crate::text::time;

impl State {
    /// Whether an id fits an instance: as it is printed, without its host, or in another form that means it.
    pub(super) fn instance_fits(&self, condition: &mut Condition, row: RowId) -> bool {
        condition.once(Texts::Processes, row.place(), |condition| {
            let id = self.instance_id(row);
            let bare = id.split_once('/').map_or("", |(_, bare)| bare);
            condition.fits(&id) || condition.fits(bare) || condition.instances.contains(&row)
        })
    }

    /// The instances of a condition's exact values, each once.
    pub(super) fn named_instances(&self, condition: &Condition) -> Vec<RowId> {
        let exact = condition.values.iter().filter_map(|value| value.as_exact());
        let mut rows: Vec<RowId> = exact.flat_map(|id| self.instances_of(id)).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The instances of an id, standing for their twins.
    fn instances_of(&self, id: &str) -> Vec<RowId> {
        let (hosts, rest) = match id.split_once('/') {
            Some((host, rest)) => (self.hosts.find(host, None), rest),
            None => (self.hosts.all().collect(), id),
        };
        let mut rows = self.by_entity(&hosts, rest);
        if rows.is_empty() {
            rows = self.by_start(&hosts, rest);
        }
        rows.into_iter().map(|row| self.standing(row)).collect()
    }

    fn by_entity(&self, hosts: &[HostId], text: &str) -> Vec<RowId> {
        let entity = match EntityId::parse(text) {
            Some(EntityId::Guid(guid)) => Entity::guid(guid),
            Some(EntityId::Text(text)) => match self.strings.find(text) {
                Some(text) => Entity::Text(text),
                None => return Vec::new(),
            },
            None => return Vec::new(),
        };
        hosts.iter().filter_map(|&host| self.table.find(self.hosts.label(host), entity)).collect()
    }

    fn by_start(&self, hosts: &[HostId], text: &str) -> Vec<RowId> {
        let named = || {
            let (pid, start) = text.split_once('/')?;
            Some((pid.parse::<u32>().ok()?, time::parse(start)?.millis))
        };
        let (Some((pid, start)), Some(pids)) = (named(), self.table.pids()) else { return Vec::new() };
        let at = |&host: &HostId| {
            let had = pids.instances_until(self.hosts.label(host), pid, start);
            let began = had.take_while(move |&(since, _)| since == start).map(|(_, row)| row);
            began.filter(move |&row| self.hosts.same(self.table.row(row).host, host))
        };
        hosts.iter().flat_map(at).collect()
    }

    /// Whether an index finds all that an id can mean. A text in another case than the sensor's, or an instance
    /// without a process id, is only found by looking at all.
    pub(super) fn finds_instances(&self, condition: &Condition) -> bool {
        condition.values.iter().all(|value| {
            value.as_exact().is_some_and(|id| {
                let rest = fold(id.split_once('/').map_or(id, |(_, rest)| rest)).into_owned();
                matches!(EntityId::parse(&rest), Some(EntityId::Guid(_))) || !self.instances_of(id).is_empty()
            })
        })
    }
}
