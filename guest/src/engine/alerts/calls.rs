//! What the contract's calls reach.

use super::{
    AlertInfo, Change, ClusterInfo, ClusterSummary, EntityRisk, FilterTrace, Move, RescoreOutcome, Selection,
    SourceInfo,
};
use crate::Engine;
use crate::error::Error;

impl Engine {
    /// Alerts by time, then by id; of one cluster, or of all.
    pub fn alerts(&self, _cluster: Option<&str>, _offset: u64, _limit: u32) -> Result<Vec<AlertInfo>, Error> {
        Ok(Vec::new())
    }

    /// One alert.
    pub fn alert(&self, id: &str) -> Result<AlertInfo, Error> {
        Err(Error::NotFound { kind: "alert".into(), name: id.into() })
    }

    /// What was ingested, by source system.
    #[must_use]
    pub fn sources(&self) -> Vec<SourceInfo> {
        Vec::new()
    }

    /// What the filters make of a raw alert.
    #[must_use]
    pub fn test_filters(&self, _raw: &str, _received_at: i64) -> FilterTrace {
        FilterTrace { dropped: false, steps: Vec::new(), alert: None }
    }

    /// What scoring all alerts anew would change.
    #[must_use]
    pub fn rescored(&self) -> RescoreOutcome {
        RescoreOutcome { alerts: 0, changed: 0, largest: Vec::new() }
    }

    /// Scores all alerts anew by the configuration in force.
    pub fn rescore(&mut self, _at: i64) -> RescoreOutcome {
        self.rescored()
    }

    /// How another configuration would rank the clusters.
    pub fn backtest(&self, _json: &str) -> Result<Vec<Move>, Error> {
        Ok(Vec::new())
    }

    /// The riskiest entities of a kind.
    pub fn risks(&self, _kind: Option<&str>, _offset: u64, _limit: u32) -> Result<Vec<EntityRisk>, Error> {
        Ok(Vec::new())
    }

    /// The clusters that are wanted, in order.
    pub fn clusters(
        &self,
        _selection: &Selection,
        _offset: u64,
        _limit: u32,
    ) -> Result<Vec<ClusterSummary>, Error> {
        Ok(Vec::new())
    }

    /// One cluster; an id that was merged away gives the survivor.
    pub fn cluster(&self, id: &str) -> Result<ClusterInfo, Error> {
        Err(Error::NotFound { kind: "cluster".into(), name: id.into() })
    }

    /// Changes a cluster.
    pub fn change_cluster(
        &mut self,
        id: &str,
        _at: i64,
        _by: Option<&str>,
        _change: &Change,
    ) -> Result<ClusterSummary, Error> {
        Err(Error::NotFound { kind: "cluster".into(), name: id.into() })
    }
}
