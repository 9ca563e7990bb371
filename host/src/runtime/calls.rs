//! The contract's calls, as methods of an instance.

use super::bindings::types::{InstanceId, Page, Timestamp};
use super::bindings::{alerts, causality, correlation, hierarchy, ingest, scoring, tenant};
use super::instance::Instance;
use super::outcome::Failure;

impl Instance {
    /// `ingest.ingest`: takes a batch.
    pub fn ingest(&mut self, batch: &ingest::Batch) -> Result<ingest::Outcome, Failure> {
        self.call(|a, store| a.begat_siem_ingest().call_ingest(store, batch))
    }

    /// `tenant.configure`: replaces the configuration; returns its version.
    pub fn configure(&mut self, json: &str) -> Result<u64, Failure> {
        self.call(|a, store| a.begat_siem_tenant().call_configure(store, json))
    }

    /// `tenant.stats`: what is held and what was done.
    pub fn stats(&mut self) -> Result<tenant::Statistics, Failure> {
        self.call(|a, store| a.begat_siem_tenant().call_stats(store))
    }

    /// `scoring.images`: the customer's images by rank.
    pub fn images(&mut self, page: Page) -> Result<Vec<scoring::ImageRow>, Failure> {
        self.call(|a, store| a.begat_siem_scoring().call_images(store, page.offset, page.limit))
    }

    /// `scoring.score`: scores an execution without recording it.
    pub fn score(&mut self, execution: &scoring::Execution) -> Result<scoring::Answer, Failure> {
        self.call(|a, store| a.begat_siem_scoring().call_score(store, execution))
    }

    /// `scoring.record-execution`: scores an execution, and then counts it.
    pub fn record(
        &mut self,
        execution: &scoring::Execution,
        at: Timestamp,
        received_at: Timestamp,
    ) -> Result<scoring::Answer, Failure> {
        self.call(|a, store| a.begat_siem_scoring().call_record_execution(store, execution, at, received_at))
    }

    /// `scoring.insights-of`: what is known of a file name or a hash.
    pub fn insights(
        &mut self,
        subject: &str,
        field: Option<&str>,
        value: Option<&str>,
    ) -> Result<scoring::About, Failure> {
        self.call(|a, store| a.begat_siem_scoring().call_insights_of(store, subject, field, value))
    }

    /// `scoring.rare`: what few hosts did.
    pub fn rare(&mut self, stack: scoring::Stack, page: Page) -> Result<Vec<scoring::Rarity>, Failure> {
        self.call(|a, store| a.begat_siem_scoring().call_rare(store, stack, page.offset, page.limit))
    }

    /// `tenant.forget`: removes what it names, as if it had never been seen.
    pub fn forget(&mut self, scope: &tenant::Scope) -> Result<(), Failure> {
        self.call(|a, store| a.begat_siem_tenant().call_forget(store, scope))
    }

    /// `alerts.list-alerts`: by time; of one cluster, or of all.
    pub fn alerts(&mut self, cluster: Option<&str>, page: Page) -> Result<Vec<alerts::Alert>, Failure> {
        self.call(|a, store| a.begat_siem_alerts().call_list_alerts(store, cluster, page))
    }

    /// `alerts.show-alert`.
    pub fn alert(&mut self, id: &str) -> Result<alerts::Alert, Failure> {
        self.call(|a, store| a.begat_siem_alerts().call_show_alert(store, id))
    }

    /// `alerts.sources`: what was ingested, by source system.
    pub fn sources(&mut self) -> Result<Vec<alerts::SourceInfo>, Failure> {
        self.call(|a, store| a.begat_siem_alerts().call_sources(store))
    }

    /// `alerts.test-filters`: what the filters make of a raw alert.
    pub fn test_filters(
        &mut self,
        raw: &str,
        received_at: Timestamp,
    ) -> Result<alerts::FilterTrace, Failure> {
        self.call(|a, store| a.begat_siem_alerts().call_test_filters(store, raw, received_at))
    }

    /// `alerts.rescore`: scores all alerts by the configuration in force, or tells what that would change.
    pub fn rescore(&mut self, apply: bool, at: Timestamp) -> Result<alerts::RescoreOutcome, Failure> {
        self.call(|a, store| a.begat_siem_alerts().call_rescore(store, apply, at))
    }

