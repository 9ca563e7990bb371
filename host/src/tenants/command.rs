//! Everything that changes a tenant's state, as it stands in the journal.
//!
//! ```text
//! the command without a batch's text, JSON | newline | the text
//! ```

use serde::{Deserialize, Serialize};

use crate::runtime::bindings::correlation::{Change, Summary};
use crate::runtime::bindings::ingest::{Batch, Emit};
use crate::runtime::bindings::scoring::Execution;
use crate::runtime::bindings::tenant::Scope;
use crate::runtime::bindings::types::Timestamp;
use crate::runtime::{Failure, Instance};

/// See above.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// `ingest.ingest`. Which lines come back changes nothing and is not kept.
    Ingest {
        /// The batch's source.
        source: String,
        /// The number of its first line.
        first_line: u64,
        /// The host's clock.
        received_at: i64,
        /// The environment of its records.
        environment: Option<String>,
        /// The records.
        #[serde(skip)]
        text: String,
    },
    /// `tenant.configure`, without a seed or a key: those are given to an instance at its birth.
    Configure(String),
    /// `scoring.record-execution`.
    Record {
        /// What ran.
        execution: Execution,
        /// When it ran.
        at: i64,
        /// The host's clock.
        received_at: i64,
    },
    /// `correlation.change-cluster`, several times.
    ChangeCluster {
        /// Of which cluster.
        id: String,
        /// The host's clock.
        at: i64,
        /// Who changes it.
        by: Option<String>,
        /// What, all of it or nothing.
        changes: Vec<Change>,
    },
    /// `alerts.rescore`.
    Rescore {
        /// The host's clock.
        at: i64,
    },
    /// `tenant.forget`.
    Forget(Scope),
    /// Lines of a command that ended an instance: no replay shows them to one again.
    Quarantine(Vec<Quarantined>),
    /// A line leaves the quarantine. It comes back, if it does, as a batch of its own.
    Release {
        /// The command that it came with.
        sequence: u64,
        /// Its number in its source.
        line: u64,
    },
}

/// A line that ended an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// The command that it came with.
    pub sequence: u64,
    /// Its number in its source.
    pub line: u64,
    /// The source.
    pub source: String,
    /// The environment of its batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The host's clock then.
    pub received_at: i64,
    /// How the instance ended.
    pub cause: String,
    /// The line; taken out where what it tells of was forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Quarantined {
    /// Bytes of its texts.
    pub(super) fn size(&self) -> usize {
        let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.source.len() + self.cause.len() + optional(&self.environment) + optional(&self.text)
    }
}

impl Command {
    /// As it stands in the journal.
    pub fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Ingest { text, .. } => self.before(text),
            _ => self.before(""),
        }
    }

    /// A batch as it stands there, without a copy of its text in between.
    pub(super) fn batch_to_bytes(batch: &Batch) -> serde_json::Result<Vec<u8>> {
        let Batch { source, first_line, received_at, environment, emit: _, text } = batch;
        let (source, environment) = (source.clone(), environment.clone());
        let (first_line, received_at) = (*first_line, *received_at);
        Self::Ingest { source, first_line, received_at, environment, text: String::new() }.before(text)
    }

    fn before(&self, text: &str) -> serde_json::Result<Vec<u8>> {
        let head = serde_json::to_vec(self)?;
        let mut bytes = Vec::with_capacity(head.len() + 1 + text.len());
        bytes.extend(head);
        bytes.push(b'\n');
        bytes.extend(text.as_bytes());
        Ok(bytes)
    }

    /// Reads one.
    pub fn of_bytes(bytes: &[u8]) -> serde_json::Result<Self> {
        // JSON has no raw newline.
        let end = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
        let (head, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        let mut command = serde_json::from_slice(head)?;
        if let Self::Ingest { text, .. } = &mut command {
            let rest = rest.get(1..).unwrap_or_default();
            *text = String::from_utf8(rest.to_vec()).map_err(serde::de::Error::custom)?;
        }
        Ok(command)
    }

    /// Does it to an instance again; nothing comes back. What only the host remembers does nothing to it.
    pub(super) fn apply(&self, instance: &mut Instance) -> Result<(), Failure> {
        match self {
            Self::Ingest { source, first_line, received_at, environment, text } => {
                let batch = Batch {
                    source: source.clone(),
                    first_line: *first_line,
                    received_at: *received_at,
                    environment: environment.clone(),
                    emit: Emit::None,
                    text: text.clone(),
                };
                instance.ingest(&batch).map(drop)
            }
            Self::Configure(json) => instance.configure(json).map(drop),
            Self::Record { execution, at, received_at } => {
                instance.record(execution, *at, *received_at).map(drop)
            }
            Self::ChangeCluster { id, at, by, changes } => {
                change_cluster(instance, id, *at, by.as_deref(), changes).map(drop)
            }
            Self::Rescore { at } => instance.rescore(true, *at).map(drop),
            Self::Forget(scope) => instance.forget(scope),
            Self::Quarantine(_) | Self::Release { .. } => Ok(()),
        }
    }

    /// The same without these lines: blank ones stand in their places, so that the others keep their numbers.
    pub(super) fn without(self, lines: &[u64]) -> Self {
        match self {
            Self::Ingest { source, first_line, received_at, environment, text } if !lines.is_empty() => {
                let numbered = (first_line..).zip(text.split_inclusive('\n'));
                let text =
                    numbered.map(|(line, text)| if lines.contains(&line) { "\n" } else { text }).collect();
                Self::Ingest { source, first_line, received_at, environment, text }
            }
            other => other,
        }
    }
}

