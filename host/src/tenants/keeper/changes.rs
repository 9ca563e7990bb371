//! What changes a tenant: in the component first, then in the journal.

use super::{Durability, Keeper};
use crate::runtime::bindings::alerts;
use crate::runtime::bindings::correlation::{Change, Summary};
use crate::runtime::bindings::scoring::{Answer, Execution};
use crate::runtime::bindings::tenant::Scope;
use crate::runtime::bindings::types::Timestamp;
use crate::runtime::{Failure, Instance};
use crate::tenants::command::{self, Command};
use crate::tenants::cost::Cost;
use crate::tenants::fault::Fault;
use crate::thread::worked;

impl Keeper {
    /// Takes note of a change that the instance has made.
    pub(super) fn took(&mut self, command: &Command) -> Result<(), Fault> {
        self.journal(|| command.to_bytes())?;
        self.meta.note(command);
        Ok(())
    }

    /// The next command is one of these bytes.
    pub(super) fn journal(
        &mut self,
        bytes: impl FnOnce() -> serde_json::Result<Vec<u8>>,
    ) -> Result<(), Fault> {
        let sequence = self.sequence.saturating_add(1);
        if let Some(store) = self.store.as_ref().filter(|_| self.durability == Durability::Journal) {
            let bytes = bytes().map_err(|error| Fault::Command { sequence, why: error.to_string() })?;
            self.since.bytes += bytes.len();
            if let Err(error) = store.append(sequence, bytes) {
                (self.stale, self.told) = (true, true);
                return Err(error.into());
            }
        }
        self.sequence = sequence;
        self.since.commands += 1;
        Ok(())
    }

    fn change<T>(
        &mut self,
        command: &Command,
        call: impl FnOnce(&mut Instance) -> Result<T, Failure>,
    ) -> Result<T, Fault> {
        self.ready_to_change()?;
        let before = worked();
        let called = call(&mut self.instance);
        self.charge(Cost::call(worked().saturating_sub(before), self.instance.memory()));
        match called {
            Ok(answer) => self.took(command).map(|()| answer),
            Err(failure) => {
                if !self.instance.is_alive() && self.store.is_some() {
                    self.ready_to_change()?;
                }
                Err(failure.into())
            }
        }
    }

    /// `tenant.configure`; seed and key stay those of its birth.
    pub fn configure(&mut self, json: &str) -> Result<u64, Fault> {
        if Durability::of(json) == Durability::Snapshots {
            self.durability = Durability::Snapshots;
        }
        self.change(&Command::Configure(json.to_owned()), |instance| instance.configure(json))
    }

    /// `scoring.record-execution`.
    pub fn record(
        &mut self,
        execution: &Execution,
        at: Timestamp,
        received_at: Timestamp,
    ) -> Result<Answer, Fault> {
        let command = Command::Record { execution: execution.clone(), at, received_at };
        self.change(&command, |instance| instance.record(execution, at, received_at))
    }

    /// `correlation.change-cluster`: all of the changes, in their order, or none.
    pub fn change_cluster(
        &mut self,
        id: &str,
        at: Timestamp,
        by: Option<&str>,
        changes: &[Change],
    ) -> Result<Summary, Fault> {
        let (id, by) = (id.to_owned(), by.map(str::to_owned));
        let command =
            Command::ChangeCluster { id: id.clone(), at, by: by.clone(), changes: changes.to_vec() };
        let made = self
            .change(&command, |instance| command::change_cluster(instance, &id, at, by.as_deref(), changes));
        // The changes before a refused one are made in the instance, and nowhere else.
        self.stale |= made.is_err() && changes.len() > 1;
        made
    }

    /// `alerts.rescore`, applied.
    pub fn rescore(&mut self, at: Timestamp) -> Result<alerts::RescoreOutcome, Fault> {
        self.change(&Command::Rescore { at }, |instance| instance.rescore(true, at))
    }

    /// `tenant.forget`. When it returns, no file holds what was forgotten.
    pub fn forget(&mut self, scope: &Scope) -> Result<(), Fault> {
        self.change(&Command::Forget(scope.clone()), |instance| instance.forget(scope))?;
        self.compact()
    }
}
