//! Taking out what a host or an environment told.

use super::state::State;
use crate::error::Error;

impl State {
    /// Takes out a host.
    pub(super) fn forget_host(&mut self, _name: &str) -> Result<(), Error> {
        Err(Error::Unsupported("tenant.forget of a host".into()))
    }

    /// Takes out an environment.
    pub(super) fn forget_environment(&mut self, _name: &str) -> Result<(), Error> {
        Err(Error::Unsupported("tenant.forget of an environment".into()))
    }
}
