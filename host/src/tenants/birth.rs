//! What every instance of a tenant begins with.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use crate::runtime::{Failure, Instance, Limits, Prepared};

/// What every instance of a tenant begins with.
#[derive(Clone)]
pub struct Birth {
    /// The component.
    pub prepared: Prepared,
    /// What one call may take.
    pub limits: Limits,
    /// The hash seed and the key of pseudonyms, as a configuration: neither is part of a state.
    pub configuration: String,
    /// The pack of the scope `global`, which is no part of one either.
    pub baseline: Option<Arc<[u8]>>,
}

impl Birth {
    /// Without a baseline.
    #[must_use]
    pub fn new(prepared: Prepared, limits: Limits, configuration: String) -> Self {
        Self { prepared, limits, configuration, baseline: None }
    }

    /// A new instance.
    pub fn instance(&self) -> Result<Instance, Failure> {
        let mut instance = self.prepared.instantiate(self.limits)?;
        instance.configure(&self.configuration)?;
        if let Some(pack) = &self.baseline {
            instance.load_baseline(pack)?;
        }
        Ok(instance)
    }
}

/// A configuration that holds a seed and nothing else. Records are written by others: who knew how the component's
/// tables hash could fill one place of them and make every look-up long.
#[must_use]
pub fn seed() -> String {
    // The standard library keys each of these with randomness of the operating system.
    format!("{{\"hash_seed\":{}}}", RandomState::new().hash_one(()))
}
