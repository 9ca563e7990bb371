//! The facts that can answer: of the conditions that an index knows, those of the one with the fewest.

use super::condition::Condition;
use crate::engine::events::{Attribute, FactId, whole};
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::query::AttributeName;

/// What leads to a condition's facts.
enum Lead {
    Texts(Vec<(Attribute, String)>),
    Rows(Vec<RowId>),
}

impl State {
    /// All facts that can answer and some that do not; where no index helps, all there are.
    pub(super) fn facts_for(&self, conditions: &[Condition]) -> Vec<FactId> {
        let leads = conditions.iter().filter_map(|condition| self.lead(condition));
        let Some((_, lead)) =
            leads.map(|lead| (self.facts_behind(&lead), lead)).min_by_key(|(count, _)| *count)
        else {
            return self.events.all().collect();
        };
        let mut facts: Vec<FactId> = match &lead {
            Lead::Texts(texts) => {
                texts.iter().flat_map(|(attribute, text)| self.events.by_text(*attribute, text)).collect()
            }
            Lead::Rows(rows) => rows.iter().flat_map(|&row| self.facts_near(row)).collect(),
        };
        facts.sort_unstable();
        facts.dedup();
        facts
    }

    fn lead(&self, condition: &Condition) -> Option<Lead> {
        use AttributeName as A;
        let attribute = match condition.name {
            A::InstanceId => {
                return self.finds_instances(condition).then(|| Lead::Rows(condition.instances.clone()));
            }
            A::RemoteHost => return self.keys_of_names(condition).map(Lead::Texts),
            A::FileName => Attribute::FileName,
            A::FilePath => Attribute::FilePath,
            A::OldFilePath => Attribute::OldPath,
            A::FileHash => Attribute::Hash,
            A::KeyName => Attribute::RegistryKey,
            A::RemoteIp => Attribute::RemoteAddress,
            A::LocalIp | A::HostIp => Attribute::LocalAddress,
            A::RemotePort => Attribute::RemotePort,
            _ => return None,
        };
        let is_path = matches!(condition.name, A::FilePath | A::OldFilePath);
        let key = |text: &str| if is_path { whole(text) } else { text.to_owned() };
        let mut texts: Vec<String> = condition.exact()?.map(key).collect();
        texts.sort_unstable();
        texts.dedup();
        Some(Lead::Texts(texts.into_iter().map(|text| (attribute, text)).collect()))
    }

    fn facts_behind(&self, lead: &Lead) -> usize {
        match lead {
            Lead::Texts(texts) => {
                texts.iter().map(|(attribute, text)| self.events.count_by_text(*attribute, text)).sum()
            }
            Lead::Rows(rows) => rows.iter().map(|&row| self.facts_near(row).count()).sum(),
        }
    }

    /// What a process did, and what others with its process id did.
    pub(super) fn facts_near(&self, id: RowId) -> impl Iterator<Item = FactId> + '_ {
        let row = self.table.row(id);
        let own = self.events.of_row(id);
        let twins = row.twin.into_iter().flat_map(|twin| self.events.of_row(twin));
        let label = row.label;
        let by_pid = self.row_pid(id).into_iter().flat_map(move |pid| self.events.of_pid(label, pid));
        own.chain(twins).chain(by_pid)
    }
}
