//! What few hosts did.

use super::answers::{Rarity, Stack};
use super::state::State;

impl State {
    /// Stacks what few hosts did.
    pub(super) fn rare(&self, _stack: &Stack, _offset: u64, _limit: u32) -> Vec<Rarity> {
        Vec::new()
    }
}
