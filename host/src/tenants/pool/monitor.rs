//! Looks after the threads: ends rests, rings alarms, tells long steps from brief ones, and starts threads that are
//! missing.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::Shared;
use super::order::Kind;
use crate::thread::Cores;

/// How often it looks, while anything runs or rests.
const LOOK: Duration = Duration::from_millis(2);

/// A thread that one step holds for so long is replaced.
const HELD: Duration = Duration::from_millis(4);

/// And lowered if so much of it is known to have been work: the system knows that of others' threads a tick late.
const WORK: Duration = Duration::from_millis(2);

/// How often it looks which cores there are.
const CORES: Duration = Duration::from_secs(1);

pub(super) fn watch(shared: &Arc<Shared>) {
    let mut read = Instant::now();
    let mut order = shared.lock();
    while !order.stopping {
        let now = Instant::now();
        // An operator may have given the process others.
        if now.duration_since(read) > CORES {
            (order.places, read) = (Cores::of_this_thread(), now);
        }
        order.end_rests(now);
        let held = order.held(now, HELD);
        let at_turn = order.at_turn(now, HELD);
        let mut missing = order.missing();
        let is_complete = missing.all() == 0;
        if !is_complete || !held.is_empty() || !at_turn.is_empty() {
            drop(order);
            for kind in [Kind::Brief, Kind::Long] {
                for _ in 0..*missing.of(kind) {
                    // Without another thread the rest waits until one is back.
                    let _ = shared.spawn(kind);
                }
            }
            let works: Vec<_> =
                held.into_iter().filter(|(.., thread, before)| thread.has_worked(*before + WORK)).collect();
            let seen: Vec<_> =
                at_turn.into_iter().map(|(id, turn, thread)| (id, turn, thread.waits())).collect();
            order = shared.lock();
            works.into_iter().for_each(|(id, since, ..)| order.lower(id, since));
            seen.into_iter().for_each(|(id, turn, waits)| order.see(id, turn, waits));
        }
        shared.tell(&mut order);
        order.unwatched = order.is_still() && is_complete;
        let next = order.alarms.first().map(|(at, _)| at.saturating_duration_since(now));
        let wait = if order.unwatched { next } else { Some(LOOK) };
        order = match wait {
            Some(wait) => shared.watched.wait_timeout(order, wait).unwrap_or_else(PoisonError::into_inner).0,
            None => shared.watched.wait(order).unwrap_or_else(PoisonError::into_inner),
        };
    }
}
