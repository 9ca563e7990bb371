//! Clusters of two instances that read the same records under two configurations.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Shift, Stand, rank};
use crate::clusters::held;
use crate::run::pages::pages;
use crate::runtime::{Failure, Instance};

/// What names an alert in both: its record, and which of the record's alerts it is.
type Key = (String, u64, String, String);

/// The clusters of an instance, from the highest score down, each by its alerts.
#[derive(Debug, Default)]
pub struct Ranking {
    clusters: Vec<Ranked>,
}

#[derive(Debug)]
struct Ranked {
    id: String,
    title: String,
    score: String,
    alerts: BTreeSet<Key>,
}

impl Ranking {
    /// Asks for all clusters.
    pub fn of(instance: &mut Instance) -> Result<Self, Failure> {
        let mut clusters = Vec::new();
        for summary in held::all(instance)? {
            let alerts = pages(|page| instance.alerts(Some(&summary.id), page))?;
            let key = |alert: crate::runtime::bindings::alerts::Alert| {
                (alert.origin.source, alert.origin.line, alert.source_system, alert.alert_type)
            };
            clusters.push(Ranked {
                id: summary.id,
                title: summary.title,
                score: summary.score,
                alerts: alerts.into_iter().map(key).collect(),
            });
        }
        Ok(Self { clusters })
    }

    /// All alerts in clusters.
    #[must_use]
    pub fn alerts(&self) -> usize {
        self.clusters.iter().map(|cluster| cluster.alerts.len()).sum()
    }

    fn stand(&self, index: usize) -> Option<Stand> {
        let cluster = self.clusters.get(index)?;
        Some(Stand {
            cluster: cluster.id.clone(),
            rank: rank(index),
            score: cluster.score.clone(),
            alerts: Some(cluster.alerts.len()),
        })
    }

    fn ids(&self, indices: impl Iterator<Item = usize>) -> Vec<String> {
        indices.filter_map(|index| self.clusters.get(index)).map(|cluster| cluster.id.clone()).collect()
    }
}

/// Every cluster of before and of after once, in the order of after; those that are gone stand at the end.
///
/// The two that share the most alerts are the same cluster: then the next two, and so on.
#[must_use]
pub fn compare(before: &Ranking, after: &Ranking) -> Vec<Shift> {
    let shared = shared(before, after);
    let mut pairs: Vec<(usize, usize, usize)> = shared.iter().map(|((b, a), n)| (*n, *b, *a)).collect();
    pairs.sort_by_key(|(n, b, a)| (std::cmp::Reverse(*n), *b, *a));
    let (mut of_before, mut of_after) = (BTreeMap::new(), BTreeMap::new());
    for (_, b, a) in pairs {
        if !of_before.contains_key(&b) && !of_after.contains_key(&a) {
            of_before.insert(b, a);
            of_after.insert(a, b);
        }
    }
    let all = |side: fn(&(usize, usize)) -> (usize, usize), of: usize, but: Option<usize>| {
        let shared = shared.keys().map(side).filter(move |(this, _)| *this == of).map(|(_, other)| other);
        shared.filter(move |other| Some(*other) != but).collect::<Vec<_>>()
    };
    let there = after.clusters.iter().enumerate().map(|(index, cluster)| {
        let same = of_after.get(&index).copied();
        let took = before.ids(all(|(b, a)| (*a, *b), index, same).into_iter());
        let gave = same.map(|b| after.ids(all(|(b, a)| (*b, *a), b, Some(index)).into_iter()));
        let stands = same.and_then(|b| Some((before.stand(b)?, after.stand(index)?)));
        let title = cluster.title.clone();
        let shift = match stands {
            Some((mut b, a)) => {
                // Other ids alone are no change.
                let named = std::mem::replace(&mut b.cluster, a.cluster.clone());
                let mut shift = Shift::kept(title, b, a);
                if let Some(before) = &mut shift.before {
                    before.cluster = named;
                }
                shift
            }
            None => {
                let change = if took.is_empty() { Change::Appeared } else { Change::Split };
                Shift {
                    title,
                    change,
                    before: None,
                    after: after.stand(index),
                    took_from: vec![],
                    gave_to: vec![],
                }
            }
        };
        let mut shift = Shift { took_from: took, gave_to: gave.unwrap_or_default(), ..shift };
        if shift.change == Change::Same && !(shift.took_from.is_empty() && shift.gave_to.is_empty()) {
            shift.change = Change::Moved;
        }
        shift
    });
    let gone = before.clusters.iter().enumerate().filter(|(index, _)| !of_before.contains_key(index));
    let gone = gone.map(|(index, cluster)| {
        let gave_to = after.ids(all(|(b, a)| (*b, *a), index, None).into_iter());
        Shift {
            title: cluster.title.clone(),
            change: if gave_to.is_empty() { Change::Vanished } else { Change::Merged },
            before: before.stand(index),
            after: None,
            took_from: Vec::new(),
            gave_to,
        }
    });
    there.chain(gone).collect()
}

