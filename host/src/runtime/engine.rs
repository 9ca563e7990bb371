//! wasmtime's engine as begat sets it, and the clock that ends calls.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, WasmBacktraceDetails,
};

use super::cache::{Cache, CachePolicy};
use super::component::LoadError;

/// How often the clock ticks, so how late a deadline can be noticed, and how often a long call lets others pass. A tick
/// is one atomic addition and, of each call that runs, a look at how long it has worked; the guest's check for it costs
/// a few percent and does not depend on how often it ticks.
const TICK: Duration = Duration::from_millis(10);

/// Stack for wasm code. serde_json stops at 128 levels by itself and the engine's own recursion is
/// bounded, so this is for guests that are not ours; half of what a spawned thread has (2 MiB).
const STACK: usize = 1 << 20;

/// Where linear memories come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// Slots reserved at the start, one for each instance that lives at once: an instance then costs microseconds.
    /// A slot costs 4 GiB of address space, of which there are 128 TiB, and nothing of memory. Where the address
    /// space cannot be reserved (`ulimit -v`, small virtual machines) it is [`Pool::OnDemand`].
    Slots(u32),
    /// Mapped for each instance: right for a process that makes one.
    OnDemand,
}

/// The compiler, the pool, the cache and the clock. One for a process; clones share it.
#[derive(Debug, Clone)]
pub struct Runtime {
    engine: Engine,
    cache: Arc<Cache>,
    _clock: Arc<Clock>,
}

impl Runtime {
    /// Starts the engine and its clock.
    pub fn new(pool: Pool, cache: &CachePolicy) -> Result<Self, LoadError> {
        Self::start(pool, cache, true)
    }

    /// Without the checks that end a call: to measure what they cost. A runaway guest never ends here.
    pub fn without_deadlines(pool: Pool, cache: &CachePolicy) -> Result<Self, LoadError> {
        Self::start(pool, cache, false)
    }

    fn start(pool: Pool, cache: &CachePolicy, deadlines: bool) -> Result<Self, LoadError> {
        let on_demand = || engine(InstanceAllocationStrategy::OnDemand, deadlines);
        let engine = match pool {
            Pool::Slots(slots) => engine(pooling(slots), deadlines).or_else(|_| on_demand()),
            Pool::OnDemand => on_demand(),
        };
        let engine = engine.map_err(|error| LoadError::Engine(format!("{error:#}")))?;
        let clock = Clock::start(engine.clone()).map_err(|error| LoadError::Engine(error.to_string()))?;
        Ok(Self { engine, cache: Arc::new(Cache::open(cache)), _clock: Arc::new(clock) })
    }

    /// Why the folder for compiled components, which is there, is not used.
    #[must_use]
    pub fn cache_refused(&self) -> Option<&str> {
        self.cache.refused()
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn cache(&self) -> &Cache {
        &self.cache
    }
}

fn pooling(slots: u32) -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    let slots = slots.max(1);
    pool.total_component_instances(slots);
    // A component of Rust's is its module and two shims of wit-component; some languages add adapters.
    pool.total_core_instances(slots.saturating_mul(4)).max_core_instances_per_component(16);
    // One memory for a component: ours has one, and a second would not fit the slots.
    pool.total_memories(slots).max_memories_per_component(1);
    pool.total_tables(slots.saturating_mul(2)).max_tables_per_component(4);
    // The limiter, which names what it refuses, must be the one that says no: a slot is as large as
    // wasm32 can address.
    pool.max_memory_size(1 << 32);
    InstanceAllocationStrategy::Pooling(pool)
}

fn engine(strategy: InstanceAllocationStrategy, deadlines: bool) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config.allocation_strategy(strategy);

    // Not fuel: that costs up to three times as much and its exhaustion would decide answers.
    config.epoch_interruption(deadlines);
    config.max_wasm_stack(STACK);

    // Determinism. Canonical NaNs cost a compare and a select after each float operation, of which a
    // batch has few. Relaxed SIMD gives each machine its own results, so it does not exist here; nor
    // do threads, which this build of wasmtime leaves out.
    config.cranelift_nan_canonicalization(true);
    config.wasm_simd(true);
    config.wasm_relaxed_simd(false);
    // 64-bit memories would need explicit bounds checks and get past the 4 GiB that limits rest on.
    config.wasm_memory64(false);
    config.wasm_multi_memory(false);

    // Compiled once and cached: compile time buys run time.
    config.cranelift_opt_level(OptLevel::Speed);

    // Function names of a trap come from the name section; the guest carries no DWARF to look into,
    // and an environment variable must not change what a message says.
    config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
    // Only profilers and debuggers use it, and registering it is slow with many components.
    config.native_unwind_info(cfg!(windows));

    Engine::new(&config)
}

/// Advances the engine's epoch until it is dropped. wasmtime has no clock of its own.
#[derive(Debug)]
struct Clock {
    stop: Option<Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Clock {
    fn start(engine: Engine) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::Builder::new().name("begat-clock".into()).spawn(move || {
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
