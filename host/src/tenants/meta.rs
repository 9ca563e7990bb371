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

/// More lines are not kept in quarantine, nor more bytes of them: the batch that would bring them is refused.
pub(super) const MOST_LINES: usize = 10_000;
pub(super) const MOST_BYTES: usize = 64 << 20;

impl Meta {
    /// Whether more lines may be put in quarantine.
    pub(super) fn has_room_for(&self, lines: &[Quarantined]) -> bool {
        let all = || self.quarantine.iter().chain(lines);
        lines.is_empty()
            || (all().count() <= MOST_LINES && all().map(Quarantined::size).sum::<usize>() <= MOST_BYTES)
    }

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
    /// cannot be asked: where it may hold the name, its text goes.
    fn forget(&mut self, scope: &Scope) {
        match scope {
            Scope::All => self.quarantine.clear(),
            Scope::Host(name) => {
                let name = name.to_lowercase();
                // Lines may call it by its first label, or write it with JSON's escapes.
                let label = name.split('.').next().unwrap_or(&name);
                let tells = |text: &str| text.contains("\\u") || text.to_lowercase().contains(label);
                for held in &mut self.quarantine {
                    held.text = held.text.take().filter(|text| !tells(text));
                    for said in [&mut held.cause, &mut held.source] {
                        if tells(said) {
                            *said = "(forgotten)".to_owned();
                        }
                    }
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
    fn no_more_lines_are_kept_than_there_is_room_for() {
        let mut meta = Meta::default();
        let many = |from: u64, to: u64| (from..to).map(|n| line(n, 1, None, "x")).collect::<Vec<_>>();
        meta.note(&Command::Quarantine(many(0, 9_999)));
        assert!(meta.has_room_for(&many(9_999, 10_000)));
        assert!(!meta.has_room_for(&many(9_999, 10_001)));
        meta.note(&Command::Quarantine(many(9_999, 10_000)));
        assert!(meta.has_room_for(&[]), "a batch without bad lines needs none");

        // Source and cause have 1 and 13 bytes.
        let mut meta = Meta::default();
        meta.note(&Command::Quarantine(vec![line(1, 1, None, &"x".repeat((64 << 20) - 100))]));
        assert!(meta.has_room_for(&[line(1, 2, None, &"x".repeat(100 - 2 * 14))]));
        assert!(!meta.has_room_for(&[line(1, 2, None, &"x".repeat(101 - 2 * 14))]));
    }

    #[test]
    fn what_is_forgotten_is_not_kept_here() {
        let mut meta = Meta::default();
        let lines = [
            line(1, 1, None, "on WS-Anna."),
            line(1, 2, Some("lab"), "x"),
            line(2, 1, None, "y"),
            line(3, 1, None, r#"{"host": "ws\u002danna"}"#),
            Quarantined {
                cause: "panicked at WS-ANNA".into(),
                source: "ws-anna.log".into(),
                ..line(4, 1, None, "z")
            },
        ];
        meta.note(&Command::Quarantine(lines.to_vec()));
        meta.note(&Command::Forget(Scope::Host("ws-anna.hazel.example".into())));
        assert_eq!((&meta.quarantine[0].text, &meta.quarantine[3].text), (&None, &None));
        assert_eq!(meta.quarantine[1..3], lines[1..3]);
        let told = &meta.quarantine[4];
        assert_eq!((told.cause.as_str(), told.source.as_str()), ("(forgotten)", "(forgotten)"));
        assert_eq!(told.text.as_deref(), Some("z"));
        meta.note(&Command::Forget(Scope::Environment("lab".into())));
        assert_eq!(meta.quarantine.iter().map(|held| held.sequence).collect::<Vec<_>>(), [1, 2, 3, 4]);
        meta.note(&Command::Release { sequence: 2, line: 1 });
        assert_eq!(meta.quarantine.len(), 3);
        meta.note(&Command::Forget(Scope::All));
        assert_eq!(meta, Meta::default());
    }
}
