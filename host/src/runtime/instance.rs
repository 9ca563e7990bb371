//! A living instance: one tenant's state in one linear memory.
//!
//! wasmtime never lets a store be entered again after a trap, since its memory may be half changed.
//! Here that is a matter of types: a call takes the store out and puts it back only after it ended
//! well, so that what trapped is gone, its memory given back, and every later call says why.

use wasmtime::{Engine, Store, StoreContextMut, UpdateDeadline};

use super::bindings::{Analytics, types};
use super::component::Prepared;
use super::engine::Runtime;
use super::limits::{Limiter, Limits};
use super::outcome::{Failure, classify};
use super::wasi::HostState;
use crate::thread::{let_pass, worked};

/// One tenant. Instances share no memory, no handle and no name; what one does can not be seen, or
/// made to fail, by another.
pub struct Instance {
    state: State,
    pub(super) limits: Limits,
    /// Holds the clock: without it no deadline would ever come.
    _runtime: Runtime,
}

enum State {
    Live(Box<Live>),
    Poisoned(String),
}

struct Live {
    store: Store<HostState>,
    analytics: Analytics,
}

impl Instance {
    pub(super) fn start(prepared: &Prepared, limits: Limits) -> Result<Self, Failure> {
        let mut store = store(prepared.runtime.engine(), limits);
        match prepared.pre.instantiate(&mut store) {
            Ok(analytics) => Ok(Self {
                state: State::Live(Box::new(Live { store, analytics })),
                limits,
                _runtime: prepared.runtime.clone(),
            }),
            Err(error) => Err(classify(&error, store.data(), &limits)),
        }
    }

    /// Whether it can still be called.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        matches!(self.state, State::Live(_))
    }

    /// Bytes that it holds in memories and tables; 0 after its end.
    #[must_use]
    pub fn memory(&self) -> u64 {
        match &self.state {
            State::Live(live) => live.store.data().limiter.used(),
            State::Poisoned(_) => 0,
        }
    }

    /// One call, timed from just before it.
    pub(super) fn call<T>(
        &mut self,
        call: impl FnOnce(&Analytics, &mut Store<HostState>) -> wasmtime::Result<Result<T, types::Error>>,
    ) -> Result<T, Failure> {
        let limits = self.limits;
        let live = match &mut self.state {
            State::Live(live) => live,
            State::Poisoned(cause) => return Err(Failure::Poisoned { cause: cause.clone() }),
        };
        // Of many that are brief none may come to a tick.
        let_pass();
        live.store.data_mut().forget_stderr();
        arm(&mut live.store);
        match call(&live.analytics, &mut live.store) {
            Ok(answer) => Ok(answer.map_err(|error| Failure::Refused(error.into()))?),
            Err(error) => {
                let failure = classify(&error, live.store.data(), &limits);
                self.state = State::Poisoned(failure.to_string());
                Err(failure)
            }
        }
    }
}

/// A store that is held to `limits`, its start too.
pub(super) fn store(engine: &Engine, limits: Limits) -> Store<HostState> {
    let mut store = Store::new(engine, HostState::new(Limiter::new(limits.memory)));
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(limits.answer);
    store.epoch_deadline_callback(move |state| Ok(at_a_tick(&state, limits)));
    arm(&mut store);
    store
}

/// The clock's next tick.
const NEXT: u64 = 1;

/// What this thread does next is timed from now on.
fn arm(store: &mut Store<HostState>) {
    store.data_mut().begun = worked();
    store.set_epoch_deadline(NEXT);
}

/// At every tick a call lets others pass, and is looked at: how much of the time it has had itself.
fn at_a_tick(state: &StoreContextMut<'_, HostState>, limits: Limits) -> UpdateDeadline {
    if worked().saturating_sub(state.data().begun) >= limits.call {
        return UpdateDeadline::Interrupt;
    }
    let_pass();
    UpdateDeadline::Continue(NEXT)
}
