//! An alert of any vendor, as every format is brought to and all that the engine sees of it.
//!
//! Alerts are rare beside telemetry and rewritten on the way, so they own their texts.

use super::{Observable, Transport};

/// One alert.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alert {
    /// Who made the product, as people write it: `Darktrace`, `Fortinet`.
    pub vendor: String,
    /// The product, as people write it; empty where the vendor has one only.
    pub product: String,
    /// The vendor's own id: the same again is the same alert.
    pub id: Option<String>,
    /// What kind of alert it is, as the vendor names it: what `alert_types` is configured by.
    pub alert_type: String,
    /// The severity as the alert has it.
    pub severity: Option<String>,
    /// Whether something was done about it.
    pub action: ActionCategory,
    /// When it happened, in milliseconds since 1970 UTC; `None` when the alert has no readable time.
    pub time: Option<i64>,
    /// What it says, for people.
    pub message: String,
    /// ATT&CK techniques: `T1055`, `T1036.005`; sorted, without repetition.
    pub techniques: Vec<String>,
    /// ATT&CK tactics: `TA0002`; sorted, without repetition.
    pub tactics: Vec<String>,
    /// What it is about; sorted, without repetition.
    pub observables: Vec<Observable>,
    /// The ports of a connection's source and destination; 0 where they are not said.
    pub ports: [u16; 2],
    /// That of the connection, where it is said.
    pub transport: Option<Transport>,
    /// The process that it names, where it names one.
    pub process: Option<AlertProcess>,
    /// Values of the vendor that no table has, by field (`severity`, `action`): `begat sources` lists them.
    pub unmapped: Vec<(&'static str, String)>,
    /// What was assumed where the alert is silent or wrong, each as a sentence for people: `no time: that of
    /// its arrival is taken`.
    pub assumed: Vec<String>,
}

/// Whether something was done about what an alert tells.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum ActionCategory {
    /// Blocked, prevented, quarantined, deleted.
    Actioned,
    /// Allowed, detected, reported; also a remedy that failed.
    Unactioned,
    /// The alert does not say.
    #[default]
    Unknown,
}

impl ActionCategory {
    /// The name in configurations and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Actioned => "actioned",
            Self::Unactioned => "unactioned",
            Self::Unknown => "unknown",
        }
    }
}

/// A process as an alert names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlertProcess {
    /// The sensor's id of the instance, as written.
    pub entity: Option<String>,
    /// Process id.
    pub pid: Option<u32>,
    /// Path or file name, as written.
    pub image: Option<String>,
}

impl Alert {
    /// Brings its lists to their order. Every format calls it last.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.observables.sort_unstable();
        self.observables.dedup_by(|b, a| a.kind == b.kind && a.value == b.value);
        for list in [&mut self.techniques, &mut self.tactics] {
            list.sort_unstable();
            list.dedup();
        }
        self
    }
}
