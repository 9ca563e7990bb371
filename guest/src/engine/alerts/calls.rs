//! What the contract's calls reach.

use super::answers::{
    AlertInfo, Change, ClusterInfo, ClusterSummary, EntityRisk, FilterTrace, Move, RescoreOutcome, Selection,
    SourceInfo,
};
use super::graph::NodeId;
use crate::Engine;
use crate::engine::queries::page;
use crate::error::Error;

impl Engine {
    /// Alerts by time, then by id; of one cluster, or of all.
    pub fn alerts(&self, cluster: Option<&str>, offset: u64, limit: u32) -> Result<Vec<AlertInfo>, Error> {
        let alerts = &self.state.alerts;
        let mut ids: Vec<NodeId> = match cluster {
            Some(cluster) => alerts.graph.members(alerts.root_named(cluster)?),
            None => alerts.graph.all_nodes().collect(),
        };
        ids.sort_by_key(|&id| (alerts.graph.node(id).time, id));
        Ok(page(ids, offset, limit).into_iter().map(|id| alerts.info(id)).collect())
    }

    /// One alert.
    pub fn alert(&self, id: &str) -> Result<AlertInfo, Error> {
        let alerts = &self.state.alerts;
        alerts.find(id).map(|id| alerts.info(id)).ok_or_else(|| Error::not_found("alert", id))
    }

    /// What was ingested, by source system.
    #[must_use]
    pub fn sources(&self) -> Vec<SourceInfo> {
        self.state.alerts.sources.list()
    }

    /// What the filters make of a raw alert.
    #[must_use]
    pub fn test_filters(&self, raw: &str, received_at: i64) -> FilterTrace {
        self.state.test_filters(raw, received_at)
    }

    /// What scoring all alerts anew would change.
    #[must_use]
    pub fn rescored(&self) -> RescoreOutcome {
        self.state.rescored()
    }

    /// Scores all alerts anew by the configuration in force.
    pub fn rescore(&mut self, at: i64) -> RescoreOutcome {
        self.change().rescore(at)
    }

    /// How another configuration would rank the clusters.
    pub fn backtest(&self, json: &str) -> Result<Vec<Move>, Error> {
        self.state.backtest(json)
    }

    /// The riskiest entities of a kind.
    pub fn risks(&self, kind: Option<&str>, offset: u64, limit: u32) -> Result<Vec<EntityRisk>, Error> {
        self.state.risks(kind, offset, limit)
    }

    /// The clusters that are wanted, in order.
    pub fn clusters(
        &self,
        selection: &Selection,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<ClusterSummary>, Error> {
        self.state.clusters(selection, offset, limit)
    }

    /// One cluster; an id that was merged away gives the survivor.
    pub fn cluster(&self, id: &str) -> Result<ClusterInfo, Error> {
        self.state.cluster(id)
    }

    /// Changes a cluster.
    pub fn change_cluster(
        &mut self,
        id: &str,
        at: i64,
        by: Option<&str>,
        change: &Change,
    ) -> Result<ClusterSummary, Error> {
        self.change().change_cluster(id, at, by, change)
    }
}