/// How many alerts two clusters share, of before and of after.
fn shared(before: &Ranking, after: &Ranking) -> BTreeMap<(usize, usize), usize> {
    let mut places: BTreeMap<&Key, usize> = BTreeMap::new();
    for (index, cluster) in before.clusters.iter().enumerate() {
        places.extend(cluster.alerts.iter().map(|alert| (alert, index)));
    }
    let mut shared = BTreeMap::new();
    for (index, cluster) in after.clusters.iter().enumerate() {
        for place in cluster.alerts.iter().filter_map(|alert| places.get(alert)) {
            *shared.entry((*place, index)).or_insert(0) += 1;
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(clusters: &[(&str, &str, &[u64])]) -> Ranking {
        let key = |line: &u64| ("f".to_owned(), *line, "s".to_owned(), "t".to_owned());
        let cluster = |(id, score, lines): &(&str, &str, &[u64])| Ranked {
            id: (*id).into(),
            title: format!("title of {id}"),
            score: (*score).into(),
            alerts: lines.iter().map(key).collect(),
        };
        Ranking { clusters: clusters.iter().map(cluster).collect() }
    }

    fn shown(shifts: &[Shift]) -> Vec<(Change, Option<String>, Option<String>, String)> {
        let row = |s: &'_ Shift| {
            let id = |stand: &Option<Stand>| stand.as_ref().map(|stand| stand.cluster.clone());
            (s.change, id(&s.before), id(&s.after), s.said())
        };
        shifts.iter().map(row).collect()
    }

    #[test]
    fn equal_rankings_are_the_same_whatever_the_ids() {
        let before = ranking(&[("C1", "10", &[1, 2]), ("C2", "3", &[3])]);
        let after = ranking(&[("C2", "10", &[1, 2]), ("C1", "3", &[3])]);
        let shifts = compare(&before, &after);
        assert_eq!(
            shown(&shifts),
            [
                (Change::Same, Some("C1".into()), Some("C2".into()), String::new()),
                (Change::Same, Some("C2".into()), Some("C1".into()), String::new()),
            ]
        );
    }

    #[test]
    fn what_a_filter_takes_away_vanishes_and_what_it_lets_in_appears() {
        let before = ranking(&[("C1", "10", &[1, 2]), ("C2", "3", &[3])]);
        let after = ranking(&[("C1", "5", &[2]), ("C2", "4", &[9])]);
        let shifts = compare(&before, &after);
        assert_eq!(
            shown(&shifts),
            [
                (Change::Moved, Some("C1".into()), Some("C1".into()), String::new()),
                (Change::Appeared, None, Some("C2".into()), "appears".into()),
                (Change::Vanished, Some("C2".into()), None, "vanishes".into()),
            ]
        );
        assert_eq!(shifts[0].before.as_ref().unwrap().alerts, Some(2));
        assert_eq!(shifts[0].after.as_ref().unwrap().alerts, Some(1));
        assert_eq!((before.alerts(), after.alerts()), (3, 2));
    }

    #[test]
    fn a_cluster_that_falls_apart_goes_on_as_its_largest_part() {
        let before = ranking(&[("C1", "10", &[1, 2, 3, 4, 5])]);
        let after = ranking(&[("C1", "6", &[1, 2]), ("C2", "4", &[3, 4, 5])]);
        assert_eq!(
            shown(&compare(&before, &after)),
            [
                (Change::Split, None, Some("C1".into()), "splits off C1".into()),
                (Change::Moved, Some("C1".into()), Some("C2".into()), "gives to C1".into()),
            ]
        );
    }

    #[test]
    fn clusters_that_grow_together_go_into_one() {
        let before = ranking(&[("C1", "10", &[1, 2]), ("C2", "3", &[3])]);
        let after = ranking(&[("C1", "13", &[1, 2, 3])]);
        assert_eq!(
            shown(&compare(&before, &after)),
            [
                (Change::Moved, Some("C1".into()), Some("C1".into()), "takes in C2".into()),
                (Change::Merged, Some("C2".into()), None, "goes into C1".into()),
            ]
        );
    }
}
