//! Which component tenants run while one takes over from another.

use crate::runtime::Prepared;

/// The component that tenants run, and the one before it.
#[derive(Clone)]
pub(super) struct Components {
    pub(super) now: Prepared,
    pub(super) before: Option<Prepared>,
    /// Upgrades so far.
    pub(super) upgrades: u64,
}

/// Which component a tenant has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Runs {
    /// After so many upgrades it was last looked at.
    pub(super) upgrades: u64,
    /// The one before: the newer one was refused.
    pub(super) before: bool,
}

impl Runs {
    pub(super) fn has(self, components: &Components) -> bool {
        self.upgrades == components.upgrades
    }
}
