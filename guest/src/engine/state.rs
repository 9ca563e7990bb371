//! Everything that one tenant's instance holds.
//!
//! The files beside this one each do one thing to it: [`super::observe`] takes an event in,
//! [`super::twins`] finds the two records of one start, [`super::lineage`] looks upwards,
//! [`super::refresh`] keeps counts and verdicts in step with what is known now.

use super::alerts::Alerts;
use super::audit::Audit;
use super::causality::Shelf;
use super::config::Config;
use super::detect::Memory;
use super::ends::Ends;
use super::events::Events;
use super::hierarchy::InForce;
use super::hosts::Hosts;
use super::images::{ImageId, Images};
use super::listed::Items;
use super::pack::Global;
use super::prevalence::{Counters, Generation};
use super::pseudonyms::Pseudonyms;
use super::strings::Strings;
use super::table::Table;
use super::tally::Tally;
use super::twins::Twins;
use super::waiting::Waiting;
use crate::error::Error;

/// How far past the host's clock an event's time can advance the engine: a day.
pub const AHEAD: i64 = 24 * 60 * 60 * 1000;

/// Less text than this is not worth a rebuilding, in bytes.
const TEXTS: usize = 32 << 20;

/// The state.
#[derive(Debug)]
pub struct State {
    pub(super) config: Config,
    pub(super) config_version: u64,
    pub(super) profile: InForce,
    pub(super) strings: Strings,
    pub(super) images: Images,
    pub(super) hosts: Hosts,
    pub(super) table: Table,
    pub(super) twins: Twins,
    /// Ends that are known by process id alone.
    pub(super) ends: Ends,
    /// Whose family is to be counted anew.
    pub(super) waiting: Option<Waiting>,
    pub(super) items: Items,
    /// Hosts and users are replaced by these.
    pub(super) pseudonyms: Option<Pseudonyms>,
    pub(super) counters: Counters,
    /// The baseline that was loaded. It is no part of what records told.
    pub(super) global: Option<Global>,
    pub(super) tally: Tally,
    pub(super) alerts: Alerts,
    /// What happened, for investigation.
    pub(super) events: Events,
    /// Processes by what queries ask for.
    pub(super) shelf: Shelf,
    /// What begat's own detections remember.
    pub(super) memory: Memory,
    /// Audit events of which more records may come.
    pub(super) audit: Audit,
    /// Lines come back: what is only said in them is worked out too.
    pub(super) annotates: bool,
    /// The verdict on the start that is being taken in, as its annotation will have it.
    pub(super) verdict_json: String,
    /// Something was evicted: there can be texts that nothing names any more.
    pub(super) evicted_since_rebuilt: bool,
    /// How much text makes it worth looking.
    pub(super) rebuild_at: usize,
    /// How often texts, hosts and rows were numbered anew: who holds such a number across lines looks it up again.
    pub(super) numbering: u64,
    /// The time that the engine has reached; far in the past before the first event.
    pub(super) now: i64,
    /// A record told its own time. Until one does, it is the time at which records are received.
    is_dated: bool,
}

impl State {
    /// An empty state under a configuration that was checked.
    pub fn new(config: Config) -> Result<Self, Error> {
        let seed = config.seed();
        let pseudonyms = Pseudonyms::of(&config)?;
        let (room, ages) = (config.limits.values, config.prevalence.ageing);
        Ok(Self {
            profile: config.profile()?,
            alerts: Alerts::new(&config)?,
            config,
            config_version: 1,
            strings: Strings::new(seed),
            images: Images::new(seed),
            hosts: Hosts::new(seed, pseudonyms.clone()),
            pseudonyms,
            table: Table::new(seed),
            twins: Twins::new(seed),
            ends: Ends::default(),
            waiting: None,
            items: Items::new(seed),
            counters: Counters::new(seed, room, ages),
            global: None,
            tally: Tally::default(),
            events: Events::new(seed),
            shelf: Shelf::default(),
            memory: Memory::new(seed),
            audit: Audit::default(),
            annotates: true,
            verdict_json: String::new(),
            evicted_since_rebuilt: false,
            rebuild_at: TEXTS,
            numbering: 0,
            now: i64::MIN,
            is_dated: false,
        })
    }

    /// Goes on as another state, with the baseline that was loaded.
    pub(super) fn replace_by(&mut self, other: Self) {
        let global = self.global.take().map(Global::renewed);
        *self = Self { global, ..other };
    }

    /// Keeps a path as a record has it.
    pub(super) fn note_image(&mut self, path: &str) -> ImageId {
        match self.pseudonyms.as_ref().map(|pseudonyms| pseudonyms.path(path)) {
            Some(path) => self.keep_image(&path),
            None => self.keep_image(path),
        }
    }

    /// Keeps a path.
    pub(super) fn keep_image(&mut self, path: &str) -> ImageId {
        self.images.note(path, &mut self.strings, &self.config.causality.spawners)
    }

    /// The engine has come to a time that a record tells; `i64::MIN` for none.
    pub(super) fn advance(&mut self, reached: i64) {
        let is_first = !self.is_dated && reached > i64::MIN;
        if is_first || reached > self.now {
            (self.now, self.is_dated) = (reached, true);
            self.counters.age_to(Generation::of(reached));
        }
    }

    /// A record was received that tells no time: it moves nothing where others do.
    pub(super) fn receive(&mut self, received_at: i64) {
        if !self.is_dated {
            self.now = self.now.max(received_at);
        }
    }
}
