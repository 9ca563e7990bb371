//! Another component takes over many tenants at once, whatever each is doing: no command is lost or answered otherwise.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use begat::runtime::Failure;
use begat::runtime::bindings::ingest::{Batch, Emit};
use begat::store::Settings;
use begat::tenants::{Config, Durability, Fault, Notice, Tenants};

use super::*;
use crate::hostile::guests::{HOSTILE, VERSION_2, VERSION_2_BROKEN, hostile, prepare, starting_with, texts};

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
    let birth = Birth::new(prepared.clone(), Limits::default(), "{}".into());
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

/// The version of a tenant's state: `HOSTILE`, a zero, the version (tests/hostile/src/snapshot.rs).
fn version(keeper: &mut Keeper) -> u8 {
    keeper.instance().snapshot().unwrap()[8]
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

    let version = |tenant: u64| tenants.call(&name(tenant), 0, |keeper| Ok(version(keeper))).unwrap();
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

/// The new component never ends its start. It works for as long as a trial may, and tenants are put to sleep and woken.
#[test]
fn tenants_wake_while_another_component_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let tenants = start(folder.path(), 4, |name, notice| panic!("{name}: {notice:?}"));
    let (_, endless) = texts(true).into_iter().find(|(name, _)| name == "start-loop").unwrap();
    let endless = prepare(&starting_with(HOSTILE, &endless)).unwrap();
    std::thread::scope(|scope| {
        let upgrade = scope.spawn(|| tenants.upgrade(&endless));
        let mut woken = 0;
        while !upgrade.is_finished() {
            woken += 1;
            take(&tenants, 0, woken).wait().unwrap();
            tenants.sleep(&name(0)).unwrap();
        }
        let refused = upgrade.join().unwrap().unwrap_err();
        assert!(matches!(refused, Fault::Upgrade { step: "it starts", .. }), "{refused}");
        assert!(woken > 20, "{woken} times");
    });
    assert!(tenants.close().is_empty());
}

static REFUSES: AtomicBool = AtomicBool::new(false);

/// What it begins with is refused once, as its folder may be busy, or the pool full. It is at the line before the one
/// from which on every line panics: untried, the new component would run it.
#[test]
fn a_tenant_that_cannot_be_woken_just_now_does_not_come_to_the_new_component_untried() {
    let folder = tempfile::tempdir().unwrap();
    let birth = |_: &TenantName| if REFUSES.swap(false, Ordering::SeqCst) { "1".into() } else { "{}".into() };
    let config = Config { birth, ..Config::new(folder.path().into()) };
    let tenants = Tenants::start(hostile().clone(), config).unwrap();
    tenants.add(&name(0), &Settings::default()).unwrap();
    let first = Batch { text: "{}\n{\"hostile\":\"panic-after:3\"}\n".into(), ..batch(0, 1) };
    tenants.call(&name(0), 0, move |keeper| keeper.ingest(&first)).unwrap();
    tenants.sleep(&name(0)).unwrap();
    assert!(tenants.upgrade(&prepare(VERSION_2).unwrap()).unwrap().is_empty());
    REFUSES.store(true, Ordering::SeqCst);
    let ask = || tenants.call(&name(0), 0, |keeper| Ok(version(keeper)));
    let refused = ask().unwrap_err();
    assert!(matches!(refused, Fault::Failure(Failure::Refused(_))), "{refused}");
    assert_eq!(ask().unwrap(), 1);
}

/// Another process had the new component already.
#[test]
fn a_state_that_only_the_new_component_can_take_comes_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let next = prepare(VERSION_2).unwrap();
    let mut keeper = own(folder.path(), &next).unwrap();
    keeper.ingest(&batch(0, 1)).unwrap();
    keeper.save().unwrap();
    drop(keeper);
    let tenants = start(folder.path(), 4, |name, notice| panic!("{name}: {notice:?}"));
    let ask = || tenants.call(&name(0), 0, |keeper| Ok((keeper.sequence(), version(keeper))));
    let refused = ask().unwrap_err();
    assert!(matches!(refused, Fault::State(_)), "{refused}");
    assert!(tenants.upgrade(&next).unwrap().is_empty());
    assert_eq!(ask().unwrap(), (1, 2));
}

fn own(dir: &Path, prepared: &Prepared) -> Result<Keeper, Fault> {
    let birth = Birth::new(prepared.clone(), Limits::default(), "{}".into());
    let syncer = Arc::new(Syncer::start(1).unwrap());
    Keeper::own(birth, Durability::Journal, Owned::take(dir, &name(0), &real(), &syncer)?)
}

#[test]
fn an_upgrade_stands_or_falls_with_its_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let next = prepare(VERSION_2).unwrap();
    let mut keeper = own(folder.path(), hostile()).unwrap();
    for number in 1..=3 {
        keeper.ingest(&batch(0, number)).unwrap();
        keeper.save().unwrap();
    }
    // Where the snapshot cannot be written, nothing has changed.
    let files = folder.path().join("tenants/t0");
    let unfinished = files.join("snapshot-00000000000000000003.new");
    std::fs::create_dir(&unfinished).unwrap();
    let refused = keeper.upgrade(&next).unwrap_err();
    assert!(matches!(refused, Fault::Store(StoreError::Io { .. })), "{refused}");
    assert_eq!(version(&mut keeper), 1);
    std::fs::remove_dir(&unfinished).unwrap();
    // Where it is written and an older one cannot be removed, the old component could not go on from it.
    let obstacle = files.join("snapshot-00000000000000000001");
    std::fs::create_dir(&obstacle).unwrap();
    keeper.upgrade(&next).unwrap();
    keeper.ingest(&batch(0, 4)).unwrap();
    assert_eq!(version(&mut keeper), 2);
    let untidy = keeper.save().unwrap_err();
    assert!(matches!(untidy, Fault::Store(StoreError::Untidy(_))), "{untidy}");
    drop(keeper);
    std::fs::remove_dir(&obstacle).unwrap();
    assert!(matches!(own(folder.path(), hostile()), Err(Fault::State(_))));
    let mut keeper = own(folder.path(), &next).unwrap();
    assert_eq!((keeper.sequence(), hash(&mut keeper)), (4, plain(&next, 0, 4).1));
}
