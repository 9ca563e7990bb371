//! What a tenant may configure. The same tree as TOML on the command line and as JSON in the contract.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::alerts::{Correlation, Filter, Rules, Source, Suppression, Tag, span};
use super::hashing::Seed;
use super::hierarchy::{InForce, Profile, TenantRow};
use super::prevalence::score::{Basis, Weights};
use super::pseudonyms::Pseudonyms;
use crate::error::Error;
use crate::formats::Reading;
use crate::text::path::fold;

/// The configuration; every entry has a default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `[time]`
    pub time: Time,
    /// `[hierarchy]`
    pub hierarchy: Hierarchy,
    /// `[causality]`
    pub causality: Causality,
    /// `[prevalence]`
    pub prevalence: Prevalence,
    /// `[detection]`
    pub detection: Detection,
    /// `[limits]`
    pub limits: Limits,
    /// `[sources.NAME]`, by source system.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, Source>,
    /// `[[tags]]`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// `[[filters]]`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// `[correlation]`
    pub correlation: Correlation,
    /// `[[suppressions]]`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<Suppression>,
    /// A secret number of the host's choice that scatters the tables. Answers do not depend on it, and
    /// it belongs to the running instance: it is never saved.
    #[serde(skip_serializing)]
    pub hash_seed: Option<u64>,
    /// A secret key, 16 to 64 bytes in hexadecimal: hosts and users are replaced by hashes under it. It is
    /// never saved; a state that was begun with a key goes on with that key alone.
    #[serde(skip_serializing)]
    pub pseudonym_key: Option<String>,
    /// What names that key: found, not chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pseudonyms: Option<String>,
}

/// What of a configuration belongs to the running instance and is never saved.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// See [`Config`].
    pub hash_seed: Option<u64>,
    /// See [`Config`].
    pub pseudonym_key: Option<String>,
}

/// How times are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Time {
    /// The zone of times that name none: `Z` or `±hh:mm`.
    pub zone: String,
}

/// Which expectations are in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hierarchy {
    /// `modern` or `cybereason-2016`.
    pub profile: String,
    /// `[[hierarchy.rows]]`: rows on top of the profile's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<TenantRow>,
}

/// What ends a causality group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Causality {
    /// File names of the operating system's spawners, without `.exe`. Those of the default list count only
    /// from their own directories (`data/spawners.json`), any other name from every directory.
    pub spawners: Vec<String>,
    /// An alert matches what a process did within so many seconds of it.
    pub tolerance: u32,
    /// How long events are kept for investigation: `12h`, `30d`, `forever`.
    pub keep: String,
}

/// Events never age.
const FOREVER: &str = "forever";

impl Causality {
    /// That in milliseconds.
    #[must_use]
    pub fn kept(&self) -> i64 {
        self.checked_keep().unwrap_or(i64::MAX / 2)
    }

    fn checked_keep(&self) -> Result<i64, Error> {
        if self.keep == FOREVER { Ok(i64::MAX / 2) } else { span("causality.keep", &self.keep) }
    }
}

/// How executions are scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prevalence {
    /// What a field's percentage counts in the larger scopes: `executions` or `hosts`. A host's own block
    /// always counts executions.
    pub basis: Basis,
    /// How much each part weighs.
    pub weights: Weights,
    /// Until when a score says that it is still learning.
    pub learning: Learning,
    /// Whether counts are forgotten after two generations of 30 days.
    pub ageing: bool,
}

/// What a scope, or a field of an image, must have seen before its scores mean much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Learning {
    /// Days since the first start, for every scope.
    pub days: u32,
    /// Hosts, for the customer and an environment.
    pub hosts: u32,
    /// Starts, for the customer and an environment.
    pub starts: u64,
    /// Starts, for a host.
    pub host_starts: u64,
    /// Executions in which it was known, for a field.
    pub executions: u64,
}

impl Default for Learning {
    /// SPEC section 1.
    fn default() -> Self {
        Self { days: 7, hosts: 5, starts: 1000, host_starts: 200, executions: 30 }
    }
}

/// Which alerts begat raises itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Detection {
    /// A start against the expected hierarchy that something else speaks against too.
    pub unexpected_parent: bool,
    /// A start of what nearly nobody runs.
    pub rare_execution: bool,
    /// A thread in a process that is none of the acting one's business.
    pub remote_thread: bool,
    /// lsass.exe opened for reading by what ordinarily does not.
    pub lsass_access: bool,
    /// A thread in a child so soon after its start is how it is set up, in seconds.
    pub child_seconds: u32,
    /// What images do on so many hosts raises no more alerts; at most 8 are told apart.
    pub common_hosts: u32,
    /// `[detection.rare]`
    pub rare: Rare,
}

