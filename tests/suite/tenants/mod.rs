//! Tenants that are killed, put to sleep, restarted and run side by side: what they answer and what they know is what
//! an undisturbed instance answers and knows.
//!
//! The tests run small here; `BEGAT_FULL=1` runs them at the size that `docs/tenants.md` gives figures of.

mod crash;
mod neighbours;
mod quarantine;
mod soak;
mod upgrade;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use begat::runtime::bindings::types::Page;
use begat::runtime::{CachePolicy, Component, EMBEDDED, Limits, Pool, Prepared, Runtime, sha256};
use begat::store::{Owned, StoreError, Syncer, TenantName, real};
use begat::tenants::{Birth, Config, Durability, Fault, Keeper, Tenants, seed};

#[path = "../../script.rs"]
mod script;

use script::{Script, next};

/// The full size is wanted.
fn full() -> bool {
    std::env::var_os("BEGAT_FULL").is_some()
}

/// The embedded component, with slots for so many instances.
fn prepared() -> &'static Prepared {
    static PREPARED: OnceLock<Prepared> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let runtime = Runtime::new(Pool::Slots(400), &CachePolicy::from_env()).unwrap();
        Component::compile(&runtime, EMBEDDED).unwrap().prepare().unwrap()
    })
}

fn birth() -> Birth {
    Birth::new(prepared().clone(), Limits::default(), seed())
}

fn script() -> Script {
    Script::new(&crate::data::example())
}

fn name(tenant: u64) -> TenantName {
    format!("t{tenant}").parse().unwrap()
}

/// What a tenant knows after each command of its script, undisturbed and in memory: hashes of snapshots.
fn undisturbed(script: &Script, tenant: u64, last: u64) -> Vec<String> {
    let mut keeper = Keeper::new(birth()).unwrap();
    let mut hashes = vec![hash(&mut keeper)];
    for number in 1..=last {
        script.play(tenant, number, &mut keeper).unwrap();
        hashes.push(hash(&mut keeper));
    }
    hashes
}

fn hash(keeper: &mut Keeper) -> String {
    sha256(&keeper.instance().snapshot().unwrap())
}

/// A tenant as the disk has it: how far it is, and what it knows.
fn recovered(dir: &Path, tenant: u64) -> (u64, String) {
    let held = begat::store::Tenant::find(dir, &name(tenant)).unwrap().read().unwrap();
    let mut keeper = Keeper::read(birth(), &held).unwrap();
    (keeper.sequence(), hash(&mut keeper))
}

#[test]
fn a_tenant_that_is_removed_while_it_sleeps_is_not_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let tenants = Tenants::start(prepared().clone(), Config::new(dir.path().into())).unwrap();
    tenants.add(&name(0), &begat::store::Settings::default()).unwrap();
    let asked = || tenants.call(&name(0), 0, |keeper| Ok(keeper.sequence()));
    assert_eq!(asked().unwrap(), 0);
    tenants.sleep(&name(0)).unwrap();
    // Another process.
    let syncer = Arc::new(Syncer::start(1).unwrap());
    Owned::take(dir.path(), &name(0), &real(), &syncer).unwrap().0.remove().unwrap();
    let refused = asked().unwrap_err();
    assert!(matches!(refused, Fault::Store(StoreError::NoTenant { .. })), "{refused}");
    assert!(!dir.path().join("tenants/t0").exists());
}

/// Fairness runs the first request of each before the second of any, and a thread that is held by waking one is replaced:
/// many wake at once. Those that find no slot wait for one.
#[test]
fn however_many_have_work_and_however_few_slots_there_are_each_is_served() {
    let runtime = Runtime::new(Pool::Slots(6), &CachePolicy::from_env()).unwrap();
    let few = Component::compile(&runtime, EMBEDDED).unwrap().prepare().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let config = Config { threads: 2, awake: 2, ..Config::new(dir.path().into()) };
    let tenants = Tenants::start(few, config).unwrap();
    let (script, last) = (Arc::new(script()), 4);
    for tenant in 0..20 {
        tenants.add(&name(tenant), &begat::store::Settings::default()).unwrap();
    }
    let mut tickets = Vec::new();
    for number in 1..=last {
        for tenant in 0..20 {
            let script = Arc::clone(&script);
            let play = move |keeper: &mut Keeper| script.play(tenant, number, keeper).map(drop);
            tickets.push(tenants.submit(&name(tenant), 0, play).unwrap());
        }
    }
    tickets.into_iter().for_each(|ticket| ticket.wait().unwrap());
    assert!(tenants.close().is_empty());
    for tenant in [0, 19] {
        let expected = undisturbed(&script, tenant, last).pop().unwrap();
        assert_eq!(recovered(dir.path(), tenant), (last, expected), "tenant {tenant}");
    }
}

/// A pack is no part of a state: it comes back with the instance.
#[test]
fn a_baseline_outlives_the_end_of_an_instance() {
    let mut counted = Keeper::new(birth()).unwrap();
    script().play(0, 1, &mut counted).unwrap();
    let info = counted.instance().build_pack(b"a key for tests!").unwrap();
    let pack = counted.instance().pack(&info).unwrap();

    let dir = tempfile::tempdir().unwrap();
    let syncer = Arc::new(Syncer::start(1).unwrap());
    let taken = Owned::take(dir.path(), &name(0), &real(), &syncer).unwrap();
    let mut keeper = Keeper::own(birth(), Durability::Journal, taken).unwrap();
    let loaded = keeper.load_baseline(pack).unwrap();
    assert!(loaded.executions > 0, "{loaded:?}");
    let page = Page { offset: 0, limit: 5 };
    let global = keeper.instance().global_images(page).unwrap();
    keeper.restart();
    keeper.ready().unwrap();
    assert_eq!(keeper.instance().global_images(page).unwrap().len(), global.len());
    assert!(!global.is_empty());
}