/// Makes changes in their order, each to the cluster that the one before has left.
pub(super) fn change_cluster(
    instance: &mut Instance,
    id: &str,
    at: Timestamp,
    by: Option<&str>,
    changes: &[Change],
) -> Result<Summary, Failure> {
    let mut summary = instance.cluster(id)?.summary;
    for change in changes {
        summary = instance.change_cluster(&summary.id, at, by, change)?;
    }
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(command: &Command) -> String {
        let bytes = command.to_bytes().unwrap();
        let again = Command::of_bytes(&bytes).unwrap();
        assert_eq!(format!("{again:?}"), format!("{command:?}"));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn commands_stand_in_the_journal_as_one_line_and_a_text() {
        let batch = Command::Ingest {
            source: "a\nb".into(),
            first_line: 3,
            received_at: -1,
            environment: Some("lab".into()),
            text: "{\"a\":1}\n\nraw \u{1F600}\n".into(),
        };
        let text = round(&batch);
        let head = r#"{"ingest":{"source":"a\nb","first_line":3,"received_at":-1,"environment":"lab"}}"#;
        assert_eq!(text, format!("{head}\n{{\"a\":1}}\n\nraw \u{1F600}\n"));
        assert_eq!(round(&Command::Rescore { at: 7 }), "{\"rescore\":{\"at\":7}}\n");
        for change in [Change::Archive, Change::Note("x".into()), Change::UndoMerge("C2".into())] {
            round(&Command::ChangeCluster { id: "C1".into(), at: 1, by: None, changes: vec![change] });
        }
        for scope in [Scope::All, Scope::Host("a".into()), Scope::Environment("b".into())] {
            round(&Command::Forget(scope));
        }
        round(&Command::Release { sequence: 3, line: 9 });
        round(&Command::Configure("{}".into()));
    }

    #[test]
    fn what_is_no_command_is_an_error() {
        for bytes in [&b""[..], b"\n", b"{}", b"{\"ingest\":{}}\n", b"{\"begone\":1}\n", b"\xff"] {
            assert!(Command::of_bytes(bytes).is_err(), "{bytes:?}");
        }
        let (source, environment) = (String::new(), None);
        let batch =
            Batch { source, first_line: 1, received_at: 0, environment, emit: Emit::All, text: "a".into() };
        let mut bytes = Command::batch_to_bytes(&batch).unwrap();
        assert_eq!(bytes, Command::of_bytes(&bytes).unwrap().to_bytes().unwrap());
        bytes.push(0xff);
        assert!(Command::of_bytes(&bytes).is_err(), "a text is UTF-8");
    }

    #[test]
    fn lines_that_are_left_out_leave_their_places() {
        let text = "a\nb\nc".to_owned();
        let batch =
            Command::Ingest { source: "s".into(), first_line: 5, received_at: 0, environment: None, text };
        let Command::Ingest { text, .. } = batch.clone().without(&[6]) else { panic!() };
        assert_eq!(text, "a\n\nc");
        let Command::Ingest { text, .. } = batch.without(&[5, 7]) else { panic!() };
        assert_eq!(text, "\nb\n\n");
    }
}
