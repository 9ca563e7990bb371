//! Many tenants in one process: each an actor with a queue of its own.
//!
//! Requests of one tenant run in their order, each alone with its [`Keeper`]; tenants run beside each other, and the
//! one is next that has had the least of the machine ([`pool`](super::pool)). A request is answered when all that its
//! tenant had changed until then is on the disk. Who brings more than a tenant's queue holds waits.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::birth::{Birth, seed};
use super::components::{Components, Runs};
use super::cost::Cost;
use super::fault::{Fault, Notice};
use super::keeper::{Durability, Keeper};
use super::mailbox::{Mailbox, Request, Rest};
use super::pool::{Next, Pool, Task};
use super::upgrade::take_over;
use crate::runtime::{Limits, Prepared};
use crate::store::{self, Disk, Owned, Settings, StoreError, Syncer, Tenant, TenantName};
use crate::thread::{letting_pass, worked};

/// How tenants are run.
pub struct Config {
    /// Where their states are.
    pub dir: PathBuf,
    /// The file system.
    pub disk: Arc<dyn Disk>,
    /// Threads that run them, as many as there are cores.
    pub threads: usize,
    /// Threads that write their journals.
    pub writers: usize,
    /// So many are awake at once; the longest unused goes to sleep for the next.
    pub awake: usize,
    /// What a new instance of a tenant is configured with. One with a key of pseudonyms keeps no journal: its changes
    /// come to the disk with snapshots.
    pub birth: fn(&TenantName) -> String,
    /// Told what an operator should know.
    pub tell: fn(&TenantName, &Notice),
}

impl Config {
    /// For a directory, with a seed of its own for each instance.
    #[must_use]
    pub fn new(dir: PathBuf) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            dir,
            disk: store::real(),
            threads: cores,
            // Syncs of different files wait for the disk beside each other.
            writers: 8,
            awake: 256,
            birth: |_| seed(),
            tell: |_, _| (),
        }
    }

    /// Slots that the pool of instances needs ([`Pool::Slots`](crate::runtime::Pool::Slots)): for those that are awake,
    /// and for each thread one that wakes and two that are tried, where a component is upgraded or a line looked for
    /// that ends an instance.
    #[must_use]
    pub fn slots(&self) -> u32 {
        u32::try_from(self.awake.max(1) + 3 * self.threads.max(1)).unwrap_or(u32::MAX)
    }
}

/// See above.
pub struct Tenants {
    /// Before the rest: dropping it waits for the threads.
    pool: Arc<Pool>,
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    components: Mutex<Components>,
    /// Held by the one upgrade that is on its way.
    upgrading: Mutex<()>,
    syncer: Arc<Syncer>,
    actors: Mutex<BTreeMap<String, Arc<Actor>>>,
    /// Counts uses, to know which was the longest ago.
    uses: AtomicU64,
    awake: AtomicU64,
    closing: AtomicBool,
}

struct Actor {
    id: u64,
    name: TenantName,
    inner: Weak<Inner>,
    mailbox: Mailbox,
    keeper: Mutex<Option<Keeper>>,
    cost: Mutex<Cost>,
    used: AtomicU64,
    rest: Mutex<Rest>,
    runs: Mutex<Runs>,
    /// Since when its first request waits for a slot.
    without_room: Mutex<Option<Instant>>,
}

/// So long a request waits for a slot before it is told that there is none.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who ends looks again so often.
const SOON: Duration = Duration::from_millis(20);

/// An answer that is not there yet.
pub struct Ticket<T>(Receiver<Result<T, Fault>>);

impl<T> Ticket<T> {
    /// Waits for it.
    pub fn wait(self) -> Result<T, Fault> {
        self.0.recv().unwrap_or_else(|RecvError| Err(closed()))
    }
}

/// A newborn answers within milliseconds. Nobody waits for one that works longer, but whoever has asked for an upgrade.
const TRIAL: Duration = Duration::from_secs(5);

/// What an idle tenant could not save is not tried again sooner.
const AGAIN: Duration = Duration::from_secs(60);

fn closed() -> Fault {
    Fault::Store(StoreError::Closing)
}

impl Tenants {
    /// Starts the threads. No tenant is awake. Removals that were cut short are gone on with.
    pub fn start(prepared: Prepared, config: Config) -> std::io::Result<Self> {
        // There may be no state yet, or nothing to be removed now: who asks for a tenant is told.
        let _ = store::finish_removals(&config.dir);
        let pool = Arc::new(Pool::start(config.threads)?);
        let syncer = Arc::new(Syncer::start(config.writers)?);
        let inner = Inner {
            config,
            components: Mutex::new(Components { now: prepared, before: None, upgrades: 0 }),
            upgrading: Mutex::default(),
            syncer,
            actors: Mutex::default(),
            uses: AtomicU64::new(0),
            awake: AtomicU64::new(0),
            closing: AtomicBool::new(false),
        };
        Ok(Self { pool, inner: Arc::new(inner) })
    }

