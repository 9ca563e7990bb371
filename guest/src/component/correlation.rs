//! The interface `correlation`.

use super::exports::begat::siem::correlation;
use super::{Component, Error, Page, Timestamp, ask, change};
use crate::engine;

impl correlation::Guest for Component {
    fn list_clusters(
        selection: correlation::Selection,
        page: Page,
    ) -> Result<Vec<correlation::Summary>, Error> {
        let selection = engine::Selection {
            order: match selection.order {
                correlation::Order::Score => engine::Order::Score,
                correlation::Order::DistinctScore => engine::Order::DistinctScore,
                correlation::Order::Highest => engine::Order::Highest,
                correlation::Order::Newest => engine::Order::Newest,
            },
            min_score: selection.min_score,
            entity: selection.entity,
            archived: selection.archived,
        };
        let found = ask(|engine| engine.clusters(&selection, page.offset, page.limit))?;
        Ok(found.into_iter().map(summary).collect())
    }

    fn show_cluster(id: String) -> Result<correlation::Cluster, Error> {
        let cluster = ask(|engine| engine.cluster(&id))?;
        Ok(correlation::Cluster {
            summary: summary(cluster.summary),
            links: cluster.links.into_iter().map(link).collect(),
            links_total: cluster.links_total,
            hubs: cluster.hubs.into_iter().map(hub).collect(),
            merged: cluster.merged,
            timeline: cluster
                .timeline
                .into_iter()
                .map(|e| correlation::Event { at: e.at, kind: e.kind.into(), text: e.text, count: e.count })
                .collect(),
        })
    }

    fn change_cluster(
        id: String,
        at: Timestamp,
        by: Option<String>,
        wanted: correlation::Change,
    ) -> Result<correlation::Summary, Error> {
        let wanted = match wanted {
            correlation::Change::Archive => engine::Change::Archive,
            correlation::Change::Reopen => engine::Change::Reopen,
            correlation::Change::Note(text) => engine::Change::Note(text),
            correlation::Change::SetStatus((status, disposition)) => {
                engine::Change::SetStatus(status_of(status), disposition_of(disposition))
            }
            correlation::Change::Assign(name) => engine::Change::Assign(name),
            correlation::Change::UndoMerge(id) => engine::Change::UndoMerge(id),
            correlation::Change::TakeOut(id) => engine::Change::TakeOut(id),
        };
        change(|engine| engine.change_cluster(&id, at, by.as_deref(), &wanted)).map(summary)
    }
}

fn summary(cluster: engine::ClusterSummary) -> correlation::Summary {
    correlation::Summary {
        id: cluster.id,
        title: cluster.title,
        owner: cluster.owner,
        hosts: cluster.hosts,
        score: cluster.score,
        distinct_score: cluster.distinct_score,
        highest: cluster.highest,
        alerts: cluster.alerts,
        distinct_alerts: cluster.distinct_alerts,
        tactics: cluster.tactics,
        first: cluster.first,
        last: cluster.last,
        status: match cluster.status {
            engine::Status::New => correlation::Status::New,
            engine::Status::InProgress => correlation::Status::InProgress,
            engine::Status::Closed => correlation::Status::Closed,
        },
        disposition: match cluster.disposition {
            engine::Disposition::Undecided => correlation::Disposition::Undecided,
            engine::Disposition::TruePositive => correlation::Disposition::TruePositive,
            engine::Disposition::BenignPositive => correlation::Disposition::BenignPositive,
            engine::Disposition::FalsePositive => correlation::Disposition::FalsePositive,
        },
        assignee: cluster.assignee,
        archived: cluster.archived,
    }
}

fn status_of(status: correlation::Status) -> engine::Status {
    match status {
        correlation::Status::New => engine::Status::New,
        correlation::Status::InProgress => engine::Status::InProgress,
        correlation::Status::Closed => engine::Status::Closed,
    }
}

fn disposition_of(disposition: correlation::Disposition) -> engine::Disposition {
    match disposition {
        correlation::Disposition::Undecided => engine::Disposition::Undecided,
        correlation::Disposition::TruePositive => engine::Disposition::TruePositive,
        correlation::Disposition::BenignPositive => engine::Disposition::BenignPositive,
        correlation::Disposition::FalsePositive => engine::Disposition::FalsePositive,
    }
}

fn link(link: engine::Link) -> correlation::Link {
    let engine::Link { left, right, kind, value, agreeing, apart } = link;
    correlation::Link { left, right, kind, value, agreeing, apart }
}

fn hub(hub: engine::Hub) -> correlation::Hub {
    let engine::Hub { kind, value, day, reason } = hub;
    correlation::Hub { kind, value, day, reason }
}
