//! The report of a run: what the component holds at the end, in its published shape.
//!
//! The names are a contract that other programs read; members are added, never renamed.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::pages::pages;
use super::tally::{Noted, Tally, Unread};
use crate::clusters::held;
use crate::clusters::whole::Ranked;
use crate::runtime::bindings::alerts::Alert;
use crate::runtime::bindings::correlation::Summary;
use crate::runtime::bindings::hierarchy::{Finding, Grade};
use crate::runtime::bindings::tenant::Statistics;
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
    /// How many alerts there were.
    pub alerts: Alerts,
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
    /// Alerts, with their clusters.
    pub alerts: u64,
    /// Events that were held for investigation.
    pub events: u64,
    /// Events that became older than `causality.keep`, or were when they came.
    pub aged_events: u64,
}

impl Evicted {
    /// What an instance has dropped.
    #[must_use]
    pub fn of(stats: &Statistics) -> Self {
        Self {
            processes: stats.evicted_processes,
            hosts: stats.evicted_hosts,
            values: stats.evicted_values,
            alerts: stats.evicted_alerts,
            events: stats.evicted_events,
            aged_events: stats.aged_events,
        }
    }
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
    /// `evidence`, or with something else against it `suspicion`.
    pub grade: &'static str,
    /// What that is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corroborated_by: Vec<String>,
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

/// One cluster with its alerts.
#[derive(Debug)]
pub struct Cluster {
    /// What the ranked list says of it.
    pub summary: Summary,
    /// Its alerts by time.
    pub alerts: Vec<Alert>,
}

impl Serialize for Cluster {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Ranked::new(&self.summary, &self.alerts).serialize(serializer)
    }
}

/// How many alerts there were.
#[derive(Debug, Serialize)]
pub struct Alerts {
    /// Held, each once.
    pub held: u64,
    /// Of those, what a suppression keeps and scores 0.
    pub suppressed: u64,
    /// That came again.
    pub duplicates: u64,
    /// That a filter dropped.
    pub dropped: u64,
}

impl Report {
    /// Asks the instance for its state at the end.
    pub fn of(instance: &mut Instance, tally: Tally) -> Result<Self, Failure> {
        let stats = instance.stats()?;
        let (expected, violation, unknown) = stats.hierarchy;
        let evicted = Evicted::of(&stats);
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
            evicted,
            alerts: Alerts {
                held: stats.alerts,
                suppressed: stats.suppressed_alerts,
                duplicates: stats.duplicate_alerts,
                dropped: stats.dropped_alerts,
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
    let violation = |row: Finding| Violation {
        process: row.process,
        image: row.image,
        reason: row.verdict.reason,
        observed: row.verdict.observed,
        expected: row.verdict.expected,
        grade: match row.grade {
            Grade::Evidence => "evidence",
            Grade::Suspicion => "suspicion",
        },
        corroborated_by: row.corroborated_by,
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
    let mut clusters = Vec::new();
    for summary in held::all(instance)? {
        let alerts = pages(|page| instance.alerts(Some(&summary.id), page))?;
        clusters.push(Cluster { summary, alerts });
    }
    Ok(clusters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_keep_their_order() {
        let kinds = Kinds(vec![("z".into(), 2), ("a".into(), 1)]);
        assert_eq!(serde_json::to_string(&kinds).unwrap(), r#"{"z":2,"a":1}"#);
    }
}
