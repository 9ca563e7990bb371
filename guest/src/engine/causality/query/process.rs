//! `entity=process`: process instances and what they did to each other. A row for each act: a process that
//! started three others is the parent in three rows.

use super::condition::{Condition, Texts};
use super::shelf::Shelf;
use super::{Hit, Search};
use crate::engine::events::FactKind;
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::query::{Action, AttributeName};
use crate::text::path::file_name;

impl State {
    pub(super) fn find_processes(&self, search: &mut Search<'_>, shelf: &mut Shelf) -> Vec<Hit> {
        let mut rows = self.process_candidates(&mut search.conditions, shelf);
        rows.retain(|&row| search.fits(|condition| self.process_fits(condition, row)));
        let mut hits = Vec::new();
        // Only the record of a thread that began names one.
        if !search.conditions.iter().any(|own| own.name == AttributeName::ThreadId) {
            for &row in &rows {
                self.push_starts(row, search, &mut hits);
            }
        }
        self.push_threads(&rows, search, &mut hits);
        if search.actions.is_empty() {
            self.push_idle(&rows, search, &mut hits);
        }
        hits
    }

    /// A process as one that started, was started, and started others.
    fn push_starts(&self, row: RowId, search: &Search<'_>, hits: &mut Vec<Hit>) {
        if let Some(start) = &self.table.row(row).start {
            let mut push = |action, other| {
                hits.push(Hit { time: start.at, who: Some(row), action: Some(action), other, fact: None });
            };
            if search.wants(Action::Run) {
                push(Action::Run, None);
            }
            if search.wants(Action::Child) {
                match self.above(row) {
                    Above::Row(parent) => push(Action::Child, Some(parent)),
                    Above::Name(_) => push(Action::Child, None),
                    Above::Reused | Above::Nobody => {}
                }
            }
        }
        if search.wants(Action::Parent) {
            let action = Some(Action::Parent);
            hits.extend(self.children_of(row).into_iter().map(|child| {
                let time = self.table.row(child).since();
                Hit { time, who: Some(row), action, other: Some(child), fact: None }
            }));
        }
    }

    /// Processes that began threads in others, and those others. `rows` are in order.
    fn push_threads(&self, rows: &[RowId], search: &mut Search<'_>, hits: &mut Vec<Hit>) {
        let (injection, injector) = (search.wants(Action::Injection), search.wants(Action::Injector));
        if rows.is_empty() || !(injection || injector) {
            return;
        }
        for id in self.events.of_kind(FactKind::Thread) {
            let fact = self.events.get(id);
            let told = &fact.told;
            let (source, target) = (self.actor_of(fact), self.target_of(fact));
            let number = if told.number == 0 { String::new() } else { told.number.to_string() };
            let is_asked = |condition: &mut Condition| {
                condition.name != AttributeName::ThreadId || condition.fits(&number)
            };
            // A thread of its own is no injection.
            if source == target || !search.fits(is_asked) {
                continue;
            }
            let ends = [
                (injection, Action::Injection, target, source),
                (injector, Action::Injector, source, target),
            ];
            for (_, action, who, other) in ends.into_iter().filter(|&(is_wanted, ..)| is_wanted) {
                if who.is_some_and(|who| rows.binary_search(&who).is_ok()) {
                    hits.push(Hit { time: told.time, who, action: Some(action), other, fact: Some(id) });
                }
            }
        }
    }

    /// Processes that are known, but of which no such act is: nobody would find them otherwise.
    fn push_idle(&self, rows: &[RowId], search: &Search<'_>, hits: &mut Vec<Hit>) {
        if search.conditions.iter().any(|own| own.name == AttributeName::ThreadId) {
            return;
        }
        let mut acting: Vec<RowId> = hits.iter().filter_map(|hit| hit.who).collect();
        acting.sort_unstable();
        let idle = rows.iter().filter(|row| acting.binary_search(row).is_err());
        hits.extend(idle.map(|&row| {
            let time = self.table.row(row).since();
            Hit { time, who: Some(row), action: None, other: None, fact: None }
        }));
    }

