//! The report of a run: what the component holds at the end, in its published shape.
//!
//! The names are a contract that other programs read; members are added, never renamed.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::pages::pages;
use super::tally::{Noted, Tally, Unread};
use crate::runtime::bindings::alerts;
use crate::runtime::bindings::correlation::{self, Order, Selection};
use crate::runtime::{Failure, Instance};

/// The JSON object of `--report`.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Lines read, blank ones and rejected ones included.
    pub lines: u64,
    /// Lines of a known format.
    pub recognised: u64,
    /// Lines that passed untouched.
    pub passed: u64,
    /// The first 10,000 lines that were not accepted.
    pub rejected: Vec<Noted>,
    /// All that were not.
    pub rejected_total: u64,
    /// The first 10,000 lines that were not UTF-8.
    pub repaired: Vec<Noted>,
    /// All that were not.
    pub repaired_total: u64,
    /// Sources that could not be read, or not to their end.
    pub unread: Vec<Unread>,
    /// Recognised records by kind, from the most frequent down.
    pub kinds: Kinds,
    /// Records that are another record of a start that was counted.
    pub twins: u64,
    /// Records of a start that had one already: the same line again, or another that claims its id.
    pub repeated: u64,
    /// Records that mark a gap in a sensor's recording.
    pub sensor_gaps: u64,
    /// The hosts seen.
    pub hosts: Vec<String>,
    /// Process instances held.
    pub processes: u64,
    /// What was dropped because of a limit.
    pub evicted: Evicted,
    /// Final verdicts on all starts.
    pub hierarchy: Verdicts,
    /// The starts behind `hierarchy.violation`, by time.
    pub violations: Vec<Violation>,
    /// All images by rank.
    pub prevalence: Vec<Image>,
    /// All clusters, from the highest score down.
    pub clusters: Vec<Cluster>,
}

/// Kinds and their counts, in the component's order.
#[derive(Debug)]
pub struct Kinds(pub Vec<(String, u64)>);

impl Kinds {
    /// The count of one kind.
    #[must_use]
    pub fn count(&self, kind: &str) -> u64 {
        self.0.iter().find(|(name, _)| name == kind).map_or(0, |(_, count)| *count)
    }
}

impl Serialize for Kinds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (kind, count) in &self.0 {
            map.serialize_entry(kind, count)?;
        }
        map.end()
    }
}

/// What was dropped because of a limit.
#[derive(Debug, Serialize)]
pub struct Evicted {
    /// Process instances.
    pub processes: u64,
    /// Hosts, with all that was known of them.
    pub hosts: u64,
    /// Counted executions of which less was kept than they showed, or nothing.
    pub values: u64,
}

/// How many starts have which verdict.
#[derive(Debug, Serialize)]
pub struct Verdicts {
    /// As the table expects.
    pub expected: u64,
    /// Against it.
    pub violation: u64,
    /// Not judged.
    pub unknown: u64,
}

/// One start that is against the table.
#[derive(Debug, Serialize)]
pub struct Violation {
    /// The process instance.
    pub process: String,
    /// Its path.
    pub image: String,
    /// Why it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<String>,
    /// What would have been right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<String>,
    /// The source of the record of the start.
    pub file: String,
    /// Its line there.
    pub line: u64,
}

/// One image.
#[derive(Debug, Serialize)]
pub struct Image {
    /// Folded file name.
    pub image: String,
    /// Starts.
    pub executions: u64,
    /// Hosts on which it started.
    pub hosts: u64,
    /// 1 for the most executed.
    pub rank: u32,
}

/// One cluster.
#[derive(Debug, Serialize)]
pub struct Cluster {
    /// Its id.
    pub id: String,
    /// The sum of its alerts' scores.
    pub score: Box<RawValue>,
    /// What it is about.
    pub title: String,
    /// The owner of the causality group that its alerts share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The hosts of its alerts.
    pub hosts: Vec<String>,
    /// Its alerts.
    pub alerts: Vec<Alert>,
}

/// One alert of a cluster.
#[derive(Debug, Serialize)]
pub struct Alert {
    /// Its id.
    pub id: String,
    /// Its type in its source system.
    #[serde(rename = "type")]
    pub alert_type: String,
    /// Its score.
    pub score: Box<RawValue>,
    /// What multiplies to it.
    pub factors: Vec<Factor>,
}

