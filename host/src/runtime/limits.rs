//! How much of the machine one instance may take, and the counter that holds it to that.
//!
//! Every limit protects the machine; none decides an answer. So each ends the instance with a trap
//! that names what was asked and what is allowed, and none lets the guest go on in a smaller world.

use std::time::Duration;

use wasmtime::ResourceLimiter;

use super::outcome::is_of_the_machine;

/// What one instance may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in all linear memories and tables together. wasm32 itself ends at 4 GiB.
    pub memory: u64,
    /// How long one call may work: the processor's time that it has had, where the system tells (Linux), and not
    /// what others took meanwhile. It is looked at every 10 ms.
    pub call: Duration,
    /// Bytes that the guest may hand to the host as the answer to one call, or in one import.
    pub answer: usize,
}

impl Limits {
    /// The state of a busy tenant (a million process instances) stays well below this; a runaway is
    /// stopped before a small server begins to swap.
    pub const MEMORY: u64 = 1 << 30;

    /// A batch takes milliseconds. Half a minute of work is an endless loop.
    pub const CALL: Duration = Duration::from_secs(30);

    /// What wasmtime allows by itself, and 500 times the default batch: an annotation is about ten
    /// times the size of a short line, a rejection sixty times that of a line of one character.
    pub const ANSWER: usize = 128 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: Self::MEMORY, call: Self::CALL, answer: Self::ANSWER }
    }
}

/// A table's element is a pointer in wasmtime.
const ELEMENT: u64 = 8;

/// Sums over everything the instance's core modules hold: a limit for each memory alone would be
/// multiplied by a component of many modules.
#[derive(Debug)]
pub(super) struct Limiter {
    allowed: u64,
    used: u64,
    /// What the last growth added: given back when the growth fails after it was permitted.
    pending: u64,
}

/// The error with which a growth beyond the limit traps.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{asked} bytes of memory asked for, {allowed} allowed")]
pub(super) struct Exceeded {
    pub(super) asked: u64,
    pub(super) allowed: u64,
}

impl Limiter {
    pub(super) fn new(allowed: u64) -> Self {
        Self { allowed, used: 0, pending: 0 }
    }

    pub(super) fn used(&self) -> u64 {
        self.used
    }

    fn grow(&mut self, by: u64) -> wasmtime::Result<bool> {
        let asked = self.used.saturating_add(by);
        if asked > self.allowed {
            return Err(Exceeded { asked, allowed: self.allowed }.into());
        }
        self.used = asked;
        self.pending = by;
        Ok(true)
    }

    /// What was permitted has failed. A growth beyond what the guest itself has declared is its own, and it goes on; one
    /// for which the machine has no room ends it with that error, since a guest would call it its own panic.
    fn give_back(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.used = self.used.saturating_sub(self.pending);
        self.pending = 0;
        if is_of_the_machine(&error) { Err(error) } else { Ok(()) }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(bytes(desired).saturating_sub(bytes(current)))
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.give_back(error)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(bytes(desired).saturating_sub(bytes(current)).saturating_mul(ELEMENT))
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.give_back(error)
    }
}

fn bytes(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_and_tables_are_summed() {
        let mut limiter = Limiter::new(200);
        assert!(limiter.memory_growing(0, 100, None).unwrap());
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.table_growing(0, 5, None).unwrap());
        let error = limiter.memory_growing(60, 61, None).unwrap_err();
        let exceeded = error.downcast_ref::<Exceeded>().unwrap();
        assert_eq!((exceeded.asked, exceeded.allowed), (201, 200));
    }

    #[test]
    fn a_growth_that_failed_is_given_back() {
        let mut limiter = Limiter::new(100);
        assert!(limiter.memory_growing(0, 100, None).unwrap());
        limiter.memory_grow_failed(wasmtime::Error::msg("Memory maximum size exceeded")).unwrap();
        assert!(limiter.memory_growing(0, 100, None).unwrap());
    }

    #[test]
    fn where_the_machine_has_no_room_the_guest_does_not_go_on() {
        let mut limiter = Limiter::new(100);
        let no_room = || std::io::Error::from(std::io::ErrorKind::OutOfMemory);
        assert!(limiter.memory_growing(0, 100, None).unwrap());
        let error = limiter.memory_grow_failed(no_room().into()).unwrap_err();
        assert!(is_of_the_machine(&error), "{error:#}");
        assert!(limiter.table_growing(0, 12, None).unwrap());
        limiter.table_grow_failed(wasmtime::Error::from(no_room()).context("a table")).unwrap_err();
        assert_eq!(limiter.used(), 0);
    }
}
