//! The memory as plain data: sorted, so that it does not depend on where things stood.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::What;
use super::memory::{HOSTS, Mark, Memory, Noted, ROOM};
use crate::engine::hosts::HostId;
use crate::engine::saved::{HostPlace, Text};
use crate::engine::strings::Sym;

/// The memory.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::engine) struct SavedMemory {
    marks: Vec<(Mark, [Text; 3], HostPlace, i64)>,
    spreads: Vec<SavedSpread>,
    days: Vec<(What, HostPlace, i64, u32)>,
}

/// What was seen, and on which hosts.
type SavedSpread = (What, [Text; 3], Vec<(HostPlace, i64)>);

impl Memory {
    /// Every text that is named, of the hosts that stay.
    pub(in crate::engine) fn syms(&self, stays: &impl Fn(HostId) -> bool) -> BTreeSet<Sym> {
        let marks = self.marks.iter().filter(|(_, noted)| stays(noted.host)).map(|((_, of), _)| of);
        let spreads = self.spreads.iter().filter(|(_, hosts)| hosts.iter().any(|noted| stays(noted.host)));
        marks.chain(spreads.map(|((_, of), _)| of)).flatten().copied().collect()
    }

    /// As if no other hosts had ever been seen.
    pub(in crate::engine) fn save(
        &self,
        stays: &impl Fn(HostId) -> bool,
        text: impl Fn(Sym) -> Text,
        host: impl Fn(HostId) -> HostPlace,
    ) -> SavedMemory {
        let marks = self.marks.iter().filter(|(_, noted)| stays(noted.host));
        let mut marks: Vec<_> =
            marks.map(|((mark, of), noted)| (*mark, of.map(&text), host(noted.host), noted.at)).collect();
        marks.sort_unstable();
        let hosts = |hosts: &[Noted]| {
            let stay = hosts.iter().filter(|noted| stays(noted.host));
            let mut stay: Vec<_> = stay.map(|noted| (host(noted.host), noted.at)).collect();
            stay.sort_unstable();
            stay
        };
        let spreads = self.spreads.iter().map(|((what, of), on)| (*what, of.map(&text), hosts(on)));
        let mut spreads: Vec<_> = spreads.filter(|(_, _, hosts)| !hosts.is_empty()).collect();
        spreads.sort_unstable();
        let days = self.days.iter().filter(|((_, host), _)| stays(*host));
        let mut days: Vec<_> =
            days.map(|(&(what, of), &(day, count))| (what, host(of), day, count)).collect();
        days.sort_unstable();
        SavedMemory { marks, spreads, days }
    }
}

impl SavedMemory {
    /// Fills an empty memory. What is beyond its bounds is left out: no state has more.
    pub(in crate::engine) fn load<E>(
        &self,
        into: &mut Memory,
        mut sym: impl FnMut(Text) -> Result<Sym, E>,
        host: impl Fn(HostPlace) -> Result<HostId, E>,
    ) -> Result<(), E> {
        let mut all = |[a, b, c]: [Text; 3]| Ok([sym(a)?, sym(b)?, sym(c)?]);
        for &(mark, of, at_host, at) in self.marks.iter().take(ROOM) {
            into.marks.insert((mark, all(of)?), Noted { host: host(at_host)?, at });
        }
        for (what, of, on) in self.spreads.iter().take(ROOM) {
            let on = on.iter().take(HOSTS).map(|&(at_host, at)| Ok(Noted { host: host(at_host)?, at }));
            into.spreads.insert((*what, all(*of)?), on.collect::<Result<_, E>>()?);
        }
        for &(what, of, day, count) in &self.days {
            into.days.insert((what, host(of)?), (day, count));
        }
        Ok(())
    }
}