/// One factor of a score.
#[derive(Debug, Serialize)]
pub struct Factor {
    /// What it is.
    pub name: String,
    /// Its value.
    pub value: Box<RawValue>,
    /// The entry that gave it.
    pub from: String,
}

impl Report {
    /// Asks the instance for its state at the end.
    pub fn of(instance: &mut Instance, tally: Tally) -> Result<Self, Failure> {
        let stats = instance.stats()?;
        let (expected, violation, unknown) = stats.hierarchy;
        Ok(Self {
            lines: stats.lines + tally.withheld,
            recognised: stats.recognised,
            passed: stats.passed,
            rejected: tally.rejected,
            rejected_total: tally.rejected_total,
            repaired: tally.repaired,
            repaired_total: tally.repaired_total,
            unread: tally.unread,
            kinds: Kinds(stats.kinds),
            twins: stats.twins,
            repeated: stats.repeated,
            sensor_gaps: stats.sensor_gaps,
            hosts: stats.hosts,
            processes: stats.processes,
            evicted: Evicted {
                processes: stats.evicted_processes,
                hosts: stats.evicted_hosts,
                values: stats.evicted_values,
            },
            hierarchy: Verdicts { expected, violation, unknown },
            violations: violations(instance)?,
            prevalence: images(instance)?,
            clusters: clusters(instance)?,
        })
    }

    /// As it is written: indented, since people read it too, with a final newline.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }
}

fn violations(instance: &mut Instance) -> Result<Vec<Violation>, Failure> {
    let rows = pages(|page| instance.violations(page))?;
    let violation = |row: crate::runtime::bindings::hierarchy::Finding| Violation {
        process: row.process,
        image: row.image,
        reason: row.verdict.reason,
        observed: row.verdict.observed,
        expected: row.verdict.expected,
        file: row.origin.source,
        line: row.origin.line,
    };
    Ok(rows.into_iter().map(violation).collect())
}

fn images(instance: &mut Instance) -> Result<Vec<Image>, Failure> {
    let rows = pages(|page| instance.images(page))?;
    let image = |row: crate::runtime::bindings::scoring::ImageRow| Image {
        image: row.image,
        executions: row.executions,
        hosts: row.hosts,
        rank: row.rank,
    };
    Ok(rows.into_iter().map(image).collect())
}

fn clusters(instance: &mut Instance) -> Result<Vec<Cluster>, Failure> {
    let all = Selection { order: Order::Score, min_score: None, entity: None, archived: true };
    let summaries = pages(|page| instance.clusters(&all, page))?;
    summaries.into_iter().map(|summary| cluster(instance, summary)).collect()
}

fn cluster(instance: &mut Instance, summary: correlation::Summary) -> Result<Cluster, Failure> {
    let alerts = pages(|page| instance.alerts(Some(&summary.id), page))?;
    Ok(Cluster {
        id: summary.id,
        score: number(summary.score),
        title: summary.title,
        owner: summary.owner,
        hosts: summary.hosts,
        alerts: alerts.into_iter().map(alert).collect(),
    })
}

fn alert(alert: alerts::Alert) -> Alert {
    let factor = |f: alerts::Factor| Factor { name: f.name, value: number(f.value), from: f.source };
    Alert {
        id: alert.id,
        alert_type: alert.alert_type,
        score: number(alert.score),
        factors: alert.factors.into_iter().map(factor).collect(),
    }
}

/// A decimal of the component is a JSON number as it stands.
fn number(decimal: String) -> Box<RawValue> {
    RawValue::from_string(decimal).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_a_number_with_all_its_digits() {
        let text = "123456789012345678901234567890.125";
        assert_eq!(serde_json::to_string(&number(text.into())).unwrap(), text);
    }

    #[test]
    fn kinds_keep_their_order() {
        let kinds = Kinds(vec![("z".into(), 2), ("a".into(), 1)]);
        assert_eq!(serde_json::to_string(&kinds).unwrap(), r#"{"z":2,"a":1}"#);
    }
}