    /// `alerts.backtest`: how another configuration would rank the clusters.
    pub fn backtest(&mut self, configuration: &str) -> Result<Vec<alerts::Move>, Failure> {
        self.call(|a, store| a.begat_siem_alerts().call_backtest(store, configuration))
    }

    /// `alerts.risks`: the riskiest entities of a kind, or of all.
    pub fn risks(&mut self, kind: Option<&str>, page: Page) -> Result<Vec<alerts::EntityRisk>, Failure> {
        self.call(|a, store| a.begat_siem_alerts().call_risks(store, kind, page))
    }

    /// `correlation.list-clusters`: those that are wanted, in order.
    pub fn clusters(
        &mut self,
        selection: &correlation::Selection,
        page: Page,
    ) -> Result<Vec<correlation::Summary>, Failure> {
        self.call(|a, store| a.begat_siem_correlation().call_list_clusters(store, selection, page))
    }

    /// `correlation.show-cluster`.
    pub fn cluster(&mut self, id: &str) -> Result<correlation::Cluster, Failure> {
        self.call(|a, store| a.begat_siem_correlation().call_show_cluster(store, id))
    }

    /// `correlation.change-cluster`: what a user does to it.
    pub fn change_cluster(
        &mut self,
        id: &str,
        at: Timestamp,
        by: Option<&str>,
        change: &correlation::Change,
    ) -> Result<correlation::Summary, Failure> {
        self.call(|a, store| a.begat_siem_correlation().call_change_cluster(store, id, at, by, change))
    }

    /// `hierarchy.profiles`.
    pub fn profiles(&mut self) -> Result<Vec<hierarchy::ProfileInfo>, Failure> {
        self.call(|a, store| a.begat_siem_hierarchy().call_profiles(store))
    }

    /// `hierarchy.expectations`: a profile's rows, without a name the active one's.
    pub fn expectations(&mut self, profile: Option<&str>) -> Result<Vec<hierarchy::Expectation>, Failure> {
        self.call(|a, store| a.begat_siem_hierarchy().call_expectations(store, profile))
    }

    /// `hierarchy.violations`: the starts that are against the table.
    pub fn violations(&mut self, page: Page) -> Result<Vec<hierarchy::Finding>, Failure> {
        self.call(|a, store| a.begat_siem_hierarchy().call_violations(store, page))
    }

    /// `hierarchy.check`: judges an observation, without recording it.
    pub fn check(
        &mut self,
        profile: Option<&str>,
        observation: &hierarchy::Observation,
    ) -> Result<hierarchy::Verdict, Failure> {
        self.call(|a, store| a.begat_siem_hierarchy().call_check(store, profile, observation))
    }

    /// `causality.processes`: the instances known on a host, by file name.
    pub fn processes(
        &mut self,
        host: Option<&str>,
        name: Option<&str>,
        page: Page,
    ) -> Result<Vec<causality::Process>, Failure> {
        self.call(|a, store| a.begat_siem_causality().call_processes(store, host, name, page))
    }

    /// `causality.ancestry-of`: what is above a process.
    pub fn ancestry(&mut self, process: &InstanceId) -> Result<causality::Ancestry, Failure> {
        self.call(|a, store| a.begat_siem_causality().call_ancestry_of(store, process))
    }

    /// `causality.chain-of`: the chain through a process or an alert.
    pub fn chain(&mut self, subject: &str, limit: u32) -> Result<causality::Chain, Failure> {
        self.call(|a, store| a.begat_siem_causality().call_chain_of(store, subject, limit))
    }

    /// `causality.timeline-of`: what happened in a chain.
    pub fn timeline(&mut self, subject: &str, page: Page) -> Result<Vec<causality::Step>, Failure> {
        self.call(|a, store| a.begat_siem_causality().call_timeline_of(store, subject, page))
    }

    /// `causality.matches-of`: which processes an alert may be about.
    pub fn matches(&mut self, alert: &str) -> Result<causality::Matching, Failure> {
        self.call(|a, store| a.begat_siem_causality().call_matches_of(store, alert))
    }

    /// `causality.query`: answers an investigation query.
    pub fn query(&mut self, query: &str, page: Page) -> Result<Vec<causality::Row>, Failure> {
        self.call(|a, store| a.begat_siem_causality().call_query(store, query, page))
    }
}
