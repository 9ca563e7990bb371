//! A cluster with all its alerts, as the component holds it.

use super::decimal;
use crate::run::pages::pages;
use crate::runtime::bindings::alerts::Alert;
use crate::runtime::bindings::correlation::{Cluster, Order, Selection, Summary};
use crate::runtime::{Failure, Instance};

/// One cluster.
#[derive(Debug, Clone)]
pub struct Held {
    /// What it is, and what holds it together.
    pub cluster: Cluster,
    /// Its alerts by time.
    pub alerts: Vec<Alert>,
}

/// Terms of a sum that are written out.
const TERMS: usize = 8;

impl Held {
    /// Asks for a cluster; an id that was merged away gives the survivor.
    pub fn of(instance: &mut Instance, id: &str) -> Result<Self, Failure> {
        let cluster = instance.cluster(id)?;
        let alerts = pages(|page| instance.alerts(Some(&cluster.summary.id), page))?;
        Ok(Self { cluster, alerts })
    }

    /// `19.8 = 16.8 + 3`, the highest first; of many alerts the highest eight.
    #[must_use]
    pub fn sum(&self) -> String {
        let score = &self.cluster.summary.score;
        let ranked = self.ranked();
        if ranked.len() < 2 {
            return score.clone();
        }
        let terms: Vec<&str> = ranked.iter().take(TERMS).map(|alert| alert.score.as_str()).collect();
        let rest = match ranked.len().saturating_sub(TERMS) {
            0 => String::new(),
            more => format!(" + {more} more"),
        };
        format!("{score} = {}{rest}", terms.join(" + "))
    }

    /// Its alerts from the highest score down, then by time.
    #[must_use]
    pub fn ranked(&self) -> Vec<&Alert> {
        let mut alerts: Vec<&Alert> = self.alerts.iter().collect();
        alerts.sort_by(|a, b| decimal::compare(&b.score, &a.score));
        alerts
    }
}

/// All clusters from the highest score down, the archived ones too.
pub fn all(instance: &mut Instance) -> Result<Vec<Summary>, Failure> {
    let selection = Selection { order: Order::Score, min_score: None, entity: None, archived: true };
    pages(|page| instance.clusters(&selection, page))
}

#[cfg(test)]
mod tests {
    use crate::clusters::samples;

    #[test]
    fn a_score_is_shown_with_its_sum() {
        let mut held = samples::held();
        held.alerts.reverse();
        assert_eq!(held.sum(), "19.8 = 16.8 + 3");
        held.alerts.truncate(1);
        assert_eq!(held.sum(), "19.8");
        held.alerts = vec![held.alerts[0].clone(); 10];
        assert_eq!(held.sum(), "19.8 = 3 + 3 + 3 + 3 + 3 + 3 + 3 + 3 + 2 more");
    }
}