/// What is rare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rare {
    /// On so many hosts at most.
    pub max_hosts: u32,
    /// On so many of a hundred hosts at most; one host is always few.
    pub max_percent: f64,
    /// First seen so many days ago at most; the same is told once in that time.
    pub days: u32,
    /// So many alerts on one host and day, then one that stands for the rest; of every kind, not only of rare
    /// executions.
    pub per_host_and_day: u32,
}

impl Default for Detection {
    /// SPEC sections 2 and 4. Ten seconds: a start's own set-up takes milliseconds, on a busy machine seconds.
    fn default() -> Self {
        Self {
            unexpected_parent: true,
            rare_execution: true,
            remote_thread: true,
            lsass_access: true,
            child_seconds: 10,
            common_hosts: 3,
            rare: Rare::default(),
        }
    }
}

impl Default for Rare {
    /// SPEC section 2.
    fn default() -> Self {
        Self { max_hosts: 2, max_percent: 1.0, days: 7, per_host_and_day: 20 }
    }
}

impl Rare {
    /// Whether so many of so many hosts are few. One always is: else a tenant of less than a hundred hosts would
    /// never be told of anything.
    #[must_use]
    pub fn is_few(&self, hosts: u32, of: u32) -> bool {
        let share = f64::from(of) * self.max_percent / 100.0;
        hosts <= self.max_hosts && f64::from(hosts) <= share.max(1.0)
    }
}

/// How much is kept. What does not fit is evicted by age and counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Process instances.
    pub processes: u32,
    /// Ways that one image may look on one host: combinations of path, parents and hashes.
    pub values: u32,
    /// What images did on hosts: ways that they looked, and elements of their lists.
    pub counts: u32,
    /// Names of hosts.
    pub hosts: u32,
    /// Alerts.
    pub alerts: u32,
    /// Events for investigation; 0 keeps none.
    pub events: u32,
}

impl Default for Time {
    fn default() -> Self {
        Self { zone: "Z".into() }
    }
}

impl Default for Hierarchy {
    fn default() -> Self {
        Self { profile: "modern".into(), rows: Vec::new() }
    }
}

impl Default for Causality {
    /// SPEC section 4, "an operating-system spawner".
    fn default() -> Self {
        let names = "system smss csrss wininit winlogon userinit services svchost explorer taskeng taskhost \
                     taskhostw sihost runtimebroker wmiprvse searchindexer systemd init sshd cron \
                     crond atd containerd-shim containerd-shim-runc-v2 launchd";
        Self {
            spawners: names.split_whitespace().map(str::to_owned).collect(),
            tolerance: 120,
            keep: "30d".into(),
        }
    }
}

impl Default for Prevalence {
    fn default() -> Self {
        Self {
            basis: Basis::default(),
            weights: Weights::default(),
            learning: Learning::default(),
            ageing: true,
        }
    }
}

impl Default for Limits {
    /// About 400 bytes a process: half a million fit in 200 MB.
    fn default() -> Self {
        Self {
            processes: 500_000,
            values: 4096,
            counts: 4_000_000,
            hosts: 100_000,
            alerts: 200_000,
            events: 1_000_000,
        }
    }
}

