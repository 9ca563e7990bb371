//! Two rankings side by side: which cluster stood where before, and where it stands after.
//!
//! A rescore and a backtest of alerts that are held keep the clusters as they are. A replay under another
//! configuration does not: there clusters are compared by the records of their alerts, since ids depend on
//! what was seen.

mod replayed;

use serde::Serialize;

use super::decimal::as_number;
use crate::runtime::bindings::alerts::Move;
use crate::runtime::bindings::correlation::Summary;

pub use replayed::{Ranking, compare};

/// A cluster before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// What it is about.
    pub title: String,
    /// What became of it.
    pub change: Change,
    /// Its place before; none where it was not there.
    pub before: Option<Stand>,
    /// Its place after; none where it is not there any more.
    pub after: Option<Stand>,
    /// Clusters of before whose alerts it holds as well.
    pub took_from: Vec<String>,
    /// Clusters of after that hold some of its alerts as well.
    pub gave_to: Vec<String>,
}

/// What became of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It stands where it stood, with the same score and alerts.
    Same,
    /// Its rank, score or alerts are others.
    Moved,
    /// None of its alerts is in a cluster any more.
    Vanished,
    /// None of its alerts was in a cluster before.
    Appeared,
    /// Its alerts are in another now.
    Merged,
    /// Its alerts were in another before.
    Split,
}

/// A place in a ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stand {
    /// The cluster's id.
    pub cluster: String,
    /// From 1.
    pub rank: u64,
    /// Its score.
    #[serde(serialize_with = "as_number")]
    pub score: String,
    /// How many it has, where they are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alerts: Option<usize>,
}

impl Shift {
    /// A cluster that stays together.
    fn kept(title: String, before: Stand, after: Stand) -> Self {
        let same = before == after;
        Self {
            title,
            change: if same { Change::Same } else { Change::Moved },
            before: Some(before),
            after: Some(after),
            took_from: Vec::new(),
            gave_to: Vec::new(),
        }
    }

    /// For people: what became of it, besides its rank and score.
    #[must_use]
    pub fn said(&self) -> String {
        let listed = |ids: &[String]| ids.join(", ");
        match self.change {
            Change::Vanished => "vanishes".into(),
            Change::Appeared => "appears".into(),
            Change::Merged => format!("goes into {}", listed(&self.gave_to)),
            Change::Split => format!("splits off {}", listed(&self.took_from)),
            Change::Same | Change::Moved => {
                let mut said = Vec::new();
                if !self.took_from.is_empty() {
                    said.push(format!("takes in {}", listed(&self.took_from)));
                }
                if !self.gave_to.is_empty() {
                    said.push(format!("gives to {}", listed(&self.gave_to)));
                }
                said.join(", ")
            }
        }
    }
}

impl From<Move> for Shift {
    fn from(row: Move) -> Self {
        let stand = |rank, score| Stand { cluster: row.cluster.clone(), rank, score, alerts: None };
        Self::kept(
            row.title,
            stand(row.rank_before, row.score_before),
            stand(row.rank_after, row.score_after),
        )
    }
}

/// The same clusters before and after a rescore, in their order after it.
#[must_use]
pub fn rescored(before: &[Summary], after: &[Summary]) -> Vec<Shift> {
    let stand = |index: usize, s: &Summary| Stand {
        cluster: s.id.clone(),
        rank: rank(index),
        score: s.score.clone(),
        alerts: None,
    };
    let places: std::collections::BTreeMap<&str, Stand> =
        before.iter().enumerate().map(|(index, s)| (s.id.as_str(), stand(index, s))).collect();
    let shift = |(index, s): (usize, &Summary)| {
        let before = places.get(s.id.as_str())?.clone();
        Some(Shift::kept(s.title.clone(), before, stand(index, s)))
    };
    after.iter().enumerate().filter_map(shift).collect()
}

fn rank(index: usize) -> u64 {
    u64::try_from(index).map_or(u64::MAX, |index| index.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples::summary;

    #[test]
    fn a_rescore_moves_clusters_and_keeps_them() {
        let before = [summary("C1", "19.8"), summary("C2", "10")];
        let after = [summary("C2", "10"), summary("C1", "3")];
        let shifts = rescored(&before, &after);
        let shown: Vec<_> = shifts
            .iter()
            .map(|s| (s.before.as_ref().unwrap().rank, s.after.as_ref().unwrap().score.as_str(), s.change))
            .collect();
        assert_eq!(shown, [(2, "10", Change::Moved), (1, "3", Change::Moved)]);
        assert_eq!(rescored(&before, &before)[0].change, Change::Same);
    }

    #[test]
    fn a_shift_has_its_names() {
        let shift = Shift::from(Move {
            cluster: "C1".into(),
            title: "t".into(),
            rank_before: 1,
            rank_after: 2,
            score_before: "19.8".into(),
            score_after: "3".into(),
        });
        assert_eq!(
            serde_json::to_string(&shift).unwrap(),
            concat!(
                r#"{"title":"t","change":"moved","before":{"cluster":"C1","rank":1,"score":19.8},"#,
                r#""after":{"cluster":"C1","rank":2,"score":3},"took_from":[],"gave_to":[]}"#
            )
        );
    }
}
