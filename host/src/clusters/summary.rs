//! A cluster as the ranked list has it, by the names that programs read.

use serde::Serialize;

use super::decimal::as_number;
use crate::runtime::bindings::correlation::{Disposition, Status, Summary};
use crate::scoring::as_time;

/// The JSON object of a cluster without its alerts. Names are a contract: members are added, never renamed.
#[derive(Debug, Serialize)]
pub struct SummaryView<'a> {
    id: &'a str,
    #[serde(serialize_with = "as_number")]
    score: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    hosts: &'a [String],
    alert_count: u64,
    distinct_alert_count: u64,
    #[serde(serialize_with = "as_number")]
    distinct_score: &'a str,
    #[serde(serialize_with = "as_number")]
    highest: &'a str,
    tactics: &'a [String],
    #[serde(serialize_with = "as_time")]
    first: i64,
    #[serde(serialize_with = "as_time")]
    last: i64,
    status: &'static str,
    disposition: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<&'a str>,
    archived: bool,
}

impl<'a> From<&'a Summary> for SummaryView<'a> {
    fn from(summary: &'a Summary) -> Self {
        Self {
            id: &summary.id,
            score: &summary.score,
            title: &summary.title,
            owner: summary.owner.as_deref(),
            hosts: &summary.hosts,
            alert_count: summary.alerts,
            distinct_alert_count: summary.distinct_alerts,
            distinct_score: &summary.distinct_score,
            highest: &summary.highest,
            tactics: &summary.tactics,
            first: summary.first,
            last: summary.last,
            status: status(summary.status),
            disposition: disposition(summary.disposition),
            assignee: summary.assignee.as_deref(),
            archived: summary.archived,
        }
    }
}

/// The state's name in options and answers.
#[must_use]
pub fn status(status: Status) -> &'static str {
    match status {
        Status::New => "new",
        Status::InProgress => "in-progress",
        Status::Closed => "closed",
    }
}

/// The disposition's name in options and answers.
#[must_use]
pub fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Undecided => "undecided",
        Disposition::TruePositive => "true-positive",
        Disposition::BenignPositive => "benign-positive",
        Disposition::FalsePositive => "false-positive",
    }
}

/// For people: `closed, false-positive, assigned to anna, archived`.
#[must_use]
pub fn work(summary: &Summary) -> String {
    let mut said = vec![status(summary.status).to_owned()];
    if summary.disposition != Disposition::Undecided {
        said.push(disposition(summary.disposition).to_owned());
    }
    said.extend(summary.assignee.as_ref().map(|name| format!("assigned to {name}")));
    if summary.archived {
        said.push("archived".into());
    }
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples;

    #[test]
    fn a_summary_has_its_names() {
        let json = serde_json::to_string(&SummaryView::from(&samples::summary("C1", "19.8"))).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"id":"C1","score":19.8,"title":"Device/New or Unusual Remote Command Execution on ws-anna","#,
                r#""hosts":["ws-anna"],"alert_count":2,"distinct_alert_count":2,"distinct_score":19.8,"#,
                r#""highest":16.8,"tactics":["TA0008"],"first":"2026-03-01T09:00:00.000Z","#,
                r#""last":"2026-03-01T09:12:00.000Z","status":"new","disposition":"undecided","archived":false}"#
            )
        );
    }

    #[test]
    fn work_is_said_in_one_line() {
        let mut summary = samples::summary("C1", "1");
        assert_eq!(work(&summary), "new");
        summary.status = Status::Closed;
        summary.disposition = Disposition::FalsePositive;
        summary.assignee = Some("anna".into());
        summary.archived = true;
        assert_eq!(work(&summary), "closed, false-positive, assigned to anna, archived");
    }
}
