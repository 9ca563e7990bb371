//! The state of one tenant, and what an event does to it.
//!
//! [`Engine`] is what the contract's calls reach. Behind it: `ingest` takes lines, `observe`, `describe`
//! and `starts` take events in, `audit` brings the records of one audit event
//! together, `table` holds processes, `twins` and `lineage` relate them, `refresh`
//! keeps `prevalence` and `hierarchy` in step, `annotate` and `queries` answer, `save` and `load` carry
//! the state through a snapshot.

mod alerts;
mod annotate;
mod answers;
mod audit;
mod batch;
mod causality;
mod config;
mod data;
mod describe;
mod detect;
mod ends;
mod events;
mod evict;
mod forget;
mod hashing;
pub mod hierarchy;
mod hosts;
mod images;
mod ingest;
mod insights;
mod lineage;
mod listed;
mod load;
mod numbers;
mod observe;
mod pack;
mod pids;
mod prevalence;
mod process;
mod pseudonyms;
mod queries;
mod rare;
mod refresh;
mod save;
mod saved;
mod score_profile;
mod score_start;
mod snapshot;
mod spawners;
mod starts;
mod state;
mod strings;
mod table;
mod tally;
mod twins;
mod waiting;

pub use alerts::{
    AlertInfo, Change, ClusterInfo, ClusterSummary, Disposition, EntityRisk, Factor, FilterOutcome,
    FilterStep, FilterTrace, Hub, Link, Move, Order, RescoreOutcome, Rescored, Selection, SourceInfo, Status,
    TimelineEvent,
};
pub use answers::{
    About, Ancestry, Element, Execution, FieldScore, Finding, ImageRow, Insight, Insights, Knowledge,
    ProcessInfo, Rarity, Scope, Score, ScoreBlock, Stack, StackBy, Stats,
};
pub use batch::{Batch, Emit, Outcome, Rejection};
pub use causality::{
    Candidate, Chain, Damage, Edge, EdgeKind, Lead, Matching, Node, NodeVerdict, Place, PossibleDamage, Row,
    Skew, Step,
};
pub use pack::{PACK_VERSION, Pack, PackInfo, PackKey};
pub use snapshot::{SNAPSHOT_VERSION, sha256_hex};

use causality::Shelf;
use config::{Config, Secrets};
use hierarchy::Profile;
use state::State;

use crate::error::Error;

/// One tenant's state and everything that can be asked of it.
#[derive(Debug)]
pub struct Engine {
    state: State,
}

impl Engine {
    /// A new tenant with the default configuration.
    ///
    /// # Errors
    /// None in practice: the default configuration is acceptable, and a test says so.
    pub fn new() -> Result<Self, Error> {
        Ok(Self { state: State::new(Config::default())? })
    }

    /// Whether records can be taken: not where the state holds pseudonyms and their key is not given.
    pub fn check_key(&self) -> Result<(), Error> {
        self.state.check_key()
    }

    /// The state, to be changed: what lies ready for the next question is not true any more. A state that replaces
    /// another has nothing ready.
    fn change(&mut self) -> &mut State {
        self.state.shelf = Shelf::default();
        &mut self.state
    }

    /// Takes a batch of lines. Ask [`Self::check_key`] first where pseudonyms may be held.
    pub fn ingest(&mut self, batch: &Batch<'_>) -> Outcome {
        self.change().ingest(batch)
    }

