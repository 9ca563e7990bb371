//! When something was there: unlike a count never taken back, since records only ever add to it.

/// From the first to the last time, in milliseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Sighting {
    /// The first time.
    pub first: i64,
    /// The last time.
    pub last: i64,
}

impl Default for Sighting {
    /// Never.
    fn default() -> Self {
        Self { first: i64::MAX, last: i64::MIN }
    }
}

impl Sighting {
    /// At one moment.
    #[must_use]
    pub fn at(time: i64) -> Self {
        Self { first: time, last: time }
    }

    /// Both together.
    pub fn join(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }

    /// Whether there was any.
    #[must_use]
    pub fn is_ever(self) -> bool {
        self.first <= self.last
    }
}
