//! Where the strings of a line begin and end: its quotes, those left out that a backslash escapes.
//!
//! The line is looked at 64 bytes at a time, each byte a bit, so that a quote is found by counting
//! zeros instead of by a loop over the string: strings are short and their lengths not to be predicted.
//! After simdjson (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", section 3.1).
//!
//! All blocks are looked at before the first quote is asked for: that takes a third less time than
//! looking at each when it is needed, for the constants stay in registers. `inline(always)` here and in
//! the skimmer is worth a tenth of a line's time; the compiler alone would make calls of them.

/// The bytes of a block that are something, a bit each, the first byte's the lowest.
type Bits = u64;

const BLOCK: usize = 64;

/// What there is in 64 bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    /// Quotes that no backslash escapes.
    quotes: Bits,
    backslashes: Bits,
}

/// Yields the places of a line's quotes, in order. Kept from line to line for its memory.
#[derive(Debug, Default)]
pub(super) struct Quotes {
    blocks: Vec<Block>,
    /// The number of the block that is looked at next.
    next_block: usize,
    /// The one that is looked at now, with the quotes that were not taken yet.
    block: Block,
    /// The place after the last backslash of all blocks before.
    after_backslash: usize,
}

impl Quotes {
    /// Looks at a line, before any quote of it is taken. `None` if it holds control characters: only whitespace may be one, and that is
    /// rare.
    pub(super) fn of(&mut self, line: &[u8]) -> Option<()> {
        let mut escapes_next = 0;
        let (whole, left) = line.as_chunks::<BLOCK>();
        self.blocks.clear();
        self.blocks.extend(whole.iter().map(|bytes| Block::of(bytes, 0, &mut escapes_next)));
        if let Some(last) = line.last_chunk() {
            // What is left is shorter than a block: the last 64 bytes, those seen before shifted out.
            self.blocks.push(Block::of(last, BLOCK - left.len(), &mut escapes_next));
        } else {
            let mut padded = [b' '; BLOCK];
            padded.get_mut(..left.len())?.copy_from_slice(left);
            self.blocks.push(Block::of(&padded, 0, &mut escapes_next));
        }
        (self.next_block, self.block, self.after_backslash) = (0, Block::default(), 0);
        (line.iter().fold(u8::MAX, |least, &byte| least.min(byte)) >= b' ').then_some(())
    }

    /// The place of the next quote.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.block.quotes == 0 {
            self.turn_to_next_block()?;
        }
        let bit = self.block.quotes.trailing_zeros() as usize;
        self.block.quotes &= self.block.quotes - 1;
        Some(self.start() + bit)
    }

    /// Whether there is a backslash between two places, the latter that of the last quote taken.
    #[inline(always)]
    pub(super) fn backslash_between(&self, start: usize, quote: usize) -> bool {
        let before = self.block.backslashes & !(Bits::MAX << (quote % BLOCK));
        let after = match before.checked_ilog2() {
            Some(bit) => self.start() + bit as usize + 1,
            None => self.after_backslash,
        };
        after > start
    }

    /// Where the block begins that is looked at now. There has to be one.
    #[inline(always)]
    fn start(&self) -> usize {
        self.next_block * BLOCK - BLOCK
    }

    #[inline(always)]
    fn turn_to_next_block(&mut self) -> Option<()> {
        let block = *self.blocks.get(self.next_block)?;
        if let Some(bit) = self.block.backslashes.checked_ilog2() {
            self.after_backslash = self.start() + bit as usize + 1;
        }
        self.block = block;
        self.next_block += 1;
        Some(())
    }
}

impl Block {
    /// Of 64 bytes without those seen before.
    #[inline(always)]
    fn of(bytes: &[u8; BLOCK], seen: usize, escapes_next: &mut Bits) -> Self {
        let (quotes, backslashes) = quotes_and_backslashes(bytes);
        // A block of which all was seen has no bits left.
        let unseen =
            |bits: Bits| u32::try_from(seen).ok().and_then(|seen| bits.checked_shr(seen)).unwrap_or(0);
        let (quotes, backslashes) = (unseen(quotes), unseen(backslashes));
        Self { quotes: quotes & !escaped(backslashes, escapes_next), backslashes }
    }
}

/// The bytes that a backslash before them escapes: in a run of backslashes every second one, and what
/// follows a run of an odd length. `escapes_next` is 1 if that is the next block's first byte.
///
/// simdjson's arithmetic: the subtraction carries through each run, so that the bits at odd places tell
/// where in it they are.
#[inline(always)]
fn escaped(backslashes: Bits, escapes_next: &mut Bits) -> Bits {
    const ODD: Bits = Bits::MAX / 3 * 2;
    let before = *escapes_next;
    let may_escape = backslashes & !before;
    let codes = (may_escape << 1 | ODD).wrapping_sub(may_escape) ^ ODD;
    *escapes_next = (codes & backslashes) >> (BLOCK - 1);
    codes ^ (backslashes | before)
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
fn quotes_and_backslashes(block: &[u8; BLOCK]) -> (Bits, Bits) {
    use std::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, u64x2};
    let (mut quotes, mut backslashes) = (0, 0);
    for pair in block.as_chunks::<8>().0.as_chunks::<2>().0.iter().rev() {
        let [low, high] = *pair;
        let bytes = u64x2(u64::from_le_bytes(low), u64::from_le_bytes(high));
        let bits = |byte| Bits::from(u8x16_bitmask(u8x16_eq(bytes, u8x16_splat(byte))));
        quotes = quotes << 16 | bits(b'"');
        backslashes = backslashes << 16 | bits(b'\\');
    }
    (quotes, backslashes)
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn quotes_and_backslashes(block: &[u8; BLOCK]) -> (Bits, Bits) {
    (places(block, b'"'), places(block, b'\\'))
}

/// The comparison is one that compilers vectorise; the multiplication gathers eight bytes' lowest bits.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn places(block: &[u8; BLOCK], byte: u8) -> Bits {
    let equal = block.map(|b| u8::from(b == byte));
    let (words, _) = equal.as_chunks();
    let mut bits = 0;
    for (index, word) in words.iter().enumerate() {
        bits |= (u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * index);
    }
    bits
}
