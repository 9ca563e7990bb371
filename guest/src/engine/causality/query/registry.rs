//! `entity=registry`: what was done to keys and values.

use super::actor::column;
use super::condition::{Condition, Texts};
use super::{Hit, Search};
use crate::engine::causality::Row;
use crate::engine::events::{Fact, FactKind};
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::query::{Action, AttributeName, Value};
use crate::text::path::fold;

/// The spellings of each hive: Sysmon's, Windows' own, the kernel's, which the Security log has.
const HIVES: [&[&str]; 5] = [
    &["hklm", "hkey_local_machine", r"\registry\machine"],
    &["hku", "hkey_users", r"\registry\user"],
    &["hkcr", "hkey_classes_root"],
    &["hkcu", "hkey_current_user"],
    &["hkcc", "hkey_current_config"],
];

/// The same key with its hive in the other spellings; nothing where it begins with none.
pub(super) fn spellings(value: &Value) -> Vec<Value> {
    let Some((first, rest)) = value.parts().split_first() else { return Vec::new() };
    let first = fold(first);
    let is_whole = rest.is_empty();
    let below = |hive: &&str| {
        let below = first.strip_prefix(*hive)?;
        // A hive ends where the key does or goes on below it.
        (below.starts_with('\\') || (below.is_empty() && is_whole)).then(|| below.to_owned())
    };
    let found = HIVES.iter().find_map(|hive| Some((hive, hive.iter().find_map(below)?)));
    let Some((hive, below)) = found else { return Vec::new() };
    let spelled = |name: &&str| {
        let parts = std::iter::once(format!("{name}{below}")).chain(rest.iter().cloned());
        Value::of_parts(parts.collect())
    };
    hive.iter().filter_map(spelled).collect()
}

impl State {
    pub(super) fn find_keys(&self, search: &mut Search<'_>) -> Vec<Hit> {
        let mut hits = Vec::new();
        for id in self.facts_for(&search.conditions) {
            let fact = self.events.get(id);
            // Whatever was done to a key, it was there.
            let is_asked = |&action: &Action| search.wants(action) || search.wants(Action::Exists);
            let Some(action) = action(fact.told.kind).filter(is_asked) else { continue };
            let who = self.actor_of(fact);
            if search.fits(|condition| self.key_fits(condition, fact, who)) {
                let action = Some(action);
                hits.push(Hit { time: fact.told.time, who, action, other: None, fact: Some(id) });
            }
        }
        hits
    }

    fn key_fits(&self, condition: &mut Condition, fact: &Fact, who: Option<RowId>) -> bool {
        let name = condition.name;
        let mut text = |place| {
            let sym = fact.told.text(place);
            condition.fits_sym(Texts::Events, sym, self.events.text(sym))
        };
        match name {
            AttributeName::KeyName => text(0),
            AttributeName::KeyValue => text(1),
            AttributeName::InstanceId => self.actor_fits(condition, who),
            // No record of the registry names the thread.
            _ => false,
        }
    }

    pub(super) fn show_key(&self, hit: &Hit) -> Option<Row> {
        let fact = self.events.get(hit.fact?);
        let text = |place| self.events.text(fact.told.text(place));
        let mut columns = vec![
            column("action", hit.action.map_or("", Action::as_str)),
            column("key_name", text(0)),
            column("key_value", text(1)),
        ];
        columns.extend(self.show_actor(hit.who, &fact.told, "process_name"));
        Some(self.row_of_fact(hit.who, fact, columns))
    }
}

fn action(kind: FactKind) -> Option<Action> {
    Some(match kind {
        FactKind::RegistryWrite => Action::WriteRegistry,
        FactKind::RegistryRename => Action::RenameRegistry,
        FactKind::RegistryDelete => Action::DeleteRegistry,
        FactKind::RegistryTouch => Action::Exists,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hive_has_several_names() {
        let spelled = |text: &str| {
            let value = Value::pattern(text).unwrap();
            spellings(&value).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            spelled(r"HKLM\Software\*\Run"),
            [
                r"hklm\software\*\Run",
                r"hkey_local_machine\software\*\Run",
                r"\registry\machine\software\*\Run"
            ]
        );
        assert_eq!(spelled("HKEY_USERS"), ["hku", "hkey_users", r"\registry\user"]);
        for none in [r"*\Run", "hkl*", r"hklmx\a", r"software\hklm"] {
            assert!(spelled(none).is_empty(), "{none}");
        }
    }
}