impl Config {
    /// Reads and checks a configuration; the error names the entry's path.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let mut config: Self = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
            let message = e.inner().to_string();
            // JSON that is none was written by whoever called, and there the position helps.
            let data = e.inner().classify() == serde_json::error::Category::Data;
            Error::invalid(e.path().to_string(), if data { for_people(&message) } else { message })
        })?;
        config.causality.spawners.iter_mut().for_each(|name| *name = fold(name).into_owned());
        config.check()?;
        if let Some(pseudonyms) = Pseudonyms::of(&config)? {
            config.pseudonyms = Some(pseudonyms.id());
        }
        reader.end().map_err(|_| Error::invalid("configuration", "has text after its end"))?;
        Ok(config)
    }

    fn check(&self) -> Result<(), Error> {
        self.zone_minutes()?;
        self.profile()?;
        Rules::new(self)?;
        self.causality.checked_keep()?;
        // A process without a name has the empty one: it must not become a spawner.
        if let Some(index) = self.causality.spawners.iter().position(|name| name.trim().is_empty()) {
            return Err(Error::invalid(format!("causality.spawners[{index}]"), "must name a file"));
        }
        let weights = self.prevalence.weights;
        let named = [
            ("prevalence", weights.prevalence),
            ("path", weights.path),
            ("parent", weights.parent),
            ("grandparent", weights.grandparent),
            ("hash", weights.hash),
            ("children", weights.children),
            ("network_ports", weights.network_ports),
            ("global", weights.global),
            ("customer", weights.customer),
            ("environment", weights.environment),
            ("host", weights.host),
        ];
        for (name, weight) in named {
            if !(0.0..=100.0).contains(&weight) {
                let field = format!("prevalence.weights.{name}");
                return Err(Error::invalid(field, format!("{weight} is not within 0 to 100")));
            }
        }
        let percent = self.detection.rare.max_percent;
        if !(0.0..=100.0).contains(&percent) {
            return Err(Error::invalid(
                "detection.rare.max_percent",
                format!("{percent} is not within 0 to 100"),
            ));
        }
        let common = self.detection.common_hosts;
        if !(1..=8).contains(&common) {
            return Err(Error::invalid("detection.common_hosts", format!("{common} is not within 1 to 8")));
        }
        let Limits { processes, values, counts, hosts, alerts, .. } = self.limits;
        for (name, limit) in [
            ("processes", processes),
            ("values", values),
            ("counts", counts),
            ("hosts", hosts),
            ("alerts", alerts),
        ] {
            if limit == 0 {
                return Err(Error::invalid(format!("limits.{name}"), "must be at least 1"));
            }
        }
        Ok(())
    }

    fn zone_minutes(&self) -> Result<i64, Error> {
        let noon = crate::text::time::parse(&format!("2000-01-01T12:00:00{}", self.time.zone));
        let utc = crate::text::time::parse("2000-01-01T12:00:00Z");
        match (noon, utc) {
            (Some(noon), Some(utc)) if noon.zoned => Ok((utc.millis - noon.millis) / 60_000),
            _ => Err(Error::invalid("time.zone", format!("{:?} is neither Z nor ±hh:mm", self.time.zone))),
        }
    }

    /// What is never saved.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        Secrets { hash_seed: self.hash_seed, pseudonym_key: self.pseudonym_key.clone() }
    }

    /// What scatters the tables.
    #[must_use]
    pub fn seed(&self) -> Seed {
        // Without one an arbitrary odd number: only tables that meet no attacker should live with it.
        Seed::new(self.hash_seed.unwrap_or(0x5bd1_e995_7b93_a6d1))
    }

    /// How lines are read.
    #[must_use]
    pub fn reading(&self) -> Reading {
        Reading { zone_minutes: self.zone_minutes().unwrap_or(0) }
    }

    /// The expectations in force.
    pub fn profile(&self) -> Result<InForce, Error> {
        let Hierarchy { profile: name, rows } = &self.hierarchy;
        InForce::of(name, rows)?.ok_or_else(|| {
            let known: Vec<&str> = Profile::built_in().iter().map(Profile::name).collect();
            Error::invalid("hierarchy.profile", format!("{name:?} is none of {}", known.join(", ")))
        })
    }
}

/// What is wrong with an entry, without the names of Rust's types.
fn for_people(message: &str) -> String {
    let message = without_position(message);
    let types = [
        ("expected u32", "expected a whole number from 0 to 4294967295"),
        ("expected u64", "expected a whole number from 0 on"),
        ("expected f64", "expected a number"),
        ("expected a sequence", "expected a list"),
    ];
    if let Some((before, _)) = message.split_once("expected struct ") {
        return format!("{before}expected a table of entries");
    }
    let found = types.iter().find_map(|(name, words)| Some((message.strip_suffix(name)?, words)));
    found.map_or_else(|| message.to_owned(), |(before, words)| format!("{before}{words}"))
}

/// What is wrong with an entry, without the place in the JSON: who wrote TOML has never seen that.
fn without_position(message: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match message.rsplit_once(" at line ") {
        Some((before, at)) => match at.split_once(" column ") {
            Some((line, column)) if is_number(line) && is_number(column) => before,
            _ => message,
        },
        None => message,
    }
}

#[cfg(test)]
mod tests;
