//! The interface `alerts`.

use super::exports::begat::siem::alerts;
use super::{Component, Error, Origin, Page, Timestamp, ask, change};
use crate::engine;
use crate::model::ActionCategory;

impl alerts::Guest for Component {
    fn list_alerts(cluster: Option<String>, page: Page) -> Result<Vec<alerts::Alert>, Error> {
        let found = ask(|engine| engine.alerts(cluster.as_deref(), page.offset, page.limit))?;
        Ok(found.into_iter().map(alert).collect())
    }

    fn show_alert(id: String) -> Result<alerts::Alert, Error> {
        ask(|engine| engine.alert(&id)).map(alert)
    }

    fn sources() -> Result<Vec<alerts::SourceInfo>, Error> {
        let found = ask(|engine| Ok(engine.sources()))?;
        Ok(found.into_iter().map(source).collect())
    }

    fn test_filters(raw: String, received_at: Timestamp) -> Result<alerts::FilterTrace, Error> {
        let trace = ask(|engine| Ok(engine.test_filters(&raw, received_at)))?;
        Ok(alerts::FilterTrace {
            dropped: trace.dropped,
            steps: trace.steps.into_iter().map(step).collect(),
            alert: trace.alert.map(alert),
        })
    }

    fn rescore(apply: bool, at: Timestamp) -> Result<alerts::RescoreOutcome, Error> {
        let outcome = if apply {
            change(|engine| Ok(engine.rescore(at)))?
        } else {
            ask(|engine| Ok(engine.rescored()))?
        };
        Ok(alerts::RescoreOutcome {
            alerts: outcome.alerts,
            changed: outcome.changed,
            largest: outcome.largest.into_iter().map(rescored).collect(),
        })
    }

    fn backtest(configuration: String) -> Result<Vec<alerts::Move>, Error> {
        let moves = ask(|engine| engine.backtest(&configuration))?;
        Ok(moves.into_iter().map(moved).collect())
    }

    fn risks(kind: Option<String>, page: Page) -> Result<Vec<alerts::EntityRisk>, Error> {
        let found = ask(|engine| engine.risks(kind.as_deref(), page.offset, page.limit))?;
        Ok(found.into_iter().map(risk).collect())
    }
}

fn alert(alert: engine::AlertInfo) -> alerts::Alert {
    let (source, line) = alert.origin;
    alerts::Alert {
        id: alert.id,
        vendor_id: alert.vendor_id,
        time: alert.time,
        received_at: alert.received_at,
        source_system: alert.source_system,
        vendor: alert.vendor,
        product: alert.product,
        alert_type: alert.alert_type,
        severity: alert.severity,
        action: match alert.action {
            ActionCategory::Actioned => alerts::Action::Actioned,
            ActionCategory::Unactioned => alerts::Action::Unactioned,
            ActionCategory::Unknown => alerts::Action::Unknown,
        },
        message: alert.message,
        score: alert.score,
        factors: alert
            .factors
            .into_iter()
            .map(|f| alerts::Factor { name: f.name.into(), value: f.value, source: f.source })
            .collect(),
        configuration: alert.configuration,
        suppressed: alert.suppressed,
        techniques: alert.techniques,
        tactics: alert.tactics,
        observables: alert
            .observables
            .into_iter()
            .map(|o| alerts::Observable {
                kind: o.kind.as_str().into(),
                value: o.value,
                role: o.role.as_str().into(),
            })
            .collect(),
        process: alert.process,
        cluster: alert.cluster,
        assumed: alert.assumed,
        duplicates: alert.duplicates,
        origin: Origin { source, line },
    }
}

fn source(source: engine::SourceInfo) -> alerts::SourceInfo {
    alerts::SourceInfo {
        source_system: source.source_system,
        vendor: source.vendor,
        product: source.product,
        alerts: source.alerts,
        duplicates: source.duplicates,
        dropped: source.dropped,
        last_seen: source.last_seen,
        types: source.types,
        severities: source.severities,
        actions: source.actions,
        unmapped: source.unmapped,
    }
}

fn step(step: engine::FilterStep) -> alerts::FilterStep {
    alerts::FilterStep {
        pattern: step.pattern,
        action: step.action.into(),
        outcome: match step.outcome {
            engine::FilterOutcome::Matched => alerts::FilterOutcome::Matched,
            engine::FilterOutcome::NotMatched => alerts::FilterOutcome::NotMatched,
            engine::FilterOutcome::NotReached => alerts::FilterOutcome::NotReached,
        },
    }
}

fn rescored(rescored: engine::Rescored) -> alerts::Rescored {
    let engine::Rescored { id, cluster, alert_type, before, after } = rescored;
    alerts::Rescored { id, cluster, alert_type, before, after }
}

fn moved(moved: engine::Move) -> alerts::Move {
    let engine::Move { cluster, title, rank_before, rank_after, score_before, score_after } = moved;
    alerts::Move { cluster, title, rank_before, rank_after, score_before, score_after }
}

fn risk(risk: engine::EntityRisk) -> alerts::EntityRisk {
    let engine::EntityRisk { kind, value, risk, criticality, alerts, clusters } = risk;
    alerts::EntityRisk { kind: kind.as_str().into(), value, risk, criticality, alerts, clusters }
}
