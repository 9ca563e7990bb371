//! What a chain touched.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::answers::{Damage, PossibleDamage};
use super::walk::{Part, Walk, is_after};
use super::ways::AFTER_THREAD;
use crate::engine::events::{Direction, FactKind, Told};
use crate::engine::state::State;

/// Of each list so many are given.
const LISTED: usize = 500;

/// Hosts, users, files, registry, addresses and domains.
type Lists = [BTreeSet<String>; 6];

impl State {
    /// What the processes of a walk touched for sure, and what they may have touched, the surest first. What is listed
    /// once is not listed as less sure.
    pub(super) fn damage(&self, walk: &Walk) -> (Damage, Vec<PossibleDamage>) {
        let mut all: BTreeMap<Reverse<u8>, Lists> = BTreeMap::new();
        for (id, part) in walk.members() {
            let is_member = part == Part::Member;
            let confidence = walk.way_to(id).confidence.min(if is_member { 100 } else { AFTER_THREAD });
            let lists = all.entry(Reverse(confidence)).or_default();
            if is_member {
                let process = self.shown_process(id);
                let [hosts, users, ..] = lists;
                hosts.insert(process.host);
                users.extend(process.user);
            }
            let threads = if is_member { Vec::new() } else { self.threads_on(walk, id, part) };
            for fact in self.facts_on(walk, id) {
                let told = &self.events.get(fact).told;
                if is_member || is_after(&threads, told.time) {
                    self.add_damage(told, lists);
                }
            }
        }
        let are_several = all.len() > 1;
        let mut known = Lists::default();
        let mut sure = Damage::default();
        let mut possible = Vec::new();
        for (Reverse(confidence), mut lists) in all {
            for (list, known) in lists.iter_mut().zip(&mut known) {
                list.retain(|text| !text.is_empty() && (!are_several || known.insert(text.clone())));
            }
            if confidence == 100 {
                sure = cut(lists);
            } else if lists.iter().any(|list| !list.is_empty()) {
                possible.push(PossibleDamage { confidence, damage: cut(lists) });
            }
        }
        (sure, possible)
    }

    fn add_damage(&self, told: &Told, [_, _, files, registry, addresses, domains]: &mut Lists) {
        let text = |place| self.events.text(told.text(place)).to_owned();
        match told.kind {
            FactKind::FileCreate | FactKind::FileWrite | FactKind::FileDelete => {
                files.insert(text(0));
            }
            FactKind::FileRename => files.extend([text(0), text(1)]),
            FactKind::RegistryWrite | FactKind::RegistryRename | FactKind::RegistryDelete => {
                registry.insert(text(0));
            }
            FactKind::Network => {
                let [local, remote] = told.ports;
                let port = if told.direction == Direction::Incoming { local } else { remote };
                let address = text(0);
                if !address.is_empty() {
                    let open = if address.contains(':') { format!("[{address}]") } else { address };
                    addresses.insert(format!("{open}:{port}"));
                }
            }
            FactKind::Lookup => {
                domains.insert(text(0).to_lowercase());
            }
            _ => {}
        }
    }
}

/// The first of each list, and how many are left out.
fn cut(lists: Lists) -> Damage {
    let mut truncated = Vec::new();
    let mut cut = |name: &str, list: BTreeSet<String>| {
        if let Some(more) = list.len().checked_sub(LISTED).filter(|&more| more > 0) {
            truncated.push((name.to_owned(), more as u64));
        }
        list.into_iter().take(LISTED).collect()
    };
    let [hosts, users, files, registry, addresses, domains] = lists;
    Damage {
        hosts: cut("hosts", hosts),
        users: cut("users", users),
        files: cut("files", files),
        registry: cut("registry", registry),
        addresses: cut("addresses", addresses),
        domains: cut("domains", domains),
        truncated,
    }
}