    /// All processes that can answer, in order, each once, none that another stands for.
    fn process_candidates(&self, conditions: &mut [Condition], shelf: &mut Shelf) -> Vec<RowId> {
        let leads = conditions.iter().filter_map(|condition| self.process_lead(condition, shelf));
        let mut rows = match leads.min_by_key(Vec::len) {
            Some(rows) => rows,
            None => match conditions.iter_mut().find(|condition| condition.name == AttributeName::Cmd) {
                Some(condition) => self.running(condition),
                None => self.stand().collect(),
            },
        };
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn process_lead(&self, condition: &Condition, shelf: &mut Shelf) -> Option<Vec<RowId>> {
        use AttributeName as A;
        let mut named = |texts: &mut dyn Iterator<Item = &str>| {
            let names: Vec<_> = texts.filter_map(|text| self.strings.find(file_name(text))).collect();
            names.into_iter().flat_map(|name| shelf.named(self, name).collect::<Vec<_>>()).collect()
        };
        Some(match condition.name {
            A::InstanceId => {
                return self.finds_instances(condition).then(|| condition.instances.clone());
            }
            A::FileName => named(&mut condition.exact()?.filter(|text| file_name(text) == *text)),
            // One file has one name, whatever its path is written like.
            A::FilePath => named(&mut condition.exact()?),
            A::ProcessHash => {
                let hashes: Vec<_> = condition.exact()?.filter_map(|text| self.strings.find(text)).collect();
                hashes.into_iter().flat_map(|hash| shelf.hashed(self, hash).collect::<Vec<_>>()).collect()
            }
            A::Pid => {
                let pids = condition.exact()?.filter_map(|text| text.parse().ok());
                pids.flat_map(|pid| self.with_pid(pid)).collect()
            }
            _ => return None,
        })
    }

    /// Processes that had a process id at any time.
    fn with_pid(&self, pid: u32) -> Vec<RowId> {
        let Some(pids) = self.table.pids() else { return Vec::new() };
        let mut labels: Vec<_> = self.hosts.all().map(|host| self.hosts.label(host)).collect();
        labels.sort_unstable();
        labels.dedup();
        let all = labels.into_iter().flat_map(|label| pids.instances_until(label, pid, i64::MAX));
        all.map(|(_, row)| self.standing(row)).collect()
    }

    /// Processes whose start has a command line that fits: each text is compared once.
    fn running(&self, condition: &mut Condition) -> Vec<RowId> {
        let mut rows = Vec::new();
        for id in self.events.all() {
            let told = &self.events.get(id).told;
            let Some(row) = told.row.filter(|_| told.kind == FactKind::Start) else { continue };
            if condition.fits_sym(Texts::Events, told.text(0), self.events.text(told.text(0))) {
                rows.push(self.standing(row));
            }
        }
        rows
    }

    fn process_fits(&self, condition: &mut Condition, row: RowId) -> bool {
        use AttributeName as A;
        let image = self.table.row(row).image();
        match condition.name {
            A::FileName => image.is_some_and(|image| {
                let name = self.images.get(image).name;
                condition.fits_sym(Texts::Values, name, self.strings.get(name))
            }),
            A::FilePath => image.is_some_and(|image| {
                condition.fits_path(Texts::Paths, image.index(), self.images.path(image))
            }),
            A::ProcessHash => {
                self.hashes(row).any(|hash| condition.fits_sym(Texts::Values, hash, self.strings.get(hash)))
            }
            A::Pid => self.row_pid(row).is_some_and(|pid| condition.fits(&pid.to_string())),
            A::Username => self.users(row).any(|user| {
                let text = self.strings.get(user);
                let bare = text.split_once('\\').map_or(text, |(_, bare)| bare);
                condition.once(Texts::Values, user.index(), |own| own.fits(text) || own.fits(bare))
            }),
            A::Cmd => {
                let command = self.command_text(row);
                condition.fits_sym(Texts::Events, command, self.events.text(command))
            }
            A::Cgn => condition.once(Texts::Processes, row.place(), |own| own.fits(self.owner_name(row))),
            A::Signed => condition.fits(self.signed(row)),
            A::InstanceId => self.instance_fits(condition, row),
            // Asked of the threads themselves.
            _ => true,
        }
    }
}
