//! Another configuration: what it changes, and changing it; and what filters make of an alert.

use std::cmp::Reverse;

use super::answers::{FilterOutcome, FilterStep, FilterTrace, Move, RescoreOutcome, Rescored};
use super::config::FilterAction;
use super::decimal::Decimal;
use super::graph::{ClusterId, NodeId};
use super::rules::Rules;
use super::score::Scored;
use super::work::Kind;
use crate::Engine;
use crate::engine::config::Config;
use crate::engine::state::State;
use crate::error::Error;

/// Of the changes so many are told.
const TOLD: usize = 1000;

impl State {
    /// What scoring all alerts anew would change.
    pub(super) fn rescored(&self) -> RescoreOutcome {
        let mut all = 0;
        let mut changes: Vec<(Decimal, NodeId, Decimal)> = Vec::new();
        for id in self.alerts.graph.all_nodes() {
            all += 1;
            let (before, after) = (self.alerts.score(id), self.scored_anew(id).score);
            if *before != after {
                let size = if *before > after { before.minus(&after) } else { after.minus(before) };
                changes.push((size, id, after));
            }
        }
        changes.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let changed = changes.len() as u64;
        changes.truncate(TOLD);
        let alerts = &self.alerts;
        let told = |(_, id, after): (Decimal, NodeId, Decimal)| Rescored {
            id: alerts.alert_name(id),
            cluster: Some(alerts.cluster_name(alerts.graph.cluster_of(id))),
            alert_type: alerts.texts.get(alerts.get(id).alert_type).to_owned(),
            before: alerts.score(id).to_string(),
            after: after.to_string(),
        };
        RescoreOutcome { alerts: all, changed, largest: changes.into_iter().map(told).collect() }
    }

    fn scored_anew(&self, id: NodeId) -> Scored {
        let held = self.alerts.get(id);
        self.alerts.scored(held, &self.alerts.observables(held), &self.config.tags)
    }

    /// Scores all alerts anew; clusters whose sum changes say so.
    pub(super) fn rescore(&mut self, at: i64) -> RescoreOutcome {
        let outcome = self.rescored();
        let before: Vec<(ClusterId, Decimal)> =
            self.alerts.graph.roots().map(|id| (id, self.alerts.graph.cluster(id).score.clone())).collect();
        for id in self.alerts.graph.all_nodes().collect::<Vec<_>>() {
            let mut held = self.alerts.get(id).clone();
            let observables = self.alerts.observables(&held);
            let score = self.score_held(&mut held, &observables);
            *self.alerts.get_mut(id) = held;
            self.alerts.graph.set_score(id, score);
        }
        for (id, before) in before {
            self.alerts.graph.recount(id);
            let after = self.alerts.graph.cluster(id).score.clone();
            if before != after {
                self.alerts.tell(id, at, Kind::Score, format!("from {before} to {after} by a rescore"));
            }
        }
        outcome
    }

    /// How another configuration would rank the clusters that are held.
    pub(super) fn backtest(&self, json: &str) -> Result<Vec<Move>, Error> {
        let config = Config::from_json(json)?;
        let rules = Rules::new(&config)?;
        let alerts = &self.alerts;
        let anew = |id: NodeId| {
            let held = alerts.get(id);
            alerts.scored_by(&rules, held, &alerts.observables(held), &config.tags).score
        };
        let mut clusters: Vec<(ClusterId, Decimal)> = alerts
            .graph
            .roots()
            .map(|id| {
                let members = alerts.graph.members(id);
                (id, members.into_iter().fold(Decimal::ZERO, |sum, id| sum.plus(&anew(id))))
            })
            .collect();
        let number = |id: ClusterId| alerts.graph.cluster(id).number;
        let before = |id: ClusterId| alerts.graph.cluster(id).score.clone();
        clusters.sort_by_cached_key(|(id, _)| (Reverse(before(*id)), number(*id)));
        let mut ranked: Vec<(u64, ClusterId, Decimal)> =
            (1..).zip(clusters).map(|(rank, (id, after))| (rank, id, after)).collect();
        ranked.sort_by(|a, b| b.2.cmp(&a.2).then(number(a.1).cmp(&number(b.1))));
        let moved = |(rank_after, (rank_before, id, after)): (u64, (u64, ClusterId, Decimal))| Move {
            cluster: alerts.cluster_name(id),
            title: alerts.summary(id, &self.hosts).title,
            rank_before,
            rank_after,
            score_before: before(id).to_string(),
            score_after: after.to_string(),
        };
        Ok((1..).zip(ranked).map(moved).collect())
    }

    /// What the filters make of a raw alert, and how it would be scored; nothing is taken in.
    pub(super) fn test_filters(&self, raw: &str, received_at: i64) -> FilterTrace {
        let folded = raw.to_lowercase();
        let mut decided: Option<FilterAction> = None;
        let mut steps = Vec::new();
        for (entry, (pattern, action)) in self.config.filters.iter().zip(&self.alerts.rules.filters) {
            let outcome = match decided {
                Some(_) => FilterOutcome::NotReached,
                None if pattern.matches(raw, &folded) => {
                    decided = Some(*action);
                    FilterOutcome::Matched
                }
                None => FilterOutcome::NotMatched,
            };
            steps.push(FilterStep { pattern: entry.pattern.clone(), action: action.as_str(), outcome });
        }
        FilterTrace {
            dropped: decided == Some(FilterAction::Drop),
            steps,
            alert: self.tried(raw, received_at),
        }
    }

    /// The alert that a line is, as it would be scored, in an instance of its own.
    fn tried(&self, raw: &str, received_at: i64) -> Option<super::AlertInfo> {
        let config = Config { filters: Vec::new(), ..self.config.clone() };
        let mut engine = Engine { state: State::new(config).ok()? };
        let batch = crate::Batch {
            source: "test",
            first_line: 1,
            received_at,
            environment: None,
            emit: crate::Emit::Nothing,
            text: raw,
        };
        engine.ingest(&batch);
        let mut alert = engine.alerts(None, 0, 1).ok()?.pop()?;
        alert.id.clear();
        alert.cluster = None;
        alert.configuration = self.config_version;
        Some(alert)
    }
}
