//! A tenant's requests: they wait in their order, and who brings more than there is room for waits too.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::fault::Fault;
use super::keeper::Keeper;

/// So many requests wait at most, however small they are.
const MOST: usize = 4096;

/// What is done with a tenant, or told that it cannot be had.
pub(super) type Run = Box<dyn FnOnce(Result<&mut Keeper, Fault>) + Send>;

pub(super) struct Request {
    pub(super) bytes: usize,
    pub(super) run: Run,
}

/// See above.
#[derive(Default)]
pub(super) struct Mailbox {
    waiting: Mutex<Waiting>,
    room: Condvar,
}

#[derive(Default)]
struct Waiting {
    requests: VecDeque<Request>,
    bytes: usize,
    allowed: usize,
}

impl Waiting {
    /// One alone always has.
    fn has_room_for(&self, bytes: usize) -> bool {
        let fits = self.bytes.saturating_add(bytes) <= self.allowed && self.requests.len() < MOST;
        self.requests.is_empty() || fits
    }
}

impl Mailbox {
    /// One that holds so many bytes.
    pub(super) fn of(allowed: usize) -> Self {
        let mailbox = Self::default();
        mailbox.allow(allowed);
        mailbox
    }

    pub(super) fn allow(&self, allowed: usize) {
        self.waiting().allowed = allowed;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting().requests.is_empty()
    }

    /// Waits for room; where nothing is taken any more then, it comes back.
    pub(super) fn post(&self, request: Request, is_closed: impl Fn() -> bool) -> Result<(), Request> {
        let mut waiting = self.waiting();
        while !waiting.has_room_for(request.bytes) {
            waiting = self.room.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if is_closed() {
            return Err(request);
        }
        waiting.bytes = waiting.bytes.saturating_add(request.bytes);
        waiting.requests.push_back(request);
        Ok(())
    }

    /// The first.
    pub(super) fn take(&self) -> Option<Request> {
        let mut waiting = self.waiting();
        let request = waiting.requests.pop_front()?;
        waiting.bytes = waiting.bytes.saturating_sub(request.bytes);
        drop(waiting);
        self.room.notify_all();
        Some(request)
    }

    /// It is the first again.
    pub(super) fn put_back(&self, request: Request) {
        let mut waiting = self.waiting();
        waiting.bytes = waiting.bytes.saturating_add(request.bytes);
        waiting.requests.push_front(request);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A tenant whose instance ends again and again waits longer each time.
#[derive(Default)]
pub(super) struct Rest {
    failures: u32,
    until: Option<Instant>,
}

const FIRST_REST: Duration = Duration::from_millis(50);
const LONGEST_REST: Duration = Duration::from_secs(60);

impl Rest {
    /// Until when, where it is not over.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until.filter(|until| *until > Instant::now())
    }

    /// A request is done.
    pub(super) fn after(&mut self, failed: bool) {
        if failed {
            let long = FIRST_REST.saturating_mul(1 << self.failures.min(16)).min(LONGEST_REST);
            self.failures = self.failures.saturating_add(1);
            self.until = Some(Instant::now() + long);
        } else {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_room_by_bytes_and_by_number() {
        let request = |bytes| Request { bytes, run: Box::new(|_| ()) };
        let mailbox = Mailbox::of(10);
        let has_room = |bytes| mailbox.waiting().has_room_for(bytes);
        assert!(has_room(11), "one alone always has");
        mailbox.post(request(4), || false).ok().unwrap();
        assert_eq!((has_room(6), has_room(7)), (true, false));
        (1..MOST).for_each(|_| mailbox.post(request(0), || false).ok().unwrap());
        assert!(!has_room(0), "{MOST} wait");
        mailbox.take().unwrap();
        assert!(has_room(0));
    }
}
