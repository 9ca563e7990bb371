//! A seeded generator (SplitMix64), so that the same bytes are written every time and everywhere.

/// A stream of numbers that depends on nothing but its seed.
pub(crate) struct Random(u64);

impl Random {
    /// A stream seeded by a text (FNV-1a), such as a host's name or a program's path.
    pub(crate) fn seeded(text: &str) -> Self {
        let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which must not be zero (zero gives zero).
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.bits().checked_rem(limit).unwrap_or(0)
    }

    /// One of `items`; none if there are none.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let limit = u64::try_from(items.len()).unwrap_or(0);
        let index = usize::try_from(self.below(limit)).unwrap_or(0);
        items.get(index)
    }

    /// Upper-case hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| format!("{:X}", self.below(16))).collect()
    }
}
