//! The misdeeds that have no answer, each so that a compiler cannot see through it.

use std::hint::black_box;
use std::panic;

/// Never comes back.
pub(super) fn run_forever() -> ! {
    loop {
        black_box(());
    }
}

/// So many turns of work.
pub(super) fn spin(turns: u64) {
    for turn in 0..turns {
        black_box(turn);
    }
}

/// A function that is told which function to go on with, so that its calls stay calls.
#[derive(Clone, Copy)]
struct Next(fn(Next, u64) -> u64);

/// Uses up the host's stack for calls. None of its values has an address, since those lie on a second stack in
/// the guest's own memory, whose end is a trap of another kind.
pub(super) fn use_up_the_stack() -> ! {
    fn deeper(next: Next, depth: u64) -> u64 {
        // What is left to do after the call keeps it from becoming a jump.
        next.0(next, depth.wrapping_add(1)).rotate_left(7) ^ depth
    }
    black_box(black_box(Next(deeper)).0(Next(black_box(deeper)), 0));
    unreachable!("the stack has no end")
}

/// Asks for one MiB more until there is none.
pub(super) fn use_up_the_memory() -> ! {
    let mut held = Vec::new();
    loop {
        held.push(vec![1_u8; 1 << 20]);
        black_box(&held);
    }
}

/// Says its message and nothing of where it stands in this code, so that a test can tell the whole.
#[allow(clippy::panic, reason = "it was asked for")]
pub(super) fn panic_at(line: u64) -> ! {
    panic::set_hook(Box::new(|what| {
        if let Some(message) = what.payload_as_str() {
            eprintln!("{message}");
        }
    }));
    panic!("hostile panic at line {line}")
}

/// Ends without a word.
pub(super) fn trap() -> ! {
    core::arch::wasm32::unreachable()
}
