//! What a tenant may configure of alerts: `[sources]`, `[[tags]]`, `[[filters]]`, `[correlation]`,
//! `[[suppressions]]`. Checked and made ready by [`super::rules`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{ActionCategory, Multiplier};

/// One source system: `[sources.darktrace]`, `[sources."fortinet fortigate"]`. What is not said has the
/// document's default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Source {
    /// Of all its alerts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<Multiplier>,
    /// By action category.
    pub action: Actions,
    /// By alert type, exactly as the vendor names it; also of types that were never seen.
    pub alert_types: BTreeMap<String, Multiplier>,
}

/// The multipliers of the action categories.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Actions {
    /// Something was done: 0.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actioned: Option<Multiplier>,
    /// Nothing was: 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unactioned: Option<Multiplier>,
    /// The alert does not say: 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Multiplier>,
}

impl Actions {
    /// The multiplier that is configured for a category.
    #[must_use]
    pub fn of(&self, category: ActionCategory) -> Option<Multiplier> {
        match category {
            ActionCategory::Actioned => self.actioned,
            ActionCategory::Unactioned => self.unactioned,
            ActionCategory::Unknown => self.unknown,
        }
    }
}

/// The document's multiplier of a category.
#[must_use]
pub fn default_action(category: ActionCategory) -> Multiplier {
    match category {
        ActionCategory::Actioned => Multiplier::HALF,
        ActionCategory::Unactioned | ActionCategory::Unknown => Multiplier::TWO,
    }
}

/// Business context on entities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// `name:value`.
    pub name: String,
    /// Of every alert that it matches, once.
    #[serde(default)]
    pub multiplier: Multiplier,
    /// Whether alerts join through what it matches.
    #[serde(default = "yes")]
    pub correlate: bool,
    /// How much more a risk of what it matches weighs, as odds.
    #[serde(default)]
    pub criticality: Multiplier,
    /// Texts, addresses, ranges (`10.1.0.0/16`) and regular expressions (`/^vpn-[0-9]+$/`).
    pub identifiers: Vec<String>,
}

fn yes() -> bool {
    true
}

/// A filter on raw alerts: the first that matches decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// A regular expression between slashes, or a text that the raw alert contains, in any case.
    #[serde(rename = "match")]
    pub pattern: String,
    /// What becomes of an alert that matches.
    pub action: FilterAction,
}

/// What a filter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FilterAction {
    /// The alert is taken.
    Allow,
    /// The alert is neither scored nor correlated.
    Drop,
}

impl FilterAction {
    /// The name in configurations.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Drop => "drop",
        }
    }
}

/// What joins alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Correlation {
    /// One window for all entities: `90s`, `6m`, `24h`, `7d`. Without it an hour for hosts, users and internal
    /// addresses, a day for all else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// Ranges of addresses that are internal.
    pub internal: Vec<String>,
    /// An address is a hub on a day with more distinct alerts than this.
    pub hub_alerts: u32,
    /// An address is a hub on a day with more hosts, or addresses, on its other side than this.
    pub hub_peers: u32,
    /// A user is a hub on a day on more hosts than this.
    pub hub_hosts: u32,
    /// A hash, file, domain or URL is a hub on a day where alerts of earlier days named it on more than this of a
    /// hundred machines that they named (and on more than `hub_hosts`) ...
    pub hub_percent: u32,
    /// ... and the first of them more than so many days before.
    pub hub_days: u32,
    /// How long an alert counts towards the risk of its entities.
    pub risk_window: String,
}

impl Default for Correlation {
    /// SPEC section 2; the ranges are those of RFC 1918, RFC 6598 and RFC 4193.
    fn default() -> Self {
        let internal = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];
        Self {
            window: None,
            internal: internal.map(str::to_owned).to_vec(),
            hub_alerts: 100,
            hub_peers: 20,
            hub_hosts: 5,
            hub_percent: 5,
            hub_days: 7,
            risk_window: "30d".into(),
        }
    }
}

/// A finding that is kept and counts nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// The alert's type; `*` stands for any text, here and below, and case does not matter.
    pub what: String,
    /// The source system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The path of the process that it is about, or of a file in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// A host in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// A user in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// An address in it; also a range: `10.0.0.0/8`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// A hash in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub author: String,
    /// The last day on which it holds (`2027-01-31`), or the moment it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}
