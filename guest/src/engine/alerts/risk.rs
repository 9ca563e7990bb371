//! How risky an entity is by its open clusters: one number from many scores, which the highest dominates and no
//! flood of small ones overtakes (SPEC section 2, "Beyond the vendor").

use std::collections::{BTreeMap, BTreeSet};

use super::answers::EntityRisk;
use super::graph::{ClusterId, NodeId};
use crate::engine::queries::page;
use crate::engine::state::State;
use crate::error::Error;
use crate::model::{Multiplier, Observable, ObservableKind, Role};

/// The sum of 1 / i^1.5 over all i from 1 on: Riemann's zeta at 1.5.
const ZETA: f64 = 2.612_375_348_685_488;

/// An alert's score of 10, the highest base, is a risk of 100.
const SCALE: f64 = 10.0;

/// An alert that counts, and its cluster.
type Counted = (NodeId, ClusterId);

/// The risk of scores from 0 to 100: the descending scores over i^1.5, over zeta(1.5).
#[must_use]
pub fn combined(scores: &[f64]) -> f64 {
    let mut scores = scores.to_vec();
    scores.sort_by(|a, b| b.total_cmp(a));
    let weighed = (1_u32..).zip(&scores).map(|(i, score)| score / (f64::from(i) * f64::from(i).sqrt()));
    weighed.sum::<f64>() / ZETA
}

/// The risk with its odds multiplied: certain stays certain, and nothing stays nothing.
#[must_use]
pub fn with_criticality(risk: f64, criticality: f64) -> f64 {
    let share = risk / 100.0;
    if share >= 1.0 {
        return 100.0;
    }
    let odds = share / (1.0 - share) * criticality;
    100.0 * odds / (1.0 + odds)
}

/// Rounded half up to two decimals.
fn rounded(risk: f64) -> f64 {
    (risk * 100.0).round() / 100.0
}

impl State {
    /// The riskiest entities, from the highest down: by alerts of open clusters within the window.
    pub(super) fn risks(
        &self,
        kind: Option<&str>,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<EntityRisk>, Error> {
        let kind = kind.map(|name| {
            let kinds: Vec<&str> = ObservableKind::ALL.iter().map(|kind| kind.as_str()).collect();
            let unknown = || Error::invalid("kind", format!("{name:?} is none of {}", kinds.join(", ")));
            ObservableKind::parse(name).ok_or_else(unknown)
        });
        let kind = kind.transpose()?;
        let alerts = &self.alerts;
        let since = self.now.saturating_sub(alerts.rules.risk_window);
        // The same name in two environments is two entities.
        let mut found: BTreeMap<(ObservableKind, &str, &str), Vec<Counted>> = BTreeMap::new();
        for id in alerts.graph.all_nodes() {
            let (node, root) = (alerts.graph.node(id), alerts.graph.cluster_of(id));
            let work = alerts.work_of(root);
            if node.time < since
                || work.archived
                || work.status == super::Status::Closed
                || node.score.is_zero()
            {
                continue;
            }
            for named in node.entities.iter().map(|&id| alerts.named(id)) {
                if kind.is_none_or(|kind| kind == named.kind) {
                    let text = |sym| alerts.texts.get(sym);
                    let name = (named.kind, text(named.value), text(named.environment));
                    found.entry(name).or_default().push((id, root));
                }
            }
        }
        let mut risks: Vec<EntityRisk> = found
            .into_iter()
            .map(|((kind, value, _), of)| {
                let scores: Vec<f64> =
                    of.iter().map(|&(id, _)| (alerts.score(id).approximately() * SCALE).min(100.0)).collect();
                let criticality = self.criticality(kind, value);
                let weight = f64::from(criticality.thousandths()) / 1000.0;
                let clusters: BTreeSet<ClusterId> = of.iter().map(|&(_, root)| root).collect();
                EntityRisk {
                    kind,
                    value: value.to_owned(),
                    risk: rounded(with_criticality(combined(&scores), weight)),
                    criticality: criticality.to_string(),
                    alerts: of.len() as u64,
                    clusters: clusters.into_iter().map(|id| alerts.cluster_name(id)).collect(),
                }
            })
            .collect();
        risks.sort_by(|a, b| {
            b.risk.total_cmp(&a.risk).then_with(|| (a.kind, &a.value).cmp(&(b.kind, &b.value)))
        });
        Ok(page(risks, offset, limit))
    }

    /// The highest criticality of the tags on an entity.
    fn criticality(&self, kind: ObservableKind, value: &str) -> Multiplier {
        let observable = Observable { kind, value: value.to_owned(), role: Role::Related };
        let tags = self.alerts.rules.tags_on(std::slice::from_ref(&observable));
        let of = tags.iter().filter_map(|&place| self.config.tags.get(place)).map(|tag| tag.criticality);
        of.max().unwrap_or(Multiplier::ONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // (70 + 45/2.8284 + 21/5.1962 + 21/8 + 21/11.1803) / 2.6124 = 36.16; odds 0.5664, twice that is 1.1327,
    // and 1.1327 / 2.1327 = 53.11 %.
    #[test]
    fn the_golden_vector() {
        let risk = combined(&[21.0, 70.0, 21.0, 45.0, 21.0]);
        assert_eq!(rounded(risk), 36.16);
        assert_eq!(rounded(with_criticality(risk, 2.0)), 53.11);
    }

    #[test]
    fn a_thousand_small_alerts_stay_below_a_few_large_ones() {
        assert!(combined(&[5.0; 1000]) < combined(&[70.0]));
        assert!(combined(&[100.0; 100_000]) <= 100.0);
        assert_eq!(with_criticality(100.0, 10.0), 100.0);
        assert_eq!(combined(&[]), 0.0);
    }
}
