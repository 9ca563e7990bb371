//! What a chain touched.

use std::collections::BTreeSet;

use super::answers::Damage;
use super::walk::{Part, Walk};
use crate::engine::events::{Direction, FactKind};
use crate::engine::state::State;

/// Of each list so many are given.
const LISTED: usize = 500;

impl State {
    /// What the processes of a walk touched; what only may be the chain's is no damage.
    pub(super) fn damage(&self, walk: &Walk) -> Damage {
        let mut lists: [BTreeSet<String>; 6] = Default::default();
        let [hosts, users, files, registry, addresses, domains] = &mut lists;
        for (id, _) in walk.members().filter(|&(_, part)| part == Part::Member) {
            let process = self.shown_process(id);
            hosts.insert(process.host);
            users.extend(process.user);
            for fact in self.facts_on(walk, id) {
                let told = &self.events.get(fact).told;
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
        let mut truncated = Vec::new();
        let mut cut = |name: &str, list: BTreeSet<String>| {
            let mut list: Vec<String> = list.into_iter().filter(|text| !text.is_empty()).collect();
            if let Some(more) = list.len().checked_sub(LISTED).filter(|&more| more > 0) {
                list.truncate(LISTED);
                truncated.push((name.to_owned(), more as u64));
            }
            list
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
}
