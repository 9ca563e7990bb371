//! `--state` and `--tenant`: a tenant between the disk and an instance.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};

use super::terminal::{self, harmless};
use super::{config, instance, key};
use crate::runtime::{Failure, Limits};
use crate::store::{self, Owned, Settings, StoreError, Syncer, Tenant, TenantName};
use crate::tenants::{Birth, Durability, Fault, Keeper, Notice};

/// Which state.
#[derive(Debug, clap::Args)]
pub(super) struct StateArgs {
    /// The directory that keeps states from one command to the next
    #[arg(long, value_name = "DIR")]
    pub(super) state: Option<PathBuf>,

    /// Whose state in it
    #[arg(long, value_name = "NAME", default_value = "default", requires = "state")]
    pub(super) tenant: TenantName,
}

impl StateArgs {
    /// The state, where one is asked for.
    pub(super) fn kept(&self) -> Option<Kept<'_>> {
        self.state.as_deref().map(|dir| Kept { dir, name: &self.tenant })
    }
}

/// What an instance is given at its birth.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Wants<'a> {
    /// The file of the key of pseudonyms.
    pub(super) pseudonymise: Option<&'a Path>,
    /// These before the tenant's settings.
    pub(super) memory: Option<u64>,
    pub(super) timeout: Option<Duration>,
    /// The least that an answer may have, where the tenant's settings do not say.
    pub(super) answer: usize,
    /// No event is too old to be kept, where nothing is kept but for one answer.
    pub(super) all_events: bool,
}

impl Wants<'_> {
    /// A tenant that nothing keeps.
    pub(super) fn alone(self) -> anyhow::Result<Keeper> {
        let mut birth = self.birth(&Settings::default())?;
        if self.all_events {
            birth.configuration = config::for_files(&birth.configuration);
        }
        Keeper::new(birth).context("the component does not start")
    }

    fn birth(self, settings: &Settings) -> anyhow::Result<Birth> {
        let of_tenant = settings.limits();
        let limits = Limits {
            memory: self.memory.unwrap_or(of_tenant.memory),
            call: self.timeout.unwrap_or(of_tenant.call),
            answer: settings.output.unwrap_or(of_tenant.answer.max(self.answer)),
        };
        let key = self.pseudonymise.map(key::read).transpose()?;
        let configuration = config::birth(key.as_deref());
        Ok(Birth::new(instance::component()?.prepare()?, limits, configuration))
    }

    /// Of a state that holds pseudonyms no line may lie on the disk in clear.
    fn durability(self) -> Durability {
        if self.pseudonymise.is_some() { Durability::Snapshots } else { Durability::Journal }
    }
}

/// A tenant's state on disk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept<'a> {
    pub(super) dir: &'a Path,
    pub(super) name: &'a TenantName,
}

impl Kept<'_> {
    /// The tenant as it stands there. Nothing on disk is touched; what is changed is not kept.
    pub(super) fn read(&self, wants: Wants<'_>) -> anyhow::Result<Keeper> {
        let tenant = self.must_be_there()?;
        let held = tenant.read().map_err(told)?;
        let birth = wants.birth(&Settings::load(tenant.folder()).map_err(told)?)?;
        self.begun(Keeper::read(birth, &held))
    }

    /// Makes this process the only one that may change the tenant. One that is not there is new.
    pub(super) fn own(&self, wants: Wants<'_>) -> anyhow::Result<Keeper> {
        let syncer = Arc::new(Syncer::start(1)?);
        let (owned, held) = Owned::take(self.dir, self.name, &store::real(), &syncer).map_err(told)?;
        let settings = Settings::load(owned.tenant().folder()).map_err(told)?;
        let keeper = Keeper::own(wants.birth(&settings)?, wants.durability(), (owned, held));
        self.begun(keeper.map(|keeper| keeper.with_input(settings.input())))
    }

    /// The same, whatever stands in its state: all of it goes with the next snapshot.
    pub(super) fn own_unread(&self, wants: Wants<'_>) -> anyhow::Result<Keeper> {
        let syncer = Arc::new(Syncer::start(1)?);
        let (owned, held) = Owned::take_unread(self.dir, self.name, &store::real(), &syncer).map_err(told)?;
        Ok(Keeper::anew(wants.birth(&Settings::default())?, wants.durability(), owned, &held)?)
    }

    fn begun(&self, keeper: Result<Keeper, Fault>) -> anyhow::Result<Keeper> {
        let place = || terminal::path(&self.dir.join("tenants").join(self.name.as_str()));
        let mut keeper = keeper.map_err(|fault| self.advised(&fault)).with_context(place)?;
        keeper.notices().iter().for_each(tell);
        Ok(keeper)
    }

    /// The tenant; for commands that change one and should not make one.
    pub(super) fn must_be_there(&self) -> anyhow::Result<Tenant> {
        Tenant::find(self.dir, self.name).map_err(told)
    }

    /// Writes a snapshot.
    pub(super) fn save(&self, keeper: &mut Keeper) -> anyhow::Result<()> {
        let name = self.name;
        let dir = terminal::path(self.dir);
        keeper.save().map_err(|fault| self.advised(&fault)).with_context(|| {
            format!("no snapshot of tenant {name} in {dir} was written; what was acknowledged stands in the journal")
        })
    }

    /// Waits until all changes are on the disk.
    pub(super) fn settle(&self, keeper: &mut Keeper) -> anyhow::Result<()> {
        let settled = keeper.settle();
        settled.map_err(|fault| self.advised(&fault)).with_context(|| self.unchanged())
    }

    /// A fault that belongs to a whole state, and what helps: not every command has limits of its own.
    pub(super) fn advised(&self, fault: &Fault) -> anyhow::Error {
        let failure = match fault {
            Fault::Failure(failure) | Fault::Replay { failure, .. } => Some(failure),
            _ => None,
        };
        let limit = match failure {
            Some(Failure::Memory { .. }) => "memory",
            Some(Failure::Deadline { .. }) => "timeout",
            Some(Failure::AnswerTooLarge { .. }) => "output",
            _ => return anyhow!(harmless(&fault.to_string())),
        };
        anyhow!("{fault}; `begat tenant set {} --{limit}` allows more", self.name)
    }

    /// What a command says that changed nothing.
    pub(super) fn unchanged(&self) -> String {
        format!("the state of tenant {} in {} stays as it was", self.name, terminal::path(self.dir))
    }

    /// What a command says that ends in its middle.
    pub(super) fn acknowledged(&self) -> String {
        let dir = terminal::path(self.dir);
        format!("tenant {} in {dir} keeps what came out until then", self.name)
    }

    /// For messages.
    pub(super) fn name(&self) -> &TenantName {
        self.name
    }
}

/// Says what an operator should know. Names of files and lines of others stand in it.
pub(super) fn tell(notice: &Notice) {
    terminal::say(&harmless(&match notice {
        Notice::Damage(damage) => format!("begat: {damage}"),
        Notice::Quarantined(held) => {
            format!("begat: {}:{} is in quarantine: {}", held.source, held.line, held.cause)
        }
        Notice::NotUpgraded(why) => format!("begat: the component before goes on: {why}"),
        Notice::Refused { sequence, failure } => {
            format!("begat: command {sequence} was accepted once and is refused now: {failure}")
        }
    }));
}

/// Names of files stand in it.
pub(super) fn told(error: StoreError) -> anyhow::Error {
    anyhow!(harmless(&error.to_string()))
}