    /// Makes a tenant, or gives one that is there other settings; those hold from its next waking on.
    pub fn add(&self, name: &TenantName, settings: &Settings) -> Result<(), Fault> {
        let (owned, _) =
            match Owned::take(&self.inner.config.dir, name, &self.inner.config.disk, &self.inner.syncer) {
                // It is awake here, or elsewhere.
                Err(StoreError::Busy { .. }) => {
                    return Ok(settings.save(Tenant::find(&self.inner.config.dir, name)?.folder())?);
                }
                owned => owned?,
            };
        Ok(settings.save(owned.tenant().folder())?)
    }

    /// Asks a tenant something, or changes it; `bytes` count against its queue. Returns once there is room.
    pub fn submit<T: Send + 'static>(
        &self,
        name: &TenantName,
        bytes: usize,
        request: impl FnOnce(&mut Keeper) -> Result<T, Fault> + Send + 'static,
    ) -> Result<Ticket<T>, Fault> {
        let actor = self.actor(name)?;
        let (send, receive) = channel();
        let run = Box::new(move |keeper: Result<&mut Keeper, Fault>| {
            let answer = keeper.and_then(|keeper| request(keeper).map(|answer| (keeper, answer)));
            match answer {
                Err(fault) => drop(send.send(Err(fault))),
                Ok((keeper, answer)) => keeper.when_durable(
                    keeper.sequence(),
                    Box::new(move |written| {
                        // Who asked may have gone.
                        drop(send.send(written.map(|()| answer).map_err(Fault::from)));
                    }),
                ),
            }
        });
        let is_closed = || self.inner.closing.load(Ordering::Acquire);
        actor.mailbox.post(Request { bytes, run }, is_closed).map_err(|_| closed())?;
        let task: Arc<dyn Task> = actor.clone();
        self.pool.wake(actor.id, &task);
        Ok(Ticket(receive))
    }

    /// The same, and waits for the answer.
    pub fn call<T: Send + 'static>(
        &self,
        name: &TenantName,
        bytes: usize,
        request: impl FnOnce(&mut Keeper) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.submit(name, bytes, request)?.wait()
    }

    fn actor(&self, name: &TenantName) -> Result<Arc<Actor>, Fault> {
        if self.inner.closing.load(Ordering::Acquire) {
            return Err(closed());
        }
        let known = lock(&self.inner.actors).get(name.as_str()).cloned();
        if let Some(actor) = known {
            return Ok(actor);
        }
        // Nobody else waits while the disk is asked.
        let tenant = Tenant::find(&self.inner.config.dir, name)?;
        let settings = Settings::load(tenant.folder())?;
        let actor = Arc::new(Actor {
            id: self.inner.uses.fetch_add(1, Ordering::Relaxed),
            name: name.clone(),
            inner: Arc::downgrade(&self.inner),
            mailbox: Mailbox::of(settings.queue()),
            keeper: Mutex::new(None),
            cost: Mutex::default(),
            used: AtomicU64::new(0),
            rest: Mutex::default(),
            // What is on the disk was written by whichever component ran before this process.
            runs: Mutex::new(Runs { upgrades: 0, before: false }),
            without_room: Mutex::default(),
        });
        // Of two that come at once the first has made it.
        Ok(Arc::clone(lock(&self.inner.actors).entry(name.as_str().to_owned()).or_insert(actor)))
    }

    /// What each tenant has cost that was awake since the start, by name.
    #[must_use]
    pub fn costs(&self) -> Vec<(TenantName, Cost)> {
        let actors = lock(&self.inner.actors);
        actors.values().map(|actor| (actor.name.clone(), *lock(&actor.cost))).collect()
    }

    /// How many are awake.
    #[must_use]
    pub fn awake(&self) -> u64 {
        self.inner.awake.load(Ordering::Relaxed)
    }

    /// Puts a tenant to sleep: what it knows is a snapshot then.
    pub fn sleep(&self, name: &TenantName) -> Result<(), Fault> {
        let actor = self.actor(name)?;
        let mut keeper = lock(&actor.keeper);
        self.inner.put_to_sleep(&mut keeper)
    }

    /// Another component takes over, tenant by tenant, each between two of its requests: those that are awake now, the
    /// others when they wake. One that does not even run a new tenant is refused, and nothing changes. A tenant that it
    /// cannot take over keeps the one before until the next upgrade: of those that are awake it is returned with the
    /// reason, of the others that is told when they wake.
    ///
    /// Meanwhile tenants run and wake as before; only a second upgrade waits.
    pub fn upgrade(&self, prepared: &Prepared) -> Result<Vec<(TenantName, Fault)>, Fault> {
        let newborn = |prepared: &Prepared| {
            let limits = Limits { call: TRIAL, ..Limits::default() };
            Birth::new(prepared.clone(), limits, seed())
        };
        let _one = lock(&self.inner.upgrading);
        let running = lock(&self.inner.components).now.clone();
        take_over(&newborn(prepared), &mut newborn(&running).instance()?)?;
        let mut running = lock(&self.inner.components);
        running.before = Some(std::mem::replace(&mut running.now, prepared.clone()));
        running.upgrades += 1;
        let components = running.clone();
        drop(running);
        let actors: Vec<Arc<Actor>> = lock(&self.inner.actors).values().cloned().collect();
        let mut refused = Vec::new();
        for actor in actors {
            let mut keeper = lock(&actor.keeper);
            if let Some(keeper) = keeper.as_mut()
                && let Err(fault) = actor.upgrade(keeper, &components)
            {
                refused.push((actor.name.clone(), fault));
            }
        }
        Ok(refused)
    }

    /// Ends well: answers what was asked until now, and leaves a snapshot of every tenant that is awake.
    pub fn close(self) -> Vec<(TenantName, Fault)> {
        self.inner.closing.store(true, Ordering::Release);
        let Self { pool, inner } = self;
        let actors: Vec<Arc<Actor>> = lock(&inner.actors).values().cloned().collect();
        let mut failed = Vec::new();
        for actor in actors {
            actor.drain();
            let mut keeper = lock(&actor.keeper);
            if let Err(fault) = inner.put_to_sleep(&mut keeper) {
                failed.push((actor.name.clone(), fault));
            }
        }
        drop(pool);
        failed
    }
}

