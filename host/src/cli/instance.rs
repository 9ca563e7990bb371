//! Gets the component running: the same steps for every subcommand.

use anyhow::Context;

use crate::runtime::{CachePolicy, Component, EMBEDDED, Instance, Limits, Pool, Runtime};

/// The embedded component, compiled or from the cache.
pub(super) fn component() -> anyhow::Result<Component> {
    // One instance in this process: a pool would cost more than it saves.
    let runtime = Runtime::new(Pool::OnDemand, &CachePolicy::from_env())?;
    Ok(Component::compile(&runtime, EMBEDDED)?)
}

/// A new instance of it.
pub(super) fn start(limits: Limits) -> anyhow::Result<Instance> {
    component()?.prepare()?.instantiate(limits).context("the component does not start")
}
