//! The interfaces in which nothing happens: lists are empty, things are not found, the rest is not done.

use super::begat::siem::types::{Error, InstanceId, Page, Timestamp};
use super::exports::begat::siem::{alerts, baseline, causality, correlation, hierarchy, scoring};
use super::{Component, not_found};

fn unsupported<T>(function: &str) -> Result<T, Error> {
    Err(Error::Unsupported(function.into()))
}

impl scoring::Guest for Component {
    fn score(_: scoring::Execution) -> Result<scoring::Answer, Error> {
        unsupported("score")
    }

    fn record_execution(_: scoring::Execution, _: Timestamp, _: Timestamp) -> Result<scoring::Answer, Error> {
        unsupported("record-execution")
    }

    fn insights_of(subject: String, _: Option<String>, _: Option<String>) -> Result<scoring::About, Error> {
        Err(not_found("subject", &subject))
    }

    fn rare(_: scoring::Stack, _: u64, _: u32) -> Result<Vec<scoring::Rarity>, Error> {
        Ok(Vec::new())
    }

    fn images(_: u64, _: u32) -> Result<Vec<scoring::ImageRow>, Error> {
        Ok(Vec::new())
    }
}

impl baseline::Guest for Component {
    fn build(_: Vec<u8>) -> Result<baseline::PackInfo, Error> {
        unsupported("build")
    }

    fn merge(_: Vec<u8>, _: bool) -> Result<Option<baseline::PackInfo>, Error> {
        unsupported("merge")
    }

    fn strip(_: baseline::Share) -> Result<(baseline::PackInfo, u64), Error> {
        unsupported("strip")
    }

    fn pack_chunk(index: u32) -> Result<Vec<u8>, Error> {
        Err(not_found("pack chunk", &index.to_string()))
    }

    fn load(_: Vec<u8>, _: bool) -> Result<Option<baseline::PackInfo>, Error> {
        unsupported("load")
    }

    fn global_images(_: u64, _: u32) -> Result<Vec<baseline::ImageRow>, Error> {
        Ok(Vec::new())
    }
}

impl alerts::Guest for Component {
    fn list_alerts(cluster: Option<String>, _: Page) -> Result<Vec<alerts::Alert>, Error> {
        cluster.map_or(Ok(Vec::new()), |id| Err(not_found("cluster", &id)))
    }

    fn show_alert(id: String) -> Result<alerts::Alert, Error> {
        Err(not_found("alert", &id))
    }

    fn sources() -> Result<Vec<alerts::SourceInfo>, Error> {
        Ok(Vec::new())
    }

    fn test_filters(_: String, _: Timestamp) -> Result<alerts::FilterTrace, Error> {
        unsupported("test-filters")
    }

    fn rescore(_: bool, _: Timestamp) -> Result<alerts::RescoreOutcome, Error> {
        unsupported("rescore")
    }

    fn backtest(_: String) -> Result<Vec<alerts::Move>, Error> {
        Ok(Vec::new())
    }

    fn risks(_: Option<String>, _: Page) -> Result<Vec<alerts::EntityRisk>, Error> {
        Ok(Vec::new())
    }
}

impl correlation::Guest for Component {
    fn list_clusters(_: correlation::Selection, _: Page) -> Result<Vec<correlation::Summary>, Error> {
        Ok(Vec::new())
    }

    fn show_cluster(id: String) -> Result<correlation::Cluster, Error> {
        Err(not_found("cluster", &id))
    }

    fn change_cluster(
        id: String,
        _: Timestamp,
        _: Option<String>,
        _: correlation::Change,
    ) -> Result<correlation::Summary, Error> {
        Err(not_found("cluster", &id))
    }
}

impl hierarchy::Guest for Component {
    fn profiles() -> Result<Vec<hierarchy::ProfileInfo>, Error> {
        Ok(Vec::new())
    }

    fn expectations(profile: Option<String>) -> Result<Vec<hierarchy::Expectation>, Error> {
        profile.map_or(Ok(Vec::new()), |name| Err(not_found("profile", &name)))
    }

    fn violations(_: Page) -> Result<Vec<hierarchy::Finding>, Error> {
        Ok(Vec::new())
    }

    fn check(_: Option<String>, _: hierarchy::Observation) -> Result<hierarchy::Verdict, Error> {
        unsupported("check")
    }
}

impl causality::Guest for Component {
    fn processes(_: Option<String>, _: Option<String>, _: Page) -> Result<Vec<causality::Process>, Error> {
        Ok(Vec::new())
    }

    fn ancestry_of(process: InstanceId) -> Result<causality::Ancestry, Error> {
        Err(not_found("process", &process))
    }

    fn chain_of(subject: String, _: u32) -> Result<causality::Chain, Error> {
        Err(not_found("subject", &subject))
    }

    fn timeline_of(subject: String, _: Page) -> Result<Vec<causality::Step>, Error> {
        Err(not_found("subject", &subject))
    }

    fn matches_of(alert: String) -> Result<causality::Matching, Error> {
        Err(not_found("alert", &alert))
    }

    fn query(_: String, _: Page) -> Result<Vec<causality::Row>, Error> {
        Ok(Vec::new())
    }
}
