//! What the host keeps of a tenant beside the component's state. It stands in the snapshot and follows from the
//! journal like the state itself.

use serde::{Deserialize, Serialize};

use super::command::{Command, Quarantined};
use crate::runtime::bindings::tenant::Scope;

/// See above.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Meta {
    /// Lines that ended an instance, in the order in which they did.
    pub(super) quarantine: Vec<Quarantined>,
}

impl Meta {
    /// Takes note of a command that was done.
    pub(super) fn note(&mut self, command: &Command) {
        match command {
            Command::Quarantine(lines) => self.quarantine.extend(lines.iter().cloned()),
            Command::Release { sequence, line } => {
                self.quarantine.retain(|held| (held.sequence, held.line) != (*sequence, *line));
            }
            Command::Forget(scope) => self.forget(scope),
            _ => {}
        }
    }

    /// What was forgotten must not stand here. Whether a line tells of a host nobody knows but the component, which
    /// cannot be asked: where it holds the name, its text goes.
    fn forget(&mut self, scope: &Scope) {
        match scope {
            Scope::All => self.quarantine.clear(),
            Scope::Host(name) => {
                let name = name.to_lowercase();
                for held in &mut self.quarantine {
                    held.text = held.text.take().filter(|text| !text.to_lowercase().contains(&name));
                }
            }
            Scope::Environment(name) => {
                self.quarantine.retain(|held| held.environment.as_deref() != Some(name.as_str()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(sequence: u64, line: u64, environment: Option<&str>, text: &str) -> Quarantined {
        Quarantined {
            sequence,
            line,
            source: "f".into(),
            environment: environment.map(Into::into),
            received_at: 0,
            cause: "it went wrong".into(),
            text: Some(text.into()),
        }
    }

    #[test]
    fn what_is_forgotten_is_not_kept_here() {
        let mut meta = Meta::default();
        let lines = [line(1, 1, None, "on WS-Anna."), line(1, 2, Some("lab"), "x"), line(2, 1, None, "y")];
        meta.note(&Command::Quarantine(lines.to_vec()));
        meta.note(&Command::Forget(Scope::Host("ws-anna".into())));
        assert_eq!(meta.quarantine[0].text, None);
        assert_eq!(meta.quarantine[1..], lines[1..]);
        meta.note(&Command::Forget(Scope::Environment("lab".into())));
        assert_eq!(meta.quarantine.iter().map(|held| held.sequence).collect::<Vec<_>>(), [1, 2]);
        meta.note(&Command::Release { sequence: 2, line: 1 });
        assert_eq!(meta.quarantine.len(), 1);
        meta.note(&Command::Forget(Scope::All));
        assert_eq!(meta, Meta::default());
    }
}
