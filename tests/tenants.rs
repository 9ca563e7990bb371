//! A process that is killed: `begat-tenants-under-test DIR RECORDING TENANTS LAST` goes on with the script of each
//! tenant behind what DIR holds, up to command LAST, and says `TENANT NUMBER` once a command is acknowledged.
#![allow(clippy::unwrap_used, reason = "what goes wrong here has to be seen")]

use std::io::Write;
use std::sync::Arc;

use begat::runtime::{CachePolicy, Component, EMBEDDED, Pool, Runtime};
use begat::store::{Settings, TenantName};
use begat::tenants::{Config, Tenants};

#[path = "script.rs"]
mod script;

use script::Script;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (dir, recording) = (arguments.next().unwrap(), arguments.next().unwrap());
    let (count, last): (u64, u64) =
        (arguments.next().unwrap().parse().unwrap(), arguments.next().unwrap().parse().unwrap());
    let script = Arc::new(Script::new(&std::fs::read_to_string(recording).unwrap()));
    let runtime = Runtime::new(Pool::Slots(32), &CachePolicy::from_env()).unwrap();
    let prepared = Component::compile(&runtime, EMBEDDED).unwrap().prepare().unwrap();
    // Fewer awake than there are: they are put to sleep and woken all the time.
    let config = Config { awake: 5, ..Config::new(dir.into()) };
    let tenants = Tenants::start(prepared, config).unwrap();
    std::thread::scope(|scope| {
        for tenant in 0..count {
            let (tenants, script) = (&tenants, &script);
            scope.spawn(move || run(tenants, script, tenant, last));
        }
    });
    assert!(tenants.close().is_empty());
}

fn run(tenants: &Tenants, script: &Arc<Script>, tenant: u64, last: u64) {
    let name: TenantName = format!("t{tenant}").parse().unwrap();
    tenants.add(&name, &Settings::default()).unwrap();
    let done = tenants.call(&name, 0, |keeper| Ok(keeper.sequence())).unwrap();
    // Two at a time: one is computed while the one before goes to the disk.
    let mut before = None;
    for number in done + 1..=last {
        let script = Arc::clone(script);
        let play = move |keeper: &mut begat::tenants::Keeper| script.play(tenant, number, keeper).map(drop);
        let ticket = tenants.submit(&name, 0, play).unwrap();
        if let Some((number, ticket)) = before.replace((number, ticket)) {
            acknowledged(tenant, number, ticket);
        }
    }
    if let Some((number, ticket)) = before {
        acknowledged(tenant, number, ticket);
    }
}

fn acknowledged(tenant: u64, number: u64, ticket: begat::tenants::Ticket<()>) {
    ticket.wait().unwrap();
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{tenant} {number}").unwrap();
    stdout.flush().unwrap();
}