    /// What is held and what was done.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.state.stats()
    }

    /// The process instances held, by host and file name, sorted by id.
    #[must_use]
    pub fn processes(
        &self,
        host: Option<&str>,
        name: Option<&str>,
        offset: u64,
        limit: u32,
    ) -> Vec<ProcessInfo> {
        self.state.processes(host, name, offset, limit)
    }

    /// Starts whose final verdict is a violation, by time, then by process.
    #[must_use]
    pub fn violations(&self, offset: u64, limit: u32) -> Vec<Finding> {
        self.state.violations(offset, limit)
    }

    /// What is above a process.
    pub fn ancestry(&self, process: &str) -> Result<Ancestry, Error> {
        self.state.ancestry(process)
    }

    /// The chain through a process or an alert, of at most so many nodes.
    pub fn chain(&mut self, subject: &str, limit: u32) -> Result<Chain, Error> {
        self.state.chain(subject, limit)
    }

    /// What happened in a chain, in the order of time.
    pub fn timeline(&mut self, subject: &str, offset: u64, limit: u32) -> Result<Vec<Step>, Error> {
        self.state.timeline(subject, offset, limit)
    }

    /// Which processes an alert may be about.
    pub fn matches(&mut self, alert: &str) -> Result<Matching, Error> {
        self.state.matches(alert)
    }

    /// Answers an investigation query: rows by time, then by process, then by record.
    ///
    /// # Errors
    /// The text is no query: where and why.
    pub fn query(&mut self, query: &str, offset: u64, limit: u32) -> Result<Vec<Row>, Error> {
        let query = crate::query::parse(query).map_err(|wrong| Error::invalid("query", wrong.to_string()))?;
        Ok(self.state.answer(&query, offset, limit))
    }

    /// Scores an execution without recording it.
    pub fn score(&self, execution: &Execution<'_>) -> Result<Score, Error> {
        self.state.score(execution)
    }

    /// Scores an execution that ran at a time, and then counts it. `received_at` is the host's clock.
    pub fn record(&mut self, execution: &Execution<'_>, at: i64, received_at: i64) -> Result<Score, Error> {
        self.change().record(execution, at, received_at)
    }

    /// What is known of a file name or a hash, of one field of it, of one value of that.
    pub fn insights(&self, subject: &str, field: Option<&str>, value: Option<&str>) -> Result<About, Error> {
        self.state.insights(subject, field, value)
    }

    /// What few hosts did: the fewest hosts first, then the fewest executions, then by name.
    #[must_use]
    pub fn rare(&self, stack: &Stack, offset: u64, limit: u32) -> Vec<Rarity> {
        self.state.rare(stack, offset, limit)
    }

    /// The customer's images by rank, then by name.
    #[must_use]
    pub fn images(&self, offset: u64, limit: u32) -> Vec<ImageRow> {
        self.state.image_rows(offset, limit)
    }

    /// The expectations in force.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.state.profile
    }

    /// The profile of that name; the one in force is found with the tenant's own rows.
    pub fn profile_named(&self, name: Option<&str>) -> Result<&Profile, Error> {
        match name.filter(|name| *name != self.profile().name()) {
            None => Ok(self.profile()),
            Some(name) => Profile::find(name).ok_or_else(|| Error::not_found("profile", name)),
        }
    }

    /// Replaces the configuration; returns its version, which an equal one leaves as it is. What is held
    /// is kept and found anew. Without a hash seed the one in use stays.
    pub fn configure(&mut self, json: &str) -> Result<u64, Error> {
        let mut config = Config::from_json(json)?;
        match &config.pseudonyms {
            None => config.pseudonyms.clone_from(&self.state.config.pseudonyms),
            Some(id) if self.state.config.pseudonyms.as_ref() != Some(id) => {
                let Config { pseudonyms, .. } = &self.state.config;
                if pseudonyms.is_some() {
                    return Err(Error::invalid("pseudonym_key", "the state's pseudonyms are of another key"));
                }
                if self.state.hosts.len() > 0 {
                    return Err(Error::invalid("pseudonym_key", "the state holds hosts and users in clear"));
                }
            }
            Some(_) => {}
        }
        let mut saved = self.state.save();
        let json =
            serde_json::to_string(&config).map_err(|e| Error::invalid("configuration", e.to_string()))?;
        saved.config_version += u64::from(json != saved.config);
        saved.config = json;
        let running = self.state.config.secrets();
        let secrets = Secrets {
            hash_seed: config.hash_seed.or(running.hash_seed),
            pseudonym_key: config.pseudonym_key.or(running.pseudonym_key),
        };
        let mut state = State::load(&saved, secrets)?;
        if state.config.hierarchy != self.state.config.hierarchy {
            state.judge_all();
        }
        // How far apart an alert and a connection may lie is configured, and which addresses are inside.
        state.settle_processes(state.now);
        self.state.replace_by(state);
        Ok(self.state.config_version)
    }

    /// The state as bytes: equal states give equal bytes.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        snapshot::write(&self.state)
    }

    /// Replaces the state by a snapshot's; on error the old one stays.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), Error> {
        let state = snapshot::read(snapshot, &self.state)?;
        self.state.replace_by(state);
        Ok(())
    }

    /// Counts without hostnames, the hosts hashed with this key.
    ///
    /// # Errors
    /// Something was evicted: the counts would not be what the records tell.
    pub fn pack(&self, key: &PackKey) -> Result<Pack, Error> {
        self.state.pack(key)
    }

    /// Loads a pack as the `global` scope, which no snapshot holds; on error the one before stays.
    pub fn load_baseline(&mut self, pack: &[u8]) -> Result<PackInfo, Error> {
        self.change().load_baseline(pack)
    }

    /// The baseline's images by rank, then by name; none without a baseline.
    #[must_use]
    pub fn global_images(&self, offset: u64, limit: u32) -> Vec<ImageRow> {
        self.state.global_images(offset, limit)
    }

    /// Forgets a host, by any spelling of its name, in all environments: as if it had never been seen.
    pub fn forget_host(&mut self, name: &str) -> Result<(), Error> {
        self.change().forget_host(name)
    }

    /// Forgets an environment and all its hosts: as if it had never been seen.
    pub fn forget_environment(&mut self, name: &str) -> Result<(), Error> {
        self.change().forget_environment(name)
    }

    /// Forgets everything but the configuration.
    pub fn forget_all(&mut self) -> Result<(), Error> {
        let version = self.state.config_version;
        self.state.replace_by(State::new(self.state.config.clone())?);
        self.state.config_version = version;
        Ok(())
    }
}