impl Inner {
    fn put_to_sleep(&self, keeper: &mut Option<Keeper>) -> Result<(), Fault> {
        if let Some(awake) = keeper {
            if awake.is_well() {
                awake.save()?;
            }
            *keeper = None;
            self.awake.fetch_sub(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Sends others to sleep while too many are awake, those counted that are about to be: the longest unused first of
    /// those that nobody asks anything; where all are asked, of those too.
    fn make_room(&self, but: &Actor) {
        while self.awake.load(Ordering::Relaxed) > self.config.awake.max(1) as u64 {
            let mut actors: Vec<Arc<Actor>> = lock(&self.actors).values().cloned().collect();
            // They are used meanwhile: each is asked once.
            actors
                .sort_by_cached_key(|actor| (!actor.mailbox.is_empty(), actor.used.load(Ordering::Relaxed)));
            let put = actors.iter().filter(|actor| actor.id != but.id).any(|actor| {
                // One that runs is in use.
                let Ok(mut keeper) = actor.keeper.try_lock() else { return false };
                // Nobody passes meanwhile: who asks the other one would wait for that too.
                keeper.is_some() && letting_pass(|| (), || self.put_to_sleep(&mut keeper)).is_ok()
            });
            if !put {
                return;
            }
        }
    }

    fn wake(&self, actor: &Actor) -> Result<Keeper, Fault> {
        // Before there is an instance: of many that wake at once each makes room for itself.
        self.awake.fetch_add(1, Ordering::Relaxed);
        self.make_room(actor);
        let woken = self.bring_back(actor);
        if woken.is_err() {
            self.awake.fetch_sub(1, Ordering::Relaxed);
        }
        woken
    }

    fn bring_back(&self, actor: &Actor) -> Result<Keeper, Fault> {
        let components = lock(&self.components).clone();
        let runs = *lock(&actor.runs);
        let Some(before) = components.before.clone().filter(|_| runs.before || !runs.has(&components)) else {
            return self.wake_with(actor, components.now);
        };
        let mut keeper = match self.wake_with(actor, before) {
            Ok(keeper) => keeper,
            // The newer one's state, or that of one before both, which nobody has any more: there is nothing to try
            // against. What is wrong in any other way may be well the next time.
            Err(fault) if fault.is_of_the_component() => {
                let keeper = self.wake_with(actor, components.now)?;
                *lock(&actor.runs) = Runs { upgrades: components.upgrades, before: false };
                return Ok(keeper);
            }
            Err(fault) => return Err(fault),
        };
        if let Err(fault) = actor.upgrade(&mut keeper, &components) {
            (self.config.tell)(&actor.name, &Notice::NotUpgraded(fault.to_string()));
        }
        Ok(keeper)
    }

    fn wake_with(&self, actor: &Actor, prepared: Prepared) -> Result<Keeper, Fault> {
        let Config { dir, disk, birth, .. } = &self.config;
        let taken = Owned::take_known(dir, &actor.name, disk, &self.syncer)?;
        let settings = Settings::load(taken.0.tenant().folder())?;
        actor.mailbox.allow(settings.queue());
        let birth = Birth::new(prepared, settings.limits(), birth(&actor.name));
        let durability = Durability::of(&birth.configuration);
        Ok(Keeper::own(birth, durability, taken)?.with_input(settings.input()))
    }
}

impl Actor {
    /// The newest component takes over where it has not been looked at; where it cannot, the one before stays.
    fn upgrade(&self, keeper: &mut Keeper, components: &Components) -> Result<(), Fault> {
        let mut runs = lock(&self.runs);
        if runs.has(components) {
            return Ok(());
        }
        // Nobody passes meanwhile: it takes slots of the pool that others wait for.
        let upgraded = letting_pass(|| (), || keeper.upgrade(&components.now));
        *runs = Runs { upgrades: components.upgrades, before: upgraded.is_err() };
        upgraded
    }

    /// Nobody asks: what it has changed becomes a snapshot when that is old enough.
    fn idle(&self) -> Next {
        let mut keeper = lock(&self.keeper);
        let Some(keeper) = keeper.as_mut().filter(|keeper| keeper.is_well()) else { return Next::Idle };
        // What cannot be saved now stays in the journal, and is tried again.
        let _ = keeper.save_if_due();
        let soonest = Instant::now() + AGAIN;
        keeper.due_at().map_or(Next::Idle, |due| Next::Until(due.max(soonest)))
    }

    /// Whether a request waits for a slot, or for memory: where many wake at once, those that are busy give theirs back.
    fn waits_for_room(&self, fault: &Fault) -> bool {
        let mut since = lock(&self.without_room);
        let waits = fault.is_of_the_machine() && since.get_or_insert_with(Instant::now).elapsed() < PATIENCE;
        if !waits {
            *since = None;
        }
        waits
    }

    /// Runs all that waits.
    fn drain(&self) {
        while let Some(inner) = self.inner.upgrade()
            && self.serve(&inner)
        {
            if lock(&self.without_room).is_some() {
                std::thread::sleep(SOON);
            }
        }
    }

    /// Runs one request, if there is one.
    fn serve(&self, inner: &Inner) -> bool {
        let mut keeper = lock(&self.keeper);
        let Some(request) = self.mailbox.take() else { return false };
        self.used.store(inner.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        if keeper.is_none() {
            let start = Instant::now();
            match inner.wake(self) {
                Ok(woken) => {
                    *keeper = Some(woken);
                    let mut cost = lock(&self.cost);
                    cost.wakes += 1;
                    cost.waking += start.elapsed();
                }
                Err(fault) => {
                    if self.waits_for_room(&fault) {
                        self.mailbox.put_back(request);
                    } else {
                        (request.run)(Err(fault));
                    }
                    lock(&self.rest).after(true);
                    return true;
                }
            }
            *lock(&self.without_room) = None;
        }
        if let Some(keeper) = keeper.as_mut() {
            self.run(inner, keeper, request);
        }
        true
    }

    fn run(&self, inner: &Inner, keeper: &mut Keeper, request: Request) {
        let (start, before) = (worked(), keeper.cost());
        let ready = keeper.ready();
        let run = AssertUnwindSafe(|| (request.run)(ready.map(|()| &mut *keeper)));
        if catch_unwind(run).is_err() {
            // Who asked hears that no answer comes. What the panic left half done is not gone on with.
            keeper.restart();
        }
        let (work, changes) = (worked().saturating_sub(start), keeper.cost());
        // A question: the tenant itself sees only what changes it.
        let call = Cost::call(work, keeper.instance().memory());
        if changes.calls == before.calls {
            keeper.charge(call);
        }
        let mut cost = lock(&self.cost);
        let (lines, bytes) = (changes.lines - before.lines, changes.bytes - before.bytes);
        let trapped = changes.traps - before.traps;
        *cost = cost.and(Cost { lines, bytes, traps: trapped, ..call });
        drop(cost);
        keeper.notices().iter().for_each(|notice| (inner.config.tell)(&self.name, notice));
        // What cannot be saved now stays in the journal.
        let _ = keeper.save_if_due();
        lock(&self.rest).after(trapped > 0 || !keeper.is_well());
    }
}

impl Task for Actor {
    fn step(&self) -> Next {
        let Some(inner) = self.inner.upgrade() else { return Next::Idle };
        if let Some(until) = lock(&self.rest).until() {
            return Next::Later(until);
        }
        if self.serve(&inner) && !self.mailbox.is_empty() { Next::More } else { self.idle() }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
