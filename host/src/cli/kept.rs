//! `--state` and `--tenant`: a tenant's state between the disk and an instance.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};

use super::terminal::{self, harmless};
use crate::runtime::{Failure, Instance};
use crate::state::{Owned, StateError, Tenant, TenantName};

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
        self.state.as_deref().map(|dir| Kept { dir, name: &self.tenant, owned: None })
    }
}

/// A tenant's state on disk.
pub(super) struct Kept<'a> {
    dir: &'a Path,
    name: &'a TenantName,
    owned: Option<Owned>,
}

impl Kept<'_> {
    /// Gives the instance the state that is there. Nothing on disk is touched.
    pub(super) fn read(&self, instance: &mut Instance) -> anyhow::Result<()> {
        restore(&Tenant::find(self.dir, self.name).map_err(told)?, instance)
    }

    /// Makes this process the only one that may change the state, and gives it to the instance: anew where
    /// it was read before, since another may have changed it until now. A state that is not there is new.
    pub(super) fn own(&mut self, instance: &mut Instance) -> anyhow::Result<()> {
        if self.owned.is_none() {
            let owned = Owned::take(self.dir, self.name).map_err(told)?;
            restore(owned.tenant(), instance)?;
            self.owned = Some(owned);
        }
        Ok(())
    }

    /// Makes this process the only one that may change the state, whatever stands in it.
    pub(super) fn own_unread(&mut self) -> anyhow::Result<()> {
        self.owned = Some(Owned::take(self.dir, self.name).map_err(told)?);
        Ok(())
    }

    /// Whether this process may change it.
    pub(super) fn is_owned(&self) -> bool {
        self.owned.is_some()
    }

    /// Finds out whether there is a state; for commands that change one and should not make one.
    pub(super) fn must_be_there(&self) -> anyhow::Result<()> {
        Tenant::find(self.dir, self.name).map(drop).map_err(told)
    }

    /// Replaces the state on disk by the instance's, where this process owns it.
    pub(super) fn save(&self, instance: &mut Instance) -> anyhow::Result<()> {
        let Some(owned) = &self.owned else { return Ok(()) };
        let saved = match instance.snapshot() {
            Ok(snapshot) => owned.save(&snapshot).map_err(told),
            Err(failure) => Err(advised(&failure)),
        };
        saved.with_context(|| format!("what is new was not saved, {}", self.unchanged()))
    }

    /// What a command says that fails before it has saved.
    pub(super) fn unchanged(&self) -> String {
        format!("the state of tenant {} in {} stays as it was", self.name, terminal::path(self.dir))
    }

    /// For messages.
    pub(super) fn name(&self) -> &TenantName {
        self.name
    }
}

fn restore(tenant: &Tenant, instance: &mut Instance) -> anyhow::Result<()> {
    let Some(snapshot) = tenant.load().map_err(told)? else { return Ok(()) };
    instance
        .restore(&snapshot)
        .map_err(|failure| advised(&failure))
        .with_context(|| terminal::path(&tenant.snapshot()))
}

/// A failure that belongs to a whole state, and what helps.
fn advised(failure: &Failure) -> anyhow::Error {
    match failure {
        Failure::Memory { .. } => anyhow!("{failure}; --memory allows more"),
        Failure::Deadline { .. } => anyhow!("{failure}; begat run --timeout allows more"),
        _ => anyhow!("{failure}"),
    }
}

/// Names of files stand in it.
fn told(error: StateError) -> anyhow::Error {
    anyhow!(harmless(&error.to_string()))
}
