//! Gets the component running: the same steps for every subcommand.

use std::sync::OnceLock;

use anyhow::Context;

use super::terminal::{self, harmless};
use crate::runtime::{CachePolicy, Component, EMBEDDED, Instance, Limits, Pool, Runtime};

/// The embedded component, compiled or from the cache; once in a process, whatever the number of tenants.
pub(super) fn component() -> anyhow::Result<Component> {
    static COMPONENT: OnceLock<Component> = OnceLock::new();
    if let Some(component) = COMPONENT.get() {
        return Ok(component.clone());
    }
    // One instance at a time: a pool would cost more than it saves.
    let runtime = Runtime::new(Pool::OnDemand, &CachePolicy::from_env())?;
    if let Some(why) = runtime.cache_refused() {
        let advice = "; it is compiled at every start until BEGAT_CACHE names another";
        terminal::say(&format!("begat: {}{advice}", harmless(why)));
    }
    let component = Component::compile(&runtime, EMBEDDED)?;
    Ok(COMPONENT.get_or_init(|| component).clone())
}

/// A new instance of it.
pub(super) fn start(limits: Limits) -> anyhow::Result<Instance> {
    component()?.prepare()?.instantiate(limits).context("the component does not start")
}
