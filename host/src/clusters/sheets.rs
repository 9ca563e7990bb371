//! Clusters, alerts and timelines as CSV: the first row has the names.

use super::csv::{list, row};
use super::entities::KINDS;
use super::timeline::{self, Row};
use super::{Held, alert, summary};
use crate::runtime::bindings::alerts::Alert;
use crate::runtime::bindings::correlation::Summary;
use crate::scoring::time;

/// The ranked list.
#[must_use]
pub fn clusters(clusters: &[Summary]) -> String {
    let names = [
        "cluster",
        "score",
        "title",
        "owner",
        "hosts",
        "alerts",
        "distinct_alerts",
        "distinct_score",
        "highest",
        "tactics",
        "first",
        "last",
        "status",
        "disposition",
        "assignee",
        "archived",
    ];
    let of = |s: &Summary| {
        row([
            s.id.clone(),
            s.score.clone(),
            s.title.clone(),
            s.owner.clone().unwrap_or_default(),
            list(&s.hosts),
            s.alerts.to_string(),
            s.distinct_alerts.to_string(),
            s.distinct_score.clone(),
            s.highest.clone(),
            list(&s.tactics),
            time(s.first),
            time(s.last),
            summary::status(s.status).to_owned(),
            summary::disposition(s.disposition).to_owned(),
            s.assignee.clone().unwrap_or_default(),
            s.archived.to_string(),
        ])
    };
    row(names) + &clusters.iter().map(of).collect::<String>()
}

/// A cluster's alerts, by time.
#[must_use]
pub fn alerts(held: &Held) -> String {
    let first = [
        "cluster",
        "alert",
        "time",
        "source_system",
        "vendor",
        "product",
        "type",
        "severity",
        "action",
        "score",
        "factors",
        "suppressed",
        "message",
    ];
    let last = ["techniques", "tactics", "process", "duplicates", "vendor_id", "assumed", "file", "line"];
    let names = first.into_iter().chain(KINDS).chain(last);
    let cluster = &held.cluster.summary.id;
    let of = |a: &Alert| {
        let mut cells = vec![
            cluster.clone(),
            a.id.clone(),
            time(a.time),
            a.source_system.clone(),
            a.vendor.clone(),
            a.product.clone(),
            a.alert_type.clone(),
            a.severity.clone().unwrap_or_default(),
            alert::action(a.action).to_owned(),
            a.score.clone(),
            factors(a),
            a.suppressed.clone().unwrap_or_default(),
            a.message.clone(),
        ];
        cells.extend(KINDS.iter().map(|kind| list(&alert::values(a, kind))));
        cells.extend([
            list(&a.techniques),
            list(&a.tactics),
            a.process.clone().unwrap_or_default(),
            a.duplicates.to_string(),
            a.vendor_id.clone().unwrap_or_default(),
            list(&a.assumed),
            a.origin.source.clone(),
            a.origin.line.to_string(),
        ]);
        row(cells)
    };
    row(names) + &held.alerts.iter().map(of).collect::<String>()
}

/// `base 4 (darktrace severity 7) | source 1 (default) | ...`
fn factors(alert: &Alert) -> String {
    let factor =
        |f: &crate::runtime::bindings::alerts::Factor| format!("{} {} ({})", f.name, f.value, f.source);
    list(&alert.factors.iter().map(factor).collect::<Vec<_>>())
}

/// What happened, by time, each row with its source record.
#[must_use]
pub fn timeline(held: &Held) -> String {
    let names = [
        "datetime",
        "kind",
        "message",
        "cluster",
        "alert",
        "source_system",
        "type",
        "severity",
        "action",
        "score",
        "techniques",
        "tactics",
        "process",
    ];
    let names = names.into_iter().chain(KINDS).chain(["record", "file", "line"]);
    let cluster = &held.cluster.summary.id;
    let of = |entry: &Row<'_>| {
        let said = |of: fn(&Alert) -> String| entry.alert.map(of).unwrap_or_default();
        let mut cells = vec![
            time(entry.at),
            entry.kind.to_owned(),
            entry.message.clone(),
            cluster.clone(),
            said(|a| a.id.clone()),
            said(|a| a.source_system.clone()),
            said(|a| a.alert_type.clone()),
            said(|a| a.severity.clone().unwrap_or_default()),
            said(|a| alert::action(a.action).to_owned()),
            said(|a| a.score.clone()),
            said(|a| list(&a.techniques)),
            said(|a| list(&a.tactics)),
            said(|a| a.process.clone().unwrap_or_default()),
        ];
        let values = |kind: &&str| entry.alert.map(|a| list(&alert::values(a, kind))).unwrap_or_default();
        cells.extend(KINDS.iter().map(values));
        cells.push(entry.record.clone());
        cells.push(said(|a| a.origin.source.clone()));
        cells.push(said(|a| a.origin.line.to_string()));
        row(cells)
    };
    row(names) + &timeline::rows(held).iter().map(of).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples;

    fn lines(text: &str) -> Vec<&str> {
        assert!(text.ends_with("\r\n"));
        text.trim_end().split("\r\n").collect()
    }

    #[test]
    fn every_row_has_as_many_cells_as_names() {
        let held = samples::held();
        let list = [samples::summary("C1", "19.8"), samples::summary("C2", "3")];
        for text in [clusters(&list), alerts(&held), timeline(&held)] {
            let commas: Vec<usize> = lines(&text).iter().map(|line| line.matches(',').count()).collect();
            assert!(commas.iter().all(|count| *count == commas[0]), "{text}");
        }
    }

    #[test]
    fn an_alert_has_its_trace_and_its_record() {
        let text = alerts(&samples::held());
        let rows = lines(&text);
        assert!(
            rows[1].starts_with("C1,A1,2026-03-01T09:00:00.000Z,darktrace,Darktrace,,Device/New or"),
            "{}",
            rows[1]
        );
        assert!(
            rows[1].contains(",16.8,base 4 (darktrace severity 7) | source 1 (sources.dark"),
            "{}",
            rows[1]
        );
        assert!(rows[1].contains(",ws-anna,,10.0.0.23 | 10.0.0.5,,,,,,T1021,TA0008,"), "{}", rows[1]);
        assert!(rows[2].ends_with(",2,f-77,,alerts.ndjson,2"), "{}", rows[2]);
    }

    #[test]
    fn a_timeline_has_a_record_in_every_row() {
        let text = timeline(&samples::held());
        let rows = lines(&text);
        assert!(rows[0].ends_with(",record,file,line"), "{}", rows[0]);
        assert!(rows[1].ends_with(",cluster C1,,"), "{}", rows[1]);
        assert!(rows[2].ends_with(",alerts.ndjson:1,alerts.ndjson,1"), "{}", rows[2]);
        assert!(
            rows[4].starts_with(
                "2026-03-01T10:00:00.000Z,note,cluster C1 note: seen by anna: asked the owner,C1,"
            ),
            "{}",
            rows[4]
        );
    }
}
