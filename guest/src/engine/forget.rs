//! Forgetting a host or an environment: the state is what it would be, had no record named them. Exact while
//! nothing was evicted, since every record's host and environment is known.

use super::hosts::HostId;
use super::state::State;
use crate::error::Error;

impl State {
    /// Takes out a host by any spelling of its name, in all environments, with the other names that mean it.
    pub(super) fn forget_host(&mut self, name: &str) -> Result<(), Error> {
        let recorded = self.hosts.all().filter(|&host| self.hosts.is_opaque(host));
        let hashed = self.pseudonyms.as_ref().map(|pseudonyms| pseudonyms.user(name));
        let wanted = hashed.as_deref().unwrap_or(name);
        let recorded = recorded.filter(|&host| self.hosts.spelling(host).eq_ignore_ascii_case(wanted));
        let named: Vec<HostId> = self.hosts.find(name, None).into_iter().chain(recorded).collect();
        if named.is_empty() || name.trim().is_empty() {
            return Err(Error::not_found("host", name));
        }
        self.forget(|state, host| named.iter().any(|&named| state.hosts.same(host, named)))
    }

    /// Takes out an environment with all its hosts.
    pub(super) fn forget_environment(&mut self, name: &str) -> Result<(), Error> {
        let environment = self.strings.find(name).filter(|e| !e.is_empty());
        let held = environment.filter(|&e| self.hosts.all().any(|host| self.hosts.environment(host) == e));
        let Some(environment) = held else { return Err(Error::not_found("environment", name)) };
        self.forget(|state, host| state.hosts.environment(host) == environment)
    }

    fn forget(&mut self, is_named: impl Fn(&Self, HostId) -> bool) -> Result<(), Error> {
        self.forget_alerts(&is_named);
        let stays: Vec<bool> = self.hosts.all().map(|host| !is_named(self, host)).collect();
        let saved = self.save_of(|host| stays.get(host.index()).copied().unwrap_or(true));
        let state = Self::load(&saved, self.config.secrets())?;
        self.replace_by(state);
        // What was one of two candidates may be the only one now.
        self.settle_processes(self.now);
        self.settle_alerts(self.now);
        Ok(())
    }
}
