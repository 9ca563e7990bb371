//! What a chain touched, and when.

use std::collections::BTreeSet;

use super::answers::{Damage, Step};
use super::chain::{AFTER_THREAD, Walk};
use crate::engine::events::{Direction, Fact, FactKind};
use crate::engine::process::RowId;
use crate::engine::queries::page;
use crate::engine::state::State;
use crate::error::Error;

/// Of each list so many are given.
const LISTED: usize = 500;

impl State {
    /// What the processes of a walk touched.
    pub(super) fn damage(&self, walk: &Walk) -> Damage {
        let mut lists: [BTreeSet<String>; 6] = Default::default();
        let [hosts, users, files, registry, addresses, domains] = &mut lists;
        for (id, since) in walk.members().filter(|(_, since)| since.is_none()) {
            debug_assert!(since.is_none(), "what only may be the chain's is no damage");
            let process = self.shown_process(id);
            hosts.insert(process.host);
            users.extend(process.user);
            for fact in self.facts_of(id) {
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
        let names = ["hosts", "users", "files", "registry", "addresses", "domains"];
        let mut truncated = Vec::new();
        let lists = lists.map(|list| list.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>());
        let mut cut = names.into_iter().zip(lists).map(|(name, mut list)| {
            if let Some(more) = list.len().checked_sub(LISTED).filter(|&more| more > 0) {
                list.truncate(LISTED);
                truncated.push((name.to_owned(), more as u64));
            }
            list
        });
        let mut next = || cut.next().unwrap_or_default();
        let [hosts, users, files, registry, addresses, domains] =
            [next(), next(), next(), next(), next(), next()];
        drop(cut);
        Damage { hosts, users, files, registry, addresses, domains, truncated }
    }

    /// What happened in a chain, in the order of time.
    pub(in crate::engine) fn timeline(
        &mut self,
        subject: &str,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<Step>, Error> {
        self.index_events();
        let subject = self.subject(subject)?;
        let walk = self.walk(subject, usize::MAX);
        let mut steps: Vec<Step> = Vec::new();
        for (id, since) in walk.members() {
            let process = self.instance_id(id);
            let (mut started, mut ended) = (false, false);
            let threads = self.times_of_threads(id);
            let is_thread = |time| threads.iter().any(|&from| (from..=from + AFTER_THREAD).contains(&time));
            for fact in self.facts_of(id) {
                let fact = self.events.get(fact);
                let in_time = since.is_none() || is_thread(fact.told.time);
                if in_time {
                    started |= fact.told.kind == FactKind::Start;
                    ended |= fact.told.kind == FactKind::End;
                    let candidate = fact.told.kind != FactKind::Start && is_thread(fact.told.time);
                    steps.push(self.step(&process, fact, candidate));
                }
            }
            self.ends_of(id, &process, since, (started, ended), &mut steps);
        }
        for (id, alerts) in self.alerts_of(&walk) {
            steps.extend(alerts.into_iter().map(|step| Step { process: self.instance_id(id), ..step }));
        }
        steps.sort_by(|a, b| {
            (a.time, &a.process, a.kind, &a.what, &a.origin)
                .cmp(&(b.time, &b.process, b.kind, &b.what, &b.origin))
        });
        Ok(page(steps, offset, limit))
    }

    /// A start of which no record was kept, and the end.
    fn ends_of(
        &self,
        id: RowId,
        process: &str,
        since: Option<i64>,
        known: (bool, bool),
        steps: &mut Vec<Step>,
    ) {
        let (started, ended) = known;
        let row = self.table.row(id);
        let path = row.image().map_or("", |image| self.images.path(image)).to_owned();
        let step = |time, kind, origin| Step {
            time,
            process: process.to_owned(),
            kind,
            what: path.clone(),
            candidate: None,
            origin,
        };
        if since.is_some() {
            return;
        }
        if let Some(start) = row.start.filter(|_| !started) {
            let origin = (self.strings.get(start.origin.source).to_owned(), start.origin.line);
            steps.push(step(start.at, FactKind::Start.as_str(), Some(origin)));
        }
        steps.extend(row.end.filter(|_| !ended).map(|end| step(end, "process-end", None)));
    }

    fn step(&self, process: &str, fact: &Fact, candidate: bool) -> Step {
        let told = &fact.told;
        let text = |place| self.events.text(told.text(place));
        let and = |text: &str| if text.is_empty() { String::new() } else { format!(" ({text})") };
        let what = match told.kind {
            FactKind::Start => {
                let path = told.row.and_then(|row| self.table.row(row).image());
                let path = path.map_or("", |image| self.images.path(image));
                if text(0).is_empty() { path.to_owned() } else { text(0).to_owned() }
            }
            FactKind::Network => {
                let [local, remote] = told.ports;
                let way = match told.direction {
                    Direction::Outgoing => "to",
                    Direction::Incoming => "from",
                    Direction::Failed => "failed, to",
                    Direction::Unknown => "with",
                };
                format!("{way} {} port {remote}{}, local port {local}", text(0), and(text(2)))
            }
            FactKind::Thread => {
                let target = told.other.map(|row| self.instance_id(self.standing(row))).unwrap_or_default();
                format!("thread {} in {target}{}", told.number, and(text(0)))
            }
            FactKind::Logon => format!("{} type {} from {}", text(1), told.number, text(2)),
            FactKind::FileRename => format!("{} to {}", text(1), text(0)),
            kind if kind.is_registry() || kind == FactKind::Lookup => format!("{}{}", text(0), and(text(1))),
            FactKind::Service | FactKind::Task | FactKind::Credentials => {
                format!("{}{}", text(0), and(text(1)))
            }
            FactKind::End => self.events.text(told.image).to_owned(),
            _ => text(0).to_owned(),
        };
        Step {
            time: told.time,
            process: process.to_owned(),
            kind: told.kind.as_str(),
            what,
            candidate: candidate.then(|| "thread unknown".to_owned()),
            origin: Some((self.events.text(fact.source).to_owned(), fact.line)),
        }
    }

    fn alerts_of(&self, walk: &Walk) -> Vec<(RowId, Vec<Step>)> {
        let members: crate::engine::hashing::Map<RowId, ()> =
            walk.members().map(|(id, _)| (id, ())).collect();
        let mut found = Vec::new();
        for id in self.alerts.graph.all_nodes() {
            let held = self.alerts.get(id);
            let row = held.process.and_then(|process| process.row).map(|row| self.standing(row));
            if let Some(row) = row.filter(|row| members.contains_key(row)) {
                let texts = &self.alerts.texts;
                let what = format!("A{} {}", held.number, texts.get(held.alert_type));
                let origin = Some((texts.get(held.origin.0).to_owned(), held.origin.1));
                let time = self.alerts.graph.node(id).time;
                let step =
                    Step { time, process: String::new(), kind: "alert", what, candidate: None, origin };
                found.push((row, vec![step]));
            }
        }
        found
    }
}
