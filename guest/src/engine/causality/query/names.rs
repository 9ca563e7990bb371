//! Names of remote hosts: what the process had looked up, before what the sensor calls them (SPEC section 0,
//! "DNS").

use super::condition::Condition;
use crate::engine::events::{Attribute, Doer, Fact, FactKind, Told, answers};
use crate::engine::hashing::Map;
use crate::engine::hosts::LabelId;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::text::address;

/// So long the answer to a look-up names a connection, in milliseconds.
const HOUR: i64 = 60 * 60 * 1000;

/// What a process had looked up for an address, in the order of time; found once for each.
pub(super) type Names = Map<(Option<RowId>, LabelId, u32, Sym), Vec<(i64, Sym)>>;

/// A remote host's name and who says so.
pub(super) struct Name {
    /// In the events' texts.
    pub(super) text: Sym,
    pub(super) from: &'static str,
}

impl State {
    /// What the other end of a connection is called.
    pub(super) fn remote_name(&self, fact: &Fact, who: Option<RowId>, names: &mut Names) -> Option<Name> {
        let told = &fact.told;
        let looked_up = self.looked_up(told, who, names).map(|text| Name { text, from: "dns" });
        let sensors = told.text(2);
        looked_up.or_else(|| (!sensors.is_empty()).then_some(Name { text: sensors, from: "sensor" }))
    }

    fn looked_up(&self, told: &Told, who: Option<RowId>, names: &mut Names) -> Option<Sym> {
        let (label, address) = (self.hosts.label(told.host), told.text(0));
        let pid = who.map_or(told.pid, |_| 0);
        let find = || self.lookups(told, who);
        let list = names.entry((who, label, pid, address)).or_insert_with(find);
        let until = list.partition_point(|&(time, _)| time <= told.time);
        let &(time, name) = list.get(until.checked_sub(1)?)?;
        (told.time - time <= HOUR).then_some(name)
    }

    fn lookups(&self, told: &Told, who: Option<RowId>) -> Vec<(i64, Sym)> {
        let Some(address) = address::parse(self.events.text(told.text(0))) else { return Vec::new() };
        let label = self.hosts.label(told.host);
        let twin = who.and_then(|row| self.table.row(row).twin);
        let pid = who.map_or((told.pid != 0).then_some(told.pid), |row| self.row_pid(row));
        let doers = [who.map(Doer::Row), twin.map(Doer::Row), pid.map(|pid| Doer::Pid(label, pid))];
        let facts = doers.into_iter().flatten().flat_map(|doer| self.events.of_answer(doer, address));
        let is_his = |fact: &&Fact| {
            let holds = answers(self.events.text(fact.told.text(1))).any(|answer| answer == address);
            holds && self.actor_of(fact) == who && self.hosts.same(fact.told.host, told.host)
        };
        let told = facts.map(|id| self.events.get(id)).filter(is_his);
        let mut list: Vec<(i64, Sym)> = told.map(|fact| (fact.told.time, fact.told.text(0))).collect();
        list.sort_by_key(|&(time, name)| (time, self.events.text(name)));
        list
    }

    /// What leads to the connections of exact names: the names themselves, and the addresses that anybody was
    /// given for them.
    pub(super) fn keys_of_names(&self, condition: &Condition) -> Option<Vec<(Attribute, String)>> {
        let mut keys = Vec::new();
        for name in condition.exact()? {
            keys.push((Attribute::RemoteName, name.to_owned()));
            for id in self.events.by_text(Attribute::Domain, name) {
                let told = &self.events.get(id).told;
                if told.kind == FactKind::Lookup {
                    let given = answers(self.events.text(told.text(1)));
                    keys.extend(given.map(|address| (Attribute::RemoteAddress, address.to_string())));
                }
            }
        }
        keys.sort_unstable();
        keys.dedup();
        Some(keys)
    }
}
