//! Another component takes over many tenants at once, whatever each is doing: no command is lost or answered otherwise.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use begat::runtime::bindings::ingest::{Batch, Emit};
use begat::store::Settings;
use begat::tenants::{Config, Fault, Notice, Tenants};

use super::*;
use crate::hostile::guests::{VERSION_2, VERSION_2_BROKEN, hostile, prepare};

const TENANTS: u64 = 12;
const COMMANDS: u64 = 60;

fn batch(tenant: u64, number: u64) -> Batch {
    Batch {
        source: "f".into(),
        first_line: number,
        received_at: 0,
        environment: None,
        emit: Emit::All,
        text: format!("{{\"tenant\":{tenant},\"number\":{number}}}\ntext {number}\n"),
    }
}

/// What a tenant of one component answers and knows that nobody disturbs.
fn plain(prepared: &Prepared, tenant: u64, commands: u64) -> (Vec<String>, String) {
    let birth = Birth { prepared: prepared.clone(), limits: Limits::default(), configuration: "{}".into() };
    let mut keeper = Keeper::new(birth).unwrap();
    let answers = (1..=commands).map(|number| keeper.ingest(&batch(tenant, number)).unwrap().annotated);
    (answers.collect(), hash(&mut keeper))
}

fn start(dir: &Path, awake: usize, tell: fn(&TenantName, &Notice)) -> Tenants {
    let config = Config { awake, birth: |_| "{}".into(), tell, ..Config::new(dir.into()) };
    let tenants = Tenants::start(hostile().clone(), config).unwrap();
    (0..TENANTS).for_each(|tenant| tenants.add(&name(tenant), &Settings::default()).unwrap());
    tenants
}

fn take(tenants: &Tenants, tenant: u64, number: u64) -> begat::tenants::Ticket<String> {
    let batch = batch(tenant, number);
    let take = move |keeper: &mut Keeper| Ok(keeper.ingest(&batch)?.annotated);
    tenants.submit(&name(tenant), 0, take).unwrap()
}

/// A third of the tenants can be awake; each has four commands on their way at any time; the component changes when half
/// of the commands are answered.
#[test]
fn tenants_that_are_busy_awake_or_asleep_lose_no_command_to_an_upgrade() {
    let folder = tempfile::tempdir().unwrap();
    let tenants = start(folder.path(), 4, |name, notice| panic!("{name}: {notice:?}"));
    let next = prepare(VERSION_2).unwrap();
    let answered = AtomicU64::new(0);
    let answers: Mutex<BTreeMap<u64, Vec<String>>> = Mutex::default();
    std::thread::scope(|scope| {
        for tenant in 0..TENANTS {
            let (tenants, answered, answers) = (&tenants, &answered, &answers);
            scope.spawn(move || {
                let mut all = Vec::new();
                let mut waiting = std::collections::VecDeque::new();
                for number in 1..=COMMANDS {
                    waiting.push_back(take(tenants, tenant, number));
                    if waiting.len() == 4 {
                        all.push(waiting.pop_front().unwrap().wait().unwrap());
                        answered.fetch_add(1, Ordering::SeqCst);
                    }
                }
                all.extend(waiting.into_iter().map(|ticket| ticket.wait().unwrap()));
                answers.lock().unwrap().insert(tenant, all);
            });
        }
        while answered.load(Ordering::SeqCst) < TENANTS * COMMANDS / 2 {
            std::thread::yield_now();
        }
        let refused = tenants.upgrade(&next).unwrap();
        assert!(refused.is_empty(), "{refused:?}");
    });
    let answers = answers.into_inner().unwrap();
    for tenant in 0..TENANTS {
        let (expected, state) = plain(hostile(), tenant, COMMANDS);
        assert!(answers[&tenant] == expected, "tenant {tenant}");
        // All have come to the new one, whose states are others.
        let (_, upgraded) = plain(&next, tenant, COMMANDS);
        assert_ne!(state, upgraded);
        let found = tenants.call(&name(tenant), 0, |keeper| Ok((keeper.sequence(), hash(keeper)))).unwrap();
        assert_eq!(found, (COMMANDS, upgraded), "tenant {tenant}");
    }
    assert!(tenants.close().is_empty());
}

static TOLD: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Tenant 0 is awake and tenant 1 asleep; both are at the line before the one from which on every line panics, so that no
/// trial of theirs can succeed. Tenants 2 and 3 are well.
#[test]
fn a_tenant_that_the_new_component_cannot_take_over_keeps_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let tell = |name: &TenantName, notice: &Notice| {
        if let Notice::NotUpgraded(why) = notice {
            TOLD.lock().unwrap().push((name.to_string(), why.clone()));
        }
    };
    let tenants = start(folder.path(), 10, tell);
    for tenant in 0..4 {
        let mut first = batch(tenant, 1);
        if tenant < 2 {
            first.text = "{}\n{\"hostile\":\"panic-after:3\"}\n".into();
        }
        tenants.call(&name(tenant), 0, move |keeper| keeper.ingest(&first)).unwrap();
    }
    for asleep in [1, 3] {
        tenants.sleep(&name(asleep)).unwrap();
    }
    let (next, broken) = (prepare(VERSION_2).unwrap(), prepare(VERSION_2_BROKEN).unwrap());
    // It cannot even take over a newborn: nothing changes for anybody.
    let refused = tenants.upgrade(&broken).unwrap_err();
    assert!(matches!(refused, Fault::Upgrade { step: "it takes the state", .. }), "{refused}");

    let why = "the new component is refused, the old one stays: it takes a line: \
               the component panicked: hostile panic at line 1";
    let refused = tenants.upgrade(&next).unwrap();
    let told: Vec<_> = refused.iter().map(|(name, fault)| (name.as_str(), fault.to_string())).collect();
    assert_eq!(told, [("t0", why.to_owned())]);

    let version = |tenant: u64| {
        let snapshot = tenants.call(&name(tenant), 0, |keeper| Ok(keeper.instance().snapshot()?)).unwrap();
        // `HOSTILE`, a zero, the version: tests/hostile/src/snapshot.rs.
        snapshot[8]
    };
    assert_eq!([0, 1, 2, 3].map(version), [1, 1, 2, 2]);
    assert_eq!(*TOLD.lock().unwrap(), [("t1".to_owned(), why.to_owned())]);
    // Also after they have slept: what was refused is not put in by the way.
    for tenant in 0..4 {
        tenants.sleep(&name(tenant)).unwrap();
    }
    assert_eq!([0, 1, 2, 3].map(version), [1, 1, 2, 2]);
    assert_eq!(TOLD.lock().unwrap().len(), 1);
    for well in [2, 3] {
        let number = take(&tenants, well, 2).wait().unwrap();
        assert!(number.contains("\"begat\":{\"n\":3}"), "{number}");
    }
    assert!(tenants.close().is_empty());
}
